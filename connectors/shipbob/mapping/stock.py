"""Fulfillment centers, products and inventory levels."""

from datetime import datetime
from decimal import Decimal

from connectors.sdk.records import (
    LevelRecord,
    LocationRecord,
    ProductRecord,
    Quantities,
    VariantRecord,
)
from connectors.sdk.records.states import LocationType, ProductStatus
from connectors.sdk.values import Address
from connectors.shipbob.mapping.reading import Node

# Where ShipBob has fulfillment centers. Source: ISO 3166-1; its locations state alpha-3 codes.
_ALPHA_2 = {"USA": "US", "CAN": "CA", "GBR": "GB", "IRL": "IE", "POL": "PL", "AUS": "AU"}

_GRAMS = {
    "oz": Decimal("28.349523125"),
    "lb": Decimal("453.59237"),
    "g": Decimal(1),
    "kg": Decimal(1000),
}

_STATUS = {"Active": ProductStatus.ACTIVE, "Inactive": ProductStatus.ARCHIVED}


def location(raw: Node, read_at: datetime) -> LocationRecord:
    """Return a fulfillment center. Active for us: it works, it ships, and we may use it."""
    abbreviation = raw["abbreviation"].text()
    return LocationRecord(
        external_id=raw["id"].id(),
        revised_at=read_at,
        code=abbreviation or raw["id"].id(),
        name=raw["name"].text() or abbreviation or raw["id"].id(),
        type=LocationType.THREE_PL,
        address=_address(raw),
        is_active=raw["is_active"].flag(default=True)
        and raw["is_shipping_enabled"].flag(default=True)
        and raw["access_granted"].flag(default=True),
    )


def _address(raw: Node) -> Address | None:
    """Return where goods are delivered to; ShipBob gives a place one address for each service."""
    by_service = {each["service_type"].text(): each["address"] for each in raw["services"]}
    found = by_service.get("Receiving") or by_service.get("Returns")
    if found is None or found.is_null:
        return None
    country = (found["country"].text() or "").upper()
    return Address(
        name=found["name"].text(),
        line1=found["address1"].text(),
        line2=found["address2"].text(),
        city=found["city"].text(),
        province=found["state"].text(),
        postal_code=found["zip_code"].text(),
        country_code=_ALPHA_2.get(country, country if len(country) == 2 else None),
        phone=found["phone_number"].text(),
        email=found["email"].text(),
    )


def product(raw: Node, read_at: datetime) -> ProductRecord:
    """Return a product with its variants; the variants' states make up its own."""
    words = sorted({each["status"].text() or "" for each in raw["variants"]})
    title = raw["name"].text() or ""
    return ProductRecord(
        external_id=raw["id"].id(),
        revised_at=read_at,
        title=title,
        status=_product_status(words),
        raw_status=",".join(words),
        variants=tuple(_variant(each, title) for each in raw["variants"]),
    )


def _product_status(words: list[str]) -> ProductStatus:
    if "Active" in words:
        return ProductStatus.ACTIVE
    return (
        _STATUS.get(words[0], ProductStatus.UNKNOWN) if len(words) == 1 else ProductStatus.UNKNOWN
    )


def _variant(raw: Node, product_title: str) -> VariantRecord:
    return VariantRecord(
        external_id=raw["id"].id(),
        sku=raw["sku"].text(),
        title=raw["name"].text() or product_title,
        barcode=_barcode(raw),
        inventory_item_id=raw["inventory"]["inventory_id"].optional_id(),
        weight_g=_weight_g(raw["weight"]),
    )


def _barcode(raw: Node) -> str | None:
    values = [each["value"].text() for each in raw["barcodes"]]
    found = [value for value in values if value]
    return found[0] if found else raw["upc"].text() or raw["gtin"].text()


def _weight_g(raw: Node) -> int | None:
    """Return grams; 0 is what ShipBob says before it has weighed something."""
    grams = _GRAMS.get((raw["unit"].text() or "").lower())
    weight = raw["weight"].decimal()
    if not grams or not weight:
        return None
    return round(weight * grams)


def levels(raw: Node, read_at: datetime) -> list[LevelRecord]:
    """Return one item's stock at each fulfillment center that has any."""
    item_id, sku = raw["inventory_id"].id(), raw["sku"].text()
    return [
        LevelRecord(
            external_id=f"{item_id}@{each['location_id'].id()}",
            revised_at=read_at,
            item_id=item_id,
            sku=sku,
            location_id=each["location_id"].id(),
            quantities=_quantities(each),
        )
        for each in raw["locations"]
    ]


def _quantities(raw: Node) -> Quantities:
    """Return the four counts that ShipBob keeps for a place.

    Damaged and missing units are counted for the whole account only (total_exception_quantity), and
    units under way between centers without saying which way: neither is any place's.
    """
    return Quantities(
        on_hand=raw["on_hand_quantity"].count(),
        available=raw["fulfillable_quantity"].count(),
        committed=raw["committed_quantity"].count(),
        incoming=raw["awaiting_quantity"].count(),
    )
