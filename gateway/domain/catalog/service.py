"""Catalog: use-cases. Each runs in the caller's unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.sdk.records import ProductRecord, VariantRecord
from connectors.sdk.values import sku_key
from gateway import ids
from gateway.domain.catalog import model, repository
from gateway.domain.catalog.model import ITEM, VARIANT, Listed, Product, Variant
from gateway.domain.identity import service as identity
from gateway.domain.identity.model import Source
from gateway.domain.identity.repository import add_rows
from gateway.domain.issues import service as issues
from gateway.events import log
from gateway.store.unit import Unit

UNMAPPED_SKU = "UNMAPPED_SKU"
"""The issue that a line's SKU opens while no variant has it; a variant that has it closes it."""


async def observe(unit: Unit, seen: Sequence[tuple[ProductRecord, Source]], now: datetime) -> None:
    """Take in products, list their variants under their SKUs, link the systems' ids to them. What
    a system listed under another SKU before is there no longer."""
    products = await _observe_products(unit, seen, now)
    listed = {
        one.key: (model.variant_id(product.source.connection, one.record), one)
        for product in products
        for one in _listings(product)
    }
    moved = await _moved(unit, listed)
    await _observe_variants(unit, list(listed.values()), moved, now)
    await identity.add(unit, [(product.id, product.source) for product in products])
    links = {key: _links(id, one) for key, (id, one) in listed.items()}
    await identity.remove(unit, [_key(row) for key in moved for row in links[key]])
    await add_rows(unit, [row for rows in links.values() for row in rows])


async def variants_of_items(unit: Unit, connection: str, item_ids: Sequence[str]) -> dict[str, str]:
    """Return our variant ids by *connection*'s inventory item ids, for those that are mapped."""
    return await identity.find(unit, connection, ITEM, item_ids)


async def skus_of_variants(
    unit: Unit, connection: str, variant_ids: Sequence[str]
) -> dict[str, str]:
    """Return SKUs by *connection*'s own variant ids, for those that are listed with one."""
    ids = await identity.find(unit, connection, VARIANT, variant_ids)
    found = await repository.variants.by_ids(unit, list(set(ids.values())))
    named = {id: found[ours].sku for id, ours in ids.items() if ours in found}
    return {id: sku for id, sku in named.items() if sku}


async def mapped_skus(unit: Unit, skus: Sequence[str]) -> set[str]:
    """Return which of *skus* some system lists."""
    found = await repository.variants_by_sku(unit, skus)
    return {sku for sku in skus if sku_key(sku) in found}


async def _observe_products(
    unit: Unit, seen: Sequence[tuple[ProductRecord, Source]], now: datetime
) -> list[Product]:
    by_source = {
        source.key: ids.derive(ids.PRODUCT, source.connection, source.external_id)
        for _, source in seen
    }
    held = await repository.products.by_ids(unit, by_source.values())
    products = [
        product
        for record, source in seen
        if (product := model.observe(held.get(by_source[source.key]), record, source))
    ]
    await repository.products.save(unit, products)
    await log.append(unit, [model.product_event(one) for one in products], now)
    return products


def _listings(product: Product) -> Iterable[Listed]:
    return (
        Listed(source=product.source, product_id=product.id, record=record)
        for record in product.variants
    )


async def _moved(
    unit: Unit, listed: Mapping[tuple[str, str], tuple[str, Listed]]
) -> dict[tuple[str, str], str]:
    """Return our former variant of what is another one now: the system, or the operator's map,
    gave it another SKU."""
    if not listed:
        return {}
    [connection] = {connection for connection, _ in listed}
    held = await identity.find(unit, connection, VARIANT, [id for _, id in listed])
    return {
        (connection, external_id): former
        for external_id, former in held.items()
        if former != listed[connection, external_id][0]
    }


async def _observe_variants(
    unit: Unit,
    seen: Sequence[tuple[str, Listed]],
    moved: Mapping[tuple[str, str], str],
    now: datetime,
) -> None:
    held = await repository.variants.by_ids(unit, [*(id for id, _ in seen), *moved.values()])
    before = dict(held)
    for key, former in moved.items():
        if former in held:
            unlisted = model.unlist_variant(held[former], key, now)
            held[former] = _one_version_on(before[former], unlisted)
    for id, listed in seen:
        variant = model.list_variant(held.get(id), id, listed, now)
        if variant:
            held[id] = _one_version_on(before.get(id), variant)
    changed = [one for id, one in held.items() if one != before.get(id)]
    await repository.variants.save(unit, changed)
    await log.append(unit, [model.variant_event(one) for one in changed], now)
    skus = [sku_key(one.sku) for one in changed if one.sku]
    await issues.resolve(unit, UNMAPPED_SKU, skus, "a product with this SKU is listed", now)


def _one_version_on(before: Variant | None, variant: Variant) -> Variant:
    """Several listings of one variant in one unit are one save."""
    return replace(variant, version=before.version + 1 if before else 1)


def _key(link: Mapping[str, str]) -> tuple[str, str, str]:
    return (link["connection"], link["kind"], link["external_id"])


def _links(variant_id: str, listed: Listed) -> list[dict[str, str]]:
    record: VariantRecord = listed.record
    item = record.inventory_item_id or record.external_id
    return [
        {
            "connection": listed.source.connection,
            "kind": kind,
            "external_id": external_id,
            "system": listed.source.system,
            "noun_id": variant_id,
        }
        for kind, external_id in ((VARIANT, record.external_id), (ITEM, item))
    ]
