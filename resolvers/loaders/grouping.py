"""Rows of many parents, handed back parent by parent."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def by(keys: Sequence[str], rows: Iterable[T], key: Callable[[T], str | None]) -> list[list[T]]:
    """Return, for each of *keys* in turn, the *rows* that have it, in their order."""
    groups: dict[str | None, list[T]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return [groups.get(one, []) for one in keys]
