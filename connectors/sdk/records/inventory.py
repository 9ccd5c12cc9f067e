"""Locations and stock levels, as one system states them."""

from dataclasses import dataclass
from datetime import datetime

from connectors.sdk.records.states import LocationType
from connectors.sdk.values import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationRecord:
    """Where stock lies. *code* joins the same place in several systems: ``"DC-RENO"``."""

    external_id: str
    revised_at: datetime
    code: str
    name: str
    type: LocationType
    address: Address | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantities:
    """Units of one item at one location; None = the system does not count this state.

    Words are Shopify's. *committed* is hard (placed orders: Medusa and commercetools call it
    "reserved"), *reserved* is soft (a cart holding for a while).
    """

    on_hand: int | None = None
    available: int | None = None
    committed: int | None = None
    reserved: int | None = None
    safety_stock: int | None = None
    quality_control: int | None = None
    damaged: int | None = None
    incoming: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRecord:
    """The stock of one item at one location. *external_id* is ``f"{item_id}@{location_id}"``
    unless the system has an id for it."""

    external_id: str
    revised_at: datetime
    item_id: str
    """The system's variant or inventory item id."""
    sku: str | None
    location_id: str
    quantities: Quantities
