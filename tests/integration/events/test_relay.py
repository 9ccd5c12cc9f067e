"""The relay: every reader gets every event after its cursor, once, in commit order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from gateway.events import relay as relays
from gateway.events.bus import LocalBus
from gateway.events.relay import Relay
from gateway.store.unit import Unit, Units
from tests.integration.events.conftest import DEADLINE_S, Running, append, event, places, take


@pytest.fixture
async def relay(units: Units) -> Relay:
    """Turned by hand."""
    return Relay(units, LocalBus())


async def fill(units: Units, first: int, last: int) -> None:
    await append(units, *(event("a", number) for number in range(first, last + 1)))


def numbers(first: int, last: int) -> list[tuple[str, int]]:
    return [("a", number) for number in range(first, last + 1)]


@pytest.mark.parametrize("after", [0, 1, 5, 9])
async def test_a_follower_begins_after_its_cursor_and_goes_on_live(
    units: Units, relay: Relay, after: int
) -> None:
    """Whether what it asks for was there before the relay began, or comes later."""
    await fill(units, 1, 5)
    await relay.step()
    fresh = Relay(units, LocalBus())
    await fresh.start()
    following = asyncio.create_task(take(fresh, after, 10 - after))
    await fill(units, 6, 8)
    assert await fresh.step() == 3
    await fill(units, 9, 10)
    assert await fresh.step() == 2
    assert places(await following) == numbers(after + 1, 10)


async def test_a_slow_follower_outlived_by_the_ring_reads_the_store(
    units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ring holds 4; while it is busy with the first event 30 pass by; a quick one sees the
    same."""
    monkeypatch.setattr(relays, "RING", 4)
    small = Relay(units, LocalBus())
    slow = small.follow(0)
    quick = asyncio.create_task(take(small, 0, 31))
    await fill(units, 1, 1)
    await small.step()
    first = await anext(slow)
    for start in (2, 12, 22):
        await fill(units, start, start + 9)
        await small.step()
    async with asyncio.timeout(DEADLINE_S):
        rest = [await anext(slow) for _ in range(30)]
        assert places([first, *rest]) == places(await quick) == numbers(1, 31)
    await slow.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize("after", range(10))
async def test_wherever_a_follower_stands_it_misses_nothing(
    units: Units, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Before the ring's first event, next to it, or within."""
    monkeypatch.setattr(relays, "RING", 4)
    small = Relay(units, LocalBus())
    await fill(units, 1, 10)
    await small.step()
    assert places(await take(small, after, 10 - after)) == numbers(after + 1, 10)


async def test_a_follower_reads_a_long_past_page_by_page(units: Units, relay: Relay) -> None:
    """More than a page at a time is never read, and none of it is passed over."""
    await fill(units, 1, 1201)
    while await relay.step():
        pass
    fresh = Relay(units, LocalBus())
    await fresh.start()
    assert fresh.cursor == 1201
    assert places(await take(fresh, 0, 1201)) == numbers(1, 1201)


async def test_what_is_stepped_in_pieces_is_told_in_pieces(units: Units, relay: Relay) -> None:
    """A step reads a page; a follower is never told more than the relay has read."""
    await fill(units, 1, 600)
    assert (await relay.step(), await relay.step(), await relay.step()) == (500, 100, 0)
    assert places(await take(relay, 590, 10)) == numbers(591, 600)


async def test_steps_at_once_tell_of_each_event_once(units: Units, relay: Relay) -> None:
    """One that runs in a task, and one that is turned by hand."""
    following = asyncio.create_task(take(relay, 0, 20))
    for first in (1, 11):
        await fill(units, first, first + 9)
        assert sum(await asyncio.gather(*(relay.step() for _ in range(5)))) == 10
    assert places(await following) == numbers(1, 20)


async def test_a_follower_that_leaves_holds_up_nobody(units: Units, relay: Relay) -> None:
    """Canceled while it waits, among others who wait."""
    waiting = [asyncio.create_task(take(relay, 0, 1)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await fill(units, 1, 1)
    await relay.step()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(ends[1], asyncio.CancelledError)
    assert [places(end) for end in ends[::2] if isinstance(end, list)] == [numbers(1, 1)] * 2


async def test_a_hint_is_enough(units: Units, hinted: None, running: Running) -> None:
    """The relay sleeps until an append is announced."""
    bus = LocalBus()
    units.on_announce = bus.hint
    async with running(Relay(units, bus)) as relay:
        for number in range(1, 11):
            await fill(units, number, number)
            assert places(await take(relay, number - 1, 1)) == numbers(number, number)


async def test_without_hints_it_looks_by_itself(
    units: Units, polling: None, running: Running
) -> None:
    """A lost hint costs a poll interval."""
    async with running(Relay(units, LocalBus())) as relay:
        for number in range(1, 4):
            await fill(units, number, number)
            assert places(await take(relay, number - 1, 1)) == numbers(number, number)


class Faltering:
    """Units whose next *failures* reads fail, as a store's do that is away."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self.on_announce = units.on_announce
        self.is_sqlite = units.is_sqlite
        self.failures = 0

    def write(self) -> AbstractAsyncContextManager[Unit]:
        return self._units.write()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        if self.failures:
            self.failures -= 1
            raise OSError("away")
        async with self._units.read() as unit:
            yield unit

    async def close(self) -> None:
        await self._units.close()


async def test_a_store_that_was_away_costs_no_event(
    units: Units, polling: None, running: Running
) -> None:
    """The relay outlives it, and nobody who follows notices."""
    faltering = Faltering(units)
    relay = Relay(faltering, LocalBus())
    async with running(relay):
        following = asyncio.create_task(take(relay, 0, 2))
        await fill(units, 1, 1)
        await take(relay, 0, 1)
        faltering.failures = 3
        await fill(units, 2, 2)
        assert places(await following) == numbers(1, 2)
    assert faltering.failures == 0
