"""The budget of one account: how fast, and how many at once, in three lanes.

Someone who waits for an answer (interactive) goes before what keeps us in step (sync), and that
before what fills in the past (backfill). A part of the budget is kept free for the more urgent, and
every tenth turn goes to whoever is last, so that nobody waits for ever.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from connectors.sdk.errors import ConnectorError, Throttled
from connectors.sdk.http import LONGEST_WAIT_HERE_S
from connectors.sdk.manifest import Limits
from gateway.systems.bucket import Bucket

LANES = ("interactive", "sync", "backfill")
RESERVED = {"interactive": 0.0, "sync": 0.1, "backfill": 0.25}
"""The share of the burst that a lane leaves to the more urgent ones."""
LAST_FIRST_EVERY = 10
"""Every so many turns the least urgent that waits is served."""
MOST_WAITING = 1000
"""Beyond it callers are told to come back: a queue this long is minutes of any vendor's budget."""
FIRST_BARE_S = 1.0
LONGEST_BARE_S = 30.0
"""A system that throttles without saying for how long is left alone for so long, doubling."""

Ticks = Callable[[], float]


class Timer(Protocol):
    """What `Later` gives."""

    def cancel(self) -> None: ...


Later = Callable[[float, Callable[[], None]], Timer]
"""Calls back after seconds."""


def _later(delay_s: float, act: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(delay_s, act)


class Budget:
    """Concurrency: the tasks of one event loop. Another process has a budget of its own: *share*
    is the part of the account's rate, burst and slots that this process may use."""

    def __init__(
        self,
        limits: Limits,
        ticks: Ticks = time.monotonic,
        later: Later = _later,
        share: float = 1.0,
    ) -> None:
        burst = max(1, int(limits.burst * share))
        self._bucket = Bucket(
            rate=limits.requests_per_s * share, burst=burst, tokens=burst, at=ticks()
        )
        self._concurrency = max(1, int(limits.concurrency * share))
        self._ticks = ticks
        self._later = later
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {lane: deque() for lane in LANES}
        self._in_flight = 0
        self._turns = 0
        self._bare = 0
        self._timer: Timer | None = None

    @property
    def left(self) -> float:
        """Requests that could leave right now, were there slots for them."""
        now = self._ticks()
        return max(0.0, self._bucket.left(now)) if self._bucket.at <= now else 0.0

    @property
    def in_flight(self) -> int:
        """Requests under way."""
        return self._in_flight

    async def enter(self, lane: str) -> None:
        """Wait for a turn in *lane*.

        Raises: Throttled when the account is shut for longer than it makes sense to wait here, or
        too many wait already.
        """
        shut_s = self._bucket.at - self._ticks()
        if shut_s > LONGEST_WAIT_HERE_S:
            raise Throttled("the account is over its limit", retry_after_s=shut_s)
        if sum(map(len, self._waiting.values())) >= MOST_WAITING:
            raise Throttled("too many requests wait for the account")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(turn)
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            self._gave_up(lane, turn)
            raise

    def leave(self) -> None:
        """End a turn."""
        self._in_flight -= 1
        self._serve()

    def learn(self, error: ConnectorError | None, headers: Mapping[str, str]) -> None:
        """Take in what an answer says of the budget."""
        now = self._ticks()
        if isinstance(error, Throttled):
            bare_s = min(FIRST_BARE_S * 2**self._bare, LONGEST_BARE_S)
            self._bare = self._bare + 1 if error.retry_after_s is None else 0
            wait_s = bare_s if error.retry_after_s is None else error.retry_after_s
            self._bucket = self._bucket.shut(now, wait_s)
        elif headers:
            self._bare = 0
            self._bucket = self._bucket.learned(now, headers)

    def _serve(self) -> None:
        """Give turns while there are any, and come back when the next one is due."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while (lane := self._next()) is not None:
            wait_s = self._bucket.wait_s(self._ticks(), self._reserve(lane))
            if wait_s > 0:
                self._timer = self._later(wait_s, self._serve)
                return
            turn = self._waiting[lane].popleft()
            if not turn.done():  # else it was canceled, and its task has not run since
                self._bucket = self._bucket.taken(self._ticks())
                self._in_flight += 1
                self._turns += 1
                turn.set_result(None)

    def _next(self) -> str | None:
        lanes = LANES[::-1] if self._is_turn_of_the_last() else LANES
        for lane in lanes:
            if self._waiting[lane] and self._in_flight < self._slots(lane):
                return lane
        return None

    def _is_turn_of_the_last(self) -> bool:
        return self._turns % LAST_FIRST_EVERY == LAST_FIRST_EVERY - 1

    def _slots(self, lane: str) -> int:
        """Backfill leaves a slot free, where there are several."""
        return self._concurrency - (lane == "backfill" and self._concurrency > 1)

    def _reserve(self, lane: str) -> int:
        if self._is_turn_of_the_last():
            return 0
        return min(int(self._bucket.burst * RESERVED[lane]), self._bucket.burst - 1)

    def _gave_up(self, lane: str, turn: asyncio.Future[None]) -> None:
        if not turn.cancelled():  # its turn came in the very moment that it gave up
            self.leave()
        elif turn in self._waiting[lane]:
            self._waiting[lane].remove(turn)
            self._serve()
