"""Returns and refunds, as the graph shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from gateway.domain.returns import model
from gateway.execution.engine.batch import batch
from resolvers.context import Info
from resolvers.enums import RefundStatus, ReturnStatus
from resolvers.fulfillment.types import FulfillmentLine
from resolvers.loaders.orders import orders_by_id
from resolvers.nodes import Node
from resolvers.scalars import Money
from resolvers.sources import SourceRef, refs

if TYPE_CHECKING:
    from resolvers.orders.types import Order

_OrderType = Annotated["Order", strawberry.lazy("resolvers.orders.types")]


@strawberry.type(description="Money given back.")
class Refund(Node):
    """Resolved from `gateway.domain.returns.model.Refund`."""

    version: int = strawberry.field(description="Counts what changed, from 1.")
    status: RefundStatus = strawberry.field(description="Whether the money went back.")
    raw_status: str = strawberry.field(description="The system's own word.")
    amount: Money = strawberry.field(description="How much.")
    reason: str | None = strawberry.field(description="Why.")
    created_at: datetime | None = strawberry.field(description="When it was asked for.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, model.Refund)

    @strawberry.field(description="What for.", graphql_type=list[FulfillmentLine])
    @staticmethod
    def lines(root: strawberry.Parent[model.Refund]) -> Any:
        return root.returned_lines

    @batch(description="The order; null for a payment without one.", graphql_type=_OrderType | None)
    @staticmethod
    async def order(parents: Sequence[model.Refund], info: Info) -> list[Any]:
        return await info.context.many(orders_by_id, [one.parent_id for one in parents])

    @batch(description="Where its facts come from.")
    @staticmethod
    async def source_refs(parents: Sequence[model.Refund], info: Info) -> list[list[SourceRef]]:
        return await refs(info, [[one.source] for one in parents])


@strawberry.type(description="Goods coming back.")
class Return(Node):
    """Resolved from `gateway.domain.returns.model.Return`."""

    version: int = strawberry.field(description="Counts what changed, from 1.")
    status: ReturnStatus = strawberry.field(description="How far the goods are back.")
    raw_status: str = strawberry.field(description="The system's own word.")
    reason: str | None = strawberry.field(description="Why.")
    created_at: datetime | None = strawberry.field(description="When it was asked for.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, model.Return)

    @strawberry.field(description="What comes back.", graphql_type=list[FulfillmentLine])
    @staticmethod
    def lines(root: strawberry.Parent[model.Return]) -> Any:
        return root.returned_lines

    @batch(description="The order; null when unknown here.", graphql_type=_OrderType | None)
    @staticmethod
    async def order(parents: Sequence[model.Return], info: Info) -> list[Any]:
        return await info.context.many(orders_by_id, [one.parent_id for one in parents])

    @batch(description="Where its facts come from.")
    @staticmethod
    async def source_refs(parents: Sequence[model.Return], info: Info) -> list[list[SourceRef]]:
        return await refs(info, [[one.source] for one in parents])
