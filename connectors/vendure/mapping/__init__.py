"""Vendure's JSON read into records. Pure: one function a noun, nothing is asked for."""

from connectors.vendure.mapping.catalog import product
from connectors.vendure.mapping.customers import customer
from connectors.vendure.mapping.orders import is_settled, order
from connectors.vendure.mapping.reading import Options, Reading
from connectors.vendure.mapping.shape import Node
from connectors.vendure.mapping.stock import level_id, levels, location

__all__ = [
    "Node",
    "Options",
    "Reading",
    "customer",
    "is_settled",
    "level_id",
    "levels",
    "location",
    "order",
    "product",
]
