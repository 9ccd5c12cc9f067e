"""Buckets in Redis or Valkey, for all processes: one script, one round trip, atomic.

While the server is away each process has buckets of its own: a caller may then spend as often as
there are processes, and nobody is refused for want of a server. That is logged once each time.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.execution.limits.throttle import MOST_CALLERS, Balance, LocalThrottle, throttled
from gateway.settings.limits import Budget

PREFIX = "gateway:budget:"
TIMEOUT_S = 0.25
"""Longer than any healthy round trip, shorter than a caller notices."""
AWAY_S = 2.0
"""How long a server that did not answer is left alone: not every request waits for it."""
CONNECTIONS = 32
"""Round trips at once; more wait for one of them."""
_NAME_BYTES = 16
"""Of the hash of a caller: names of people and addresses are not kept there."""

_TAKE = """
local budget, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local points, back = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1] or budget), tonumber(kept[2] or now)
left = math.min(budget, left + back + math.max(0, now - at) * rate)
local taken = 0
if left >= points then
  left = left - points
  taken = 1
end
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((budget - left) / rate * 1000) + 1000)
return {taken, string.format('%.6f', left)}
"""
"""A bucket that is full again is forgotten, which is the same. The server's clock counts."""

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
        self._back: OrderedDict[str, int] = OrderedDict()
        """Points to give back with the caller's next operation: no round trip of their own."""

    async def take(self, caller: str, budget: Budget, points: int) -> Balance:
        """Take *points*. Raises: Throttled when there are fewer, and then none are gone."""
        if self._away_until is not None and self._ticks() < self._away_until:
            return await self._alone.take(caller, budget, points)
        back = self._back.pop(caller, 0)
        name = PREFIX + blake2b(caller.encode(), digest_size=_NAME_BYTES).hexdigest()
        given = (budget.maximum, budget.restore_per_s, points, back)
        try:
            taken, left = await self._take(keys=[name], args=given)
        except (RedisError, OSError) as error:
            self._is_away(error)
            return await self._alone.take(caller, budget, points)
        self._away_until = None
        if not taken:
            raise throttled(budget, points, float(left))
        return Balance(budget=budget, available=float(left))

    def give_back(self, caller: str, points: int) -> None:
        """Put *points* back with the caller's next operation here. A crash loses them."""
        if self._away_until is not None:
            self._alone.give_back(caller, points)
            return
        self._back[caller] = self._back.pop(caller, 0) + points
        if len(self._back) > MOST_CALLERS:
            self._back.popitem(last=False)

    async def close(self) -> None:
        await self._redis.aclose()

    def _is_away(self, error: Exception) -> None:
        if self._away_until is None:
            log.warning("budgets.away", reason=type(error).__name__)
        self._away_until = self._ticks() + AWAY_S
