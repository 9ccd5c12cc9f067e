"""What was done is written back to the shop that sold it."""

from datetime import datetime

from connectors.sdk.commands import RecordDelivery, RecordShipment
from connectors.sdk.records import Kind, Tracking
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.sdk.values import LineQuantity
from gateway.domain.fulfillment import repository as fulfillment_rows
from gateway.domain.fulfillment import service as fulfillment
from gateway.domain.fulfillment.model import FulfillmentOrder
from gateway.domain.fulfillment.shipments import Shipment
from gateway.domain.identity import service as identity
from gateway.domain.orders.model import Order
from gateway.events.event import Event
from gateway.orchestration import world as find
from gateway.orchestration.world import About, World, ask
from gateway.store.unit import Unit


async def tell_shop(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """Goods that left are written back to the shop that sold them, unless it said so itself."""
    shipment = await find.shipment(unit, event.subject)
    order = await find.order(unit, shipment.order_id) if shipment else None
    if shipment is None or order is None or not shipment.has_left or not shipment.tracking:
        return
    origin = order.source.connection
    if shipment.of(origin) is None and world.can(origin, "record_shipment"):
        await record(unit, shipment, order, shipment.tracking[0], now)


async def tell_delivered(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """A parcel that arrived is written back to the shop, when all of its shipment did."""
    delivery = (await fulfillment_rows.deliveries.by_ids(unit, [event.subject])).get(event.subject)
    shipment = await find.shipment(unit, delivery.shipment_id if delivery else None)
    order = await find.order(unit, shipment.order_id if shipment else None)
    if shipment is None or order is None:
        return
    origin = order.source.connection
    stated = shipment.of(origin)
    parcels = await fulfillment_rows.deliveries_of_shipments(unit, [shipment.id])
    is_all_there = all(one.status is TrackingStatus.DELIVERED for one in parcels)
    if stated is None or stated.status is ShipmentStatus.DELIVERED or not is_all_there:
        return
    if world.can(origin, "record_delivery"):
        command = RecordDelivery(
            key=f"{shipment.id}:delivered",
            order_id=order.external_id,
            shipment_id=stated.external_id,
        )
        await ask(unit, origin, command, About(order_id=order.id, subject=shipment.id), now)


async def close_work(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """Work whose goods left is over, unless a system that does it says when it is."""
    shipment = await find.shipment(unit, event.subject)
    work = await find.work(unit, shipment.fulfillment_order_id if shipment else None)
    if work and not work.worked and shipment and shipment.has_left:
        await fulfillment.close(unit, work.id, now)


async def record(
    unit: Unit, sent: Shipment | FulfillmentOrder, order: Order, parcel: Tracking, now: datetime
) -> None:
    """Write to the shop: these units of the order left, as this parcel."""
    origin = order.source.connection
    external = {line.id: line.external_id for line in order.lines}
    lines = tuple(
        LineQuantity(line_id=external.get(one.line_id or ""), sku=one.sku, quantity=one.quantity)
        for one in sent.lines
    )
    work_id = sent.id if isinstance(sent, FulfillmentOrder) else sent.fulfillment_order_id
    known = await identity.external_ids(unit, origin, Kind.FULFILLMENT_ORDER, [work_id or ""])
    command = RecordShipment(
        key=f"{order.id}:shipped:{parcel.number}",
        order_id=order.external_id,
        fulfillment_order_id=known.get(work_id or ""),
        lines=lines,
        tracking=parcel,
    )
    await ask(unit, origin, command, About(order_id=order.id, subject=sent.id), now)
