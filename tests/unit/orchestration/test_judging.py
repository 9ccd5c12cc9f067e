"""What an attempt's end means: done, refused, later, or nobody knows."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.sdk.commands import CancelOrder, Outcome
from connectors.sdk.errors import (
    Ambiguous,
    ConnectorError,
    Malformed,
    Misconfigured,
    Rejected,
    Throttled,
    Unavailable,
)
from connectors.sdk.manifest import Delivery
from gateway.orchestration.outbox import MAX_ATTEMPTS, Effect, State
from gateway.orchestration.worker import LONGEST_BACKOFF_S, judge
from gateway.systems.connections import Connected, Systems
from tests.records import NOON
from tests.toys import Toy, outside

EFFECT = Effect(
    row=1,
    id="effect_1",
    connection="shop",
    command=CancelOrder(key="k", order_id="1", reason="r"),
    command_name="cancel_order",
    lane="order_1",
    order_id="order_1",
    subject="order_1",
    state=State.OPEN,
    attempt=1,
    owner="me",
    is_in_doubt=False,
    external_id=None,
    error_code=None,
    error=None,
    sequence=1,
    created_at=NOON,
    updated_at=NOON,
)
ERRORS: tuple[ConnectorError, ...] = (
    Rejected("no", code="NO" * 80),
    Misconfigured("bad key"),
    Throttled("slow", retry_after_s=7),
    Throttled("slow"),
    Unavailable("away"),
    Ambiguous("cut"),
    Malformed("$.id"),
)
CERTAIN = (Misconfigured, Throttled, Unavailable)


@pytest.fixture
async def connected() -> AsyncIterator[dict[Delivery, Connected]]:
    """A shop of each way of delivery."""
    toys = [Toy(id=str(rule), commands={"cancel_order": rule}) for rule in Delivery]
    async with aiohttp.ClientSession() as session:
        systems = Systems([toy.connection for toy in toys], session, outside(*toys))
        yield {rule: systems.get(str(rule)) for rule in Delivery}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rule=st.sampled_from(Delivery),
    error=st.sampled_from(ERRORS),
    attempt=st.integers(1, MAX_ATTEMPTS),
    in_doubt=st.booleans(),
)
async def test_no_end_is_claimed_that_is_not_known(
    connected: dict[Delivery, Connected],
    rule: Delivery,
    error: ConnectorError,
    attempt: int,
    in_doubt: bool,
) -> None:
    """FAILED is a certain no; what may have happened is asked about, or is UNKNOWN in the end."""
    effect = replace(EFFECT, attempt=attempt, is_in_doubt=in_doubt)
    how = judge(connected[rule], effect, None, error, NOON)
    is_last = attempt >= MAX_ATTEMPTS
    if isinstance(error, Rejected):
        assert (State.FAILED, False, 64) == (how.state, how.was_sent, len(how.error_code or ""))
    elif isinstance(error, Ambiguous) and rule is Delivery.NEITHER:
        assert (State.UNKNOWN, None) == (how.state, how.retry_at)
    elif not is_last:
        assert how.state is State.OPEN
        assert how.was_sent is not isinstance(error, CERTAIN)
        assert how.retry_at
        assert timedelta(0) <= how.retry_at - NOON <= timedelta(seconds=LONGEST_BACKOFF_S)
    elif isinstance(error, CERTAIN) and not in_doubt:
        assert how.state is State.FAILED
    else:
        assert how.state is State.UNKNOWN


async def test_what_went_well_is_done(connected: dict[Delivery, Connected]) -> None:
    """With the id of what was made."""
    how = judge(connected[Delivery.ASKABLE], EFFECT, Outcome(external_id="7"), None, NOON)
    assert (State.DONE, "7", None) == (how.state, how.external_id, how.retry_at)


async def test_a_wait_that_was_asked_for_is_kept(connected: dict[Delivery, Connected]) -> None:
    """No call before Retry-After has passed."""
    error = Throttled("slow", retry_after_s=7)
    how = judge(connected[Delivery.ASKABLE], EFFECT, None, error, NOON)
    assert NOON + timedelta(seconds=7) == how.retry_at
