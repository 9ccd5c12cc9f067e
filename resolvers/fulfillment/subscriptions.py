"""Subscriptions to parcels and work."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Annotated, Any

import strawberry

from gateway import ids
from gateway.auth.scopes import Scope
from gateway.domain.fulfillment import repository
from gateway.domain.fulfillment.deliveries import delivery_id
from gateway.events.event import Logged
from resolvers.access import requires
from resolvers.context import Context, Info
from resolvers.events import Event, concerns, follow, resumed, seal
from resolvers.fulfillment.types import Delivery, FulfillmentOrder
from resolvers.loaders.fulfillment import find_delivery, find_work

_After = Annotated[
    str | None, strawberry.argument(description="Replay from this cursor, then go live.")
]


@strawberry.type(description="A parcel, and what happened to it.")
class DeliveryUpdated:
    cursor: str = strawberry.field(description="Give it as `after` to go on from here.")
    event: Event | None = strawberry.field(description="What happened; null for a snapshot.")
    delivery: Delivery = strawberry.field(description="The parcel as it is now.")


@strawberry.type(description="Work at a location, and what happened to it.")
class FulfillmentOrderUpdated:
    cursor: str = strawberry.field(description="Give it as `after` to go on from here.")
    event: Event = strawberry.field(description="What happened.")
    fulfillment_order: FulfillmentOrder = strawberry.field(description="The work as it is now.")


@strawberry.type
class FulfillmentSubscriptions:
    @strawberry.subscription(
        description="Parcels and their scans. Of one order or one number it begins with a "
        "snapshot, unless `after` is given.",
        graphql_type=AsyncGenerator[DeliveryUpdated, None],
        directives=requires(Scope.ORDERS_READ),
    )
    async def delivery_updated(
        self,
        info: Info,
        order_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this order.")
        ] = None,
        tracking_number: Annotated[
            str | None, strawberry.argument(description="Only this parcel.")
        ] = None,
        after: _After = None,
    ) -> AsyncGenerator[Any, None]:
        context = info.context
        after = resumed(context, after)
        wanted = _wanted(order_id, tracking_number)
        if after is None:
            position = context.services.relay.cursor
            for held in await _snapshot(context, order_id, tracking_number):
                yield _delivery(context, position, None, held)
            after = seal(context, position)
        async for logged in follow(context, after):
            if logged.event.type.startswith("delivery.") and _is_wanted(logged, wanted):
                updated = await context.once(
                    "delivery", logged.cursor, partial(_updated_delivery, context, logged)
                )
                if updated:
                    yield updated

    @strawberry.subscription(
        description="Work at locations: a store's task list, live.",
        graphql_type=AsyncGenerator[FulfillmentOrderUpdated, None],
        directives=requires(Scope.FULFILLMENT_READ),
    )
    async def fulfillment_order_updated(
        self,
        info: Info,
        location_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only work at this location.")
        ] = None,
        after: _After = None,
    ) -> AsyncGenerator[Any, None]:
        context = info.context
        place = ids.require(ids.LOCATION, location_id) if location_id else None
        async for logged in follow(context, after):
            if not logged.event.type.startswith("fulfillment_order."):
                continue
            updated: Any = await context.once(
                "work", logged.cursor, partial(_updated_work, context, logged)
            )
            if updated and place in (None, updated.fulfillment_order.location_id):
                yield updated


async def _updated_delivery(context: Context, logged: Logged) -> DeliveryUpdated | None:
    found = await find_delivery(context, logged.event.subject)
    return _delivery(context, logged.cursor, logged, found) if found else None


async def _updated_work(context: Context, logged: Logged) -> FulfillmentOrderUpdated | None:
    found: Any = await find_work(context, logged.event.subject)
    event: Any = logged
    cursor = seal(context, logged.cursor)
    return found and FulfillmentOrderUpdated(cursor=cursor, event=event, fulfillment_order=found)


def _wanted(order_id: str | None, tracking_number: str | None) -> str | None:
    if tracking_number:
        return delivery_id(tracking_number)
    return ids.require(ids.ORDER, order_id) if order_id else None


def _is_wanted(logged: Logged, wanted: str | None) -> bool:
    return wanted is None or concerns(logged, wanted)


async def _snapshot(
    context: Context, order_id: str | None, tracking_number: str | None
) -> list[Any]:
    if tracking_number:
        found = await find_delivery(context, delivery_id(tracking_number))
        return [found] if found else []
    if not order_id:
        return []
    async with context.units.read() as unit:
        held = await repository.deliveries_of_orders(unit, [order_id])
    return [one for one in held if await find_delivery(context, one.id)]


def _delivery(
    context: Context, position: int, logged: Logged | None, delivery: Any
) -> DeliveryUpdated:
    event: Any = logged
    return DeliveryUpdated(cursor=seal(context, position), event=event, delivery=delivery)
