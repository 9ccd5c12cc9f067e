"""The order that a command is about, and its lines by line id or by SKU."""

from collections import Counter
from collections.abc import Mapping, Sequence

from connectors.sdk.changes import Change
from connectors.sdk.errors import Missing, Rejected
from connectors.sdk.values import LineQuantity
from connectors.vendure import mapping
from connectors.vendure.mapping import Node, Reading


def order_in(root: Node, order_id: str) -> Node:
    """Return the one order of an answer. Raises: Missing."""
    orders = root["orders"]["items"].items()
    if not orders:
        raise Missing(f"there is no order {order_id}", code="ORDER_NOT_FOUND", field="order_id")
    return orders[0]


def records(order: Node, reading: Reading) -> list[Change]:
    """Return the order, its shipments and refunds, and its variants' stock, which moved too."""
    changes = mapping.order(order, reading)
    seen: set[str] = set()
    for line in order["lines"].items():
        variant = line["productVariant"]
        if variant["id"].text() not in seen:
            changes += mapping.levels(variant, reading)
        seen.add(variant["id"].text())
    return changes


def require_counts(lines: Sequence[LineQuantity]) -> None:
    """Refuse lines without units: Vendure takes -1 units "canceled" for one unit more.

    Raises: Rejected.
    """
    if any(line.quantity < 1 for line in lines):
        raise Rejected("every line needs at least one unit", code="QUANTITY", field="lines")


def allot(
    order: Node, lines: Sequence[LineQuantity], available: Mapping[str, int]
) -> dict[str, int] | None:
    """Spread *lines* over the units *available* by line id; None when those do not suffice.

    A line named by SKU alone takes from every line of that SKU, in the order's own order; lines
    named by id are served first.
    """
    left, taken = Counter(dict(available)), Counter[str]()
    for line in sorted(lines, key=lambda one: one.line_id is None):
        missing = line.quantity
        for line_id in _candidates(order, line):
            units = min(missing, left[line_id])
            left[line_id] -= units
            taken[line_id] += units
            missing -= units
        if missing:
            return None
    return dict(+taken)


def _candidates(order: Node, line: LineQuantity) -> list[str]:
    if line.line_id is not None:
        return [line.line_id]
    return [
        each["id"].text()
        for each in order["lines"].items()
        if line.sku and each["productVariant"].optional("sku") == line.sku
    ]


def require_known(order: Node, lines: Sequence[LineQuantity]) -> None:
    """Raises: Missing when a line names none of the order's."""
    known = {each["id"].text() for each in order["lines"].items()}
    if any(not known.intersection(_candidates(order, line)) for line in lines):
        raise Missing("the order has no such line", code="ORDER_LINE_NOT_FOUND", field="lines")
