"""How many sockets and subscriptions each caller has open, in this process.

with counts.socket(caller), counts.subscription(caller, "websocket"):
    ...  # RateLimited instead, when the caller has as many as one may have
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from gateway.errors import RateLimited
from gateway.telemetry.metrics import SUBSCRIPTIONS

RETRY_AFTER_S = 10.0
"""When one of them may have ended; nobody can know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """At most *sockets* and *subscriptions* a caller. Concurrency: one event loop."""

    sockets: int
    subscriptions: int
    _held: Counter[tuple[str, str]] = field(default_factory=Counter)

    @contextmanager
    def socket(self, caller: str) -> Iterator[None]:
        """Hold one more socket. Raises: RateLimited."""
        with self._hold("sockets", caller, self.sockets):
            yield

    @contextmanager
    def subscription(self, caller: str, transport: str) -> Iterator[None]:
        """Hold one more subscription, over whatever transport. Raises: RateLimited."""
        with (
            self._hold("subscriptions", caller, self.subscriptions),
            SUBSCRIPTIONS.labels(transport).track_inprogress(),
        ):
            yield

    def held(self, kind: str, caller: str) -> int:
        """Return how many *sockets* or *subscriptions* the caller has open."""
        return self._held[kind, caller]

    @contextmanager
    def _hold(self, kind: str, caller: str, limit: int) -> Iterator[None]:
        key = (kind, caller)
        if self._held[key] >= limit:
            raise RateLimited(f"more than {limit} {kind} at once", retry_after_s=RETRY_AFTER_S)
        self._held[key] += 1
        try:
            yield
        finally:
            self._held[key] -= 1
            if not self._held[key]:
                del self._held[key]  # else every caller that ever came is remembered
