"""Square's answers -> their JSON, or the error that says what to do next.

Source: openapi.json Error, ErrorCode, ErrorCategory, Square-Version 2025-08-20. VERSION_MISMATCH is
missing from that list; RefundPaymentRequest.payment_version_token there describes it.
"""

from typing import Never

from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    ConnectorError,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    Throttled,
    Unavailable,
)
from connectors.sdk.http import Request, Response
from connectors.square.reading import Node

NOT_FOUND = "NOT_FOUND"
INVALID_CURSOR = "INVALID_CURSOR"
VERSION_MISMATCH = "VERSION_MISMATCH"
KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"

_REFUSALS: dict[str, type[Rejected]] = {
    **dict.fromkeys((VERSION_MISMATCH, "CONFLICT"), Conflict),
    **dict.fromkeys((NOT_FOUND, "GONE", "CUSTOMER_NOT_FOUND"), Missing),
}
"""Codes that name a kind of refusal; every other code is a plain Rejected."""
_RIGHTS = frozenset(
    (
        "UNAUTHORIZED",
        "ACCESS_TOKEN_EXPIRED",
        "ACCESS_TOKEN_REVOKED",
        "CLIENT_DISABLED",
        "FORBIDDEN",
        "INSUFFICIENT_SCOPES",
        "APPLICATION_DISABLED",
        "V1_APPLICATION",
        "V1_ACCESS_TOKEN",
        "MERCHANT_SUBSCRIPTION_NOT_FOUND",
        "API_VERSION_INCOMPATIBLE",
        "INVALID_SQUARE_VERSION_FORMAT",
    )
)
_UNKNOWN_FATE = frozenset(
    (
        "INTERNAL_SERVER_ERROR",
        "REQUEST_TIMEOUT",
        "BAD_GATEWAY",
        "SERVICE_UNAVAILABLE",
        "TEMPORARY_ERROR",
        "GATEWAY_TIMEOUT",
    )
)
"""Square failed: a read may be repeated, of a write nobody knows whether it happened."""


def answer(request: Request, response: Response) -> Node:
    """Return the JSON of *response*.

    Raises: what the answer's first error maps to; for a body that is not Square's JSON Malformed
    after a read and Ambiguous after a write.
    """
    try:
        body = _body(response)
        errors = body.nodes("errors")
    except Malformed as error:
        if request.is_safe:
            raise
        raise Ambiguous(f"sent, answered in no known form: {error}") from error
    if response.status >= 400 or (errors and set(body.fields) == {"errors"}):
        _refuse(request, errors, response.status)
    return body


def _refuse(request: Request, errors: tuple[Node, ...], status: int) -> Never:
    """Raise what the first of *errors* means. Its detail is left out: it may name a person."""
    first = errors[0] if errors else Node(fields={}, at="answer.errors[0]")
    code = first.optional_text("code") or f"HTTP_{status}"
    raise _error(request, code, first.optional_text("category"), first.optional_text("field"))


def _body(response: Response) -> Node:
    """Refuse what is not declared as JSON: a page of a proxy could else pass for an empty list."""
    declared = response.headers.get("content-type", "")
    if not declared.startswith("application/json"):
        raise Malformed(f"answer: not JSON but {declared or 'undeclared'}: HTTP {response.status}")
    return Node.of(response.json(), "answer")


def _error(request: Request, code: str, category: str | None, field: str | None) -> ConnectorError:
    message = f"{request.method} {request.path}: {code}" + (f" ({field})" if field else "")
    if code == "RATE_LIMITED" or category == "RATE_LIMIT_ERROR":
        return Throttled(message)
    if code in _RIGHTS or category == "AUTHENTICATION_ERROR":
        return Misconfigured(message)
    if code in _UNKNOWN_FATE or category == "API_ERROR":
        return Unavailable(message) if request.is_safe else Ambiguous(message)
    if code == "HTTP_404":
        return Missing(message, code=code, field=field)
    return _REFUSALS.get(code, Rejected)(message, code=code, field=field)
