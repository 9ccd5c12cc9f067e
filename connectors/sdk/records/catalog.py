"""Products and variants, as one system states them."""

from dataclasses import dataclass
from datetime import datetime

from connectors.sdk.records.states import ProductStatus
from connectors.sdk.values import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRecord:
    """What is sold and counted. *inventory_item_id*: the id for stock, where it differs."""

    external_id: str
    sku: str | None
    title: str
    price: Money | None = None
    barcode: str | None = None
    inventory_item_id: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    """``(("Size", "M"), ("Color", "Black"))``."""
    weight_g: int | None = None
    external_sku: str | None = None
    """The system's own SKU, where the operator's map gave it ours. No connector sets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRecord:
    external_id: str
    revised_at: datetime
    title: str
    status: ProductStatus
    raw_status: str
    variants: tuple[VariantRecord, ...]
    description: str | None = None
    url: str | None = None
