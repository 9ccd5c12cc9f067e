"""Orders, and the shipments and refunds that one order's JSON states."""

from datetime import timedelta

from connectors.sdk.changes import Change
from connectors.sdk.records import (
    OrderLineRecord,
    OrderRecord,
    ShipmentRecord,
    TotalsRecord,
    Tracking,
)
from connectors.sdk.records.states import Method, OrderStatus, ShipmentStatus
from connectors.sdk.values import LineQuantity, Money
from connectors.vendure.mapping import counters, payments, states
from connectors.vendure.mapping.address import address
from connectors.vendure.mapping.catalog import title
from connectors.vendure.mapping.history import Cancellation, History
from connectors.vendure.mapping.reading import Reading
from connectors.vendure.mapping.shape import Node

FORGOTTEN_AFTER = timedelta(days=60)
"""Many shops never mark a parcel delivered: an order shipped in full is re-read this long."""


def order(node: Node, reading: Reading) -> list[Change]:
    """Return an order, its shipments and its refunds; nothing for a cart or a draft."""
    if node.find("orderPlacedAt") is None:
        return []
    history = History.of(node)
    return [
        _order(node, history, reading),
        *(_shipment(node, each, history, reading) for each in node["fulfillments"].items()),
        *payments.refunds(node, reading),
    ]


def is_settled(node: Node, reading: Reading) -> bool:
    """Say whether an order may be forgotten until something reports it.

    Its ``updatedAt`` does not move with its state, so all others are read again and again.
    """
    placed_at = node.find("orderPlacedAt")
    if placed_at is None:
        return True
    refunds = [each for payment in node["payments"].items() for each in payment["refunds"].items()]
    if any(refund["state"].value == "Pending" for refund in refunds):
        return False
    state = node["state"].text()
    is_old = placed_at.time() < reading.read_at - FORGOTTEN_AFTER
    return state in states.FINAL_ORDER or (state == "Shipped" and is_old)


def _order(node: Node, history: History, reading: Reading) -> OrderRecord:
    state = node["state"].text()
    customer = node.find("customer")
    shipping_address = address(node.find("shippingAddress"))
    canceled = _cancellation(state, history)
    return OrderRecord(
        external_id=node["id"].text(),
        revised_at=reading.read_at,
        number=node["code"].text(),
        status=states.ORDER.get(state, OrderStatus.UNKNOWN),
        raw_status=state,
        placed_at=node["orderPlacedAt"].time(),
        currency=node["currencyCode"].text(),
        totals=_totals(node, reading),
        lines=_lines(node, reading),
        transactions=payments.transactions(node, history, reading),
        customer_id=customer["id"].text() if customer else None,
        email=customer.optional("emailAddress") if customer else None,
        phone=(customer.optional("phoneNumber") if customer else None)
        or (shipping_address.phone if shipping_address else None),
        shipping_address=shipping_address,
        billing_address=address(node.find("billingAddress")),
        shipping_method=_shipping_method(node),
        canceled_at=canceled.at if canceled else None,
        cancel_reason=canceled.reason if canceled else None,
    )


def _cancellation(state: str, history: History) -> Cancellation | None:
    """Return what canceled the whole order: the last cancellation of a canceled one."""
    if state != "Cancelled" or not history.cancellations:
        return None
    return history.cancellations[-1]


def _totals(node: Node, reading: Reading) -> TotalsRecord:
    """Return the totals as they are now: what was canceled is no longer in them.

    Vendure's subtotal is after discounts; ours is before them, surcharges included, so that
    subtotal - discount + shipping (+ tax) is the total, to the cent.
    """
    with_tax = "WithTax" if reading.prices_include_tax else ""
    total = node["totalWithTax"].whole()
    before = sum(line[f"linePrice{with_tax}"].whole() for line in node["lines"].items()) + sum(
        surcharge[f"price{with_tax}"].whole() for surcharge in node["surcharges"].items()
    )

    def money(value: int) -> Money:
        return reading.money(value, node["currencyCode"].text())

    return TotalsRecord(
        subtotal=money(before),
        discount=money(before - node[f"subTotal{with_tax}"].whole()),
        shipping=money(node[f"shipping{with_tax}"].whole()),
        tax=money(total - node["total"].whole()),
        total=money(total),
        tax_included=reading.prices_include_tax,
    )


