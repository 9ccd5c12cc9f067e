"""Fulfillments: work at a location, goods that left, and how far each line has come.

A fulfillment's uid is unique within its order only, so its id for us is ``"<order id>:<uid>"``.

Source: openapi.json FulfillmentState, FulfillmentShipmentDetails, Square-Version 2025-08-20.
"""

from collections.abc import Sequence
from datetime import datetime

from connectors.sdk.errors import Malformed
from connectors.sdk.records import (
    FulfillmentOrderRecord,
    LineCounters,
    ShipmentRecord,
    Tracking,
)
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    Method,
    RequestStatus,
    ShipmentStatus,
    Stage,
)
from connectors.sdk.values import LineQuantity
from connectors.square.mapping.lines import Line, Lines
from connectors.square.reading import Node

_STATUS = {
    "PROPOSED": FulfillmentOrderStatus.OPEN,
    "RESERVED": FulfillmentOrderStatus.IN_PROGRESS,
    "PREPARED": FulfillmentOrderStatus.IN_PROGRESS,
    "COMPLETED": FulfillmentOrderStatus.CLOSED,
    "CANCELED": FulfillmentOrderStatus.CANCELED,
    "FAILED": FulfillmentOrderStatus.INCOMPLETE,
}
_REQUEST = {
    "PROPOSED": RequestStatus.SUBMITTED,
    "RESERVED": RequestStatus.ACCEPTED,
    "PREPARED": RequestStatus.ACCEPTED,
    "COMPLETED": RequestStatus.CLOSED,
    "CANCELED": RequestStatus.CLOSED,
    "FAILED": RequestStatus.REJECTED,
}
_SHIPMENT = {
    "PROPOSED": ShipmentStatus.PENDING,
    "RESERVED": ShipmentStatus.PENDING,
    "PREPARED": ShipmentStatus.LABEL_PURCHASED,
    "COMPLETED": ShipmentStatus.SHIPPED,
    "CANCELED": ShipmentStatus.CANCELED,
    "FAILED": ShipmentStatus.FAILED,
}
_METHOD = {
    "PICKUP": Method.PICKUP,
    "SHIPMENT": Method.SHIPPING,
    "DELIVERY": Method.LOCAL_DELIVERY,
}
_DETAILS = {
    "PICKUP": "pickup_details",
    "SHIPMENT": "shipment_details",
    "DELIVERY": "delivery_details",
}
ENDED = frozenset(("COMPLETED", "CANCELED", "FAILED"))
"""States that a fulfillment does not leave."""
_WITH_THE_CUSTOMER = ("PICKUP", "DELIVERY")
"""Types whose COMPLETED means that the customer has the goods; of a SHIPMENT it means shipped."""


def records(
    order: Node, lines: Lines, as_of: datetime
) -> list[FulfillmentOrderRecord | ShipmentRecord]:
    """Return each fulfillment, and the goods it sent where they left. Raises: Malformed."""
    found: list[FulfillmentOrderRecord | ShipmentRecord] = []
    for fulfillment in order.nodes("fulfillments"):
        found.append(_work(order, fulfillment, lines, as_of))
        shipment = _shipment(order, fulfillment, lines, as_of)
        if shipment is not None:
            found.append(shipment)
    return found


def id_of(order: Node, fulfillment: Node) -> str:
    """``"7yTn:aR3k"``: the order's id, then the uid within it."""
    return f"{order.text('id')}:{fulfillment.text('uid')}"


def state(fulfillment: Node) -> str:
    return fulfillment.optional_text("state") or ""


def details(fulfillment: Node) -> Node:
    """Return the details of the fulfillment's own type; an empty object where there are none."""
    key = details_key(fulfillment)
    empty = Node(fields={}, at=f"{fulfillment.at}.{key}")
    return (fulfillment.optional_node(key) if key else None) or empty


def details_key(fulfillment: Node) -> str:
    """``"shipment_details"`` for a SHIPMENT; empty for a type we do not know."""
    return _DETAILS.get(fulfillment.optional_text("type") or "", "")


def covered(fulfillment: Node, lines: Lines) -> dict[str, int]:
    """Return the units of each line that *fulfillment* is for. Raises: Malformed."""
    entries = fulfillment.nodes("entries")
    if not entries and fulfillment.optional_text("line_item_application") != "ENTRY_LIST":
        return {uid: line.units for uid, line in lines.items()}
    units: dict[str, int] = {}
    for entry in entries:
        line = lines.get(entry.text("line_item_uid"))
        if line is None:
            raise Malformed(f"{entry.at}.line_item_uid: no such line")
        part = line.units_of(entry.quantity("quantity"), f"{entry.at}.quantity")
        units[line.uid] = units.get(line.uid, 0) + part
    return units


def method(order: Node, line: Line, lines: Lines) -> Method:
    """Return how *line* reaches the customer: over the counter where no fulfillment is for it."""
    for fulfillment in order.nodes("fulfillments"):
        if covered(fulfillment, lines).get(line.uid):
            return _method(fulfillment)
    return Method.IN_STORE


