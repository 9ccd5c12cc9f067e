"""Live reads: fetch subjects from their systems now, because somebody asked for fresh facts.

Bounded by a deadline, one request a connection and kind, and never at the cost of the answer: when
a system does not answer in time, the last known stays and the reason is given.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from connectors.sdk.errors import ConnectorError
from connectors.sdk.http import LANE
from connectors.sdk.records import Kind
from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.store.unit import Unit, Units
from gateway.sync import ingest, reread
from gateway.sync.origins import Origins
from gateway.systems.connections import Systems
from gateway.telemetry.logs import bug

DEADLINE_S = 2.0
"""What an interactive query waits for its slowest system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """How a live read of *subjects* of one connection went. *error* None: they are fresh, as of
    *at*."""

    connection: str
    subjects: frozenset[tuple[Kind, str]]
    at: datetime
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
        began, at = monotonic(), self._clock()
        error: str | None = None
        lane = LANE.set("interactive")
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self._take_in(connection, wanted)
        except TimeoutError:
            error = f"no answer within {DEADLINE_S:g} s"
        except (ConnectorError, GatewayError) as problem:
            error = f"{type(problem).__name__}: {problem}"
        except Exception as problem:  # the connector's bug: the answer goes on without it
            error = f"an internal error; it is in the log as {bug(problem, connection=connection)}"
        finally:
            LANE.reset(lane)
        latency_ms = (monotonic() - began) * 1000
        return Read(
            connection=connection,
            subjects=frozenset(wanted),
            at=at,
            latency_ms=latency_ms,
            error=error,
        )

    async def _take_in(self, connection: str, wanted: set[tuple[Kind, str]]) -> None:
        connected = self._systems.get(connection)
        changes = await reread.resolve(connected, await reread.fetch(connected, wanted))

        async def take_in(unit: Unit) -> None:
            await ingest.apply(unit, changes, self._origins(connected), self._clock())

        await ingest.commit(self._units, take_in)
