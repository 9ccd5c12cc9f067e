"""Writing: packages that left, and stock of ours that Amazon sells from."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from connectors.amazon.client.doubt import legible, require_empty
from connectors.amazon.client.exchange import Exchange
from connectors.amazon.client.handover import Handover
from connectors.amazon.client.reader import Reader, require_answered
from connectors.amazon.mapping import inventory as stock
from connectors.amazon.mapping import packages, work
from connectors.amazon.mapping.inventory import Place
from connectors.amazon.reading import Node
from connectors.amazon.requests import inventory, orders
from connectors.sdk.changes import Touched
from connectors.sdk.commands import (
    Command,
    Outcome,
    RecordShipment,
    SetInventory,
    ShipFulfillmentOrder,
)
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    Missing,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from connectors.sdk.records import Kind
from connectors.sdk.values import LineQuantity

_NOT_YET = ("PENDING", "PENDING_AVAILABILITY")
"""Of an order in these nothing may leave: its payment is not authorized yet."""


class Writer:
    """One account, told what happened."""

    def __init__(self, exchange: Exchange, reader: Reader) -> None:
        self._exchange = exchange
        self._reader = reader
        self._handover = Handover(exchange)

    async def perform(self, command: Command) -> Outcome:
        match command:
            case RecordShipment():
                return await self._record(command)
            case SetInventory():
                return await self._count(command)
            case ShipFulfillmentOrder():
                return await self._handover.perform(command)
            case _:
                raise _unsupported(command)

    async def look_up(self, command: Command) -> Outcome | None:
        """Say whether a package with the command's reference is there. The others are idempotent:
        they are performed again."""
        if not isinstance(command, RecordShipment):
            raise _unsupported(command)
        with legible(Unavailable):
            order = await self._reader.order(command.order_id)
            is_told = order is not None and _is_recorded(order, command)
        return _told(command) if is_told else None

    async def _record(self, command: RecordShipment) -> Outcome:
        """Tell that a package left, once: Amazon keeps its reference unique within the order.

        After a crash: as before, or told; the reference says which. What Amazon refuses as
        fulfilled may be our own word, not shown yet when we looked: it is looked for once more.
        """
        with legible(Unavailable):
            order = await self._reader.order(command.order_id)
            if order is None:
                raise Missing("no such order", code="NotFound", field="order_id")
            if _is_recorded(order, command):
                return _told(command)
            lines = _lines(order, command)
            marketplace = order["salesChannel"]["marketplaceId"].text() or self._reader.home
        ask = orders.confirm(replace(command, lines=lines), marketplace, datetime.now(UTC))
        try:
            require_empty(await self._exchange.ask(ask))
        except Conflict:
            found = await self.look_up(command)
            if found is None:
                raise
            return found
        return _told(command)

    async def _count(self, command: SetInventory) -> Outcome:
        """Make the units at a place of ours *quantity*, unless they are already.

        Concurrency: an update is applied when its sequence number is greater than the last one.
        Ours is the next after the one read: whoever comes between makes ours too small, and it is
        a Conflict. After a crash: as before, or done; the units say which.
        """
        if command.location_id == self._reader.home:
            raise Rejected("Amazon counts its own", code="counted_by_amazon", field="location_id")
        if command.quantity < 0:
            raise Rejected("less than nothing", code="invalid", field="quantity")
        place = (command.item_id, command.location_id)
        with legible(Unavailable):
            [(held, read_at)] = await self._reader.counts([place])
            if not require_answered(held):
                word, sentence = stock.reason(held)
                raise Missing(sentence, code=word, field="item_id")
            level = stock.our_level(held, place, read_at)
            sequence = held["body"]["clientSequenceNumber"].sequence() + 1
        on_hand = level.quantities.on_hand
        if on_hand == command.quantity:
            return Outcome(external_id=level.external_id, changes=(level,))
        if command.expected not in (None, on_hand):
            raise Conflict(f"{on_hand} on hand, not {command.expected}", code="changed")
        return await self._put(place, command.quantity, sequence)

    async def _put(self, place: Place, quantity: int, sequence: int) -> Outcome:
        ask = inventory.put(place, self._reader.home, quantity, sequence)
        read_at = datetime.now(UTC)
        with legible(Ambiguous):
            [answer] = stock.answers(Node((await self._exchange.ask(ask)).json()), [place])
            _raise_for(answer)
            level = stock.our_level(answer, place, read_at)
        # An update that is not applied is answered like any other, with the units that are there.
        if quantity not in (level.quantities.on_hand, level.quantities.available):
            raise Conflict("changed by another meanwhile", code="changed")
        return Outcome(external_id=level.external_id, changes=(level,))


def _raise_for(answer: Node) -> None:
    """Raise what one request of a batch was refused with."""
    status = stock.status(answer)
    word, sentence = stock.reason(answer)
    if status >= 500:
        raise Ambiguous(f"sent, outcome unknown: HTTP {status} inside a batch")
    if status == 429:
        raise Throttled("HTTP 429 inside a batch")
    if status == 409:
        raise Conflict(sentence, code=word)
    if status >= 400:
        raise Rejected(sentence, code=word)


def _lines(order: Node, command: RecordShipment) -> tuple[LineQuantity, ...]:
    """Return the lines by Amazon's ids. Raises: Conflict when the units cannot leave (any more).

    Amazon's own answer to units that left before would be an update of a package, or a sentence.
    """
    fulfillment = order["fulfillment"]
    if fulfillment["fulfilledBy"].text() == work.AMAZON:
        raise Conflict("Amazon ships this order itself", code="fulfilled_by_amazon")
    if fulfillment["fulfillmentStatus"].text() in _NOT_YET:
        raise Conflict("the order is still pending", code="pending")
    if not command.lines:
        raise Rejected("no units", code="invalid", field="lines")
    return tuple(_named(order, command.lines))


def _named(order: Node, lines: tuple[LineQuantity, ...]) -> Iterator[LineQuantity]:
    items = list(order["orderItems"])
    by_id = {item["orderItemId"].id(): item for item in items}
    by_sku = {item["product"]["sellerSku"].text(): item for item in items}
    for line in lines:
        item = by_id.get(line.line_id) if line.line_id else by_sku.get(line.sku)
        if item is None or line.quantity < 1:
            raise Rejected("no such item", code="invalid", field="lines")
        waiting = item["fulfillment"]["quantityUnfulfilled"].optional_count()
        most = item["quantityOrdered"].count() if waiting is None else waiting
        if line.quantity > most:
            raise Conflict(f"{most} units are still to leave", code="nothing_left_to_ship")
        yield replace(line, line_id=item["orderItemId"].id())


def _is_recorded(order: Node, command: RecordShipment) -> bool:
    """Say whether an earlier attempt left its package behind."""
    wanted = orders.package_reference(command.key)
    return any(packages.reference(one) == wanted for one in order["packages"])


def _told(command: RecordShipment) -> Outcome:
    """Name the package, and the order to read again: its own answer is empty."""
    reference = orders.package_reference(command.key)
    touched = Touched(kind=Kind.ORDER, external_id=command.order_id)
    return Outcome(
        external_id=packages.external_id(command.order_id, reference), changes=(touched,)
    )


def _unsupported(command: Command) -> Unsupported:
    return Unsupported(f"Amazon takes no {type(command).__name__}", code="unsupported")
