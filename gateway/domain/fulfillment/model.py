"""Fulfillment orders, shipments and deliveries, joined over systems. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.sdk.records import (
    FulfillmentOrderRecord,
    ShipmentRecord,
    TrackerRecord,
    Tracking,
    TrackingEventRecord,
)
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    Method,
    RequestStatus,
    ShipmentStatus,
    Stage,
    TrackingStatus,
)
from connectors.sdk.values import LineQuantity, Money
from gateway import ids
from gateway.domain.fulfillment import tracking
from gateway.domain.identity.model import Source, is_news
from gateway.domain.orders.model import Order, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """Units of one order line to be sent from one place. *line_id* None: no order's here."""

    line_id: str | None
    sku: str | None
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A fulfillment order as one system states it."""

    source: Source
    record: FulfillmentOrderRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentOrder:
    """Work for one location. Made here for a shop that has no such thing, or stated by a system.

    *fulfiller* is the connection that does the work: the one that stated it or, once we asked
    another (*asked*), that one, whose word on the state then counts. *carrier* and *service* are
    what the label is to be bought of; *parcel* is set when the goods have a number already.
    """

    id: str
    version: int
    order_id: str | None
    location_id: str | None
    method: Method
    lines: tuple[WorkLine, ...]
    status: FulfillmentOrderStatus
    request_status: RequestStatus
    stage: Stage
    fulfiller: str | None
    asked: str | None = None
    carrier: str | None = None
    service: str | None = None
    parcel: Tracking | None = None
    ship_requested: bool = False
    worked: tuple[Worked, ...] = ()
    created_at: datetime
    updated_at: datetime

    @property
    def is_open(self) -> bool:
        return self.status in (
            FulfillmentOrderStatus.SCHEDULED,
            FulfillmentOrderStatus.OPEN,
            FulfillmentOrderStatus.IN_PROGRESS,
            FulfillmentOrderStatus.ON_HOLD,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A shipment as one system states it."""

    source: Source
    record: ShipmentRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """Goods that left, or are about to: the label, the warehouse's package and the shop's
    fulfillment of one parcel are one shipment, joined by order and tracking number."""

    id: str
    version: int
    order_id: str | None
    fulfillment_order_id: str | None
    location_id: str | None
    sent: tuple[Sent, ...]
    lines: tuple[WorkLine, ...]
    created_at: datetime
    updated_at: datetime

    @property
    def status(self) -> ShipmentStatus:
        """The furthest that any system has seen; CANCELED only when nobody says otherwise."""
        return max((one.record.status for one in self.sent), key=_REACH.__getitem__)

    @property
    def tracking(self) -> tuple[Tracking, ...]:
        """Every number once; the word of whoever names the carrier counts more."""
        found: dict[str, Tracking] = {}
        for one in self.sent:
            for number in one.record.tracking:
                if number.number not in found or not found[number.number].carrier:
                    found[number.number] = number
        return tuple(found.values())

    @property
    def service(self) -> str | None:
        return next((one.record.service for one in self.sent if one.record.service), None)

    @property
    def label_url(self) -> str | None:
        return next((one.record.label_url for one in self.sent if one.record.label_url), None)

    @property
    def cost(self) -> Money | None:
        return next((one.record.cost for one in self.sent if one.record.cost), None)

    @property
    def shipped_at(self) -> datetime | None:
        return min(
            (one.record.shipped_at for one in self.sent if one.record.shipped_at), default=None
        )

    @property
    def delivered_at(self) -> datetime | None:
        return min(
            (one.record.delivered_at for one in self.sent if one.record.delivered_at), default=None
        )

    @property
    def has_left(self) -> bool:
        return self.status in (ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED)

    def of(self, connection: str) -> ShipmentRecord | None:
        """What *connection* says of it."""
        return next((one.record for one in self.sent if one.source.connection == connection), None)


