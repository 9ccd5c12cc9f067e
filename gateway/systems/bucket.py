"""The token bucket of one account, and what answers say of it. Pure.

Times are ticks: seconds of a clock that never jumps.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

LONGEST_SHUT_S = 3600.0
"""No answer shuts an account for longer: the next one may say so again."""
_ENOUGH = 1e-9
"""Sums of fractions of a token fall short of a whole one by less than this."""
_LEFT = (
    "ratelimit-remaining",
    "x-ratelimit-remaining",
    "x-rate-limit-remaining",
    "x-rate-limit-requests-left",
)
"""Requests left, as systems call it. Source: draft-ietf-httpapi-ratelimit-headers-06 section 3."""
_RESET = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
"""Seconds until there are more. Some systems put a Unix time there: such a large one is no wait."""
_POLICY = re.compile(r";\s*(r|t)=(\d{1,12})(?=[;,\s]|$)")
"""``RateLimit: "default";r=50;t=30``. Source: draft-ietf-httpapi-ratelimit-headers-10 section 4."""
LONGEST_RESET_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """*tokens* were there at *at*; *rate* more come each second, up to *burst*."""

    rate: float
    burst: int
    tokens: float
    at: float

    def wait_s(self, now: float, reserve: int = 0) -> float:
        """Return the seconds until one token is there beyond *reserve*; 0 when one is."""
        missing = 1 + reserve - self.left(now)
        if missing <= _ENOUGH:
            return max(0.0, self.at - now)
        return max(0.0, self.at - now) + missing / self.rate

    def left(self, now: float) -> float:
        """Return the tokens there are at *now*."""
        return min(self.burst, self.tokens + max(0.0, now - self.at) * self.rate)

    def taken(self, now: float) -> "Bucket":
        """Return the bucket without one token."""
        return replace(self, tokens=self.left(now) - 1, at=max(now, self.at))

    def shut(self, now: float, for_s: float) -> "Bucket":
        """Return the bucket that gives nothing for *for_s* and then one token: the system said no.

        A shorter time never undoes a longer one.
        """
        until = now + min(for_s, LONGEST_SHUT_S)
        return replace(self, tokens=1, at=max(until, self.at))

    def learned(self, now: float, headers: Mapping[str, str]) -> "Bucket":
        """Return the bucket with no more than an answer's *headers* say is left."""
        left, reset_s = left_of(headers)
        if left is None or self.at > now:
            return self
        if left == 0 and 0 < reset_s <= LONGEST_RESET_S:
            return self.shut(now, reset_s)
        return replace(self, tokens=min(left, self.left(now)), at=now)


def left_of(headers: Mapping[str, str]) -> tuple[int | None, float]:
    """Return the requests left and the seconds until there are more; None and 0 where unsaid."""
    policies = [dict(_POLICY.findall(one)) for one in headers.get("ratelimit", "").split(",")]
    stated = [(int(one["r"]), float(one.get("t", 0))) for one in policies if "r" in one]
    if stated:
        return min(stated)
    return _first(headers, _LEFT), float(_first(headers, _RESET) or 0)


def _first(headers: Mapping[str, str], names: tuple[str, ...]) -> int | None:
    for name in names:
        value = headers.get(name, "").strip()
        if value.isascii() and value.isdigit() and len(value) <= 12:
            return int(value)
    return None
