"""Stock locations and the stock of each variant at them."""

from connectors.sdk.changes import Change
from connectors.sdk.records import LevelRecord, LocationRecord, Quantities
from connectors.sdk.records.states import LocationType
from connectors.vendure.mapping.reading import Reading
from connectors.vendure.mapping.shape import Node


def location(node: Node, reading: Reading) -> list[Change]:
    """Return one stock location; its name is the code that joins it to other systems' places."""
    name = node["name"].text().strip()
    is_store = name in reading.options.stores
    return [
        LocationRecord(
            external_id=node["id"].text(),
            revised_at=reading.read_at,
            code=name,
            name=name,
            type=LocationType.STORE if is_store else LocationType.WAREHOUSE,
        )
    ]


def level_id(variant_id: str, location_id: str) -> str:
    """``"19@2"``. Vendure's own ids of levels cannot be asked for."""
    return f"{variant_id}@{location_id}"


def levels(variant: Node, reading: Reading) -> list[Change]:
    """Return a variant's stock at every location that has a count of it."""
    variant_id, threshold = variant["id"].text(), _threshold(variant, reading)
    is_tracked = _is_tracked(variant, reading)
    return [
        LevelRecord(
            external_id=level_id(variant_id, location_id),
            revised_at=reading.read_at,
            item_id=variant_id,
            sku=variant.optional("sku"),
            location_id=location_id,
            quantities=_quantities(level, threshold) if is_tracked else Quantities(),
        )
        for level in variant["stockLevels"].items()
        for location_id in [level["stockLocation"]["id"].text()]
    ]


def _quantities(level: Node, threshold: int) -> Quantities:
    """Count one level. Both counts may be below zero, when more was sold than there was."""
    on_hand, committed = level["stockOnHand"].whole(), level["stockAllocated"].whole()
    return Quantities(
        on_hand=on_hand,
        committed=committed,
        safety_stock=threshold,
        available=on_hand - committed - threshold,
    )


def _is_tracked(variant: Node, reading: Reading) -> bool:
    """Say whether Vendure counts this variant; of one it does not, any number is sold."""
    flag = variant["trackInventory"].text()
    return reading.tracks_inventory if flag == "INHERIT" else flag == "TRUE"


def _threshold(variant: Node, reading: Reading) -> int:
    """Return the units held back.

    Vendure takes the threshold off a variant's sum once; a level does not know of its siblings, so
    each states all of it: too little is offered rather than too much. For the same reason one
    below zero, which permits backorders, counts as zero.
    """
    if variant["useGlobalOutOfStockThreshold"].flag():
        return max(0, reading.threshold)
    return max(0, variant["outOfStockThreshold"].whole())
