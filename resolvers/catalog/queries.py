"""Catalog queries."""

from typing import Annotated, Any

import strawberry

from gateway import ids
from gateway.auth.scopes import Scope
from gateway.clock import micros
from gateway.domain.catalog import model, repository
from gateway.store.paging import Slice
from resolvers.access import requires
from resolvers.catalog.types import Product, ProductVariant
from resolvers.context import Info
from resolvers.loaders.catalog import products_by_id, variants_by_sku
from resolvers.paging import After, Before, Connection, First, Last, Paged, Window

PRODUCTS: Paged[model.Product] = Paged("products", lambda one: (micros(one.created_at), one.id))


@strawberry.type
class CatalogQueries:
    @strawberry.field(
        description="One product of one system.",
        graphql_type=Product | None,
        directives=requires(Scope.CATALOG_READ),
    )
    async def product(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id here.")],
    ) -> Any:
        return await info.context.loader(products_by_id).load(ids.require(ids.PRODUCT, id))

    @strawberry.field(
        description="Products of all systems, the newest here first.",
        graphql_type=Connection[Product],
        directives=requires(Scope.CATALOG_READ),
    )
    async def products(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        connections: Annotated[
            list[str] | None, strawberry.argument(description="Only of these connections.")
        ] = None,
    ) -> Any:
        async def read(slice: Slice) -> list[model.Product]:
            async with info.context.units.read() as unit:
                return await repository.product_page(unit, slice, connections)

        window = Window(first=first, after=after, last=last, before=before)
        return await PRODUCTS.page(info.context, window, read)

    @strawberry.field(
        description="What is sold under a SKU, whatever systems call it.",
        graphql_type=ProductVariant | None,
        directives=requires(Scope.CATALOG_READ),
    )
    async def variant(
        self,
        info: Info,
        sku: Annotated[str, strawberry.argument(description="The stock keeping unit.")],
    ) -> Any:
        return await info.context.loader(variants_by_sku).load(sku)
