"""Orders: the record of the system that took it, and what only we know. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from connectors.sdk.records import LineCounters, OrderLineRecord, OrderRecord
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.values import Money
from gateway import ids
from gateway.domain.identity.model import Origin, Source, is_news
from gateway.domain.orders import states


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What other systems than the shop know of a line: units that left and arrived, by shipments
    and scans, and units that came back."""

    fulfilled: int = 0
    delivered: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine(OrderLineRecord):
    """A line: *stated* counters are the shop's; *counters* the most that anyone has seen."""

    id: str
    stated: LineCounters
    progress: Progress = Progress()

    @property
    def quantity(self) -> int:
        return self.counters.ordered

    @property
    def status(self) -> states.LineStatus:
        return states.line_status(self.counters)

    @property
    def open_quantity(self) -> int:
        """Units that still have to leave."""
        left = self.counters.ordered - self.counters.canceled - self.counters.fulfilled
        return max(0, left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(OrderRecord):
    """``Order.number``, ``Order.lines`` and the rest of the record, and beside them ours.

    *customer_key* names who bought, by connection: an account or, for a guest, the e-mail; the
    customers slice knows which person that is.
    """

    id: str
    version: int
    source: Source
    lines: tuple[OrderLine, ...]
    fulfillment_status: states.FulfillmentStatus
    payment_status: states.PaymentStatus
    return_status: states.ReturnStatus
    customer_key: str | None
    channel_id: str | None
    created_at: datetime
    updated_at: datetime
    refunded_minor: int = 0
    is_worked_on: bool = False

    @property
    def captured(self) -> Money:
        return Money(minor=states.captured_minor(self.transactions), currency=self.currency)

    @property
    def refunded(self) -> Money:
        return Money(minor=_refunded(self), currency=self.currency)

    @property
    def refundable(self) -> Money:
        """What may still be given back: captured less refunded."""
        left = self.captured.minor - self.refunded.minor
        return Money(minor=max(0, left), currency=self.currency)

    @property
    def is_open(self) -> bool:
        return self.status in (OrderStatus.PENDING, OrderStatus.CONFIRMED)


def order_id(connection: str, external_id: str) -> str:
    return ids.derive(ids.ORDER, connection, external_id)


def observe(
    held: Order | None, record: OrderRecord, source: Source, origin: Origin
) -> Order | None:
    """Return the order as *record* makes it, at the next version; None when it says nothing new."""
    if held and not is_news(record_of(held), record):
        return None
    id = held.id if held else order_id(source.connection, record.external_id)
    before = {line.external_id: line for line in held.lines} if held else {}
    stated = {one.name: getattr(record, one.name) for one in fields(OrderRecord)}
    lines = tuple(_line(id, line, before.get(line.external_id)) for line in record.lines)
    return _derived(
        Order(
            **{
                **stated,
                "lines": lines,
                "id": id,
                "version": held.version + 1 if held else 1,
                "source": source,
                "customer_key": customer_key(record, source.connection),
                "channel_id": origin.channel_id,
                "created_at": held.created_at if held else source.fetched_at,
                "updated_at": source.fetched_at,
                "refunded_minor": held.refunded_minor if held else 0,
                "is_worked_on": held.is_worked_on if held else False,
                "fulfillment_status": states.FulfillmentStatus.UNFULFILLED,
                "payment_status": states.PaymentStatus.UNPAID,
                "return_status": states.ReturnStatus.NONE,
            }
        )
    )


def advance(
    held: Order, progress: Mapping[str, Progress], is_worked_on: bool, now: datetime
) -> Order | None:
    """Return the order with what shipments and scans say of its lines (by line id); None when that
    is known."""
    lines = tuple(
        _with_progress(
            line,
            replace(progress.get(line.id, line.progress), returned=line.progress.returned),
        )
        for line in held.lines
    )
    return _changed(held, replace(held, lines=lines, is_worked_on=is_worked_on), now)


def take_back(held: Order, returned: Mapping[str, int], now: datetime) -> Order | None:
    """Return the order with what its returns say came back (units by line id); None when known."""
    lines = tuple(
        _with_progress(line, replace(line.progress, returned=returned.get(line.id, 0)))
        for line in held.lines
    )
    return _changed(held, replace(held, lines=lines), now)


def refund(held: Order, refunded_minor: int, now: datetime) -> Order | None:
    """Return the order with *refunded_minor* given back, as its refunds say; None when known."""
    return _changed(held, replace(held, refunded_minor=refunded_minor), now)


def customer_key(record: OrderRecord, connection: str) -> str | None:
    """``"shop-us:42"`` for an account, ``"shop-us:guest:ada@example.com"`` for a guest."""
    if record.customer_id:
        return f"{connection}:{record.customer_id}"
    return f"{connection}:guest:{record.email.lower()}" if record.email else None


def record_of(order: Order) -> OrderRecord:
    """Return what the source stated, without what we know beside it."""
    lines = tuple(_stated(line) for line in order.lines)
    facts = {one.name: getattr(order, one.name) for one in fields(OrderRecord)}
    return OrderRecord(**{**facts, "lines": lines})


def _line(order_id: str, record: OrderLineRecord, held: OrderLine | None) -> OrderLine:
    facts = {one.name: getattr(record, one.name) for one in fields(OrderLineRecord)}
    line = OrderLine(
        **facts,
        id=ids.derive(ids.LINE, order_id, record.external_id),
        stated=record.counters,
    )
    return _with_progress(line, held.progress if held else Progress())


def _stated(line: OrderLine) -> OrderLineRecord:
    facts = {one.name: getattr(line, one.name) for one in fields(OrderLineRecord)}
    return OrderLineRecord(**{**facts, "counters": line.stated})


def _with_progress(line: OrderLine, progress: Progress) -> OrderLine:
    """Take the most that anyone has seen, but never more than the line has."""
    stated = line.stated
    units = max(0, stated.ordered - stated.canceled)
    delivered = min(units, max(stated.delivered, progress.delivered))
    fulfilled = min(units, max(stated.fulfilled, progress.fulfilled, delivered))
    returned = min(units, max(stated.returned, progress.returned))
    counters = replace(stated, fulfilled=fulfilled, delivered=delivered, returned=returned)
    return replace(line, counters=counters, progress=progress)


def _changed(held: Order, order: Order, now: datetime) -> Order | None:
    derived = _derived(order)
    if derived == held:
        return None
    return replace(derived, version=held.version + 1, updated_at=now)


def _derived(order: Order) -> Order:
    counters = [line.counters for line in order.lines]
    return replace(
        order,
        fulfillment_status=states.fulfillment_status(counters, order.is_worked_on),
        return_status=states.return_status(counters),
        payment_status=states.payment_status(
            order.totals.total.minor, order.transactions, _refunded(order)
        ),
    )


def _refunded(order: Order) -> int:
    """Whichever says more: some systems list refunds among transactions, some only apart."""
    return max(order.refunded_minor, states.refunded_minor(order.transactions))
