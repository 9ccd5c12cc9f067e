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
from resolvers.loaders.returns import find_return, is_own
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


async def _orders(context: Context, order_id: str | None) -> list[str] | None:
    if order_id is None:
        looks_across = context.principal.role in (Role.AGENT, Role.ADMIN)
        return None if looks_across else []
    wanted = ids.require(ids.ORDER, order_id)
    return [wanted] if await is_own(context, wanted) else []
