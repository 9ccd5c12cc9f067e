"""Subscriptions to stock."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Annotated, Any

import strawberry

from connectors.sdk.values import sku_key
from gateway import ids
from gateway.auth.scopes import Scope
from gateway.events.event import Logged
from resolvers.access import requires
from resolvers.context import Context, Info
from resolvers.events import Event, follow, seal
from resolvers.inventory.types import InventoryLevel
from resolvers.loaders.inventory import find_level


@strawberry.type(description="A stock level, and how it changed.")
class InventoryChanged:
    cursor: str = strawberry.field(description="Give it as `after` to go on from here.")
    event: Event = strawberry.field(
        description="What happened; its data has the numbers before and after."
    )
    inventory_level: InventoryLevel = strawberry.field(description="The level as it is now.")


@strawberry.type
class InventorySubscriptions:
    @strawberry.subscription(
        description="Stock that changed, at the places that the caller may see.",
        graphql_type=AsyncGenerator[InventoryChanged, None],
        directives=requires(Scope.INVENTORY_READ),
    )
    async def inventory_changed(
        self,
        info: Info,
        skus: Annotated[
            list[str] | None, strawberry.argument(description="Only these items.")
        ] = None,
        location_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only at this place.")
        ] = None,
        after: Annotated[
            str | None, strawberry.argument(description="Replay from this cursor, then go live.")
        ] = None,
    ) -> AsyncGenerator[Any, None]:
        context = info.context
        wanted = {sku_key(sku) for sku in skus} if skus is not None else None
        place = ids.require(ids.LOCATION, location_id) if location_id else None
        async for logged in follow(context, after):
            if logged.event.type != "inventory.changed":
                continue
            changed: Any = await context.once(
                "level", logged.cursor, partial(_changed, context, logged)
            )
            if changed is None or place not in (None, changed.inventory_level.location_id):
                continue
            sku = changed.inventory_level.sku
            if wanted is None or (sku and sku_key(sku) in wanted):
                yield changed


async def _changed(context: Context, logged: Logged) -> InventoryChanged | None:
    level: Any = await find_level(context, logged.event.subject)
    event: Any = logged
    cursor = seal(context, logged.cursor)
    return level and InventoryChanged(cursor=cursor, event=event, inventory_level=level)
