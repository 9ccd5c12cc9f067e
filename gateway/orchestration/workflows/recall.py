"""An order was canceled: whoever was to send its goods is told to stop."""

from datetime import datetime

from connectors.sdk.commands import CancelFulfillment
from connectors.sdk.records import Kind
from connectors.sdk.records.states import OrderStatus
from gateway.domain.fulfillment import repository as fulfillment_rows
from gateway.domain.fulfillment import service as fulfillment
from gateway.domain.fulfillment.model import FulfillmentOrder
from gateway.domain.identity import service as identity
from gateway.domain.issues import service as issues
from gateway.domain.issues.model import Category, Cause, Severity
from gateway.events.event import Event
from gateway.orchestration import world as find
from gateway.orchestration.world import About, World, ask
from gateway.store.unit import Unit

REASON = "the order was canceled"


async def recall_order(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """What a canceled order was to send is taken back, whoever was asked to send it."""
    for work in await fulfillment_rows.work_of_orders(unit, [event.subject]):
        await _recall(unit, work, world, now)


async def recall_work(unit: Unit, event: Event, world: World, now: datetime) -> None:
    """Work that was taken on while its order was being canceled is taken back as well."""
    work = await find.work(unit, event.subject)
    order = await find.order(unit, work.order_id) if work else None
    if work and order and order.status is OrderStatus.CANCELED:
        await _recall(unit, work, world, now)


async def _recall(unit: Unit, work: FulfillmentOrder, world: World, now: datetime) -> None:
    """Goods that are leaving are past recall. Work that its system stated by itself is that
    system's to end, as it sold the order."""
    if not work.is_open or work.ship_requested:
        return
    if work.asked is None:
        if not work.worked:
            await fulfillment.cancel(unit, work.id, now)
        return
    known = await identity.external_ids(unit, work.asked, Kind.FULFILLMENT_ORDER, [work.id])
    if work.id not in known:
        return  # the request is on its way: what it makes comes back as an update
    if not world.can(work.asked, "cancel_fulfillment"):
        await _cannot_recall(unit, work, now)
        return
    command = CancelFulfillment(
        key=f"{work.id}:cancel", fulfillment_order_id=known[work.id], reason=REASON
    )
    await ask(unit, work.asked, command, About(order_id=work.order_id, subject=work.id), now)


async def _cannot_recall(unit: Unit, work: FulfillmentOrder, now: datetime) -> None:
    cause = Cause(
        code="NOT_RECALLABLE",
        key=work.id,
        category=Category.FULFILLMENT,
        severity=Severity.HIGH,
        message=f"{REASON}, and {work.asked} must be told by hand not to send the goods",
        subject=work.id,
        order_id=work.order_id,
        connection=work.asked,
    )
    await issues.open(unit, [cause], now)
