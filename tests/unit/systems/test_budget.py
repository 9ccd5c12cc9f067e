"""The budget: never faster than the account may be asked, the urgent first, nobody for ever."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sdk.errors import Throttled, Unavailable
from connectors.sdk.manifest import Limits
from gateway.systems import budget as budgets
from gateway.systems.budget import Budget
from tests.unit.systems.conftest import Turned

Enter = Callable[[str], Awaitable[None]]


def budget(turned: Turned, rate: float = 1, burst: int = 1, concurrency: int = 100) -> Budget:
    limits = Limits(requests_per_s=rate, burst=burst, concurrency=concurrency)
    return Budget(limits, turned.ticks, turned.later)


async def settle() -> None:
    """Let every task run as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


class Callers:
    """Tasks that enter and stay inside; *entered* says who, in order, and when."""

    def __init__(self, budget: Budget, turned: Turned) -> None:
        self.entered: list[str] = []
        self.times: list[float] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._budget = budget
        self._turned = turned

    async def come(self, *lanes: str) -> None:
        for lane in lanes:
            self.tasks.append(asyncio.create_task(self._enter(lane)))
            await settle()

    async def _enter(self, lane: str) -> None:
        await self._budget.enter(lane)
        self.entered.append(lane)
        self.times.append(self._turned.ticks())

    async def turn(self, seconds: float) -> None:
        until = self._turned.ticks() + seconds
        while self._turned.step(until):
            await settle()
        await settle()

    async def go_home(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_beyond_the_burst_callers_wait_for_the_rate(turned: Turned) -> None:
    """Three at once, then one each half second."""
    callers = Callers(budget(turned, rate=2, burst=3), turned)
    await callers.come(*["interactive"] * 5)
    assert len(callers.entered) == 3
    await callers.turn(0.49)
    assert len(callers.entered) == 3
    await callers.turn(0.01)
    assert len(callers.entered) == 4
    await callers.turn(0.5)
    assert len(callers.entered) == 5


async def test_no_more_are_inside_at_once_than_may_be(turned: Turned) -> None:
    """A slot that is left is taken by the next."""
    two = budget(turned, rate=100, burst=100, concurrency=2)
    callers = Callers(two, turned)
    await callers.come(*["sync"] * 3)
    assert (len(callers.entered), two.in_flight) == (2, 2)
    two.leave()
    await settle()
    assert (len(callers.entered), two.in_flight) == (3, 2)


async def test_the_urgent_go_first_whoever_came_first(turned: Turned) -> None:
    """A shopper waits before the sync, and that before the past."""
    callers = Callers(budget(turned), turned)
    await callers.come("sync", "backfill", "backfill", "sync", "interactive", "sync")
    for _ in range(5):
        await callers.turn(1)
    assert callers.entered == ["sync", "interactive", "sync", "sync", "backfill", "backfill"]


async def test_the_last_is_served_now_and_then(turned: Turned) -> None:
    """Backfill goes on even while the urgent never cease."""
    callers = Callers(budget(turned), turned)
    await callers.come("interactive", "backfill", *["interactive"] * 30)
    for _ in range(30):
        await callers.turn(1)
    assert callers.entered.count("backfill") == 1
    assert callers.entered.index("backfill") == budgets.LAST_FIRST_EVERY - 1
    await callers.go_home()


async def test_the_turn_of_the_last_keeps_nobody_waiting(turned: Turned) -> None:
    """It needs no reserve: the urgent behind it would wait for that to fill."""
    callers = Callers(budget(turned, rate=1, burst=8), turned)
    await callers.come(*["interactive"] * 8, "backfill", *["interactive"] * 8)
    began = turned.ticks()
    await callers.turn(8)
    assert "backfill" in callers.entered
    assert callers.times[8:] == [began + second for second in range(1, 9)]
    await callers.go_home()


async def test_backfill_leaves_room_for_whoever_comes_next(turned: Turned) -> None:
    """A quarter of the burst and one slot stay free for a shopper."""
    many = budget(turned, rate=1, burst=8, concurrency=4)
    callers = Callers(many, turned)
    await callers.come(*["backfill"] * 8)
    assert (many.in_flight, many.left) == (3, 5)
    await callers.come("interactive")
    assert callers.entered[-1] == "interactive"
    await callers.go_home()
    wide = Callers(budget(turned, rate=1, burst=8), turned)
    await wide.come(*["backfill"] * 8)
    assert len(wide.entered) == 6
    await wide.go_home()


async def test_a_burst_of_one_serves_every_lane(turned: Turned) -> None:
    """There is nothing to reserve of one, and nobody is locked out."""
    callers = Callers(budget(turned, burst=1, concurrency=1), turned)
    await callers.come("backfill")
    assert callers.entered == ["backfill"]


async def test_nothing_is_sent_before_retry_after_has_passed(turned: Turned) -> None:
    """Not by anyone of the account; and afterwards one tries first."""
    shop = budget(turned, rate=10, burst=10)
    shop.learn(Throttled("HTTP 429", retry_after_s=4.0), {})
    callers = Callers(shop, turned)
    began = turned.ticks()
    await callers.come(*["interactive"] * 3)
    await callers.turn(3.99)
    assert (callers.entered, shop.left) == ([], 0)
    await callers.turn(0.01)
    assert callers.times == [began + 4.0]
    await callers.turn(0.1)
    assert len(callers.entered) == 2
    await callers.go_home()


async def test_a_long_retry_after_is_for_the_caller_to_wait(turned: Turned) -> None:
    """Nobody holds a task for a minute; the exact rest is told."""
    shop = budget(turned)
    shop.learn(Throttled("HTTP 429", retry_after_s=60.0), {})
    turned.forward(20)
    with pytest.raises(Throttled) as caught:
        await shop.enter("interactive")
    assert caught.value.retry_after_s == 40.0
    turned.forward(40)
    await shop.enter("interactive")


async def test_throttling_without_a_word_for_how_long_waits_longer_each_time(
    turned: Turned,
) -> None:
    """Doubling, and from the start again after an answer."""
    shop = budget(turned, rate=1000, burst=1000)
    waits = []
    for _ in range(7):
        shop.learn(Throttled("HTTP 429"), {})
        waits.append(round(shop._bucket.at - turned.ticks(), 6))
        turned.forward(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    shop.learn(None, {"date": "today"})
    shop.learn(Throttled("HTTP 429"), {})
    assert shop._bucket.at - turned.ticks() == 1


async def test_other_errors_say_nothing_of_the_budget(turned: Turned) -> None:
    """An outage is the breaker's matter."""
    shop = budget(turned, burst=5)
    shop.learn(Unavailable("down"), {})
    assert shop.left == 5


async def test_too_many_waiting_are_told_to_come_back(
    turned: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue is bounded."""
    monkeypatch.setattr(budgets, "MOST_WAITING", 2)
    shop = budget(turned)
    callers = Callers(shop, turned)
    await callers.come(*["sync"] * 3)
    with pytest.raises(Throttled):
        await shop.enter("interactive")
    await callers.go_home()


async def test_a_caller_who_gives_up_frees_its_place(turned: Turned) -> None:
    """Waiting, or in the very moment that its turn comes, or before the loop notices."""
    shop = budget(turned, concurrency=1)
    callers = Callers(shop, turned)
    await callers.come("sync", "sync", "sync", "sync")
    turned.forward(1)
    callers.tasks[1].cancel()  # still waiting: the only slot is taken
    shop.leave()  # the turn of the third
    callers.tasks[2].cancel()  # which gives up before it runs
    await settle()
    assert shop.in_flight == 0
    await callers.turn(2)
    assert (len(callers.entered), shop.in_flight) == (2, 1)
    await callers.go_home()


async def test_a_share_of_the_budget_is_a_share_of_rate_and_burst(turned: Turned) -> None:
    """Three processes use one account: each a third."""
    limits = Limits(requests_per_s=9, burst=30, concurrency=300)
    callers = Callers(Budget(limits, turned.ticks, turned.later, share=1 / 3), turned)
    await callers.come(*["interactive"] * 20)
    assert len(callers.entered) == 10
    await callers.turn(1)
    assert len(callers.entered) == 13
    await callers.go_home()


async def test_a_share_of_slots_is_never_none(turned: Turned) -> None:
    """Three processes and two slots: each has one."""
    limits = Limits(requests_per_s=9, burst=30, concurrency=2)
    callers = Callers(Budget(limits, turned.ticks, turned.later, share=1 / 3), turned)
    await callers.come("interactive", "interactive")
    assert len(callers.entered) == 1
    await callers.go_home()


@settings(max_examples=50, deadline=None)
@given(
    rate=st.sampled_from([0.5, 2.0, 7.0]),
    burst=st.integers(1, 6),
    lanes=st.lists(st.sampled_from(budgets.LANES), min_size=1, max_size=30),
    pauses=st.lists(st.floats(0, 2), min_size=1, max_size=30),
)
async def test_no_window_sees_more_than_burst_and_rate_allow(
    rate: float, burst: int, lanes: list[str], pauses: list[float]
) -> None:
    """However callers come, in any lane; and everyone is served in the end."""
    turned = Turned()
    callers = Callers(budget(turned, rate=rate, burst=burst), turned)
    for number, lane in enumerate(lanes):
        await callers.come(lane)
        await callers.turn(pauses[number % len(pauses)])
    await callers.turn(1000)
    assert sorted(callers.entered) == sorted(lanes)
    for first, start in enumerate(callers.times):
        for last in range(first, len(callers.times)):
            allowed = burst + rate * (callers.times[last] - start)
            assert last - first + 1 <= allowed + 1e-6
