"""The bus: hints for everybody who listens."""

import asyncio

import pytest
from redis.asyncio import Redis

from gateway.events.bus import CHANNEL, Bus, LocalBus, RedisBus
from tests.integration.events.conftest import DEADLINE_S, closing

MESSAGE = {"type": "message", "pattern": None, "channel": CHANNEL.encode(), "data": b""}


@pytest.fixture(params=["local", "valkey"])
async def bus(request: pytest.FixtureRequest) -> Bus:
    """Either bus: in this process both do the same."""
    if request.param == "local":
        return LocalBus()
    return RedisBus(request.getfixturevalue("redis_url"))


async def test_everybody_who_listens_hears_a_hint(bus: Bus) -> None:
    """One that is busy hears it when it next listens."""
    async with closing(bus):
        ears = [bus.listener(), bus.listener()]
        bus.hint()
        assert [await ear.wait(0) for ear in ears] == [True, True]


async def test_hints_that_nobody_waited_for_are_one() -> None:
    """Three while it was busy: one reason to look."""
    bus = LocalBus()
    ear = bus.listener()
    for _ in range(3):
        bus.hint()
    assert [await ear.wait(0), await ear.wait(0)] == [True, False]


async def test_an_ear_that_was_dropped_is_forgotten() -> None:
    """A reader that has gone costs nothing."""
    bus = LocalBus()
    ears = [bus.listener() for _ in range(3)]
    del ears[1:]
    assert list(bus._listeners) == ears


async def test_a_hint_crosses_processes(redis_url: str) -> None:
    """Once the other side has subscribed, which is itself a hint."""
    here, there = RedisBus(redis_url), RedisBus(redis_url)
    async with closing(here, there):
        ear = there.listener()
        assert await ear.wait(DEADLINE_S)
        here.hint()
        assert await ear.wait(DEADLINE_S)


async def test_a_hint_while_another_is_on_its_way_is_sent_after_it(redis_url: str) -> None:
    """The first may have been read already: three more are one message more."""
    bus = RedisBus(redis_url)
    async with closing(bus), Redis.from_url(redis_url) as client, client.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        assert (await anext(channel.listen()))["type"] == "subscribe"
        await client.client_pause(DEADLINE_S * 1000, all=False)
        bus.hint()
        async with asyncio.timeout(DEADLINE_S):
            while not [one for one in await client.client_list() if one["cmd"] == "publish"]:
                await asyncio.sleep(0.01)
        for _ in range(3):
            bus.hint()
        await client.client_unpause()
        assert [await channel.get_message(timeout=DEADLINE_S) for _ in range(2)] == [MESSAGE] * 2
        assert await channel.get_message(timeout=0.1) is None


async def test_a_server_that_is_not_there_stops_nothing() -> None:
    """Hints are for this process only, then; closing does not wait for it."""
    bus = RedisBus("redis://127.0.0.1:1")
    ear = bus.listener()
    bus.hint()
    assert await ear.wait(0)
    async with asyncio.timeout(DEADLINE_S):
        await bus.close()
