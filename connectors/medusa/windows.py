"""Walking a list in order of ``updated_at``, page by page, without leaving anything out.

Medusa pages with limit and offset over a list that moves while it is read: a row that changes goes
to the end, all behind it slide forward, and a plain walk by offset misses one. So a walk goes by
time: each page begins with the instant that the last one ended in, and what comes twice changes
nothing. One instant with more rows than a page holds (an import writes thousands at once) is read
by id, each page beginning with the last row of the one before, to see that nothing slid.

``order`` takes one field; with two the server fails.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)
"""The finest step of a time in the API; the database may hold finer ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a walk needs to know of a row it read."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The next page: rows changed at *since* or later; or, when *is_crowded*, in that instant
    alone, by id, from *offset* on, where *anchor* is the row that must come first."""

    since: datetime
    is_crowded: bool = False
    offset: int = 0
    anchor: str | None = None


def query(window: Window, limit: int) -> tuple[tuple[str, str], ...]:
    """Return the parameters that ask for *window*."""
    within = [("updated_at[$gte]", text(window.since))]
    if window.is_crowded:
        within.append(("updated_at[$lt]", text(window.since + _TICK)))
    return (
        ("limit", str(limit)),
        ("offset", str(window.offset)),
        ("order", "id" if window.is_crowded else "updated_at"),
        *within,
    )


def advance(window: Window, rows: Sequence[Row], limit: int) -> Window | None:
    """Return the page after the one that gave *rows*; None when the list is at its end.

    *limit* is at least 2: the pages of a crowded instant share a row.
    """
    if window.is_crowded:
        return _within_instant(window, rows, limit)
    if len(rows) < limit:
        return None
    if rows[-1].at > window.since:
        return Window(since=rows[-1].at)
    return Window(since=window.since, is_crowded=True)


def _within_instant(window: Window, rows: Sequence[Row], limit: int) -> Window:
    if window.anchor and (not rows or rows[0].id != window.anchor):
        return Window(since=window.since, is_crowded=True)
    if len(rows) < limit:
        return Window(since=window.since + _TICK)
    return replace(window, offset=window.offset + limit - 1, anchor=rows[-1].id)


def text(moment: datetime) -> str:
    """Write a time as the API does: ``2026-11-22T10:05:26.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
