"""Returns and refunds: use-cases. Each runs in the caller's unit."""

from collections.abc import Sequence
from datetime import datetime

from connectors.sdk.records import Kind, RefundRecord, ReturnRecord
from gateway import ids
from gateway.domain.fulfillment import service as fulfillment
from gateway.domain.identity import service as identity
from gateway.domain.identity.model import Source
from gateway.domain.orders import repository as order_rows
from gateway.domain.orders import service as orders
from gateway.domain.orders.model import Order
from gateway.domain.returns import model, repository
from gateway.domain.returns.model import Return
from gateway.errors import NotFound
from gateway.events import log
from gateway.store.unit import Unit


async def observe_refunds(
    unit: Unit, seen: Sequence[tuple[RefundRecord, Source]], now: datetime
) -> None:
    """Take in refunds, and tell their orders what was given back."""
    for record, source in seen:
        order = await _order(unit, source, record.order_id)
        id = ids.derive(ids.REFUND, source.connection, record.external_id)
        held = (await repository.refunds.by_ids(unit, [id])).get(id)
        refund = model.observe_refund(held, record, source, order)
        if refund is None:
            continue
        await repository.refunds.save(unit, [refund])
        await log.append(unit, [model.refund_event(refund)], now)
        await identity.add(unit, [(refund.id, source)])
        if refund.parent_id:
            known = await repository.refunds_of_orders(unit, [refund.parent_id])
            await orders.refund(unit, refund.parent_id, model.given_back_minor(known), now)


async def observe_returns(
    unit: Unit, seen: Sequence[tuple[ReturnRecord, Source]], now: datetime
) -> None:
    """Take in returns."""
    for record, source in seen:
        order = await _order(unit, source, record.order_id)
        order = order or await _order_of_work(unit, record.reference)
        id = ids.derive(ids.RETURN, source.connection, record.external_id)
        held = (await repository.returns.by_ids(unit, [id])).get(id)
        one = model.observe_return(held, record, source, order)
        if one:
            await repository.returns.save(unit, [one])
            await log.append(unit, [model.return_event(one)], now)
            await identity.add(unit, [(one.id, source)])
        if one and one.parent_id:
            known = await repository.returns_of_orders(unit, [one.parent_id])
            await orders.take_back(unit, one.parent_id, model.came_back(known), now)


async def get(unit: Unit, return_id: str) -> Return:
    """Return one return. Raises: NotFound."""
    found = await repository.returns.by_ids(unit, [return_id])
    if return_id not in found:
        raise NotFound("no such return", path=("id",))
    return found[return_id]


async def _order_of_work(unit: Unit, reference: str | None) -> Order | None:
    """A warehouse knows no order of ours, only what it was asked to send."""
    work = await fulfillment.find_referenced(unit, reference)
    order_id = work.order_id if work else None
    return (await order_rows.orders.by_ids(unit, [order_id or ""])).get(order_id or "")


async def _order(unit: Unit, source: Source, external_id: str | None) -> Order | None:
    if not external_id:
        return None
    linked = await identity.find(unit, source.connection, Kind.ORDER, [external_id])
    id = linked.get(external_id, "")
    return (await order_rows.orders.by_ids(unit, [id])).get(id)
