"""Fulfillment: use-cases. Each runs in the caller's unit. What systems state comes in through
`gateway.domain.fulfillment.intake`."""

from dataclasses import dataclass, replace
from datetime import datetime

from connectors.sdk.records import (
    Tracking,
)
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    RequestStatus,
    Stage,
)
from gateway.domain.fulfillment import events, model, repository
from gateway.domain.fulfillment.intake import our_reference
from gateway.domain.fulfillment.model import FulfillmentOrder
from gateway.domain.orders import repository as order_rows
from gateway.domain.orders import service as orders
from gateway.errors import IllegalTransition, NotFound
from gateway.events import log
from gateway.store.unit import Unit


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


async def rename(unit: Unit, order_id: str, now: datetime) -> None:
    """Have work that nobody was asked to do follow its order, whose SKUs are others now."""
    order = await orders.get(unit, order_id)
    for held in await repository.work_of_orders(unit, [order_id]):
        work = model.rename(held, order, now)
        if work:
            await _keep_work(unit, held, work, now)


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
            status=held.stated,
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


async def cancel(unit: Unit, work_id: str, now: datetime) -> None:
    """Nothing is to be sent any more, and nobody was asked to."""
    held = await get(unit, work_id)
    if held.is_open:
        work = replace(
            held,
            version=held.version + 1,
            status=FulfillmentOrderStatus.CANCELED,
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
    id = our_reference(reference)
    return (await repository.work.by_ids(unit, [id])).get(id) if id else None


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
