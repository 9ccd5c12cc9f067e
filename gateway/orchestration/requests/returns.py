"""Returns: asked for at the system that sold the goods, received where they arrive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.sdk.commands import ReceivedLine, ReceiveReturn, RequestReturn
from connectors.sdk.records import Kind
from connectors.sdk.records.states import Disposition, ReturnReason
from connectors.sdk.values import LineQuantity
from gateway.domain.identity import service as identity
from gateway.domain.orders import service as orders
from gateway.domain.orders.model import Order
from gateway.domain.returns import model, repository, service
from gateway.domain.returns.model import Return
from gateway.errors import InvalidInput
from gateway.orchestration import outbox
from gateway.orchestration.asking import Asked, Asking, Led, check_version
from gateway.orchestration.idempotency import Request
from gateway.store.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnWanted:
    """Units to send back. *lines*: (our line id, units); *location_id*: ours, where to."""

    order_id: str
    lines: tuple[tuple[str, int], ...]
    reason: ReturnReason
    note: str | None = None
    location_id: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Units of our line that are here, and what becomes of them."""

    line_id: str
    quantity: int
    disposition: Disposition


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What has arrived of a return. No lines: all of it, back on sale."""

    return_id: str
    lines: tuple[Arrived, ...] = ()
    location_id: str | None = None
    expected_version: int | None = None


async def request(asking: Asking, asked_by: Request, wanted: ReturnWanted) -> Asked:
    """Open a return at the system that sold the goods. Nothing is refunded, no stock moves.

    Raises: NotFound, InvalidInput, VersionConflict, CapabilityMissing, IdempotencyConflict.

    Concurrency: the order's row is locked, so that two requests do not take the same units.
    """

    async def decide(unit: Unit) -> Led:
        order = await orders.lock(unit, wanted.order_id)
        check_version(order.version, wanted.expected_version)
        known = await repository.returns_of_orders(unit, [order.id])
        units = summed(wanted.lines)
        model.check_units(order, units, known, await _under_way(unit, order, known))
        connection = order.source.connection
        asking.require(connection, "request_return")
        command = RequestReturn(
            key=asked_by.command_key,
            order_id=order.external_id,
            lines=_named(order, units),
            reason=wanted.reason,
            note=wanted.note,
            location_id=await _place(unit, connection, wanted.location_id),
        )
        effect = await asking.enqueue(unit, connection, command, order.id, order.id)
        return Led(subject=order.id, effects=(effect,))

    return await asking.ask(asked_by, decide)


async def receive(asking: Asking, asked_by: Request, receipt: Receipt) -> Asked:
    """Take in the goods of a return, at the system that has the return; stock moves there.

    Raises: NotFound, InvalidInput, IllegalTransition, VersionConflict, CapabilityMissing,
    IdempotencyConflict.

    Concurrency: a return's effects share its lane: they happen one after the other.
    """

    async def decide(unit: Unit) -> Led:
        one = await service.get(unit, receipt.return_id)
        check_version(one.version, receipt.expected_version)
        units = summed([(line.line_id, line.quantity) for line in receipt.lines])
        model.check_receipt(one, units)
        connection = one.source.connection
        asking.require(connection, "receive_return")
        command = ReceiveReturn(
            key=asked_by.command_key,
            return_id=one.external_id,
            lines=await _received(unit, one, receipt.lines),
            location_id=await _place(unit, connection, receipt.location_id),
        )
        lane = one.parent_id or one.id
        effect = await asking.enqueue(unit, connection, command, lane, one.id)
        return Led(subject=one.id, effects=(effect,))

    return await asking.ask(asked_by, decide)


def summed(lines: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Add up units by line: one that is named twice counts together."""
    units: dict[str, int] = {}
    for line_id, quantity in lines:
        if quantity <= 0:
            raise InvalidInput("a number of units is 1 or more", path=("lines",))
        units[line_id] = units.get(line_id, 0) + quantity
    return units


def _named(order: Order, units: Mapping[str, int]) -> tuple[LineQuantity, ...]:
    """The same units, as the system that sold them names the lines."""
    return tuple(
        LineQuantity(line_id=line.external_id, sku=line.sku, quantity=units[line.id])
        for line in order.lines
        if line.id in units
    )


async def _received(
    unit: Unit, one: Return, arrived: Sequence[Arrived]
) -> tuple[ReceivedLine, ...]:
    order = await orders.get(unit, one.parent_id) if arrived and one.parent_id else None
    lines = {line.id: line for line in order.lines} if order else {}
    return tuple(
        ReceivedLine(
            line_id=lines[part.line_id].external_id,
            sku=lines[part.line_id].sku,
            quantity=part.quantity,
            disposition=part.disposition,
        )
        for part in arrived
    )


async def _under_way(unit: Unit, order: Order, known: Sequence[Return]) -> dict[str, int]:
    """Units by line id of requests whose end is not known, and that no return states yet."""
    stated = {one.reference for one in known}
    ours = {line.external_id: line.id for line in order.lines}
    effects = await outbox.of_order(unit, order.id, only_unsettled=True)
    commands = [one.command for one in effects if isinstance(one.command, RequestReturn)]
    units: dict[str, int] = {}
    for line in (line for one in commands if one.key not in stated for line in one.lines):
        id = ours.get(line.line_id or "")
        if id:
            units[id] = units.get(id, 0) + line.quantity
    return units


async def _place(unit: Unit, connection: str, location_id: str | None) -> str | None:
    """What *connection* calls one of our locations. Raises: InvalidInput when it has none."""
    if location_id is None:
        return None
    names = await identity.external_ids(unit, connection, Kind.LOCATION, [location_id])
    if location_id not in names:
        raise InvalidInput(f"{connection} has no such location", path=("locationId",))
    return names[location_id]
