"""A seller's part of a shopper's order, and what has left of it."""

from connectors.flexmarket.mapping.address import address
from connectors.flexmarket.mapping.shop import Shop
from connectors.flexmarket.row import Row
from connectors.sdk.changes import Change
from connectors.sdk.errors import Malformed
from connectors.sdk.records import (
    LineCounters,
    OrderLineRecord,
    OrderRecord,
    ShipmentRecord,
    TotalsRecord,
)
from connectors.sdk.records.states import OrderStatus, ShipmentStatus
from connectors.sdk.values import LineQuantity, Money

PENDING, CONFIRMED, SHIPPED, DELIVERED, CANCELED = (
    "pending",
    "confirmed",
    "shipped",
    "delivered",
    "cancelled",
)
STATUSES = {
    PENDING: OrderStatus.PENDING,
    CONFIRMED: OrderStatus.CONFIRMED,
    SHIPPED: OrderStatus.CONFIRMED,
    DELIVERED: OrderStatus.COMPLETED,
    CANCELED: OrderStatus.CANCELED,
}
"""Source: flexcommerce-marketplace 1.0.0, ``VendorOrder.STATUS_CHOICES``."""

_PARCEL = ":shipped"


def order(row: Row, shop: Shop) -> list[Change]:
    """Return the order and, once units have left, its shipment."""
    record = OrderRecord(
        external_id=row.text("id"),
        revised_at=shop.read_at,
        number=row.text("order_number"),
        status=STATUSES.get(row.text("status"), OrderStatus.UNKNOWN),
        raw_status=row.text("status"),
        placed_at=row.time("created_at"),
        currency=shop.currency,
        totals=_totals(row, shop.currency),
        lines=tuple(_line(item, row, shop.currency) for item in row.rows("items")),
        shipping_address=address(row.row("shipping_address")),
        email=row.row("shipping_address").maybe("email"),
        phone=row.row("shipping_address").maybe("phone"),
        seller=shop.name,
        commission=_commission(row, shop.currency),
        note=row.maybe("customer_note"),
    )
    return [record, *_shipment(row, shop)]


def shipment_id(order_id: str) -> str:
    """Return the id of what has left of an order: the seller is shown units, no parcels."""
    return order_id + _PARCEL


def _line(item: Row, row: Row, currency: str) -> OrderLineRecord:
    return OrderLineRecord(
        external_id=item.text("order_item_id"),
        sku=item.maybe("sku"),
        title=item.text("name"),
        counters=_counters(item, row),
        unit_price=item.money("unit_price", currency),
        total=item.money("line_total", currency),
    )


def _counters(item: Row, row: Row) -> LineCounters:
    """Count a line's units. An order is canceled as a whole and states no number of units then:
    all that have not left are. They are delivered once the order has a time of it."""
    ordered, left = item.count("quantity"), item.count("quantity_shipped")
    if left > ordered:
        raise Malformed(f"{item.path}: more units have left than were ordered")
    return LineCounters(
        ordered=ordered,
        canceled=ordered - left if row.text("status") == CANCELED else 0,
        fulfilled=left,
        delivered=left if row.time_or_none("delivered_at") else 0,
    )


def _totals(row: Row, currency: str) -> TotalsRecord:
    """Add up this seller's lines. Shipping and tax are the marketplace's: prices include the tax,
    and a seller is told of neither."""
    listed = sum(
        item.money("unit_price", currency).minor * item.count("quantity")
        for item in row.rows("items")
    )
    total, nothing = row.money("gross_amount", currency), Money(minor=0, currency=currency)
    return TotalsRecord(
        subtotal=Money(minor=listed, currency=currency),
        discount=Money(minor=listed - total.minor, currency=currency),
        shipping=nothing,
        tax=nothing,
        total=total,
        tax_included=True,
    )


def _commission(row: Row, currency: str) -> Money:
    """Return what the marketplace keeps. ``commission_amount`` stays as it was when the order was
    placed; after a refund only ``net_amount`` tells how much of it was given back."""
    gross, refunded = row.money("gross_amount", currency), row.money("refunded_amount", currency)
    if not refunded.minor:
        return row.money("commission_amount", currency)
    kept = max(0, gross.minor - refunded.minor)
    return Money(minor=kept - row.money("net_amount", currency).minor, currency=currency)


def _shipment(row: Row, shop: Shop) -> list[Change]:
    lines = tuple(
        LineQuantity(
            line_id=item.text("order_item_id"),
            sku=item.maybe("sku"),
            quantity=item.count("quantity_shipped"),
        )
        for item in row.rows("items")
        if item.count("quantity_shipped")
    )
    if not lines:
        return []
    delivered_at = row.time_or_none("delivered_at")
    return [
        ShipmentRecord(
            external_id=shipment_id(row.text("id")),
            revised_at=shop.read_at,
            order_id=row.text("id"),
            status=ShipmentStatus.DELIVERED if delivered_at else ShipmentStatus.SHIPPED,
            raw_status=row.text("status"),
            lines=lines,
            delivered_at=delivered_at,
        )
    ]
