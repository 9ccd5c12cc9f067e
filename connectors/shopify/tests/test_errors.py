"""What Shopify answers when it does not answer, and what the caller is to do next."""

import json
from typing import Any

import pytest

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
from connectors.shopify.errors import TooCostly, data_of, raise_refusal


def answered(status: int = 200, **body: Any) -> Response:
    return Response(status=status, headers={}, body=json.dumps(body).encode())


def failed(code: str | None, **more: Any) -> Response:
    extensions = {"extensions": {"code": code}} if code else {}
    return answered(errors=[{"message": "no", **extensions}], **more)


@pytest.mark.parametrize(
    ("response", "is_safe", "expected"),
    [
        (failed("ACCESS_DENIED"), True, Misconfigured),
        (failed("ACCESS_DENIED"), False, Misconfigured),
        (failed("SHOP_INACTIVE"), True, Misconfigured),
        (failed("THROTTLED"), False, Throttled),
        (failed("MAX_COST_EXCEEDED"), True, TooCostly),
        (failed("INTERNAL_SERVER_ERROR"), True, Unavailable),
        (failed("INTERNAL_SERVER_ERROR"), False, Ambiguous),
        (failed("undefinedField"), True, Malformed),
        (failed("argumentLiteralsIncompatible"), False, Rejected),
        (failed(None), False, Rejected),
        (failed(None, data={"order": {}}), True, Malformed),
        (answered(data=None), True, Malformed),
        (answered(data=None), False, Ambiguous),
        (answered(status=402), True, Misconfigured),
        (answered(status=404), True, Misconfigured),
        (answered(status=423), False, Misconfigured),
        (answered(status=430), True, Throttled),
        (answered(status=400), True, Malformed),
        (answered(status=400), False, Rejected),
        (Response(status=200, headers={}, body=b"<html>"), True, Malformed),
        (Response(status=200, headers={}, body=b"<html>"), False, Ambiguous),
        (Response(status=200, headers={}, body=b"[]"), True, Malformed),
        (answered(errors="[API] not what it was"), True, Malformed),
    ],
)
def test_an_answer_that_is_none_says_what_to_do_next(
    response: Response, *, is_safe: bool, expected: type[ConnectorError]
) -> None:
    """The exact kind of error, for reads and for writes."""
    with pytest.raises(ConnectorError) as caught:
        data_of(response, is_safe=is_safe)
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        ({"requestedQueryCost": 752, "throttleStatus": _STATUS}, expected)
        for _STATUS, expected in [
            ({"currentlyAvailable": 666, "restoreRate": 50.0}, 1.72),
            ({"currentlyAvailable": 900, "restoreRate": 50.0}, 0.0),
            ({"currentlyAvailable": 666, "restoreRate": 0}, None),
            ({}, None),
        ]
    ]
    + [({}, None)],
)
def test_a_throttled_request_says_for_how_long(cost: Any, expected: float | None) -> None:
    """(requested - available) / restore rate; None when it does not say."""
    response = failed("THROTTLED", extensions={"cost": cost})
    with pytest.raises(Throttled) as caught:
        data_of(response, is_safe=True)
    assert caught.value.retry_after_s == expected


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("CHANGE_FROM_QUANTITY_STALE", "", Conflict),
        ("NOT_FOUND", "", Missing),
        ("INVALID_LOCATION", "", Missing),
        ("IDEMPOTENCY_CONCURRENT_REQUEST", "", Unavailable),
        (None, "This request is currently in progress, please try again.", Unavailable),
        ("A_WORD_OF_TOMORROW", "", Rejected),
        (None, "Order cannot be refunded", Rejected),
    ],
)
def test_a_refusal_is_the_kind_its_code_says(
    code: str | None, message: str, expected: type[ConnectorError]
) -> None:
    """An unknown code is a refusal with Shopify's own word."""
    with pytest.raises(ConnectorError) as caught:
        raise_refusal([{"code": code, "message": message, "field": ["input", "amount"]}])
    assert type(caught.value) is expected
    if isinstance(caught.value, Rejected):
        assert (caught.value.code, caught.value.field) == (code or "USER_ERROR", "input.amount")


def test_no_refusal_is_none() -> None:
    """An empty list of errors is success."""
    raise_refusal([])
