"""ShipBob's answers as changes, pages and outcomes. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec

from connectors.sdk.capabilities import Account
from connectors.sdk.changes import Change, Page, Removed, Touched, Unreadable
from connectors.sdk.changes import read as read_or_report
from connectors.sdk.commands import Outcome
from connectors.sdk.errors import Ambiguous, Conflict, Malformed, Misconfigured, Unavailable
from connectors.sdk.http import Request
from connectors.sdk.records import KIND_OF, Kind, Record
from connectors.shipbob import checkpoints, mapping, requests
from connectors.shipbob.checkpoints import Mark
from connectors.shipbob.mapping import Node

PAGE_RECORDS = 250
"""The most a Page may hold (sdk/capabilities.py)."""


Mapper = Callable[[Node, datetime], Iterable[Record]]


def read(kind: Kind, raw: Node, read_at: datetime, mapper: Mapper) -> list[Change]:
    """Return what *mapper* reads in one item, or one Unreadable that keeps the item."""
    payload = msgspec.json.encode(raw.value).decode()
    return read_or_report(kind, _id_of(kind, raw), payload, lambda: [*mapper(raw, read_at)])


def _id_of(kind: Kind, raw: Node) -> str | None:
    """Return whose record it is, as far as it can be read; an item's levels have no one id."""
    name = {Kind.LEVEL: None, Kind.TRACKER: "shipment_id"}.get(kind, "id")
    try:
        return raw[name].optional_id() if name else None
    except Malformed:
        return None


def wanted_of(kind: Kind, changes: Sequence[Change], wanted: Sequence[str]) -> list[Change]:
    """Return those of *changes* that are about *wanted*, and Removed for each that is not there.

    Nothing counts as gone beside something unreadable that might be it.
    """
    ids = [_id_in(kind, change) for change in changes]
    kept = [
        change
        for change, external_id in zip(changes, ids, strict=True)
        if external_id is None or external_id in wanted
    ]
    if any(isinstance(each, Unreadable) and each.external_id is None for each in kept):
        return kept
    return [*kept, *(Removed(kind=kind, external_id=each) for each in wanted if each not in ids)]


def _id_in(kind: Kind, change: Change) -> str | None:
    """Return the id of a change of this kind; None for one that came along, or has none."""
    if isinstance(change, Touched | Removed | Unreadable):
        return change.external_id
    return change.external_id if KIND_OF[type(change)] is kind else None


def pages(changes: Sequence[Change], here: Mark, after: Mark) -> Iterator[Page]:
    """Cut one answer into pages, at least one; only the last of them has left *here* behind."""
    starts = range(0, max(len(changes), 1), PAGE_RECORDS)
    for start in starts:
        some = tuple(changes[start : start + PAGE_RECORDS])
        mark = after if start == starts[-1] else here
        yield Page(changes=some, checkpoint=checkpoints.write(mark))


def after(here: Mark, following: Request | None, passes: int) -> Mark:
    """Return where a pull goes on once the page at *here* is durable."""
    if following is not None:
        return Mark(since=here.since, began=here.began, step=here.step, query=following.query)
    if here.step + 1 < passes:
        return Mark(since=here.since, began=here.began, step=here.step + 1)
    return Mark(since=here.began)


def account(channel: Node) -> Account:
    """Return whose channel it is. Raises: Misconfigured when it may not make orders."""
    scopes = {each.text() for each in channel["scopes"]}
    for scope in ("orders_read", "orders_write"):
        if scopes and scope not in scopes:
            raise Misconfigured(f"channel_id: the token has no {scope} for this channel")
    name = channel["name"].text() or channel["id"].id()
    return Account(name=name, version=requests.VERSION)


def tracked(orders: Sequence[Node]) -> list[str]:
    """Return the shipments of orders that have a tracking number. An order that cannot be read is
    reported by the pull of orders."""
    found: list[str] = []
    for order in orders:
        try:
            found += [each["id"].id() for each in order["shipments"] if mapping.has_tracking(each)]
        except Malformed:
            continue
    return found


@contextmanager
def legible(otherwise: type[Ambiguous] | type[Unavailable]) -> Iterator[None]:
    """While a command is under way, take what cannot be read for no answer at all: Ambiguous once
    something was sent that changes things, Unavailable before."""
    try:
        yield
    except Malformed as error:
        raise otherwise(f"answered, and not readably: {error}") from error


def outcome(order: Node, read_at: datetime) -> Outcome:
    """Return an order as what a command left behind. Raises: Malformed for one without an id."""
    changes = read(Kind.FULFILLMENT_ORDER, order, read_at, mapping.order)
    return Outcome(external_id=order["id"].id(), changes=tuple(changes))


def canceled(order_id: str, answer: Node, read_at: datetime) -> Outcome:
    """Return the canceled order. Raises: Conflict when ShipBob kept some of it, Malformed."""
    word = answer["status"].text()
    if word is None:
        raise Malformed("$.status: expected Success, Failure or PartialSuccess")
    kept = [each for each in answer["canceled_shipment_results"] if not _succeeded(each)]
    if kept or word != "Success":
        code = "partly_canceled" if word == "PartialSuccess" else "not_cancellable"
        ids = ", ".join(each["shipment_id"].id() for each in kept)
        raise Conflict(f"ShipBob did not cancel shipment {ids}: {word}", code=code)
    order = answer["order"]
    if not order.is_null and mapping.is_canceled(order):
        return outcome(order, read_at)
    touched = Touched(kind=Kind.FULFILLMENT_ORDER, external_id=order_id)
    return Outcome(external_id=order_id, changes=(touched,))


def _succeeded(result: Node) -> bool:
    return result["is_success"].flag(default=False)
