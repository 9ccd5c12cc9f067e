"""Intake: what systems state of work, shipments and parcels, taken in a batch at a time.

Records of one parcel come from several systems, in any order: the label from the carrier, the
package from the warehouse, the fulfillment from the shop. Each is joined to what it belongs to by
what it names: our reference, the system's own order, a tracking number. All that a batch may touch
is read first, and written once: the number of statements does not grow with the batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

from connectors.sdk.records import (
    FulfillmentOrderRecord,
    Kind,
    ShipmentRecord,
    TrackerRecord,
)
from connectors.sdk.records.states import Stage, TrackingStatus
from connectors.sdk.values import LineQuantity
from gateway import ids
from gateway.domain.fulfillment import deliveries, events, model, repository, shipments
from gateway.domain.fulfillment.deliveries import Delivery, Scanned
from gateway.domain.fulfillment.model import Belongs, FulfillmentOrder, Worked
from gateway.domain.fulfillment.shipments import Sent, Shipment
from gateway.domain.identity import service as identity
from gateway.domain.identity.model import Source
from gateway.domain.orders import repository as order_rows
from gateway.domain.orders import service as orders
from gateway.domain.orders.model import Order
from gateway.domain.orders.service import Advance
from gateway.errors import InvalidInput
from gateway.events import log
from gateway.events.event import Event
from gateway.store.unit import Unit

N = TypeVar("N", FulfillmentOrder, Shipment, Delivery)
_NAMED = (Kind.ORDER, Kind.LOCATION, Kind.FULFILLMENT_ORDER, Kind.SHIPMENT, Kind.TRACKER)
"""What records name one another by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records of one connection, each with where it was seen."""

    work: Sequence[tuple[FulfillmentOrderRecord, Source]] = ()
    shipments: Sequence[tuple[ShipmentRecord, Source]] = ()
    trackers: Sequence[tuple[TrackerRecord, Source]] = ()


class _Held(Generic[N]):
    """One noun's documents: as they were read, and as the batch leaves them."""

    def __init__(self) -> None:
        self.before: dict[str, N] = {}
        self.now: dict[str, N] = {}

    def read(self, documents: Iterable[N]) -> None:
        for one in documents:
            self.before.setdefault(one.id, one)
            self.now.setdefault(one.id, one)

    def put(self, document: N) -> None:
        """Keep *document*; however often it changes, it is one version on."""
        before = self.before.get(document.id)
        version = before.version + 1 if before else 1
        self.now[document.id] = replace(document, version=version)

    @property
    def changed(self) -> list[N]:
        return [one for id, one in self.now.items() if one != self.before.get(id)]


