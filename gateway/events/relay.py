"""The relay: tails the log in commit order and feeds every reader of this process.

Readers hold a position, not a queue: a slow one is merely behind, and reads the store when the ring
has moved on. So there is no gap, no repeat, and no memory that grows with a reader's slowness.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from itertools import takewhile

import structlog

from gateway.events import log, sequencer
from gateway.events.bus import Bus
from gateway.events.event import Logged
from gateway.store.unit import Units

RING = 4096
"""Events kept in memory: enough for a reader to be seconds late at full load without a query."""
POLL_S = 0.5
"""How long an append can go unnoticed when its hint is lost; the wait after a failure, too."""

_log = structlog.get_logger()


class Relay:
    """One a process. `run` it in a task, or turn it by hand with `step` (tests do)."""

    def __init__(self, units: Units, bus: Bus) -> None:
        self._units = units
        self._bus = bus
        self._listener = bus.listener()
        self._ring: deque[Logged] = deque(maxlen=RING)
        self._moved = asyncio.Event()
        self.cursor = 0
        """The newest event that readers here have been told of."""

    async def start(self) -> None:
        """Begin at the end of the log: what is older is read from the store on demand."""
        async with self._units.read() as unit:
            self.cursor = await log.last(unit)

    async def run(self) -> None:
        """Step whenever hinted, for ever. A store that is away is tried again."""
        while True:
            try:
                is_idle = not await self.step()
            except Exception:
                _log.exception("relay.failed")
                is_idle = True
            if is_idle:
                await self._listener.wait(POLL_S)

    async def step(self) -> int:
        """Number and read what is new; wake the readers. Return how many events that was.

        Whoever has numbered says so: the others were woken by the append, and found it unnumbered.

        Concurrency: two steps at once may read the same events; one of them tells of them.
        """
        if await sequencer.step(self._units):
            self._bus.hint()
        async with self._units.read() as unit:
            read = await log.after(unit, self.cursor)
        new = [logged for logged in read if logged.cursor > self.cursor]  # not read by another step
        if new:
            self._ring.extend(new)
            self.cursor = new[-1].cursor
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()
        return len(new)

    async def follow(self, after: int) -> AsyncIterator[Logged]:
        """Yield every event after cursor *after*, once, in commit order, for ever."""
        position = after
        while True:
            while self.cursor <= position:
                await self._moved.wait()
            for logged in await self._batch(position):
                position = logged.cursor
                yield logged

    async def _batch(self, position: int) -> list[Logged]:
        """Return what comes after *position*: as much as the ring holds, or a page of the log."""
        if self._ring and self._ring[0].cursor <= position + 1:
            # From the new end: a reader is a few events behind, the ring is thousands long.
            newer = list(takewhile(lambda logged: logged.cursor > position, reversed(self._ring)))
            return newer[::-1]
        async with self._units.read() as unit:
            return await log.after(unit, position, until=self.cursor)
