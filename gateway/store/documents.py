"""Documents: a whole object as JSON, and beside it a column for each thing we filter by.

A new fact therefore needs no migration. `Documents` is how a slice's repository keeps its noun:

    rows = table("orders", Column("number", String))
    orders = Documents(rows, Order, lambda order: {"number": order.number})
    await orders.save(unit, [order])
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    Text,
    bindparam,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from gateway.errors import VersionConflict
from gateway.store.codec import Remembered, encode
from gateway.store.metadata import METADATA
from gateway.store.unit import Unit


class Versioned(Protocol):
    """What can be kept: *version* counts saves, from 1."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=Versioned)
_remembered = Remembered()
"""Of all nouns: each is immutable, and what changes is another text."""
ROWS_A_STATEMENT = 500
"""Bound parameters are limited to 32,766 on SQLite and 32,767 on PostgreSQL."""


def table(name: str, *columns: Any) -> Table:
    """Declare a table of documents: id, version, *columns*, document."""
    return Table(
        name,
        METADATA,
        Column("id", String(48), primary_key=True),
        Column("version", Integer, nullable=False),
        *columns,
        Column("document", Text, nullable=False),
    )


class Documents(Generic[T]):
    """One noun's rows. Every method runs in the caller's unit."""

    def __init__(
        self, table: Table, type_: type[T], columns: Callable[[T], Mapping[str, Any]]
    ) -> None:
        self.table = table
        self._type = type_
        self._columns = columns
        self._some = self.by(table.c.id)

    async def save(self, unit: Unit, documents: Sequence[T]) -> None:
        """Insert what has version 1, replace what has a later one.

        Raises: VersionConflict when somebody saved in between: the unit must be given up.
        Concurrency: compare-and-swap on version, in id order so that two writers cannot deadlock.
        """
        ordered = sorted(documents, key=lambda document: document.id)
        for start in range(0, len(ordered), ROWS_A_STATEMENT):
            await self._write(unit, ordered[start : start + ROWS_A_STATEMENT])

    async def by_ids(self, unit: Unit, ids: Iterable[str]) -> dict[str, T]:
        """Return those of *ids* that exist. One statement for each ROWS_A_STATEMENT of them."""
        wanted = sorted(set(ids))
        found: dict[str, T] = {}
        for start in range(0, len(wanted), ROWS_A_STATEMENT):
            for one in await self._some(unit, wanted[start : start + ROWS_A_STATEMENT]):
                found[one.id] = one
        return found

    def by(
        self, column: ColumnElement[Any], *order: ColumnElement[Any]
    ) -> Callable[[Unit, Iterable[str]], Awaitable[list[T]]]:
        """Return what finds the documents whose *column* is one of some keys, in a fixed *order*.

        One statement, built once: building it costs as much as running it.
        """
        among = column.in_(bindparam("keys", expanding=True))
        query = select(self.table.c.document).where(among).order_by(*order)

        async def find(unit: Unit, keys: Iterable[str]) -> list[T]:
            return await self.select(unit, query, {"keys": sorted(set(keys))})

        return find

    async def where(self, unit: Unit, *conditions: ColumnElement[bool]) -> list[T]:
        """Return all documents that meet *conditions*; the caller bounds them."""
        return await self.select(unit, select(self.table.c.document).where(*conditions))

    async def select(
        self, unit: Unit, query: Select[Any], parameters: Mapping[str, Any] | None = None
    ) -> list[T]:
        """Run *query*, whose first column is the document."""
        rows = await unit.connection.execute(query, parameters)
        return [_remembered.decode(self._type, row[0]) for row in rows]

    async def _write(self, unit: Unit, documents: Sequence[T]) -> None:
        """Insert or replace in one statement; a row whose version is not the one before is left
        alone, and missing from the count."""
        insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
        statement = insert(self.table).values([self._row(one) for one in documents])
        excluded = statement.excluded
        done = await unit.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["id"],
                set_={column.name: excluded[column.name] for column in self.table.c},
                where=self.table.c.version == excluded.version - 1,
            )
        )
        if done.rowcount != len(documents):
            raise VersionConflict(f"{self.table.name}: changed by somebody else in between")

    def _row(self, document: T) -> dict[str, Any]:
        return {
            "id": document.id,
            "version": document.version,
            "document": encode(document),
            **self._columns(document),
        }
