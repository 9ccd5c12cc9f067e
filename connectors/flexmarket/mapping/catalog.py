"""The seller's listings."""

from collections.abc import Sequence

from connectors.flexmarket.mapping.shop import Shop
from connectors.flexmarket.row import Row
from connectors.sdk.changes import Change
from connectors.sdk.records import ProductRecord, VariantRecord
from connectors.sdk.records.states import ProductStatus

STATUSES = {
    "active": ProductStatus.ACTIVE,
    "draft": ProductStatus.DRAFT,
    "archived": ProductStatus.ARCHIVED,
}


def product(row: Row, variants: Sequence[Row], shop: Shop) -> list[Change]:
    """Return one product with its *variants*, which stand in a list of their own."""
    return [
        ProductRecord(
            external_id=row.text("id"),
            revised_at=shop.read_at,
            title=row.text("name"),
            status=STATUSES.get(row.text("status"), ProductStatus.UNKNOWN),
            raw_status=row.text("status"),
            variants=tuple(_variant(each, row.text("name"), shop) for each in variants),
            description=row.maybe("short_description"),
        )
    ]


def _variant(row: Row, product_name: str, shop: Shop) -> VariantRecord:
    name = row.maybe("name")
    return VariantRecord(
        external_id=row.text("id"),
        sku=row.maybe("sku"),
        title=f"{product_name} - {name}" if name else product_name,
        price=row.money("price", shop.currency),
        barcode=row.maybe("barcode"),
        options=tuple((name, str(value)) for name, value in row.row("attributes").fields.items()),
        weight_g=int(row.number("weight") * 1000) or None,
    )
