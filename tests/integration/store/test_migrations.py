"""The migrations make what the code declares, on both databases, forwards and back."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gateway.store import engine, migrate
from tests.declared import declared

T = TypeVar("T")

SQLITE_OBJECTS = (
    "SELECT coalesce(sql, type || ' ' || name || ' on ' || tbl_name) FROM sqlite_master"
)
POSTGRESQL_OBJECTS = """
    SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable,
                     column_default, collation_name, is_identity)
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT concat_ws(' ', conrelid::regclass::text, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""


@pytest.fixture
async def opened(store_url: str) -> AsyncIterator[AsyncEngine]:
    """The migrated store, without its units."""
    is_sqlite = engine.is_sqlite(store_url)
    opened = engine.sqlite_writer(store_url) if is_sqlite else create_async_engine(store_url)
    yield opened
    await opened.dispose()


async def do(opened: AsyncEngine, act: Callable[[Connection], T]) -> T:
    async with opened.begin() as connection:
        return await connection.run_sync(act)


def objects(connection: Connection) -> list[str]:
    """Return every table, column, index and constraint, in the database's own words."""
    is_sqlite = connection.dialect.name == "sqlite"
    rows = connection.scalars(text(SQLITE_OBJECTS if is_sqlite else POSTGRESQL_OBJECTS))
    plain = (re.sub(r"\s+", " ", row) for row in rows)
    # The list of revisions is alembic's own, sqlite_sequence SQLite's.
    return sorted(row for row in plain if not re.search("alembic_version|sqlite_sequence", row))


async def test_migrations_make_what_the_code_declares(opened: AsyncEngine, store_url: str) -> None:
    """Word for word: what the one makes in an empty database, the other makes."""
    migrated = await do(opened, objects)
    await migrate.downgrade(store_url, "base")
    await do(opened, declared().create_all)
    assert migrated == await do(opened, objects)


async def test_the_next_draft_would_be_empty(opened: AsyncEngine) -> None:
    """What `make migration` finds missing: nothing."""

    def missing(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), declared()))

    assert await do(opened, missing) == []


async def test_down_takes_everything_away_and_up_brings_it_back(
    opened: AsyncEngine, store_url: str
) -> None:
    """One revision after the other, each way."""
    made = await do(opened, objects)
    for _ in migrate.revisions():
        await migrate.downgrade(store_url, "-1")
    assert (await do(opened, objects), await migrate.current(store_url)) == ([], None)
    for _ in migrate.revisions():
        await migrate.upgrade(store_url, "+1")
    assert (await do(opened, objects), await migrate.current(store_url)) == (made, migrate.head())


async def test_upgrading_twice_at_once_and_again_does_it_once(
    opened: AsyncEngine, store_url: str
) -> None:
    """Two processes that start together, and one that starts later."""
    made = await do(opened, objects)
    await migrate.downgrade(store_url, "base")
    await asyncio.gather(migrate.upgrade(store_url), migrate.upgrade(store_url))
    await migrate.upgrade(store_url)
    assert await do(opened, objects) == made


async def test_a_migration_that_fails_leaves_nothing_of_itself(
    opened: AsyncEngine, store_url: str
) -> None:
    """The last table of the first revision is in the way: none of the others is made."""
    await migrate.downgrade(store_url, "base")
    last = declared().sorted_tables[-1]
    await do(opened, last.create)
    before = await do(opened, objects)
    with pytest.raises(Exception, match="already exists"):
        await migrate.upgrade(store_url)
    assert (await do(opened, objects), await migrate.current(store_url)) == (before, None)


async def test_revisions_are_numbered_without_a_fork() -> None:
    """0001, 0002, ...: two that were written at once are told apart before they meet."""
    numbers = migrate.revisions()
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
