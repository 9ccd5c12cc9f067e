"""Returns: at Square a return is a new order that names the order it returns from.

Source: developer.squareup.com/docs/orders-api/order-returns-exchanges; openapi.json OrderReturn.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from connectors.sdk.errors import Malformed
from connectors.sdk.records import ReturnRecord
from connectors.sdk.records.states import ReturnStatus
from connectors.sdk.values import LineQuantity
from connectors.square.mapping import lines
from connectors.square.reading import Node, is_whole

_STATUS = {
    "DRAFT": ReturnStatus.REQUESTED,
    "OPEN": ReturnStatus.APPROVED,
    "COMPLETED": ReturnStatus.CLOSED,
    "CANCELED": ReturnStatus.CANCELED,
}
"""COMPLETED is CLOSED, not RECEIVED: goods are back *and* the money is, nothing is left to do."""


def records(order: Node, sources: Mapping[str, Node], as_of: datetime) -> list[ReturnRecord]:
    """Return one record a sale that goods came back from.

    An amount-only refund makes such an order too, with a custom amount in place of goods: it is no
    return. *sources* are the sales, needed where goods sold by measure came back (`needed`).

    Raises: Malformed.
    """
    found = (_record(order, one, sources, as_of) for one in order.nodes("returns"))
    return [record for record in found if record is not None]


def has_goods(order: Node) -> bool:
    """False when nothing but money went back. Raises: Malformed."""
    return any(_goods(one) for one in order.nodes("returns"))


def needed(order: Node) -> set[str]:
    """Return the ids of the sales that `records` must see: something measured came back."""
    try:
        return {
            one.text("source_order_id")
            for one in order.nodes("returns")
            if one.optional_text("source_order_id") and any(map(_is_measured, _goods(one)))
        }
    except Malformed:
        return set()  # `records` meets the same fault, and says which subject has it


def _record(
    order: Node, node: Node, sources: Mapping[str, Node], as_of: datetime
) -> ReturnRecord | None:
    goods = _goods(node)
    if not goods:
        return None
    source_id = node.optional_text("source_order_id")
    source = sources.get(source_id or "")
    sold = lines.read(source) if source else {}
    raw = order.optional_text("state") or ""
    return ReturnRecord(
        external_id=f"{order.text('id')}:{node.optional_text('uid') or source_id or 'unlinked'}",
        revised_at=as_of,
        order_id=source_id,
        status=_STATUS.get(raw, ReturnStatus.UNKNOWN),
        raw_status=raw,
        lines=tuple(_quantity(line, sold) for line in goods),
        reason=next((one.optional_text("reason") for one in order.nodes("refunds")), None),
        created_at=order.optional_moment("created_at"),
        location_id=order.optional_text("location_id"),
    )


def _goods(node: Node) -> list[Node]:
    """Return the lines that are goods: those that name a sold line or a thing of the catalog."""
    return [
        line
        for line in node.nodes("return_line_items")
        if line.optional_text("source_line_item_uid") or line.optional_text("catalog_object_id")
    ]


def _quantity(line: Node, sold: lines.Lines) -> LineQuantity:
    uid = line.optional_text("source_line_item_uid")
    return LineQuantity(line_id=uid, quantity=_units(line, line.quantity("quantity"), uid, sold))


def _units(line: Node, quantity: Decimal, uid: str | None, sold: lines.Lines) -> int:
    """Return units; what was sold as one measured piece comes back as one, or not in units."""
    original = sold.get(uid or "")
    if original is not None:
        return original.units_of(quantity, f"{line.at}.quantity")
    if not is_whole(quantity):
        raise Malformed(f"{line.at}.quantity: {quantity} of a line we cannot see")
    return int(quantity)


def _is_measured(line: Node) -> bool:
    return line.optional_node("quantity_unit") is not None or not is_whole(
        line.quantity("quantity")
    )
