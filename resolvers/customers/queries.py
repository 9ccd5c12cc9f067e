"""Customer queries."""

from typing import Annotated, Any

import strawberry

from gateway import ids
from gateway.auth.scopes import Role, Scope
from gateway.clock import micros
from gateway.domain.customers import model, repository
from gateway.store.paging import Slice
from resolvers.access import requires
from resolvers.context import Context, Info
from resolvers.customers.types import Customer
from resolvers.loaders.customers import customers_by_id, customers_seen_by
from resolvers.paging import After, Before, Connection, First, Last, Paged, Window

CUSTOMERS: Paged[model.Customer] = Paged("customers", lambda one: (micros(one.created_at), one.id))


@strawberry.type
class CustomerQueries:
    @strawberry.field(
        description="One person.",
        graphql_type=Customer | None,
        directives=requires(Scope.CUSTOMERS_READ),
    )
    async def customer(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Their id here.")],
    ) -> Any:
        return await find_customer(info.context, ids.require(ids.CUSTOMER, id))

    @strawberry.field(
        description="People, the newest here first.",
        graphql_type=Connection[Customer],
        directives=requires(Scope.CUSTOMERS_READ),
    )
    async def customers(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        email: Annotated[
            str | None, strawberry.argument(description="Only with exactly this e-mail address.")
        ] = None,
    ) -> Any:
        only = await _own(info.context)

        async def read(slice: Slice) -> list[model.Customer]:
            async with info.context.units.read() as unit:
                return await repository.page(unit, slice, email=email, only_ids=only)

        window = Window(first=first, after=after, last=last, before=before)
        return await CUSTOMERS.page(info.context, window, read)


async def find_customer(context: Context, id: str) -> model.Customer | None:
    """Return a person whom the caller may see."""
    if not context.principal.may(Scope.CUSTOMERS_READ):
        return None
    customer = await context.loader(customers_by_id).load(id)
    only = await _own(context)
    return customer if customer and (only is None or customer.id in only) else None


async def _own(context: Context) -> list[str] | None:
    """Return whom the caller may see; None is everybody. A store's staff see who bought there."""
    principal = context.principal
    if principal.role in (Role.AGENT, Role.ADMIN):
        return None
    if principal.role is Role.SHOPPER:
        return [principal.customer_id] if principal.customer_id else []
    return await context.loader(customers_seen_by).load("all")
