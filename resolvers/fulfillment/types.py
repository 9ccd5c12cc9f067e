"""Work, shipments and deliveries, as the graph shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from gateway.domain.fulfillment import deliveries, model, shipments
from gateway.execution.engine.batch import batch
from resolvers.context import Info
from resolvers.enums import (
    FulfillmentMethod,
    FulfillmentOrderStatus,
    RequestStatus,
    ShipmentStatus,
    Stage,
    TrackingStatus,
)
from resolvers.inventory.types import Location
from resolvers.loaders.fulfillment import (
    deliveries_of_shipment,
    shipments_by_id,
    shipments_of_work,
    work_by_id,
)
from resolvers.loaders.inventory import locations_by_id
from resolvers.loaders.orders import orders_by_id
from resolvers.nodes import Node
from resolvers.paging import sized
from resolvers.scalars import URL, Money
from resolvers.sources import SourceRef, refs

if TYPE_CHECKING:
    from resolvers.orders.types import Order


_OrderType = Annotated["Order", strawberry.lazy("resolvers.orders.types")]


@strawberry.type(description="Units of one line in a piece of work or a shipment.")
class FulfillmentLine:
    line_id: strawberry.ID | None = strawberry.field(
        description="The order's line; null when the system names none of ours."
    )
    sku: str | None = strawberry.field(description="The stock keeping unit.")
    quantity: int = strawberry.field(description="How many units.")


@strawberry.type(description="A parcel's number at a carrier.")
class TrackingNumber:
    number: str = strawberry.field(description="The number.")
    carrier: str | None = strawberry.field(description="The carrier, as the system spells it.")
    url: URL | None = strawberry.field(description="The carrier's page of it.")


@strawberry.type(description="A scan of a parcel.")
class TrackingEvent:
    occurred_at: datetime = strawberry.field(description="When, as the carrier says.")
    status: TrackingStatus = strawberry.field(description="In the one vocabulary.")
    raw_status: str = strawberry.field(description="The carrier's own code.")
    description: str | None = strawberry.field(description="The carrier's words.")
    location: str | None = strawberry.field(description="Where.")
    reason: str | None = strawberry.field(
        description="What went wrong, by family: carrier_*, consignee_*, customs_*, weather_*."
    )


@strawberry.type(description="One parcel on its way, whoever carries it.")
class Delivery(Node):
    """Resolved from `gateway.domain.fulfillment.deliveries.Delivery`."""

    version: int = strawberry.field(description="Counts what changed, from 1.")
    tracking_number: str = strawberry.field(description="The parcel's number.")
    carrier: str | None = strawberry.field(description="Who carries it.")
    status: TrackingStatus = strawberry.field(
        description="Where it is. Late, repeated and corrected scans do not move it backwards."
    )
    raw_status: str | None = strawberry.field(description="The carrier's own word.")
    events: list[TrackingEvent] = strawberry.field(description="Every scan once, oldest first.")
    estimated_delivery_at: datetime | None = strawberry.field(
        description="When the carrier means to deliver."
    )
    delivered_at: datetime | None = strawberry.field(description="When it was delivered.")
    signed_by: str | None = strawberry.field(description="Who took it.")
    url: URL | None = strawberry.field(description="The carrier's page of it.")
    updated_at: datetime = strawberry.field(description="When it last changed here.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, deliveries.Delivery)

    @batch(description="Whose it is; null when unknown here.", graphql_type=_OrderType | None)
    @staticmethod
    async def order(parents: Sequence[deliveries.Delivery], info: Info) -> list[Any]:
        return await info.context.many(orders_by_id, [one.order_id for one in parents])

    @batch(
        description="The shipment it is of; null when unknown here.",
        graphql_type=Annotated["Shipment", strawberry.lazy("resolvers.fulfillment.types")] | None,
    )
    @staticmethod
    async def shipment(parents: Sequence[deliveries.Delivery], info: Info) -> list[Any]:
        return await info.context.many(shipments_by_id, [one.shipment_id for one in parents])

    @batch(description="Where its facts come from.")
    @staticmethod
    async def source_refs(
        parents: Sequence[deliveries.Delivery], info: Info
    ) -> list[list[SourceRef]]:
        sources = [[one.source for one in parent.scanned] for parent in parents]
        return await refs(info, sources)


@strawberry.type(
    description="Goods that left, or are about to: the label, the warehouse's package and the "
    "shop's fulfillment of one parcel are one shipment."
)
class Shipment(Node):
    """Resolved from `gateway.domain.fulfillment.shipments.Shipment`."""

    version: int = strawberry.field(description="Counts what changed, from 1.")
    status: ShipmentStatus = strawberry.field(description="The furthest that a system has seen.")
    tracking: list[TrackingNumber] = strawberry.field(
        description="Its parcels' numbers.", directives=sized(2)
    )
    service: str | None = strawberry.field(description="The carrier's service.")
    label_url: URL | None = strawberry.field(description="The label to print.")
    cost: Money | None = strawberry.field(description="What the label cost.")
    lines: list[FulfillmentLine] = strawberry.field(description="What is in it.")
    shipped_at: datetime | None = strawberry.field(description="When it left.")
    delivered_at: datetime | None = strawberry.field(description="When it arrived.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it last changed here.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, shipments.Shipment)

    @batch(description="Whose it is; null when unknown here.", graphql_type=_OrderType | None)
    @staticmethod
    async def order(parents: Sequence[shipments.Shipment], info: Info) -> list[Any]:
        return await info.context.many(orders_by_id, [one.order_id for one in parents])

    @batch(
        description="The work it came out of.",
        graphql_type=Annotated["FulfillmentOrder", strawberry.lazy("resolvers.fulfillment.types")]
        | None,
    )
    @staticmethod
    async def fulfillment_order(parents: Sequence[shipments.Shipment], info: Info) -> list[Any]:
        return await info.context.many(work_by_id, [one.fulfillment_order_id for one in parents])

    @batch(description="Where its parcels are.", graphql_type=list[Delivery], directives=sized(2))
    @staticmethod
    async def deliveries(parents: Sequence[shipments.Shipment], info: Info) -> list[Any]:
        return await info.context.many(deliveries_of_shipment, [one.id for one in parents])

    @batch(description="Where it left from.", graphql_type=Location | None)
    @staticmethod
    async def location(parents: Sequence[shipments.Shipment], info: Info) -> list[Any]:
        return await info.context.many(locations_by_id, [one.location_id for one in parents])

    @batch(description="Where its facts come from.")
    @staticmethod
    async def source_refs(
        parents: Sequence[shipments.Shipment], info: Info
    ) -> list[list[SourceRef]]:
        sources = [[one.source for one in parent.sent] for parent in parents]
        return await refs(info, sources)


@strawberry.type(description="Work for one location: what of an order is to be sent from there.")
class FulfillmentOrder(Node):
    """Resolved from `gateway.domain.fulfillment.model.FulfillmentOrder`."""

    version: int = strawberry.field(description="Counts what changed, from 1.")
    status: FulfillmentOrderStatus = strawberry.field(description="Of the work.")
    request_status: RequestStatus = strawberry.field(description="What the fulfiller answered.")
    stage: Stage = strawberry.field(description="How far the work is.")
    method: FulfillmentMethod = strawberry.field(description="How the goods reach the customer.")
    fulfiller: str | None = strawberry.field(description="The connection that does the work.")
    lines: list[FulfillmentLine] = strawberry.field(description="What is to be sent.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it last changed here.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, model.FulfillmentOrder)

    @batch(description="Whose it is; null when unknown here.", graphql_type=_OrderType | None)
    @staticmethod
    async def order(parents: Sequence[model.FulfillmentOrder], info: Info) -> list[Any]:
        return await info.context.many(orders_by_id, [one.order_id for one in parents])

    @batch(description="Where it is done.", graphql_type=Location | None)
    @staticmethod
    async def location(parents: Sequence[model.FulfillmentOrder], info: Info) -> list[Any]:
        return await info.context.many(locations_by_id, [one.location_id for one in parents])

    @batch(description="What came out of it.", graphql_type=list[Shipment], directives=sized(2))
    @staticmethod
    async def shipments(parents: Sequence[model.FulfillmentOrder], info: Info) -> list[Any]:
        return await info.context.many(shipments_of_work, [one.id for one in parents])

    @batch(description="Where its facts come from; empty for what was made here.")
    @staticmethod
    async def source_refs(
        parents: Sequence[model.FulfillmentOrder], info: Info
    ) -> list[list[SourceRef]]:
        sources = [[one.source for one in parent.worked] for parent in parents]
        return await refs(info, sources)
