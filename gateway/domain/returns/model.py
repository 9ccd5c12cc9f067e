"""Returns and refunds as the systems state them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from connectors.sdk.records import RefundRecord, ReturnRecord
from connectors.sdk.records.states import RefundStatus, ReturnStatus
from connectors.sdk.values import Money
from gateway import ids
from gateway.domain.fulfillment.model import WorkLine, match_lines
from gateway.domain.identity.model import Source, is_news
from gateway.domain.orders.model import Order
from gateway.errors import AmountTooLarge, IllegalTransition, InvalidInput
from gateway.events.event import Event

_RECEIVED = (ReturnStatus.RECEIVED, ReturnStatus.INSPECTED, ReturnStatus.CLOSED)
_AWAITED = (
    ReturnStatus.REQUESTED,
    ReturnStatus.APPROVED,
    ReturnStatus.IN_TRANSIT,
    ReturnStatus.PARTIALLY_RECEIVED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(RefundRecord):
    """Money going back. *parent_id* is our order; *order_id* the system's own."""

    id: str
    version: int
    source: Source
    parent_id: str | None
    returned_lines: tuple[WorkLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(ReturnRecord):
    """Goods coming back. *parent_id* is our order."""

    id: str
    version: int
    source: Source
    parent_id: str | None
    returned_lines: tuple[WorkLine, ...]


def observe_refund(
    held: Refund | None, record: RefundRecord, source: Source, order: Order | None
) -> Refund | None:
    """Return the refund as *record* makes it; None when that is nothing new."""
    facts = {one.name: getattr(record, one.name) for one in fields(RefundRecord)}
    if held:
        stated = {one.name: getattr(held, one.name) for one in fields(RefundRecord)}
        if (held.parent_id or not order) and not is_news(RefundRecord(**stated), record):
            return None
    return Refund(
        **facts,
        id=ids.derive(ids.REFUND, source.connection, record.external_id),
        version=held.version + 1 if held else 1,
        source=source,
        parent_id=order.id if order else (held.parent_id if held else None),
        returned_lines=match_lines(order, record.lines),
    )


def observe_return(
    held: Return | None, record: ReturnRecord, source: Source, order: Order | None
) -> Return | None:
    """Return the return as *record* makes it; None when that is nothing new."""
    facts = {one.name: getattr(record, one.name) for one in fields(ReturnRecord)}
    if held:
        stated = {one.name: getattr(held, one.name) for one in fields(ReturnRecord)}
        if (held.parent_id or not order) and not is_news(ReturnRecord(**stated), record):
            return None
    return Return(
        **facts,
        id=ids.derive(ids.RETURN, source.connection, record.external_id),
        version=held.version + 1 if held else 1,
        source=source,
        parent_id=order.id if order else (held.parent_id if held else None),
        returned_lines=match_lines(order, record.lines),
    )


def check_amount(order: Order, amount: Money, in_flight_minor: int) -> None:
    """Refuse what cannot be given back. Units: *in_flight_minor* is asked for and not yet known.

    Raises: InvalidInput (not positive, another currency), AmountTooLarge.
    """
    if amount.minor <= 0:
        raise InvalidInput("a refund is more than nothing", path=("amount",))
    if amount.currency != order.currency:
        raise InvalidInput(f"the order was paid in {order.currency}", path=("amount",))
    left = order.refundable.minor - in_flight_minor
    if amount.minor > left:
        most = Money(minor=max(0, left), currency=order.currency)
        raise AmountTooLarge(
            f"at most {most.amount} {most.currency} can still be refunded", path=("amount",)
        )


def is_awaited(one: Return) -> bool:
    """True while goods of it are still to come."""
    return one.status in _AWAITED


def check_units(
    order: Order, wanted: Mapping[str, int], returns: Iterable[Return], asked: Mapping[str, int]
) -> None:
    """Refuse units (by line id) that the customer has not got, or that are coming back already.

    *asked*: units of requests whose end is not known yet.

    Raises: InvalidInput with the line's place in the input.
    """
    if not wanted:
        raise InvalidInput("say which units come back", path=("lines",))
    coming = _units(one for one in returns if is_awaited(one) or one.status in _RECEIVED)
    lines = {line.id: line for line in order.lines}
    for number, (line_id, quantity) in enumerate(wanted.items()):
        line = lines.get(line_id)
        if line is None or quantity <= 0:
            raise InvalidInput("no such units in this order", path=("lines", str(number)))
        counters = line.counters
        gone = max(coming.get(line_id, 0), counters.returned + counters.return_requested)
        left = max(0, counters.fulfilled - gone - asked.get(line_id, 0))
        if quantity > left:
            raise InvalidInput(
                f"the customer has {left} of them to return",
                path=("lines", str(number), "quantity"),
            )


def check_receipt(one: Return, wanted: Mapping[str, int]) -> None:
    """Refuse to receive (units by line id) what is over, or was never announced.

    Raises: IllegalTransition, InvalidInput.
    """
    if not is_awaited(one):
        raise IllegalTransition(f"the return is {one.status}", path=("id",))
    announced = _units([one])
    for number, (line_id, quantity) in enumerate(wanted.items()):
        if not 0 < quantity <= announced.get(line_id, 0):
            raise InvalidInput(
                f"{announced.get(line_id, 0)} of them were announced",
                path=("lines", str(number), "quantity"),
            )


def _units(returns: Iterable[Return]) -> dict[str, int]:
    units: dict[str, int] = {}
    for one in returns:
        for line in one.returned_lines:
            if line.line_id:
                units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    return units


def came_back(returns: Iterable[Return]) -> dict[str, int]:
    """Sum up, by line id, the units that returns say have been received."""
    return _units(one for one in returns if one.status in _RECEIVED)


def given_back_minor(refunds: Iterable[Refund]) -> int:
    """Units: minor. What refunds say really went back."""
    return sum(one.amount.minor for one in refunds if one.status is RefundStatus.SUCCEEDED)


def under_way_minor(refunds: Iterable[Refund]) -> int:
    """Units: minor. What refunds say may still go back: their system has not settled them."""
    unsettled = (RefundStatus.PENDING, RefundStatus.UNKNOWN)
    return sum(one.amount.minor for one in refunds if one.status in unsettled)


def refund_event(refund: Refund) -> Event:
    return _event("refund", refund)


def return_event(one: Return) -> Event:
    return _event("return", one)


def _event(noun: str, one: Refund | Return) -> Event:
    return Event(
        type=f"{noun}.created" if one.version == 1 else f"{noun}.updated",
        subject=one.id,
        sequence=one.version,
        occurred_at=one.source.fetched_at,
        related=(one.parent_id,) if one.parent_id else (),
        connection=one.source.connection,
        data={"status": one.status},
    )