def _lines(node: Node, reading: Reading) -> tuple[OrderLineRecord, ...]:
    fulfilled = counters.Fulfilled.of(node)
    is_pickup = _shipping_method(node) in reading.options.pickup_methods
    method = Method.PICKUP if is_pickup else Method.SHIPPING
    currency = node["currencyCode"].text()
    return tuple(
        _line(line, fulfilled, method, currency, reading) for line in node["lines"].items()
    )


def _line(
    line: Node, fulfilled: counters.Fulfilled, method: Method, currency: str, reading: Reading
) -> OrderLineRecord:
    own_id, variant = line["id"].text(), line["productVariant"]
    with_tax = "WithTax" if reading.prices_include_tax else ""
    counted = counters.count(
        placed=line["orderPlacedQuantity"].count(),
        quantity=line["quantity"].count(),
        made=fulfilled.made[own_id],
        delivered=fulfilled.delivered[own_id],
    )
    return OrderLineRecord(
        external_id=own_id,
        sku=variant.optional("sku"),
        variant_id=variant["id"].text(),
        title=title(variant),
        counters=counted,
        unit_price=reading.money(line[f"discountedUnitPrice{with_tax}"].whole(), currency),
        total=reading.money(_line_total(line, counted.ordered, with_tax), currency),
        method=method,
    )


def _line_total(line: Node, ordered: int, with_tax: str) -> int:
    """Return the price of all units ordered. Vendure states that of the units left; where some
    were canceled, the unit's price (rounded by Vendure) times the units is as near as it gets."""
    if line["quantity"].count() == ordered:
        return line[f"proratedLinePrice{with_tax}"].whole()
    return line[f"proratedUnitPrice{with_tax}"].whole() * ordered


def _shipping_method(node: Node) -> str | None:
    """Return the code of the first shipping line's method; orders of one seller have one."""
    lines = node["shippingLines"].items()
    return lines[0]["shippingMethod"].optional("code") if lines else None


def _shipment(node: Node, fulfillment: Node, history: History, reading: Reading) -> ShipmentRecord:
    own_id, state = fulfillment["id"].text(), fulfillment["state"].text()
    number = fulfillment.optional("trackingCode")
    method = fulfillment.optional("method")
    moved_at = fulfillment["updatedAt"].time()
    return ShipmentRecord(
        external_id=own_id,
        revised_at=reading.read_at,
        order_id=node["id"].text(),
        status=states.SHIPMENT.get(state, ShipmentStatus.UNKNOWN),
        raw_status=state,
        tracking=(Tracking(number=number, carrier=method),) if number else (),
        service=method,
        lines=_shipped_lines(node, fulfillment),
        # A fulfillment's own updatedAt does move with its state, unlike an order's.
        shipped_at=history.fulfillment(own_id, "Shipped")
        or (moved_at if state == "Shipped" else None),
        delivered_at=history.fulfillment(own_id, "Delivered")
        or (moved_at if state == "Delivered" else None),
        created_at=fulfillment["createdAt"].time(),
    )


def _shipped_lines(node: Node, fulfillment: Node) -> tuple[LineQuantity, ...]:
    """Return the units of this order; one fulfillment may hold units of several orders."""
    held = counters.units(fulfillment)
    return tuple(
        LineQuantity(
            line_id=line["id"].text(),
            sku=line["productVariant"].optional("sku"),
            quantity=held[line["id"].text()],
        )
        for line in node["lines"].items()
        if held[line["id"].text()]
    )
