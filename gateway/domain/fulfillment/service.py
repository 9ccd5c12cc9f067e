"""Fulfillment: use-cases. Each runs in the caller's unit.

Records of one parcel come from several systems, in any order: the label from the carrier, the
package from the warehouse, the fulfillment from the shop. Each is joined to what it belongs to by
what it names: our reference, the system's own order, a tracking number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.sdk.records import (
    FulfillmentOrderRecord,
    Kind,
    ShipmentRecord,
    TrackerRecord,
    Tracking,
)
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    RequestStatus,
    Stage,
    TrackingStatus,
)
from connectors.sdk.values import LineQuantity
from gateway import ids
from gateway.domain.fulfillment import events, model, repository
from gateway.domain.fulfillment.model import (
    Belongs,
    Delivery,
    FulfillmentOrder,
    Scanned,
    Sent,
    Shipment,
    Worked,
)
from gateway.domain.identity import service as identity
from gateway.domain.identity.model import Source
from gateway.domain.orders import repository as order_rows
from gateway.domain.orders import service as orders
from gateway.errors import IllegalTransition, InvalidInput, NotFound
from gateway.events import log
from gateway.store.unit import Unit


async def observe_work(
    unit: Unit, seen: Sequence[tuple[FulfillmentOrderRecord, Source]], now: datetime
) -> None:
    """Take in fulfillment orders: a shop's own, or a warehouse's answer to our request."""
    for record, source in seen:
        held = await _find_work(unit, source, record.reference)
        belongs = await _belongs(unit, source, record.order_id, record.location_id, held)
        stated = replace(belongs, lines=model.match_lines(belongs.order, record.lines))
        work = model.observe_work(held, Worked(source=source, record=record), stated, now)
        if work:
            await _keep_work(unit, held, work, now)
            await identity.add(unit, [(work.id, source)])
            await _advance_order(unit, work.order_id, now)


async def observe_shipments(
    unit: Unit, seen: Sequence[tuple[ShipmentRecord, Source]], now: datetime
) -> None:
    """Take in shipments, and begin the deliveries of their parcels."""
    for record, source in seen:
        work = await _work_of_shipment(unit, source, record)
        belongs = await _belongs(unit, source, record.order_id, record.location_id, work)
        held = await _find_shipment(unit, source, record, belongs)
        sent = Sent(source=source, record=record)
        stated = replace(belongs, lines=_lines(record.lines, belongs))
        shipment = model.observe_shipment(held, sent, stated, now)
        if shipment:
            await repository.shipments.save(unit, [shipment])
            await log.append(unit, [events.shipment(held, shipment)], now)
            await identity.add(unit, [(shipment.id, source)])
            await _deliver(unit, shipment, now)
            await _advance_order(unit, shipment.order_id, now)


async def observe_trackers(
    unit: Unit, seen: Sequence[tuple[TrackerRecord, Source]], now: datetime
) -> None:
    """Take in what carriers say of parcels, whether we know whose they are or not."""
    for record, source in seen:
        id = model.delivery_id(record.tracking_number)
        held = (await repository.deliveries.by_ids(unit, [id])).get(id)
        shipment = await _shipment_of_tracker(unit, source, record)
        delivery = model.scan(held, Scanned(source=source, record=record), shipment, now)
        if delivery:
            await _keep_delivery(unit, held, delivery, now)
            await identity.add(unit, [(delivery.id, source)])
            await _advance_order(unit, delivery.order_id, now)


async def open_for_order(
    unit: Unit, order_id: str, location_id: str, fulfiller: str | None, now: datetime
) -> FulfillmentOrder | None:
    """Make the work that an order is to its location, once; None when there is nothing to do."""
    if await repository.work_of_orders(unit, [order_id]):
        return None
    work = model.open_for(await orders.get(unit, order_id), location_id, fulfiller, now)
    if work:
        await _keep_work(unit, None, work, now)
    return work


async def mark_asked(unit: Unit, work_id: str, fulfiller: str, now: datetime) -> None:
    """Note that *fulfiller* was asked to do the work."""
    held = await get(unit, work_id)
    work = replace(
        held,
        version=held.version + 1,
        asked=fulfiller,
        request_status=RequestStatus.SUBMITTED,
        updated_at=now,
    )
    await _keep_work(unit, held, work, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipping:
    """How goods are to leave: with a label of *carrier* (a connection) and *service* (None: the
    cheapest), or as *parcel*, which has its number already."""

    carrier: str | None = None
    service: str | None = None
    parcel: Tracking | None = None


async def request_shipping(
    unit: Unit, work_id: str, shipping: Shipping, now: datetime
) -> FulfillmentOrder:
    """Mark that the goods are to leave now.

    Raises: NotFound, IllegalTransition when it is closed, canceled or asked for already.
    """
    held = await get(unit, work_id)
    if not held.is_open:
        raise IllegalTransition(f"the fulfillment order is {held.status}", path=("id",))
    if held.ship_requested:
        raise IllegalTransition("shipping has been requested already", path=("id",))
    work = replace(
        held,
        version=held.version + 1,
        ship_requested=True,
        carrier=shipping.carrier,
        service=shipping.service,
        parcel=shipping.parcel,
        status=FulfillmentOrderStatus.IN_PROGRESS,
        updated_at=now,
    )
    await _keep_work(unit, held, work, now, events.SHIP_REQUESTED)
    return work


async def withdraw_shipping(unit: Unit, work_id: str, now: datetime) -> None:
    """Undo `request_shipping`: no label could be had, and the goods are still there."""
    held = await get(unit, work_id)
    if held.ship_requested and held.is_open:
        work = replace(
            held,
            version=held.version + 1,
            ship_requested=False,
            carrier=None,
            parcel=None,
            updated_at=now,
        )
        await _keep_work(unit, held, work, now)


async def close(unit: Unit, work_id: str, now: datetime) -> None:
    """The goods left: nothing more is to be done at the location."""
    held = await get(unit, work_id)
    if held.is_open:
        work = replace(
            held,
            version=held.version + 1,
            status=FulfillmentOrderStatus.CLOSED,
            stage=Stage.SHIPPED,
            updated_at=now,
        )
        await _keep_work(unit, held, work, now)


async def get(unit: Unit, work_id: str) -> FulfillmentOrder:
    """Return one fulfillment order. Raises: NotFound."""
    found = await repository.work.by_ids(unit, [work_id])
    if work_id not in found:
        raise NotFound("no such fulfillment order", path=("id",))
    return found[work_id]


async def find_referenced(unit: Unit, reference: str | None) -> FulfillmentOrder | None:
    """Return the fulfillment order that *reference*, as a system gives it back, names."""
    id = _our_reference(reference)
    return (await repository.work.by_ids(unit, [id])).get(id) if id else None


async def _find_work(unit: Unit, source: Source, reference: str | None) -> FulfillmentOrder | None:
    linked = await identity.find(
        unit, source.connection, Kind.FULFILLMENT_ORDER, [source.external_id]
    )
    id = linked.get(source.external_id) or _our_reference(reference)
    return (await repository.work.by_ids(unit, [id])).get(id) if id else None


async def _work_of_shipment(
    unit: Unit, source: Source, record: ShipmentRecord
) -> FulfillmentOrder | None:
    """By our reference, else by the system's own fulfillment order."""
    id = _our_reference(record.reference)
    if id is None and record.fulfillment_order_id:
        linked = await identity.find(
            unit, source.connection, Kind.FULFILLMENT_ORDER, [record.fulfillment_order_id]
        )
        id = linked.get(record.fulfillment_order_id)
    return (await repository.work.by_ids(unit, [id])).get(id) if id else None


