"""Sales of the office (`sale.sale`): orders, and the returns that Tryton writes as sales too.

A return is a sale with negative quantities, whose `origin` is the sale it takes back. What was
sent, given up or brought back is read from the stock moves of the lines: the line itself only says
what was ordered, and the states of sale and shipment tell neither how many nor which.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from connectors.sdk.changes import Change
from connectors.sdk.records import (
    LineCounters,
    OrderLineRecord,
    OrderRecord,
    ReturnRecord,
    TotalsRecord,
)
from connectors.sdk.records.states import Method, OrderStatus, ReturnStatus
from connectors.sdk.values import LineQuantity, Money
from connectors.tryton.mapping import customers, wire
from connectors.tryton.mapping.wire import Row

MODEL = "sale.sale"

FIELDS = (
    "number",
    "reference",
    "state",
    "create_date",
    "origin",
    "warehouse",
    "comment",
    "party.email",
    "party.phone",
    "party.name",
    "currency.code",
    "carrier.party.name",
    "untaxed_amount",
    "tax_amount",
    "total_amount",
    *(f"shipment_address.{name}" for name in customers.ADDRESS),
    *(f"invoice_address.{name}" for name in customers.ADDRESS),
    "lines.type",
    "lines.quantity",
    "lines.unit_price",
    "lines.amount",
    "lines.description",
    "lines.shipment_cost",
    "lines.movable",
    "lines.moves_ignored",
    "lines.product.code",
    "lines.product.template.name",
    "lines.moves.quantity",
    "lines.moves.state",
    "lines.moves.shipment",
    "shipments.state",
    "shipment_returns.state",
)

OUR_PREFIX = "fo_"
"""How our references begin. A sale that carries one was asked for by us, to send the goods of
another system's order: it is work for the warehouse, and no order of anyone."""

STATUS = {
    "draft": OrderStatus.DRAFT,
    "quotation": OrderStatus.PENDING,
    "confirmed": OrderStatus.CONFIRMED,
    "processing": OrderStatus.CONFIRMED,
    "done": OrderStatus.COMPLETED,
    "cancelled": OrderStatus.CANCELED,
}

RETURN_STATUS = {
    "draft": ReturnStatus.REQUESTED,
    "quotation": ReturnStatus.REQUESTED,
    "confirmed": ReturnStatus.APPROVED,
    "processing": ReturnStatus.APPROVED,
    "done": ReturnStatus.CLOSED,
    "cancelled": ReturnStatus.CANCELED,
}

LEFT = ("shipped", "done")
"""States of a shipment whose goods have left. Its moves, and with them the stock, are *done* only
with the latter."""
_UNDER_WAY = ("processing", "done")


@dataclass(frozen=True, slots=True)
class Back:
    """Units of one product that are to come back, and those that have."""

    asked: int = 0
    received: int = 0


def is_ours(reference: str | None) -> bool:
    return (reference or "").startswith(OUR_PREFIX)


def is_return(row: Row) -> bool:
    """Tell whether a sale takes goods back. An exchange does, and is an order as well."""
    return any(line.units("quantity") < 0 for line in _goods(row))


