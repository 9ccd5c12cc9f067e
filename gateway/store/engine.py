"""Engines: SQLite through one writer and a few readers, PostgreSQL through a pool."""

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

READERS = 4
"""Connections for reads on SQLite: WAL lets them go on beside the writer."""
POOL = 12
"""Connections to PostgreSQL for each process."""
BUSY_MS = 30_000
"""How long SQLite waits for another process's write before it gives up."""


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def sqlite_writer(url: str) -> AsyncEngine:
    """One connection; every transaction takes the write lock at its start."""
    return _sqlite(url, size=1, pragmas={"synchronous": "FULL"}, begin="BEGIN IMMEDIATE")


def sqlite_reader(url: str) -> AsyncEngine:
    """A few connections that cannot write; each transaction is one snapshot."""
    return _sqlite(url, size=READERS, pragmas={"query_only": "ON"}, begin="BEGIN")


def postgresql(url: str) -> AsyncEngine:
    """A pool that checks a connection before it lends it: a failover costs a retry, not an error."""
    return create_async_engine(url, pool_size=POOL, max_overflow=0, pool_pre_ping=True)


def _sqlite(url: str, *, size: int, pragmas: dict[str, str], begin: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"isolation_level": None},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _(connection: Any, _record: object) -> None:
        cursor: sqlite3.Cursor = connection.cursor()
        wanted = {"journal_mode": "WAL", "busy_timeout": str(BUSY_MS), "foreign_keys": "ON"}
        for name, value in (wanted | pragmas).items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
