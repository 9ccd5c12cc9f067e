"""Sales at a till (`sale.point.sale`): orders that are paid and handed over at once.

A till takes goods back by negative quantities, paid out in cash. Nothing says which sale they come
from, so such a return and its refund belong to no order. A till's sale names no customer.
"""

from collections.abc import Sequence
from datetime import datetime

from connectors.sdk.changes import Change
from connectors.sdk.records import (
    LineCounters,
    OrderLineRecord,
    OrderRecord,
    RefundRecord,
    ReturnRecord,
    TotalsRecord,
    TransactionRecord,
)
from connectors.sdk.records.states import (
    Method,
    OrderStatus,
    RefundStatus,
    ReturnStatus,
    TransactionKind,
    TransactionStatus,
)
from connectors.sdk.values import LineQuantity, Money
from connectors.tryton.mapping import wire
from connectors.tryton.mapping.stock import Places
from connectors.tryton.mapping.wire import Row

MODEL = "sale.point.sale"
PAYMENT = "sale.point.payment"

FIELDS = (
    "number",
    "state",
    "create_date",
    "currency.code",
    "point.tax_included",
    "point.storage_location",
    "lines.quantity",
    "lines.unit_list_price",
    "lines.unit_gross_price",
    "lines.product.code",
    "lines.product.template.name",
    "payments.amount",
    "payments.create_date",
    "payments.method.name",
)

STATUS = {
    "open": OrderStatus.DRAFT,
    "done": OrderStatus.COMPLETED,
    "posted": OrderStatus.COMPLETED,
    "cancelled": OrderStatus.CANCELED,
}
_SOLD = ("done", "posted")
"""*done* is paid and handed over; *posted* is that, written into stock and books."""


def changes(row: Row, places: Places, asked_at: datetime) -> list[Change]:
    """Read one sale: an order, a return with its refund, or all of them (an exchange)."""
    sold = [line for line in row.rows("lines") if line.units("quantity") > 0]
    back = [line for line in row.rows("lines") if line.units("quantity") < 0]
    storage = row.row("point").link("storage_location")
    home = None if storage is None else places.home.get(storage)
    store = None if home is None else str(home)
    found: list[Change] = []
    if sold:
        found.append(_order(row, sold, store, asked_at))
    if row.text("state") in _SOLD:
        order_id = wire.name(MODEL, row.id) if sold else None
        found += [_return(row, back, store, asked_at)] if back else []
        found += [
            _refund(row, payment, order_id, asked_at)
            for payment in row.rows("payments")
            if payment.amount("amount") < 0
        ]
    return found


def _order(row: Row, sold: Sequence[Row], store: str | None, asked_at: datetime) -> OrderRecord:
    state, currency = row.text("state"), row.row("currency").text("code")
    payments = [one for one in row.rows("payments") if one.amount("amount") > 0]
    return OrderRecord(
        external_id=wire.name(MODEL, row.id),
        revised_at=asked_at,
        # A basket has no number before it is paid: Tryton's own windows show the id like this.
        number=row.find_text("number") or f"({row.id})",
        status=STATUS.get(state, OrderStatus.UNKNOWN),
        raw_status=state,
        placed_at=row.moment("create_date"),
        currency=currency,
        totals=_totals(row, sold, currency),
        lines=tuple(_line(line, row, currency) for line in sold),
        transactions=tuple(_transaction(payment, state, currency) for payment in payments),
        location_id=store,
    )


def _return(row: Row, back: Sequence[Row], store: str | None, asked_at: datetime) -> ReturnRecord:
    return ReturnRecord(
        external_id=wire.name(MODEL, row.id),
        revised_at=asked_at,
        order_id=None,
        status=ReturnStatus.CLOSED,
        raw_status=row.text("state"),
        lines=tuple(
            LineQuantity(
                sku=line.row("product").find_text("code"), quantity=-line.units("quantity")
            )
            for line in back
        ),
        created_at=row.moment("create_date"),
        location_id=store,
    )


def _refund(row: Row, payment: Row, order_id: str | None, asked_at: datetime) -> RefundRecord:
    amount = Money.of(-payment.amount("amount"), row.row("currency").text("code"))
    return RefundRecord(
        external_id=wire.name(PAYMENT, payment.id),
        revised_at=asked_at,
        order_id=order_id,
        status=RefundStatus.SUCCEEDED,
        raw_status=row.text("state"),
        amount=amount,
        created_at=payment.find_moment("create_date"),
    )


def _line(line: Row, row: Row, currency: str) -> OrderLineRecord:
    quantity, state = line.units("quantity"), row.text("state")
    product = line.row("product")
    handed = quantity if state in _SOLD else 0
    price = line.amount(_price_field(row))
    return OrderLineRecord(
        external_id=str(line.id),
        sku=product.find_text("code"),
        variant_id=str(product.id),
        title=product.row("template").text("name"),
        counters=LineCounters(
            ordered=quantity,
            canceled=quantity if state == "cancelled" else 0,
            fulfilled=handed,
            delivered=handed,
        ),
        unit_price=Money.of(price, currency),
        total=Money.of(price * quantity, currency),
        method=Method.IN_STORE,
    )


def _totals(row: Row, sold: Sequence[Row], currency: str) -> TotalsRecord:
    """Sum what was sold. Tryton's own `total` has what an exchange took back subtracted from it."""
    net = _sum(sold, "unit_list_price", currency)
    gross = _sum(sold, "unit_gross_price", currency)
    included = row.row("point").flag("tax_included")
    nothing = Money(minor=0, currency=currency)
    return TotalsRecord(
        subtotal=gross if included else net,
        discount=nothing,
        shipping=nothing,
        tax=Money(minor=gross.minor - net.minor, currency=currency),
        total=gross,
        tax_included=included,
    )


def _sum(lines: Sequence[Row], price: str, currency: str) -> Money:
    """Sum as Tryton does: each line rounded by itself."""
    totals = (Money.of(one.amount(price) * one.units("quantity"), currency) for one in lines)
    return Money(minor=sum(total.minor for total in totals), currency=currency)


def _price_field(row: Row) -> str:
    included = row.row("point").flag("tax_included")
    return "unit_gross_price" if included else "unit_list_price"


def _transaction(payment: Row, state: str, currency: str) -> TransactionRecord:
    is_sold = state in _SOLD
    return TransactionRecord(
        external_id=wire.name(PAYMENT, payment.id),
        kind=TransactionKind.SALE,
        status=TransactionStatus.SUCCESS if is_sold else TransactionStatus.PENDING,
        raw_status=state,
        amount=Money.of(payment.amount("amount"), currency),
        gateway=payment.row("method").find_text("name"),
        occurred_at=payment.find_moment("create_date"),
    )
