"""Walking a list in order of a time, page by page, without leaving anything out.

Vendure pages with skip and take over a list that moves while it is read: a row that changes goes to
the end, all behind it slide forward, and a plain walk by skip misses one. So a walk goes by time:
each page begins with the second that the last one ended in. Times may have whole seconds, and
"after" is strict. One second with more rows than a page holds is read by id, each page beginning
with the last row of the one before, to see that nothing slid.

A list cannot be sorted by time and id together: the order in which a request names them is lost
(GraphQL input objects are read in the order of the schema, and there ``id`` comes first).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)
"""The finest step of a time in the API."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a walk needs to know of a row it read."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The next page: rows changed after *after*; or, when *second* is set, of that second alone,
    by id, from *skip* on, where *anchor* is the row that must come first."""

    after: datetime
    second: datetime | None = None
    skip: int = 0
    anchor: str | None = None


def options(window: Window, field: str, take: int, only: Mapping[str, object]) -> dict[str, object]:
    """Return the list options (``OrderListOptions`` and its like) that ask for *window*."""
    if window.second is None:
        within: dict[str, object] = {"after": text(window.after)}
        sort = {field: "ASC"}
    else:
        end = window.second + _SECOND - _TICK
        within = {"between": {"start": text(window.second), "end": text(end)}}
        sort = {"id": "ASC"}
    return {"take": take, "skip": window.skip, "sort": sort, "filter": {**only, field: within}}


def advance(window: Window, rows: Sequence[Row], take: int) -> Window | None:
    """Return the page after the one that gave *rows*; None when the list is at its end.

    *take* is at least 2: the pages of a crowded second share a row.
    """
    if window.second is not None:
        return _within_second(window, window.second, rows, take)
    if len(rows) < take:
        return None
    second = rows[-1].at.replace(microsecond=0)
    after = second - _TICK
    if after > window.after:
        return Window(after=after)
    return Window(after=window.after, second=second)


def _within_second(
    window: Window, second: datetime, rows: Sequence[Row], take: int
) -> Window | None:
    if window.anchor and (not rows or rows[0].id != window.anchor):
        return Window(after=window.after, second=second)
    if len(rows) < take:
        return Window(after=second + _SECOND - _TICK)
    return replace(window, skip=window.skip + take - 1, anchor=rows[-1].id)


def text(moment: datetime) -> str:
    """Write a time as the API does: ``2026-11-22T10:05:26.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
