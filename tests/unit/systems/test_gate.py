"""The gate: what every request of an account passes, and what each answer teaches it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from connectors.sdk.errors import (
    Ambiguous,
    ConnectorError,
    Malformed,
    Misconfigured,
    Throttled,
    Unavailable,
)
from connectors.sdk.http import Bounds, Http, Request
from connectors.sdk.manifest import Limits
from gateway.systems.breaker import FAILURES, FIRST_OPEN_S, PAUSED_S, BreakerState
from gateway.systems.budget import LONGEST_BARE_S, Budget
from gateway.systems.gate import AccountGate
from gateway.systems.health import Status
from gateway.telemetry import metrics
from tests.unit.systems.conftest import Turned

ANSWERED = {"date": "today"}


@pytest.fixture
def budget(turned: Turned) -> Budget:
    """Ten a second, four at once."""
    limits = Limits(requests_per_s=10, burst=10, concurrency=4)
    return Budget(limits, turned.ticks, turned.later)


@pytest.fixture
def gate(budget: Budget, turned: Turned) -> AccountGate:
    """The gate of one account."""
    return AccountGate("gate-shop", budget, turned, turned.ticks)


async def ask(gate: AccountGate, error: ConnectorError | None, took_s: float = 0.0) -> None:
    """One request and its fate, as `Http` does it."""
    await gate.enter("sync")
    gate._ticks.__self__.forward(took_s)  # type: ignore[attr-defined]
    gate.leave(error, ANSWERED if error is None else {})


async def test_a_system_that_does_not_answer_is_not_asked(
    gate: AccountGate, budget: Budget, turned: Turned
) -> None:
    """After a row of failures nothing leaves, no slot is held, and a probe finds it mended."""
    for _ in range(FAILURES):
        await ask(gate, Unavailable("not reached"))
    assert gate.health.status == Status.DOWN
    with pytest.raises(Unavailable):
        await gate.enter("interactive")
    assert budget.in_flight == 0
    turned.forward(FIRST_OPEN_S)
    await ask(gate, None)
    assert (gate.health.breaker, budget.in_flight) == (BreakerState.CLOSED, 0)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, BreakerState.CLOSED),
        (Malformed("not JSON"), BreakerState.CLOSED),
        (Throttled("HTTP 429"), BreakerState.CLOSED),
        (Unavailable("HTTP 500"), BreakerState.OPEN),
        (Ambiguous("sent, outcome unknown"), BreakerState.OPEN),
        (Misconfigured("HTTP 401"), BreakerState.PAUSED),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_only_silence_opens_and_only_refusal_pauses(
    error: ConnectorError | None, expected: BreakerState, gate: AccountGate, turned: Turned
) -> None:
    """A busy system, or one that talks nonsense, is still there."""
    for _ in range(FAILURES):
        try:
            await ask(gate, error)
        except Unavailable:  # paused by the first
            pass
        turned.forward(LONGEST_BARE_S)
    assert gate.health.breaker == expected


async def test_an_abandoned_request_counts_as_nothing(gate: AccountGate, budget: Budget) -> None:
    """A caller's deadline does not close a breaker, nor open one."""
    for _ in range(2 * FAILURES):
        await gate.enter("interactive")
        gate.leave(None, {})
    assert (gate.health.outcomes, budget.in_flight) == ((), 0)


async def test_a_waiter_is_not_sent_to_a_system_that_went_down_meanwhile(
    gate: AccountGate, budget: Budget, turned: Turned
) -> None:
    """It is asked again when its turn comes, and gives the turn back."""
    for _ in range(4):
        await gate.enter("sync")
    waiting = asyncio.create_task(gate.enter("sync"))
    await asyncio.sleep(0)
    gate.leave(Misconfigured("HTTP 401"), {})
    with pytest.raises(Unavailable):
        await waiting
    assert budget.in_flight == 3


async def test_nobody_queues_only_to_be_refused(gate: AccountGate, budget: Budget) -> None:
    """While every slot waits for a dead system, its callers are told at once."""
    for _ in range(4):
        await gate.enter("sync")
    gate.refused(Misconfigured("token: revoked"))
    with pytest.raises(Unavailable):
        await asyncio.wait_for(gate.enter("interactive"), timeout=0.5)
    assert budget.in_flight == 4


async def test_throttling_shuts_the_account_for_everyone(gate: AccountGate, turned: Turned) -> None:
    """And the breaker stays closed."""
    await ask(gate, Throttled("HTTP 429", retry_after_s=30))
    with pytest.raises(Throttled):
        await gate.enter("interactive")
    turned.forward(31)
    await ask(gate, None)
    assert gate.health.breaker == BreakerState.CLOSED


async def test_a_pause_ends_by_an_operator_at_once(gate: AccountGate) -> None:
    """`gateway connection test` after new credentials."""
    await ask(gate, Misconfigured("HTTP 401"))
    assert gate.health.status == Status.PAUSED
    gate.resume()
    await ask(gate, None)
    assert gate.health.status == Status.OK


async def test_a_pause_ends_by_itself_when_the_credentials_work_again(
    gate: AccountGate, turned: Turned
) -> None:
    """One probe every few minutes."""
    await ask(gate, Misconfigured("HTTP 401"))
    turned.forward(PAUSED_S)
    await ask(gate, None)
    assert gate.health.breaker == BreakerState.CLOSED


async def test_health_and_metrics_tell_what_happened(gate: AccountGate, turned: Turned) -> None:
    """Latency without the wait, outcomes by name, the budget left."""
    counted = "gateway_upstream_requests_total"
    labels = {"connection": "gate-shop", "outcome": "Ambiguous"}
    before = metrics.REGISTRY.get_sample_value(counted, labels) or 0
    await ask(gate, None, took_s=0.25)
    await ask(gate, Ambiguous("sent"), took_s=1)
    health = gate.health
    assert (health.latency_ms, health.outcomes) == (250.0, (True, False))
    assert health.last_error == "Ambiguous: sent"
    assert health.budget_left == 10
    assert metrics.REGISTRY.get_sample_value(counted, labels) == before + 1
    up = metrics.REGISTRY.get_sample_value("gateway_connection_up", {"connection": "gate-shop"})
    assert up == 1


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """A system that answers as the path says."""
    app = web.Application()

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({}, status=int(request.match_info["status"]))

    app.router.add_get("/{status}", answer)
    async with TestServer(app) as running:
        yield running


async def test_the_sdk_door_asks_the_gate_and_tells_it(
    server: TestServer, gate: AccountGate
) -> None:
    """Over real HTTP: good, missing, refused."""
    async with ClientSession() as session:
        door = Http(session, str(server.make_url("")), gate=gate, bounds=Bounds(safe_attempts=1))
        await door.send(Request(method="GET", path="/200", is_safe=True))
        await door.send(Request(method="GET", path="/404", is_safe=True))
        with pytest.raises(Unavailable):
            await door.send(Request(method="GET", path="/500", is_safe=True))
        assert gate.health.outcomes == (True, True, False)
        with pytest.raises(Misconfigured):
            await door.send(Request(method="GET", path="/401", is_safe=True))
        with pytest.raises(Unavailable, match="paused"):
            await door.send(Request(method="GET", path="/200", is_safe=True))
        assert gate.health.outcomes == (True, True, False, False)
