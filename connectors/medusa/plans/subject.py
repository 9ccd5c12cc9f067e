"""The order that a command is about, its lines by line id or by SKU, and the log of it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from connectors.medusa import requests
from connectors.medusa.mapping import Node
from connectors.medusa.mapping.lines import came_back
from connectors.medusa.plans.plan import Touched
from connectors.medusa.requests import Call
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.values import LineQuantity

UNDER_WAY = ("pending", "requested")
"""States of a change of an order that is neither done nor given up; an order has one at most."""


def order(order_id: str) -> Call:
    return requests.ORDERS.by_ids([order_id])


def order_in(answer: Node, order_id: str) -> Node:
    """Return the one order of an answer. Raises: Missing."""
    orders = answer.rows("orders")
    if not orders:
        raise Missing(f"there is no order {order_id}", code="ORDER_NOT_FOUND", field="order_id")
    return orders[0]


def touched(found: Node) -> Touched:
    """Return an order and the inventory items of its lines, whose stock moved too."""
    items = {
        part["inventory_item_id"].text() for line in found.items("items") for part in parts(line)
    }
    return Touched(orders=(found["id"].text(),), items=tuple(sorted(items)))


def parts(line: Node) -> list[Node]:
    """Return the inventory items that a line's variant is made of; none for one that is gone."""
    variant = line.find("variant")
    return variant.items("inventory_items") if variant else []


def items_of(found: Node, lines: Mapping[str, int]) -> list[str]:
    """Return the inventory items that are counted, of some lines."""
    return sorted(
        {
            part["inventory_item_id"].text()
            for line in found.items("items")
            if line["id"].text() in lines
            and (variant := line.find("variant"))
            and variant.flag("manage_inventory")
            for part in parts(line)
        }
    )


def require_open(found: Node) -> None:
    """Raises: Conflict when the order is canceled."""
    if found.find("canceled_at"):
        raise Conflict("the order is canceled", code="ORDER_CANCELED", field="order_id")


def require_counts(lines: Sequence[LineQuantity]) -> None:
    """Raises: Rejected for a line without units."""
    if any(line.quantity < 1 for line in lines):
        raise Rejected("every line needs at least one unit", code="QUANTITY", field="lines")


def require_known(found: Node, lines: Sequence[LineQuantity]) -> None:
    """Raises: Missing when a line names none of the order's."""
    known = {each["id"].text() for each in found.items("items")}
    if any(not known.intersection(_candidates(found, line)) for line in lines):
        raise Missing("the order has no such line", code="ORDER_LINE_NOT_FOUND", field="lines")


def open_units(found: Node) -> dict[str, int]:
    """Return units by line id that are in no fulfillment."""
    return {
        line["id"].text(): line.units("quantity") - line["detail"].units("fulfilled_quantity")
        for line in found.items("items")
    }


def returnable_units(found: Node) -> dict[str, int]:
    """Return units by line id that left, and are neither back nor on their way."""
    return {
        line["id"].text(): line["detail"].units("fulfilled_quantity")
        - line["detail"].units("return_requested_quantity")
        - came_back(line["detail"])
        for line in found.items("items")
    }


def allot(
    found: Node, lines: Sequence[LineQuantity], available: Mapping[str, int]
) -> dict[str, int] | None:
    """Spread *lines* over the units *available* by line id; None when those do not suffice.

    A line named by SKU alone takes from every line of that SKU, in the order's own order; lines
    named by id are served first.
    """
    left, taken = Counter(dict(available)), Counter[str]()
    for line in sorted(lines, key=lambda one: one.line_id is None):
        lacking = line.quantity
        for line_id in _candidates(found, line):
            units = max(0, min(lacking, left[line_id]))
            left[line_id] -= units
            taken[line_id] += units
            lacking -= units
        if lacking:
            return None
    return dict(+taken)


def _candidates(found: Node, line: LineQuantity) -> list[str]:
    if line.line_id is not None:
        return [line.line_id]
    return [
        each["id"].text()
        for each in found.items("items")
        if line.sku and each.optional("variant_sku") == line.sku
    ]


def active_change(changes: Sequence[Node]) -> Node | None:
    """Return the change of an order that is under way. Only one may be."""
    return next((each for each in changes if each["status"].value in UNDER_WAY), None)


def actions(change: Node, kind: str) -> dict[str, int]:
    """Return units by line id that a change takes up under one kind of action."""
    found: Counter[str] = Counter()
    for each in change.items("actions"):
        if each["action"].value == kind:
            details = each["details"]
            found[details["reference_id"].text()] += details.units("quantity")
    return dict(found)
