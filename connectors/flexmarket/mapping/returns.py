"""Returns: a shopper sends goods back, which may be several sellers'."""

from connectors.flexmarket.mapping.shop import Shop
from connectors.flexmarket.row import Row
from connectors.sdk.changes import Change
from connectors.sdk.records import ReturnRecord
from connectors.sdk.records.states import ReturnStatus
from connectors.sdk.values import LineQuantity

PENDING, APPROVED, RECEIVED, REFUNDED, REJECTED = (
    "pending",
    "approved",
    "received",
    "refunded",
    "rejected",
)
STATUSES = {
    PENDING: ReturnStatus.REQUESTED,
    APPROVED: ReturnStatus.APPROVED,
    RECEIVED: ReturnStatus.RECEIVED,
    REFUNDED: ReturnStatus.CLOSED,
    REJECTED: ReturnStatus.DECLINED,
}
"""Source: flexcommerce-orders 1.0.0, ``ReturnRequest.STATUS_CHOICES``."""


def units(row: Row) -> dict[str, int]:
    """Return how many of which order line are to come back."""
    return {item.text("order_item_id"): item.count("quantity") for item in row.rows("items")}


def own_items(parent: Row, shop: Shop) -> dict[str, str | None]:
    """Return the SKUs of this seller's lines of a shopper's whole order, by line."""
    return {
        item.text("id"): item.maybe("product_sku")
        for item in parent.rows("items")
        if item.maybe("vendor_id") == shop.id
    }


def returned(row: Row, parent: Row, order_id: str | None, shop: Shop) -> list[Change]:
    """Return a return, with this seller's lines alone; nothing where none is this seller's."""
    own = own_items(parent, shop)
    lines = tuple(
        LineQuantity(line_id=line_id, sku=own[line_id], quantity=quantity)
        for line_id, quantity in units(row).items()
        if line_id in own
    )
    if not lines:
        return []
    words = (row.maybe("reason_code"), row.maybe("reason"))
    return [
        ReturnRecord(
            external_id=row.text("id"),
            revised_at=shop.read_at,
            order_id=order_id,
            status=STATUSES.get(row.text("status"), ReturnStatus.UNKNOWN),
            raw_status=row.text("status"),
            lines=lines,
            reason=": ".join(word for word in words if word) or None,
            created_at=row.time("created_at"),
        )
    ]
