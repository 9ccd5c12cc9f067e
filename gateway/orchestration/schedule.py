"""The schedule: everything that runs without being asked, each in a loop of its own.

A loop that fails says so in the log and goes on; one that has nothing to do waits for the bus's
hint or a poll interval, so a lost hint costs a moment, never work.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import Kind
from gateway.events.bus import Bus
from gateway.orchestration.reactions import Reactor
from gateway.orchestration.worker import Worker
from gateway.sync.follow import Follower, is_followed
from gateway.sync.inbox import Drain
from gateway.sync.pull import Puller
from gateway.sync.reconcile import Reconciler
from gateway.systems.connections import Connected, Systems
from gateway.telemetry.logs import bug

POLL_S = 1.0
"""How long work can wait when its hint is lost."""
AFTER_FAILURE_S = 1.0
RECONCILE_EVERY_S = 900.0
"""A change that nobody told us of is found within a quarter of an hour."""
SLOTS = 4
"""Effects of one connection at once: several lanes go on, and the account's budget is not spent."""

log = structlog.get_logger()
Step = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What a worker process does. `run` it in a task; canceling it ends every loop."""

    systems: Systems
    bus: Bus
    drain: Drain
    reactor: Reactor
    worker: Worker
    puller: Puller
    reconciler: Reconciler
    follower: Follower

    async def run(self) -> None:
        """Run all loops, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._whenever("reactions", self.reactor.step))
            for connected in self.systems.all():
                if connected.enabled:
                    self._serve(group, connected)

    def _serve(self, group: asyncio.TaskGroup, connected: Connected) -> None:
        """Start the loops of one connection: what hangs holds up itself alone."""
        id = connected.id
        if connected.manifest.webhooks:
            group.create_task(self._whenever(f"inbox {id}", lambda: self.drain.step(id)))
        if connected.manifest.commands:
            step = lambda: self.worker.step(id, SLOTS)  # noqa: E731
            group.create_task(self._whenever(f"effects {id}", step))
        for kind in Kind:
            if connected.can_pull(kind):
                group.create_task(self._pull(connected, kind))
        if is_followed(connected):
            every_s = connected.manifest.reads[Kind.TRACKER].every_s
            name = f"follow {id}"
            group.create_task(self._every(every_s, name, lambda: self.follower.run(connected)))
        group.create_task(self._reconcile(connected))

    async def _whenever(self, name: str, step: Step) -> None:
        """Step as long as there is work, then wait for a hint."""
        listener = self.bus.listener()
        while True:
            try:
                if not await step():
                    await listener.wait(POLL_S)
            except Exception as error:
                bug(error, loop=name)
                await asyncio.sleep(AFTER_FAILURE_S)

    async def _pull(self, connected: Connected, kind: Kind) -> None:
        every_s = connected.manifest.reads[kind].every_s
        await self._every(
            every_s, f"pull {connected.id} {kind}", lambda: self.puller.all(connected, kind)
        )

    async def _reconcile(self, connected: Connected) -> None:
        async def step() -> int:
            drift = await self.reconciler.run(connected)
            log.info("reconciled", connection=drift.connection, healed=drift.healed)
            return drift.healed

        await asyncio.sleep(_jittered(RECONCILE_EVERY_S))
        await self._every(RECONCILE_EVERY_S, f"reconcile {connected.id}", step)

    async def _every(self, every_s: float, name: str, step: Step) -> None:
        """Step, then rest; processes that start together do not step together for long."""
        while True:
            try:
                await step()
            except ConnectorError as error:
                log.warning("loop.put_off", loop=name, reason=f"{type(error).__name__}: {error}")
            except Exception as error:
                bug(error, loop=name)
            await asyncio.sleep(_jittered(every_s))


def _jittered(seconds: float) -> float:
    return seconds * random.uniform(0.9, 1.1)  # noqa: S311 (spreads load, no secret)
