"""EasyPost's JSON -> records. Pure.

Weights and sizes are not read back; money is a decimal string beside a currency; times are
ISO 8601, with Z or an offset.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self

from connectors.sdk import changes
from connectors.sdk.commands import Label
from connectors.sdk.errors import Malformed
from connectors.sdk.records import (
    ShipmentRecord,
    TrackerRecord,
    Tracking,
    TrackingEventRecord,
)
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.sdk.values import Money

# Source: docs.easypost.com/docs/trackers (status), recorded payloads 2025-03 .. 2025-11.
STATUS = {
    "unknown": TrackingStatus.UNKNOWN,
    "pre_transit": TrackingStatus.LABEL_CREATED,
    "in_transit": TrackingStatus.IN_TRANSIT,
    "out_for_delivery": TrackingStatus.OUT_FOR_DELIVERY,
    "available_for_pickup": TrackingStatus.READY_FOR_PICKUP,
    "delivered": TrackingStatus.DELIVERED,
    "return_to_sender": TrackingStatus.RETURNING,
    "failure": TrackingStatus.FAILED,
    "cancelled": TrackingStatus.CANCELED,
    "canceled": TrackingStatus.CANCELED,
    # The tracker is broken, which says nothing of the parcel.
    "error": TrackingStatus.UNKNOWN,
}

_SETBACKS = {
    "delayed": TrackingStatus.DELAYED,
    "weather_delay": TrackingStatus.DELAYED,
    "missorted": TrackingStatus.DELAYED,
    "transit_exception": TrackingStatus.DELAYED,
    "held": TrackingStatus.ON_HOLD,
    "awaiting_information": TrackingStatus.ON_HOLD,
    "lost": TrackingStatus.LOST,
    "return": TrackingStatus.RETURNING,
}

# status -> status_detail -> what the two say together, where that is more than the status alone.
# "failure" is not the end: carriers state it for one missed delivery, and go on the next day.
# Source: docs.easypost.com/docs/trackers (status_detail), easypost.com/how-do-you-handle-failed-
# deliveries-second-attempts-final-details ("a single failed delivery ... in_transit").
REFINED: dict[str, dict[str, TrackingStatus]] = {
    "in_transit": {
        **_SETBACKS,
        "delivery_exception": TrackingStatus.ATTEMPTED,
        "out_for_delivery": TrackingStatus.OUT_FOR_DELIVERY,
        "arrived_at_pickup_location": TrackingStatus.READY_FOR_PICKUP,
    },
    "out_for_delivery": {"delivery_exception": TrackingStatus.ATTEMPTED},
    "failure": {
        **_SETBACKS,
        "address_correction": TrackingStatus.ON_HOLD,
        "cancelled": TrackingStatus.CANCELED,
    },
}

# status_detail -> why. Source: karrio's names for incident reasons, as TrackingEventRecord.
REASONS = {
    "address_correction": "consignee_incorrect_address",
    "damaged": "carrier_damaged_parcel",
    "lost": "carrier_parcel_lost",
    "missorted": "carrier_sorting_error",
    "refused": "consignee_refused",
    "weather_delay": "weather_delay",
}

SHIPPED = {
    TrackingStatus.LABEL_CREATED: ShipmentStatus.LABEL_PURCHASED,
    TrackingStatus.CARRIER_PICKED_UP: ShipmentStatus.SHIPPED,
    TrackingStatus.IN_TRANSIT: ShipmentStatus.SHIPPED,
    TrackingStatus.OUT_FOR_DELIVERY: ShipmentStatus.SHIPPED,
    TrackingStatus.ATTEMPTED: ShipmentStatus.SHIPPED,
    TrackingStatus.READY_FOR_PICKUP: ShipmentStatus.SHIPPED,
    TrackingStatus.DELAYED: ShipmentStatus.SHIPPED,
    TrackingStatus.ON_HOLD: ShipmentStatus.SHIPPED,
    TrackingStatus.DELIVERED: ShipmentStatus.DELIVERED,
    TrackingStatus.RETURNING: ShipmentStatus.RETURNED,
    TrackingStatus.RETURNED: ShipmentStatus.RETURNED,
    TrackingStatus.LOST: ShipmentStatus.FAILED,
    TrackingStatus.FAILED: ShipmentStatus.FAILED,
    TrackingStatus.CANCELED: ShipmentStatus.CANCELED,
}

MOVED = ("in_transit", "out_for_delivery", "available_for_pickup", "delivered", "return_to_sender")
"""Statuses of a scan that only a parcel in the carrier's hands can have."""

