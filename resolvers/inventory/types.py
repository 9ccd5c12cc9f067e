"""Locations and stock, as the graph shows them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from gateway.domain.inventory import model
from gateway.execution.engine.batch import batch
from resolvers.context import Info
from resolvers.enums import LocationType
from resolvers.loaders.catalog import variants_by_id
from resolvers.loaders.inventory import locations_by_id
from resolvers.nodes import Node
from resolvers.scalars import Address
from resolvers.sources import SourceRef, refs

if TYPE_CHECKING:
    from resolvers.catalog.types import ProductVariant


@strawberry.type(description="A place, joined over the systems by its code.")
class Location(Node):
    """Resolved from `gateway.domain.inventory.model.Location`."""

    version: int = strawberry.field(description="Counts what changed, from 1.")
    code: str = strawberry.field(description='What joins it over systems: "DC-RENO".')
    name: str = strawberry.field(description="For people.")
    type: LocationType = strawberry.field(description="What kind of place it is.")
    is_active: bool = strawberry.field(description="It is in use.")
    address: Address | None = strawberry.field(description="Where it is.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, model.Location)

    @batch(description="Where its facts come from.")
    @staticmethod
    async def source_refs(parents: Sequence[model.Location], info: Info) -> list[list[SourceRef]]:
        sources = [[one.source for one in parent.placed] for parent in parents]
        return await refs(info, sources)


@strawberry.type(
    description="Units by state. Null: nobody counts that state. `available = onHand - committed "
    "- reserved - safetyStock - qualityControl - damaged`. COMMITTED is hard (placed orders), "
    "RESERVED is soft (a cart holding for a while)."
)
class InventoryQuantities:
    on_hand: int | None = strawberry.field(description="Physically there.")
    available: int | None = strawberry.field(description="There and free to be sold.")
    committed: int | None = strawberry.field(description="Promised to placed orders.")
    reserved: int | None = strawberry.field(description="Held for a while by carts.")
    safety_stock: int | None = strawberry.field(description="Kept back.")
    quality_control: int | None = strawberry.field(description="Being looked at.")
    damaged: int | None = strawberry.field(description="Not to be sold.")
    incoming: int | None = strawberry.field(description="On the way there.")


@strawberry.type(description="The stock of one item at one location as one system counts it.")
class InventoryCount:
    """Resolved from `gateway.domain.inventory.model.Counted`."""

    quantities: InventoryQuantities = strawberry.field(description="What it counts.")

    @strawberry.field(description='The kind of system: "tryton".')
    @staticmethod
    def system(root: strawberry.Parent[model.Counted]) -> str:
        return root.source.system

    @strawberry.field(description='The configured account of it: "wms".')
    @staticmethod
    def connection(root: strawberry.Parent[model.Counted]) -> str:
        return root.source.connection


@strawberry.type(description="The stock of one item at one location.")
class InventoryLevel(Node):
    """Resolved from `gateway.domain.inventory.model.Level`."""

    version: int = strawberry.field(description="Counts what changed, from 1.")
    quantities: InventoryQuantities = strawberry.field(
        description="As the authority counts: who handles the stock before who only shows it."
    )
    is_agreed: bool = strawberry.field(
        description="Every system that counts on-hand stock here counts the same."
    )

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, model.Level)

    @strawberry.field(description="The stock keeping unit; empty when no system states one.")
    @staticmethod
    def sku(root: strawberry.Parent[model.Level]) -> str:
        return root.sku or ""

    @strawberry.field(description="Free to be sold.")
    @staticmethod
    def available(root: strawberry.Parent[model.Level]) -> int | None:
        return root.quantities.available

    @strawberry.field(description="Physically there.")
    @staticmethod
    def on_hand(root: strawberry.Parent[model.Level]) -> int | None:
        return root.quantities.on_hand

    @batch(description="The place.", graphql_type=Location)
    @staticmethod
    async def location(parents: Sequence[model.Level], info: Info) -> list[Any]:
        return await info.context.many(locations_by_id, [one.location_id for one in parents])

    @batch(
        description="The item.",
        graphql_type=Annotated["ProductVariant", strawberry.lazy("resolvers.catalog.types")] | None,
    )
    @staticmethod
    async def variant(parents: Sequence[model.Level], info: Info) -> list[Any]:
        return await info.context.many(variants_by_id, [one.variant_id for one in parents])

    @strawberry.field(
        description="What each system counts, the authority first.",
        graphql_type=list[InventoryCount],
    )
    @staticmethod
    def counts(root: strawberry.Parent[model.Level]) -> Any:
        return sorted(root.counted, key=lambda one: (one.rank, one.source.connection))

    @batch(description="Where its facts come from.")
    @staticmethod
    async def source_refs(parents: Sequence[model.Level], info: Info) -> list[list[SourceRef]]:
        sources = [[one.source for one in parent.counted] for parent in parents]
        return await refs(info, sources)
