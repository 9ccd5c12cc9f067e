"""Health: one word for how a connection is, and what it rests on."""

from datetime import UTC, datetime

import pytest

from connectors.sdk.errors import Unavailable
from gateway.systems.breaker import BreakerState
from gateway.systems.health import FEWEST, LAST, Health, Status, answered, failed

NOW = datetime(2026, 1, 5, tzinfo=UTC)
NEW = Health(connection="shop-us")
DOWN = Unavailable("not reached: TimeoutError")


def after(outcomes: str) -> Health:
    """``after("..x")``: two good answers and a failure."""
    health = NEW
    for outcome in outcomes:
        health = failed(health, NOW, DOWN) if outcome == "x" else answered(health, NOW, 0.2)
    return health


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        (NEW, Status.OK),
        (after("." * LAST), Status.OK),
        (after("x" * (FEWEST - 1)), Status.OK),
        (after("." * 9 + "x"), Status.DEGRADED),
        (after("." * 10 + "x"), Status.OK),
        (after("x" + "." * LAST), Status.OK),
        (Health(connection="c", breaker=BreakerState.OPEN), Status.DOWN),
        (Health(connection="c", breaker=BreakerState.HALF_OPEN), Status.DOWN),
        (Health(connection="c", breaker=BreakerState.PAUSED), Status.PAUSED),
        (Health(connection="c", enabled=False, breaker=BreakerState.OPEN), Status.PAUSED),
    ],
)
def test_status_follows_from_what_was_seen(health: Health, expected: Status) -> None:
    """One request in ten is degraded; an open breaker is down; what needs an operator is paused."""
    assert health.status == expected


def test_a_failure_says_what_and_when_and_keeps_the_last_good_time() -> None:
    """An operator sees since when."""
    later = NOW.replace(hour=1)
    health = failed(after("."), later, DOWN)
    assert (health.last_ok_at, health.last_error_at) == (NOW, later)
    assert health.last_error == "Unavailable: not reached: TimeoutError"


def test_what_is_kept_of_an_error_holds_no_secret() -> None:
    """An adapter that quotes its request does not leak it."""
    health = failed(NEW, NOW, Unavailable("token=abcdef for ada@shop.example"))
    assert health.last_error == "Unavailable: token=[redacted] for [email]"


def test_only_the_last_outcomes_count() -> None:
    """An outage of yesterday is forgotten."""
    assert len(after("x" * 10 * LAST).outcomes) == LAST
    assert after("x" * 10 * LAST).error_rate == 1.0


def test_latency_follows_slowly() -> None:
    """One slow answer does not look like an outage."""
    health = answered(after("." * 5), NOW, 10.2)
    assert health.latency_ms is not None
    assert 200 < health.latency_ms < 2000
