"""The migrations make what the code declares, on both databases, forwards and back."""

import asyncio
import re
from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gateway.store import engine, migrate
from gateway.store.unit import Units
from tests.declared import declared

SQLITE_OBJECTS = """
    SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'
"""
POSTGRESQL_OBJECTS = """
    SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable,
                     column_default, collation_name, is_identity)
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT concat_ws(' ', conrelid::regclass::text, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""


@pytest.fixture
def opened(store_url: str) -> AsyncEngine:
    """The store without its units."""
    if engine.is_sqlite(store_url):
        return engine.sqlite_writer(store_url)
    return create_async_engine(store_url, pool_size=1)


def objects(connection: Connection) -> list[str]:
    """Return every table, column, index and constraint in the database's own words."""
    is_sqlite = connection.dialect.name == "sqlite"
    rows = connection.scalars(text(SQLITE_OBJECTS if is_sqlite else POSTGRESQL_OBJECTS))
    plain = (re.sub(r"\s+", " ", row) for row in rows)
    return sorted(row for row in plain if "alembic_version" not in row)


async def do[T](opened: AsyncEngine, act: Callable[[Connection], T]) -> T:
    async with opened.begin() as connection:
        return await connection.run_sync(act)
