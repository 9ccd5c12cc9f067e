"""UPS's JSON -> records. Pure.

A scan has a local date and time and, beside them, the same in GMT and the offset between the two.
Dates are ``20240423`` or ``2024-04-23``, times ``091519``, ``09:15:19`` or, before ten, ``91519``.

Source: Tracking.json (2026-07), Activity; recorded answers of 2020 to 2025 for the other spellings.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from connectors.sdk.errors import Malformed
from connectors.sdk.records import TrackerRecord, TrackingEventRecord
from connectors.sdk.records.states import TrackingStatus
from connectors.ups import statuses
from connectors.ups.document import Node
from connectors.ups.errors import NOT_FOUND

CARRIER = "UPS"
DELIVERED_ON = "DEL"
"""The deliveryDate that is stated once a package is delivered."""
DETAIL_DIGITS = 3
"""A currentStatus may have the detail where the code belongs: ``{"code": "005"}``."""

# No year of three digits: the first and the last days there are cannot be moved to another zone.
_DIGITS = re.compile(r"[12][0-9]{13}")
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3])[:.]?([0-5]\d)")


def package(body: object, number: str) -> Node | None:
    """Find the package that was asked for in an answer; None when UPS knows of none.

    It is the one of that *number*, or the only one there is: asked for by another number of its
    (of a notice, of the post office that delivers it), a package comes under its own.

    Raises: Malformed, also when UPS gives another reason for an answer without a package.
    """
    shipments = Node.of(body).node("trackResponse").nodes("shipment")
    packages = [one for shipment in shipments for one in shipment.nodes("package")]
    if not packages:
        _require_not_found(shipments)
        return None
    named = [one for one in packages if _is_of(one, number)]
    if named or len(packages) == 1:
        return (named or packages)[0]
    raise Malformed(f"$.trackResponse: {len(packages)} packages, and none of the number asked for")


def _is_of(one: Node, number: str) -> bool:
    return (one.maybe_text("trackingNumber") or "").upper() == number.upper()


def _require_not_found(shipments: Sequence[Node]) -> None:
    """Raise Malformed when there is no package for another reason than that nobody knows it."""
    warnings = [one for shipment in shipments for one in shipment.nodes("warnings")]
    codes = [one.maybe_text("code") for one in warnings]
    if codes and NOT_FOUND not in codes:
        raise Malformed(f"$.trackResponse: no package, and the warning {codes[0]}")


def tracker(node: Node, number: str, read_at: datetime) -> TrackerRecord:
    """Read a Package under the *number* that it was asked for by.

    *read_at* is the revision: UPS states none, and takes scans back without a trace.
    """
    return TrackerRecord(
        external_id=number,
        revised_at=read_at,
        tracking_number=number,
        carrier=CARRIER,
        status=_status_now(node),
        raw_status=_raw(_current(node)),
        events=_events(node),
        signed_by=node.part("deliveryInformation").maybe_text("receivedBy"),
    )


def _current(node: Node) -> Node:
    """The package's own status, else that of its newest scan, which comes first. One that is only
    described says nothing that could be read in every language."""
    current, scans = node.part("currentStatus"), node.nodes("activity")
    return current if _raw(current) or not scans else scans[0].part("status")


def _status_now(node: Node) -> TrackingStatus:
    """Read the status of the whole. A currentStatus without a type has a detail, and where nobody
    documents that one, the newest scan speaks."""
    current, scans = _current(node), node.nodes("activity")
    is_delivered = _is_delivered(node)
    found = _status(current, is_delivered=is_delivered)
    is_silent = found is TrackingStatus.UNKNOWN and current.maybe_text("type") is None
    if is_silent and scans:
        return _status(scans[0].part("status"), is_delivered=is_delivered)
    return found


def _is_delivered(node: Node) -> bool:
    return DELIVERED_ON in [one.maybe_text("type") for one in node.nodes("deliveryDate")]


def _status(node: Node, *, is_delivered: bool) -> TrackingStatus:
    kind, code = node.maybe_text("type"), node.maybe_text("code")
    return statuses.read(kind, code, _detail(node), is_delivered=is_delivered)


def _detail(node: Node) -> str | None:
    """Read ``statusCode``, which stands in ``code`` where there is nothing else."""
    stated, code = node.maybe_text("statusCode"), node.maybe_text("code") or ""
    return stated or (code if code.isdigit() and len(code) == DETAIL_DIGITS else None)


def _raw(node: Node) -> str:
    """All that UPS says: ``"I/OT/021"``, ``"005"``."""
    words = (node.maybe_text(key) for key in ("type", "code", "statusCode"))
    return "/".join(word for word in words if word)


def _events(node: Node) -> tuple[TrackingEventRecord, ...]:
    """Read the scans, but for those of which nothing says when they were (see `_occurred_at`)."""
    is_delivered = _is_delivered(node)
    timed = ((one, _occurred_at(one)) for one in node.nodes("activity"))
    return tuple(_event(one, at, is_delivered=is_delivered) for one, at in timed if at)


def _event(node: Node, at: datetime, *, is_delivered: bool) -> TrackingEventRecord:
    status = node.part("status")
    return TrackingEventRecord(
        occurred_at=at,
        status=_status(status, is_delivered=is_delivered),
        raw_status=_raw(status),
        description=status.maybe_text("description"),
        location=_location(node.part("location").part("address")),
        reason=statuses.REASONS.get(_detail(status) or ""),
    )


def _location(node: Node) -> str | None:
    country = node.maybe_text("countryCode") or node.maybe_text("country")
    parts = [node.maybe_text(key) for key in ("city", "stateProvince", "postalCode")]
    return ", ".join(part for part in (*parts, country) if part) or None


def _occurred_at(node: Node) -> datetime | None:
    """Read when a scan was: its GMT, else its local time and offset.

    None for a local time alone. It is up to 14 hours from the truth either way, and the scans of a
    parcel that crosses a zone would change places.
    """
    gmt = _moment(node, "gmtDate", "gmtTime")
    if gmt:
        return gmt.replace(tzinfo=UTC)
    local, offset = _moment(node, "date", "time"), node.maybe_text("gmtOffset")
    if local is None or offset is None:
        return None
    return (local - _away(offset, f"{node.path}.gmtOffset")).replace(tzinfo=UTC)


def _moment(node: Node, date_key: str, time_key: str) -> datetime | None:
    """Read a date and a time that belong together, in no zone yet; None where one is missing."""
    date, time = node.maybe_text(date_key), node.maybe_text(time_key)
    if date is None or time is None:
        return None
    digits = date.replace("-", "") + time.replace(":", "").rjust(6, "0")
    try:
        if not _DIGITS.fullmatch(digits):
            raise ValueError(digits)
        return datetime.strptime(digits, "%Y%m%d%H%M%S")  # noqa: DTZ007 (a zone is put to it)
    except ValueError as error:
        where, said = f"{node.path}.{date_key}, {time_key}", f"{date[:20]!r}, {time[:20]!r}"
        raise Malformed(f"{where}: not a time: {said}") from error


def _away(text: str, path: str) -> timedelta:
    """Read how far a place's clocks are ahead: ``"-05:00"``, or ``"-04.00"`` as in Track Alert."""
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise Malformed(f"{path}: not an offset: {text[:20]!r}")
    away = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -away if found[1] == "-" else away
