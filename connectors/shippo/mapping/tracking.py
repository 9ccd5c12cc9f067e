"""Tracks -> trackers. Pure.

A Track has no id: it is known by its carrier and number, as its address is written.

Source: models.json, Track; docs.goshippo.com/docs/tracking (event definitions).
"""

from datetime import UTC, datetime

from connectors.sdk.records import TrackerRecord, TrackingEventRecord
from connectors.sdk.records.states import TrackingStatus
from connectors.shippo.mapping.reading import Node

STATUS = {
    "UNKNOWN": TrackingStatus.UNKNOWN,
    "PRE_TRANSIT": TrackingStatus.LABEL_CREATED,
    "TRANSIT": TrackingStatus.IN_TRANSIT,
    "DELIVERED": TrackingStatus.DELIVERED,
    # "en route to be returned to the sender, or has been returned": the weaker of the two.
    "RETURNED": TrackingStatus.RETURNING,
    "FAILURE": TrackingStatus.FAILED,
}

# status -> substatus.code -> what the two say together, where that is more than the status alone.
# A missed delivery is TRANSIT at most carriers; some state FAILURE for it, and go on the next day.
REFINED: dict[str, dict[str, TrackingStatus]] = {
    "TRANSIT": {
        "address_issue": TrackingStatus.ON_HOLD,
        "delayed": TrackingStatus.DELAYED,
        "delivery_attempted": TrackingStatus.ATTEMPTED,
        "delivery_rescheduled": TrackingStatus.DELAYED,
        "location_inaccessible": TrackingStatus.ATTEMPTED,
        "notice_left": TrackingStatus.ATTEMPTED,
        "out_for_delivery": TrackingStatus.OUT_FOR_DELIVERY,
        "package_accepted": TrackingStatus.CARRIER_PICKED_UP,
        "package_held": TrackingStatus.ON_HOLD,
        "pickup_available": TrackingStatus.READY_FOR_PICKUP,
        "reschedule_delivery": TrackingStatus.ON_HOLD,
    },
    "FAILURE": {
        "delivery_attempted": TrackingStatus.ATTEMPTED,
        "notice_left": TrackingStatus.ATTEMPTED,
        "package_lost": TrackingStatus.LOST,
    },
}

# substatus.code -> why. Source: karrio's names for incident reasons, as TrackingEventRecord.
REASONS = {
    "address_issue": "consignee_incorrect_address",
    "location_inaccessible": "consignee_access_restricted",
    "package_damaged": "carrier_damaged_parcel",
    "package_lost": "carrier_parcel_lost",
}

LONG_AGO = datetime(2013, 1, 1, tzinfo=UTC)
"""Shippo's beginning. Of a parcel that no carrier has spoken of nothing is known since then, and
whatever is said of it later is newer, by whichever clock."""


def tracker_id(carrier_token: str, number: str) -> str:
    """``"usps/9205590164917337534322"``: as in the address of a Track."""
    return f"{carrier_token}/{number}"


def tracker(node: Node) -> TrackerRecord:
    """Read a Track. The time of its latest status is the record's revision, so that late and
    doubled deliveries sort themselves out; a new estimate alone comes under the same revision."""
    carrier_token, number = node.text("carrier"), node.text("tracking_number")
    latest = node.maybe_node("tracking_status")
    return TrackerRecord(
        external_id=tracker_id(carrier_token, number),
        revised_at=LONG_AGO if latest is None else _stated_at(latest),
        tracking_number=number,
        carrier=carrier_token,
        status=TrackingStatus.UNKNOWN if latest is None else _status(latest),
        raw_status="" if latest is None else _raw(latest),
        events=tuple(_event(one) for one in node.nodes("tracking_history")),
        estimated_delivery_at=node.maybe_time("eta"),
        shipment_id=node.maybe_text("transaction"),
    )


def _stated_at(status: Node) -> datetime:
    """When Shippo came to know it; object_updated is null until it is changed."""
    return status.maybe_time("object_updated") or status.time("object_created")


def _event(node: Node) -> TrackingEventRecord:
    return TrackingEventRecord(
        occurred_at=node.time("status_date"),
        status=_status(node),
        raw_status=_raw(node),
        description=node.maybe_text("status_details"),
        location=_location(node.maybe_node("location")),
        reason=REASONS.get(_substatus(node) or ""),
    )


def _status(node: Node) -> TrackingStatus:
    stated = node.text("status")
    plain = STATUS.get(stated, TrackingStatus.UNKNOWN)
    return REFINED.get(stated, {}).get(_substatus(node) or "", plain)


def _raw(node: Node) -> str:
    """``"TRANSIT/out_for_delivery"``, or the status alone where nothing finer is said."""
    return "/".join(filter(None, (node.text("status"), _substatus(node))))


def _substatus(node: Node) -> str | None:
    found = node.maybe_node("substatus")
    return None if found is None else found.text("code")


def _location(node: Node | None) -> str | None:
    if node is None:
        return None
    parts = [node.maybe_text(key) for key in ("city", "state", "zip", "country")]
    return ", ".join(part for part in parts if part) or None
