"""Vendure's answers that say no, as errors of ours. Two ways, two tables.

``errors[]`` (HTTP 200 or 400, with ``extensions.code`` or, where the database complained, without)
and, for what may be expected to go wrong, a union's ``ErrorResult { errorCode message }``.
Source: Vendure 3.7.3, ``common/error/errors.ts`` and the unions of the Admin API.
"""

from collections.abc import Mapping

from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    ConnectorError,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    Unavailable,
)

RESULTS: dict[str, type[Rejected]] = {
    "ORDER_STATE_TRANSITION_ERROR": Conflict,
    "FULFILLMENT_STATE_TRANSITION_ERROR": Conflict,
    "REFUND_STATE_TRANSITION_ERROR": Conflict,
    "ITEMS_ALREADY_FULFILLED_ERROR": Conflict,
    "INSUFFICIENT_STOCK_ON_HAND_ERROR": Conflict,
    "QUANTITY_TOO_GREAT_ERROR": Conflict,
    "CANCEL_ACTIVE_ORDER_ERROR": Conflict,
    "REFUND_ORDER_STATE_ERROR": Conflict,
    "REFUND_AMOUNT_ERROR": Conflict,
    "ALREADY_REFUNDED_ERROR": Conflict,
    "EMPTY_ORDER_LINE_SELECTION_ERROR": Rejected,
    "MULTIPLE_ORDER_ERROR": Rejected,
    "NOTHING_TO_REFUND_ERROR": Rejected,
    "PAYMENT_ORDER_MISMATCH_ERROR": Rejected,
    "INVALID_FULFILLMENT_HANDLER_ERROR": Rejected,
    "CREATE_FULFILLMENT_ERROR": Rejected,
}
"""``errorCode`` of a union; one not listed is Rejected."""

CODES: dict[str, type[Rejected] | type[Misconfigured]] = {
    "ENTITY_NOT_FOUND": Missing,
    "USER_INPUT_ERROR": Rejected,
    "ILLEGAL_OPERATION": Conflict,
    "FORBIDDEN": Misconfigured,
    "UNAUTHORIZED": Misconfigured,
    "CHANNEL_NOT_FOUND": Misconfigured,
    # The server does not know our documents: another version than the manifest names.
    "GRAPHQL_VALIDATION_FAILED": Misconfigured,
    "GRAPHQL_PARSE_FAILED": Misconfigured,
    "BAD_USER_INPUT": Rejected,
}
"""``extensions.code``; one not listed, or none, is the server failing: see ``_failed``."""

_DETAILS = ("transitionError", "fulfillmentHandlerError")
"""Say more than ``message``, which is often an untranslated key."""


def raise_for_status(status: int) -> None:
    """Refuse what no Admin API answers. Raises: Misconfigured."""
    if status == 404:
        raise Misconfigured("url: there is no Admin API at this address")


def data(answer: object, *, is_safe: bool) -> Mapping[str, object]:
    """Return an answer's ``data``.

    Raises: Rejected, Conflict, Missing, Misconfigured; Unavailable or, for a write, Ambiguous when
    the server failed; Malformed when it is no GraphQL answer.
    """
    if not isinstance(answer, Mapping):
        raise Malformed("answer: not an object")
    errors = answer.get("errors")
    if isinstance(errors, list) and errors:
        raise _of_error(errors[0], is_safe=is_safe)
    found = answer.get("data")
    if not isinstance(found, Mapping):
        raise Malformed("answer.data: not an object")
    for result in found.values():
        if isinstance(result, Mapping) and "errorCode" in result:
            raise _of_result(result)
    return found


def _of_error(error: object, *, is_safe: bool) -> ConnectorError:
    if not isinstance(error, Mapping):
        return Malformed("answer.errors[0]: not an object")
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    message = str(error.get("message"))
    kind = CODES.get(str(code))
    if kind is None:
        return _failed(message, is_safe=is_safe)
    if issubclass(kind, Rejected):
        return kind(message, code=str(code))
    return kind(f"{code}: {message}")


def _failed(message: str, *, is_safe: bool) -> ConnectorError:
    """The server failed. A write is one transaction at Vendure and most likely rolled back, yet a
    payment processor may have been asked within it: so nobody knows."""
    return Unavailable(message) if is_safe else Ambiguous(f"the server failed: {message}")


def _of_result(result: Mapping[str, object]) -> Rejected:
    code = str(result["errorCode"])
    detail = next((str(result[name]) for name in _DETAILS if result.get(name)), None)
    message = detail or str(result.get("message"))
    if "maximumRefundable" in result:
        message += f" (at most {result['maximumRefundable']})"
    return RESULTS.get(code, Rejected)(message, code=code)
