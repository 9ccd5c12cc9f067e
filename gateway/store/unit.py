"""The unit of work: one transaction, and what is to happen once it is durable.

    async with units.write() as unit:
        await orders.observe(unit, sighting)
    # here it is durable, or the block raised and nothing happened

A unit holds no network call: on SQLite it holds the only writer.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

from gateway.store import engine
from gateway.store.reading import Readers

GROUP_LIMIT = 64
"""Units in one SQLite commit: beyond it the first of them would wait noticeably for the last."""

T = TypeVar("T")


class NotDurable(Exception):
    """The transaction that units shared was lost, with all of them: each may begin again."""


class Unit:
    """One transaction. Leaving the block commits it, an exception undoes it."""

    def __init__(self, connection: AsyncConnection, announce: Callable[[], None]) -> None:
        self.connection = connection
        self._after: list[Callable[[], None]] = []
        self._announce = announce

    def after_commit(self, act: Callable[[], None]) -> None:
        """Call *act* once this unit is durable; never when it is not. Must not raise."""
        self._after.append(act)

    def announce(self) -> None:
        """Wake whoever waits for new rows, once this unit is durable."""
        if self._announce not in self._after:
            self._after.append(self._announce)

    def _committed(self) -> None:
        for act in self._after:
            act()

    def _settled(self, done: asyncio.Future[None]) -> None:
        if not done.exception():
            self._committed()


class Units(Protocol):
    """Where units come from. Concurrency: any number of tasks."""

    on_announce: Callable[[], None]
    """What `Unit.announce` calls: the bus's hint, where there is a bus."""

    @property
    def is_sqlite(self) -> bool: ...

    def write(self) -> AbstractAsyncContextManager[Unit]:
        """Begin a unit that may write."""

    def read(self) -> AbstractAsyncContextManager[Unit]:
        """Begin a unit that only reads: the database refuses it to write."""

    async def close(self) -> None: ...


def _nobody() -> None:
    """Nobody waits."""


def open_units(url: str) -> Units:
    """Open the store at *url*. No I/O yet: the first unit connects."""
    return SqliteUnits(url) if engine.is_sqlite(url) else PostgresUnits(url)


class PostgresUnits:
    """A transaction each, at READ COMMITTED."""

    is_sqlite = False

    def __init__(self, url: str) -> None:
        self._engine: AsyncEngine = engine.postgresql(url)
        self._reader = self._engine.execution_options(postgresql_readonly=True)
        self.on_announce: Callable[[], None] = _nobody

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        async with self._engine.begin() as connection:
            unit = Unit(connection, self.on_announce)
            yield unit
        unit._committed()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        async with self._reader.connect() as connection:
            yield Unit(connection, _nobody)

    async def close(self) -> None:
        await self._engine.dispose()


class _Group:
    """Units that share one transaction, and whether it became durable."""

    def __init__(self, connection: AsyncConnection, announce: Callable[[], None]) -> None:
        self.connection = connection
        self.announce = announce
        self.size = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """Run one unit in a savepoint of its own."""
        self.size += 1
        unit = Unit(self.connection, self.announce)
        savepoint = await self.connection.begin_nested()
        try:
            yield unit
        except BaseException as error:
            await _finish(savepoint.__aexit__(type(error), error, error.__traceback__))
            raise
        await _finish(self._keep(unit, savepoint))

    async def _keep(self, unit: Unit, savepoint: AsyncTransaction) -> None:
        await savepoint.__aexit__(None, None, None)
        # Not by the one who waits for it: he may be cancelled, and it is durable all the same.
        self.done.add_done_callback(unit._settled)

    async def commit(self) -> None:
        """Commit for every unit, and tell them how it went."""
        try:
            await self.connection.commit()
            self.done.set_result(None)
        except Exception as error:
            lost = NotDurable("the commit that this unit shared has failed")
            lost.__cause__ = error
            self.done.set_exception(lost)
            self.done.exception()  # a group may have nobody left to hear of it
        finally:
            await self.connection.close()


class SqliteUnits:
    """One writer with group commit: units run one after another, each in a savepoint, and whoever
    finds nobody waiting commits for all. A disk flush then serves many units (measured in the
    prototypes: 18,900 units/s against 184/s with a flush each).

    Raises: NotDurable by a block that went well, when the commit that it shared did not.

    Concurrency: a unit that fails or is cancelled undoes its own savepoint and nothing else.

    After a crash: a unit whose block has been left is durable; the others never happened.
    """

    is_sqlite = True

    def __init__(self, url: str) -> None:
        self._writer = engine.sqlite_writer(url)
        self._readers = Readers(url)
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._group: _Group | None = None
        self.on_announce: Callable[[], None] = _nobody
        self._committing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        await self._take_turn()
        try:
            group = self._group or await self._begin()
            try:
                async with group.unit() as unit:
                    yield unit
            finally:
                is_lost = group.connection.invalidated
                if is_lost or not self._waiting or group.size >= GROUP_LIMIT:
                    await asyncio.shield(self._commit(group))
        finally:
            self._turn.release()
        await asyncio.shield(group.done)

    async def _take_turn(self) -> None:
        self._waiting += 1
        try:
            await self._turn.acquire()
        except asyncio.CancelledError:
            if self._waiting == 1 and self._group and not self._turn.locked():
                self._commit(self._group)  # the last unit left it to us
            raise
        finally:
            self._waiting -= 1

    async def _begin(self) -> _Group:
        connection = await self._writer.connect()
        try:
            await connection.begin()
        except BaseException:
            await connection.close()
            raise
        self._group = _Group(connection, self.on_announce)
        return self._group

    def _commit(self, group: _Group) -> asyncio.Task[None]:
        """Close *group* to further units and commit it, whatever becomes of the caller."""
        self._group = None
        task = asyncio.get_running_loop().create_task(group.commit())
        self._committing.add(task)
        task.add_done_callback(self._committing.discard)
        return task

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        async with self._readers.one() as reader:
            # It has what reads call; who tries to write finds that it cannot.
            yield Unit(cast("AsyncConnection", reader), _nobody)

    async def close(self) -> None:
        await asyncio.gather(*self._committing)
        await self._writer.dispose()
        await self._readers.close()


async def _finish(work: Coroutine[Any, Any, T]) -> T:
    """Return what *work* gives. A caller who is cancelled meanwhile is so once it has ended."""
    task = asyncio.get_running_loop().create_task(work)
    is_cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            is_cancelled = True
    if is_cancelled and (task.cancelled() or not task.exception()):
        raise asyncio.CancelledError
    return task.result()
