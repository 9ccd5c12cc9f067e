"""Shipments: what Medusa calls fulfillments, with their labels."""

from connectors.medusa import marks
from connectors.medusa.mapping.reading import Reading
from connectors.medusa.mapping.shape import Node
from connectors.sdk.records import ShipmentRecord, Tracking
from connectors.sdk.records.states import ShipmentStatus
from connectors.sdk.values import LineQuantity

_STATES = (
    ("canceled_at", ShipmentStatus.CANCELED, "canceled"),
    ("delivered_at", ShipmentStatus.DELIVERED, "delivered"),
    ("shipped_at", ShipmentStatus.SHIPPED, "shipped"),
)
"""A fulfillment has times and no status; the first that is there tells."""


def shipments(order: Node, reading: Reading) -> list[ShipmentRecord]:
    return [_shipment(order, each, reading) for each in order.items("fulfillments")]


def units(order: Node, fulfillment: Node) -> dict[str, int]:
    """Return units by line id.

    A fulfillment lists inventory items, not lines: a variant made of several has a row for each,
    and one that takes three of an item counts three for one unit. Where that no longer comes out
    even, the variant is made of other items by now: the line is left out, nothing is guessed.
    """
    needed = {
        (line["id"].text(), part["inventory_item_id"].text()): part.units("required_quantity")
        for line in order.items("items")
        if (variant := line.find("variant")) is not None
        for part in variant.items("inventory_items")
    }
    found: dict[str, int] = {}
    for row in fulfillment.items("items"):
        line_id = row.optional("line_item_id")
        if line_id is None or line_id in found:
            continue
        each = needed.get((line_id, row.optional("inventory_item_id") or ""), 1) or 1
        if row.units("quantity") % each == 0:
            found[line_id] = row.units("quantity") // each
    return found


def _shipment(order: Node, fulfillment: Node, reading: Reading) -> ShipmentRecord:
    status, word = _status(fulfillment)
    skus = {line["id"].text(): line.optional("variant_sku") for line in order.items("items")}
    return ShipmentRecord(
        external_id=fulfillment["id"].text(),
        revised_at=reading.read_at,
        order_id=order["id"].text(),
        reference=_metadata(fulfillment, marks.KEY),
        status=status,
        raw_status=word,
        tracking=_tracking(fulfillment),
        lines=tuple(
            LineQuantity(line_id=line_id, sku=skus.get(line_id), quantity=quantity)
            for line_id, quantity in units(order, fulfillment).items()
        ),
        location_id=fulfillment.optional("location_id"),
        label_url=next(
            (url for each in fulfillment.items("labels") if (url := _url(each, "label_url"))), None
        ),
        shipped_at=fulfillment.time_of("shipped_at"),
        delivered_at=fulfillment.time_of("delivered_at"),
        created_at=fulfillment.time_of("created_at"),
    )


def _status(fulfillment: Node) -> tuple[ShipmentStatus, str]:
    for name, status, word in _STATES:
        if fulfillment.find(name) is not None:
            return status, word
    return ShipmentStatus.PENDING, "packed" if fulfillment.find("packed_at") else "created"


def _tracking(fulfillment: Node) -> tuple[Tracking, ...]:
    return tuple(
        Tracking(
            number=number,
            carrier=_metadata(fulfillment, marks.CARRIER),
            url=_url(label, "tracking_url"),
        )
        for label in fulfillment.items("labels")
        if (number := label.optional("tracking_number"))
    )


def _url(label: Node, name: str) -> str | None:
    """Return an address; the dashboard writes ``#`` for none."""
    found = label.optional(name)
    return None if found == "#" else found


def _metadata(fulfillment: Node, name: str) -> str | None:
    """Return a text of ours; whatever else others keep under that name is none."""
    metadata = fulfillment.find("metadata")
    member = metadata.find(name) if metadata else None
    return member.value or None if member and isinstance(member.value, str) else None
