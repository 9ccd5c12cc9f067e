"""Deliveries: one parcel on its way, whoever carries it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from connectors.sdk.records import TrackerRecord, TrackingEventRecord
from connectors.sdk.records.states import TrackingStatus
from gateway import ids
from gateway.domain.fulfillment import tracking
from gateway.domain.fulfillment.shipments import Shipment
from gateway.domain.identity.model import Source, is_news


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A parcel as one system tracks it."""

    source: Source
    record: TrackerRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One parcel on its way, whoever carries it: ``delivery(trackingNumber: "1Z…")``."""

    id: str
    version: int
    tracking_number: str
    order_id: str | None
    shipment_id: str | None
    scanned: tuple[Scanned, ...]
    status: TrackingStatus
    events: tuple[TrackingEventRecord, ...] = ()
    carrier: str | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def _newest(self) -> TrackerRecord | None:
        records = (one.record for one in self.scanned)
        return max(records, key=lambda record: record.revised_at, default=None)

    @property
    def raw_status(self) -> str | None:
        return self._newest.raw_status if self._newest else None

    @property
    def estimated_delivery_at(self) -> datetime | None:
        return self._newest.estimated_delivery_at if self._newest else None

    @property
    def signed_by(self) -> str | None:
        return self._newest.signed_by if self._newest else None

    @property
    def url(self) -> str | None:
        return next((one.record.url for one in self.scanned if one.record.url), None)

    @property
    def delivered_at(self) -> datetime | None:
        found = [one for one in self.events if one.status is TrackingStatus.DELIVERED]
        return found[-1].occurred_at if found else None


def delivery_id(tracking_number: str) -> str:
    return ids.derive(ids.DELIVERY, tracking_number.strip().upper())


def scan(
    held: Delivery | None, seen: Scanned, shipment: Shipment | None, now: datetime
) -> Delivery | None:
    """Return the delivery with what a carrier says; None when that is nothing new."""
    if held is None:
        held = begin_delivery(seen.record.tracking_number, None, None, now)
        held = replace(held, version=0)
    known = {one.source.key: one for one in held.scanned}
    before = known.get(seen.source.key)
    if before and not is_news(before.record, seen.record):
        return attach(held, shipment, now)
    known[seen.source.key] = seen
    records = [one.record for one in known.values()]
    events = tracking.merge(records)
    return replace(
        held,
        version=held.version + 1,
        scanned=tuple(known.values()),
        events=events,
        status=tracking.status(events, [record.status for record in records]),
        carrier=seen.record.carrier,
        shipment_id=held.shipment_id or (shipment.id if shipment else None),
        order_id=held.order_id or (shipment.order_id if shipment else None),
        updated_at=now,
    )


def begin_delivery(
    number: str, carrier: str | None, shipment: Shipment | None, now: datetime
) -> Delivery:
    """Return the delivery of a parcel that nobody has scanned yet."""
    return Delivery(
        id=delivery_id(number),
        version=1,
        tracking_number=number,
        order_id=shipment.order_id if shipment else None,
        shipment_id=shipment.id if shipment else None,
        scanned=(),
        status=TrackingStatus.LABEL_CREATED if shipment else TrackingStatus.UNKNOWN,
        carrier=carrier,
        created_at=now,
        updated_at=now,
    )


def attach(held: Delivery, shipment: Shipment | None, now: datetime) -> Delivery | None:
    """Return *held* as the delivery of *shipment*; None when it is that already."""
    if shipment is None or (held.shipment_id and held.order_id):
        return None
    after = replace(
        held,
        shipment_id=held.shipment_id or shipment.id,
        order_id=held.order_id or shipment.order_id,
    )
    return None if after == held else replace(after, version=held.version + 1, updated_at=now)
