"""The inbox: a delivery is durable before it is answered, and applied once.

    PENDING -> DONE                     taken in
            -> QUARANTINED              its content cannot be read; `retry` after a fix
A delivery whose system is away stays PENDING and is tried again, later and later.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change
from connectors.sdk.errors import ConnectorError, Malformed, Unavailable
from gateway.clock import Clock, micros, moment
from gateway.domain.issues import service as issues
from gateway.domain.issues.model import Category, Cause, Severity
from gateway.errors import VersionConflict
from gateway.store.metadata import METADATA, Serial
from gateway.store.unit import NotDurable, Unit, Units
from gateway.sync import ingest, quarantine, reread
from gateway.sync.origins import Origins
from gateway.systems.connections import Connected, Systems
from gateway.systems.envelopes import Envelopes
from gateway.telemetry.redaction import hide_cards

BATCH = 50
"""Deliveries taken at once: they share one read of what they touched, and one commit."""
LEASE = timedelta(seconds=60)
"""Longer than a batch takes with every request at its time-out; a dead worker's come back then."""
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=5)
STORE_TRIES = 8
"""How often what the store refuses is tried: a lost connection or a deadlock passes in that time,
a text that does not fit never does."""
LONGEST_ID = 255
LONGEST_TOPIC = 120

_DONE = {"state": "DONE", "error": None, "url": "", "headers": "", "body": b""}
"""Of what was taken in only its id is kept, to know it by when it comes again."""

log = structlog.get_logger()

