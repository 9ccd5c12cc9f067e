"""Pulls: what changed since a checkpoint; each page and its checkpoint are one commit.

A pull that dies goes on at its checkpoint; one that is run twice changes nothing. Backfill is the
same pull from nothing, under a checkpoint of its own.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    String,
    Table,
    Text,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from connectors.sdk.changes import Page
from connectors.sdk.http import LANE
from connectors.sdk.records import Kind
from gateway.clock import Clock, micros, moment
from gateway.store.metadata import METADATA
from gateway.store.unit import Unit, Units
from gateway.sync import ingest, reread
from gateway.sync.origins import Origins
from gateway.systems.connections import Connected

LEASE = timedelta(minutes=5)
"""How long a pull may be silent before another process takes it over; renewed with each page."""
INCREMENTAL = "incremental"
BACKFILL = "backfill"
RECONCILE = "reconcile"
"""Reads all there is each time: its checkpoint only lets one that was cut off go on."""

_checkpoints = Table(
    "checkpoints",
    METADATA,
    Column("connection", String(64), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("mode", String(16), primary_key=True),
    Column("checkpoint", Text),
    Column("records", Integer, nullable=False),
    Column("total", Integer),
    Column("leased_until", BigInteger, nullable=False),
    Column("completed_at", BigInteger),
    Column("error", Text),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a pull has come. *completed_at*: when one last reached its end."""

    connection: str
    kind: Kind
    mode: str
    checkpoint: str | None
    records: int
    total: int | None
    completed_at: datetime | None


class Puller:
    """Pulls one kind of one connection at a time, whoever else tries: the checkpoint is leased."""

    def __init__(self, units: Units, origins: Origins, clock: Clock) -> None:
        self._units = units
        self._origins = origins
        self._clock = clock

    async def run(
        self, connected: Connected, kind: Kind, mode: str = INCREMENTAL
    ) -> AsyncIterator[Progress]:
        """Pull to the end, giving the progress after each page. Nothing when another has the lease.

        Raises: the errors of `Pulls.pull`; what was pulled before stays.
        """
        client = connected.pulls(kind)
        if not await self._lease(connected.id, kind, mode):
            return
        lane = LANE.set("backfill" if mode == BACKFILL else "sync")
        try:
            since = (await self._get(connected.id, kind, mode)).checkpoint
            async for page in client.pull(kind, since):
                yield await self._take_in(connected, kind, mode, page)
            yield await self._complete(connected.id, kind, mode)
        finally:
            LANE.reset(lane)
            await self._release(connected.id, kind, mode)

    async def all(self, connected: Connected, kind: Kind, mode: str = INCREMENTAL) -> int:
        """Pull to the end; return how many records came."""
        before = (await self._get(connected.id, kind, mode)).records
        async for _ in self.run(connected, kind, mode):
            pass
        return (await self._get(connected.id, kind, mode)).records - before

    async def _take_in(self, connected: Connected, kind: Kind, mode: str, page: Page) -> Progress:
        changes = await reread.resolve(connected, page.changes)

        async def take_in(unit: Unit) -> None:
            now = self._clock()
            await ingest.apply(unit, changes, self._origins(connected), now)
            await self._move(unit, (connected.id, kind, mode), page, now)

        await ingest.commit(self._units, take_in)
        return await self._get(connected.id, kind, mode)

    async def _lease(self, connection: str, kind: Kind, mode: str) -> bool:
        now = self._clock()
        async with self._units.write() as unit:
            dialect = unit.connection.dialect.name
            insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
            row = {"connection": connection, "kind": kind, "mode": mode}
            fresh = insert(_checkpoints).values(**row, records=0, leased_until=0)
            await unit.connection.execute(fresh.on_conflict_do_nothing())
            taken = await unit.connection.execute(
                update(_checkpoints)
                .where(*_is(connection, kind, mode), _checkpoints.c.leased_until < micros(now))
                .values(leased_until=micros(now + LEASE))
            )
            return taken.rowcount == 1

    async def _move(
        self, unit: Unit, key: tuple[str, Kind, str], page: Page, now: datetime
    ) -> None:
        await unit.connection.execute(
            update(_checkpoints)
            .where(*_is(*key))
            .values(
                checkpoint=page.checkpoint,
                records=_checkpoints.c.records + len(page.changes),
                total=page.total,
                leased_until=micros(now + LEASE),
            )
        )

    async def _complete(self, connection: str, kind: Kind, mode: str) -> Progress:
        """Mark the end; a backfill's end is where increments begin, unless they run already."""
        done = await self._get(connection, kind, mode)
        async with self._units.write() as unit:
            now = micros(self._clock())
            values: dict[str, int | None] = {"completed_at": now}
            if mode == RECONCILE:
                values["checkpoint"] = None
            await unit.connection.execute(
                update(_checkpoints).where(*_is(connection, kind, mode)).values(values)
            )
            if mode == BACKFILL:
                await self._begin_increments(unit, done, now)
        return await self._get(connection, kind, mode)

    async def _begin_increments(self, unit: Unit, done: Progress, now: int) -> None:
        insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
        await unit.connection.execute(
            insert(_checkpoints)
            .values(
                connection=done.connection,
                kind=done.kind,
                mode=INCREMENTAL,
                checkpoint=done.checkpoint,
                records=0,
                leased_until=0,
                completed_at=now,
            )
            .on_conflict_do_nothing()
        )

    async def _release(self, connection: str, kind: Kind, mode: str) -> None:
        async with self._units.write() as unit:
            await unit.connection.execute(
                update(_checkpoints).where(*_is(connection, kind, mode)).values(leased_until=0)
            )

    async def _get(self, connection: str, kind: Kind, mode: str) -> Progress:
        async with self._units.read() as unit:
            rows = await unit.connection.execute(
                select(_checkpoints).where(*_is(connection, kind, mode))
            )
            row = rows.first()
        if row is None:
            return Progress(
                connection=connection,
                kind=kind,
                mode=mode,
                checkpoint=None,
                records=0,
                total=None,
                completed_at=None,
            )
        return _progress(row)


async def completed(unit: Unit) -> list[Progress]:
    """Return every pull's progress: what the graph shows as each connection's freshness."""
    rows = await unit.connection.execute(select(_checkpoints).order_by(_checkpoints.c.connection))
    return [_progress(row) for row in rows]


async def forget(unit: Unit, connection: str, mode: str) -> None:
    """Let the next pull of *mode* begin from nothing."""
    await unit.connection.execute(
        _checkpoints.delete().where(
            _checkpoints.c.connection == connection, _checkpoints.c.mode == mode
        )
    )


def _is(connection: str, kind: Kind, mode: str) -> tuple[ColumnElement[bool], ...]:
    return (
        _checkpoints.c.connection == connection,
        _checkpoints.c.kind == kind,
        _checkpoints.c.mode == mode,
    )


def _progress(row: object) -> Progress:
    found = row._mapping  # type: ignore[attr-defined]
    at = found["completed_at"]
    return Progress(
        connection=found["connection"],
        kind=Kind(found["kind"]),
        mode=found["mode"],
        checkpoint=found["checkpoint"],
        records=found["records"],
        total=found["total"],
        completed_at=moment(at) if at is not None else None,
    )
