"""Mutations of refunds and returns: each acts in the system that has them, through the outbox."""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from aiodataloader import DataLoader

from connectors.sdk.values import Money
from gateway import ids
from gateway.auth.scopes import Scope
from gateway.domain.orders import model
from gateway.errors import InvalidInput, NotFound, Refused
from gateway.orchestration.asking import Asked
from gateway.orchestration.requests import refunds, returns
from gateway.orchestration.requests.refunds import RefundWanted
from gateway.orchestration.requests.returns import Arrived, Receipt, ReturnWanted
from resolvers import refusals
from resolvers.access import requires
from resolvers.context import Context, Info
from resolvers.loaders.returns import find_return, refunds_of_order, returns_of_order
from resolvers.orders.types import Order
from resolvers.refusals import UserError
from resolvers.requests import again, request, seen
from resolvers.returns.inputs import RefundCreateInput, ReturnReceiveInput, ReturnRequestInput
from resolvers.returns.types import Refund, Return
from resolvers.systems.types import Effect

Loads = Callable[[Context], DataLoader[str, list[Any]]]

_ReturnInput = Annotated[ReturnRequestInput, strawberry.argument(description="What to send back.")]
_ReceiptInput = Annotated[ReturnReceiveInput, strawberry.argument(description="What arrived.")]
_RefundInput = Annotated[RefundCreateInput, strawberry.argument(description="What to refund.")]


@strawberry.type(description="What became of a request to refund.")
class RefundCreatePayload:
    order: Order | None = strawberry.field(description="The order as it is now.")
    refund: Refund | None = strawberry.field(description="The refund, once the system made it.")
    effects: list[Effect] = strawberry.field(description="What the system was told.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it went well.")


@strawberry.type(description="What became of a request to return.")
class ReturnRequestPayload:
    order: Order | None = strawberry.field(description="The order as it is now.")
    return_: Return | None = strawberry.field(
        name="return", description="The return, once the system made it."
    )
    effects: list[Effect] = strawberry.field(description="What the system was told.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it went well.")


@strawberry.type(description="What became of goods that arrived.")
class ReturnReceivePayload:
    return_: Return | None = strawberry.field(name="return", description="The return as it is now.")
    effects: list[Effect] = strawberry.field(description="What the system was told.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it went well.")


@strawberry.type
class ReturnMutations:
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
            asked = await refunds.create(
                context.services.asking,
                request(context, "refundCreate", input),
                _wanted(order, input),
            )
        except Refused as refused:
            return RefundCreatePayload(
                order=None, refund=None, effects=[], user_errors=[refusals.of(refused)]
            )
        return RefundCreatePayload(
            order=await again(context, asked),  # type: ignore[arg-type]
            refund=await _made(context, asked, refunds_of_order),
            effects=asked.effects,  # type: ignore[arg-type]
            user_errors=refusals.of_effects(asked),
        )

    @strawberry.mutation(
        description="Ask for goods to be sent back, at the system that sold them. Refunds nothing. "
        "Codes: NOT_FOUND, INVALID_INPUT, VERSION_CONFLICT, CAPABILITY_MISSING, "
        "IDEMPOTENCY_CONFLICT, UPSTREAM_REJECTED, UPSTREAM_UNKNOWN.",
        graphql_type=ReturnRequestPayload,
        directives=requires(Scope.RETURNS_WRITE),
    )
    async def return_request(self, info: Info, input: _ReturnInput) -> Any:
        context = info.context
        try:
            order = await seen(context, input.order_id)
            asked = await returns.request(
                context.services.asking,
                request(context, "returnRequest", input),
                _return_wanted(order, input),
            )
        except Refused as refused:
            return ReturnRequestPayload(
                order=None, return_=None, effects=[], user_errors=[refusals.of(refused)]
            )
        return ReturnRequestPayload(
            order=await again(context, asked),  # type: ignore[arg-type]
            return_=await _made(context, asked, returns_of_order),
            effects=asked.effects,  # type: ignore[arg-type]
            user_errors=refusals.of_effects(asked),
        )

    @strawberry.mutation(
        description="Take in the goods of a return where they arrive: stock moves as each line's "
        "disposition says. Refunds nothing. Codes: NOT_FOUND, INVALID_INPUT, ILLEGAL_TRANSITION, "
        "VERSION_CONFLICT, CAPABILITY_MISSING, IDEMPOTENCY_CONFLICT, UPSTREAM_REJECTED, "
        "UPSTREAM_UNKNOWN.",
        graphql_type=ReturnReceivePayload,
        directives=requires(Scope.RETURNS_RECEIVE),
    )
    async def return_receive(self, info: Info, input: _ReceiptInput) -> Any:
        context = info.context
        try:
            one = await find_return(context, ids.require(ids.RETURN, input.id))
            if one is None:
                raise NotFound("no such return", path=("id",))
            asked = await returns.receive(
                context.services.asking,
                request(context, "returnReceive", input),
                _receipt(one.id, input),
            )
        except Refused as refused:
            return ReturnReceivePayload(
                return_=None, effects=[], user_errors=[refusals.of(refused)]
            )
        context.renew()
        return ReturnReceivePayload(
            return_=await find_return(context, asked.subject),  # type: ignore[arg-type]
            effects=asked.effects,  # type: ignore[arg-type]
            user_errors=refusals.of_effects(asked),
        )


def _return_wanted(order: model.Order, input: ReturnRequestInput) -> ReturnWanted:
    return ReturnWanted(
        order_id=order.id,
        lines=tuple((str(one.line_id), one.quantity) for one in input.lines),
        reason=input.reason,
        note=input.note,
        location_id=_location(input.location_id),
        expected_version=input.expected_version,
    )


def _receipt(return_id: str, input: ReturnReceiveInput) -> Receipt:
    return Receipt(
        return_id=return_id,
        lines=tuple(
            Arrived(line_id=str(one.line_id), quantity=one.quantity, disposition=one.disposition)
            for one in input.lines or []
        ),
        location_id=_location(input.location_id),
        expected_version=input.expected_version,
    )


def _location(id: str | None) -> str | None:
    return ids.require(ids.LOCATION, id) if id else None


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


async def _made(context: Context, asked: Asked, made_of: Loads) -> Any:
    """What of an order the effect's outcome names: a refund, a return."""
    made = {one.external_id for one in asked.effects if one.external_id}
    found = await context.loader(made_of).load(asked.subject)
    return next((one for one in found if one.external_id in made), None)
