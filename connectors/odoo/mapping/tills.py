"""Sales at a till (`pos.order`): orders that are paid and handed over at once.

A till takes goods back by negative quantities. The refund of a sale carries that sale's receipt
number (`pos_reference`) and so is known to belong to it; an exchange, or goods taken back without
their receipt, is a sale of its own with a number of its own.

Payments are lines of the cash register's statements (from Odoo 13 on: `pos.payment`). Change given
back is a line as well, with a negative amount, and no refund: see `_net`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.odoo.mapping import catalog, wire
from connectors.odoo.mapping.stock import Book
from connectors.odoo.mapping.wire import Row, Tables
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
from connectors.sdk.values import LineQuantity

MODEL, LINE = "pos.order", "pos.order.line"
PAYMENT, PRICELIST = "account.bank.statement.line", "product.pricelist"
PREFIX, PAYMENT_PREFIX = "pos", "payment"
"""Of external ids: ``"pos:7"``, ``"payment:31"``."""

FIELDS = (
    "name",
    "pos_reference",
    "state",
    "date_order",
    "partner_id",
    "pricelist_id",
    "location_id",
    "note",
)
LINE_FIELDS = (
    "order_id",
    "product_id",
    "qty",
    "price_subtotal",
    "price_subtotal_incl",
    "tax_ids",
)
PAYMENT_FIELDS = ("pos_statement_id", "amount", "journal_id", "create_date")
PRICELIST_FIELDS = ("currency_id",)

STATUS = {
    "draft": OrderStatus.DRAFT,
    "paid": OrderStatus.COMPLETED,
    "done": OrderStatus.COMPLETED,
    "invoiced": OrderStatus.COMPLETED,
    "cancel": OrderStatus.CANCELED,
}
_SOLD = ("paid", "done", "invoiced")
"""*paid* is paid and handed over; *done* is that, in the books since the till was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """Money that one sale moved by one way to pay; below zero: paid out."""

    row: Row
    amount: Decimal


def changes(row: Row, book: Book) -> list[Change]:
    """Read one sale: an order, a return with its refund, or all of them (an exchange)."""
    tables = book.tables
    lines = tables.owned(LINE, "order_id", row.id)
    sold = [line for line in lines if line.number("qty") > 0]
    back = [line for line in lines if line.number("qty") < 0]
    is_order = bool(sold) or not back
    found: list[Change] = [order(row, sold, book)] if is_order else []
    if row.text("state") not in _SOLD:
        return found
    origin = row if is_order else _origin(row, tables)
    if back:
        found.append(_return(row, back, None if is_order else origin, book))
    order_id = None if origin is None else wire.name(PREFIX, origin.id)
    out = (paid for paid in _payments(row, tables) if paid.amount < 0)
    return found + [_refund(row, paid, order_id, book) for paid in out]


def receipts(rows: Iterable[Row]) -> list[str]:
    """Return the receipt numbers by which refunds are found, and what they refund."""
    return sorted({text for row in rows if (text := row.find_text("pos_reference"))})


def order(row: Row, sold: Sequence[Row], book: Book) -> OrderRecord:
    tables = book.tables
    state, currency = row.text("state"), _currency(row, tables)
    returned = _returned(row, tables)
    is_gross = _is_gross(sold, tables)
    partner = row.link("partner_id")
    totals = _totals(sold, currency, is_gross=is_gross)
    return OrderRecord(
        external_id=wire.name(PREFIX, row.id),
        revised_at=book.asked_at,
        number=row.find_text("pos_reference") or row.text("name"),
        status=STATUS.get(state, OrderStatus.UNKNOWN),
        raw_status=state,
        placed_at=row.moment("date_order"),
        currency=totals.total.currency,
        totals=totals,
        lines=tuple(
            _line(line, _counters(line, state, returned), tables, (currency, is_gross))
            for line in sold
            if line.number("price_subtotal") >= 0
        ),
        transactions=tuple(
            _transaction(paid, state, currency)
            for paid in _payments(row, tables)
            if paid.amount > 0
        ),
        customer_id=None if partner is None else str(partner),
        location_id=book.places.home_id(row.link("location_id")),
        note=row.find_text("note"),
    )


def _origin(row: Row, tables: Tables) -> Row | None:
    """Return the sale that a refund refunds: the first of its receipt number that sold anything."""
    selling = [one for one in _same_receipt(row, tables) if _sold_lines(one, tables)]
    return min(selling, key=lambda one: one.id, default=None)


def _same_receipt(row: Row, tables: Tables) -> list[Row]:
    """Return the other sales that carry the receipt number of this one."""
    receipt = row.find_text("pos_reference")
    others = (one for one in tables.rows(MODEL) if one.id != row.id)
    return [one for one in others if receipt and one.find_text("pos_reference") == receipt]


def _sold_lines(row: Row, tables: Tables) -> list[Row]:
    return [one for one in tables.owned(LINE, "order_id", row.id) if one.number("qty") > 0]


def _returned(row: Row, tables: Tables) -> dict[int, int]:
    """Sum by product what refunds of this sale took back."""
    found: dict[int, int] = {}
    for one in _same_receipt(row, tables):
        origin = None if _sold_lines(one, tables) else _origin(one, tables)
        if origin is None or origin.id != row.id or one.text("state") not in _SOLD:
            continue
        for line in tables.owned(LINE, "order_id", one.id):
            product = line.link("product_id") or 0
            found[product] = found.get(product, 0) - line.units("qty")
    return found


