"""One leaky bucket a caller: points go out with each operation and come back with time.

    balance = await throttle.take(caller, budget, points)  # Throttled, and then nothing is gone
    throttle.give_back(caller, points - actual)            # what was not needed after all

In one process: `LocalThrottle`. For many over one Redis: `gateway.execution.limits.shared`.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Any, Protocol

from gateway.auth.principal import Principal
from gateway.auth.scopes import Role
from gateway.errors import Throttled
from gateway.settings.limits import Budget, Limits

MOST_CALLERS = 10_000
"""Buckets kept, some 300 bytes each: the one unused for longest is forgotten, which fills it."""
SITE_BITS = 64
"""What one subscriber of an IPv6 provider has: whole, or each has billions of addresses.
Source: RFC 6177 section 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A caller's bucket after an operation has been paid for. Units: points."""

    budget: Budget
    available: float

    def state(self, requested: int, actual: int) -> dict[str, Any]:
        """Return ``extensions.cost`` of an operation."""
        return {
            "requested": requested,
            "actual": actual,
            "throttle": {
                "maximum": self.budget.maximum,
                "available": max(0, min(self.budget.maximum, int(self.available))),
                "restoreRate": self.budget.restore_per_s,
            },
        }


class Throttle(Protocol):
    """Where the buckets are."""

    async def take(self, caller: str, budget: Budget, points: int) -> Balance:
        """Take *points*. Raises: Throttled when there are fewer, and then none are gone."""

    def give_back(self, caller: str, points: int) -> None:
        """Put *points* back that were not needed; fewer than none where more were."""

    async def close(self) -> None: ...


def caller_of(principal: Principal, peer: str | None) -> str:
    """Name the bucket of *principal*; strangers have one for each address, where it is known."""
    if not principal.is_anonymous:
        return f"{principal.role}:{principal.subject}"
    return f"anonymous:{_site(peer)}" if peer else "anonymous"


def budget_of(principal: Principal, limits: Limits) -> Budget:
    """Return the budget of the role of *principal*."""
    return limits.budget_anonymous if principal.is_anonymous else _BY_ROLE[principal.role](limits)


def throttled(budget: Budget, requested: int, available: float) -> Throttled:
    """Return the refusal of an operation that costs more than is *available*."""
    missing = requested - available
    cost = Balance(budget=budget, available=available).state(requested, 0)
    return Throttled(retry_after_s=ceil(missing / budget.restore_per_s * 1000) / 1000, cost=cost)


class LocalThrottle:
    """Buckets of this process. Concurrency: one event loop."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Caller -> points at a time."""

    async def take(self, caller: str, budget: Budget, points: int) -> Balance:
        """Take *points*. Raises: Throttled when there are fewer, and then none are gone."""
        now = self._ticks()
        left, at = self._buckets.get(caller, (budget.maximum, now))
        available = min(budget.maximum, left + max(0.0, now - at) * budget.restore_per_s)
        if available < points:
            raise throttled(budget, points, available)
        self._keep(caller, available - points, now)
        return Balance(budget=budget, available=available - points)

    def give_back(self, caller: str, points: int) -> None:
        """Put *points* back that were not needed."""
        if caller in self._buckets:
            left, at = self._buckets[caller]
            self._buckets[caller] = (left + points, at)

    async def close(self) -> None:
        return

    def _keep(self, caller: str, left: float, at: float) -> None:
        self._buckets[caller] = (left, at)
        self._buckets.move_to_end(caller)
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)


def _site(peer: str) -> str:
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(ip_network((address, SITE_BITS), strict=False))
    return peer


_BY_ROLE: dict[Role, Callable[[Limits], Budget]] = {
    Role.SHOPPER: lambda limits: limits.budget_shopper,
    Role.ASSOCIATE: lambda limits: limits.budget_associate,
    Role.PARTNER: lambda limits: limits.budget_partner,
    Role.AGENT: lambda limits: limits.budget_agent,
    Role.ADMIN: lambda limits: limits.budget_admin,
}
