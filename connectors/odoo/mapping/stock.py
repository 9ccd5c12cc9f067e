"""Warehouses and what lies in them.

A warehouse is a tree of locations (Stock with its bins, Input, Output, Packing) under its *view*.
Levels are those of Stock and its bins: what was picked into Output is promised to a parcel, or has
to be put back before anything can be picked of it again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.odoo.mapping import customers, wire
from connectors.odoo.mapping.wire import Row, Tables
from connectors.sdk.records import LevelRecord, LocationRecord, Quantities
from connectors.sdk.records.states import LocationType

WAREHOUSE, LOCATION = "stock.warehouse", "stock.location"
TYPE, TILL = "stock.picking.type", "pos.config"

FIELDS: Mapping[str, tuple[str, ...]] = {
    WAREHOUSE: (
        "name",
        "partner_id",
        "view_location_id",
        "lot_stock_id",
        "in_type_id",
        "out_type_id",
        "active",
    ),
    LOCATION: ("location_id", "usage"),
    TYPE: ("code", "warehouse_id"),
    TILL: ("stock_location_id",),
}
"""All that is needed to know where something lies: small tables, read whole."""

PRODUCT = (
    "default_code",
    "type",
    "qty_available",
    "incoming_qty",
    "outgoing_qty",
)
"""Asked for with ``{"location": id}`` in the context; without it all warehouses are summed."""

CUSTOMER_USAGE = "customer"
"""Usage of the locations that stand for customers: what is moved there was delivered."""

COUNTED_TYPE = "product"
"""Type of what is kept in stock; *consu* is sold and sent, but not counted. (Odoo 18 and later:
*consu* with `is_storable`.)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """*view* is the root of its tree of locations, *shelf* the location Stock in it."""

    id: int
    row: Row
    view: int
    shelf: int
    is_store: bool


class Places:
    """Where everything is. *home* gives the warehouse that a location is part of."""

    def __init__(self, tables: Tables) -> None:
        self._parents = {row.id: row.link("location_id") for row in tables.rows(LOCATION)}
        self.usage = {row.id: row.text("usage") for row in tables.rows(LOCATION)}
        views = {row.link("view_location_id"): row.id for row in tables.rows(WAREHOUSE)}
        self.home = {id: self._above(id, views) for id in self._parents}
        stores = {self.home.get(row.link("stock_location_id") or 0) for row in tables.rows(TILL)}
        self.warehouses = {row.id: _warehouse(row, stores) for row in tables.rows(WAREHOUSE)}
        self.warehouse_of_type = {row.id: row.link("warehouse_id") for row in tables.rows(TYPE)}
        self.code_of_type = {row.id: row.text("code") for row in tables.rows(TYPE)}

    def is_customer(self, location: int | None) -> bool:
        return self.usage.get(location or 0) == CUSTOMER_USAGE

    def home_id(self, location: int | None) -> str | None:
        """Return the external id of the warehouse that *location* is part of."""
        home = self.home.get(location or 0)
        return None if home is None else str(home)

    def _above(self, location: int, views: Mapping[int | None, int]) -> int | None:
        seen: set[int] = set()
        place: int | None = location
        while place is not None and place not in seen:
            if place in views:
                return views[place]
            seen.add(place)
            place = self._parents.get(place)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What was read together: all that records are put together of, and when reading it began."""

    tables: Tables
    places: Places
    asked_at: datetime


def _warehouse(row: Row, stores: Iterable[int | None]) -> Warehouse:
    return Warehouse(
        id=row.id,
        row=row,
        view=row.link("view_location_id") or 0,
        shelf=row.link("lot_stock_id") or 0,
        is_store=row.id in stores,
    )


def location(warehouse: Warehouse, book: Book) -> LocationRecord:
    """Read one warehouse; one that a till sells from is a store.

    Its code is its name: what Odoo calls code has at most five characters.
    """
    row = warehouse.row
    partner = book.tables.find(customers.MODEL, row.link("partner_id"))
    name = partner.find_text("name") if partner else None
    return LocationRecord(
        external_id=str(row.id),
        revised_at=book.asked_at,
        code=row.text("name"),
        name=name or row.text("name"),
        type=LocationType.STORE if warehouse.is_store else LocationType.WAREHOUSE,
        address=customers.address(partner, book.tables) if partner else None,
        is_active=row.flag("active"),
    )


def level(row: Row, warehouse: int, asked_at: datetime) -> LevelRecord:
    """Read one product in one warehouse.

    *outgoing_qty* is all that is planned to leave the shelf, set aside or not, so that it is what
    placed orders hold; *available* below zero is what was sold and is not there.
    """
    on_hand, committed = row.units("qty_available"), row.units("outgoing_qty")
    return LevelRecord(
        external_id=level_id(row.id, warehouse),
        revised_at=asked_at,
        item_id=str(row.id),
        sku=row.find_text("default_code"),
        location_id=str(warehouse),
        quantities=Quantities(
            on_hand=on_hand,
            available=on_hand - committed,
            committed=committed,
            incoming=row.units("incoming_qty"),
        ),
    )


def level_id(product: int, warehouse: int) -> str:
    return f"{product}@{warehouse}"


def parse_level_id(external_id: str) -> tuple[int, int] | None:
    """Read ``"4@1"``: product and warehouse; None when it is no such id."""
    product, _, warehouse = external_id.partition("@")
    if not (wire.is_id(product) and wire.is_id(warehouse)):
        return None
    return int(product), int(warehouse)
