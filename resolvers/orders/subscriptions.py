"""Order subscriptions."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import strawberry

from gateway import ids
from gateway.auth.scopes import Scope
from gateway.domain.orders import repository
from gateway.domain.orders.repository import Criteria
from gateway.events.event import Logged
from resolvers.access import own_orders, requires
from resolvers.context import Context, Info
from resolvers.events import Event, follow, resumed, seal
from resolvers.orders.inputs import OrderFilter, criteria
from resolvers.orders.types import Order

_OF_ORDERS = ("order.", "fulfillment_order.", "shipment.", "delivery.", "refund.", "return.")


@strawberry.type(description="An order, and what happened to it.")
class OrderUpdated:
    cursor: str = strawberry.field(description="Give it as `after` to go on from here.")
    event: Event | None = strawberry.field(
        description="What happened; null for the snapshot that a subscription begins with."
    )
    order: Order = strawberry.field(description="The order as it is now.")


@strawberry.type
class OrderSubscriptions:
    @strawberry.subscription(
        description="Orders, and everything that happens to them: also their work, shipments, "
        "deliveries, refunds and returns. With an id and no `after` it begins with a snapshot.",
        graphql_type=AsyncGenerator[OrderUpdated, None],
        directives=requires(Scope.ORDERS_READ),
    )
    async def order_updated(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this order.")
        ] = None,
        filter: Annotated[
            OrderFilter | None, strawberry.argument(description="Only orders like these.")
        ] = None,
        after: Annotated[
            str | None, strawberry.argument(description="Replay from this cursor, then go live.")
        ] = None,
    ) -> AsyncGenerator[Any, None]:
        context = info.context
        after = resumed(context, after)
        which = criteria(await own_orders(context), filter, None)
        wanted = ids.require(ids.ORDER, id) if id else None
        if after is None:
            position = context.services.relay.cursor
            if wanted and (held := await _order(context, wanted, which)):
                yield _payload(context, position, None, held)
            after = seal(context, position)
        async for logged in follow(context, after):
            order_id = _order_of(logged, wanted)
            updated = await _updated(context, logged, order_id, which) if order_id else None
            if updated:
                yield updated


def _order_of(logged: Logged, wanted: str | None) -> str | None:
    """Return the order that an event concerns, if it is a wanted one."""
    event = logged.event
    if not event.type.startswith(_OF_ORDERS):
        return None
    named = [one for one in (event.subject, *event.related) if one.startswith("order_")]
    return next((one for one in named if wanted in (None, one)), None)


async def _updated(
    context: Context, logged: Logged, id: str, which: Criteria
) -> OrderUpdated | None:
    async def read() -> OrderUpdated | None:
        order = await _order(context, id, which)
        return _payload(context, logged.cursor, logged, order) if order else None

    return await context.once("order", (logged.cursor, id, which), read)


async def _order(context: Context, id: str, which: Criteria) -> Any:
    async with context.units.read() as unit:
        return (await repository.visible(unit, [id], which)).get(id)


def _payload(context: Context, position: int, logged: Logged | None, order: Any) -> OrderUpdated:
    event: Any = logged
    return OrderUpdated(cursor=seal(context, position), event=event, order=order)
