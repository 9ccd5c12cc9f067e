"""karrio's shipments, trackers and rates as records and values. Pure.

Source: karrio server 2026.1.32, OpenAPI at ``/openapi`` (Shipment, TrackingStatus, Rate), and its
answers. Neither a shipment nor a tracker states when it last changed, so *read_at*, the time at
which the request that read it began, stands for that.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

from connectors.karrio.document import Document
from connectors.sdk.commands import Label
from connectors.sdk.errors import Malformed
from connectors.sdk.records import (
    ShipmentRecord,
    TrackerRecord,
    Tracking,
    TrackingEventRecord,
)
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.sdk.values import LineQuantity, Money

TRACKING_STATUS = {
    "created": TrackingStatus.LABEL_CREATED,  # only of an event: karrio's own "label created"
    "pending": TrackingStatus.LABEL_CREATED,
    "picked_up": TrackingStatus.CARRIER_PICKED_UP,
    "in_transit": TrackingStatus.IN_TRANSIT,
    "out_for_delivery": TrackingStatus.OUT_FOR_DELIVERY,
    "ready_for_pickup": TrackingStatus.READY_FOR_PICKUP,
    "delivered": TrackingStatus.DELIVERED,
    "on_hold": TrackingStatus.ON_HOLD,
    "delivery_delayed": TrackingStatus.DELAYED,
    "delivery_failed": TrackingStatus.ATTEMPTED,
    "return_to_sender": TrackingStatus.RETURNING,
    "cancelled": TrackingStatus.CANCELED,
    "unknown": TrackingStatus.UNKNOWN,
}

FAILED_FOR_GOOD = {
    "carrier_parcel_lost": TrackingStatus.LOST,
    "carrier_damaged_parcel": TrackingStatus.FAILED,
    "consignee_refused": TrackingStatus.FAILED,
    "consignee_cancelled": TrackingStatus.FAILED,
    "retailer_cancelled": TrackingStatus.FAILED,
    "customs_prohibited": TrackingStatus.FAILED,
}
"""Reasons of a ``delivery_failed`` after which the carrier does not try again."""
_FAILURES = {TrackingStatus.ATTEMPTED, *FAILED_FOR_GOOD.values()}

SHIPMENT_STATUS = {
    "draft": ShipmentStatus.PENDING,
    "created": ShipmentStatus.LABEL_PURCHASED,
    "shipped": ShipmentStatus.SHIPPED,
    "in_transit": ShipmentStatus.SHIPPED,
    "out_for_delivery": ShipmentStatus.SHIPPED,
    "needs_attention": ShipmentStatus.SHIPPED,
    "delivery_failed": ShipmentStatus.SHIPPED,  # an attempt; the carrier still has the parcel
    "delivered": ShipmentStatus.DELIVERED,
    "cancelled": ShipmentStatus.CANCELED,
}


def shipment(document: Document, base_url: str, read_at: datetime) -> ShipmentRecord:
    """Raises: Malformed."""
    word = document.text("status")
    return ShipmentRecord(
        external_id=document.text("id"),
        revised_at=read_at,
        order_id=None,  # karrio's own orders are not read; what it was bought for is the reference
        reference=document.text_or_none("reference"),
        status=SHIPMENT_STATUS.get(word, ShipmentStatus.UNKNOWN),
        raw_status=word,
        tracking=_parcels(document),
        service=document.text_or_none("service"),
        lines=_lines(document),
        label_url=_label_url(document, base_url),
        cost=_charge(document.one("selected_rate")),
        created_at=document.time_or_none("created_at"),
    )


def label(document: Document, base_url: str) -> Label | None:
    """What was bought; None where there is no number or price to name (a draft).

    Raises: Malformed.
    """
    cost = _charge(document.one("selected_rate"))
    parcels = _parcels(document)
    if cost is None or not parcels:
        return None
    return Label(
        id=document.text("id"),
        tracking=parcels[0],
        service=document.text("service"),
        cost=cost,
        url=_label_url(document, base_url),
    )


def tracker(document: Document, read_at: datetime) -> TrackerRecord:
    """Raises: Malformed."""
    word = document.text("status")
    info = document.one("info")
    events = _events(document, word)
    return TrackerRecord(
        external_id=document.text("id"),
        revised_at=read_at,
        tracking_number=document.text("tracking_number"),
        carrier=document.text("carrier_name"),
        status=_tracker_status(word, events, is_delivered=document.flag("delivered")),
        raw_status=word,
        events=events,
        estimated_delivery_at=_end_of_day(document, "estimated_delivery"),
        signed_by=info.text_or_none("signed_by"),
        url=info.text_or_none("carrier_tracking_link"),
    )


def tracker_of_void(
    tracker_id: str, number: str, canceled: ShipmentRecord, read_at: datetime
) -> TrackerRecord:
    """What became of a parcel whose label is void. karrio deletes its tracker without a word."""
    carrier = next((one.carrier for one in canceled.tracking if one.number == number), None)
    return TrackerRecord(
        external_id=tracker_id,
        revised_at=read_at,
        tracking_number=number,
        carrier=carrier or "",
        status=TrackingStatus.CANCELED,
        raw_status=canceled.raw_status,
        events=(),
    )


def untracked(document: Document) -> tuple[str, ...]:
    """The numbers of a shipment's parcels but the first, which alone karrio tracks by itself."""
    return tuple(tracking.number for tracking in _parcels(document)[1:])


