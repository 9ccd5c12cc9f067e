"""The relay: tails the log in commit order and feeds every reader of this process.

Readers hold a position, not a queue: a slow one is merely behind, and reads the store when the ring
has moved on. So there is no gap, no repeat, and no memory that grows with a reader's slowness.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from gateway.events import log, sequencer
from gateway.events.bus import Bus
from gateway.events.event import Logged
from gateway.store.unit import Units

RING = 4096
"""Events kept in memory: enough for a reader to be seconds late at full load without a query."""
POLL_S = 0.5
"""How long an append can go unnoticed when its hint is lost."""


class Relay:
    """One a process. `run` it in a task, or turn it by hand with `step` (tests do)."""

    def __init__(self, units: Units, bus: Bus) -> None:
        self._units = units
        self._listener = bus.listener()
        self._ring: deque[Logged] = deque(maxlen=RING)
        self._moved = asyncio.Condition()
        self.cursor = 0
        """The newest event that readers here have been told of."""

    async def start(self) -> None:
        """Begin at the end of the log: what is older is read from the store on demand."""
        async with self._units.read() as unit:
            self.cursor = await log.last(unit)

    async def run(self) -> None:
        """Step whenever hinted, for ever."""
        while True:
            if not await self.step():
                await self._listener.wait(POLL_S)

    async def step(self) -> int:
        """Number and read what is new; wake the readers. Return how many events that was."""
        await sequencer.step(self._units)
        async with self._units.read() as unit:
            new = await log.after(unit, self.cursor)
        if new:
            async with self._moved:
                self._ring.extend(new)
                self.cursor = new[-1].cursor
                self._moved.notify_all()
        return len(new)

    async def follow(self, after: int) -> AsyncIterator[Logged]:
        """Yield every event after cursor *after*, once, in commit order, for ever."""
        position = after
        while True:
            for logged in await self._batch(position):
                position = logged.cursor
                yield logged
            async with self._moved:
                await self._moved.wait_for(lambda: self.cursor > position)  # noqa: B023

    async def _batch(self, position: int) -> list[Logged]:
        if self._ring and self._ring[0].cursor <= position + 1:
            return [logged for logged in self._ring if logged.cursor > position]
        async with self._units.read() as unit:
            return await log.after(unit, position, until=self.cursor)
