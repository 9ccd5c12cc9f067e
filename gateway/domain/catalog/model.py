"""Products as each system states them; variants as one, joined by SKU. Pure."""

from dataclasses import dataclass, fields, replace
from datetime import datetime

from connectors.sdk.records import ProductRecord, VariantRecord
from connectors.sdk.values import Money, sku_key
from gateway import ids
from gateway.domain.identity.model import Source, is_news
from gateway.events.event import Event

VARIANT = "variant"
"""Link kind: a system's variant id."""
ITEM = "item"
"""Link kind: a system's inventory item id (its variant id where it has no other)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(ProductRecord):
    """One product in one system. Its variants are shared with the other systems', by SKU."""

    id: str
    version: int
    source: Source
    variant_ids: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A variant as one system lists it."""

    source: Source
    product_id: str
    record: VariantRecord

    @property
    def key(self) -> tuple[str, str]:
        """The connection, and its id of the variant."""
        return (self.source.connection, self.record.external_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is sold and counted: one a SKU, whatever the systems call it.

    *listed* is empty when all that listed it call it by another SKU now; it has no SKU then that
    finds it.
    """

    id: str
    version: int
    sku: str | None
    listed: tuple[Listed, ...]
    created_at: datetime
    updated_at: datetime

    @property
    def title(self) -> str:
        return self.listed[0].record.title if self.listed else self.sku or ""

    @property
    def barcode(self) -> str | None:
        return next((one.record.barcode for one in self.listed if one.record.barcode), None)

    @property
    def price(self) -> Money | None:
        return next((one.record.price for one in self.listed if one.record.price), None)

    @property
    def weight_g(self) -> int | None:
        return next((one.record.weight_g for one in self.listed if one.record.weight_g), None)

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        return next((one.record.options for one in self.listed if one.record.options), ())


def variant_id(connection: str, record: VariantRecord) -> str:
    """By SKU, so that every system's record of it is one variant; without SKU it stays alone."""
    if record.sku and record.sku.strip():
        return ids.derive(ids.VARIANT, "sku", sku_key(record.sku))
    return ids.derive(ids.VARIANT, connection, record.external_id)


def observe(held: Product | None, record: ProductRecord, source: Source) -> Product | None:
    """Return the product as *record* makes it; None when that is nothing new."""
    stated = {one.name: getattr(record, one.name) for one in fields(ProductRecord)}
    if held:
        facts = {one.name: getattr(held, one.name) for one in fields(ProductRecord)}
        if not is_news(ProductRecord(**facts), record):
            return None
    return Product(
        **stated,
        id=held.id if held else ids.derive(ids.PRODUCT, source.connection, source.external_id),
        version=held.version + 1 if held else 1,
        source=source,
        variant_ids=tuple(variant_id(source.connection, one) for one in record.variants),
        created_at=held.created_at if held else source.fetched_at,
        updated_at=source.fetched_at,
    )


def list_variant(held: Variant | None, id: str, listed: Listed, now: datetime) -> Variant | None:
    """Return the variant with *listed* among what the systems say; None when nothing is new."""
    if held is None:
        return Variant(
            id=id,
            version=1,
            sku=listed.record.sku,
            listed=(listed,),
            created_at=now,
            updated_at=now,
        )
    known = {one.key: one for one in held.listed}
    before = known.get(listed.key)
    if before and before.record == listed.record:
        return None
    known[listed.key] = listed
    return replace(held, version=held.version + 1, listed=tuple(known.values()), updated_at=now)


def unlist_variant(held: Variant, key: tuple[str, str], now: datetime) -> Variant:
    """Return the variant without what one system, *key*, calls by another SKU now."""
    listed = tuple(one for one in held.listed if one.key != key)
    return replace(held, version=held.version + 1, listed=listed, updated_at=now)


def product_event(product: Product) -> Event:
    return Event(
        type="product.created" if product.version == 1 else "product.updated",
        subject=product.id,
        sequence=product.version,
        occurred_at=product.updated_at,
        connection=product.source.connection,
    )


def variant_event(variant: Variant) -> Event:
    return Event(
        type="variant.created" if variant.version == 1 else "variant.updated",
        subject=variant.id,
        sequence=variant.version,
        occurred_at=variant.updated_at,
        related=tuple(one.product_id for one in variant.listed),
        connection=variant.listed[-1].source.connection if variant.listed else None,
        data={"sku": variant.sku},
    )
