"""Stock locations, and the stock of each inventory item at them."""

from connectors.medusa.mapping.address import address
from connectors.medusa.mapping.reading import Reading
from connectors.medusa.mapping.shape import Node
from connectors.sdk.changes import Change
from connectors.sdk.records import LevelRecord, LocationRecord, Quantities
from connectors.sdk.records.states import LocationType


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
            address=address(node.find("address")),
        )
    ]


def level_id(item_id: str, location_id: str) -> str:
    """``"iitem_01@sloc_01"``. Medusa's own ids of levels cannot be asked for."""
    return f"{item_id}@{location_id}"


def levels(item: Node, reading: Reading) -> list[Change]:
    """Return an inventory item's stock at every location that has a level of it.

    What Medusa calls reserved is committed: units of placed orders, and those that staff hold.
    """
    item_id = item["id"].text()
    return [
        LevelRecord(
            external_id=level_id(item_id, location_id),
            revised_at=reading.read_at,
            item_id=item_id,
            sku=item.optional("sku"),
            location_id=location_id,
            quantities=_quantities(level),
        )
        for level in item.items("location_levels")
        for location_id in [level["location_id"].text()]
    ]


def _quantities(level: Node) -> Quantities:
    """Count one level. What is on hand may be below zero, where backorders were shipped."""
    on_hand, committed = level["stocked_quantity"].whole(), level.units("reserved_quantity")
    return Quantities(
        on_hand=on_hand,
        committed=committed,
        available=on_hand - committed,
        incoming=level.units("incoming_quantity"),
    )
