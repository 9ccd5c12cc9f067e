"""The health of a connection: what operators see of it. Pure.

Units: ``latency_ms`` milliseconds, an average that follows the last dozen answers.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from connectors.sdk.errors import ConnectorError
from gateway.systems.breaker import BreakerState
from gateway.telemetry.redaction import mask

LAST = 50
"""Requests that the error rate is of: a minute of a busy account, a day of a quiet one."""
FEWEST = 5
"""Requests before an error rate means anything."""
DEGRADED_FROM = 0.1
"""One request in ten fails: callers notice."""
_WEIGHT = 0.15
"""Of the newest answer in the average."""


class Status(StrEnum):
    """DEGRADED: it answers, but not always. DOWN: it does not. PAUSED: an operator must act."""

    OK = "OK"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    PAUSED = "PAUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One connection's, as one process sees it. *outcomes*: the last LAST, True for good."""

    connection: str
    enabled: bool = True
    breaker: BreakerState = BreakerState.CLOSED
    budget_left: float | None = None
    last_ok_at: datetime | None = None
    last_error_at: datetime | None = None
    last_error: str | None = None
    latency_ms: float | None = None
    outcomes: tuple[bool, ...] = ()

    @property
    def error_rate(self) -> float:
        """The share of the last requests that failed; 0 before there are FEWEST."""
        if len(self.outcomes) < FEWEST:
            return 0.0
        return self.outcomes.count(False) / len(self.outcomes)

    @property
    def status(self) -> Status:
        """One word for all of it."""
        if not self.enabled or self.breaker is BreakerState.PAUSED:
            return Status.PAUSED
        if self.breaker is not BreakerState.CLOSED:
            return Status.DOWN
        return Status.DEGRADED if self.error_rate >= DEGRADED_FROM else Status.OK


def answered(health: Health, at: datetime, latency_s: float) -> Health:
    """A request went well."""
    latest = latency_s * 1000
    held = latest if health.latency_ms is None else health.latency_ms
    return replace(
        health,
        last_ok_at=at,
        latency_ms=held + (latest - held) * _WEIGHT,
        outcomes=_with(health, True),
    )


def failed(health: Health, at: datetime, error: ConnectorError) -> Health:
    """A request went wrong. What is kept of it holds no secret and nobody's data."""
    return replace(
        health,
        last_error_at=at,
        last_error=mask(f"{type(error).__name__}: {error}"),
        outcomes=_with(health, False),
    )


def _with(health: Health, is_good: bool) -> tuple[bool, ...]:
    return (*health.outcomes, is_good)[-LAST:]
