"""Work at a location, goods that left, and where parcels are, as one system states them."""

from dataclasses import dataclass
from datetime import datetime

from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    Method,
    RequestStatus,
    ShipmentStatus,
    Stage,
    TrackingStatus,
)
from connectors.sdk.values import LineQuantity, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentOrderRecord:
    """Work for one location.

    *order_id* names the system's own order when the work belongs to one. *reference* is the text we
    gave when we asked a warehouse to fulfill another system's order (RequestFulfillment.reference):
    with it the work is joined to that order.
    """

    external_id: str
    revised_at: datetime
    order_id: str | None
    reference: str | None = None
    status: FulfillmentOrderStatus
    raw_status: str
    request_status: RequestStatus = RequestStatus.UNSUBMITTED
    stage: Stage = Stage.NEW
    method: Method = Method.SHIPPING
    location_id: str | None = None
    lines: tuple[LineQuantity, ...]
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """A parcel's number at a carrier. *carrier* as the system spells it."""

    number: str
    carrier: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentRecord:
    """Goods that left, or are about to: a shop's fulfillment, a warehouse's package, a label."""

    external_id: str
    revised_at: datetime
    order_id: str | None
    fulfillment_order_id: str | None = None
    """The system's own fulfillment order, where it has them."""
    reference: str | None = None
    """Our reference, as in FulfillmentOrderRecord; also what a label was bought for."""
    status: ShipmentStatus
    raw_status: str
    tracking: tuple[Tracking, ...] = ()
    service: str | None = None
    lines: tuple[LineQuantity, ...] = ()
    location_id: str | None = None
    label_url: str | None = None
    cost: Money | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingEventRecord:
    """One scan. *raw_status* keeps the carrier's code; *reason* karrio's incident families
    (``carrier_*``, ``consignee_*``, ``customs_*``, ``weather_*``)."""

    occurred_at: datetime
    status: TrackingStatus
    raw_status: str
    description: str | None = None
    location: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerRecord:
    """All a carrier says of one parcel. *events* in any order, with or without repeats: the
    gateway sorts, merges and never lets the shown status run backwards."""

    external_id: str
    revised_at: datetime
    tracking_number: str
    carrier: str
    status: TrackingStatus
    raw_status: str
    events: tuple[TrackingEventRecord, ...]
    estimated_delivery_at: datetime | None = None
    signed_by: str | None = None
    url: str | None = None
    shipment_id: str | None = None
