"""Products and variants, as the graph shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from gateway.auth.scopes import Scope
from gateway.domain.catalog import model
from gateway.execution.engine.batch import batch
from resolvers.access import own_locations, requires
from resolvers.context import Info
from resolvers.enums import ProductStatus
from resolvers.loaders.catalog import levels_of_variant, products_by_id, variants_by_id
from resolvers.nodes import Node
from resolvers.scalars import Money
from resolvers.sources import SourceRef, refs

if TYPE_CHECKING:
    from resolvers.inventory.types import InventoryLevel


@strawberry.type(description="A choice that makes a variant: Size M.")
class SelectedOption:
    """Resolved from a (name, value) pair."""

    @strawberry.field(description="What is chosen.")
    @staticmethod
    def name(root: strawberry.Parent[tuple[str, str]]) -> str:
        return root[0]

    @strawberry.field(description="The choice.")
    @staticmethod
    def value(root: strawberry.Parent[tuple[str, str]]) -> str:
        return root[1]


@strawberry.type(description="What a system calls a variant: one row of the SKU map.")
class VariantListing:
    """Resolved from `gateway.domain.catalog.model.Listed`."""

    @strawberry.field(description='The kind of system: "shopify".')
    @staticmethod
    def system(root: strawberry.Parent[model.Listed]) -> str:
        return root.source.system

    @strawberry.field(description='The configured account of it: "shop-us".')
    @staticmethod
    def connection(root: strawberry.Parent[model.Listed]) -> str:
        return root.source.connection

    @strawberry.field(description="The system's id of the variant.")
    @staticmethod
    def external_id(root: strawberry.Parent[model.Listed]) -> str:
        return root.record.external_id

    @strawberry.field(description="The SKU that the system states, as it spells it.")
    @staticmethod
    def sku(root: strawberry.Parent[model.Listed]) -> str | None:
        return root.record.external_sku or root.record.sku

    @strawberry.field(description="The system's id for stock, where it is another.")
    @staticmethod
    def inventory_item_id(root: strawberry.Parent[model.Listed]) -> str | None:
        return root.record.inventory_item_id

    @strawberry.field(description="The price there.", graphql_type=Money | None)
    @staticmethod
    def price(root: strawberry.Parent[model.Listed]) -> Any:
        return root.record.price


@strawberry.type(description="What is sold and counted: one a SKU, whatever systems call it.")
class ProductVariant(Node):
    """Resolved from `gateway.domain.catalog.model.Variant`."""

    version: int = strawberry.field(description="Counts what changed, from 1.")
    sku: str | None = strawberry.field(description="The stock keeping unit that joins systems.")
    title: str = strawberry.field(description="For people.")
    barcode: str | None = strawberry.field(description="GTIN, where a system states one.")
    price: Money | None = strawberry.field(description="Of the first system that states one.")
    weight_g: int | None = strawberry.field(description="Grams.")
    options: list[SelectedOption] = strawberry.field(description="The choices that make it.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, model.Variant)

    @strawberry.field(
        description="What each system calls it: the SKU map.", graphql_type=list[VariantListing]
    )
    @staticmethod
    def listings(root: strawberry.Parent[model.Variant]) -> Any:
        return root.listed

    @batch(
        description="The product it is of, in the first system that lists it.",
        graphql_type=Annotated["Product", strawberry.lazy("resolvers.catalog.types")] | None,
    )
    @staticmethod
    async def product(parents: Sequence[model.Variant], info: Info) -> list[Any]:
        ids = [one.listed[0].product_id if one.listed else None for one in parents]
        return await info.context.many(products_by_id, ids)

    @batch(
        description="Its stock at every location that the caller may see.",
        directives=requires(Scope.INVENTORY_READ),
        graphql_type=list[
            Annotated["InventoryLevel", strawberry.lazy("resolvers.inventory.types")]
        ],
    )
    @staticmethod
    async def inventory_levels(parents: Sequence[model.Variant], info: Info) -> list[Any]:
        levels = await info.context.many(levels_of_variant, [one.id for one in parents])
        own = await own_locations(info.context)
        if own is None:
            return levels
        return [[one for one in those or () if one.location_id in own] for those in levels]

    @batch(description="Where its facts come from.")
    @staticmethod
    async def source_refs(parents: Sequence[model.Variant], info: Info) -> list[list[SourceRef]]:
        sources = [[one.source for one in parent.listed] for parent in parents]
        return await refs(info, sources)


@strawberry.type(description="A product as one system states it; variants are shared by SKU.")
class Product(Node):
    """Resolved from `gateway.domain.catalog.model.Product`."""

    version: int = strawberry.field(description="Counts what changed, from 1.")
    title: str = strawberry.field(description="For people.")
    description: str | None = strawberry.field(description="For people, at length.")
    status: ProductStatus = strawberry.field(description="Whether it is sold.")
    raw_status: str = strawberry.field(description="The system's own word.")
    created_at: datetime = strawberry.field(description="When it came here.")
    updated_at: datetime = strawberry.field(description="When it last changed here.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, model.Product)

    @batch(description="What can be bought of it.", graphql_type=list[ProductVariant])
    @staticmethod
    async def variants(parents: Sequence[model.Product], info: Info) -> list[Any]:
        ids = [one.variant_ids for one in parents]
        return await info.context.lists(variants_by_id, ids)

    @batch(description="Where its facts come from.")
    @staticmethod
    async def source_refs(parents: Sequence[model.Product], info: Info) -> list[list[SourceRef]]:
        return await refs(info, [[one.source] for one in parents])
