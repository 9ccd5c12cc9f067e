"""What the marketplace's answers mean. Pure."""

from connectors.flexmarket.mapping.catalog import product
from connectors.flexmarket.mapping.orders import order, shipment_id
from connectors.flexmarket.mapping.returns import returned
from connectors.flexmarket.mapping.shop import Shop
from connectors.flexmarket.mapping.stock import LOCATION, level, level_id, location

__all__ = [
    "LOCATION",
    "Shop",
    "level",
    "level_id",
    "location",
    "order",
    "product",
    "returned",
    "shipment_id",
]
