"""Reads of locations and levels; `find_*` give only what the caller may see."""

from aiodataloader import DataLoader

from gateway.auth.scopes import Scope
from gateway.domain.inventory import repository
from gateway.domain.inventory.model import Level, Location
from resolvers.access import own_locations
from resolvers.context import Context


def locations_by_id(context: Context) -> DataLoader[str, Location | None]:
    async def load(ids: list[str]) -> list[Location | None]:
        async with context.units.read() as unit:
            found = await repository.locations.by_ids(unit, ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)


def levels_by_id(context: Context) -> DataLoader[str, Level | None]:
    async def load(ids: list[str]) -> list[Level | None]:
        async with context.units.read() as unit:
            found = await repository.levels.by_ids(unit, ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)


async def find_location(context: Context, id: str) -> Location | None:
    """Return a place that the caller may see."""
    own = await own_locations(context)
    if not context.principal.may(Scope.INVENTORY_READ) or (own is not None and id not in own):
        return None
    return await context.loader(locations_by_id).load(id)


async def find_level(context: Context, id: str) -> Level | None:
    """Return a level that the caller may see."""
    if not context.principal.may(Scope.INVENTORY_READ):
        return None
    level = await context.loader(levels_by_id).load(id)
    own = await own_locations(context)
    return level if level and (own is None or level.location_id in own) else None