def _counters(line: Row, state: str, returned: dict[int, int]) -> LineCounters:
    """Take from *returned* what this line can have been returned of; the rest is the next one's."""
    quantity, product = line.units("qty"), line.link("product_id") or 0
    handed = quantity if state in _SOLD else 0
    back = min(returned.get(product, 0), handed)
    returned[product] = returned.get(product, 0) - back
    return LineCounters(
        ordered=quantity,
        canceled=quantity if state == "cancel" else 0,
        fulfilled=handed,
        delivered=handed,
        returned=back,
    )


def _line(
    line: Row, counted: LineCounters, tables: Tables, money: tuple[str | None, bool]
) -> OrderLineRecord:
    currency, is_gross = money
    product = tables.get(catalog.PRODUCT, line.link("product_id"))
    total = line.number(_field(is_gross=is_gross))
    return OrderLineRecord(
        external_id=str(line.id),
        sku=product.find_text("default_code"),
        variant_id=str(product.id),
        title=product.text("display_name"),
        counters=counted,
        unit_price=wire.money(total / line.number("qty"), currency),
        total=wire.money(total, currency),
        method=Method.IN_STORE,
    )


def _return(row: Row, back: Sequence[Row], origin: Row | None, book: Book) -> ReturnRecord:
    tables = book.tables
    return ReturnRecord(
        external_id=wire.name(PREFIX, row.id),
        revised_at=book.asked_at,
        order_id=None if origin is None else wire.name(PREFIX, origin.id),
        status=ReturnStatus.CLOSED,
        raw_status=row.text("state"),
        lines=tuple(
            LineQuantity(
                line_id=_line_of(origin, line, tables),
                sku=tables.get(catalog.PRODUCT, line.link("product_id")).find_text("default_code"),
                quantity=-line.units("qty"),
            )
            for line in back
            if line.number("price_subtotal") <= 0
        ),
        created_at=row.moment("date_order"),
        location_id=book.places.home_id(row.link("location_id")),
    )


def _line_of(origin: Row | None, line: Row, tables: Tables) -> str | None:
    """Name the line of *origin* that sold what this line takes back, when it is only one."""
    sold = _sold_lines(origin, tables) if origin else []
    found = [one for one in sold if one.link("product_id") == line.link("product_id")]
    return str(found[0].id) if len(found) == 1 else None


def _refund(row: Row, paid: Paid, order_id: str | None, book: Book) -> RefundRecord:
    return RefundRecord(
        external_id=wire.name(PAYMENT_PREFIX, paid.row.id),
        revised_at=book.asked_at,
        order_id=order_id,
        status=RefundStatus.SUCCEEDED,
        raw_status=row.text("state"),
        amount=wire.money(-paid.amount, _currency(row, book.tables)),
        created_at=paid.row.find_moment("create_date"),
    )


def _transaction(paid: Paid, state: str, currency: str | None) -> TransactionRecord:
    is_sold = state in _SOLD
    return TransactionRecord(
        external_id=wire.name(PAYMENT_PREFIX, paid.row.id),
        kind=TransactionKind.SALE,
        status=TransactionStatus.SUCCESS if is_sold else TransactionStatus.PENDING,
        raw_status=state,
        amount=wire.money(paid.amount, currency),
        gateway=paid.row.link_name("journal_id"),
        occurred_at=paid.row.find_moment("create_date"),
    )


def _payments(row: Row, tables: Tables) -> list[Paid]:
    """Sum one sale's payments by the way they were made, and take the change out of them."""
    rows: dict[int, Row] = {}
    sums: dict[int, Decimal] = {}
    for one in tables.owned(PAYMENT, "pos_statement_id", row.id):
        way = one.link("journal_id") or 0
        rows.setdefault(way, one)
        sums[way] = sums.get(way, Decimal()) + one.number("amount")
    return [Paid(row=rows[way], amount=amount) for way, amount in _net(sums).items() if amount]


def _net(sums: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Leave only what goes the way that the whole sum goes: 50 by card and 30 of change in cash are
    20 by card, and no refund."""
    sign = 1 if sum(sums.values()) >= 0 else -1
    against = sum((-one * sign for one in sums.values() if one * sign < 0), Decimal())
    found: dict[int, Decimal] = {}
    for way, amount in sums.items():
        if amount * sign > 0:
            taken = min(amount * sign, against)
            against -= taken
            found[way] = amount - taken * sign
    return found


def _currency(row: Row, tables: Tables) -> str | None:
    return tables.get(PRICELIST, row.link("pricelist_id")).link_name("currency_id")


def _is_gross(lines: Sequence[Row], tables: Tables) -> bool:
    taxes = [tables.find("account.tax", id) for line in lines for id in line.ids("tax_ids")]
    return bool(taxes) and all(tax is not None and tax.flag("price_include") for tax in taxes)


def _field(*, is_gross: bool) -> str:
    return "price_subtotal_incl" if is_gross else "price_subtotal"


def _totals(sold: Sequence[Row], currency: str | None, *, is_gross: bool) -> TotalsRecord:
    """Sum what was sold: Odoo's own total has what an exchange took back subtracted from it. What
    takes money off (a discount, a coupon) is a line of its own with a price below zero."""
    shown = [line.number(_field(is_gross=is_gross)) for line in sold]
    net = sum((line.number("price_subtotal") for line in sold), Decimal())
    gross = sum((line.number("price_subtotal_incl") for line in sold), Decimal())
    off = -sum((one for one in shown if one < 0), Decimal())
    total, tax = wire.money(gross, currency), wire.money(gross - net, currency)
    return TotalsRecord(
        subtotal=wire.money(sum(shown, Decimal()) + off, currency),
        discount=wire.money(off, currency),
        shipping=wire.money(Decimal(), currency),
        tax=tax,
        total=total,
        tax_included=is_gross,
    )
