"""Locations and levels in SQL."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Index, String, select

from connectors.sdk.values import sku_key
from gateway.clock import micros
from gateway.domain.inventory.model import Level, Location
from gateway.store.documents import Documents, table
from gateway.store.metadata import Word
from gateway.store.paging import Keyset, Slice
from gateway.store.unit import Unit

_locations = table(
    "locations",
    Column("code", Word(255), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_locations_code", "code", "id"),
)
_levels = table(
    "levels",
    Column("variant_id", String(48), nullable=False),
    Column("sku_key", Word(255)),
    Column("location_id", String(48), nullable=False),
    Index("ix_levels_sku", "sku_key", "id"),
    Index("ix_levels_variant", "variant_id"),
    Index("ix_levels_location", "location_id", "sku_key", "id"),
)

locations: Documents[Location] = Documents(
    _locations,
    Location,
    lambda one: {"code": one.code, "created_at": micros(one.created_at)},
)
levels: Documents[Level] = Documents(
    _levels,
    Level,
    lambda one: {
        "variant_id": one.variant_id,
        "sku_key": sku_key(one.sku) if one.sku else "",
        "location_id": one.location_id,
    },
)
BY_CODE = Keyset(_locations.c.code, _locations.c.id, ascending=True)
BY_SKU = Keyset(_levels.c.sku_key, _levels.c.id, ascending=True)


async def location_page(unit: Unit, slice: Slice, only_ids: Sequence[str] | None) -> list[Location]:
    query = select(_locations.c.document)
    if only_ids is not None:
        query = query.where(_locations.c.id.in_(only_ids))
    return await locations.select(unit, BY_CODE.cut(query, slice))


async def level_page(
    unit: Unit,
    slice: Slice,
    *,
    skus: Sequence[str] | None = None,
    location_ids: Sequence[str] | None = None,
) -> list[Level]:
    query = select(_levels.c.document)
    if skus is not None:
        query = query.where(_levels.c.sku_key.in_([sku_key(sku) for sku in skus]))
    if location_ids is not None:
        query = query.where(_levels.c.location_id.in_(location_ids))
    return await levels.select(unit, BY_SKU.cut(query, slice))


async def levels_after(unit: Unit, after: str, limit: int) -> list[Level]:
    """Return levels by id, beginning after one."""
    query = select(_levels.c.document).where(_levels.c.id > after).order_by(_levels.c.id)
    return await levels.select(unit, query.limit(limit))


levels_of_variants = levels.by(_levels.c.variant_id, _levels.c.variant_id, _levels.c.location_id)
"""All levels of some variants."""
