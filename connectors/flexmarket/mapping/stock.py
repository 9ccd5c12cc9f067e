"""Stock: one number a variant, at no place in particular."""

from connectors.flexmarket.mapping.shop import Shop
from connectors.flexmarket.row import Row
from connectors.sdk.changes import Change
from connectors.sdk.records import LevelRecord, LocationRecord, Quantities
from connectors.sdk.records.states import LocationType

LOCATION = "marketplace"
"""The id of the one location, which the marketplace does not know of."""


def location(shop: Shop) -> list[Change]:
    """Return where the seller's stock is counted. Its code is of this seller at this marketplace:
    another one's stock is never taken for the same place."""
    return [
        LocationRecord(
            external_id=LOCATION,
            revised_at=shop.read_at,
            code=f"{shop.slug}@{shop.host}",
            name=f"{shop.name} at {shop.host}",
            type=LocationType.VIRTUAL,
        )
    ]


def level_id(variant_id: str) -> str:
    return f"{variant_id}@{LOCATION}"


def variant_of(level: str) -> str | None:
    """Return the variant of a level's id; None when it is none of ours."""
    variant, at, place = level.rpartition("@")
    return variant if at and variant and place == LOCATION else None


def level(row: Row, shop: Shop) -> list[Change]:
    """Return one variant's stock. Units leave ``on_hand`` when an order is confirmed, not when they
    are sent; ``reserved`` are those of orders that wait for their payment."""
    variant_id = row.text("product_id")
    return [
        LevelRecord(
            external_id=level_id(variant_id),
            revised_at=shop.read_at,
            item_id=variant_id,
            sku=row.maybe("sku"),
            location_id=LOCATION,
            quantities=Quantities(
                on_hand=row.count("on_hand"),
                available=row.count("available"),
                committed=row.count("reserved"),
            ),
        )
    ]
