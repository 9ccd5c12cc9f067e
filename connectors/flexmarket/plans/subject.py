"""The order that a command is about, and its lines by line id or by SKU."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from connectors.flexmarket import mapping
from connectors.flexmarket.mapping.returns import own_items, units
from connectors.flexmarket.plans.plan import State
from connectors.flexmarket.row import Row
from connectors.sdk.changes import Change
from connectors.sdk.errors import Missing, Rejected
from connectors.sdk.values import LineQuantity

PART = "PART"
"""The code for what the marketplace does as a whole or not at all."""


def order_in(state: State) -> Row:
    """Return the seller's order. Raises: Missing."""
    if state.order is None:
        raise Missing("the seller has no such order", code="ORDER_NOT_FOUND", field="order_id")
    return state.order


def parent_in(state: State) -> Row:
    """Return the shopper's whole order. Raises: Missing."""
    if state.parent is None:
        raise Missing("the shopper's order is not there", code="ORDER_NOT_FOUND", field="order_id")
    return state.parent


def records(state: State) -> list[Change]:
    return mapping.order(order_in(state), state.shop)


def require_counts(lines: Iterable[LineQuantity]) -> None:
    """Raises: Rejected for lines without units."""
    if any(line.quantity < 1 for line in lines):
        raise Rejected("every line needs at least one unit", code="QUANTITY", field="lines")


def left_to_ship(order: Row) -> dict[str, int]:
    """Return the units of each line that have not left, without lines that have none."""
    return {
        item.text("order_item_id"): left
        for item in order.rows("items")
        if (left := item.count("quantity") - item.count("quantity_shipped")) > 0
    }


def allot(
    order: Row, lines: Sequence[LineQuantity], available: Mapping[str, int]
) -> dict[str, int] | None:
    """Spread *lines* over the units *available* by line id; None when those do not suffice.

    A line named by SKU alone takes from every line of that SKU, in the order's own order; lines
    named by id are served first.

    Raises: Missing when a line names none of the order's.
    """
    left, taken = Counter(dict(available)), Counter[str]()
    for line in sorted(lines, key=lambda one: one.line_id is None):
        missing = line.quantity
        for line_id in _candidates(order, line):
            moved = min(missing, left[line_id])
            left[line_id] -= moved
            taken[line_id] += moved
            missing -= moved
        if missing:
            return None
    return dict(+taken)


def _candidates(order: Row, line: LineQuantity) -> list[str]:
    found = [
        item.text("order_item_id")
        for item in order.rows("items")
        if (item.text("order_item_id") if line.line_id else item.maybe("sku"))
        == (line.line_id or line.sku)
    ]
    if not found:
        raise Missing("the order has no such line", code="ORDER_LINE_NOT_FOUND", field="lines")
    return found


def own_parcels(state: State) -> list[Row]:
    """Return the parcels of the shopper's order that hold goods of this seller and no other's."""
    parent = parent_in(state)
    own = set(own_items(parent, state.shop))
    return [
        parcel
        for parcel in parent.rows("shipments")
        if (held := set(units(parcel))) and held <= own
    ]
