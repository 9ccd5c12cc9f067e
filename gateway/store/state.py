"""The state of a store, for whoever is about to use it: is it there, and does the code fit it?

Without alembic, which only whoever migrates needs: it is a tenth of a process's memory.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.store import engine

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_TABLE = "alembic_version"
_QUERY = f"SELECT version_num FROM {_TABLE}"  # noqa: S608 (a constant)


class StoreAway(Exception):
    """The store does not answer. It may a moment later."""


class StoreBehind(Exception):
    """The store is not at the revision that this code needs."""


async def require_migrated(url: str) -> None:
    """Return when the store at *url* answers and is what this code needs.

    Raises: StoreAway, StoreBehind; both of one line.
    """
    try:
        found = await _current(url)
    except (OSError, sqlite3.Error, SQLAlchemyError, asyncpg.PostgresError) as error:
        raise StoreAway(_reason(error)) from error
    known = revisions()
    if found is None:
        raise StoreBehind("the store is empty: run `gateway migrate`")
    if found not in known:
        raise StoreBehind(f"the store is at {found}, which is newer than this code ({known[-1]})")
    if found != known[-1]:
        raise StoreBehind(
            f"the store is at {found}, this code needs {known[-1]}: `gateway migrate`"
        )


def revisions() -> list[str]:
    """Return all revisions, oldest first: what the names of their files begin with."""
    return sorted(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


async def _current(url: str) -> str | None:
    if engine.is_sqlite(url):
        return _of_file(Path(make_url(url).database or ""))
    opened = engine.postgresql(url)
    try:
        async with opened.connect() as connection:
            if not await connection.run_sync(lambda sync: inspect(sync).has_table(_TABLE)):
                return None
            found: str | None = await connection.scalar(text(_QUERY))
            return found
    finally:
        await opened.dispose()


def _of_file(path: Path) -> str | None:
    """Read a file without making one, in this thread: it is one page of it."""
    if path.parent.is_dir() and not path.exists():
        return None
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if (_TABLE,) not in tables.fetchall():
            return None
        row = connection.execute(_QUERY).fetchone()
        return row[0] if row else None


def _reason(error: BaseException) -> str:
    """Return the driver's own words: SQLAlchemy's add a statement and a link."""
    cause = getattr(error, "orig", None) or error
    return " ".join(f"{type(cause).__name__}: {cause}".split())
