"""Inventory mutations."""

from typing import Annotated, Any

import strawberry

from gateway import ids
from gateway.auth.scopes import Scope
from gateway.errors import NotFound, Refused
from gateway.orchestration.requests import stock
from gateway.orchestration.requests.stock import Stock
from resolvers import refusals
from resolvers.access import requires
from resolvers.context import Info
from resolvers.inventory.types import InventoryLevel
from resolvers.loaders.inventory import find_level, levels_by_id
from resolvers.refusals import UserError
from resolvers.requests import request
from resolvers.systems.types import Effect


@strawberry.input(description="Make on-hand stock a number.")
class InventorySetInput:
    idempotency_key: str = strawberry.field(
        description="The same key with the same input is the same request, also after a restart."
    )
    id: strawberry.ID = strawberry.field(description="The inventory level: item and place.")
    quantity: int = strawberry.field(description="Units on hand, zero or more.")
    expected: int | None = strawberry.field(
        default=None, description="Only if so many are on hand now: compare and set."
    )
    reason: str | None = strawberry.field(default=None, description="Why, for people.")


@strawberry.type(description="What became of a request to set stock.")
class InventorySetPayload:
    inventory_level: InventoryLevel | None = strawberry.field(description="As it is now.")
    effects: list[Effect] = strawberry.field(
        description="Who was told: the authority first, then those that show the stock."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it went well.")


@strawberry.type
class InventoryMutations:
    @strawberry.mutation(
        description="Make on-hand stock a number in every system that counts it and can be told. "
        "Codes: NOT_FOUND, INVALID_INPUT, VERSION_CONFLICT, CAPABILITY_MISSING, "
        "IDEMPOTENCY_CONFLICT, UPSTREAM_REJECTED, UPSTREAM_UNKNOWN.",
        graphql_type=InventorySetPayload,
        directives=requires(Scope.INVENTORY_WRITE),
    )
    async def inventory_set(
        self,
        info: Info,
        input: Annotated[InventorySetInput, strawberry.argument(description="What to set.")],
    ) -> Any:
        context = info.context
        try:
            level = await find_level(context, ids.require(ids.LEVEL, input.id))
            if level is None:
                raise NotFound("no such inventory level", path=("id",))
            wanted = Stock(
                level_id=level.id,
                quantity=input.quantity,
                expected=input.expected,
                reason=input.reason,
            )
            asked = await stock.set_on_hand(
                context.services.asking, request(context, "inventorySet", input), wanted
            )
        except Refused as refused:
            return InventorySetPayload(
                inventory_level=None, effects=[], user_errors=[refusals.of(refused)]
            )
        context.renew()
        return InventorySetPayload(
            inventory_level=await context.loader(levels_by_id).load(asked.subject),  # type: ignore[arg-type]
            effects=asked.effects,  # type: ignore[arg-type]
            user_errors=refusals.of_effects(asked),
        )
