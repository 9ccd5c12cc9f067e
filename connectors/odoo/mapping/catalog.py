"""Goods (`product.template`) and what is sold of them (`product.product`)."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from connectors.odoo.mapping import wire
from connectors.odoo.mapping.wire import Row, Tables
from connectors.sdk.records import ProductRecord, VariantRecord
from connectors.sdk.records.states import ProductStatus

TEMPLATE, PRODUCT, VALUE = "product.template", "product.product", "product.attribute.value"

GOODS = ("product", "consu")
"""Types that are sent to somebody; *service* is neither counted nor sent."""

TEMPLATE_FIELDS = ("name", "type", "active", "sale_ok", "description_sale", "currency_id")
VARIANT_FIELDS = (
    "display_name",
    "default_code",
    "barcode",
    "lst_price",
    "weight",
    "active",
    "product_tmpl_id",
    "attribute_value_ids",
)
VALUE_FIELDS = ("name", "attribute_id")

BARE_NAMES = {"display_default_code": False}
"""Context in which a variant's name is ``Crew Tee (S)`` and not ``[TEE-S] Crew Tee (S)``."""

_GRAMS = 1000


def product(row: Row, tables: Tables, asked_at: datetime) -> ProductRecord | None:
    """Read one template with its variants; None when it is no goods.

    A variant that was archived is left out, unless the whole template was.
    """
    if row.text("type") not in GOODS:
        return None
    is_active, is_sold = row.flag("active"), row.flag("sale_ok")
    currency = row.link_name("currency_id") or ""
    variants = tables.owned(PRODUCT, "product_tmpl_id", row.id)
    shown = [one for one in variants if one.flag("active") or not is_active]
    return ProductRecord(
        external_id=str(row.id),
        revised_at=asked_at,
        title=row.text("name"),
        status=_status(is_active=is_active, is_sold=is_sold),
        raw_status=f"active={is_active} sale_ok={is_sold}".lower(),
        variants=tuple(_variant(one, currency, tables) for one in shown),
        description=row.find_text("description_sale"),
    )


def _status(*, is_active: bool, is_sold: bool) -> ProductStatus:
    if not is_active:
        return ProductStatus.ARCHIVED
    return ProductStatus.ACTIVE if is_sold else ProductStatus.DRAFT


def _variant(row: Row, currency: str, tables: Tables) -> VariantRecord:
    values = (tables.get(VALUE, id) for id in row.ids("attribute_value_ids"))
    options = tuple((one.link_name("attribute_id") or "", one.text("name")) for one in values)
    return VariantRecord(
        external_id=str(row.id),
        sku=row.find_text("default_code"),
        title=row.text("display_name"),
        price=wire.money(row.number("lst_price"), currency),
        barcode=row.find_text("barcode"),
        options=options,
        weight_g=_grams(row.number("weight")),
    )


def _grams(kilograms: Decimal) -> int | None:
    """Odoo writes 0 where nobody weighed."""
    return int((kilograms * _GRAMS).quantize(Decimal(1), ROUND_HALF_UP)) or None
