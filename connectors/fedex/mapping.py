"""FedEx's JSON -> records. Pure.

Times are ISO 8601 with the offset of the place. A few come without: those of a pick-up of which
FedEx knows the day only.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from connectors.fedex import errors as refusals
from connectors.fedex import statuses
from connectors.fedex.document import Node
from connectors.sdk.errors import Malformed
from connectors.sdk.records import TrackerRecord, TrackingEventRecord
from connectors.sdk.records.states import TrackingStatus

CARRIER = "FedEx"
EXPECTED = "ESTIMATED_DELIVERY"
LATE = "DELAYED"
"""delayDetail.status; the others are ON_TIME and EARLY."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Zoned = Mapping[datetime, datetime]
"""Local time -> the same with its offset: what an answer says of both."""


def results(body: object) -> dict[str, Node]:
    """Return what is said of each number that was asked for. Raises: Malformed."""
    listed = Node.of(body).node("output").nodes("completeTrackResults")
    return {one.text("trackingNumber"): one for one in listed}


def parcel(node: Node) -> Node:
    """Return the parcel of a CompleteTrackResult: of several shipments that had the number, the one
    that was scanned last. FedEx gives out a number again, and lists the old shipment first.

    Raises: Missing when nobody knows the number, Rejected with FedEx's reason for another refusal;
    Malformed.
    """
    listed = node.nodes("trackResults")
    known = [one for one in listed if not one.value.get("error")]
    if known:
        return max(known, key=_scanned_at)
    stated = listed[0].value.get("error") if listed else None
    raise refusals.about_number(stated)


def _scanned_at(node: Node) -> datetime:
    return max((one.occurred_at for one in _events(node)), default=_LONG_AGO)


def tracker(node: Node, number: str, read_at: datetime) -> TrackerRecord:
    """Read a TrackResult under the *number* that it was asked for by.

    *read_at* is the revision: FedEx states none, and takes scans back without a trace.
    """
    latest, delivery = node.part("latestStatusDetail"), node.part("deliveryDetails")
    return TrackerRecord(
        external_id=number,
        revised_at=read_at,
        tracking_number=number,
        carrier=CARRIER,
        status=_status_now(latest),
        raw_status=_raw(
            latest.maybe_text("code"), latest.maybe_text("derivedCode"), _cause(latest)
        ),
        events=_events(node),
        estimated_delivery_at=_expected_at(node),
        signed_by=delivery.maybe_text("signedByName") or delivery.maybe_text("receivedByName"),
    )


def _status_now(latest: Node) -> TrackingStatus:
    """Read the status of the whole. A parcel in transit that FedEx says is late is delayed."""
    code, derived = latest.maybe_text("code"), latest.maybe_text("derivedCode")
    found = statuses.read(code, derived, _cause(latest))
    is_late = latest.part("delayDetail").maybe_text("status") == LATE
    return TrackingStatus.DELAYED if is_late and found is TrackingStatus.IN_TRANSIT else found


def _cause(latest: Node) -> str | None:
    """Read the first of the reasons for an exception."""
    reasons = (one.maybe_text("reason") for one in latest.nodes("ancillaryDetails"))
    return next((reason for reason in reasons if reason), None)


def _raw(*words: str | None) -> str:
    """All that FedEx says, each word once: ``"FD/RL"``, ``"DE/08"``."""
    return "/".join(dict.fromkeys(word for word in words if word))


def _events(node: Node) -> tuple[TrackingEventRecord, ...]:
    """Read the scans, but for those of which nothing says when they were (see `_instant`)."""
    zoned = _zoned(node.nodes("dateAndTimes"))
    timed = ((one, _instant(one, "date", zoned)) for one in node.nodes("scanEvents"))
    return tuple(_event(one, at) for one, at in timed if at)


def _event(node: Node, at: datetime) -> TrackingEventRecord:
    code, derived = node.maybe_text("eventType"), node.maybe_text("derivedStatusCode")
    exception = node.maybe_text("exceptionCode")
    words = (node.maybe_text("eventDescription"), node.maybe_text("exceptionDescription"))
    return TrackingEventRecord(
        occurred_at=at,
        status=statuses.read(code, derived, exception),
        raw_status=_raw(code, derived, exception),
        description=": ".join(word for word in words if word) or None,
        location=_location(node.part("scanLocation")),
        reason=_reason(node, exception),
    )


def _reason(node: Node, exception: str | None) -> str | None:
    kind = node.part("delayDetail").maybe_text("type")
    return statuses.REASONS.get(exception or "") or statuses.REASONS_OF_DELAY.get(kind or "")


def _location(node: Node) -> str | None:
    keys = ("city", "stateOrProvinceCode", "postalCode", "countryCode")
    parts = [node.maybe_text(key) for key in keys]
    return ", ".join(part for part in parts if part) or None


# Times


def _expected_at(node: Node) -> datetime | None:
    """Read until when it is to arrive: stated as a time, else as the end of a window."""
    times = node.nodes("dateAndTimes")
    found = (_instant(one, "dateTime", {}) for one in times if one.maybe_text("type") == EXPECTED)
    stated = next((time for time in found if time), None)
    return stated or _instant(node.part("estimatedDeliveryTimeWindow").part("window"), "ends", {})


def _zoned(times: Sequence[Node]) -> Zoned:
    stated: Iterable[datetime | None] = (_time(one, "dateTime") for one in times)
    return {time.replace(tzinfo=None): time for time in stated if time and time.tzinfo}


def _instant(node: Node, key: str, zoned: Zoned) -> datetime | None:
    """Read when something was. A time without an offset is one that the answer states again with
    it, for a scan as ACTUAL_PICKUP or the like; else nobody knows, and it is None."""
    time = _time(node, key)
    if time and time.tzinfo is None:
        time = zoned.get(time)
    return time.astimezone(UTC) if time else None


def _time(node: Node, key: str) -> datetime | None:
    """Read a time as it is written, with its offset or without."""
    text = node.maybe_text(key)
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)  # the first of all days has none
    except (ValueError, OverflowError) as error:
        raise Malformed(f"{node.path}.{key}: not a time: {text[:40]!r}") from error
    return time
