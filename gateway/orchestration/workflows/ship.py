"""Goods leave: a label is bought, whoever does the work hands over, and what fails is undone."""

from datetime import datetime

from connectors.sdk.commands import BuyLabel, ShipFulfillmentOrder, VoidLabel
from connectors.sdk.records import Kind, Tracking
from connectors.sdk.records.states import ShipmentStatus
from connectors.sdk.values import Address, Parcel, sku_key
from gateway import ids
from gateway.domain.catalog import repository as catalog_rows
from gateway.domain.fulfillment import repository as fulfillment_rows
from gateway.domain.fulfillment import service as fulfillment
from gateway.domain.fulfillment.intake import part_reference
from gateway.domain.fulfillment.model import FulfillmentOrder
from gateway.domain.identity import service as identity
from gateway.domain.inventory import repository as inventory_rows
from gateway.domain.issues import service as issues
from gateway.events.event import Event
from gateway.orchestration import outbox
from gateway.orchestration import world as find
from gateway.orchestration.outbox import State
from gateway.orchestration.worker import EFFECT_FAILED
from gateway.orchestration.workflows import write_back
from gateway.orchestration.world import About, World, ask
from gateway.store.unit import Unit

_SHIPPING = ("buy_label", "ship_fulfillment_order")
UNWEIGHED_G = 500
"""What an item counts whose weight no system states: a label needs one, carriers re-weigh."""


async def buy_label(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """Goods that are to leave need a label, or have their number already."""
    work = await find.work(unit, event.subject)
    order = await find.order(unit, work.order_id) if work else None
    if work is None or order is None:
        return
    if work.parcel:
        await _ship(unit, work, work.parcel, world, now)
        return
    places = await inventory_rows.locations.by_ids(unit, [work.location_id or ""])
    place = places.get(work.location_id or "")
    command = BuyLabel(
        key=_label_key(work.id, event.sequence),
        reference=part_reference(work.id, event.sequence),
        ship_from=(place.address if place else None) or Address(),
        ship_to=order.shipping_address or Address(),
        parcels=(Parcel(weight_g=await _weight_g(unit, work)),),
        service=work.service,
    )
    await ask(unit, work.carrier, command, About(order_id=order.id, subject=work.id), now)


def effects_of(work: FulfillmentOrder) -> tuple[str, ...]:
    """Return the ids of the effects that a request to ship *work* will have at once: the label's,
    unless the goods have their number already."""
    if work.carrier is None:
        return ()
    return (ids.derive(ids.EFFECT, work.carrier, _label_key(work.id, work.version)),)


async def hand_over(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """A label that was bought for work that is to leave goes to whoever does the work."""
    shipment = await find.shipment(unit, event.subject)
    if shipment is None or shipment.status is not ShipmentStatus.LABEL_PURCHASED:
        return
    work = await find.work(unit, shipment.fulfillment_order_id)
    if work and work.ship_requested and work.is_open and shipment.tracking:
        await _ship(unit, work, shipment.tracking[0], world, now)


async def settle_failures(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """Goods that left are no longer somebody's work, however often they could not leave before."""
    shipment = await find.shipment(unit, event.subject)
    if shipment is None or not shipment.order_id or not shipment.fulfillment_order_id:
        return
    failed = [
        one.id
        for one in await outbox.of_order(unit, shipment.order_id)
        if one.state is State.FAILED
        and one.subject == shipment.fulfillment_order_id
        and one.command_name in _SHIPPING
    ]
    await issues.resolve(unit, EFFECT_FAILED, failed, "the goods left in the end", now)


async def undo_shipping(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """No label, or nobody to hand it to: the goods stay, and a bought label is given back."""
    work_id = next((one for one in event.related if one.startswith("fo_")), None)
    work = await find.work(unit, work_id)
    if work is None or event.data.get("command") not in _SHIPPING:
        return
    await fulfillment.withdraw_shipping(unit, work.id, now)
    for shipment in await fulfillment_rows.shipments_of_work(unit, [work.id]):
        label = shipment.of(work.carrier or "")
        is_unused = shipment.status is ShipmentStatus.LABEL_PURCHASED
        if label and is_unused and world.can(work.carrier, "void_label"):
            command = VoidLabel(key=f"{shipment.id}:void", label_id=label.external_id)
            await ask(
                unit, work.carrier, command, About(order_id=work.order_id, subject=shipment.id), now
            )


async def _ship(
    unit: Unit, work: FulfillmentOrder, parcel: Tracking, world: World, now: datetime
) -> None:
    """Tell whoever does the work; where nobody can be told, the goods leave now: tell the shop."""
    order = await find.order(unit, work.order_id)
    if order is None:
        return
    known = await identity.external_ids(
        unit, work.fulfiller or "", Kind.FULFILLMENT_ORDER, [work.id]
    )
    if work.id in known and world.can(work.fulfiller, "ship_fulfillment_order"):
        command = ShipFulfillmentOrder(
            key=f"{work.id}:ship:{parcel.number}",
            fulfillment_order_id=known[work.id],
            tracking=parcel,
        )
        await ask(unit, work.fulfiller, command, About(order_id=order.id, subject=work.id), now)
    elif world.can(order.source.connection, "record_shipment"):
        await write_back.record(unit, work, order, parcel, now)


async def _weight_g(unit: Unit, work: FulfillmentOrder) -> int:
    skus = [one.sku for one in work.lines if one.sku]
    variants = await catalog_rows.variants_by_sku(unit, skus)
    weights = {key: one.weight_g or UNWEIGHED_G for key, one in variants.items()}
    return sum(
        one.quantity * weights.get(sku_key(one.sku or ""), UNWEIGHED_G) for one in work.lines
    )


def _label_key(work_id: str, version: int) -> str:
    """One label a request: the version that the request made tells it from an earlier one."""
    return f"{work_id}:label:{version}"
