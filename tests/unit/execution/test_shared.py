"""What many ask for alike is worked out once."""

import asyncio

import pytest

from gateway.execution.shared import Shared


class Work:
    """Counts how often it is done; it ends when told to."""

    def __init__(self) -> None:
        self.times = 0
        self.may_end = asyncio.Event()

    async def do(self) -> int:
        self.times += 1
        await self.may_end.wait()
        return self.times


async def test_all_who_ask_at_once_get_one_result() -> None:
    """The first begins the work, the others wait for it."""
    shared, work = Shared(), Work()
    asking = [asyncio.ensure_future(shared.once("key", work.do)) for _ in range(5)]
    work.may_end.set()
    assert [1] * 5 == await asyncio.gather(*asking)
    assert 1 == await shared.once("key", work.do)


async def test_another_key_is_other_work() -> None:
    """Nobody gets what was worked out for others."""
    shared, work = Shared(), Work()
    work.may_end.set()
    assert [1, 2] == [await shared.once(key, work.do) for key in ("a", "b")]


async def test_who_leaves_takes_nothing_from_the_others() -> None:
    """Not even the one who began."""
    shared, work = Shared(), Work()
    first, second = (asyncio.ensure_future(shared.once("key", work.do)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    work.may_end.set()
    assert 1 == await second


async def test_what_is_raised_is_raised_to_all_and_then_tried_again() -> None:
    """A store that was away for a moment does not keep followers from an event for good."""
    shared, times = Shared(), []

    async def fail_once() -> int:
        times.append(1)
        if len(times) == 1:
            raise ValueError("away")
        return len(times)

    asking = [shared.once("key", fail_once) for _ in range(3)]
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert ["away"] * 3 == [str(one) for one in found]
    assert 2 == await shared.once("key", fail_once)


async def test_the_oldest_result_is_forgotten_first() -> None:
    """Memory does not grow with the events."""
    shared, work = Shared(remembered=2), Work()
    work.may_end.set()
    for key in ("a", "b", "c"):
        await shared.once(key, work.do)
    assert [4, 3] == [await shared.once(key, work.do) for key in ("a", "c")]
