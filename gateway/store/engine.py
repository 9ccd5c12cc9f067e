"""Engines: SQLite through one writer and a few readers, PostgreSQL through a pool."""

import asyncio
import sqlite3
from typing import Any

from sqlalchemy import Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool

POOL = 12
"""Connections to PostgreSQL for each process."""
BUSY_MS = 30_000
"""How long SQLite waits for another process's write before it gives up."""


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def sqlite_writer(url: str) -> AsyncEngine:
    """One connection; every transaction takes the write lock at its start."""
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"isolation_level": None},
    )
    _prepare(engine.sync_engine, {"synchronous": "FULL"}, begin="BEGIN IMMEDIATE")
    event.listen(engine.sync_engine, "handle_error", _judge_loss)
    return engine


def sqlite_reader(url: str) -> Engine:
    """Connections that cannot write, of the synchronous driver, each used where it was opened;
    each transaction is one snapshot."""
    engine = create_engine(
        make_url(url).set(drivername="sqlite"),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"isolation_level": None},
    )
    _prepare(engine, {"query_only": "ON"}, begin="BEGIN")
    return engine


def postgresql(url: str) -> AsyncEngine:
    """A pool that tests a connection before lending it: a failover costs a retry, no error."""
    return create_async_engine(
        url, pool_size=POOL, max_overflow=0, pool_pre_ping=True, hide_parameters=True
    )


def _prepare(engine: Engine, pragmas: dict[str, str], *, begin: str) -> None:
    """Set up each connection of *engine*, and how its transactions begin."""

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        cursor: sqlite3.Cursor = connection.cursor()
        wanted = {"busy_timeout": str(BUSY_MS), "journal_mode": "WAL", "foreign_keys": "ON"}
        for name, value in (wanted | pragmas).items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _(connection: Any) -> None:
        connection.exec_driver_sql(begin)


def _judge_loss(context: ExceptionContext) -> None:
    """Say whether the writer's transaction is lost, as far as SQLAlchemy cannot know.

    It is not when a task was cancelled: the statement runs to its end in the driver's thread, and
    the next one waits for it. It is when SQLite undid everything by itself (a full disk, an I/O
    error): what came next would otherwise run outside any transaction, and commit would succeed.
    """
    if isinstance(context.original_exception, asyncio.CancelledError):
        context.is_disconnect = False
    elif context.connection and not context.connection.invalidated:
        driver: Any = context.connection.connection.driver_connection
        if not driver.in_transaction:
            context.is_disconnect = True
            context.invalidate_pool_on_disconnect = False
