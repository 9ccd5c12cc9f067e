"""The circuit breaker of one account: stop asking a system that does not answer. Pure.

    CLOSED --FAILURES in a row--> OPEN --after a while, one probe--> CLOSED, or OPEN for longer
    any ----credentials refused----> PAUSED --after longer, or by an operator, one probe--> CLOSED

Times are ticks: seconds of a clock that never jumps.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from connectors.sdk.errors import Unavailable

FAILURES = 5
"""In a row. Fewer, and one dropped keep-alive connection per slot would open it."""
FORGOTTEN_S = 60.0
"""A failure older than this begins a new row: one an hour is no outage."""
FIRST_OPEN_S = 1.0
LONGEST_OPEN_S = 15.0
"""Doubled from the first to the longest: a system that comes back is in use within 15 s."""
PAUSED_S = 300.0
"""Credentials are tried again so seldom that no vendor locks the account for it."""
PROBE_S = 60.0
"""A probe with no news after this is given up; longer than a request may take."""


class BreakerState(StrEnum):
    """HALF_OPEN: one probe is under way, and everyone else is refused."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"
    PAUSED = "PAUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What has been seen of an account. *openings*: in a row, each longer than the last."""

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    failed_at: float = 0.0
    openings: int = 0
    retry_at: float = 0.0
    is_probing: bool = False

    @property
    def shown(self) -> BreakerState:
        """The state for people."""
        return BreakerState.HALF_OPEN if self.is_probing else self.state


def admit(breaker: Breaker, now: float) -> Breaker:
    """Let one request pass. Raises: Unavailable while open or paused, and while another probes."""
    if breaker.state is BreakerState.CLOSED:
        return breaker
    if now < breaker.retry_at:
        if breaker.state is BreakerState.PAUSED:
            raise Unavailable("paused: the system refused our credentials or rights")
        raise Unavailable("not asked: the system did not answer lately")
    return replace(breaker, is_probing=True, retry_at=now + PROBE_S)


def succeeded(breaker: Breaker) -> Breaker:
    """The system answered. An answer to what was sent before it opened closes nothing."""
    if breaker.state is BreakerState.CLOSED or breaker.is_probing:
        return Breaker()
    return breaker


def failed(breaker: Breaker, now: float) -> Breaker:
    """The system did not answer, or answered that it cannot."""
    if breaker.is_probing:
        return _opened(breaker, now)
    if breaker.state is not BreakerState.CLOSED:
        return breaker
    row = breaker.failures + 1 if now - breaker.failed_at <= FORGOTTEN_S else 1
    counted = replace(breaker, failures=row, failed_at=now)
    return _opened(counted, now) if row >= FAILURES else counted


def refused(now: float) -> Breaker:
    """The system refused our credentials or rights: only an operator can mend that."""
    return Breaker(state=BreakerState.PAUSED, retry_at=now + PAUSED_S)


def abandoned(breaker: Breaker, now: float) -> Breaker:
    """The caller went away before an answer: that tells nothing, and the next one may probe."""
    return replace(breaker, is_probing=False, retry_at=now) if breaker.is_probing else breaker


def _opened(breaker: Breaker, now: float) -> Breaker:
    open_s = min(FIRST_OPEN_S * 2**breaker.openings, LONGEST_OPEN_S)
    return Breaker(state=BreakerState.OPEN, openings=breaker.openings + 1, retry_at=now + open_s)
