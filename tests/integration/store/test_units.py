"""A unit of work: all of it or nothing, alone or beside others."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, event, insert, text
from sqlalchemy.exc import DBAPIError, OperationalError

from gateway.store.engine import POOL
from gateway.store.unit import GROUP_LIMIT, NotDurable, Unit, Units, open_units
from tests.integration.store.conftest import NOTES, ids, note

DEADLINE_S = 20


class Stop(Exception):
    """Ours, so that no other is taken for it."""


async def put(unit: Unit, id: str) -> None:
    await unit.connection.execute(insert(NOTES), note(id))


async def write(units: Units, id: str) -> None:
    async with units.write() as unit:
        await put(unit, id)


async def write_and_stop(units: Units, id: str) -> None:
    async with units.write() as unit:
        await put(unit, id)
        raise Stop


class Held:
    """A unit that has written and waits inside its block until *leave* is set."""

    def __init__(self, units: Units, id: str, act: Callable[[], None] = lambda: None) -> None:
        self.entered = asyncio.Event()
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._run(units, id, act))

    async def _run(self, units: Units, id: str, act: Callable[[], None]) -> None:
        async with units.write() as unit:
            await put(unit, id)
            unit.after_commit(act)
            self.entered.set()
            await self.leave.wait()


@pytest.fixture
def commits() -> Iterator[list[int]]:
    """Grows by one at each commit of any engine."""
    seen: list[int] = []

    def count(_connection: object) -> None:
        seen.append(1)

    event.listen(Engine, "commit", count)
    yield seen
    event.remove(Engine, "commit", count)


async def test_what_a_block_wrote_is_there_for_whoever_opens_the_store(
    units: Units, store_url: str
) -> None:
    """Durable when the block has been left: another engine sees it at once."""
    await write(units, "a")
    other = open_units(store_url)
    assert await ids(other) == ["a"]
    await other.close()


async def test_an_exception_undoes_the_unit_and_reaches_the_caller(units: Units) -> None:
    """And the store goes on."""
    with pytest.raises(Stop):
        await write_and_stop(units, "a")
    assert await ids(units) == []
    await write(units, "b")
    assert await ids(units) == ["b"]


async def test_a_refused_statement_undoes_what_the_unit_did_before(units: Units) -> None:
    """A key that is taken."""
    await write(units, "a")
    with pytest.raises(DBAPIError):
        async with units.write() as unit:
            await put(unit, "b")
            await put(unit, "a")
    assert await ids(units) == ["a"]


async def test_a_reader_cannot_write(units: Units) -> None:
    """The database says no, rather than forgetting it silently; nothing changes. Connections that
    have only read may write again."""
    names = [f"{number:02}" for number in range(POOL + 1)]
    for name in names:
        with pytest.raises(DBAPIError, match=r"read-?only"):
            async with units.read() as unit:
                await put(unit, name)
    assert await ids(units) == []
    await asyncio.gather(*(write(units, name) for name in names))
    assert await ids(units) == names


async def test_a_reader_sees_nothing_of_a_unit_that_is_open(units: Units) -> None:
    """Not before the block is left."""
    held = Held(units, "a")
    await held.entered.wait()
    assert await ids(units) == []
    held.leave.set()
    await held.task
    assert await ids(units) == ["a"]


async def test_acts_follow_the_commit_in_order_and_once(units: Units) -> None:
    """None while the block runs."""
    done: list[str] = []
    async with units.write() as unit:
        unit.after_commit(lambda: done.append("first"))
        unit.after_commit(lambda: done.append("second"))
        await put(unit, "a")
        assert done == []
    assert done == ["first", "second"]


async def test_no_act_follows_a_unit_that_failed(units: Units) -> None:
    """It never happened, so nobody hears of it."""
    done: list[str] = []
    with pytest.raises(Stop):
        async with units.write() as unit:
            unit.after_commit(lambda: done.append("acted"))
            raise Stop
    await write(units, "a")
    assert done == []


async def test_of_units_at_once_those_that_fail_undo_only_themselves(units: Units) -> None:
    """200 side by side, every seventh of which fails: the others are there, all of them."""
    names = [f"{number:03}" for number in range(200)]
    failing = set(names[::7])
    works = [(write_and_stop if name in failing else write)(units, name) for name in names]
    ends = await asyncio.gather(*works, return_exceptions=True)
    assert [type(end) for end in ends] == [
        Stop if name in failing else type(None) for name in names
    ]
    assert await ids(units) == [name for name in names if name not in failing]


async def test_a_canceled_unit_undoes_only_itself(units: Units) -> None:
    """One before it and one behind it are durable."""
    first, second = Held(units, "a"), Held(units, "b")
    await first.entered.wait()
    third = asyncio.create_task(write(units, "c"))
    first.leave.set()
    await second.entered.wait()
    second.task.cancel()
    ends = await asyncio.gather(first.task, second.task, third, return_exceptions=True)
    assert [type(end) for end in ends] == [type(None), asyncio.CancelledError, type(None)]
    assert await ids(units) == ["a", "c"]


async def test_a_unit_canceled_inside_a_statement_undoes_only_itself(
    units: Units, store_url: str
) -> None:
    """The statement is under way in the database when its task is canceled."""
    endless = {
        "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1e6)"
        " SELECT count(*) FROM n",
        "postgresql+asyncpg": "SELECT pg_sleep(60)",
    }
    statement = next(sql for scheme, sql in endless.items() if store_url.startswith(scheme))
    asked = asyncio.Event()

    async def slow() -> None:
        async with units.write() as unit:
            await put(unit, "b")
            asked.set()
            await unit.connection.execute(text(statement))
            raise Stop

    first = Held(units, "a")
    await first.entered.wait()
    second = asyncio.create_task(slow())
    third = asyncio.create_task(write(units, "c"))
    await asyncio.sleep(0)
    first.leave.set()
    await asked.wait()
    second.cancel()
    async with asyncio.timeout(DEADLINE_S):
        ends = await asyncio.gather(first.task, second, third, return_exceptions=True)
    assert [type(end) for end in ends] == [type(None), asyncio.CancelledError, type(None)]
    assert await ids(units) == ["a", "c"]


@pytest.mark.parametrize("turn", range(12))
async def test_nobody_hangs_when_the_one_who_was_to_commit_is_canceled(
    sqlite_url: str, turn: int
) -> None:
    """Whichever of the first one's turns on the loop it is at which the one behind is canceled."""
    units = open_units(sqlite_url)
    async with units.write() as unit:
        await unit.connection.run_sync(NOTES.create)
    block = units.write()
    await put(await block.__aenter__(), "a")
    behind = asyncio.create_task(write(units, "b"))
    await asyncio.sleep(0)
    leaving = block.__aexit__(None, None, None)

    class Leave:
        def __await__(self):  # type: ignore[no-untyped-def]
            for number, waited in enumerate(leaving.__await__()):
                if number == turn:
                    behind.cancel()
                yield waited

    async with asyncio.timeout(DEADLINE_S):
        await Leave()
        [end] = await asyncio.gather(behind, return_exceptions=True)
    assert await ids(units) in (["a"], ["a", "b"])
    assert "b" in await ids(units) or isinstance(end, asyncio.CancelledError)
    await units.close()


