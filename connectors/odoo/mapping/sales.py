"""Sales of the office (`sale.order`), and the goods that come back of them.

What was sent, given up or brought back is counted from the stock moves of the lines: the line says
only what was ordered, `qty_delivered` forgets what came back, and the states of sale and delivery
tell neither how many nor which.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.odoo.mapping import catalog, customers, wire
from connectors.odoo.mapping.stock import Book, Places
from connectors.odoo.mapping.wire import Row, Tables
from connectors.sdk.errors import Malformed
from connectors.sdk.records import LineCounters, OrderLineRecord, OrderRecord, TotalsRecord
from connectors.sdk.records.states import Method, OrderStatus
from connectors.sdk.values import Money

MODEL, LINE, MOVE, TAX = "sale.order", "sale.order.line", "stock.move", "account.tax"
PREFIX = "sale"
"""Of the external ids of these orders: ``"sale:7"``."""

FIELDS = (
    "name",
    "state",
    "date_order",
    "client_order_ref",
    "partner_id",
    "partner_shipping_id",
    "partner_invoice_id",
    "currency_id",
    "carrier_id",
    "note",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
)
LINE_FIELDS = (
    "order_id",
    "name",
    "product_id",
    "product_uom",
    "product_uom_qty",
    "qty_delivered",
    "price_subtotal",
    "price_total",
    "tax_id",
    "is_delivery",
)
MOVE_FIELDS = (
    "sale_line_id",
    "picking_id",
    "product_id",
    "product_qty",
    "state",
    "scrapped",
    "origin_returned_move_id",
    "location_id",
    "location_dest_id",
)
TAX_FIELDS = ("price_include",)
PRODUCT_FIELDS = ("display_name", "default_code", "type", "uom_id")

OUR_PREFIX = "fo_"
"""How our references begin. A sale that carries one was asked for by us, to send the goods of
another system's order: it is work for the warehouse, and no order of anyone."""