_REACH = {
    status: reach
    for reach, status in enumerate(
        [
            ShipmentStatus.CANCELED,
            ShipmentStatus.UNKNOWN,
            ShipmentStatus.FAILED,
            ShipmentStatus.PENDING,
            ShipmentStatus.LABEL_PURCHASED,
            ShipmentStatus.SHIPPED,
            ShipmentStatus.DELIVERED,
            ShipmentStatus.RETURNED,
        ]
    )
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongs:
    """What a record of another system belongs to here, as far as that is known."""

    order: Order | None = None
    fulfillment_order: FulfillmentOrder | None = None
    location_id: str | None = None
    lines: tuple[WorkLine, ...] = field(default=())

    @property
    def order_id(self) -> str | None:
        if self.order:
            return self.order.id
        return self.fulfillment_order.order_id if self.fulfillment_order else None


def delivery_id(tracking_number: str) -> str:
    return ids.derive(ids.DELIVERY, tracking_number.strip().upper())


def open_for(
    order: Order, location_id: str, fulfiller: str | None, now: datetime
) -> FulfillmentOrder | None:
    """Return the work that *order* makes at a location; None when nothing is left to send.

    The id follows from order and location: making it twice is making it once.
    """
    lines = tuple(
        WorkLine(line_id=line.id, sku=line.sku, quantity=line.open_quantity)
        for line in order.lines
        if line.open_quantity and line.method is Method.SHIPPING
    )
    if not lines:
        return None
    return FulfillmentOrder(
        id=ids.derive(ids.FULFILLMENT_ORDER, order.id, location_id),
        version=1,
        order_id=order.id,
        location_id=location_id,
        method=Method.SHIPPING,
        lines=lines,
        status=FulfillmentOrderStatus.OPEN,
        request_status=RequestStatus.UNSUBMITTED,
        stage=Stage.NEW,
        fulfiller=fulfiller,
        created_at=now,
        updated_at=now,
    )


def observe_work(
    held: FulfillmentOrder | None, seen: Worked, belongs: Belongs, now: datetime
) -> FulfillmentOrder | None:
    """Return the fulfillment order as *seen* makes it; None when that is nothing new.

    Whoever does the work says how far it is; what the gateway made stays its own in lines.
    """
    record = seen.record
    if held is None:
        return FulfillmentOrder(
            id=ids.derive(ids.FULFILLMENT_ORDER, seen.source.connection, record.external_id),
            version=1,
            order_id=belongs.order_id,
            location_id=belongs.location_id,
            method=record.method,
            lines=belongs.lines,
            status=record.status,
            request_status=record.request_status,
            stage=record.stage,
            fulfiller=seen.source.connection,
            worked=(seen,),
            created_at=record.created_at or now,
            updated_at=now,
        )
    known = {one.source.key: one for one in held.worked}
    before = known.get(seen.source.key)
    is_joined = held.order_id is None and belongs.order_id is not None
    if before and not is_joined and not is_news(before.record, record):
        return None
    known[seen.source.key] = seen
    joined = replace(
        held,
        version=held.version + 1,
        order_id=held.order_id or belongs.order_id,
        worked=tuple(known.values()),
        lines=held.lines or belongs.lines,
        location_id=held.location_id or belongs.location_id,
        updated_at=now,
    )
    return _as_stated(joined, seen)


def _as_stated(held: FulfillmentOrder, seen: Worked) -> FulfillmentOrder:
    """Whoever was asked to do the work says how far it is; of the origin only the end counts."""
    record = seen.record
    is_end = record.status in (FulfillmentOrderStatus.CLOSED, FulfillmentOrderStatus.CANCELED)
    if held.asked not in (None, seen.source.connection):
        return replace(held, status=record.status) if is_end else held
    return replace(
        held,
        status=record.status,
        request_status=record.request_status,
        stage=record.stage,
        fulfiller=seen.source.connection,
    )


def observe_shipment(
    held: Shipment | None, seen: Sent, belongs: Belongs, now: datetime
) -> Shipment | None:
    """Return the shipment as *seen* makes it; None when that is nothing new."""
    if held is None:
        return Shipment(
            id=_shipment_id(seen, belongs.order_id),
            version=1,
            order_id=belongs.order_id,
            fulfillment_order_id=belongs.fulfillment_order.id
            if belongs.fulfillment_order
            else None,
            location_id=belongs.location_id,
            sent=(seen,),
            lines=belongs.lines,
            created_at=seen.record.created_at or now,
            updated_at=now,
        )
    known = {one.source.key: one for one in held.sent}
    before = known.get(seen.source.key)
    is_joined = held.order_id is None and belongs.order_id is not None
    if before and not is_joined and not is_news(before.record, seen.record):
        return None
    known[seen.source.key] = seen
    fulfillment_order_id = held.fulfillment_order_id or (
        belongs.fulfillment_order.id if belongs.fulfillment_order else None
    )
    return replace(
        held,
        version=held.version + 1,
        sent=tuple(known.values()),
        order_id=held.order_id or belongs.order_id,
        fulfillment_order_id=fulfillment_order_id,
        location_id=held.location_id or belongs.location_id,
        lines=belongs.lines or held.lines,
        updated_at=now,
    )


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


def progress(shipments: Iterable[Shipment], arrived: Mapping[str, bool]) -> dict[str, Progress]:
    """Sum up, by line id, what left and what arrived.

    *arrived*: by shipment id, whether all its parcels did.
    """
    found: dict[str, Progress] = {}
    for shipment in shipments:
        if not shipment.has_left:
            continue
        is_there = arrived.get(shipment.id, False) or shipment.status is ShipmentStatus.DELIVERED
        for line in shipment.lines:
            if line.line_id:
                held = found.get(line.line_id, Progress())
                found[line.line_id] = replace(
                    held,
                    fulfilled=held.fulfilled + line.quantity,
                    delivered=held.delivered + (line.quantity if is_there else 0),
                )
    return found


def match_lines(order: Order | None, stated: Iterable[LineQuantity]) -> tuple[WorkLine, ...]:
    """Name *stated* units by our lines: by the shop's line id, else by SKU."""
    by_line = {line.external_id: line for line in order.lines} if order else {}
    by_sku = {line.sku: line for line in order.lines if line.sku} if order else {}
    found = []
    for one in stated:
        line = by_line.get(one.line_id or "") or by_sku.get(one.sku or "")
        found.append(
            WorkLine(
                line_id=line.id if line else None,
                sku=line.sku if line else one.sku,
                quantity=one.quantity,
            )
        )
    return tuple(found)


def _shipment_id(seen: Sent, order_id: str | None) -> str:
    numbers = seen.record.tracking
    if order_id and numbers:
        return ids.derive(ids.SHIPMENT, order_id, numbers[0].number.strip().upper())
    return ids.derive(ids.SHIPMENT, seen.source.connection, seen.record.external_id)
