"""Refund mutations. Each acts in the system that took the money, through the outbox."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from connectors.sdk.values import Money
from gateway.auth.scopes import Scope
from gateway.domain.orders import model
from gateway.errors import InvalidInput, Refused
from gateway.orchestration.asking import Asked, RefundWanted
from resolvers import refusals
from resolvers.access import requires
from resolvers.context import Context, Info
from resolvers.loaders.returns import refunds_of_order
from resolvers.orders.types import Order
from resolvers.refusals import UserError
from resolvers.requests import again, request, seen
from resolvers.returns.inputs import RefundCreateInput
from resolvers.returns.types import Refund
from resolvers.systems.types import Effect

_RefundInput = Annotated[RefundCreateInput, strawberry.argument(description="What to refund.")]


@strawberry.type(description="What became of a request to refund.")
class RefundCreatePayload:
    order: Order | None = strawberry.field(description="The order as it is now.")
    refund: Refund | None = strawberry.field(description="The refund, once the system made it.")
    effects: list[Effect] = strawberry.field(description="What the system was told.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it went well.")


@strawberry.type
class RefundMutations:
    @strawberry.mutation(
        description="Give money back on an order, in the system that took it. Codes: NOT_FOUND, "
        "INVALID_INPUT, AMOUNT_TOO_LARGE, VERSION_CONFLICT, CAPABILITY_MISSING, "
        "IDEMPOTENCY_CONFLICT, UPSTREAM_REJECTED, UPSTREAM_UNKNOWN.",
        graphql_type=RefundCreatePayload,
        directives=requires(Scope.REFUNDS_WRITE),
    )
    async def refund_create(self, info: Info, input: _RefundInput) -> Any:
        context = info.context
        try:
            order = await seen(context, input.order_id)
            asked = await context.services.asking.refund(
                request(context, "refundCreate", input), _wanted(order, input)
            )
        except Refused as refused:
            return RefundCreatePayload(
                order=None, refund=None, effects=[], user_errors=[refusals.of(refused)]
            )
        return RefundCreatePayload(
            order=await again(context, asked),  # type: ignore[arg-type]
            refund=await _made(context, asked),
            effects=asked.effects,  # type: ignore[arg-type]
            user_errors=refusals.of_effects(asked),
        )


def _wanted(order: model.Order, input: RefundCreateInput) -> RefundWanted:
    try:
        amount = Money.of(input.amount.amount, input.amount.currency_code)
    except ValueError as error:
        raise InvalidInput(str(error), path=("amount",)) from error
    if Decimal(amount.amount) != Decimal(input.amount.amount):
        raise InvalidInput(f"{amount.currency} has not so many digits", path=("amount",))
    lines = tuple((str(one.line_id), one.quantity) for one in input.lines or [])
    return RefundWanted(
        order_id=order.id,
        amount=amount,
        reason=input.reason,
        lines=lines,
        expected_version=input.expected_version,
    )


async def _made(context: Context, asked: Asked) -> Any:
    """The refund that the effect's outcome names."""
    made = {one.external_id for one in asked.effects if one.external_id}
    refunds = await context.loader(refunds_of_order).load(asked.subject)
    return next((one for one in refunds if one.external_id in made), None)
