"""An order's lines. Units come from quantities, whatever any status says."""

from decimal import Decimal

from connectors.medusa.mapping.reading import Reading
from connectors.medusa.mapping.shape import Node
from connectors.sdk.errors import Malformed
from connectors.sdk.records import LineCounters, OrderLineRecord
from connectors.sdk.records.states import Method
from connectors.sdk.values import Money


def lines(order: Node, reading: Reading) -> tuple[OrderLineRecord, ...]:
    method = Method.PICKUP if _is_pickup(order, reading) else Method.SHIPPING
    return tuple(_line(order, line, method) for line in order.items("items"))


def shipping_method(order: Node) -> str | None:
    """Return the name of the first way of shipping; orders of one seller have one."""
    methods = order.items("shipping_methods")
    return methods[0].optional("name") if methods else None


def _is_pickup(order: Node, reading: Reading) -> bool:
    return shipping_method(order) in reading.options.pickup_methods


def _line(order: Node, line: Node, method: Method) -> OrderLineRecord:
    currency = order["currency_code"].text()
    return OrderLineRecord(
        external_id=line["id"].text(),
        sku=line.optional("variant_sku"),
        variant_id=line.optional("variant_id"),
        title=title(line),
        counters=counters(order, line),
        unit_price=line.money("unit_price", currency),
        total=_total(line, currency),
        method=method,
    )


def title(line: Node) -> str:
    """Return the product's name; a line that staff wrote by hand has a title alone."""
    return line.optional("product_title") or line["title"].text()


def counters(order: Node, line: Node) -> LineCounters:
    """Count a line's units.

    A canceled order keeps its quantities; only the time of its cancellation says that what never
    left is no longer wanted. Units that came back damaged count as returned and written off. What
    an edit took off a line is no longer in its quantity, and Medusa forgets that it was.
    """
    detail = line["detail"]
    fulfilled = detail.units("fulfilled_quantity")
    ordered = max(line.units("quantity"), fulfilled)
    return LineCounters(
        ordered=ordered,
        canceled=ordered - fulfilled if order.find("canceled_at") else 0,
        fulfilled=fulfilled,
        delivered=min(detail.units("delivered_quantity"), fulfilled),
        return_requested=detail.units("return_requested_quantity"),
        returned=came_back(detail),
        written_off=detail.units("written_off_quantity"),
    )


def came_back(detail: Node) -> int:
    """Return the units that were received, on sale again or not ("dismissed")."""
    return detail.units("return_received_quantity") + detail.units("return_dismissed_quantity")


def is_taxed(line: Node) -> bool:
    """Say whether a line's price is shown with tax."""
    return line.flag("is_tax_inclusive")


def _total(line: Node, currency: str) -> Money:
    """Return what all units ordered cost, discounts allocated, tax as the price shows it.

    Medusa's sums are of the units that did not come back; each unit has the same share.
    """
    ordered = line.units("quantity")
    left = ordered - came_back(line["detail"])
    if left <= 0:
        amount = line.amount("unit_price") * ordered
    elif is_taxed(line):
        amount = line.amount("total") * ordered / left
    else:
        amount = (line.amount("subtotal") - line.amount("discount_subtotal")) * ordered / left
    return _money(amount, currency)


def _money(amount: Decimal, currency: str) -> Money:
    try:
        return Money.of(amount, currency)
    except ValueError as error:
        raise Malformed(f"currency_code: {error}") from error
