"""Migrations: bring a store's schema to a revision, all of it or nothing.

The revisions under ``migrations/versions`` hold explicit DDL, so they go on meaning what they meant
when the code moves on, and the store need not know who declares tables. That they add up to what
the code declares is held by tests/integration/store/test_migrations.py.
"""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.store import engine

MIGRATE_LOCK = 0x736368656D61
"""The key of the advisory lock: "schema" in ASCII."""
_SCRIPTS = Path(__file__).parent / "migrations"


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the store at *url* up to *revision*; one that is there already is left alone.

    Concurrency: one at a time (an advisory lock; SQLite's write lock): the second finds it done.
    After a crash: nothing, on both databases: it is one transaction.
    """
    await _run(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, revision: str) -> None:
    """Take the store at *url* back to *revision* ("base": no tables). What they held is lost."""
    await _run(url, lambda config: command.downgrade(config, revision))


async def current(url: str) -> str | None:
    """Return the revision that the store at *url* is at; None when it was never migrated."""
    opened = _open(url)
    try:
        async with opened.connect() as connection:
            return await connection.run_sync(_revision)
    finally:
        await opened.dispose()


def revisions() -> list[str]:
    """Return all revisions, oldest first."""
    walked = ScriptDirectory(str(_SCRIPTS)).walk_revisions()
    return [script.revision for script in walked][::-1]


def head() -> str:
    """Return the revision that this code needs."""
    return revisions()[-1]


def configured(connection: Connection) -> Config:
    """Return what alembic's commands take, for *connection* and its open transaction."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def _open(url: str) -> AsyncEngine:
    return engine.sqlite_writer(url) if engine.is_sqlite(url) else engine.postgresql(url)


async def _run(url: str, act: Callable[[Config], None]) -> None:
    opened = _open(url)
    try:
        async with opened.begin() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATE_LOCK}
                )
            await connection.run_sync(lambda sync: act(configured(sync)))
    finally:
        await opened.dispose()


def _revision(connection: Connection) -> str | None:
    """Read what alembic keeps; asking alembic would have it log what it would do."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision
