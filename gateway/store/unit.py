"""The unit of work: one transaction, and what is to happen once it is durable.

    async with units.write() as unit:
        await orders.observe(unit, sighting)
    # here it is durable, or the block raised and nothing happened

A unit holds no network call: on SQLite it holds the only writer.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.store import engine

GROUP_LIMIT = 64
"""Units in one SQLite commit: beyond it the first of them would wait noticeably for the last."""


class Unit:
    """One transaction. Leaving the block commits it, an exception undoes it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self._after: list[Callable[[], None]] = []

    def after_commit(self, act: Callable[[], None]) -> None:
        """Call *act* once this unit is durable; never when it is not. Must not raise."""
        self._after.append(act)

    def _committed(self) -> None:
        for act in self._after:
            act()


class Units(Protocol):
    """Where units come from. Concurrency: any number of tasks."""

    @property
    def is_sqlite(self) -> bool: ...

    def write(self) -> AbstractAsyncContextManager[Unit]:
        """Begin a unit that may write."""

    def read(self) -> AbstractAsyncContextManager[Unit]:
        """Begin a unit that only reads; on SQLite it cannot write."""

    async def close(self) -> None: ...


def open_units(url: str) -> Units:
    """Open the store at *url*. No I/O yet: the first unit connects."""
    return SqliteUnits(url) if engine.is_sqlite(url) else PostgresUnits(url)


class PostgresUnits:
    """A transaction each, at READ COMMITTED."""

    is_sqlite = False

    def __init__(self, url: str) -> None:
        self._engine: AsyncEngine = engine.postgresql(url)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        async with self._engine.begin() as connection:
            unit = Unit(connection)
            yield unit
        unit._committed()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        async with self._engine.connect() as connection:
            yield Unit(connection)

    async def close(self) -> None:
        await self._engine.dispose()


class _Group:
    """Units that share one commit."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.size = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class SqliteUnits:
    """One writer with group commit: units run one after another, each in a savepoint, and whoever
    finds nobody waiting commits for all. A disk flush then serves many units (measured in the
    prototypes: 18,900 units/s against 184/s with a flush each).

    After a crash: a unit whose block has been left is durable; the others never happened.
    """

    is_sqlite = True

    def __init__(self, url: str) -> None:
        self._writer = engine.sqlite_writer(url)
        self._reader = engine.sqlite_reader(url)
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._group: _Group | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        await self._take_turn()
        try:
            group = self._group or await self._begin()
            unit = Unit(group.connection)
            try:
                async with group.connection.begin_nested():
                    yield unit
            finally:
                group.size += 1
                if not self._waiting or group.size >= GROUP_LIMIT:
                    await asyncio.shield(self._commit(group))
        finally:
            self._turn.release()
        await asyncio.shield(group.done)
        unit._committed()

    async def _take_turn(self) -> None:
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1

    async def _begin(self) -> _Group:
        connection = await self._writer.connect()
        try:
            await connection.begin()
        except BaseException:
            await connection.close()
            raise
        self._group = _Group(connection)
        return self._group

    async def _commit(self, group: _Group) -> None:
        """Commit for every unit of *group*, and tell them how it went."""
        self._group = None
        try:
            await group.connection.commit()
            group.done.set_result(None)
        except Exception as error:
            group.done.set_exception(error)
            group.done.exception()  # a group may have nobody left to hear of it
        finally:
            await group.connection.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        async with self._reader.connect() as connection:
            yield Unit(connection)

    async def close(self) -> None:
        await self._writer.dispose()
        await self._reader.dispose()
