"""RecordShipment and RecordDelivery."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sdk.commands import Outcome, RecordDelivery, RecordShipment
from connectors.sdk.errors import Conflict, Missing
from connectors.sdk.records import Tracking
from connectors.sdk.values import LineQuantity
from connectors.shopify.mapping import parts
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.requests.documents import Call
from connectors.shopify.requests.flow import Flow, ReadOrder, outcome_now, read_order, refuse

_READY = ("OPEN", "IN_PROGRESS")
"""Fulfillment order states in which goods may leave. Source: FulfillmentOrderStatus."""

_DEAD = ("CANCELLED", "ERROR", "FAILURE")
"""Fulfillment states in which nothing left, so that the goods may leave again."""


def ship(command: RecordShipment) -> Flow[Outcome]:
    """Record one parcel.

    After a crash: a live fulfillment with this number and these units is the one; it is not made
    again. Two parcels never share both.
    """
    order = yield from read_order(command.order_id)
    earlier = _shipped(command, order.stated)
    if earlier is not None:
        return order.outcome(earlier)
    fulfillment = {
        "lineItemsByFulfillmentOrder": _allocate(command, order.stated),
        "notifyCustomer": command.notify_customer,
        "trackingInfo": _tracking_info(command.tracking),
    }
    answered = yield Call(name="FulfillmentCreate", variables={"fulfillment": fulfillment})
    payload = answered.data["fulfillmentCreate"]
    refuse(payload)
    return (yield from outcome_now(command.order_id, payload["fulfillment"]["id"].text))


def find_shipped(command: RecordShipment) -> Flow[Outcome | None]:
    try:
        order = yield from read_order(command.order_id)
    except Missing:
        return None
    earlier = _shipped(command, order.stated)
    return None if earlier is None else order.outcome(earlier)


def _tracking_info(tracking: Tracking) -> dict[str, str]:
    stated = {"number": tracking.number, "company": tracking.carrier, "url": tracking.url}
    return {name: value for name, value in stated.items() if value is not None}


def _shipped(command: RecordShipment, order: Answer) -> str | None:
    """The id of the fulfillment that this command made, if it did."""
    skus = {one["id"].text: one["sku"].text_or_none for one in order["lineItems"].nodes}
    for one in order["fulfillments"].items:
        numbers = [track["number"].text_or_none for track in one["trackingInfo"].items]
        lines = parts.line_quantities(one["fulfillmentLineItems"], "quantity")
        if (
            command.tracking.number in numbers
            and one["status"].text not in _DEAD
            and _are_same(command.lines, lines, skus)
        ):
            return one["id"].text
    return None


def _are_same(
    wanted: Sequence[LineQuantity], shipped: Sequence[LineQuantity], skus: dict[str, str | None]
) -> bool:
    """Compare units by line, or by SKU when a line is not named. No lines: whatever there was."""
    by_line = all(one.line_id for one in wanted)
    found: Counter[str | None] = Counter()
    for one in shipped:
        found[one.line_id if by_line else skus.get(one.line_id or "")] += one.quantity
    asked: Counter[str | None] = Counter()
    for one in wanted:
        asked[one.line_id if by_line else one.sku or skus.get(one.line_id or "")] += one.quantity
    return not wanted or asked == found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Units of a line that a fulfillment order may still send."""

    work_id: str
    location_id: str | None
    item_id: str
    line_id: str
    sku: str | None
    left: int


def _allocate(command: RecordShipment, order: Answer) -> list[dict[str, Any]]:
    """Which fulfillment orders the units are of: all of one location, as fulfillmentCreate wants.

    Raises: Missing, Conflict.
    """
    rows = _rows(command, order)
    for place in dict.fromkeys(row.location_id for row in rows):
        taken = _take(command.lines, [row for row in rows if row.location_id == place])
        if taken is not None:
            return _grouped(taken)
    raise Conflict(
        "these units are not ready to leave from one location", code="NOT_READY", field="lines"
    )


def _rows(command: RecordShipment, order: Answer) -> list[_Row]:
    skus = {one["id"].text: one["sku"].text_or_none for one in order["lineItems"].nodes}
    rows: list[_Row] = []
    for work in _ready(command.fulfillment_order_id, order):
        for item in work["lineItems"].nodes:
            line_id = item["lineItem"]["id"].text
            row = _Row(
                work_id=work["id"].text,
                location_id=work["assignedLocation"]["location"]["id"].text_or_none,
                item_id=item["id"].text,
                line_id=line_id,
                sku=skus.get(line_id),
                left=item["remainingQuantity"].whole,
            )
            rows.append(row)
    return rows


def _ready(work_id: str | None, order: Answer) -> list[Answer]:
    """The fulfillment order named, or all that may send. Raises: Missing, Conflict."""
    stated = order["fulfillmentOrders"].nodes
    if work_id is None:
        return [one for one in stated if one["status"].text in _READY]
    named = [one for one in stated if one["id"].text == work_id]
    if not named:
        raise Missing(
            f"no fulfillment order {work_id}", code="NOT_FOUND", field="fulfillment_order_id"
        )
    status = named[0]["status"].text
    if status not in _READY:
        raise Conflict(
            f"the fulfillment order is {status}", code=status, field="fulfillment_order_id"
        )
    return named


def _take(wanted: Sequence[LineQuantity], rows: list[_Row]) -> Counter[tuple[str, str]] | None:
    """Units by (fulfillment order, its line), or None when *rows* hold too few."""
    taken: Counter[tuple[str, str]] = Counter()
    if not wanted:
        taken.update({(row.work_id, row.item_id): row.left for row in rows if row.left})
        return taken or None
    for one in wanted:
        lacking = one.quantity
        for row in rows:
            if row.line_id == one.line_id or (one.line_id is None and row.sku == one.sku):
                key = (row.work_id, row.item_id)
                units = min(row.left - taken[key], lacking)
                taken[key] += units
                lacking -= units
        if lacking:
            return None
    return +taken


def _grouped(taken: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for (work_id, item_id), units in taken.items():
        groups.setdefault(work_id, []).append({"id": item_id, "quantity": units})
    return [
        {"fulfillmentOrderId": work_id, "fulfillmentOrderLineItems": items}
        for work_id, items in groups.items()
    ]


def deliver(command: RecordDelivery) -> Flow[Outcome]:
    """Add the scan "delivered" to a fulfillment that has none."""
    order = yield from read_order(command.order_id)
    stated = _fulfillment(command, order)
    if parts.is_delivered(stated):
        return order.outcome(command.shipment_id)
    status = stated["status"].text
    if status in _DEAD:
        raise Conflict(f"the fulfillment is {status}", code=status, field="shipment_id")
    answered = yield Call(name="FulfillmentDelivered", variables={"id": command.shipment_id})
    refuse(answered.data["fulfillmentEventCreate"])
    return (yield from outcome_now(command.order_id, command.shipment_id))


def find_delivered(command: RecordDelivery) -> Flow[Outcome | None]:
    try:
        order = yield from read_order(command.order_id)
        stated = _fulfillment(command, order)
    except Missing:
        return None
    return order.outcome(command.shipment_id) if parts.is_delivered(stated) else None


def _fulfillment(command: RecordDelivery, order: ReadOrder) -> Answer:
    for one in order.stated["fulfillments"].items:
        if one["id"].text == command.shipment_id:
            return one
    raise Missing("the order has no such shipment", code="NOT_FOUND", field="shipment_id")
