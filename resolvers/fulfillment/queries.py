"""Queries of work, shipments and deliveries."""

from typing import Annotated, Any

import strawberry

from gateway import ids
from gateway.auth.scopes import Scope
from gateway.clock import micros
from gateway.domain.fulfillment import deliveries, model, repository
from gateway.store.paging import Slice
from resolvers.access import own_locations, requires
from resolvers.context import Context, Info
from resolvers.enums import FulfillmentOrderStatus, TrackingStatus
from resolvers.fulfillment.types import Delivery, FulfillmentOrder
from resolvers.loaders.fulfillment import deliveries_by_id, find_delivery, is_own, sees_all
from resolvers.paging import After, Before, Connection, First, Last, Paged, Window
from resolvers.sources import refresh

WORK: Paged[model.FulfillmentOrder] = Paged(
    "fulfillment-orders", lambda one: (micros(one.created_at), one.id)
)
DELIVERIES: Paged[deliveries.Delivery] = Paged(
    "deliveries", lambda one: (micros(one.updated_at), one.id)
)


@strawberry.type
class FulfillmentQueries:
    @strawberry.field(
        description="Work at locations, newest first: a store's task list.",
        graphql_type=Connection[FulfillmentOrder],
        directives=requires(Scope.FULFILLMENT_READ),
    )
    async def fulfillment_orders(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        location_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only work at this location.")
        ] = None,
        status: Annotated[
            list[FulfillmentOrderStatus] | None,
            strawberry.argument(description="Any of these states."),
        ] = None,
    ) -> Any:
        locations = await _locations(info.context, location_id)
        statuses = None if status is None else [str(one) for one in status]

        async def read(slice: Slice) -> list[model.FulfillmentOrder]:
            async with info.context.units.read() as unit:
                return await repository.work_page(
                    unit, slice, location_ids=locations, statuses=statuses
                )

        window = Window(first=first, after=after, last=last, before=before)
        return await WORK.page(info.context, window, read)

    @strawberry.field(
        description="One parcel, by its number.",
        graphql_type=Delivery | None,
        directives=requires(Scope.ORDERS_READ),
    )
    async def delivery(
        self,
        info: Info,
        tracking_number: Annotated[
            str, strawberry.argument(description="As it stands on the label.")
        ],
    ) -> Any:
        id = deliveries.delivery_id(tracking_number)
        delivery = await find_delivery(info.context, id)
        if delivery and await refresh(info, [one.source for one in delivery.scanned]):
            info.context.loader(deliveries_by_id).clear(id)
            delivery = await find_delivery(info.context, id)
        return delivery

    @strawberry.field(
        description="Parcels, those that moved last first. Without fulfillment:read only those "
        "of one order.",
        graphql_type=Connection[Delivery],
        directives=requires(Scope.ORDERS_READ),
    )
    async def deliveries(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this order.")
        ] = None,
        status: Annotated[
            list[TrackingStatus] | None, strawberry.argument(description="Any of these states.")
        ] = None,
    ) -> Any:
        orders = await _orders(info.context, order_id)
        statuses = None if status is None else [str(one) for one in status]

        async def read(slice: Slice) -> list[deliveries.Delivery]:
            async with info.context.units.read() as unit:
                return await repository.delivery_page(
                    unit, slice, order_ids=orders, statuses=statuses
                )

        window = Window(first=first, after=after, last=last, before=before)
        return await DELIVERIES.page(info.context, window, read)


async def _locations(context: Context, location_id: str | None) -> list[str] | None:
    """Return the locations to look at: the one asked for, as far as it is the caller's."""
    own = await own_locations(context)
    if location_id is None:
        return list(own) if own is not None else None
    wanted = ids.require(ids.LOCATION, location_id)
    return [wanted] if own is None or wanted in own else []


async def _orders(context: Context, order_id: str | None) -> list[str] | None:
    if order_id is None:
        return None if await sees_all(context) else []
    wanted = ids.require(ids.ORDER, order_id)
    return [wanted] if await is_own(context, wanted) else []
