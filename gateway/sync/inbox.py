"""The inbox: a delivery is durable before it is answered, and applied once.

    PENDING -> DONE                     taken in
            -> QUARANTINED              its content cannot be read; `retry` after a fix
A delivery whose system is away stays PENDING and is tried again, later and later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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

from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change
from connectors.sdk.errors import ConnectorError, Malformed
from gateway.clock import Clock, micros, moment
from gateway.domain.issues import service as issues
from gateway.domain.issues.model import Category, Cause, Severity
from gateway.errors import VersionConflict
from gateway.store.codec import decode, encode
from gateway.store.metadata import METADATA, Serial
from gateway.store.unit import Unit, Units
from gateway.sync import ingest, quarantine, reread
from gateway.sync.origins import Origins
from gateway.systems.connections import Connected, Systems

BATCH = 50
"""Deliveries taken at once: they share one read of what they touched, and one commit."""
LEASE = timedelta(seconds=60)
"""Longer than a batch takes with every request at its time-out; a dead worker's come back then."""
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=5)
CONFLICT_TRIES = 5

log = structlog.get_logger()

_inbox = Table(
    "inbox",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("connection", String(64), nullable=False),
    Column("delivery", String(255), nullable=False),
    Column("topic", String(120), nullable=False),
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
    unit: Unit, connection: str, verified: Verified, raw: RawDelivery, now: datetime
) -> bool:
    """Keep a verified delivery; False when we have it already. One statement."""
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    done = await unit.connection.execute(
        insert(_inbox)
        .values(
            connection=connection,
            delivery=verified.id,
            topic=verified.topic,
            url=raw.url,
            headers=encode(dict(raw.headers)),
            body=raw.body,
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
        .values(state="PENDING", attempts=0, visible_at=micros(now))
    )
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

    def __init__(self, units: Units, systems: Systems, origins: Origins, clock: Clock) -> None:
        self._units = units
        self._systems = systems
        self._origins = origins
        self._clock = clock

    async def step(self) -> int:
        """Apply a batch; return how many deliveries were looked at."""
        claimed = await self._claim()
        by_connection: dict[str, list[Delivery]] = {}
        for delivery in claimed:
            by_connection.setdefault(delivery.connection, []).append(delivery)
        for connection, deliveries in by_connection.items():
            await self._apply(self._systems.get(connection), deliveries)
        return len(claimed)

    async def _claim(self) -> list[Delivery]:
        now = self._clock()
        due = (
            select(_inbox.c.id)
            .where(_inbox.c.state == "PENDING", _inbox.c.visible_at <= micros(now))
            .order_by(_inbox.c.visible_at, _inbox.c.id)
            .limit(BATCH)
        )
        if not self._units.is_sqlite:
            due = due.with_for_update(skip_locked=True)
        async with self._units.write() as unit:
            rows = await unit.connection.execute(
                update(_inbox)
                .where(_inbox.c.id.in_(due.scalar_subquery()))
                .values(visible_at=micros(now + LEASE), attempts=_inbox.c.attempts + 1)
                .returning(_inbox)
            )
            return sorted((_delivery(row) for row in rows), key=lambda one: one.row)

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
        for attempt in range(CONFLICT_TRIES):
            try:
                async with self._units.write() as unit:
                    now = self._clock()
                    await ingest.apply(unit, settled, self._origins(connected), now)
                    await self._release(unit, deliveries, now)
                    await unit.connection.execute(
                        update(_inbox).where(_inbox.c.id.in_(rows)).values(state="DONE", error=None)
                    )
                return
            except VersionConflict:
                if attempt + 1 == CONFLICT_TRIES:
                    raise

    async def _release(self, unit: Unit, deliveries: Sequence[Delivery], now: datetime) -> None:
        keys = [_issue_key(one) for one in deliveries if one.attempts > 1]
        await issues.resolve(unit, quarantine.QUARANTINED, keys, "it has been read", now)

    async def _put_off(self, delivery: Delivery, error: Exception) -> None:
        """Try again later what may pass; quarantine what will not change by itself."""
        now = self._clock()
        is_final = not isinstance(error, ConnectorError | VersionConflict | OSError)
        reason = f"{type(error).__name__}: {error}"
        log.warning(
            "inbox.put_off",
            connection=delivery.connection,
            topic=delivery.topic,
            reason=reason,
            final=is_final or isinstance(error, Malformed),
        )
        wait = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(delivery.attempts, 16))
        values: dict[str, object] = {"error": reason, "visible_at": micros(now + wait)}
        if is_final or isinstance(error, Malformed):
            values["state"] = "QUARANTINED"
        async with self._units.write() as unit:
            await unit.connection.execute(
                update(_inbox).where(_inbox.c.id == delivery.row).values(values)
            )
            if "state" in values:
                await issues.open(unit, [_cause(delivery, reason)], now)


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


def _delivery(row: object) -> Delivery:
    found = row._mapping  # type: ignore[attr-defined]
    return Delivery(
        row=found["id"],
        connection=found["connection"],
        topic=found["topic"],
        raw=RawDelivery(
            url=found["url"], headers=decode(dict, found["headers"]), body=found["body"]
        ),
        received_at=moment(found["received_at"]),
        attempts=found["attempts"],
    )
