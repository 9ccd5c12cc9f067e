"""What callers say about refunds and returns."""

import strawberry

from resolvers.enums import Disposition, ReturnReason
from resolvers.scalars import MoneyInput


@strawberry.input(description="Units of one line.")
class LineQuantityInput:
    line_id: strawberry.ID = strawberry.field(description="The order's line.")
    quantity: int = strawberry.field(description="How many units.")


@strawberry.input(description="Give money back on an order.")
class RefundCreateInput:
    idempotency_key: str = strawberry.field(
        description="The same key with the same input is the same request, also after a restart."
    )
    order_id: strawberry.ID = strawberry.field(description="The order.")
    amount: MoneyInput = strawberry.field(
        description="How much; never more than what was taken and not given back."
    )
    reason: str = strawberry.field(description="Why, for people and the shop.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="What for, where the shop wants to know."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the order's version still is this."
    )


@strawberry.input(description="Send goods back.")
class ReturnRequestInput:
    idempotency_key: str = strawberry.field(
        description="The same key with the same input is the same request, also after a restart."
    )
    order_id: strawberry.ID = strawberry.field(description="The order they are of.")
    lines: list[LineQuantityInput] = strawberry.field(
        description="Which units; never more than have left and are not coming back already."
    )
    reason: ReturnReason = strawberry.field(description="Why.")
    note: str | None = strawberry.field(default=None, description="What else there is to say.")
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where to; unsaid, where the system has returns come to."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the order's version still is this."
    )


@strawberry.input(description="Units of one line that arrived, and what becomes of them.")
class ReceivedLineInput:
    line_id: strawberry.ID = strawberry.field(description="The order's line.")
    quantity: int = strawberry.field(description="How many units.")
    disposition: Disposition = strawberry.field(
        default=Disposition.RESTOCKED, description="What becomes of them."
    )


@strawberry.input(description="Take in the goods of a return.")
class ReturnReceiveInput:
    idempotency_key: str = strawberry.field(
        description="The same key with the same input is the same request, also after a restart."
    )
    id: strawberry.ID = strawberry.field(description="The return.")
    lines: list[ReceivedLineInput] | None = strawberry.field(
        default=None, description="What arrived; unsaid, all of it, and it goes back on sale."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where; unsaid, where the system expected them."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the return's version still is this."
    )
