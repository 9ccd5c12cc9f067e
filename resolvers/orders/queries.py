"""Order queries."""

from typing import Annotated, Any

import strawberry

from gateway import ids
from gateway.auth.principal import Principal
from gateway.auth.scopes import Scope
from gateway.domain.orders import model, service
from gateway.errors import InvalidInput
from resolvers.access import own_orders, requires
from resolvers.context import Context, Info
from resolvers.loaders.orders import order_page, orders_by_id
from resolvers.orders.inputs import OrderFilter, OrderSort, criteria
from resolvers.orders.types import Order
from resolvers.paging import After, Before, Connection, First, Last, Window
from resolvers.sources import SourceRefInput, refresh


@strawberry.type
class OrderQueries:
    @strawberry.field(
        description="One order: by its id, by what a system calls it, or by a guest's link.",
        graphql_type=Order | None,
        directives=requires(Scope.ORDERS_READ, unless="token"),
    )
    async def order(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id here.")] = None,
        ref: Annotated[
            SourceRefInput | None, strawberry.argument(description="What a system calls it.")
        ] = None,
        token: Annotated[
            str | None, strawberry.argument(description="The token of a guest's link.")
        ] = None,
    ) -> model.Order | None:
        wanted = await _wanted(info.context, id, ref, token)
        if wanted is None:
            return None
        order = await info.context.loader(orders_by_id).load(wanted)
        if order and await refresh(info, [order.source]):
            info.context.loader(orders_by_id).clear(wanted)
            order = await info.context.loader(orders_by_id).load(wanted)
        return order

    @strawberry.field(
        description="Orders of all systems in one list, newest first.",
        graphql_type=Connection[Order],
        directives=requires(Scope.ORDERS_READ),
    )
    async def orders(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            OrderFilter | None, strawberry.argument(description="Which orders.")
        ] = None,
        sort: Annotated[
            OrderSort, strawberry.argument(description="By what; newest first.")
        ] = OrderSort.PLACED_AT,
        query: Annotated[
            str | None,
            strawberry.argument(
                description="Words, each the beginning of a number, e-mail, name, phone, SKU, "
                "tracking number or external id of the order."
            ),
        ] = None,
    ) -> Any:
        window = Window(first=first, after=after, last=last, before=before)
        which = criteria(await own_orders(info.context), filter, query)
        by_update = sort is OrderSort.UPDATED_AT
        page = await order_page(info.context, window, which, by_update=by_update)
        if await refresh(info, [edge.node.source for edge in page.edges]):
            page = await order_page(info.context, window, which, by_update=by_update)
        return page


async def _wanted(
    context: Context, id: str | None, ref: SourceRefInput | None, token: str | None
) -> str | None:
    """Return the id that was meant. Raises: InvalidInput unless exactly one way was given, and
    Forbidden for who has neither the scope nor a link."""
    if token is None:
        context.principal.require(Scope.ORDERS_READ)
    if sum(one is not None for one in (id, ref, token)) != 1:
        raise InvalidInput("give id, ref or token: one of them", path=("id",))
    if id is not None:
        return ids.require(ids.ORDER, id)
    if ref is not None:
        async with context.units.read() as unit:
            return await service.find_ref(unit, ref.system, ref.external_id)
    return _guest(context, token or "").order_id


def _guest(context: Context, token: str) -> Principal:
    """A link shows its one order to whoever holds it, whatever else they may see."""
    principal = context.services.links.open(token)
    context.principal = principal
    context.renew()
    return principal
