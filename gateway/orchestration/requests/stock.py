"""Stock: counted here, and told to every system that counts it."""

from dataclasses import dataclass

from connectors.sdk.commands import SetInventory
from gateway.domain.inventory import repository as inventory_rows
from gateway.domain.inventory.model import Counted, Level
from gateway.errors import InvalidInput, NotFound, VersionConflict
from gateway.orchestration.asking import Asked, Asking, Led
from gateway.orchestration.idempotency import Request
from gateway.store.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """On-hand units wanted at a level; *expected*: only if it still is that many."""

    level_id: str
    quantity: int
    expected: int | None = None
    reason: str | None = None


async def set_on_hand(asking: Asking, request: Request, wanted: Stock) -> Asked:
    """Make on-hand stock a number, at every system that counts it and can be told: the
    authority first, then those that show it.

    Raises: NotFound, VersionConflict (*expected* is not what is held), CapabilityMissing.
    """

    async def decide(unit: Unit) -> Led:
        level = await _level(unit, wanted)
        held = level.quantities.on_hand
        if wanted.expected is not None and wanted.expected != held:
            raise VersionConflict(f"{held} are on hand", path=("expected",))
        if level.authority is None:
            raise NotFound("nobody counts this item there", path=("id",))
        asking.require(level.authority.source.connection, "set_inventory")
        told = sorted(level.counted, key=lambda one: (one.rank, one.source.connection))
        effects = [
            await asking.enqueue(
                unit,
                one.source.connection,
                _command(level, one, request.command_key, wanted),
                level.id,
                level.id,
            )
            for one in told
            if asking.world.can(one.source.connection, "set_inventory")
        ]
        return Led(subject=level.id, effects=tuple(effects))

    return await asking.ask(request, decide)


def _command(level: Level, counted: Counted, key: str, wanted: Stock) -> SetInventory:
    return SetInventory(
        key=f"{key}:{counted.source.connection}",
        item_id=counted.record.item_id,
        sku=level.sku,
        location_id=counted.record.location_id,
        quantity=wanted.quantity,
        expected=wanted.expected if counted == level.authority else None,
        reason=wanted.reason,
    )


async def _level(unit: Unit, wanted: Stock) -> Level:
    found = await inventory_rows.levels.by_ids(unit, [wanted.level_id])
    if wanted.level_id not in found:
        raise NotFound("nobody counts this item there", path=("id",))
    if wanted.quantity < 0:
        raise InvalidInput("stock is not negative", path=("quantity",))
    return found[wanted.level_id]
