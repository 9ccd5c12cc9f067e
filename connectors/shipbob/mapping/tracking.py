"""Tracking: what the carrier says of one shipment's parcel."""

from datetime import datetime

from connectors.sdk.records import TrackerRecord, TrackingEventRecord
from connectors.sdk.records.states import TrackingStatus
from connectors.shipbob.mapping.reading import Node

# Source: openapi-2026-01.json GET /shipments-tracking, field status. The exceptions say only that
# something came in between: the parcel is still the carrier's, and late.
_STATUS = {
    "PreTransit": TrackingStatus.LABEL_CREATED,
    "InTransit": TrackingStatus.IN_TRANSIT,
    "Available for Pickup": TrackingStatus.READY_FOR_PICKUP,
    "Delivery attempt Failed": TrackingStatus.ATTEMPTED,
    "DeliveryException": TrackingStatus.DELAYED,
    "Exception": TrackingStatus.DELAYED,
    "Delivered": TrackingStatus.DELIVERED,
    "Return to sender": TrackingStatus.RETURNING,
    "Failed": TrackingStatus.FAILED,
    "Cancelled": TrackingStatus.CANCELED,
}

# The substatus is spelled with blanks in the contract's text and without in its example.
_IN_TRANSIT = {
    "outfordelivery": TrackingStatus.OUT_FOR_DELIVERY,
    "delayed": TrackingStatus.DELAYED,
}


def tracker(raw: Node, read_at: datetime) -> list[TrackerRecord]:
    """Return a shipment's tracker; none while the parcel has no number or no carrier."""
    number = raw["carrier_tracking_number"].text() or raw["tracking_id"].text()
    carrier = raw["carrier"].text()
    if number is None or carrier is None:
        return []
    shipment_id = raw["shipment_id"].id()
    found = TrackerRecord(
        external_id=shipment_id,
        revised_at=read_at,
        tracking_number=number,
        carrier=carrier,
        status=_status(raw),
        raw_status=_raw_status(raw),
        events=tuple(
            _event(each, occurred_at)
            for each in raw["history"]
            if (occurred_at := each["timestamp"].moment())
        ),
        estimated_delivery_at=raw["eta"].moment(),
        url=raw["public_tracking_url"].text(),
        shipment_id=shipment_id,
    )
    return [found]


def _event(raw: Node, occurred_at: datetime) -> TrackingEventRecord:
    return TrackingEventRecord(
        occurred_at=occurred_at,
        status=_status(raw),
        raw_status=_raw_status(raw),
        description=raw["message"].text() or raw["carrier_message"].text(),
        location=raw["location"].text(),
    )


def _status(raw: Node) -> TrackingStatus:
    status = _STATUS.get(raw["status"].text() or "", TrackingStatus.UNKNOWN)
    if status is not TrackingStatus.IN_TRANSIT:
        return status
    word = (raw["substatus"].text() or "").replace(" ", "").lower()
    return _IN_TRANSIT.get(word, status)


def _raw_status(raw: Node) -> str:
    return "/".join(filter(None, (raw["status"].text(), raw["substatus"].text())))
