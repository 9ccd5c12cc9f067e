"""Locations and how much lies in them.

Tryton's `stock.location` is a tree: a warehouse holds an input, an output and a storage zone, and
those hold bins. A record's location is the warehouse; where in it a unit lies changes nothing.

`forecast_quantity` is not used, although it is meant for this: it leaves out moves whose planned
date has passed, so yesterday's unshipped orders are free to be sold again from midnight on until
Tryton's own nightly job (*Reschedule late moves*) has put their date forward. What is committed is
summed from the moves themselves.

Source: trytond_stock 8.2 move.py (Move.compute_quantities_query), product.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.sdk.errors import Malformed
from connectors.sdk.records import LevelRecord, LocationRecord, Quantities
from connectors.sdk.records.states import LocationType
from connectors.tryton.mapping import customers
from connectors.tryton.mapping.wire import Row

LOCATION = (
    "name",
    "code",
    "type",
    "active",
    "parent",
    "storage_location",
    *(f"address.{name}" for name in customers.ADDRESS),
)
POINT = ("storage_location",)
PRODUCT = ("code", "type", "quantity")
MOVE = ("product", "internal_quantity", "from_location", "to_location")

OPEN_MOVES = [["state", "in", ["draft", "assigned"]]]
"""Moves that are planned: *draft* waits for stock, *assigned* has it. *staging* belongs to orders
that a supplier sends on, whose goods never come to a shelf here."""

WAREHOUSE = "warehouse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """*storage* is where stock is counted (SetInventory); *row* is what Tryton says of it."""

    id: int
    storage: int
    row: Row


@dataclass(frozen=True, slots=True)
class Places:
    """All locations: the warehouses, and which of them each location lies in."""

    warehouses: Mapping[int, Warehouse]
    home: Mapping[int, int]
    """Location id -> id of its warehouse; customers, suppliers and transit have none."""
    stores: frozenset[int]
    """Warehouses that a till sells from."""


def places(locations: Iterable[Row], points: Iterable[Row]) -> Places:
    """Read the tree. *points* are the points of sale: they tell a store from a depot.

    Raises: Malformed.
    """
    rows = {row.id: row for row in locations}
    warehouses = {
        id: Warehouse(id=id, storage=_storage(row), row=row)
        for id, row in rows.items()
        if row.text("type") == WAREHOUSE
    }
    parents = {id: row.link("parent") for id, row in rows.items()}
    homes = ((id, _home(id, parents, warehouses)) for id in rows)
    home = {id: found for id, found in homes if found is not None}
    tills = (point.link("storage_location") for point in points)
    stores = frozenset(home[till] for till in tills if till in home)
    return Places(warehouses, home, stores)


def location(warehouse: Warehouse, places: Places, asked_at: datetime) -> LocationRecord:
    row = warehouse.row
    address = row.find_row("address")
    return LocationRecord(
        external_id=str(warehouse.id),
        revised_at=asked_at,
        code=row.find_text("code") or row.text("name"),
        name=row.text("name"),
        type=LocationType.STORE if warehouse.id in places.stores else LocationType.WAREHOUSE,
        address=customers.address(address, row.text("name")) if address else None,
        is_active=row.flag("active"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Units that are to leave a warehouse and to come to it."""

    out: int = 0
    coming: int = 0


def planned(moves: Iterable[Row], places: Places) -> dict[tuple[int, int], Planned]:
    """Sum open *moves* by (product, warehouse); those inside one warehouse change nothing.

    Units: the product's own (`internal_quantity`), whatever the order line was counted in.
    """
    found: dict[tuple[int, int], Planned] = {}
    for move in moves:
        product, units = move.integer("product"), move.units("internal_quantity")
        origin = places.home.get(move.integer("from_location"))
        target = places.home.get(move.integer("to_location"))
        if origin == target:
            continue
        if origin is not None:
            held = found.get((product, origin), Planned())
            found[product, origin] = Planned(out=held.out + units, coming=held.coming)
        if target is not None:
            held = found.get((product, target), Planned())
            found[product, target] = Planned(out=held.out, coming=held.coming + units)
    return found


def level(product: Row, warehouse: int, planned: Planned, asked_at: datetime) -> LevelRecord:
    """Read one product whose `quantity` was asked for in the context of *warehouse*.

    On hand counts what was picked and has not left. Available may be negative: Tryton sells what
    it does not have. Tryton knows no soft reservation, damage or safety stock per warehouse.
    """
    on_hand = product.units("quantity")
    return LevelRecord(
        external_id=level_id(product.id, warehouse),
        revised_at=asked_at,
        item_id=str(product.id),
        sku=product.find_text("code"),
        location_id=str(warehouse),
        quantities=Quantities(
            on_hand=on_hand,
            committed=planned.out,
            available=on_hand - planned.out,
            incoming=planned.coming,
        ),
    )


def level_id(product: int, warehouse: int) -> str:
    return f"{product}@{warehouse}"


def parse_level_id(external_id: str) -> tuple[int, int] | None:
    product, _, warehouse = external_id.partition("@")
    if not (product.isdecimal() and warehouse.isdecimal()):
        return None
    return int(product), int(warehouse)


def _storage(row: Row) -> int:
    storage = row.link("storage_location")
    if storage is None:
        raise Malformed(f"{row.path}.storage_location: a warehouse without a storage zone")
    return storage


def _home(
    id: int, parents: Mapping[int, int | None], warehouses: Mapping[int, Warehouse]
) -> int | None:
    at: int | None = id
    while at is not None and at not in warehouses:
        at = parents.get(at)
    return at
