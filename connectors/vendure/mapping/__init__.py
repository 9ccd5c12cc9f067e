"""Vendure's JSON read into records. Pure: one function a noun, nothing is asked for."""

from collections.abc import Callable

from connectors.sdk.changes import Change, read
from connectors.sdk.records import Kind
from connectors.vendure.mapping.catalog import product
from connectors.vendure.mapping.customers import customer
from connectors.vendure.mapping.orders import is_settled, order
from connectors.vendure.mapping.reading import Options, Reading
from connectors.vendure.mapping.shape import Node
from connectors.vendure.mapping.stock import level_id, levels, location

ROWS: dict[Kind, Callable[[Node, Reading], list[Change]]] = {
    Kind.ORDER: order,
    Kind.CUSTOMER: customer,
    Kind.PRODUCT: product,
    Kind.LEVEL: levels,
    Kind.LOCATION: location,
}
"""What reads one row of a kind's list; a row of levels is a variant."""


def row(kind: Kind, node: Node, reading: Reading) -> list[Change]:
    """Return what one row states; Unreadable when it breaks Vendure's own contract."""
    return read(kind, node["id"].text(), node.json(), lambda: ROWS[kind](node, reading))


__all__ = [
    "ROWS",
    "Node",
    "Options",
    "Reading",
    "is_settled",
    "level_id",
    "levels",
    "order",
    "row",
]
