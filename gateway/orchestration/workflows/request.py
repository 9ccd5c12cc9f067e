"""A confirmed order becomes work, and whoever runs the place is asked to do it."""

from datetime import datetime

from connectors.sdk.commands import RequestedLine, RequestFulfillment
from connectors.sdk.records import Kind
from connectors.sdk.records.states import OrderStatus, RequestStatus
from connectors.sdk.values import sku_key
from gateway.domain.catalog import repository as catalog_rows
from gateway.domain.catalog.model import VARIANT
from gateway.domain.fulfillment import service as fulfillment
from gateway.domain.fulfillment.model import FulfillmentOrder
from gateway.domain.identity import service as identity
from gateway.domain.inventory import repository as inventory_rows
from gateway.domain.inventory.model import location_id
from gateway.domain.issues import service as issues
from gateway.domain.issues.model import Category, Cause, Severity
from gateway.domain.orders.model import Order
from gateway.events.event import Event
from gateway.orchestration import routes
from gateway.orchestration import world as find
from gateway.orchestration.world import About, World, ask
from gateway.store.unit import Unit

NOT_FULFILLABLE = "NOT_FULFILLABLE"


async def open_work(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """A confirmed order of a shop without fulfillment orders of its own becomes work at the
    location that its channel names."""
    order = await find.order(unit, event.subject)
    if order is None or order.status is not OrderStatus.CONFIRMED:
        return
    connected = world.systems.find(order.source.connection)
    code = world.routes.location_code(order.channel_id)
    since = await routes.activated_at(unit, order.source.connection)
    if not connected or Kind.FULFILLMENT_ORDER in connected.manifest.reads or not code:
        return
    if since is None or order.placed_at < since:
        return
    await fulfillment.open_for_order(unit, order.id, location_id(code), None, now)


async def rename_work(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """Lines that the map of SKUs names at last can be asked for at last."""
    if "lines" in event.data["changed"]:
        await fulfillment.rename(unit, event.subject, now)


async def ask_fulfiller(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """Work at a location that another system runs is asked of that system, once, unless it is that
    system's own."""
    work = await find.work(unit, event.subject)
    if work is None or not work.is_open or work.asked or not work.order_id:
        return
    places = await inventory_rows.locations.by_ids(unit, [work.location_id or ""])
    place = places.get(work.location_id or "")
    fulfiller = world.routes.fulfiller(place.code) if place else None
    order = await find.order(unit, work.order_id)
    if not fulfiller or order is None or work.request_status is not RequestStatus.UNSUBMITTED:
        return
    if order.status is OrderStatus.CANCELED or work.is_stated_by(fulfiller):
        return
    since = await routes.activated_at(unit, order.source.connection)
    is_ours = since is not None and order.placed_at >= since
    if not is_ours or not world.can(fulfiller, "request_fulfillment"):
        return
    command = await _request(unit, work, order, fulfiller)
    if command is None:
        await _cannot_ask(unit, work, fulfiller, now)
        return
    await issues.resolve(unit, NOT_FULFILLABLE, [work.id], "it could be asked for", now)
    await fulfillment.mark_asked(unit, work.id, fulfiller, now)
    await ask(unit, fulfiller, command, About(order_id=order.id, subject=work.id), now)


async def _request(
    unit: Unit, work: FulfillmentOrder, order: Order, fulfiller: str
) -> RequestFulfillment | None:
    """What to ask; None when the fulfiller does not know the place or one of the items."""
    place = (
        await identity.external_ids(unit, fulfiller, Kind.LOCATION, [work.location_id or ""])
    ).get(work.location_id or "")
    skus = [one.sku for one in work.lines if one.sku]
    variants = await catalog_rows.variants_by_sku(unit, skus)
    ids = [one.id for one in variants.values()]
    items = await identity.external_ids(unit, fulfiller, VARIANT, ids)
    sold = {line.id: line for line in order.lines}
    lines = []
    for one in work.lines:
        variant = variants.get(sku_key(one.sku or ""))
        line = sold.get(one.line_id or "")
        if variant is None or variant.id not in items or line is None or one.sku is None:
            return None
        lines.append(
            RequestedLine(
                item_id=items[variant.id],
                sku=one.sku,
                quantity=one.quantity,
                title=line.title,
                unit_price=line.unit_price,
            )
        )
    if place is None or order.shipping_address is None:
        return None
    return RequestFulfillment(
        key=f"{work.id}:request",
        reference=work.id,
        order_number=order.number,
        location_id=place,
        lines=tuple(lines),
        ship_to=order.shipping_address,
        shipping_method=order.shipping_method,
    )


async def _cannot_ask(unit: Unit, work: FulfillmentOrder, fulfiller: str, now: datetime) -> None:
    cause = Cause(
        code=NOT_FULFILLABLE,
        key=work.id,
        category=Category.FULFILLMENT,
        severity=Severity.HIGH,
        message=f"{fulfiller} does not know the location, an item or the address of this work",
        subject=work.id,
        order_id=work.order_id,
        connection=fulfiller,
    )
    await issues.open(unit, [cause], now)
