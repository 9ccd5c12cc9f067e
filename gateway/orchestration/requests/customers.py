"""Customers: joined and taken apart because staff say so. No other system is told."""

from dataclasses import dataclass

from gateway.domain.customers import service as customers
from gateway.domain.customers.service import Taken
from gateway.orchestration.asking import Asked, Asking, Led, check_version
from gateway.orchestration.idempotency import Request
from gateway.store.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWanted:
    """Two customers who are one person: *other_id* goes into *customer_id*."""

    customer_id: str
    other_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkWanted:
    """An identity that is somebody else's."""

    customer_id: str
    identity_id: str
    expected_version: int | None = None


async def link(asking: Asking, request: Request, wanted: LinkWanted) -> Asked:
    """Join two customers; their orders become one list.

    Raises: NotFound, IllegalTransition, VersionConflict, IdempotencyConflict.
    """

    async def decide(unit: Unit) -> Led:
        stays = await customers.get(unit, wanted.customer_id)
        check_version(stays.version, wanted.expected_version)
        other = await customers.get(unit, wanted.other_id)
        kept = await customers.link(unit, stays, other, asking.now())
        return Led(subject=kept.id)

    return await asking.ask(request, decide)


async def unlink(asking: Asking, request: Request, wanted: UnlinkWanted) -> Asked:
    """Take an identity out; its orders go with it, and proof does not join them again.

    Raises: NotFound, IllegalTransition, VersionConflict, IdempotencyConflict.
    """

    async def decide(unit: Unit) -> Led:
        held = await customers.get(unit, wanted.customer_id)
        check_version(held.version, wanted.expected_version)
        taken = await customers.unlink(unit, held, wanted.identity_id, asking.now())
        return Led(subject=taken.kept.id)

    return await asking.ask(request, decide)


async def preview_unlink(asking: Asking, unit: Unit, wanted: UnlinkWanted) -> Taken:
    """Return what `unlink` would make, and change nothing. Raises: as it does."""
    held = await customers.get(unit, wanted.customer_id)
    check_version(held.version, wanted.expected_version)
    return await customers.plan_unlink(unit, held, wanted.identity_id, asking.now())