def counters(order: Node, line: Line, lines: Lines) -> LineCounters:
    """Return how far *line* has come.

    What no fulfillment is for was handed over the counter when the order was completed. Returns are
    orders of their own (see `returns`), and the sold order does not show them.

    Raises: Malformed when more is fulfilled than was ordered.
    """
    completed = [one for one in order.nodes("fulfillments") if state(one) == "COMPLETED"]
    handed_over = [one for one in completed if one.optional_text("type") in _WITH_THE_CUSTOMER]
    fulfilled, delivered = _units(completed, line, lines), _units(handed_over, line, lines)
    if order.optional_text("state") == "COMPLETED":
        at_counter = max(0, line.units - _units(order.nodes("fulfillments"), line, lines))
        fulfilled, delivered = fulfilled + at_counter, delivered + at_counter
    if fulfilled > line.units:
        raise Malformed(f"{line.node.at}: {fulfilled} of {line.units} units fulfilled")
    is_canceled = order.optional_text("state") == "CANCELED"
    return LineCounters(
        ordered=line.units,
        canceled=line.units - fulfilled if is_canceled else 0,
        fulfilled=fulfilled,
        delivered=delivered,
    )


def _units(fulfillments: Sequence[Node], line: Line, lines: Lines) -> int:
    return sum(covered(fulfillment, lines).get(line.uid, 0) for fulfillment in fulfillments)


def _method(fulfillment: Node) -> Method:
    if details(fulfillment).flag("is_curbside_pickup"):
        return Method.CURBSIDE
    return _METHOD.get(fulfillment.optional_text("type") or "", Method.SHIPPING)


def _quantities(fulfillment: Node, lines: Lines) -> tuple[LineQuantity, ...]:
    return tuple(
        LineQuantity(line_id=uid, quantity=units)
        for uid, units in covered(fulfillment, lines).items()
    )


def _work(order: Node, fulfillment: Node, lines: Lines, as_of: datetime) -> FulfillmentOrderRecord:
    raw = state(fulfillment)
    return FulfillmentOrderRecord(
        external_id=id_of(order, fulfillment),
        revised_at=as_of,
        order_id=order.text("id"),
        status=_STATUS.get(raw, FulfillmentOrderStatus.UNKNOWN),
        raw_status=raw,
        request_status=_REQUEST.get(raw, RequestStatus.UNSUBMITTED),
        stage=_stage(fulfillment),
        method=_method(fulfillment),
        location_id=order.optional_text("location_id"),
        lines=_quantities(fulfillment, lines),
        created_at=details(fulfillment).optional_moment("placed_at"),
    )


def _stage(fulfillment: Node) -> Stage:
    is_shipped = fulfillment.optional_text("type") == "SHIPMENT"
    match state(fulfillment):
        case "RESERVED":
            return Stage.ACCEPTED
        case "PREPARED":
            return Stage.PACKED if is_shipped else Stage.READY_FOR_PICKUP
        case "COMPLETED":
            return Stage.SHIPPED if is_shipped else Stage.HANDED_OVER
        case _:
            return Stage.NEW


def _shipment(
    order: Node, fulfillment: Node, lines: Lines, as_of: datetime
) -> ShipmentRecord | None:
    """Return the goods that left: a SHIPMENT with a number or completed, a DELIVERY completed."""
    kind, raw = fulfillment.optional_text("type"), state(fulfillment)
    about = details(fulfillment)
    number = about.optional_text("tracking_number") if kind == "SHIPMENT" else None
    left = raw == "COMPLETED" and kind in ("SHIPMENT", "DELIVERY")
    if number is None and not left:
        return None
    is_delivered = kind == "DELIVERY"
    arrived_at = about.optional_moment("delivered_at") or about.optional_moment("completed_at")
    status = _SHIPMENT.get(raw, ShipmentStatus.UNKNOWN)
    return ShipmentRecord(
        external_id=id_of(order, fulfillment),
        revised_at=as_of,
        order_id=order.text("id"),
        fulfillment_order_id=id_of(order, fulfillment),
        status=ShipmentStatus.DELIVERED if is_delivered else status,
        raw_status=raw,
        tracking=_tracking(about, number),
        service=about.optional_text("shipping_type"),
        lines=_quantities(fulfillment, lines),
        location_id=order.optional_text("location_id"),
        shipped_at=about.optional_moment("shipped_at" if not is_delivered else "courier_pickup_at"),
        delivered_at=arrived_at if is_delivered else None,
        created_at=about.optional_moment("placed_at"),
    )


def _tracking(about: Node, number: str | None) -> tuple[Tracking, ...]:
    if number is None:
        return ()
    carrier, url = about.optional_text("carrier"), about.optional_text("tracking_url")
    return (Tracking(number=number, carrier=carrier, url=url),)
