"""Batch reads of products, variants and their stock."""

from aiodataloader import DataLoader

from connectors.sdk.values import sku_key
from gateway.domain.catalog import repository
from gateway.domain.catalog.model import Product, Variant
from gateway.domain.inventory import repository as inventory_rows
from gateway.domain.inventory.model import Level
from resolvers.context import Context
from resolvers.loaders.grouping import by


def variants_by_sku(context: Context) -> DataLoader[str, Variant | None]:
    async def load(skus: list[str]) -> list[Variant | None]:
        async with context.units.read() as unit:
            found = await repository.variants_by_sku(unit, skus)
        return [found.get(sku_key(sku)) for sku in skus]

    return DataLoader(load)


def variants_by_id(context: Context) -> DataLoader[str, Variant | None]:
    async def load(ids: list[str]) -> list[Variant | None]:
        async with context.units.read() as unit:
            found = await repository.variants.by_ids(unit, ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)


def products_by_id(context: Context) -> DataLoader[str, Product | None]:
    async def load(ids: list[str]) -> list[Product | None]:
        async with context.units.read() as unit:
            found = await repository.products.by_ids(unit, ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)


def levels_of_variant(context: Context) -> DataLoader[str, list[Level]]:
    async def load(ids: list[str]) -> list[list[Level]]:
        async with context.units.read() as unit:
            found = await inventory_rows.levels_of_variants(unit, ids)
        return by(ids, found, lambda one: one.variant_id)

    return DataLoader(load)
