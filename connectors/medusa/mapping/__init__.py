"""Medusa's JSON read into records. Pure: one function a noun, nothing is asked for."""

from collections.abc import Callable

from connectors.medusa.mapping.catalog import product
from connectors.medusa.mapping.customers import customer
from connectors.medusa.mapping.orders import is_settled, order
from connectors.medusa.mapping.reading import Options, Reading
from connectors.medusa.mapping.returns import names_reasons
from connectors.medusa.mapping.shape import Node
from connectors.medusa.mapping.stock import level_id, levels, location
from connectors.sdk.changes import Change, read
from connectors.sdk.records import Kind, ReturnRecord


def _returns(node: Node, reading: Reading) -> list[Change]:
    return [each for each in order(node, reading) if isinstance(each, ReturnRecord)]


ROWS: dict[Kind, Callable[[Node, Reading], list[Change]]] = {
    Kind.ORDER: order,
    Kind.CUSTOMER: customer,
    Kind.PRODUCT: product,
    Kind.LEVEL: levels,
    Kind.LOCATION: location,
    Kind.RETURN: _returns,
}
"""What reads one row of a kind's list: of levels an inventory item, of returns an order."""


def row(kind: Kind, node: Node, reading: Reading) -> list[Change]:
    """Return what one row states; Unreadable when it breaks Medusa's own contract."""
    return read(kind, node["id"].text(), node.json(), lambda: ROWS[kind](node, reading))


__all__ = [
    "ROWS",
    "Node",
    "Options",
    "Reading",
    "is_settled",
    "level_id",
    "levels",
    "names_reasons",
    "order",
    "row",
]