GIVEN_BACK = ("submitted", "refunded")
"""refund_status of a label that was given back, whatever the carrier says in the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One JSON object, and where in the answer it stands: ``$.trackers[3].tracking_details[0]``."""

    value: Mapping[str, Any]
    path: str

    @classmethod
    def of(cls, value: object, path: str = "$") -> Self:
        if not isinstance(value, dict):
            raise Malformed(f"{path}: not an object")
        return cls(value=value, path=path)

    def text(self, key: str) -> str:
        found = self.value.get(key)
        if not isinstance(found, str) or not found:
            raise Malformed(f"{self.path}.{key}: not a text")
        return found

    def maybe_text(self, key: str) -> str | None:
        """Read a text; null, absent and empty are None."""
        return None if self.value.get(key) in (None, "") else self.text(key)

    def time(self, key: str) -> datetime:
        text = self.text(key)
        try:
            found = datetime.fromisoformat(text)
        except ValueError as error:
            raise Malformed(f"{self.path}.{key}: not a time: {text[:40]!r}") from error
        # Source: docs.easypost.com/docs/trackers: without a known place, times are UTC.
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)

    def maybe_time(self, key: str) -> datetime | None:
        return None if self.value.get(key) in (None, "") else self.time(key)

    def money(self, key: str, currency_key: str) -> Money:
        """Read ``{"rate": "6.07", "currency": "USD"}``; some answers state the rate as a number."""
        amount = self.value.get(key)
        if not isinstance(amount, str | Decimal | int) or isinstance(amount, bool):
            raise Malformed(f"{self.path}.{key}: not an amount")
        try:
            return Money.of(Decimal(amount), self.text(currency_key))
        except (ArithmeticError, ValueError) as error:
            raise Malformed(f"{self.path}.{key}: not an amount of money") from error

    def node(self, key: str) -> "Node":
        return Node.of(self.value.get(key), f"{self.path}.{key}")

    def maybe_node(self, key: str) -> "Node | None":
        return None if self.value.get(key) is None else self.node(key)

    def nodes(self, key: str) -> "list[Node]":
        found = self.value.get(key)
        if not isinstance(found, list):
            raise Malformed(f"{self.path}.{key}: not a list")
        return [Node.of(item, f"{self.path}.{key}[{i}]") for i, item in enumerate(found)]


# Trackers


def tracker(node: Node) -> TrackerRecord:
    """Read a Tracker. Its updated_at moves with every scan, so it is the record's revision: late
    and doubled deliveries sort themselves out."""
    events = _events(node.nodes("tracking_details"))
    return TrackerRecord(
        external_id=node.text("id"),
        revised_at=node.time("updated_at"),
        tracking_number=node.text("tracking_code"),
        carrier=node.text("carrier"),
        status=_tracker_status(node, events),
        raw_status=_raw(node),
        events=events,
        estimated_delivery_at=node.maybe_time("est_delivery_date"),
        signed_by=node.maybe_text("signed_by"),
        url=node.maybe_text("public_url"),
        shipment_id=node.maybe_text("shipment_id"),
    )


def _tracker_status(node: Node, events: Sequence[TrackingEventRecord]) -> TrackingStatus:
    """Read the status of the whole: EasyPost's own word, never guessed from the last scan, except
    that a parcel whose one movement is its pick-up has been picked up."""
    status = _status(node)
    silent = (TrackingStatus.LABEL_CREATED, TrackingStatus.UNKNOWN)
    moves = [event.status for event in events if event.status not in silent]
    picked_up = moves == [TrackingStatus.CARRIER_PICKED_UP]
    if status is TrackingStatus.IN_TRANSIT and picked_up:
        return TrackingStatus.CARRIER_PICKED_UP
    return status


def _events(details: Sequence[Node]) -> tuple[TrackingEventRecord, ...]:
    first = next((node for node in details if node.value.get("status") in MOVED), None)
    return tuple(_event(node, is_first_move=node is first) for node in details)


def _event(node: Node, *, is_first_move: bool) -> TrackingEventRecord:
    detail = node.maybe_text("status_detail") or ""
    return TrackingEventRecord(
        occurred_at=node.time("datetime"),
        status=_event_status(node, is_first_move=is_first_move),
        raw_status="/".join(filter(None, (_raw(node), node.maybe_text("carrier_code")))),
        description=node.maybe_text("message") or node.maybe_text("description"),
        location=_location(node.maybe_node("tracking_location")),
        reason=REASONS.get(detail),
    )


def _event_status(node: Node, *, is_first_move: bool) -> TrackingStatus:
    """Read one scan. The first at the origin facility is the pick-up; carriers state the same
    detail again at every later facility, where it is a movement like any other."""
    status = _status(node)
    at_origin = node.value.get("status_detail") == "received_at_origin_facility"
    if status is TrackingStatus.IN_TRANSIT and is_first_move and at_origin:
        return TrackingStatus.CARRIER_PICKED_UP
    return status


def _status(node: Node) -> TrackingStatus:
    stated, detail = node.text("status"), node.maybe_text("status_detail") or ""
    plain = STATUS.get(stated, TrackingStatus.UNKNOWN)
    return REFINED.get(stated, {}).get(detail, plain)


