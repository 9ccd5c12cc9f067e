"""Batch reads of locations and levels."""

from aiodataloader import DataLoader

from gateway.domain.inventory import repository
from gateway.domain.inventory.model import Level, Location
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
