"""What callers say about refunds."""

import strawberry

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
