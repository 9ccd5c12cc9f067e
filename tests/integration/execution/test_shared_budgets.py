"""Budgets in Valkey: one for all processes, and none in the way when the server is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import structlog
from redis.asyncio import Redis

from gateway.errors import Throttled
from gateway.execution.limits import shared
from gateway.execution.limits.shared import SharedThrottle
from gateway.settings.limits import Budget

BUDGET = Budget(maximum=99, restore_per_s=1)
"""So small that no process takes any of it ahead."""
FAST = Budget(maximum=99, restore_per_s=1_000)
LARGE = Budget(maximum=10_000, restore_per_s=1)
DEADLINE_S = 10.0
AWAY = "redis://127.0.0.1:1"
"""Nobody listens there."""


class Ticks:
    """A clock that is turned."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


Open = Callable[..., SharedThrottle]


@pytest.fixture
async def open_(redis_url: str) -> AsyncIterator[Open]:
    """Opens throttles, each as a process of its own would."""
    async with AsyncExitStack() as stack:

        def begin(url: str = redis_url, ticks: Ticks | None = None) -> SharedThrottle:
            throttle = SharedThrottle(url, ticks or Ticks())
            stack.push_async_callback(throttle.close)
            return throttle

        yield begin


async def left(throttle: SharedThrottle, points: int, budget: Budget = BUDGET) -> int:
    """Return the whole points that are left; some fraction has come back meanwhile."""
    return int((await throttle.take("ADMIN:ada", budget, points)).available)


async def refusal(asked: Awaitable[Any]) -> Throttled:
    with pytest.raises(Throttled) as refused:
        await asked
    return refused.value


async def test_processes_share_a_budget(open_: Open) -> None:
    """What one has spent is gone for the other, and refused work takes nothing."""
    here, there = open_(), open_()
    assert 39 == await left(here, 60)
    assert 9 == await left(there, 30)
    refused = await refusal(left(here, 50))
    state = {"maximum": 99, "available": 9, "restoreRate": 1}
    assert {"requested": 50, "actual": 0, "throttle": state} == refused.cost
    assert 40.0 < refused.retry_after_s <= 41.0
    assert 0 == await left(there, 9)


async def test_a_burst_over_all_processes_spends_it_once(open_: Open) -> None:
    """Two hundred at a time in four of them: ninety-nine points are ninety-nine points."""
    throttles = [open_() for _ in range(4)]
    asked = [throttle.take("ADMIN:ada", BUDGET, 1) for throttle in throttles * 50]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert 99 == sum(not isinstance(one, Throttled) for one in answers)
    assert [] == [one for one in answers if isinstance(one, Exception)
                  and not isinstance(one, Throttled)]  # fmt: skip


async def test_points_come_back_with_time(open_: Open) -> None:
    """By the server's clock."""
    throttle = open_()
    await left(throttle, 99, FAST)
    async with asyncio.timeout(DEADLINE_S):
        while await spendable(throttle) < 98:
            await asyncio.sleep(0.01)


async def spendable(throttle: SharedThrottle) -> int:
    """Spend a point; return what is left, none where there was none."""
    try:
        return await left(throttle, 1, FAST)
    except Throttled:
        return 0


async def test_what_was_not_needed_comes_back_with_the_next(open_: Open) -> None:
    """Within the maximum; what was needed more goes."""
    throttle = open_()
    await left(throttle, 99)
    throttle.give_back("ADMIN:ada", 50)
    throttle.give_back("ADMIN:ada", 20)
    assert 0 == await left(throttle, 70)
    throttle.give_back("ADMIN:ada", -50)
    assert 0 == (await refusal(left(throttle, 1))).cost["throttle"]["available"]
    throttle.give_back("ADMIN:ada", 1_000)
    assert 98 == await left(throttle, 1)


async def test_small_operations_share_a_round_trip(open_: Open, redis_url: str) -> None:
    """A hundredth is taken ahead, which is the process's own until it is spent; what is not given
    to it is refused there."""
    here, there = open_(), open_()
    async with Redis.from_url(redis_url) as client:
        assert 9_990 == await left(here, 10, LARGE)
        before = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
        assert [9_980, 9_930] == [await left(here, one, LARGE) for one in (10, 50)]
        assert before == (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert 0 == await left(there, 10_000 - 10 - 100, LARGE)
    await left(here, 40, LARGE)
    await refusal(left(here, 1, LARGE))


async def test_what_was_taken_ahead_goes_back_before_more_is_taken(open_: Open) -> None:
    """Nothing is lost by it, nor by what is given back meanwhile."""
    throttle = open_()
    assert 9_990 == await left(throttle, 10, LARGE)
    throttle.give_back("ADMIN:ada", 4)
    assert 9_984 == await left(throttle, 10, LARGE)
    assert 984 == await left(throttle, 9_000, LARGE)
    assert 0 == await left(throttle, 984, LARGE)


async def test_nothing_of_a_caller_is_kept_by_name_or_for_long(open_: Open, redis_url: str) -> None:
    """A hash of who they are, until the bucket is full again."""
    await left(open_(), 60)
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        (key,) = await client.keys("*")
        assert key.startswith(shared.PREFIX)
        assert "ada" not in key
        assert 0 < await client.pttl(key) <= 61_000


async def test_a_server_that_is_not_there_refuses_nobody(open_: Open) -> None:
    """The process has a budget of its own then, and says so once."""
    throttle = open_(AWAY)
    with structlog.testing.capture_logs() as log:
        assert 39 == await left(throttle, 60)
        throttle.give_back("ADMIN:ada", 10)
        assert 0 == await left(throttle, 49)
        await refusal(left(throttle, 1))
    assert ["budgets.away"] == [one["event"] for one in log]


async def test_a_server_that_is_back_is_asked_again(open_: Open, redis_url: str) -> None:
    """Not before it was left alone for a while: requests do not wait for it one after the other."""
    ticks = Ticks()
    throttle = open_(ticks=ticks)
    assert 89 == await left(throttle, 10)
    async with Redis.from_url(redis_url) as client:
        await client.client_pause(int(DEADLINE_S * 1000), all=False)  # answers no script
        assert 49 == await left(throttle, 50)  # once it has waited for long enough
        await client.client_unpause()
    assert 39 == await left(throttle, 10)
    ticks.now = shared.AWAY_S
    assert 79 <= await left(throttle, 10) <= 89  # what came back meanwhile is there, too
