"""How many sockets and subscriptions a caller has open."""

import pytest

from gateway.errors import RateLimited
from gateway.telemetry.metrics import REGISTRY
from gateway.web.streams.counts import Counts


def test_one_caller_has_as_many_as_one_may() -> None:
    """One more is refused, whatever it comes over; another caller has its own."""
    counts = Counts(sockets=1, subscriptions=2)
    with counts.socket("a"), counts.subscription("a", "sse"), counts.subscription("a", "websocket"):
        for refused in (counts.socket("a"), counts.subscription("a", "sse")):
            with pytest.raises(RateLimited), refused:
                pytest.fail("entered")
        with counts.socket("b"), counts.subscription("b", "sse"):
            assert (1, 2) == (counts.held("sockets", "a"), counts.held("subscriptions", "a"))
    assert (0, 0) == (counts.held("sockets", "a"), counts.held("subscriptions", "a"))


def test_what_fails_is_let_go() -> None:
    """Held no longer than the block, and counted by the metric meanwhile."""
    counts = Counts(sockets=1, subscriptions=1)
    before = open_streams()
    with pytest.raises(ZeroDivisionError), counts.subscription("a", "sse"):
        assert before + 1 == open_streams()
        raise ZeroDivisionError
    assert (0, before) == (counts.held("subscriptions", "a"), open_streams())


def open_streams() -> float:
    return REGISTRY.get_sample_value("gateway_subscriptions", {"transport": "sse"}) or 0.0
