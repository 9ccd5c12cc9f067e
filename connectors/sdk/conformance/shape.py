"""The shape of what a connector gives: every value of its declared type, every time UTC."""

import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Union, get_args, get_origin, get_type_hints

from connectors.sdk.changes import Change, Page, Removed, Touched, Unreadable
from connectors.sdk.records import KIND_OF, Kind, LineCounters
from connectors.sdk.values import Money

CLOCKS = timedelta(minutes=5)
"""How far ahead of ours a system's clock may be."""


def ids(kind: Kind, changes: Iterable[Change]) -> list[str]:
    """The ids of the records of *kind*, in the order given."""
    return [one.external_id for one in records(changes) if KIND_OF[type(one)] is kind]


def records(changes: Iterable[Change]) -> list[Any]:
    """Those changes that are records."""
    return [one for one in changes if type(one) in KIND_OF]


def require_pages(pages: Sequence[Page]) -> None:
    """Raise AssertionError unless there is a page, and each has a checkpoint that is a text."""
    assert pages, "a pull must give a page, even an empty one: it carries the checkpoint"
    for page in pages:
        known = isinstance(page.checkpoint, str) and isinstance(page.total, int | None)
        assert known, f"a page must carry a checkpoint that is a text: {page.checkpoint!r} is not"


def require_typed(changes: Iterable[Change]) -> None:
    """Raise AssertionError unless every value of each change has its declared type."""
    for change in changes:
        _require(change, _faults)


def require_sound(changes: Iterable[Change]) -> None:
    """Raise AssertionError unless each change is typed, and keeps the rules of its record."""
    for change in changes:
        _require(change, _faults)
        _require(change, _broken_rules)


def _require(change: Change, look: Callable[[object, Any, str], Iterator[str]]) -> None:
    kind = type(change)
    known = kind in KIND_OF or kind in (Touched, Removed, Unreadable)
    assert known, f"changes must be those of the sdk, and {kind.__name__} is not"
    faults = list(look(change, kind, kind.__name__))
    assert not faults, f"records must be as the sdk declares them: {'; '.join(faults)}"


def require_readable(changes: Iterable[Change]) -> None:
    """Raise AssertionError when one could not be read: a simulator states nothing of that sort."""
    for one in changes:
        if isinstance(one, Unreadable):
            raise AssertionError(
                f"the connector must read what its own simulator states: {one.kind} "
                f"{one.external_id}: {one.reason}"
            )


def _faults(value: object, hint: Any, at: str) -> Iterator[str]:
    """Say where *value* is not what *hint* promises."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        found = [list(_faults(value, one, at)) for one in get_args(hint)]
        if all(found):
            yield f"{at} is {value!r}, not {hint}"
    elif origin is tuple:
        yield from _tuple_faults(value, get_args(hint), at)
    elif hint is type(None):
        if value is not None:
            yield f"{at} is not None"
    elif type(value) is not hint:
        yield f"{at} is a {type(value).__name__}, not a {hint.__name__}"
    elif is_dataclass(value):
        for name, one in get_type_hints(hint).items():
            yield from _faults(getattr(value, name), one, f"{at}.{name}")
    elif isinstance(value, datetime) and value.utcoffset() != timedelta():
        yield f"{at} is {value!r}: times are aware and UTC"


def _tuple_faults(value: object, parts: tuple[Any, ...], at: str) -> Iterator[str]:
    if not isinstance(value, tuple):
        yield f"{at} is a {type(value).__name__}, not a tuple"
        return
    hints = parts[:1] * len(value) if parts[1:] == (...,) else parts
    if len(hints) != len(value):
        yield f"{at} has {len(value)} parts, not {len(hints)}"
    for place, (one, hint) in enumerate(zip(value, hints, strict=False)):
        yield from _faults(one, hint, f"{at}[{place}]")


def _broken_rules(value: object, _: object, at: str) -> Iterator[str]:
    """Say which rule of the sdk's own a record breaks, or a part of it."""
    match value:
        case Money(currency=code) if len(code) != 3 or not code.isupper():
            yield f"{at}.currency is {code!r}: ISO 4217, upper case"
        case LineCounters() if not _adds_up(value):
            yield f"{at} is {value}: delivered <= fulfilled <= ordered - canceled, none below 0"
        case str() if not value and at.endswith("_id"):
            yield f"{at} is empty: what is not stated is None"
        case datetime() if at.endswith(".revised_at") and value > datetime.now(UTC) + CLOCKS:
            yield f"{at} is {value}: that is still to come"
        case tuple():
            for place, one in enumerate(value):
                yield from _broken_rules(one, None, f"{at}[{place}]")
    if is_dataclass(value):
        for one in fields(value):
            yield from _broken_rules(getattr(value, one.name), None, f"{at}.{one.name}")


def _adds_up(counters: LineCounters) -> bool:
    numbers = [getattr(counters, one.name) for one in fields(counters)]
    steps = (
        counters.delivered,
        counters.fulfilled,
        counters.ordered - counters.canceled,
    )
    return min(numbers) >= 0 and list(steps) == sorted(steps)
