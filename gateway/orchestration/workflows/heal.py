"""Two systems count one shelf otherwise: what is done about it is the location's policy.

``leave``: each keeps its count; whoever is believed is shown. ``ask``: people are told, until they
agree. ``authority``: the count that is believed is written to the other, unless it has moved since.
"""

from collections.abc import Sequence
from datetime import datetime

from connectors.sdk.commands import SetInventory
from gateway.domain.inventory import repository as stock_rows
from gateway.domain.inventory.model import Counted, Level, complete, strays
from gateway.domain.issues import repository as issue_rows
from gateway.domain.issues import service as issues
from gateway.domain.issues.model import Category, Cause, Severity
from gateway.events.event import Event
from gateway.orchestration.world import About, World, ask
from gateway.store.unit import Unit

STRAYS = "STOCK_DRIFT"


async def stock(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """Act on what a reconciliation found, and close what has come together again."""
    connection = event.connection or ""
    named = [str(one) for one in event.data["levels"]]
    levels = await stock_rows.levels.by_ids(unit, named)
    places = await stock_rows.locations.by_ids(
        unit, {level.location_id for level in levels.values()}
    )
    asked: list[Cause] = []
    for level in levels.values():
        believed, theirs = level.authority, strays(level, connection)
        code = places[level.location_id].code if level.location_id in places else ""
        policy = world.routes.drift(code)
        if believed and theirs and policy == "ask":
            asked.append(_cause(level, believed, theirs))
        if theirs and policy == "authority" and world.can(connection, "set_inventory"):
            about = About(order_id=None, subject=level.id)
            await ask(unit, connection, _command(level, theirs), about, now)
    await issues.open(unit, asked, now)
    await _close(unit, connection, [one.key for one in asked], now)


async def _close(unit: Unit, connection: str, still: Sequence[str], now: datetime) -> None:
    """Close what is open of a connection and agrees by now."""
    held = await issue_rows.open_of(unit, STRAYS, connection)
    keys = [one.cause.key for one in held if one.cause.key not in still]
    await issues.resolve(unit, STRAYS, keys, "they count the same again", now)


def _command(level: Level, theirs: Counted) -> SetInventory:
    """The authority's number, only if the other still counts what it was read to count. A key for
    each state of the level: the same disagreement is written once."""
    believed = level.quantities.on_hand
    return SetInventory(
        key=f"heal:{level.id}:{level.version}",
        item_id=theirs.record.item_id,
        sku=level.sku,
        location_id=theirs.record.location_id,
        quantity=max(0, believed or 0),
        expected=complete(theirs.quantities).on_hand,
        reason="counted otherwise by whoever owns the stock",
    )


def _cause(level: Level, believed: Counted, theirs: Counted) -> Cause:
    return Cause(
        code=STRAYS,
        key=f"{theirs.source.connection}/{level.id}",
        category=Category.INVENTORY,
        severity=Severity.MEDIUM,
        message=f"{level.sku}: {believed.source.connection} counts "
        f"{complete(believed.quantities).on_hand} on hand, {theirs.source.connection} "
        f"{complete(theirs.quantities).on_hand}",
        subject=level.id,
        connection=theirs.source.connection,
    )
