"""Reads of SQLite: snapshots, each in a thread, that cannot write."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from gateway.store.reading import READERS, Readers


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A file with one row."""
    path = tmp_path / "held.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))
        connection.execute(text("CREATE TABLE notes (id INTEGER)"))
    engine.dispose()
    write(str(engine.url), 1)
    return f"sqlite+aiosqlite:///{path}"


def write(url: str, id: int) -> None:
    engine = create_engine(url.replace("+aiosqlite", ""))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES (:id)"), {"id": id})
    engine.dispose()


COUNT = text("SELECT count(*) FROM notes")


async def test_a_block_reads_one_snapshot_and_the_next_a_newer_one(url: str) -> None:
    """What others commit meanwhile is not half seen."""
    readers = Readers(url)
    async with readers.one() as reader:
        assert 1 == await reader.scalar(COUNT)
        write(url, 2)
        assert 1 == await reader.scalar(COUNT)
    async with readers.one() as reader:
        assert 2 == await reader.scalar(COUNT)
    await readers.close()


async def test_a_reader_does_not_write(url: str) -> None:
    """And goes on reading after it was refused."""
    readers = Readers(url)
    async with readers.one() as reader:
        with pytest.raises(OperationalError, match="readonly"):
            await reader.execute(text("INSERT INTO notes VALUES (9)"))
    async with readers.one() as reader:
        assert 1 == await reader.scalar(COUNT)
    await readers.close()


async def test_who_finds_no_reader_free_waits_for_one(url: str) -> None:
    """A hundred read with as many connections as there are readers."""
    readers = Readers(url)

    async def read() -> object:
        async with readers.one() as reader:
            return await reader.scalar(COUNT)

    assert [1] * 100 == await asyncio.gather(*(read() for _ in range(100)))
    assert READERS == len(readers._idle)
    await readers.close()


async def test_a_caller_who_leaves_keeps_nobody_from_reading(url: str) -> None:
    """The statement ends by itself, and its connection reads on."""
    readers = Readers(url)
    endless = text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
        "SELECT count(*) FROM n"
    )
    for _ in range(READERS):
        async with readers.one() as reader:
            running = asyncio.ensure_future(reader.scalar(endless))
            await asyncio.sleep(0)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
    async with readers.one() as reader:
        assert 1 == await reader.scalar(COUNT)
    await readers.close()
