"""Queries of locations and stock."""

from typing import Annotated, Any

import strawberry

from connectors.sdk.values import sku_key
from gateway import ids
from gateway.auth.scopes import Scope
from gateway.domain.inventory import model, repository
from gateway.store.paging import Slice
from resolvers.access import own_locations, requires
from resolvers.context import Context, Info
from resolvers.inventory.types import InventoryLevel, Location
from resolvers.loaders.inventory import find_location
from resolvers.paging import After, Before, Connection, First, Last, Paged, Window
from resolvers.sources import refresh

LOCATIONS: Paged[model.Location] = Paged("locations", lambda one: (one.code, one.id))
LEVELS: Paged[model.Level] = Paged(
    "levels", lambda one: (sku_key(one.sku) if one.sku else "", one.id)
)


@strawberry.type
class InventoryQueries:
    @strawberry.field(
        description="One place.",
        graphql_type=Location | None,
        directives=requires(Scope.INVENTORY_READ),
    )
    async def location(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id here.")],
    ) -> Any:
        return await find_location(info.context, ids.require(ids.LOCATION, id))

    @strawberry.field(
        description="Places, by code.",
        graphql_type=Connection[Location],
        directives=requires(Scope.INVENTORY_READ),
    )
    async def locations(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Any:
        own = await own_locations(info.context)

        async def read(slice: Slice) -> list[model.Location]:
            async with info.context.units.read() as unit:
                return await repository.location_page(unit, slice, own)

        window = Window(first=first, after=after, last=last, before=before)
        return await LOCATIONS.page(info.context, window, read)

    @strawberry.field(
        description="Stock by item and place, by SKU.",
        graphql_type=Connection[InventoryLevel],
        directives=requires(Scope.INVENTORY_READ),
    )
    async def inventory_levels(
        self,
        info: Info,
        *,
        skus: Annotated[
            list[str] | None, strawberry.argument(description="Only these items.")
        ] = None,
        location_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only at this place.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Any:
        context = info.context
        places = await _places(context, location_id)

        async def read(slice: Slice) -> list[model.Level]:
            async with context.units.read() as unit:
                return await repository.level_page(unit, slice, skus=skus, location_ids=places)

        window = Window(first=first, after=after, last=last, before=before)
        page = await LEVELS.page(context, window, read)
        sources = [one.source for edge in page.edges for one in edge.node.counted]
        if await refresh(info, sources):
            page = await LEVELS.page(context, window, read)
        return page


async def _places(context: Context, location_id: str | None) -> list[str] | None:
    own = await own_locations(context)
    if location_id is None:
        return list(own) if own is not None else None
    wanted = ids.require(ids.LOCATION, location_id)
    return [wanted] if own is None or wanted in own else []
