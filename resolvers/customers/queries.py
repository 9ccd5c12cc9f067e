"""Customer queries."""

from typing import Annotated, Any

import strawberry

from gateway import ids
from gateway.auth.scopes import Scope
from gateway.clock import micros
from gateway.domain.customers import model, repository
from gateway.store.paging import Slice
from resolvers.access import requires
from resolvers.context import Info
from resolvers.customers.types import Customer
from resolvers.loaders.customers import find_customer, own_customers
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
        only = await own_customers(info.context)

        async def read(slice: Slice) -> list[model.Customer]:
            async with info.context.units.read() as unit:
                return await repository.page(unit, slice, email=email, only_ids=only)

        window = Window(first=first, after=after, last=last, before=before)
        return await CUSTOMERS.page(info.context, window, read)
