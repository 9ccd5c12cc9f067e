"""The breaker: opens on a row of failures, probes once, pauses where an operator must act."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.errors import Unavailable
from gateway.systems.breaker import (
    FAILURES,
    FIRST_OPEN_S,
    FORGOTTEN_S,
    LONGEST_OPEN_S,
    PAUSED_S,
    PROBE_S,
    Breaker,
    BreakerState,
    abandoned,
    admit,
    failed,
    refused,
    succeeded,
)


def opened(now: float = 0.0) -> Breaker:
    """A breaker that has just opened."""
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker = failed(breaker, now)
    return breaker


def test_it_opens_at_the_last_of_a_row_of_failures() -> None:
    """One fewer, and requests still pass."""
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker = failed(breaker, 0.0)
    assert admit(breaker, 0.0).state == BreakerState.CLOSED
    assert failed(breaker, 0.0).state == BreakerState.OPEN


def test_an_answer_ends_the_row() -> None:
    """Failures count in a row only."""
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker = failed(breaker, 0.0)
    assert failed(succeeded(breaker), 0.0).failures == 1


def test_a_failure_long_ago_begins_no_row() -> None:
    """One failure an hour is no outage."""
    breaker = Breaker()
    for number in range(3 * FAILURES):
        breaker = failed(breaker, number * (FORGOTTEN_S + 1))
    assert (breaker.state, breaker.failures) == (BreakerState.CLOSED, 1)


def test_open_it_refuses_and_then_lets_one_probe_pass() -> None:
    """Everyone else waits for the probe's fate."""
    breaker = opened()
    with pytest.raises(Unavailable):
        admit(breaker, FIRST_OPEN_S - 0.01)
    probing = admit(breaker, FIRST_OPEN_S)
    assert probing.shown == BreakerState.HALF_OPEN
    with pytest.raises(Unavailable):
        admit(probing, FIRST_OPEN_S + 1)


def test_a_good_probe_closes_it() -> None:
    """And nothing is left of the outage."""
    assert succeeded(admit(opened(), FIRST_OPEN_S)) == Breaker()


def test_each_bad_probe_doubles_the_wait_up_to_the_longest() -> None:
    """A long outage is asked about seldom, and its end is seen soon."""
    breaker, now, waits = opened(), 0.0, []
    for _ in range(6):
        waits.append(breaker.retry_at - now)
        now = breaker.retry_at
        breaker = failed(admit(breaker, now), now)
    assert waits == [1.0, 2.0, 4.0, 8.0, LONGEST_OPEN_S, LONGEST_OPEN_S]


def test_what_was_sent_before_it_opened_changes_nothing() -> None:
    """Late answers are no probes."""
    breaker = opened()
    assert succeeded(breaker) == breaker
    assert failed(breaker, 0.5) == breaker
    assert abandoned(breaker, 0.5) == breaker


def test_an_abandoned_probe_lets_the_next_one_probe() -> None:
    """A caller's deadline says nothing of the system."""
    probing = admit(opened(), FIRST_OPEN_S)
    after = abandoned(probing, FIRST_OPEN_S + 0.1)
    assert after.shown == BreakerState.OPEN
    assert admit(after, FIRST_OPEN_S + 0.1).is_probing is True


def test_a_probe_without_news_is_given_up() -> None:
    """A lost task cannot keep a connection down for ever."""
    probing = admit(opened(), FIRST_OPEN_S)
    assert admit(probing, FIRST_OPEN_S + PROBE_S).is_probing is True


def test_refused_credentials_pause_it_and_are_tried_again_seldom() -> None:
    """No vendor locks the account; a mended one is found by itself."""
    breaker = refused(0.0)
    assert breaker.shown == BreakerState.PAUSED
    assert succeeded(breaker) == breaker
    with pytest.raises(Unavailable, match="paused"):
        admit(breaker, PAUSED_S - 1)
    assert succeeded(admit(breaker, PAUSED_S)) == Breaker()
    assert refused(PAUSED_S).retry_at == 2 * PAUSED_S


@given(st.lists(st.sampled_from(["ask", "ok", "fail", "refuse", "give up", "wait"]), max_size=60))
def test_it_never_stays_shut_for_longer_than_a_pause(story: list[str]) -> None:
    """Whatever happens, after a pause somebody is let through."""
    breaker, now = Breaker(), 0.0
    for step in story:
        match step:
            case "ask":
                try:
                    breaker = admit(breaker, now)
                except Unavailable:
                    pass
            case "ok":
                breaker = succeeded(breaker)
            case "fail":
                breaker = failed(breaker, now)
            case "refuse":
                breaker = refused(now)
            case "give up":
                breaker = abandoned(breaker, now)
            case "wait":
                now += 7
    assert breaker.retry_at <= now + PAUSED_S
    admit(breaker, now + PAUSED_S)
