"""Pulls: a state, and the flow that turns it into one page and the next state."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connectors.sdk.changes import Page
from connectors.sdk.errors import Malformed, Unsupported
from connectors.sdk.records import Kind
from connectors.shopify.errors import TooCostly
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.requests.documents import Call
from connectors.shopify.requests.flow import Answered, Flow
from connectors.shopify.requests.reads import (
    LEVELS_A_PAGE,
    SOURCES,
    Source,
    level,
    records,
)

OVERLAP = timedelta(seconds=120)
"""How far behind its checkpoint a search begins: times are whole seconds, and the index behind
``query:`` follows the shop with a delay that Shopify does not bound. The manifest says the same."""

DEEPEST = 20_000
"""Records that one cursor is followed for. Shopify stops at 25,000; before that a new search goes
on from the last time seen. Source: shopify.dev/docs/api/usage/limits, pagination limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """Where a pull of *source* stands. *since* is what is searched from, *last* the latest
    ``updatedAt`` seen: the checkpoint, as Shopify wrote it; "" is the beginning of time."""

    source: Source
    since: str
    last: str
    after: str | None = None
    size: int
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelPull:
    """Where a pull of stock stands. Levels can be searched by time but not sorted by it, so the
    next pull begins where this one began (*began*). *todo* are the locations left, by id."""

    since: str
    began: str = ""
    todo: tuple[str, ...] | None = None
    at: str = ""
    after: str | None = None


State = Pull | LevelPull


def start(kind: Kind, since: str | None) -> State:
    """Raises: Unsupported."""
    if kind is Kind.LEVEL:
        return msgspec.json.decode(since, type=LevelPull) if since else LevelPull(since="")
    if kind not in SOURCES:
        raise Unsupported(f"no pull of {kind}", code="UNSUPPORTED")
    source = SOURCES[kind]
    return Pull(source=source, since=since or "", last=since or "", size=source.size)


def page(state: State) -> Flow[tuple[Page, State | None]]:
    """One page, and where to go on; None after the last."""
    if isinstance(state, LevelPull):
        return _level_page(state)
    return _page(state)


def search(since: str) -> str | None:
    """``updated_at:>='2026-10-01T11:58:00Z'``: from two minutes before *since*; None: all."""
    if not since:
        return None
    begin = datetime.fromisoformat(since).astimezone(UTC) - OVERLAP
    return f"updated_at:>='{begin:%Y-%m-%dT%H:%M:%SZ}'"


def _page(state: Pull) -> Flow[tuple[Page, State | None]]:
    answered, state = yield from _affordable(state)
    connection = answered.data[state.source.root]
    found = connection.nodes
    changes = [
        change
        for node in found
        for change in records(state.source, node, answered.data, answered.at)
    ]
    if _is_sorted(state.source):
        times = (node["updatedAt"].text_or_none for node in reversed(found))
        state = replace(state, last=next(filter(None, times), state.last))
    done = Page(changes=tuple(changes), checkpoint=state.last)
    if not connection["pageInfo"]["hasNextPage"].flag:
        return done, None
    after = connection["pageInfo"]["endCursor"].text
    return done, _next(state, after, state.depth + len(found))


def _affordable(state: Pull) -> Flow[tuple[Answered, Pull]]:
    """Ask for a page; for half as many records while Shopify finds it too costly."""
    while True:
        try:
            answered = yield _call(state)
        except TooCostly:
            if state.size == 1:
                raise
            state = replace(state, size=state.size // 2)
        else:
            return answered, state


def _call(state: Pull) -> Call:
    variables: dict[str, Any] = {"first": state.size, "after": state.after}
    if _is_sorted(state.source):
        variables["search"] = search(state.since)
    return Call(name=state.source.page, variables=variables)


def _is_sorted(source: Source) -> bool:
    """All but locations, of which there are few, come sorted by time."""
    return source.kind is not Kind.LOCATION


def _next(state: Pull, after: str, depth: int) -> Pull:
    """Follow the cursor, or begin anew where that gets too deep and time has moved on since."""
    if depth < DEEPEST or state.last == state.since:
        return replace(state, after=after, depth=depth)
    return replace(state, since=state.last, after=None, depth=0)


def _level_page(state: LevelPull) -> Flow[tuple[Page, State | None]]:
    if state.todo is None:
        state = yield from _begin(state)
    if not state.todo:
        return Page(changes=(), checkpoint=_text(LevelPull(since=state.began))), None
    asked, state = yield from _asked_levels(state, state.todo[0])
    levels = asked.data["location"]["inventoryLevels"]
    nodes = levels.nodes if levels else ()
    changes = tuple(change for node in nodes for change in level(node, asked.at))
    state = _next_levels(state, levels)
    return Page(changes=changes, checkpoint=_text(state)), state


def _asked_levels(state: LevelPull, location_id: str) -> Flow[tuple[Answered, LevelPull]]:
    """Ask for a page; from the location's beginning when the cursor of an old checkpoint fails."""
    try:
        answered = yield _level_call(state, location_id)
    except Malformed:
        if state.after is None:
            raise
        state = replace(state, after=None)
        answered = yield _level_call(state, location_id)
    return answered, state


def _level_call(state: LevelPull, location_id: str) -> Call:
    return Call(
        name="LevelsPage",
        variables={
            "location": location_id,
            "first": LEVELS_A_PAGE,
            "after": state.after,
            "search": search(state.since),
        },
    )


def _next_levels(state: LevelPull, levels: Answer) -> LevelPull:
    todo = state.todo or ()
    if levels and levels["pageInfo"]["hasNextPage"].flag:
        return replace(state, at=todo[0], after=levels["pageInfo"]["endCursor"].text)
    rest = todo[1:]
    return replace(state, todo=rest, at=rest[0] if rest else _PAST_ALL, after=None)


_PAST_ALL = "~"
"""Sorts after every gid: what a pull is at once no location is left."""


def _begin(state: LevelPull) -> Flow[LevelPull]:
    """List the locations that are left: all, or those from where an earlier pull stopped."""
    after: str | None = None
    ids: list[str] = []
    began = state.began
    while True:
        variables = {"first": SOURCES[Kind.LOCATION].size, "after": after}
        answered = yield Call(name="LocationsPage", variables=variables)
        began = began or answered.at.isoformat(timespec="seconds")
        ids += [one["id"].text for one in answered.data["locations"].nodes]
        info = answered.data["locations"]["pageInfo"]
        if not info["hasNextPage"].flag:
            todo = tuple(sorted(one for one in ids if one >= state.at))
            is_there = todo[:1] == (state.at,)
            return replace(state, began=began, todo=todo, after=state.after if is_there else None)
        after = info["endCursor"].text


def _text(state: LevelPull) -> str:
    """The checkpoint: all but *todo*, which is listed anew."""
    return msgspec.json.encode(replace(state, todo=None)).decode()
