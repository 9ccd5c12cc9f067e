"""Packages of orders that the seller ships: goods that left, or are about to."""

from collections.abc import Iterator

from connectors.amazon.reading import Node
from connectors.sdk.records import ShipmentRecord, Tracking
from connectors.sdk.records.states import ShipmentStatus
from connectors.sdk.values import LineQuantity

# Source: orders_2026-01-01.json PackageStatus: status, and the detailed status that says more.
_STATUS = {
    "PENDING": ShipmentStatus.PENDING,
    "SHIPPED": ShipmentStatus.SHIPPED,
    "IN_TRANSIT": ShipmentStatus.SHIPPED,
    "DELIVERED": ShipmentStatus.DELIVERED,
    "CANCELLED": ShipmentStatus.CANCELED,
    "UNDELIVERABLE": ShipmentStatus.FAILED,
}
_DETAIL = {
    "LABEL_CANCELLED": ShipmentStatus.CANCELED,
    "RETURNED_TO_SELLER": ShipmentStatus.RETURNED,
    "LOST": ShipmentStatus.FAILED,
}
_LEFT = (
    ShipmentStatus.SHIPPED,
    ShipmentStatus.DELIVERED,
    ShipmentStatus.FAILED,
    ShipmentStatus.RETURNED,
)
OVER = (ShipmentStatus.DELIVERED, ShipmentStatus.CANCELED)
"""A package of which nothing more is to come."""


def external_id(order_id: str, reference: str) -> str:
    """Return a shipment's id: a package's reference is unique within its order only."""
    return f"{order_id}/{reference}"


def reference(package: Node) -> str:
    return package["packageReferenceId"].id()


def status(package: Node) -> ShipmentStatus:
    """Return where a package is. One without a status has left when it says when it did."""
    stated = package["packageStatus"]
    if stated.is_null:
        has_left = package["shipTime"].text() is not None
        return ShipmentStatus.SHIPPED if has_left else ShipmentStatus.PENDING
    detail = _DETAIL.get(stated["detailedStatus"].text() or "")
    return detail or _STATUS.get(stated["status"].text() or "", ShipmentStatus.UNKNOWN)


def units(order: Node, item_id: str) -> tuple[int, int]:
    """Return how many units of an item have left in packages, and how many of them arrived."""
    left = arrived = 0
    for package in order["packages"]:
        state = status(package)
        held = sum(
            each["quantity"].count()
            for each in package["packageItems"]
            if each["orderItemId"].id() == item_id
        )
        left += held if state in _LEFT else 0
        arrived += held if state is ShipmentStatus.DELIVERED else 0
    return left, arrived


def records(order: Node) -> Iterator[ShipmentRecord]:
    """Give an order's packages. Amazon lists none of what it ships itself.

    A package's facts hold as of its order's lastUpdatedTime, "the most recent time when any aspect
    of this order was modified".
    """
    order_id = order["orderId"].id()
    skus = {
        item["orderItemId"].id(): item["product"]["sellerSku"].text()
        for item in order["orderItems"]
    }
    for package in order["packages"]:
        state = status(package)
        yield ShipmentRecord(
            external_id=external_id(order_id, reference(package)),
            revised_at=order["lastUpdatedTime"].moment(),
            order_id=order_id,
            status=state,
            raw_status=_word(package["packageStatus"]),
            tracking=_tracking(package),
            service=package["shippingService"].text(),
            lines=tuple(
                LineQuantity(
                    line_id=each["orderItemId"].id(),
                    sku=skus.get(each["orderItemId"].id()),
                    quantity=each["quantity"].count(),
                )
                for each in package["packageItems"]
            ),
            shipped_at=package["shipTime"].optional_moment() if state in _LEFT else None,
            created_at=package["createdTime"].optional_moment(),
        )


def _word(stated: Node) -> str:
    return "/".join(filter(None, (stated["status"].text(), stated["detailedStatus"].text())))


def _tracking(package: Node) -> tuple[Tracking, ...]:
    number = package["trackingNumber"].text()
    return (Tracking(number=number, carrier=package["carrier"].text()),) if number else ()
