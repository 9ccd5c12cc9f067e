"""One tracking vocabulary, and a status that never runs backwards wrongly. Pure."""

from collections.abc import Iterable

from connectors.sdk.records import TrackerRecord, TrackingEventRecord
from connectors.sdk.records.states import TrackingStatus as T

_RANK = {
    status: rank
    for rank, status in enumerate(
        [
            T.UNKNOWN,
            T.LABEL_CREATED,
            T.CARRIER_PICKED_UP,
            T.IN_TRANSIT,
            T.DELAYED,
            T.ON_HOLD,
            T.ATTEMPTED,
            T.OUT_FOR_DELIVERY,
            T.READY_FOR_PICKUP,
            T.FAILED,
            T.RETURNING,
            T.RETURNED,
            T.LOST,
            T.CANCELED,
            T.DELIVERED,
        ]
    )
}
"""Which of two scans of the same moment is the later one in life."""
_LEAVES_DELIVERED = {T.RETURNING, T.RETURNED, T.LOST}
"""What a delivered parcel can still become; everything else after a delivery is a late scan."""
FINAL = {T.DELIVERED, T.RETURNED, T.LOST, T.CANCELED}


def merge(records: Iterable[TrackerRecord]) -> tuple[TrackingEventRecord, ...]:
    """Return every scan of all *records* once, in order of time, then of life.

    A carrier corrects itself by stating the parcel anew: a source's newer record replaces its
    older one before it comes here.
    """
    scans = {event for record in records for event in record.events}
    return tuple(
        sorted(scans, key=lambda one: (one.occurred_at, _RANK[one.status], one.raw_status))
    )


def status(events: Iterable[TrackingEventRecord], stated: Iterable[T]) -> T:
    """Return where the parcel is: by the last scan that says so, else as carriers state it.

    *events* are in order (`merge`). A status that says nothing (UNKNOWN) hides nothing before it.
    """
    current = T.UNKNOWN
    for event in events:
        if event.status is T.UNKNOWN:
            continue
        if current is T.DELIVERED and event.status not in _LEAVES_DELIVERED:
            continue
        current = event.status
    if current is not T.UNKNOWN:
        return current
    return max(stated, key=_RANK.__getitem__, default=T.UNKNOWN)
