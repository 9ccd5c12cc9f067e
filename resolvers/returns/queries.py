"""Queries of returns."""

from typing import Annotated, Any

import strawberry

from gateway import ids
from gateway.auth.scopes import Role, Scope
from gateway.clock import micros
from gateway.domain.returns import model, repository
from gateway.store.paging import Slice
from resolvers.access import requires
from resolvers.context import Context, Info
from resolvers.loaders.orders import orders_by_id
from resolvers.paging import After, Before, Connection, First, Last, Paged, Window
from resolvers.returns.types import Return

RETURNS: Paged[model.Return] = Paged(
    "returns", lambda one: (micros(one.created_at or one.source.fetched_at), one.id)
)


@strawberry.type
class ReturnQueries:
    @strawberry.field(
        name="return",
        description="One return.",
        graphql_type=Return | None,
        directives=requires(Scope.RETURNS_READ),
    )
    async def return_(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id here.")],
    ) -> Any:
        return await find_return(info.context, ids.require(ids.RETURN, id))

    @strawberry.field(
        description="Returns, newest first; who does not look across gives an order.",
        graphql_type=Connection[Return],
        directives=requires(Scope.RETURNS_READ),
    )
    async def returns(
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
    ) -> Any:
        orders = await _orders(info.context, order_id)

        async def read(slice: Slice) -> list[model.Return]:
            async with info.context.units.read() as unit:
                return await repository.return_page(unit, slice, orders)

        window = Window(first=first, after=after, last=last, before=before)
        return await RETURNS.page(info.context, window, read)


async def find_return(context: Context, id: str) -> model.Return | None:
    """Return a return of an order that the caller may see."""
    async with context.units.read() as unit:
        found = (await repository.returns.by_ids(unit, [id])).get(id)
    return found if found and await _is_own(context, found.parent_id) else None


async def find_refund(context: Context, id: str) -> model.Refund | None:
    """Return a refund of an order that the caller may see."""
    async with context.units.read() as unit:
        found = (await repository.refunds.by_ids(unit, [id])).get(id)
    return found if found and await _is_own(context, found.parent_id) else None


async def _is_own(context: Context, order_id: str | None) -> bool:
    if order_id is None:
        return context.principal.role in (Role.AGENT, Role.ADMIN)
    return await context.loader(orders_by_id).load(order_id) is not None


async def _orders(context: Context, order_id: str | None) -> list[str] | None:
    if order_id is None:
        looks_across = context.principal.role in (Role.AGENT, Role.ADMIN)
        return None if looks_across else []
    wanted = ids.require(ids.ORDER, order_id)
    return [wanted] if await _is_own(context, wanted) else []