@dataclass(slots=True)
class _Shelf:
    """Everything that the batch may touch."""

    links: dict[Kind, dict[str, str]] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    work: _Held[FulfillmentOrder] = field(default_factory=_Held)
    shipments: _Held[Shipment] = field(default_factory=_Held)
    deliveries: _Held[Delivery] = field(default_factory=_Held)
    linked: list[tuple[str, Source]] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Orders of which something changed."""

    def id_of(self, kind: Kind, external_id: str | None) -> str | None:
        return self.links[kind].get(external_id) if external_id else None


async def take_in(unit: Unit, batch: Batch, now: datetime) -> None:
    """Take in a batch of one connection: work first, then what left, then where it is.

    Raises: VersionConflict when another process took in one of these meanwhile.
    """
    if not (batch.work or batch.shipments or batch.trackers):
        return
    shelf = await _read(unit, batch)
    for worked in batch.work:
        _take_work(shelf, *worked, now)
    for sent in batch.shipments:
        _take_shipment(shelf, *sent, now)
    for scanned in batch.trackers:
        _take_tracker(shelf, *scanned, now)
    await _write(unit, shelf, now)
    await _advance(unit, shelf, now)


def our_reference(reference: str | None) -> str | None:
    """Return the id of the fulfillment order that *reference* names, when it is one of ours:
    ``"fo_4r7…"``, or for one label of several ``"fo_4r7…-3"``."""
    try:
        id = (reference or "").partition("-")[0]
        return ids.require(ids.FULFILLMENT_ORDER, id) if id else None
    except InvalidInput:
        return None


def part_reference(work_id: str, part: int) -> str:
    """Return a reference for one label of a fulfillment order: carriers take each only once."""
    return f"{work_id}-{part}"


def _take_work(
    shelf: _Shelf, record: FulfillmentOrderRecord, source: Source, now: datetime
) -> None:
    id = shelf.id_of(Kind.FULFILLMENT_ORDER, source.external_id) or our_reference(record.reference)
    held = shelf.work.now.get(id or "")
    belongs = _belongs(shelf, record.order_id, record.location_id, held)
    stated = replace(belongs, lines=model.match_lines(belongs.order, record.lines))
    work = model.observe_work(held, Worked(source=source, record=record), stated, now)
    if work:
        shelf.work.put(work)
        _note(shelf, Kind.FULFILLMENT_ORDER, work.id, source, work.order_id)


def _take_shipment(shelf: _Shelf, record: ShipmentRecord, source: Source, now: datetime) -> None:
    id = our_reference(record.reference) or shelf.id_of(
        Kind.FULFILLMENT_ORDER, record.fulfillment_order_id
    )
    belongs = _belongs(shelf, record.order_id, record.location_id, shelf.work.now.get(id or ""))
    held = _find_shipment(shelf, record, source, belongs)
    stated = replace(belongs, lines=_lines(record.lines, belongs))
    shipment = shipments.observe_shipment(held, Sent(source=source, record=record), stated, now)
    if shipment:
        shelf.shipments.put(shipment)
        _note(shelf, Kind.SHIPMENT, shipment.id, source, shipment.order_id)
        _deliver(shelf, shipment, now)


def _take_tracker(shelf: _Shelf, record: TrackerRecord, source: Source, now: datetime) -> None:
    held = shelf.deliveries.now.get(deliveries.delivery_id(record.tracking_number))
    shipment = shelf.shipments.now.get(shelf.id_of(Kind.SHIPMENT, record.shipment_id) or "")
    delivery = deliveries.scan(held, Scanned(source=source, record=record), shipment, now)
    if delivery:
        shelf.deliveries.put(delivery)
        _note(shelf, Kind.TRACKER, delivery.id, source, delivery.order_id)


def _note(shelf: _Shelf, kind: Kind, id: str, source: Source, order_id: str | None) -> None:
    """Remember what a record is, for the rest of the batch and for ever."""
    shelf.links[kind].setdefault(source.external_id, id)
    shelf.linked.append((id, source))
    if order_id:
        shelf.touched.add(order_id)


def _belongs(
    shelf: _Shelf,
    external_order_id: str | None,
    external_location_id: str | None,
    work: FulfillmentOrder | None,
) -> Belongs:
    """Find the order (that of the work, else the system's own) and the location."""
    order_id = work.order_id if work else None
    order_id = order_id or shelf.id_of(Kind.ORDER, external_order_id)
    location_id = shelf.id_of(Kind.LOCATION, external_location_id)
    return Belongs(
        order=shelf.orders.get(order_id or ""),
        fulfillment_order=work,
        location_id=location_id or (work.location_id if work else None),
    )


def _find_shipment(
    shelf: _Shelf, record: ShipmentRecord, source: Source, belongs: Belongs
) -> Shipment | None:
    """By its link, else by a tracking number that another shipment of the order has."""
    linked = shelf.id_of(Kind.SHIPMENT, source.external_id)
    if linked:
        return shelf.shipments.now.get(linked)
    numbers = {one.number.strip().upper() for one in record.tracking}
    of_order = (
        one
        for one in shelf.shipments.now.values()
        if belongs.order_id and one.order_id == belongs.order_id
    )
    for shipment in of_order:
        if numbers & {one.number.strip().upper() for one in shipment.tracking}:
            return shipment
    return None


def _lines(stated: Iterable[LineQuantity], belongs: Belongs) -> tuple[model.WorkLine, ...]:
    """What the record says left; a label says nothing of it, so what the work says."""
    lines = model.match_lines(belongs.order, stated)
    if lines or not belongs.fulfillment_order:
        return lines
    return belongs.fulfillment_order.lines


def _deliver(shelf: _Shelf, shipment: Shipment, now: datetime) -> None:
    """See that each parcel of *shipment* has its delivery."""
    for parcel in shipment.tracking:
        held = shelf.deliveries.now.get(deliveries.delivery_id(parcel.number))
        if held is None:
            shelf.deliveries.put(
                deliveries.begin_delivery(parcel.number, parcel.carrier, shipment, now)
            )
        elif attached := deliveries.attach(held, shipment, now):
            shelf.deliveries.put(attached)


async def _read(unit: Unit, batch: Batch) -> _Shelf:
    """Read all that the batch may touch: a dozen statements, whatever its size."""
    shelf = _Shelf(links=await _links(unit, batch))
    references = [record.reference for record, _ in batch.work]
    references += [record.reference for record, _ in batch.shipments]
    ours = [id for one in references if (id := our_reference(one))]
    linked_work = shelf.links[Kind.FULFILLMENT_ORDER].values()
    shelf.work.read((await repository.work.by_ids(unit, [*linked_work, *ours])).values())
    order_ids = {*shelf.links[Kind.ORDER].values()}
    order_ids |= {one.order_id for one in shelf.work.now.values() if one.order_id}
    linked = await repository.shipments.by_ids(unit, shelf.links[Kind.SHIPMENT].values())
    order_ids |= {one.order_id for one in linked.values() if one.order_id}
    shelf.orders = await order_rows.orders.by_ids(unit, order_ids)
    shelf.shipments.read(linked.values())
    shelf.shipments.read(await repository.shipments_of_orders(unit, order_ids))
    numbers = {record.tracking_number for record, _ in batch.trackers}
    numbers |= {one.number for record, _ in batch.shipments for one in record.tracking}
    parcels = [deliveries.delivery_id(number) for number in numbers]
    shelf.deliveries.read((await repository.deliveries.by_ids(unit, parcels)).values())
    return shelf


async def _links(unit: Unit, batch: Batch) -> dict[Kind, dict[str, str]]:
    """Return our ids of all that the records name, by kind and the system's id."""
    named: dict[Kind, set[str | None]] = {kind: set() for kind in _NAMED}
    for work, _ in batch.work:
        named[Kind.FULFILLMENT_ORDER].add(work.external_id)
        named[Kind.ORDER].add(work.order_id)
        named[Kind.LOCATION].add(work.location_id)
    for sent, _ in batch.shipments:
        named[Kind.SHIPMENT].add(sent.external_id)
        named[Kind.FULFILLMENT_ORDER].add(sent.fulfillment_order_id)
        named[Kind.ORDER].add(sent.order_id)
        named[Kind.LOCATION].add(sent.location_id)
    for tracker, _ in batch.trackers:
        named[Kind.SHIPMENT].add(tracker.shipment_id)
    sources = [source for _, source in (*batch.work, *batch.shipments, *batch.trackers)]
    connection = sources[0].connection
    return {
        kind: await identity.find(unit, connection, kind, [one for one in some if one])
        if some - {None}
        else {}
        for kind, some in named.items()
    }


async def _write(unit: Unit, shelf: _Shelf, now: datetime) -> None:
    """Save what changed, and say what happened: work, then shipments, then parcels."""
    await repository.work.save(unit, shelf.work.changed)
    await repository.shipments.save(unit, shelf.shipments.changed)
    await repository.deliveries.save(unit, shelf.deliveries.changed)
    await log.append(unit, _events(shelf), now)
    await identity.add(unit, shelf.linked)
    places = [(one.location_id, one.order_id) for one in shelf.work.changed]
    await order_rows.add_places(unit, [(place, id) for place, id in places if place and id])
    terms = [
        (parcel.number.strip().lower(), one.order_id)
        for one in shelf.shipments.changed
        for parcel in one.tracking
        if one.order_id
    ]
    await order_rows.add_terms(unit, terms)


def _events(shelf: _Shelf) -> list[Event]:
    found = [events.work(shelf.work.before.get(one.id), one) for one in shelf.work.changed]
    found += [
        events.shipment(shelf.shipments.before.get(one.id), one) for one in shelf.shipments.changed
    ]
    found += [
        events.delivery(shelf.deliveries.before.get(one.id), one)
        for one in shelf.deliveries.changed
    ]
    return found


async def _advance(unit: Unit, shelf: _Shelf, now: datetime) -> None:
    """Tell the orders what left and what arrived, by all that their shipments and scans say."""
    touched = shelf.touched | {one.order_id for one in shelf.deliveries.changed if one.order_id}
    if not touched:
        return
    sent = await repository.shipments_of_orders(unit, touched)
    parcels = await repository.deliveries_of_shipments(unit, [one.id for one in sent])
    work = await repository.work_of_orders(unit, touched)
    there = _arrived(parcels)
    advances = {
        id: Advance(
            progress=shipments.progress([one for one in sent if one.order_id == id], there),
            is_worked_on=any(_is_begun(one) for one in work if one.order_id == id),
        )
        for id in touched
    }
    await orders.advance(unit, advances, now)


def _arrived(parcels: Iterable[Delivery]) -> Mapping[str, bool]:
    """Say of each shipment whether all its parcels arrived."""
    found: dict[str, bool] = {}
    for one in parcels:
        there = one.status is TrackingStatus.DELIVERED
        found[one.shipment_id or ""] = found.get(one.shipment_id or "", True) and there
    return found


def _is_begun(work: FulfillmentOrder) -> bool:
    return work.is_open and work.stage is not Stage.NEW