async def _belongs(
    unit: Unit,
    source: Source,
    external_order_id: str | None,
    external_location_id: str | None,
    work: FulfillmentOrder | None,
) -> Belongs:
    """Find the order (the system's own, else that of the work) and the location."""
    order_id = work.order_id if work else None
    if order_id is None and external_order_id:
        linked = await identity.find(unit, source.connection, Kind.ORDER, [external_order_id])
        order_id = linked.get(external_order_id)
    found = await order_rows.orders.by_ids(unit, [order_id] if order_id else [])
    location = external_location_id or ""
    locations = await identity.find(unit, source.connection, Kind.LOCATION, [location])
    return Belongs(
        order=found.get(order_id or ""),
        fulfillment_order=work,
        location_id=locations.get(location) or (work.location_id if work else None),
    )


async def _find_shipment(
    unit: Unit, source: Source, record: ShipmentRecord, belongs: Belongs
) -> Shipment | None:
    """By its link, else by a tracking number that another shipment of the order has."""
    linked = await identity.find(unit, source.connection, Kind.SHIPMENT, [source.external_id])
    if linked:
        found = await repository.shipments.by_ids(unit, linked.values())
        return next(iter(found.values()), None)
    numbers = {one.number.strip().upper() for one in record.tracking}
    if not numbers or not belongs.order_id:
        return None
    for shipment in await repository.shipments_of_orders(unit, [belongs.order_id]):
        if numbers & {one.number.strip().upper() for one in shipment.tracking}:
            return shipment
    return None


