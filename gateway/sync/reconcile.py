"""Reconcile: read again what may have moved without our hearing of it, and say what had.

A webhook that never came, a change that moves no timestamp: orders that are not in a final state
are read again in batches, stock is read whole. What differs is healed by taking it in. Where two
systems count the same shelf otherwise, there is nothing to take in: that is said, in the event
``connection.reconciled``, and what is done about it is the location's policy
(`gateway.orchestration.workflows.heal`).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from connectors.sdk.http import LANE
from connectors.sdk.records import Kind
from gateway import ids
from gateway.clock import Clock
from gateway.domain.identity import service as identity
from gateway.domain.inventory import repository as stock_rows
from gateway.domain.inventory.model import strays
from gateway.domain.orders import repository as order_rows
from gateway.events import log
from gateway.events.event import Event
from gateway.store.codec import decode
from gateway.store.unit import Units
from gateway.sync import ingest, reread
from gateway.sync.origins import Origins
from gateway.sync.pull import RECONCILE, Puller
from gateway.systems.connections import Connected

RECONCILED = "connection.reconciled"
LEVELS_AT_ONCE = 500
MOST_TOLD = 250
"""Levels that one event names; the next reconciliation names those that are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What a reconciliation found: *checked* subjects, of which *healed* had moved unheard, and
    *strays*, the levels that it counts otherwise than whoever is believed."""

    connection: str
    checked: int
    healed: int
    strays: tuple[str, ...] = ()


class Reconciler:
    """Compares one connection with what we hold."""

    def __init__(self, units: Units, origins: Origins, puller: Puller, clock: Clock) -> None:
        self._units = units
        self._origins = origins
        self._puller = puller
        self._clock = clock

    async def run(self, connected: Connected) -> Drift:
        """Read open orders and all stock again. Raises: the errors of the connection's reads."""
        lane = LANE.set("sync")
        try:
            before = await self._last()
            orders = await self._open_orders(connected)
            levels = 0
            if connected.can_pull(Kind.LEVEL):
                levels = await self._puller.all(connected, Kind.LEVEL, RECONCILE)
            drift = Drift(
                connection=connected.id,
                checked=orders + levels,
                healed=await self._changes_since(before, connected.id),
                strays=await self._strays(connected) if levels else (),
            )
            await self._report(drift)
            return drift
        finally:
            LANE.reset(lane)

    async def _open_orders(self, connected: Connected) -> int:
        """Read again every order that is not in a final state; return how many there are."""
        if not connected.can_fetch(Kind.ORDER):
            return 0
        checked, after = 0, ""
        while True:
            async with self._units.read() as unit:
                ids = await order_rows.open_ids(unit, connected.id, after, reread.FETCH_AT_ONCE)
                external = await identity.external_ids(unit, connected.id, Kind.ORDER, ids)
            if not ids:
                return checked
            await self._read(connected, {(Kind.ORDER, id) for id in external.values()})
            checked, after = checked + len(ids), ids[-1]

    async def _read(self, connected: Connected, subjects: set[tuple[Kind, str]]) -> None:
        changes = await reread.resolve(connected, await reread.fetch(connected, subjects))
        async with self._units.write() as unit:
            await ingest.apply(unit, changes, self._origins(connected), self._clock())

    async def _strays(self, connected: Connected) -> tuple[str, ...]:
        found: list[str] = []
        after = ""
        while True:
            async with self._units.read() as unit:
                page = await stock_rows.levels_after(unit, after, LEVELS_AT_ONCE)
            if not page:
                return tuple(found)
            found += [one.id for one in page if strays(one, connected.id)]
            after = page[-1].id

    async def _report(self, drift: Drift) -> None:
        """Say what was found, at the end of the log."""
        subject = ids.derive(ids.CONNECTION, drift.connection)
        async with self._units.write() as unit:
            held = (await log.newest_of(unit, [subject])).get(subject)
            await log.append(unit, [_event(drift, held, self._clock())], self._clock())

    async def _last(self) -> int:
        async with self._units.read() as unit:
            return await unit.connection.scalar(select(func.max(log.events.c.id))) or 0

    async def _changes_since(self, row: int, connection: str) -> int:
        """Count subjects of *connection* that have events after *row*: by rows, not by cursors,
        which on PostgreSQL come a moment later."""
        moved: set[str] = set()
        while found := await self._events_after(row):
            row = found[-1][0]
            moved |= {event.subject for _, event in found if event.connection == connection}
        return len(moved)

    async def _events_after(self, row: int) -> list[tuple[int, Event]]:
        query = select(log.events.c.id, log.events.c.document).where(log.events.c.id > row)
        async with self._units.read() as unit:
            rows = await unit.connection.execute(query.order_by(log.events.c.id).limit(log.PAGE))
            return [(one.id, decode(Event, one.document)) for one in rows]


def _event(drift: Drift, held: Event | None, now: datetime) -> Event:
    return Event(
        type=RECONCILED,
        subject=ids.derive(ids.CONNECTION, drift.connection),
        sequence=held.sequence + 1 if held else 1,
        occurred_at=now,
        connection=drift.connection,
        data={
            "checked": drift.checked,
            "healed": drift.healed,
            "strays": len(drift.strays),
            "levels": list(drift.strays[:MOST_TOLD]),
        },
    )