def origin(row: Row) -> int | None:
    """Return the id of the sale that this one takes goods back of."""
    match row.reference("origin"):
        case ("sale.sale", int() as id):
            return id
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Sales that a sale must be read together with: its *origin*, and the *returns* of it."""

    origin: Row | None = None
    returns: Sequence[Row] = ()


def kin(row: Row, every: Mapping[int, Row], returns: Iterable[Row]) -> Kin:
    """Find the kin of *row*: its origin in *every*, by id, and those of *returns* that are its."""
    return Kin(
        origin=every.get(origin(row) or 0),
        returns=[one for one in returns if origin(one) == row.id],
    )


def changes(row: Row, kin: Kin, asked_at: datetime) -> list[Change]:
    """Read one sale: an order, a return, both (an exchange) or, when it is ours, neither."""
    found: list[Change] = []
    if is_ours(row.find_text("reference")):
        return found
    if sold(row):
        found.append(_order(row, kin.returns, asked_at))
    if is_return(row):
        found.append(_return(row, kin.origin, asked_at))
    return found


def counters(row: Row, returns: Iterable[Row] = ()) -> dict[int, LineCounters]:
    """Count the units of each line of goods, by line id."""
    left = {one.id for one in row.rows("shipments") if one.find_text("state") in LEFT}
    back = _back(returns)
    return {line.id: _counters(line, row.text("state"), left, back) for line in sold(row)}


def sold(row: Row) -> list[Row]:
    """Return the lines of goods that go out: all but those that are taken back."""
    return [line for line in _goods(row) if line.units("quantity") > 0]


def _order(row: Row, returns: Iterable[Row], asked_at: datetime) -> OrderRecord:
    counted = counters(row, returns)
    state, currency = row.text("state"), row.row("currency").text("code")
    invoiced, sent = row.find_row("invoice_address"), row.find_row("shipment_address")
    party, carrier = row.row("party"), row.find_row("carrier")
    return OrderRecord(
        external_id=wire.name(MODEL, row.id),
        revised_at=asked_at,
        # A sale has no number before its quotation: Tryton's own windows show the id like this.
        number=row.find_text("number") or f"({row.id})",
        status=_status(state, counted.values()),
        raw_status=state,
        placed_at=row.moment("create_date"),
        currency=currency,
        totals=_totals(row, currency),
        lines=tuple(
            _line(line, counted[line.id], currency) for line in _goods(row) if line.id in counted
        ),
        customer_id=str(party.id),
        email=party.find_text("email"),
        phone=party.find_text("phone"),
        shipping_address=customers.address(sent, party.find_text("name")) if sent else None,
        billing_address=customers.address(invoiced, party.find_text("name")) if invoiced else None,
        shipping_method=carrier.row("party").find_text("name") if carrier else None,
        note=row.find_text("comment"),
    )


def _return(row: Row, origin: Row | None, asked_at: datetime) -> ReturnRecord:
    reference = origin.find_text("reference") if origin else None
    ours = is_ours(reference)
    warehouse = row.link("warehouse")
    return ReturnRecord(
        external_id=wire.name(MODEL, row.id),
        revised_at=asked_at,
        order_id=wire.name(MODEL, origin.id) if origin and not ours else None,
        status=_return_status(row),
        raw_status=row.text("state"),
        lines=tuple(
            LineQuantity(
                line_id=_line_of(origin, line), sku=sku(line), quantity=-line.units("quantity")
            )
            for line in _goods(row)
            if line.units("quantity") < 0
        ),
        created_at=row.moment("create_date"),
        location_id=None if warehouse is None else str(warehouse),
        reference=reference if ours else None,
    )


def _goods(row: Row) -> list[Row]:
    """Return the lines that sell something: no comments and titles, and not the postage, which
    Tryton keeps as a line of its own."""
    return [
        line
        for line in row.rows("lines")
        if line.text("type") == "line" and line.find_amount("shipment_cost") is None
    ]


def _line(line: Row, counted: LineCounters, currency: str) -> OrderLineRecord:
    product = line.find_row("product")
    title = product.row("template").find_text("name") if product else None
    return OrderLineRecord(
        external_id=str(line.id),
        sku=sku(line),
        variant_id=str(product.id) if product else None,
        title=title or line.find_text("description") or "",
        counters=counted,
        unit_price=Money.of(line.amount("unit_price"), currency),
        total=Money.of(line.amount("amount"), currency),
        method=Method.SHIPPING if line.flag("movable") else Method.DIGITAL,
    )


def _counters(line: Row, state: str, left: set[int], back: dict[int, Back]) -> LineCounters:
    ordered = line.units("quantity")
    if state == "cancelled":
        return LineCounters(ordered=ordered, canceled=ordered)
    if not line.flag("movable"):
        # A service has nothing to send: it is rendered when the sale is.
        return LineCounters(ordered=ordered, fulfilled=ordered if state in _UNDER_WAY else 0)
    moves = line.rows("moves")
    given_up = set(line.ids("moves_ignored"))
    # A picker may send more than was ordered, and an office give up what was never planned: the
    # counters are those of the order, and add up.
    canceled = min(ordered, sum(one.units("quantity") for one in moves if one.id in given_up))
    sent = sum(move.units("quantity") for move in moves if _has_left(move, left))
    fulfilled = min(sent, ordered - canceled)
    returned = _take(back, line, fulfilled)
    return LineCounters(
        ordered=ordered,
        canceled=canceled,
        fulfilled=fulfilled,
        return_requested=returned.asked,
        returned=returned.received,
    )


def _has_left(move: Row, left: set[int]) -> bool:
    if move.text("state") == "cancelled":
        return False
    match move.reference("shipment"):
        case ("stock.shipment.out", int() as id):
            return id in left
        case _:
            # Sent on by a supplier, or moved by hand without a shipment.
            return move.text("state") == "done"


def _back(returns: Iterable[Row]) -> dict[int, Back]:
    """Sum the units of *returns* by product: their lines do not say which line they take back."""
    found: dict[int, Back] = {}
    for row in returns:
        if row.text("state") == "cancelled":
            continue
        for line in _goods(row):
            product, units = line.find_row("product"), -line.units("quantity")
            if product is None or units <= 0:
                continue
            done = [one for one in line.rows("moves") if one.text("state") == "done"]
            received = sum(move.units("quantity") for move in done)
            held = found.get(product.id, Back())
            found[product.id] = Back(held.asked + units - received, held.received + received)
    return found


def _take(back: dict[int, Back], line: Row, fulfilled: int) -> Back:
    """Take from *back* what this line can have been returned of, leaving the rest to the next."""
    product = line.find_row("product")
    held = back.get(product.id, Back()) if product else Back()
    received = min(held.received, fulfilled)
    asked = min(held.asked, fulfilled - received)
    if product:
        back[product.id] = Back(held.asked - asked, held.received - received)
    return Back(asked, received)


def _status(state: str, counted: Iterable[LineCounters]) -> OrderStatus:
    """A sale under way whose every unit was given up stays *processing* for ever in Tryton: it
    waits for an invoice that nobody will write."""
    if state in _UNDER_WAY and all(line.canceled == line.ordered for line in counted):
        return OrderStatus.CANCELED
    return STATUS.get(state, OrderStatus.UNKNOWN)


def _return_status(row: Row) -> ReturnStatus:
    status = RETURN_STATUS.get(row.text("state"), ReturnStatus.UNKNOWN)
    arrivals = [one.find_text("state") for one in row.rows("shipment_returns")]
    arrivals = [state for state in arrivals if state != "cancelled"]
    if status is not ReturnStatus.APPROVED or not arrivals:
        return status
    if all(state == "done" for state in arrivals):
        return ReturnStatus.INSPECTED
    if all(state in ("received", "done") for state in arrivals):
        return ReturnStatus.RECEIVED
    if any(state in ("received", "done") for state in arrivals):
        return ReturnStatus.PARTIALLY_RECEIVED
    return ReturnStatus.APPROVED


def _totals(row: Row, currency: str) -> TotalsRecord:
    postage = sum(
        (
            line.amount("amount")
            for line in row.rows("lines")
            if line.find_amount("shipment_cost") is not None
        ),
        Decimal(),
    )
    return TotalsRecord(
        subtotal=Money.of(row.amount("untaxed_amount") - postage, currency),
        discount=Money.of(Decimal(), currency),
        shipping=Money.of(postage, currency),
        tax=Money.of(row.amount("tax_amount"), currency),
        total=Money.of(row.amount("total_amount"), currency),
    )


def sku(line: Row) -> str | None:
    product = line.find_row("product")
    return product.find_text("code") if product else None


def _line_of(origin: Row | None, line: Row) -> str | None:
    """Name the line of *origin* that sold what this line takes back, when it is only one."""
    product = line.find_row("product")
    if origin is None or product is None:
        return None
    sold: Mapping[int, int] = {
        one.id: one.row("product").id
        for one in _goods(origin)
        if one.find_row("product") and one.units("quantity") > 0
    }
    found = [id for id, sold_product in sold.items() if sold_product == product.id]
    return str(found[0]) if len(found) == 1 else None
