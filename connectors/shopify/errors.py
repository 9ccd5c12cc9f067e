"""What Shopify answers, as our errors. Two tables: for the API as a whole, and for one mutation.

Every answer of the GraphQL API is HTTP 200 as long as the shop is there; what went wrong stands in
``errors`` (the request as a whole) or in a mutation's ``userErrors`` (understood, refused).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

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
from connectors.sdk.http import Response


class TooCostly(Rejected):
    """This request is worth more points than Shopify runs at once: ask for less."""


# HTTP statuses that sdk/http does not judge already (401, 403, 429, 5xx).
# Source: shopify.dev/docs/api/usage/response-codes.
_STATUS: dict[int, tuple[type[ConnectorError], str]] = {
    402: (Misconfigured, "the shop is frozen"),
    404: (Misconfigured, "url: no such shop"),
    423: (Misconfigured, "the shop is locked"),
    430: (Throttled, "Shopify's security refused the request"),
}

# errors[].extensions.code. Source: shopify.dev/docs/api/admin-graphql, "Status and error codes".
# INTERNAL_SERVER_ERROR is not here: see `_from_code`.
_CODES: dict[str, type[ConnectorError]] = {
    "ACCESS_DENIED": Misconfigured,
    "SHOP_INACTIVE": Misconfigured,
    "THROTTLED": Throttled,
    "MAX_COST_EXCEEDED": TooCostly,
}

# Messages of mutations whose errors have no code, where the code matters.
# Source: admin-2026-10.graphql names the codes, their descriptions are these messages.
_MESSAGES = {
    "This request is currently in progress, please try again.": "IDEMPOTENCY_CONCURRENT_REQUEST",
}

# userErrors[].code. Any other is Rejected with Shopify's own word.
# Source: admin-2026-10.graphql, InventorySetQuantitiesUserErrorCode, OrderCancelUserErrorCode.
_USER_CODES: dict[str, type[ConnectorError]] = {
    "CHANGE_FROM_QUANTITY_STALE": Conflict,
    "COMPARE_QUANTITY_STALE": Conflict,
    "NOT_FOUND": Missing,
    "INVALID_INVENTORY_ITEM": Missing,
    "INVALID_LOCATION": Missing,
    "ITEM_NOT_STOCKED_AT_LOCATION": Missing,
    # The first try of this very key is still at work: come back, with the same key.
    "IDEMPOTENCY_CONCURRENT_REQUEST": Unavailable,
}

NO_CODE = "USER_ERROR"
"""Stands for the code that many mutations (``type UserError``) do not give."""


def data_of(response: Response, *, is_safe: bool) -> dict[str, Any]:
    """Return ``data`` of a GraphQL answer, or raise what went wrong.

    Data beside errors is not taken: half a truth would read as "there is no more".
    """
    if response.status in _STATUS:
        kind, message = _STATUS[response.status]
        raise kind(f"{message}: HTTP {response.status}")
    if response.status != 200 and not is_safe:
        raise Rejected("not taken", code=f"HTTP_{response.status}")
    try:
        answer = response.json()
        if response.status != 200 or not isinstance(answer, dict):
            raise Malformed(f"$: not a GraphQL answer: HTTP {response.status}")
        _raise_errors(answer, is_safe=is_safe)
        if not isinstance(answer.get("data"), dict):
            raise Malformed("$.data: expected an object")
    except Malformed as error:
        if is_safe:
            raise
        raise Ambiguous(f"sent, and the answer is unreadable: {error}") from error
    data: dict[str, Any] = answer["data"]
    return data


def _raise_errors(answer: dict[str, Any], *, is_safe: bool) -> None:
    errors = answer.get("errors")
    if not errors:
        return
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    code = (first.get("extensions") or {}).get("code")
    message = str(first.get("message") or errors)
    raise _from_code(code, message, answer, is_safe=is_safe)


def _from_code(
    code: str | None, message: str, answer: dict[str, Any], *, is_safe: bool
) -> ConnectorError:
    kind = _CODES.get(code or "")
    if kind is Throttled:
        return Throttled(message, retry_after_s=retry_after_s(answer))
    if kind is TooCostly:
        return TooCostly(message, code="MAX_COST_EXCEEDED")
    if kind is not None:
        return kind(f"{code}: {message}")
    if code == "INTERNAL_SERVER_ERROR":
        return Unavailable(message) if is_safe else Ambiguous(message)
    if is_safe:
        return Malformed(f"$.errors: {code}: {message}")
    return Rejected(message, code=code or NO_CODE)


def retry_after_s(answer: Mapping[str, Any]) -> float | None:
    """Seconds until the bucket holds what this request asks for; None when it does not say.

    Units: points and points a second: ``(requested - available) / restore rate``.
    Source: shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits.
    """
    cost = (answer.get("extensions") or {}).get("cost") or {}
    status = cost.get("throttleStatus") or {}
    try:
        lacking = Decimal(cost["requestedQueryCost"]) - Decimal(status["currentlyAvailable"])
        return float(max(Decimal(0), lacking / Decimal(status["restoreRate"])))
    except (KeyError, TypeError, ArithmeticError):
        return None


def raise_refusal(refusals: Sequence[Any]) -> None:
    """Raise the first of a mutation's ``userErrors``; nothing when there are none."""
    if not refusals:
        return
    first = refusals[0]
    message = str(first.get("message"))
    code = first.get("code") or _MESSAGES.get(message, NO_CODE)
    kind = _USER_CODES.get(code, Rejected)
    if issubclass(kind, Rejected):
        raise kind(message, code=code, field=".".join(first.get("field") or []) or None)
    raise kind(f"{code}: {message}")
