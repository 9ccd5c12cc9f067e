"""What we ask Acme. Pure: `connector.py` sends what is made here.

Source: acme.example/docs/orders, REST v1.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from connectors.sdk.commands import CancelOrder
from connectors.sdk.errors import Malformed, Unsupported
from connectors.sdk.http import Request

PAGE_SIZE = 100
"""The most that is given at once."""
MOST_IDS = 50
"""The most that may be asked for by id at once."""
OVERLAP = timedelta(seconds=60)
"""How far behind its checkpoint a pull begins: a change shows in lists some seconds after the time
it bears. The manifest says the same number, and a test that they agree."""


def account() -> Request:
    return Request(method="GET", path="/account", is_safe=True)


def orders(start: datetime | None, cursor: str | None) -> Request:
    """Ask for a page, the least recently changed first: only then is the last time on a page how
    far a reading has come, whatever changes meanwhile."""
    query = [("sort", "updated_at"), ("limit", str(PAGE_SIZE))]
    if start:
        query.append(("updated_since", f"{start:%Y-%m-%dT%H:%M:%SZ}"))
    if cursor:
        query.append(("cursor", cursor))
    return Request(method="GET", path="/orders", query=tuple(query), is_safe=True)


def start(since: str | None) -> datetime | None:
    """Where a pull from this checkpoint begins; None for the beginning of time.

    Raises: Malformed for a checkpoint that is not of our writing.
    """
    if not since:
        return None
    try:
        return datetime.fromisoformat(since).astimezone(UTC) - OVERLAP
    except ValueError as error:
        raise Malformed(f"not a checkpoint of ours: {since[:40]!r}") from error


def batches(external_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give the ids in as few requests as are allowed, each once.

    Ids are numbers here, and a whole request is refused for one that is none: no order has it.
    """
    ids = [one for one in dict.fromkeys(external_ids) if one.isascii() and one.isdecimal()]
    for place in range(0, len(ids), MOST_IDS):
        yield ids[place : place + MOST_IDS]


def by_ids(external_ids: Sequence[str]) -> Request:
    query = (("ids", ",".join(external_ids)),)
    return Request(method="GET", path="/orders", query=query, is_safe=True)


def one(order_id: str) -> Request:
    return Request(method="GET", path=f"/orders/{quote(order_id, safe='')}", is_safe=True)


def cancel(command: CancelOrder) -> Request:
    """Not safe: told twice, the shop puts the units back twice. So nothing here repeats it, and a
    lost answer is Ambiguous.

    Raises: Unsupported for some of the lines, before anything is sent.
    """
    if command.lines:
        raise Unsupported("whole orders only", code="LINES", field="lines")
    return Request(
        method="POST",
        path=f"/orders/{quote(command.order_id, safe='')}/cancel",
        json={"reason": command.reason, "restock": command.restock},
        is_safe=False,
    )
