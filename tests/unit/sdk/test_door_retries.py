"""The door out: what it tries again, how often, and what it leaves to the caller."""

import asyncio
from itertools import pairwise

import pytest

from connectors.sdk.errors import Ambiguous, Misconfigured, Throttled, Unavailable
from connectors.sdk.faults import Fault
from connectors.sdk.http import LONGEST_RETRY_AFTER_S, Bounds
from tests.unit.sdk.conftest import QUICK, Rig
from tests.unit.sdk.test_door import ask, tell

FAILURES = [Fault.SERVER_ERROR, Fault.SERVER_ERROR_AFTER, Fault.CUT_AFTER]
CLOCK_TICK_S = 0.002
"""What the event loop's clock may be early by."""


@pytest.mark.parametrize("fault", FAILURES)
async def test_what_changes_nothing_is_tried_three_times(rig: Rig, fault: Fault) -> None:
    """Two failures and an answer; three failures and no more."""
    rig.system.plan(fault, fault)
    await rig.door().send(ask())
    assert rig.system.requests == 3
    rig.system.plan(fault, fault, fault)
    with pytest.raises(Unavailable):
        await rig.door().send(ask())
    assert rig.system.requests == 6


@pytest.mark.parametrize(
    ("fault", "done"),
    [(Fault.SERVER_ERROR, 0), (Fault.SERVER_ERROR_AFTER, 1), (Fault.CUT_AFTER, 1)],
)
async def test_what_may_have_changed_something_is_tried_once(
    rig: Rig, fault: Fault, done: int
) -> None:
    """Its fate is unknown, whether it happened or not; the outbox decides."""
    rig.system.plan(fault)
    with pytest.raises(Ambiguous):
        await rig.door().send(tell())
    assert (rig.system.requests, rig.system.done) == (1, done)


async def test_who_does_not_answer_is_given_up(rig: Rig) -> None:
    """As often as anything that fails; of a write nobody knows."""
    door = rig.door(Bounds(request_s=0.05, first_backoff_s=0.001))
    rig.system.plan(*[Fault.HANG] * 4)
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable):
            await door.send(ask())
        assert rig.system.requests == 3
        with pytest.raises(Ambiguous):
            await door.send(tell())
    assert rig.system.requests == 4


async def test_a_refusal_is_not_tried_again(rig: Rig) -> None:
    """Credentials that are refused once are refused three times."""
    rig.system.plan(Fault.UNAUTHORIZED)
    with pytest.raises(Misconfigured):
        await rig.door().send(ask())
    assert rig.system.requests == 1


async def test_the_wait_that_is_asked_for_is_kept(rig: Rig) -> None:
    """Not one try comes sooner."""
    with pytest.raises(Throttled):
        await rig.door().send(ask("/answer", status="429", **{"retry-after": "0.03"}))
    waits = [later - earlier for earlier, later in pairwise(rig.system.arrived_at)]
    assert len(waits) == 2
    assert min(waits) >= 0.03 - CLOCK_TICK_S


async def test_a_long_wait_is_left_to_the_caller(rig: Rig) -> None:
    """Who waits here holds a connection: the caller can wait without."""
    rig.system.plan(Fault.THROTTLED)
    with pytest.raises(Throttled) as refused:
        await rig.door().send(ask())
    assert (rig.system.requests, refused.value.retry_after_s) == (1, 1.0)


async def test_a_wait_that_is_not_said_is_short(rig: Rig) -> None:
    """Tried again after a moment; a write is not, and says that nothing is known."""
    rig.system.plan(Fault.THROTTLED_BARE, Fault.THROTTLED_BARE)
    await rig.door().send(ask())
    assert rig.system.requests == 3
    rig.system.plan(Fault.THROTTLED_BARE)
    with pytest.raises(Throttled) as refused:
        await rig.door().send(tell())
    assert (rig.system.requests, refused.value.retry_after_s) == (4, None)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("1e99", LONGEST_RETRY_AFTER_S),
        ("inf", None),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
@pytest.mark.parametrize("header", ["retry-after", "x-retry-after"])
async def test_retry_after_is_seconds_or_unsaid(
    rig: Rig, header: str, stated: str, seconds: float | None
) -> None:
    """In either spelling; never less than none, nor more than a day."""
    with pytest.raises(Throttled) as refused:
        await rig.door().send(tell("/answer", status="429", **{header: stated}))
    assert refused.value.retry_after_s == seconds


async def test_a_door_may_be_told_to_try_once(rig: Rig) -> None:
    """Bounds are values: who must not wait hands in others."""
    rig.system.plan(Fault.SERVER_ERROR)
    with pytest.raises(Unavailable):
        await rig.door(Bounds(safe_attempts=1)).send(ask())
    assert (rig.system.requests, QUICK.safe_attempts) == (1, 3)
