"""Templates and their products: what is sold, counted and shipped."""

from datetime import datetime
from decimal import Decimal

from connectors.sdk.records import ProductRecord, VariantRecord
from connectors.sdk.records.states import ProductStatus
from connectors.sdk.values import Money
from connectors.tryton.mapping.wire import Row

FIELDS = (
    "name",
    "type",
    "active",
    "salable",
    "weight",
    "weight_uom.symbol",
    "products.code",
    "products.active",
    "products.list_price_used",
    "products.identifiers.type",
    "products.identifiers.code",
)

GOODS = "goods"
"""The type of what lies on a shelf. Services (a carrier's price, gift wrapping) and assets are no
merchandise: they are left out."""

_GRAMS = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "oz": Decimal("28.349523125"),
    "lb": Decimal("453.59237"),
}
"""Grams in one of each unit that Tryton's product module ships with for weight (by symbol)."""

_BARCODES = ("ean", "isbn", "ismn")
"""Identifier types that stand as bars on the article. Source: trytond_product 8.2 product.py."""


def product(row: Row, currency: str, asked_at: datetime) -> ProductRecord | None:
    """Read one template; None when it is no goods. *currency* is the company's."""
    if row.find_text("type") != GOODS:
        return None
    status, raw_status = _status(row)
    return ProductRecord(
        external_id=str(row.id),
        revised_at=asked_at,
        title=row.text("name"),
        status=status,
        raw_status=raw_status,
        variants=tuple(
            _variant(one, row, currency) for one in row.rows("products") if one.flag("active")
        ),
    )


def _status(row: Row) -> tuple[ProductStatus, str]:
    if not row.flag("active"):
        return ProductStatus.ARCHIVED, "inactive"
    if not row.flag("salable"):
        return ProductStatus.DRAFT, "not salable"
    return ProductStatus.ACTIVE, "salable"


def _variant(row: Row, template: Row, currency: str) -> VariantRecord:
    price = row.find_amount("list_price_used")
    return VariantRecord(
        external_id=str(row.id),
        sku=row.find_text("code"),
        title=template.text("name"),
        price=None if price is None else Money.of(price, currency),
        barcode=_barcode(row),
        weight_g=_weight_g(template),
    )


def _barcode(row: Row) -> str | None:
    for identifier in row.rows("identifiers"):
        if identifier.find_text("type") in _BARCODES:
            return identifier.find_text("code")
    return None


def _weight_g(row: Row) -> int | None:
    weight, unit = row.number("weight"), row.find_row("weight_uom")
    grams = _GRAMS.get(unit.find_text("symbol") or "") if unit else None
    return None if weight is None or grams is None else round(weight * grams)
