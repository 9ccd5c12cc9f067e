"""Products and variants in SQL."""

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Column, Index, String, select

from connectors.sdk.values import sku_key
from gateway.clock import micros
from gateway.domain.catalog.model import Product, Variant
from gateway.store.documents import Documents, table
from gateway.store.metadata import Word
from gateway.store.paging import Keyset, Slice
from gateway.store.unit import Unit

_products = table(
    "products",
    Column("connection", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_products_created", "created_at", "id"),
)
_variants = table(
    "variants",
    Column("sku_key", Word(255)),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_variants_sku", "sku_key"),
)

products: Documents[Product] = Documents(
    _products,
    Product,
    lambda one: {"connection": one.source.connection, "created_at": micros(one.created_at)},
)
variants: Documents[Variant] = Documents(
    _variants,
    Variant,
    lambda one: {
        "sku_key": sku_key(one.sku) if one.sku and one.listed else None,
        "created_at": micros(one.created_at),
    },
)
NEWEST = Keyset(_products.c.created_at, _products.c.id)


async def product_page(
    unit: Unit, slice: Slice, connections: Sequence[str] | None
) -> list[Product]:
    query = select(_products.c.document)
    if connections is not None:
        query = query.where(_products.c.connection.in_(connections))
    return await products.select(unit, NEWEST.cut(query, slice))


_of_skus = variants.by(_variants.c.sku_key)


async def variants_by_sku(unit: Unit, skus: Iterable[str]) -> dict[str, Variant]:
    """Return variants by `sku_key`. One statement."""
    keys = sorted({sku_key(sku) for sku in skus})
    found = await _of_skus(unit, keys)
    return {sku_key(one.sku): one for one in found if one.sku}