def _raw(node: Node) -> str:
    """``"in_transit/arrived_at_facility"``, or the status alone where the detail adds nothing."""
    stated, detail = node.text("status"), node.maybe_text("status_detail")
    return stated if detail in (None, stated) else f"{stated}/{detail}"


def _location(node: Node | None) -> str | None:
    if node is None:
        return None
    parts = [node.maybe_text(key) for key in ("city", "state", "zip", "country")]
    return ", ".join(part for part in parts if part) or None


# Shipments


def shipment(node: Node, read_at: datetime) -> list[changes.Change]:
    """Read a Shipment, and the Tracker within it.

    *read_at* is the revision: a refund changes the shipment and does not move its updated_at.
    EasyPost's own Order is a set of parcels, not a sale, so order_id stays None.
    """
    within = node.maybe_node("tracker")
    tracked = None if within is None else tracker(within)
    record = ShipmentRecord(
        external_id=node.text("id"),
        revised_at=read_at,
        order_id=None,
        reference=node.maybe_text("reference"),
        status=_shipment_status(node, tracked),
        raw_status=_shipment_raw(node, tracked),
        tracking=_tracking(node, tracked),
        service=_rate(node, "service"),
        label_url=_label_url(node),
        cost=_cost(node),
        shipped_at=_shipped_at(within),
        delivered_at=_delivered_at(within),
        created_at=node.time("created_at"),
    )
    return [record] if tracked is None else [record, tracked]


def is_bought(node: Node) -> bool:
    """True when the shipment has postage."""
    return node.maybe_node("postage_label") is not None


def is_given_back(node: Node) -> bool:
    """True when a refund was asked for, and was not refused."""
    return node.maybe_text("refund_status") in GIVEN_BACK


def label(node: Node) -> Label:
    """Read what was bought. VoidLabel takes the shipment's id. Raises: Malformed when unbought."""
    rate = node.node("selected_rate")
    tracker_url = (node.maybe_node("tracker") or Node.of({})).maybe_text("public_url")
    number, carrier = node.text("tracking_code"), rate.text("carrier")
    return Label(
        id=node.text("id"),
        tracking=Tracking(number=number, carrier=carrier, url=tracker_url),
        service=rate.text("service"),
        cost=rate.money("rate", "currency"),
        url=_label_url(node),
    )


def _cost(node: Node) -> Money | None:
    rate = node.maybe_node("selected_rate")
    return None if rate is None else rate.money("rate", "currency")


def _shipment_status(node: Node, tracked: TrackerRecord | None) -> ShipmentStatus:
    """Read the status from the tracker within, which is fresher than the shipment's own word.

    A label given back is canceled until the parcel moves all the same: then it was used.
    """
    if not is_bought(node):
        return ShipmentStatus.PENDING
    status = tracked.status if tracked else STATUS.get(word(node), TrackingStatus.UNKNOWN)
    unmoved = (TrackingStatus.UNKNOWN, TrackingStatus.LABEL_CREATED)
    if is_given_back(node) and status in unmoved:
        return ShipmentStatus.CANCELED
    if status is TrackingStatus.UNKNOWN and word(node) == "unknown":
        return ShipmentStatus.LABEL_PURCHASED
    return SHIPPED.get(status, ShipmentStatus.UNKNOWN)


def word(node: Node) -> str:
    """Return the status word that counts: of the tracker within, else the subject's own."""
    within = node.maybe_node("tracker")
    return (within or node).maybe_text("status") or "unknown"


def _shipment_raw(node: Node, tracked: TrackerRecord | None) -> str:
    status = tracked.raw_status if tracked else word(node)
    refund = node.maybe_text("refund_status")
    return status if refund is None else f"{status}, refund {refund}"


def _tracking(node: Node, tracked: TrackerRecord | None) -> tuple[Tracking, ...]:
    number = node.maybe_text("tracking_code")
    if number is None:
        return ()
    carrier = _rate(node, "carrier") or (tracked.carrier if tracked else None)
    return (Tracking(number=number, carrier=carrier, url=tracked.url if tracked else None),)


def _rate(node: Node, key: str) -> str | None:
    rate = node.maybe_node("selected_rate")
    return None if rate is None else rate.text(key)


def _label_url(node: Node) -> str | None:
    label = node.maybe_node("postage_label")
    return None if label is None else label.maybe_text("label_url")


def _shipped_at(within: Node | None) -> datetime | None:
    return min(_scanned(within, MOVED), default=None)


def _delivered_at(within: Node | None) -> datetime | None:
    return max(_scanned(within, ("delivered",)), default=None)


def _scanned(within: Node | None, words: tuple[str, ...]) -> list[datetime]:
    details = within.nodes("tracking_details") if within else []
    return [node.time("datetime") for node in details if node.value.get("status") in words]