async def test_acts_follow_a_commit_though_the_caller_was_canceled_waiting_for_it(
    sqlite_url: str,
) -> None:
    """The unit is durable with its group; whoever waited for it does not matter."""
    units = open_units(sqlite_url)
    async with units.write() as unit:
        await unit.connection.run_sync(NOTES.create)
    done: list[str] = []
    first = Held(units, "a", lambda: done.append("acted"))
    await first.entered.wait()
    second = Held(units, "b")
    await asyncio.sleep(0)
    first.leave.set()
    await second.entered.wait()  # the first has left its block: the second is to commit for it
    first.task.cancel()
    second.leave.set()
    ends = await asyncio.gather(first.task, second.task, return_exceptions=True)
    assert [type(end) for end in ends] == [asyncio.CancelledError, type(None)]
    assert (await ids(units), done) == (["a", "b"], ["acted"])
    await units.close()


async def test_a_full_disk_is_told_to_every_unit_of_the_transaction_it_undid(
    sqlite_url: str,
) -> None:
    """SQLite undoes all of it by itself: nobody may believe that his part is there."""
    units = open_units(sqlite_url)
    done: list[str] = []
    async with units.write() as unit:
        await unit.connection.run_sync(NOTES.create)
        await unit.connection.execute(text("PRAGMA max_page_count = 1"))  # as many as it has
    first = Held(units, "a", lambda: done.append("acted"))
    await first.entered.wait()

    async def too_much() -> None:
        async with units.write() as unit:
            await unit.connection.execute(insert(NOTES), note("b") | {"document": "x" * 1_000_000})

    second = asyncio.create_task(too_much())
    third = asyncio.create_task(write(units, "c"))
    await asyncio.sleep(0)
    first.leave.set()
    ends = await asyncio.gather(first.task, second, third, return_exceptions=True)
    assert [type(end) for end in ends] == [NotDurable, OperationalError, type(None)]
    assert (await ids(units), done) == (["c"], [])
    await units.close()


@pytest.mark.parametrize("number", [1, GROUP_LIMIT, GROUP_LIMIT + 1])
async def test_units_that_wait_share_a_commit_up_to_a_limit(
    sqlite_url: str, commits: list[int], number: int
) -> None:
    """One disk flush for all of them."""
    units = open_units(sqlite_url)
    async with units.write() as unit:
        await unit.connection.run_sync(NOTES.create)
    commits.clear()
    await asyncio.gather(*(write(units, f"{one:03}") for one in range(number)))
    assert len(commits) == -(-number // GROUP_LIMIT)
    assert len(await ids(units)) == number
    await units.close()
