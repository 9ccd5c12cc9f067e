"""Order mutations. Each acts in the system that sold the order, through the outbox."""

from typing import Annotated, Any

import strawberry

from gateway.auth.scopes import Scope
from gateway.errors import Refused
from gateway.orchestration.requests import orders
from resolvers import refusals
from resolvers.access import requires
from resolvers.context import Info
from resolvers.orders.inputs import OrderCancelInput
from resolvers.orders.types import Order
from resolvers.refusals import UserError
from resolvers.requests import again, request, seen
from resolvers.systems.types import Effect


@strawberry.type(description="What became of a request to cancel.")
class OrderCancelPayload:
    order: Order | None = strawberry.field(description="The order as it is now.")
    effects: list[Effect] = strawberry.field(description="What the shop was told.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it went well.")


_CancelInput = Annotated[OrderCancelInput, strawberry.argument(description="What to cancel.")]


@strawberry.type
class OrderMutations:
    @strawberry.mutation(
        description="Cancel what of an order has not left, in the system that sold it. Refunds "
        "nothing. Codes: NOT_FOUND, ILLEGAL_TRANSITION, VERSION_CONFLICT, CAPABILITY_MISSING, "
        "IDEMPOTENCY_CONFLICT, UPSTREAM_REJECTED, UPSTREAM_UNKNOWN.",
        graphql_type=OrderCancelPayload,
        directives=requires(Scope.ORDERS_WRITE),
    )
    async def order_cancel(self, info: Info, input: _CancelInput) -> Any:
        context = info.context
        try:
            order = await seen(context, input.id)
            asked = await orders.cancel(
                context.services.asking,
                request(context, "orderCancel", input),
                order.id,
                input.reason,
                input.expected_version,
            )
        except Refused as refused:
            return OrderCancelPayload(order=None, effects=[], user_errors=[refusals.of(refused)])
        return OrderCancelPayload(
            order=await again(context, asked),  # type: ignore[arg-type]
            effects=asked.effects,  # type: ignore[arg-type]
            user_errors=refusals.of_effects(asked),
        )
