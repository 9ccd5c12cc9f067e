"""What may leave of an error, decided by its type. A bug is masked, logged, and found by its id."""

from collections.abc import Iterable
from typing import Any

import structlog
from graphql import GraphQLError

from gateway.errors import (
    GatewayError,
    LimitExceeded,
    RateLimited,
    Refused,
    Throttled,
    TooCostly,
    UpstreamUnavailable,
    present,
)
from gateway.telemetry.logs import bug
from gateway.telemetry.redaction import hide_cards

LONGEST_MESSAGE = 200
"""Characters: messages repeat what they were given, which may be long."""

log = structlog.get_logger()


def errors(found: Iterable[GraphQLError]) -> list[dict[str, Any]]:
    """Return *found* as the response shows them, every one with ``extensions.code``."""
    return [dict(_presented(one).formatted) for one in found]


def _presented(error: GraphQLError) -> GraphQLError:
    cause = error.original_error
    if isinstance(cause, GatewayError):
        log.log(_LEVELS[present(cause).log_level], "request.refused", code=cause.code)
        return _with(error, str(cause), _extensions(cause))
    if cause is None or isinstance(cause, GraphQLError):
        said = hide_cards(error.message)  # graphql-core repeats what it was given
        return _with(error, said, {"code": "BAD_USER_INPUT", **(error.extensions or {})})
    id = bug(cause)
    message = f"an internal error; it is in the log as {id}"
    return _with(error, message, {"code": "INTERNAL", "id": id})


def _extensions(cause: GatewayError) -> dict[str, Any]:
    found: dict[str, Any] = {"code": cause.code}
    if isinstance(cause, Refused) and cause.path:
        found["argument"] = ".".join(cause.path)
    if isinstance(cause, RateLimited):
        found["retryAfterS"] = cause.retry_after_s
    if isinstance(cause, Throttled):
        found["cost"] = dict(cause.cost)
    if isinstance(cause, LimitExceeded):
        found |= {"limit": cause.limit, "max": cause.maximum, "actual": cause.actual}
    if isinstance(cause, TooCostly):
        found |= {"requested": cause.requested, "max": cause.maximum}
    if isinstance(cause, UpstreamUnavailable):
        found["connection"] = cause.connection
    return found


def _with(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…",
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


_LEVELS = {"info": 20, "warning": 30, "error": 40}
