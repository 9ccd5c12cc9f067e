"""Events of no noun, and what appends and follows them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

import pytest

from gateway.events import log, relay
from gateway.events.bus import Bus
from gateway.events.event import Event, Logged
from gateway.events.relay import Relay
from gateway.store.unit import Units

NOW = datetime(2026, 3, 29, 1, 0, 0, 7, tzinfo=UTC)
DEADLINE_S = 30
"""What a test may take before something that it waits for will not come."""

Running = Callable[[Relay], AbstractAsyncContextManager[Relay]]


def event(subject: str, sequence: int) -> Event:
    return Event(type="thing.happened", subject=subject, sequence=sequence, occurred_at=NOW)


async def append(units: Units, *events: Event) -> None:
    """Append in one unit."""
    async with units.write() as unit:
        await log.append(unit, events, NOW)


async def take(relay: Relay, after: int, number: int) -> list[Logged]:
    """Return the next *number* events after *after*; fail when they do not come."""
    taken: list[Logged] = []
    async with asyncio.timeout(DEADLINE_S):
        async for logged in relay.follow(after):
            taken.append(logged)
            if len(taken) == number:
                break
    return taken


def places(taken: list[Logged]) -> list[tuple[str, int]]:
    return [(logged.event.subject, logged.event.sequence) for logged in taken]


@pytest.fixture
def polling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Relays look by themselves, often: no hint is needed."""
    monkeypatch.setattr(relay, "POLL_S", 0.01)


@pytest.fixture
def hinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Relays look only when hinted: one that is missed fails the test."""
    monkeypatch.setattr(relay, "POLL_S", 10 * DEADLINE_S)


@pytest.fixture
def running() -> Running:
    """Run a relay in a task for as long as the block lasts."""

    @asynccontextmanager
    async def run(relay: Relay) -> AsyncIterator[Relay]:
        task = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return run


@asynccontextmanager
async def closing(*buses: Bus) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for bus in buses:
            await bus.close()
