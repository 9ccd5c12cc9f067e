"""Customers: use-cases. Each runs in the caller's unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.customers import model, repository
from gateway.domain.customers.model import Customer, Evidence, Identity
from gateway.domain.identity import service as identities
from gateway.errors import IllegalTransition, NotFound
from gateway.events import log
from gateway.store.unit import Unit


async def observe(unit: Unit, seen: Sequence[Identity], now: datetime) -> None:
    """Take in identities: known ones are brought up to date, proven ones join their person.

    Concurrency: customers are compared-and-swapped; of two writers one begins again.
    """
    for identity in {one.key: one for one in seen}.values():
        await _observe_one(unit, identity, now)


async def _observe_one(unit: Unit, identity: Identity, now: datetime) -> None:
    known = await repository.ids_by_key(unit, [identity.key])
    held = (await repository.customers.by_ids(unit, known.values())).get(
        known.get(identity.key, "")
    )
    customer = model.with_identity(held, identity, now) if held else model.begin(identity, now)
    if customer is None:
        return
    await _keep(unit, [(held, customer)], now)
    await identities.add(unit, [(customer.id, identity.source)])
    await _join(unit, customer, identity, now)


async def _join(unit: Unit, customer: Customer, identity: Identity, now: datetime) -> None:
    """Merge *customer* with whoever proof says is the same person."""
    emails = [identity.email] if identity.email else []
    phones = [identity.phone] if identity.phone else []
    if not emails and not phones:
        return
    others = [
        one
        for one in await repository.sharing(unit, emails, phones)
        if one.id != customer.id and not model.are_apart(one, customer)
    ]
    proofs = {
        other.id: found[0][1]
        for other in others
        if (found := model.joined_by(identity, other.identities))
    }
    if not proofs:
        return
    before = [customer, *(one for one in others if one.id in proofs)]
    stays, emptied = model.merge(before, next(iter(proofs.values())), now)
    held = {one.id: one for one in before}
    await _keep(unit, [(held[one.id], one) for one in [*emptied, stays]], now)


async def _keep(
    unit: Unit, changed: Sequence[tuple[Customer | None, Customer]], now: datetime
) -> None:
    await repository.save(unit, [customer for _, customer in changed])
    await log.append(unit, [model.event(held, one) for held, one in changed], now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What taking people apart makes of them: *kept*, and *alone* who was taken out."""

    kept: Customer
    alone: Customer


async def link(unit: Unit, stays: Customer, other: Customer, now: datetime) -> Customer:
    """Join two customers because staff say so: *other* goes into *stays*, with their orders.

    Raises: IllegalTransition when they are one already.
    """
    kept, emptied = plan_link(stays, other, now)
    await _keep(unit, [(other, emptied), (stays, kept)], now)
    return kept


def plan_link(stays: Customer, other: Customer, now: datetime) -> tuple[Customer, Customer]:
    """Return what `link` would make of the two. Raises: IllegalTransition."""
    if stays.id == other.id:
        raise IllegalTransition("they are one customer already", path=("otherId",))
    kept, [emptied] = model.link(stays, [other], Evidence.MANUAL, now)
    return kept, emptied


async def unlink(unit: Unit, held: Customer, identity_id: str, now: datetime) -> Taken:
    """Take one identity out of a customer, because staff say so: its orders go with it, and proof
    does not join the two again.

    Raises: NotFound (no such identity of theirs), IllegalTransition (their only one).
    """
    taken, before = await _taken(unit, held, identity_id, now)
    await _keep(unit, [(held, taken.kept), (before, taken.alone)], now)
    return taken


async def plan_unlink(unit: Unit, held: Customer, identity_id: str, now: datetime) -> Taken:
    """Return what `unlink` would make of them. Raises: as it does."""
    return (await _taken(unit, held, identity_id, now))[0]


async def _taken(
    unit: Unit, held: Customer, identity_id: str, now: datetime
) -> tuple[Taken, Customer | None]:
    identity = next((one for one in held.identities if one.id == identity_id), None)
    if identity is None:
        raise NotFound("no such identity of theirs", path=("identityId",))
    id = model.alone_id(held, identity)
    before = (await repository.customers.by_ids(unit, [id])).get(id)
    kept, alone = model.unlink(held, identity, before, now)
    return Taken(kept=kept, alone=alone), before


async def separated(unit: Unit, kept: Customer, identity_id: str) -> Customer | None:
    """Return who has an identity that was taken out of *kept*."""
    keys = [key for key in kept.apart if model.identity_id(key) == identity_id]
    return next(iter((await by_keys(unit, keys)).values()), None)


async def get(unit: Unit, id: str) -> Customer:
    """Return one customer; a merged id leads to whom it was merged into. Raises: NotFound."""
    found = await by_ids(unit, [id])
    if id not in found:
        raise NotFound("no such customer", path=("id",))
    return found[id]


async def by_ids(unit: Unit, ids: Sequence[str]) -> dict[str, Customer]:
    """Return customers by the ids asked for; a merged id leads to who has its identities now."""
    found = await repository.customers.by_ids(unit, ids)
    merged = {one.id: one.identities[0].key for one in found.values() if one.merged_into}
    if merged:
        owners = await repository.ids_by_key(unit, merged.values())
        targets = await repository.customers.by_ids(unit, owners.values())
        found.update(
            {id: targets[owners[key]] for id, key in merged.items() if owners.get(key) in targets}
        )
    return found


async def by_keys(unit: Unit, keys: Sequence[str]) -> dict[str, Customer]:
    """Return customers by identity key (Order.customer_key)."""
    ids = await repository.ids_by_key(unit, keys)
    found = await by_ids(unit, list(set(ids.values())))
    return {key: found[id] for key, id in ids.items() if id in found}


async def suggestions(unit: Unit, ids: Sequence[str]) -> dict[str, list[Customer]]:
    """Return, by customer id, others who share an address with them but have not proved it."""
    asked = await by_ids(unit, ids)
    seen = [identity for one in asked.values() for identity in one.identities]
    emails = {one.email for one in seen if one.email}
    phones = {one.phone for one in seen if one.phone}
    others = await repository.sharing(unit, emails, phones) if emails | phones else []
    return {
        id: [
            other
            for other in others
            if other.id != one.id and _share(one, other) and not model.are_apart(one, other)
        ]
        for id, one in asked.items()
    }


def _share(one: Customer, other: Customer) -> bool:
    ours = {identity.email for identity in one.identities} - {None}
    ours |= {identity.phone for identity in one.identities} - {None}
    return any(theirs.email in ours or theirs.phone in ours for theirs in other.identities)
