"""An event: a fact of ours in the past tense, with its place in the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """``Event(type="order.placed", subject="order_4r7…", sequence=1, data={"status": …})``.

    *sequence* is the subject's version after this event: dense, from 1, so a reader sees a gap or a
    repeat. *related* names other subjects that people follow it by (a shipment's order). *data* is
    small and holds no person's data: readers read the noun for that.
    """

    type: str
    subject: str
    sequence: int
    occurred_at: datetime
    related: tuple[str, ...] = ()
    connection: str | None = None
    """The connection that stated it; None for what was done here."""
    actor: str | None = None
    cause: str | None = None
    """The id of the event, delivery or effect that led to this one."""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """An event as the log holds it: *cursor* grows in commit order."""

    cursor: int
    id: str
    recorded_at: datetime
    event: Event
