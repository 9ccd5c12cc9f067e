"""What people ask for: checked, written down with its effects, carried out, and waited for.

Each use-case (`gateway.orchestration.requests`) is one unit: look the request up by its key, check
the rules, enqueue the commands, store what it led to. Refusals raise `gateway.errors.Refused` and
leave nothing behind.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from connectors.sdk.commands import Command
from gateway.clock import Clock
from gateway.errors import CapabilityMissing, ConnectionPaused, VersionConflict
from gateway.events.relay import Relay
from gateway.orchestration import idempotency, outbox
from gateway.orchestration.idempotency import Request
from gateway.orchestration.outbox import Effect, Job, State
from gateway.orchestration.world import World
from gateway.store.codec import decode, encode
from gateway.store.unit import Unit, Units

WAIT_S = 15.0
"""How long a mutation waits for the systems it acts in; after that its effects go on without it."""
TRIES = 5
"""How often a unit begins again because somebody else saved one of its nouns meanwhile."""


class Led(msgspec.Struct, frozen=True, kw_only=True):
    """What a request led to: the noun it is about, and the effects that act on it."""

    subject: str
    effects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it stands: what it led to, and how its effects have ended so far."""

    subject: str
    effects: tuple[Effect, ...]
    expected: int
    """How many effects there will be; a reaction adds some of them a moment later."""

    @property
    def failed(self) -> tuple[Effect, ...]:
        return tuple(one for one in self.effects if one.state is State.FAILED)

    @property
    def is_settled(self) -> bool:
        ended = [one for one in self.effects if one.state is not State.OPEN]
        return len(ended) == self.expected


Decide = Callable[[Unit], Awaitable[Led]]


class Asking:
    """Takes requests, and sees them through."""

    def __init__(self, units: Units, world: World, relay: Relay, clock: Clock) -> None:
        self._units = units
        self.world = world
        self._relay = relay
        self.now = clock

    async def ask(self, request: Request, decide: Decide) -> Asked:
        """Decide and write down in one unit, again while others are faster, and wait for the end.

        A request whose key is known decides nothing: what it led to then is given.

        Raises: Refused, as *decide* does; IdempotencyConflict.
        """
        cursor = self._relay.cursor
        for attempt in range(TRIES):
            try:
                async with self._units.write() as unit:
                    led = await self._led(unit, request, decide)
                break
            except VersionConflict as conflict:
                if conflict.path or attempt + 1 == TRIES:
                    raise  # the caller's own expectation, or too many were faster
        return await self._settled(led, cursor)

    async def _led(self, unit: Unit, request: Request, decide: Decide) -> Led:
        before = await idempotency.take(unit, request, self.now())
        if before is not None:
            return decode(Led, before)
        led = await decide(unit)
        await idempotency.keep(unit, request, encode(led))
        return led

    async def _settled(self, led: Led, cursor: int) -> Asked:
        """Wait for the effects to end, as long as a caller may be kept."""
        asked = await self._look(led)
        if not asked.is_settled:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._until_settled(led, cursor), WAIT_S)
        return await self._look(led)

    async def _until_settled(self, led: Led, cursor: int) -> None:
        async for logged in self._relay.follow(cursor):
            if logged.event.subject in led.effects and (await self._look(led)).is_settled:
                return

    async def _look(self, led: Led) -> Asked:
        async with self._units.read() as unit:
            effects = await outbox.by_ids(unit, led.effects)
        return Asked(
            subject=led.subject,
            effects=tuple(effects[id] for id in led.effects if id in effects),
            expected=len(led.effects),
        )

    def require(self, connection: str, command: str) -> None:
        """Refuse, before anything is written, what the connection cannot do."""
        connected = self.world.systems.find(connection)
        if connected is None or not connected.enabled:
            raise ConnectionPaused(f"{connection} is not connected")
        if not connected.can_perform(command):
            raise CapabilityMissing(f"{connected.manifest.name} cannot {command}")

    async def enqueue(
        self, unit: Unit, connection: str, command: Command, lane: str, subject: str
    ) -> str:
        """Add a command in *unit*, after what its lane holds already; return the effect's id."""
        job = Job(
            connection=connection,
            command=command,
            lane=lane,
            order_id=lane if lane.startswith("order_") else None,
            subject=subject,
        )
        return await outbox.enqueue(unit, job, self.now())


def check_version(held: int, expected: int | None) -> None:
    """Raise VersionConflict, with the version now, unless *expected* is None or *held*."""
    if expected is not None and expected != held:
        raise VersionConflict(f"the version is {held} now", path=("expectedVersion",))