_inbox = Table(
    "inbox",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("connection", String(64), nullable=False),
    Column("delivery", String(LONGEST_ID), nullable=False),
    Column("topic", String(LONGEST_TOPIC), nullable=False),
    Column("url", Text, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("visible_at", BigInteger, nullable=False),
    Column("error", Text),
    Index("ix_inbox_delivery", "connection", "delivery", unique=True),
    Index("ix_inbox_waiting", "state", "visible_at", "id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A kept delivery."""

    row: int
    connection: str
    topic: str
    raw: RawDelivery
    received_at: datetime
    attempts: int


async def accept(
    unit: Unit, connection: str, verified: Verified, sealed: bytes, now: datetime
) -> bool:
    """Keep a verified delivery, sealed; False when we have it already. One statement."""
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    done = await unit.connection.execute(
        insert(_inbox)
        .values(
            connection=connection,
            delivery=_kept_id(verified.id),
            topic=verified.topic[:LONGEST_TOPIC].replace("\0", ""),
            url="",
            headers="",
            body=sealed,
            received_at=micros(now),
            state="PENDING",
            attempts=0,
            visible_at=micros(now),
        )
        .on_conflict_do_nothing(index_elements=["connection", "delivery"])
    )
    unit.announce()
    return done.rowcount == 1


async def retry(unit: Unit, connection: str, now: datetime) -> int:
    """Let the quarantined deliveries of *connection* be tried again; return how many."""
    done = await unit.connection.execute(
        update(_inbox)
        .where(_inbox.c.connection == connection, _inbox.c.state == "QUARANTINED")
        .values(state="PENDING", attempts=1, visible_at=micros(now))
    )
    unit.announce()
    return done.rowcount


async def backlog(unit: Unit) -> dict[tuple[str, str], int]:
    """Return how many deliveries are not DONE, by (connection, state)."""
    rows = await unit.connection.execute(
        select(_inbox.c.connection, _inbox.c.state, func.count().label("n"))
        .where(_inbox.c.state.in_(("PENDING", "QUARANTINED")))
        .group_by(_inbox.c.connection, _inbox.c.state)
    )
    return {(row.connection, row.state): row.n for row in rows}


class Drain:
    """Applies waiting deliveries. Any number of processes may run one.

    Concurrency: rows are claimed under a lease (SKIP LOCKED on PostgreSQL, the one writer on
    SQLite); two deliveries of one subject in two processes meet at the subject's version.
    """

    def __init__(
        self,
        units: Units,
        systems: Systems,
        origins: Origins,
        envelopes: Envelopes,
        clock: Clock,
    ) -> None:
        self._units = units
        self._systems = systems
        self._origins = origins
        self._envelopes = envelopes
        self._clock = clock

    async def step(self, connection: str | None = None) -> int:
        """Apply a batch, of *connection* alone if one is named; return how many deliveries were
        looked at. What hangs at one connection does not keep the others waiting."""
        by_connection: dict[str, list[Delivery]] = {}
        for delivery in await self._claim(connection):
            by_connection.setdefault(delivery.connection, []).append(delivery)
        async with asyncio.TaskGroup() as group:
            for id, deliveries in by_connection.items():
                group.create_task(self._apply_all(id, deliveries))
        return sum(len(deliveries) for deliveries in by_connection.values())

    async def _apply_all(self, connection: str, deliveries: Sequence[Delivery]) -> None:
        connected = self._systems.find(connection)
        if connected:
            await self._apply(connected, deliveries)
            return
        for delivery in deliveries:
            await self._put_off(delivery, Unavailable(f"{connection} is not connected"))

    async def _claim(self, connection: str | None) -> list[Delivery]:
        now = self._clock()
        due = (
            select(_inbox.c.id)
            .where(_inbox.c.state == "PENDING", _inbox.c.visible_at <= micros(now))
            .order_by(_inbox.c.visible_at, _inbox.c.id)
            .limit(BATCH)
        )
        if connection is not None:
            due = due.where(_inbox.c.connection == connection)
        if not self._units.is_sqlite:
            due = due.with_for_update(skip_locked=True)
        async with self._units.write() as unit:
            rows = await unit.connection.execute(
                update(_inbox)
                .where(_inbox.c.id.in_(due.scalar_subquery()))
                .values(visible_at=micros(now + LEASE), attempts=_inbox.c.attempts + 1)
                .returning(_inbox)
            )
            return sorted((self._opened(row._mapping) for row in rows), key=lambda one: one.row)

    async def _apply(self, connected: Connected, deliveries: Sequence[Delivery]) -> None:
        """All at once; when that fails, each by itself, so that one cannot hold up the rest."""
        try:
            changes = [one for delivery in deliveries for one in _decode(connected, delivery)]
            await self._take_in(connected, changes, deliveries)
        except Exception as error:
            if len(deliveries) > 1:
                for delivery in deliveries:
                    await self._apply(connected, [delivery])
                return
            await self._put_off(deliveries[0], error)

    async def _take_in(
        self, connected: Connected, changes: list[Change], deliveries: Sequence[Delivery]
    ) -> None:
        settled = await reread.resolve(connected, changes)
        rows = [delivery.row for delivery in deliveries]

        async def take_in(unit: Unit) -> None:
            now = self._clock()
            await ingest.apply(unit, settled, self._origins(connected), now)
            await self._release(unit, deliveries, now)
            await unit.connection.execute(update(_inbox).where(_inbox.c.id.in_(rows)).values(_DONE))

        await ingest.commit(self._units, take_in)

    def _opened(self, row: Any) -> Delivery:
        return Delivery(
            row=row["id"],
            connection=row["connection"],
            topic=row["topic"],
            raw=self._envelopes.open(row["connection"], row),
            received_at=moment(row["received_at"]),
            attempts=row["attempts"],
        )

    async def _release(self, unit: Unit, deliveries: Sequence[Delivery], now: datetime) -> None:
        keys = [_issue_key(one) for one in deliveries if one.attempts > 1]
        await issues.resolve(unit, quarantine.QUARANTINED, keys, "it has been read", now)

    async def _put_off(self, delivery: Delivery, error: Exception) -> None:
        """Try again later what may pass; quarantine what will not change by itself."""
        now = self._clock()
        is_final = _is_final(error, delivery.attempts)
        reason = hide_cards(f"{type(error).__name__}: {error}")
        log.warning(
            "inbox.put_off",
            connection=delivery.connection,
            topic=delivery.topic,
            reason=reason,
            final=is_final,
        )
        wait = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(delivery.attempts, 16))
        values: dict[str, object] = {"error": reason, "visible_at": micros(now + wait)}
        if is_final:
            values["state"] = "QUARANTINED"
        async with self._units.write() as unit:
            waits = (_inbox.c.id == delivery.row, _inbox.c.state == "PENDING")
            done = await unit.connection.execute(update(_inbox).where(*waits).values(values))
            if is_final and done.rowcount == 1:  # else another worker has read it meanwhile
                await issues.open(unit, [_cause(delivery, reason)], now)


def _is_final(error: Exception, attempts: int) -> bool:
    """True for what trying again does not mend: broken content, a bug, what no store takes."""
    if isinstance(error, SQLAlchemyError):
        return attempts >= STORE_TRIES
    passing = ConnectorError | VersionConflict | NotDurable | OSError
    return isinstance(error, Malformed) or not isinstance(error, passing)


def _kept_id(id: str) -> str:
    """Return a delivery's id as it is kept: one that does not fit is known by its hash."""
    if len(id) <= LONGEST_ID and "\0" not in id:
        return id
    return f"sha256:{hashlib.sha256(id.encode(errors='surrogatepass')).hexdigest()}"


def _decode(connected: Connected, delivery: Delivery) -> list[Change]:
    return connected.receives().decode(delivery.raw, delivery.received_at)


def _cause(delivery: Delivery, reason: str) -> Cause:
    return Cause(
        code=quarantine.QUARANTINED,
        key=_issue_key(delivery),
        category=Category.SYNC,
        severity=Severity.MEDIUM,
        message=f"a webhook of {delivery.connection} ({delivery.topic}) cannot be read: {reason}",
        connection=delivery.connection,
    )


def _issue_key(delivery: Delivery) -> str:
    return f"{delivery.connection}/delivery/{delivery.row}"
