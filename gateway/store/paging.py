"""Keyset paging: a page begins after a row, not after a count, so rows that arrive move nothing.

Newest first: rows are ordered by (*sort*, *id*) descending, both columns indexed together. A page
costs the same at any depth.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Select, tuple_


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A row's place: its sort value and its id."""

    sort: int | str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Which rows: *limit* of them after *after* and before *before*; *from_end* counts them from
    the far end (GraphQL's ``last``), and the caller turns them round."""

    limit: int
    after: Position | None = None
    before: Position | None = None
    from_end: bool = False


@dataclass(frozen=True, slots=True)
class Keyset:
    """An order of rows: by *sort*, then by *id*; newest (largest) first unless *ascending*."""

    sort: Column[Any]
    id: Column[Any]
    ascending: bool = False

    def cut(self, query: Select[Any], slice: Slice) -> Select[Any]:
        """Return *query* bounded to *slice*, in reading order (reversed when *from_end*)."""
        if slice.after:
            query = query.where(self._beyond(slice.after, self.ascending))
        if slice.before:
            query = query.where(self._beyond(slice.before, not self.ascending))
        rising = self.ascending is not slice.from_end
        if rising:
            return query.order_by(self.sort.asc(), self.id.asc()).limit(slice.limit)
        return query.order_by(self.sort.desc(), self.id.desc()).limit(slice.limit)

    def _beyond(self, position: Position, rising: bool) -> Any:
        """A row comparison, which both databases answer from the index."""
        row, at = tuple_(self.sort, self.id), tuple_(position.sort, position.id)
        return row > at if rising else row < at
