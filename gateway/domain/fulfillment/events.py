"""What happens to fulfillment orders, shipments and deliveries. Pure; one event a version."""

from typing import Any

from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from gateway.events.event import Event

OPENED = "fulfillment_order.opened"
WORK_UPDATED = "fulfillment_order.updated"
SHIP_REQUESTED = "fulfillment_order.ship_requested"
SHIPMENT_CREATED = "shipment.created"
SHIPMENT_SHIPPED = "shipment.shipped"
SHIPMENT_UPDATED = "shipment.updated"
DELIVERY_CREATED = "delivery.created"
DELIVERY_UPDATED = "delivery.updated"
DELIVERED = "delivery.delivered"


def work(held: Any, now_held: Any, type: str | None = None) -> Event:
    """*type* overrides what the two versions alone would say."""
    kind = type or (OPENED if held is None else WORK_UPDATED)
    return Event(
        type=kind,
        subject=now_held.id,
        sequence=now_held.version,
        occurred_at=now_held.updated_at,
        related=tuple(one for one in (now_held.order_id, now_held.location_id) if one),
        connection=now_held.fulfiller,
        data={
            "status": now_held.status,
            "requestStatus": now_held.request_status,
            "stage": now_held.stage,
        },
    )


def shipment(held: Any, now_held: Any) -> Event:
    has_left = now_held.has_left and not (held and held.has_left)
    kind = SHIPMENT_SHIPPED if has_left else SHIPMENT_UPDATED
    if held is None and not has_left:
        kind = SHIPMENT_CREATED
    related = (now_held.order_id, now_held.fulfillment_order_id)
    return Event(
        type=kind,
        subject=now_held.id,
        sequence=now_held.version,
        occurred_at=now_held.updated_at,
        related=tuple(one for one in related if one),
        connection=now_held.sent[-1].source.connection,
        data={
            "status": now_held.status,
            "trackingNumbers": [one.number for one in now_held.tracking],
            "label": now_held.status is ShipmentStatus.LABEL_PURCHASED,
        },
    )


def delivery(held: Any, now_held: Any) -> Event:
    """*occurred_at* is when the carrier scanned, where a scan is what is new."""
    arrived = now_held.status is TrackingStatus.DELIVERED
    was_there = held is not None and held.status is TrackingStatus.DELIVERED
    kind = DELIVERED if arrived and not was_there else DELIVERY_UPDATED
    if held is None and not arrived:
        kind = DELIVERY_CREATED
    return Event(
        type=kind,
        subject=now_held.id,
        sequence=now_held.version,
        occurred_at=now_held.events[-1].occurred_at if now_held.events else now_held.updated_at,
        related=tuple(one for one in (now_held.order_id, now_held.shipment_id) if one),
        connection=now_held.scanned[-1].source.connection if now_held.scanned else None,
        data={"status": now_held.status, "trackingNumber": now_held.tracking_number},
    )
