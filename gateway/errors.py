"""Errors the gateway raises, named for who must act next.

* GatewayError
  * Refused - a "no" the caller can act on: data in a mutation's payload, never an exception there
    * InvalidInput, NotFound, IllegalTransition, VersionConflict, IdempotencyConflict,
      AmountTooLarge, CapabilityMissing, ConnectionPaused
  * Unauthenticated, Forbidden - who are you, and you may not
  * LimitExceeded, TooCostly - ask for less
  * RateLimited - ask later
    * Throttled
  * UpstreamUnavailable - a connected system does not answer: nulls a field, names the connection

Anything else that reaches an edge is a bug: masked, logged under an id, and the id is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class GatewayError(Exception):
    """Any of the below. The text may be shown: it holds no secret and nobody else's data."""

    code: ClassVar[str]


class Refused(GatewayError):
    """Understood, and no. *path* points into the input: ``("lines", "0", "quantity")``."""

    code = "REFUSED"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class InvalidInput(Refused):
    """Well-formed GraphQL that makes no sense here: mend the input."""

    code = "INVALID_INPUT"


class NotFound(Refused):
    """Not there, or not yours: the two look the same."""

    code = "NOT_FOUND"


class IllegalTransition(Refused):
    """The noun is in a state that does not allow this."""

    code = "ILLEGAL_TRANSITION"


class VersionConflict(Refused):
    """Somebody was faster: read again, decide again."""

    code = "VERSION_CONFLICT"
    retryable = True


class IdempotencyConflict(Refused):
    """This key was used for another input: use a new key."""

    code = "IDEMPOTENCY_CONFLICT"


class AmountTooLarge(Refused):
    """More money than there is to give back."""

    code = "AMOUNT_TOO_LARGE"


class CapabilityMissing(Refused):
    """The connected system cannot do this; nothing was sent."""

    code = "CAPABILITY_MISSING"


class ConnectionPaused(Refused):
    """The connection is switched off or its credentials fail: an operator must act."""

    code = "CONNECTION_PAUSED"
    retryable = True


class Unauthenticated(GatewayError):
    """No token, or one that proves nothing."""

    code = "UNAUTHENTICATED"


class Forbidden(GatewayError):
    """Known, and not allowed."""

    code = "FORBIDDEN"


class LimitExceeded(GatewayError):
    """More of something than one request may have. *limit* names it: ``"depth"``.

    *actual* is what was counted; counting may have stopped there.
    """

    code = "LIMIT_EXCEEDED"

    def __init__(self, limit: str, *, maximum: int, actual: int) -> None:
        name = limit.replace("_", " ")
        super().__init__(f"{name}: {maximum} at most, and this has {actual} or more")
        self.limit = limit
        self.maximum = maximum
        self.actual = actual


class TooCostly(GatewayError):
    """The operation may return more than one operation may. Units: points."""

    code = "TOO_COSTLY"

    def __init__(self, *, requested: int, maximum: int) -> None:
        super().__init__(f"the operation costs {requested} points, and {maximum} are the most")
        self.requested = requested
        self.maximum = maximum


class RateLimited(GatewayError):
    """Too much, too fast. Units: *retry_after_s* seconds."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Throttled(RateLimited):
    """The caller's budget is spent. *cost*: what was asked for, and how the budget is."""

    code = "THROTTLED"

    def __init__(self, *, retry_after_s: float, cost: Mapping[str, Any]) -> None:
        super().__init__("the budget is spent: ask again later", retry_after_s=retry_after_s)
        self.cost = cost


class UpstreamUnavailable(GatewayError):
    """A connected system does not answer in time."""

    code = "UPSTREAM_UNAVAILABLE"

    def __init__(self, message: str, *, connection: str) -> None:
        super().__init__(message)
        self.connection = connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """How an error leaves: HTTP *status* where HTTP carries it, and the *log_level* it is worth."""

    status: int
    log_level: str


PRESENTATION: dict[type[GatewayError], Presentation] = {
    Refused: Presentation(status=200, log_level="info"),
    Unauthenticated: Presentation(status=401, log_level="info"),
    Forbidden: Presentation(status=403, log_level="info"),
    LimitExceeded: Presentation(status=400, log_level="info"),
    TooCostly: Presentation(status=400, log_level="info"),
    RateLimited: Presentation(status=429, log_level="info"),
    UpstreamUnavailable: Presentation(status=200, log_level="warning"),
}
"""One row a family; a subclass takes its family's row."""
BUG = Presentation(status=500, log_level="error")


def present(error: BaseException) -> Presentation:
    """Return how *error* leaves; BUG for anything that is no GatewayError."""
    for ancestor in type(error).__mro__:
        if ancestor in PRESENTATION:
            return PRESENTATION[ancestor]
    return BUG
