"""Live reads: fetch subjects from their systems now, because somebody asked for fresh facts.

Bounded by a deadline, one request a connection and kind, and never at the cost of the answer: when
a system does not answer in time, the last known stays and the reason is given.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic

from connectors.sdk.errors import ConnectorError
from connectors.sdk.http import LANE
from connectors.sdk.records import Kind
from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.store.unit import Units
from gateway.sync import ingest, reread
from gateway.sync.origins import Origins
from gateway.systems.connections import Systems

DEADLINE_S = 2.0
"""What an interactive query waits for its slowest system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """How a live read of one connection went. *error* None: it is fresh."""

    connection: str
    latency_ms: float
    error: str | None = None


class LiveReader:
    """Fetches and takes in. Concurrency: reads of different connections run side by side."""

    def __init__(self, units: Units, systems: Systems, origins: Origins, clock: Clock) -> None:
        self._units = units
        self._systems = systems
        self._origins = origins
        self._clock = clock

    async def read(self, subjects: Iterable[tuple[str, Kind, str]]) -> list[Read]:
        """Read (connection, kind, external id) subjects now; what comes back is in the store."""
        by_connection: dict[str, set[tuple[Kind, str]]] = defaultdict(set)
        for connection, kind, external_id in subjects:
            by_connection[connection].add((kind, external_id))
        reads = (self._read(connection, wanted) for connection, wanted in by_connection.items())
        return list(await asyncio.gather(*reads))

    async def _read(self, connection: str, wanted: set[tuple[Kind, str]]) -> Read:
        began = monotonic()
        error: str | None = None
        lane = LANE.set("interactive")
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self._take_in(connection, wanted)
        except TimeoutError:
            error = f"no answer within {DEADLINE_S:g} s"
        except (ConnectorError, GatewayError) as problem:
            error = f"{type(problem).__name__}: {problem}"
        finally:
            LANE.reset(lane)
        latency_ms = (monotonic() - began) * 1000
        return Read(connection=connection, latency_ms=latency_ms, error=error)

    async def _take_in(self, connection: str, wanted: set[tuple[Kind, str]]) -> None:
        connected = self._systems.get(connection)
        changes = await reread.resolve(connected, await reread.fetch(connected, wanted))
        async with self._units.write() as unit:
            await ingest.apply(unit, changes, self._origins(connected), self._clock())
