"""Quarantine: what could not be read, kept with the reason until it can.

A subject that is read later leaves by itself; the rest waits for a person: `gateway connection sync
--retry` reads it again after a fix.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, String, Table, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from connectors.sdk.changes import Touched, Unreadable
from connectors.sdk.records import Kind
from gateway.clock import micros
from gateway.domain.issues import service as issues
from gateway.domain.issues.model import Category, Cause, Severity
from gateway.store.metadata import METADATA, Prose, Word
from gateway.store.unit import Unit

QUARANTINED = "QUARANTINED"

_quarantine = Table(
    "quarantine",
    METADATA,
    Column("connection", String(64), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("external_id", Word(255), primary_key=True),
    Column("reason", Prose, nullable=False),
    Column("payload", Prose, nullable=False),
    Column("since", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """One subject that waits. *payload* may hold people's data: show it to operators only."""

    connection: str
    kind: str
    external_id: str
    reason: str
    payload: str


async def put(unit: Unit, connection: str, unreadable: Sequence[Unreadable], now: datetime) -> None:
    """Set subjects aside and open an issue for each; one that waits already keeps its place."""
    rows = {
        (one.kind, one.external_id or ""): {
            "connection": connection,
            "kind": one.kind,
            "external_id": one.external_id or "",
            "reason": one.reason,
            "payload": one.payload,
            "since": micros(now),
        }
        for one in unreadable
    }
    if not rows:
        return
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(_quarantine).values(list(rows.values()))
    updated = {name: statement.excluded[name] for name in ("reason", "payload")}
    keys = ["connection", "kind", "external_id"]
    await unit.connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=updated)
    )
    await issues.open(unit, [_cause(connection, one) for one in unreadable], now)


async def release(
    unit: Unit, connection: str, read: Sequence[tuple[str, Kind]], now: datetime
) -> None:
    """Let subjects go that have been read after all, and close their issues."""
    if not read or not await count(unit, connection):
        return
    key = tuple_(_quarantine.c.external_id, _quarantine.c.kind)
    gone = await unit.connection.execute(
        _quarantine.delete()
        .where(_quarantine.c.connection == connection, key.in_(read))
        .returning(_quarantine.c.kind, _quarantine.c.external_id)
    )
    keys = [f"{connection}/{row.kind}/{row.external_id}" for row in gone]
    await issues.resolve(unit, QUARANTINED, keys, "it has been read", now)


async def waiting(unit: Unit, connection: str) -> list[Quarantined]:
    """Return what waits, oldest first."""
    rows = await unit.connection.execute(
        select(_quarantine)
        .where(_quarantine.c.connection == connection)
        .order_by(_quarantine.c.since, _quarantine.c.external_id)
    )
    return [
        Quarantined(
            connection=row.connection,
            kind=row.kind,
            external_id=row.external_id,
            reason=row.reason,
            payload=row.payload,
        )
        for row in rows
    ]


async def count(unit: Unit, connection: str) -> int:
    """Return how many subjects of *connection* wait."""
    query = select(func.count()).where(_quarantine.c.connection == connection)
    return await unit.connection.scalar(query) or 0


async def counts(unit: Unit) -> dict[str, int]:
    """Return how many subjects wait, by connection."""
    rows = await unit.connection.execute(
        select(_quarantine.c.connection, func.count().label("n")).group_by(_quarantine.c.connection)
    )
    return {row.connection: row.n for row in rows}


def touched(waiting: Sequence[Quarantined]) -> list[Touched]:
    """Return what to read again; a subject without an id cannot be."""
    return [
        Touched(kind=Kind(one.kind), external_id=one.external_id)
        for one in waiting
        if one.external_id
    ]


def _cause(connection: str, one: Unreadable) -> Cause:
    return Cause(
        code=QUARANTINED,
        key=f"{connection}/{one.kind}/{one.external_id or ''}",
        category=Category.SYNC,
        severity=Severity.MEDIUM,
        message=f"{connection} stated a {one.kind} that cannot be read: {one.reason}",
        connection=connection,
    )