async def _shipment_of_tracker(
    unit: Unit, source: Source, record: TrackerRecord
) -> Shipment | None:
    if not record.shipment_id:
        return None
    linked = await identity.find(unit, source.connection, Kind.SHIPMENT, [record.shipment_id])
    found = await repository.shipments.by_ids(unit, linked.values())
    return next(iter(found.values()), None)


def _lines(stated: Iterable[LineQuantity], belongs: Belongs) -> tuple[model.WorkLine, ...]:
    """What the record says left; a label says nothing of it, so what the work says."""
    lines = model.match_lines(belongs.order, stated)
    if lines or not belongs.fulfillment_order:
        return lines
    return belongs.fulfillment_order.lines


async def _deliver(unit: Unit, shipment: Shipment, now: datetime) -> None:
    """See that each parcel of *shipment* has its delivery, and can be found by its number."""
    numbers = {model.delivery_id(one.number): one for one in shipment.tracking}
    held = await repository.deliveries.by_ids(unit, numbers)
    for id, parcel in numbers.items():
        before = held.get(id)
        if before is None:
            after: Delivery | None = model.begin_delivery(
                parcel.number, parcel.carrier, shipment, now
            )
        else:
            after = model.attach(before, shipment, now)
        if after:
            await _keep_delivery(unit, before, after, now)
    if shipment.order_id:
        order_id = shipment.order_id
        await order_rows.add_terms(
            unit, [(one.number.strip().lower(), order_id) for one in numbers.values()]
        )


async def _advance_order(unit: Unit, order_id: str | None, now: datetime) -> None:
    """Tell the order what left and what arrived, by all that its shipments and scans say."""
    if order_id is None:
        return
    shipments = await repository.shipments_of_orders(unit, [order_id])
    parcels: dict[str, list[bool]] = {}
    for one in await repository.deliveries_of_shipments(unit, [ship.id for ship in shipments]):
        there = one.status is TrackingStatus.DELIVERED
        parcels.setdefault(one.shipment_id or "", []).append(there)
    arrived = {id: all(there) for id, there in parcels.items()}
    work = await repository.work_of_orders(unit, [order_id])
    worked_on = any(one.is_open and one.stage is not Stage.NEW for one in work)
    progress = model.progress(shipments, arrived)
    await orders.advance(unit, order_id, progress, worked_on, now)


async def _keep_work(
    unit: Unit,
    held: FulfillmentOrder | None,
    work: FulfillmentOrder,
    now: datetime,
    event_type: str | None = None,
) -> None:
    await repository.work.save(unit, [work])
    if work.order_id and work.location_id:
        await order_rows.add_places(unit, [(work.location_id, work.order_id)])
    await log.append(unit, [events.work(held, work, event_type)], now)


async def _keep_delivery(
    unit: Unit, held: Delivery | None, delivery: Delivery, now: datetime
) -> None:
    await repository.deliveries.save(unit, [delivery])
    await log.append(unit, [events.delivery(held, delivery)], now)


def _our_reference(reference: str | None) -> str | None:
    """Return *reference* when it is a fulfillment order's id of ours."""
    try:
        return ids.require(ids.FULFILLMENT_ORDER, reference) if reference else None
    except InvalidInput:
        return None