def cheapest(rates: Iterable[Document]) -> Document | None:
    """The rate that costs least, the faster of two; None when none states a price.

    Carriers may answer in several currencies: amounts compare only within the one most used.

    Raises: Malformed.
    """
    priced = [(charge, rate) for rate in rates if (charge := _charge(rate))]
    if not priced:
        return None
    (currency, _), *_ = Counter(charge.currency for charge, _ in priced).most_common(1)
    comparable = [(charge, rate) for charge, rate in priced if charge.currency == currency]
    return min(comparable, key=lambda one: (one[0].minor, _days(one[1]), one[1].text("service")))[1]


def _parcels(document: Document) -> tuple[Tracking, ...]:
    """Every parcel's number, the one karrio tracks first. A shipment's ``tracking_url`` is not for
    people: it is an API address that makes trackers."""
    meta = document.one("meta")
    carrier = meta.text_or_none("custom_carrier_name") or document.text_or_none("carrier_name")
    main = document.text_or_none("tracking_number")
    numbers = ([main] if main else []) + list(meta.texts("tracking_numbers"))
    return tuple(Tracking(number=each, carrier=carrier) for each in dict.fromkeys(numbers))


def _lines(document: Document) -> tuple[LineQuantity, ...]:
    """What is in the parcels, where whoever made the shipment said so."""
    return tuple(
        LineQuantity(
            line_id=item.text_or_none("parent_id"), sku=item.text_or_none("sku"), quantity=quantity
        )
        for parcel in document.many("parcels")
        for item in parcel.many("items")
        if (quantity := int(item.number_or_none("quantity") or 0))
    )


def _label_url(document: Document, base_url: str) -> str | None:
    """The label's address; it answers only to the account's token. ``label_url`` is a path."""
    path = document.text_or_none("label_url")
    if path is None or path.startswith(("http://", "https://")):
        return path
    return base_url.rstrip("/") + path


def _charge(rate: Document) -> Money | None:
    amount, currency = rate.number_or_none("total_charge"), rate.text_or_none("currency")
    if amount is None or currency is None:
        return None
    try:
        return Money.of(amount, currency)
    except ValueError as error:
        raise Malformed(f"{rate.path}: {error}") from error


def _days(rate: Document) -> Decimal:
    """Days in transit; a carrier that does not say comes last."""
    days = rate.number_or_none("transit_days")
    return Decimal("Infinity") if days is None else days


def _tracker_status(
    word: str, events: Sequence[TrackingEventRecord], *, is_delivered: bool
) -> TrackingStatus:
    """A failed delivery is what its latest failed scan says, which may not be the first listed."""
    if word == "return_to_sender" and is_delivered:
        return TrackingStatus.RETURNED
    failed = [event for event in events if event.status in _FAILURES]
    if word == "delivery_failed" and failed:
        return max(failed, key=lambda event: event.occurred_at).status
    return _status(word, None)


def _status(word: str | None, reason: str | None) -> TrackingStatus:
    if word == "delivery_failed" and reason in FAILED_FOR_GOOD:
        return FAILED_FOR_GOOD[reason]
    return TRACKING_STATUS.get(word or "", TrackingStatus.UNKNOWN)


def _events(document: Document, word: str) -> tuple[TrackingEventRecord, ...]:
    """The scans, in karrio's order, without those that have no date: karrio allows that, and nobody
    can place them. Some carriers give scans no status: *word*, the tracker's, is the latest one's.

    Raises: Malformed.
    """
    placed = [(each, at) for each in document.many("events") if (at := _occurred_at(each))]
    latest = max((at for _, at in placed), default=None)
    return tuple(_event(each, at, word if at == latest else None) for each, at in placed)


def _event(document: Document, occurred_at: datetime, unsaid: str | None) -> TrackingEventRecord:
    word, code = document.text_or_none("status") or unsaid, document.text_or_none("code")
    reason = document.text_or_none("reason")
    is_known = word is None or word in TRACKING_STATUS
    return TrackingEventRecord(
        occurred_at=occurred_at,
        status=_status(word, reason),
        raw_status=(code if is_known else None) or word or "",
        description=document.text_or_none("description"),
        location=document.text_or_none("location"),
        reason=reason,
    )


# karrio passes on each carrier's spelling, and reads these itself.
# Source: karrio server 2026.1.32, core/utils.py process_events.
_DATE = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)|(?P<m2>\d\d?)/(?P<d2>\d\d?)/(?P<y2>\d{4})"
)
_TIME = re.compile(r"(\d\d?):(\d\d)(?::(\d\d))?(?:\s*([AP])M)?", re.IGNORECASE)


def _occurred_at(document: Document) -> datetime | None:
    """The timestamp; else ``date`` and ``time``: the clock at the scan without its zone, so taken
    as UTC; the start of the day where the carrier gives no time. Raises: Malformed."""
    day = document.text_or_none("date")
    timestamp = document.time_or_none("timestamp")
    if timestamp is not None or day is None:
        return timestamp
    clock = document.text_or_none("time") or "00:00"
    try:
        return datetime.combine(_day(day), _clock(clock), UTC)
    except ValueError as error:
        raise Malformed(f"{document.path}: not a date and time: {day!r}, {clock!r}") from error


def _day(text: str) -> date:
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise ValueError("date")
    part = found.groupdict()
    return date(
        int(part["y"] or part["y2"]), int(part["m"] or part["m2"]), int(part["d"] or part["d2"])
    )


def _clock(text: str) -> time:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError("time")
    hour, minute, second, half = found.groups()
    hours = int(hour) if half is None else int(hour) % 12 + (12 if half in "Pp" else 0)
    return time(hours, int(minute), int(second or 0))


def _end_of_day(document: Document, name: str) -> datetime | None:
    """The last second of a day: what is due on the 25th is not late on the 25th."""
    moment = document.time_or_none(name)
    if moment is None or moment.time() != time():
        return moment
    return datetime.combine(moment.date(), time(23, 59, 59), UTC)
