"""Buckets in Redis or Valkey, for all processes: one script, one round trip, atomic.

A process takes a hundredth of a budget ahead, so that many small operations cost one round trip: a
round trip takes more of its time than all else that admits an operation.

While the server is away each process has buckets of its own: a caller may then spend as often as
there are processes, and nobody is refused for want of a server. That is logged once each time.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.execution.limits.throttle import MOST_CALLERS, Balance, LocalThrottle, throttled
from gateway.settings.limits import Budget

PREFIX = "gateway:budget:"
TIMEOUT_S = 1.0
"""Longer than any round trip of a healthy server, also from a process that has much to do: budgets
must not open because there are many requests."""
AWAY_S = 5.0
"""How long a server that did not answer is left alone: not every request waits for it."""
AHEAD = 100
"""The part of a budget that is taken ahead: each process may then hold 1 % of it, which a caller
can spend besides the rest once that has come back."""
CONNECTIONS = 8
"""Round trips at once; more wait for one of them."""
_NAME_BYTES = 16
"""Of the hash of a caller: names of people and addresses are not kept there."""

_TAKE = """
local budget, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local points, ahead, back = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1] or budget), tonumber(kept[2] or now)
left = math.min(budget, left + back + math.max(0, now - at) * rate)
local taken = 0
if left >= points + ahead then
  taken = points + ahead
elseif left >= points then
  taken = points
end
left = left - taken
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((budget - left) / rate * 1000) + 1000)
return {taken, string.format('%.6f', left)}
"""
"""A bucket that is full again is forgotten, which is the same. The server's clock counts."""


@dataclass(slots=True)
class _Purse:
    """What a process holds of a caller's bucket. Units: points.

    *ahead*: taken and not yet spent. *back*: to be given back. *left*: in the bucket, when it was
    last asked.
    """

    ahead: int = 0
    back: int = 0
    left: float = 0.0


log = structlog.get_logger()


class SharedThrottle:
    """Buckets of all processes on one server. Concurrency: one event loop."""

    def __init__(self, url: str, ticks: Callable[[], float] = time.monotonic) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis.from_pool(pool)
        self._take = self._redis.register_script(_TAKE)
        self._ticks = ticks
        self._alone = LocalThrottle(ticks)
        self._away_until: float | None = None
        self._purses: OrderedDict[str, _Purse] = OrderedDict()

    async def take(self, caller: str, budget: Budget, points: int) -> Balance:
        """Take *points*. Raises: Throttled when there are fewer, and then none are gone."""
        if self._away_until is not None and self._ticks() < self._away_until:
            return await self._alone.take(caller, budget, points)
        purse = self._purse(caller)
        if purse.ahead < points:
            try:
                await self._fill(purse, caller, budget, points)
            except (RedisError, OSError) as error:
                self._is_away(error)
                return await self._alone.take(caller, budget, points)
        if purse.ahead < points:
            raise throttled(budget, points, purse.left)
        purse.ahead -= points
        return Balance(budget=budget, available=purse.left + purse.ahead + purse.back)

    def give_back(self, caller: str, points: int) -> None:
        """Put *points* back when the bucket is next asked from here. A crash loses them."""
        if self._away_until is not None:
            self._alone.give_back(caller, points)
        else:
            self._purse(caller).back += points

    async def close(self) -> None:
        await self._redis.aclose()

    async def _fill(self, purse: _Purse, caller: str, budget: Budget, points: int) -> None:
        """Put all back that is in *purse*, and take *points* and some ahead. One round trip."""
        back, purse.ahead, purse.back = purse.ahead + purse.back, 0, 0
        name = PREFIX + blake2b(caller.encode(), digest_size=_NAME_BYTES).hexdigest()
        ahead = budget.maximum // AHEAD
        given = (budget.maximum, budget.restore_per_s, points, ahead, back)
        taken, left = await self._take(keys=[name], args=given)
        self._away_until = None
        purse.ahead += taken
        purse.left = float(left)

    def _purse(self, caller: str) -> _Purse:
        """Return the purse of *caller*; that of who did not come for longest is forgotten."""
        purse = self._purses.setdefault(caller, _Purse())
        self._purses.move_to_end(caller)
        if len(self._purses) > MOST_CALLERS:
            self._purses.popitem(last=False)
        return purse

    def _is_away(self, error: Exception) -> None:
        if self._away_until is None:
            log.warning("budgets.away", reason=type(error).__name__)
        self._away_until = self._ticks() + AWAY_S
