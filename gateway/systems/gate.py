"""The gate before one account's door: its budget, its breaker, its health, counted."""

import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import replace

from connectors.sdk.errors import (
    Ambiguous,
    ConnectorError,
    Misconfigured,
    Throttled,
    Unavailable,
)
from gateway.clock import Clock, utc_now
from gateway.systems import breaker, health
from gateway.systems.breaker import Breaker
from gateway.systems.budget import Budget, Ticks
from gateway.systems.health import Health, Status
from gateway.telemetry.metrics import (
    CONNECTION_UP,
    UPSTREAM,
    UPSTREAM_SECONDS,
    UPSTREAM_WAIT_SECONDS,
)

_SENT_AT: ContextVar[float] = ContextVar("sent_at")
"""When this task's request left: `enter` and `leave` frame one exchange of one task."""


class AccountGate:
    """Implements `connectors.sdk.http.Gate`. Concurrency: the tasks of one event loop."""

    def __init__(
        self,
        connection: str,
        budget: Budget,
        clock: Clock = utc_now,
        ticks: Ticks = time.monotonic,
    ) -> None:
        self._connection = connection
        self._budget = budget
        self._breaker = Breaker()
        self._health = Health(connection=connection)
        self._clock = clock
        self._ticks = ticks

    @property
    def health(self) -> Health:
        """How the account is now."""
        return replace(self._health, breaker=self._breaker.shown, budget_left=self._budget.left)

    async def enter(self, lane: str) -> None:
        """Wait for a turn, unless the breaker is open: then nothing is sent.

        Raises: Throttled, Unavailable.
        """
        began = self._ticks()
        breaker.admit(self._breaker, began)  # nobody waits in order to be refused
        await self._budget.enter(lane)
        now = self._ticks()
        try:
            self._breaker = breaker.admit(self._breaker, now)
        except Unavailable:
            self._budget.leave()
            raise
        UPSTREAM_WAIT_SECONDS.labels(self._connection, lane).observe(now - began)
        _SENT_AT.set(now)

    def leave(self, error: ConnectorError | None, headers: Mapping[str, str]) -> None:
        """Learn how it went. Neither an error nor headers: the caller gave up before an answer."""
        now = self._ticks()
        self._budget.learn(error, headers)
        self._budget.leave()
        if error is None and not headers:
            self._breaker = breaker.abandoned(self._breaker, now)
            return
        self._breaker = _after(self._breaker, error, now)
        self._note(error, now - _SENT_AT.get(now))

    def refused(self, error: Misconfigured) -> None:
        """The connection cannot even be opened: pause it."""
        self._breaker = breaker.refused(self._ticks())
        self._health = health.failed(self._health, self._clock(), error)
        self._show()

    def resume(self) -> None:
        """Ask again at once: an operator has mended what was wrong."""
        self._breaker = Breaker()
        self._show()

    def _note(self, error: ConnectorError | None, latency_s: float) -> None:
        outcome = "ok" if error is None else type(error).__name__
        UPSTREAM.labels(self._connection, outcome).inc()
        UPSTREAM_SECONDS.labels(self._connection).observe(latency_s)
        if error is None:
            self._health = health.answered(self._health, self._clock(), latency_s)
        else:
            self._health = health.failed(self._health, self._clock(), error)
        self._show()

    def _show(self) -> None:
        is_up = self.health.status in (Status.OK, Status.DEGRADED)
        CONNECTION_UP.labels(self._connection).set(is_up)


def _after(before: Breaker, error: ConnectorError | None, now: float) -> Breaker:
    match error:
        case Misconfigured():
            return breaker.refused(now)
        case Throttled():  # it answers; its budget is spent
            return breaker.abandoned(before, now)
        case Unavailable() | Ambiguous():
            return breaker.failed(before, now)
        case _:  # an answer, even one that breaks its contract
            return breaker.succeeded(before)
