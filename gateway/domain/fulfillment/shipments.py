"""Shipments: goods that left, or are about to, joined over the systems that speak of them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.sdk.records import ShipmentRecord, Tracking
from connectors.sdk.records.states import ShipmentStatus
from connectors.sdk.values import Money
from gateway import ids
from gateway.domain.fulfillment.model import Belongs, WorkLine
from gateway.domain.identity.model import Source, is_news
from gateway.domain.orders.model import Progress


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


def _shipment_id(seen: Sent, order_id: str | None) -> str:
    numbers = seen.record.tracking
    if order_id and numbers:
        return ids.derive(ids.SHIPMENT, order_id, numbers[0].number.strip().upper())
    return ids.derive(ids.SHIPMENT, seen.source.connection, seen.record.external_id)
