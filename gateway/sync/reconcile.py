"""Reconcile: read again what may have moved without our hearing of it, and say what had.

A webhook that never came, a change that moves no timestamp: orders that are not in a final state
are read again in batches, stock is read whole. What differs is healed by taking it in.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from connectors.sdk.http import LANE
from connectors.sdk.records import Kind
from gateway.clock import Clock
from gateway.domain.identity import service as identity
from gateway.domain.orders import repository as order_rows
from gateway.events import log
from gateway.events.event import Event
from gateway.store.codec import decode
from gateway.store.unit import Units
from gateway.sync import ingest, reread
from gateway.sync.origins import Origins
from gateway.sync.pull import RECONCILE, Puller
from gateway.systems.connections import Connected


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What a reconciliation found: *checked* subjects, of which *healed* had moved unheard."""

    connection: str
    checked: int
    healed: int


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
            return Drift(
                connection=connected.id,
                checked=orders + levels,
                healed=await self._changes_since(before, connected.id),
            )
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