STATUS = {
    "draft": OrderStatus.DRAFT,
    "sent": OrderStatus.PENDING,
    "sale": OrderStatus.CONFIRMED,
    "done": OrderStatus.CONFIRMED,
    "cancel": OrderStatus.CANCELED,
}
"""*done* means locked, not completed: a setting locks every sale when it is confirmed. (From Odoo
17 on it is a flag beside *sale*.)"""
_UNDER_WAY = ("sale", "done")
_LOCKED = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Units of one line by what their stock moves say."""

    planned: int = 0
    sent: int = 0
    given_up: int = 0
    coming_back: int = 0
    came_back: int = 0


def is_ours(reference: str | None) -> bool:
    return (reference or "").startswith(OUR_PREFIX)


def order(row: Row, book: Book) -> OrderRecord | None:
    """Read one sale; None for one of ours, which is work and no order."""
    if is_ours(row.find_text("client_order_ref")):
        return None
    tables = book.tables
    lines = [line for line in tables.owned(LINE, "order_id", row.id) if _sells(line)]
    counted = {line.id: counters(line, row, book) for line in lines}
    state, currency = row.text("state"), row.link_name("currency_id")
    is_gross = _is_gross(lines, tables)
    partner = tables.find(customers.MODEL, row.link("partner_id"))
    sent = tables.find(customers.MODEL, row.link("partner_shipping_id"))
    billed = tables.find(customers.MODEL, row.link("partner_invoice_id"))
    totals = _totals(row, tables, is_gross=is_gross)
    return OrderRecord(
        external_id=wire.name(PREFIX, row.id),
        revised_at=book.asked_at,
        number=row.text("name"),
        status=_status(state, list(counted.values())),
        raw_status=state,
        placed_at=row.moment("date_order"),
        currency=totals.total.currency,
        totals=totals,
        lines=tuple(
            _line(one, counted[one.id], tables, _price(one, currency, is_gross)) for one in lines
        ),
        customer_id=None if partner is None else str(partner.id),
        email=partner.find_text("email") if partner else None,
        phone=partner.find_text("phone") if partner else None,
        shipping_address=customers.address(sent, tables) if sent else None,
        billing_address=customers.address(billed, tables) if billed else None,
        shipping_method=row.link_name("carrier_id"),
        note=row.find_text("note"),
    )


def counters(line: Row, sale: Row, book: Book) -> LineCounters:
    """Count the units of one line. A delivery may send more than was ordered, and an office give up
    what was never planned: the counters are those of the order, and add up."""
    tables = book.tables
    ordered = units(line, "product_uom_qty", tables)
    state = sale.text("state")
    if state not in (*_UNDER_WAY, "cancel"):
        return LineCounters(ordered=ordered)
    if not _is_sent(line, tables):
        # A service is not moved: somebody writes down what was done of it.
        done = max(0, min(ordered, int(line.number("qty_delivered"))))
        canceled = ordered - done if state == "cancel" else 0
        return LineCounters(ordered=ordered, canceled=canceled, fulfilled=done)
    moved = moves(tables.owned(MOVE, "sale_line_id", line.id), book.places)
    fulfilled = min(moved.sent, ordered)
    # What was given up and is planned again (a sale that was canceled and confirmed anew) is not
    # given up.
    canceled = min(moved.given_up, max(0, ordered - fulfilled - moved.planned))
    if state == "cancel":
        canceled = ordered - fulfilled
    came_back = min(moved.came_back, fulfilled)
    return LineCounters(
        ordered=ordered,
        canceled=canceled,
        fulfilled=fulfilled,
        return_requested=min(moved.coming_back, fulfilled - came_back),
        returned=came_back,
    )


def moves(rows: Iterable[Row], places: Places) -> Moved:
    """Sum the moves to and from the customer. What moves inside the house (the first step of a
    warehouse with two) is neither."""
    planned = sent = given_up = coming_back = came_back = 0
    for row in rows:
        units, state = row.units("product_qty"), row.text("state")
        leaves = places.is_customer(row.link("location_dest_id"))
        returns = places.is_customer(row.link("location_id"))
        if leaves == returns or row.flag("scrapped"):
            continue
        match (leaves, state):
            case (True, "done"):
                sent += units
            case (True, "cancel"):
                given_up += units
            case (True, _):
                planned += units
            case (False, "done"):
                came_back += units
            case (False, "cancel"):
                continue
            case _:
                coming_back += units
    return Moved(
        planned=planned,
        sent=sent,
        given_up=given_up,
        coming_back=coming_back,
        came_back=came_back,
    )


def units(line: Row, field: str, tables: Tables) -> int:
    """Read a quantity of pieces. Raises: Malformed when it is given by the dozen, say: stock counts
    another unit than the line then, and nothing here may guess how many that is."""
    product = tables.find(catalog.PRODUCT, line.link("product_id"))
    if product is not None and product.link("uom_id") != line.link("product_uom"):
        raise Malformed(f"{line.path}.product_uom: not the unit that the product is counted in")
    return line.units(field)


def _sells(line: Row) -> bool:
    """Leave out the postage, what takes money off, and headings."""
    is_priced = line.link("product_id") is not None and line.number("price_subtotal") >= 0
    return is_priced and not line.flag("is_delivery")


def _is_sent(line: Row, tables: Tables) -> bool:
    product = tables.find(catalog.PRODUCT, line.link("product_id"))
    return product is not None and product.text("type") in catalog.GOODS


def _line(
    line: Row, counted: LineCounters, tables: Tables, price: tuple[Money, Money]
) -> OrderLineRecord:
    product = tables.find(catalog.PRODUCT, line.link("product_id"))
    unit, total = price
    return OrderLineRecord(
        external_id=str(line.id),
        sku=product.find_text("default_code") if product else None,
        variant_id=str(product.id) if product else None,
        title=(product.find_text("display_name") if product else None) or line.text("name"),
        counters=counted,
        unit_price=unit,
        total=total,
        method=Method.SHIPPING if _is_sent(line, tables) else Method.DIGITAL,
    )


def _price(line: Row, currency: str | None, is_gross: bool) -> tuple[Money, Money]:
    """Return what one unit and the whole line cost, after the line's own discount."""
    total = line.number("price_total" if is_gross else "price_subtotal")
    quantity = line.number("product_uom_qty")
    each = total / quantity if quantity else Decimal()
    return wire.money(each, currency), wire.money(total, currency)


def _is_gross(lines: Sequence[Row], tables: Tables) -> bool:
    """Tell whether the prices that people see have the tax in them: all taxes are of that sort."""
    taxes = [tables.find(TAX, id) for line in lines for id in line.ids("tax_id")]
    return bool(taxes) and all(tax is not None and tax.flag("price_include") for tax in taxes)


def _totals(row: Row, tables: Tables, *, is_gross: bool) -> TotalsRecord:
    currency = row.link_name("currency_id")
    field = "price_total" if is_gross else "price_subtotal"
    lines = tables.owned(LINE, "order_id", row.id)
    postage = _sum(line.number(field) for line in lines if line.flag("is_delivery"))
    off = -_sum(line.number(field) for line in lines if line.number(field) < 0)
    whole = row.number("amount_total" if is_gross else "amount_untaxed")
    return TotalsRecord(
        subtotal=wire.money(whole - postage + off, currency),
        discount=wire.money(off, currency),
        shipping=wire.money(postage, currency),
        tax=wire.money(row.number("amount_tax"), currency),
        total=wire.money(row.number("amount_total"), currency),
        tax_included=is_gross,
    )


def _status(state: str, counted: Sequence[LineCounters]) -> OrderStatus:
    """A sale whose every delivery was canceled stays *sale* in Odoo."""
    if state in _UNDER_WAY and counted and all(one.canceled == one.ordered for one in counted):
        return OrderStatus.CANCELED
    is_over = all(one.ordered == one.fulfilled + one.canceled for one in counted)
    if state == _LOCKED and counted and is_over:
        return OrderStatus.COMPLETED
    return STATUS.get(state, OrderStatus.UNKNOWN)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal())
