"""Documents, their variables, and answers that say no."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, OperationType, parse

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
from connectors.vendure import errors, requests

DOCUMENTS = requests.READS | requests.WRITES


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_document_is_one_operation_of_its_folders_kind(name: str) -> None:
    """What stands under reads is a query and may be repeated; under writes, a mutation."""
    (operation,) = parse(DOCUMENTS[name]).definitions
    assert isinstance(operation, OperationDefinitionNode)
    expected = OperationType.QUERY if name in requests.READS else OperationType.MUTATION
    assert expected == operation.operation


@pytest.mark.parametrize("name", sorted(requests.WRITES))
def test_write_whose_answer_is_a_union_asks_for_its_errors(name: str) -> None:
    """Without the fragment a refusal would look like success."""
    returns_plain_object = name in ("add_note", "set_stock")
    assert returns_plain_object is ("... on ErrorResult" not in requests.WRITES[name])


def test_request_is_a_post_of_document_and_variables() -> None:
    """As Vendure takes it; a write is never marked safe to repeat."""
    request = requests.settle_refund("9", "k1").request()
    assert ("POST", "/admin-api", False) == (request.method, request.path, request.is_safe)
    assert {"input": {"id": "9", "transactionId": "k1"}} == request.json["variables"]
    assert requests.WRITES["settle_refund"] == request.json["query"]
    assert requests.check().request().is_safe


def test_pages_stay_below_what_vendure_refuses() -> None:
    """The Admin API takes at most 1,000 rows at once."""
    lists = (
        requests.PLACED,
        requests.UPDATED,
        requests.CUSTOMERS,
        requests.PRODUCTS,
        requests.VARIANTS,
    )
    takes = [each.take for each in lists]
    takes += [requests.IDS_AT_ONCE, requests.LEVELS_TAKE, requests.LOCATIONS_TAKE]
    assert 2 <= min(takes)
    assert 1000 >= max(takes)


def _error(code: str | None) -> dict[str, Any]:
    extensions = {"extensions": {"code": code}} if code else {}
    return {"errors": [{"message": "no", **extensions}], "data": None}


@pytest.mark.parametrize(
    ("answer", "is_safe", "kind"),
    [
        (_error("FORBIDDEN"), True, Misconfigured),
        (_error("CHANNEL_NOT_FOUND"), True, Misconfigured),
        (_error("GRAPHQL_VALIDATION_FAILED"), True, Misconfigured),
        (_error("ENTITY_NOT_FOUND"), False, Missing),
        (_error("ILLEGAL_OPERATION"), False, Conflict),
        (_error("USER_INPUT_ERROR"), True, Rejected),
        (_error("INTERNAL_SERVER_ERROR"), True, Unavailable),
        (_error("INTERNAL_SERVER_ERROR"), False, Ambiguous),
        (_error(None), True, Unavailable),
        (_error(None), False, Ambiguous),
        ({"errors": ["no"]}, True, Malformed),
        ({"data": None}, True, Malformed),
        ([], True, Malformed),
        ({"data": {"cancelOrder": {"errorCode": "NEW_ERROR", "message": "no"}}}, False, Rejected),
    ],
)
def test_answer_that_says_no_is_named_by_who_must_act(
    answer: object, is_safe: bool, kind: type[ConnectorError]
) -> None:
    """Both of Vendure's ways; what failed inside the server is unknown for a write."""
    with pytest.raises(kind) as refusal:
        errors.data(answer, is_safe=is_safe)
    assert kind is type(refusal.value)


@pytest.mark.parametrize(("code", "kind"), errors.RESULTS.items())
def test_expected_error_keeps_vendures_word(code: str, kind: type[Rejected]) -> None:
    """A union's errorCode becomes the error's code."""
    answer = {"data": {"anything": {"errorCode": code, "message": "no"}}}
    with pytest.raises(kind) as refusal:
        errors.data(answer, is_safe=False)
    assert (kind, code, "no") == (type(refusal.value), refusal.value.code, str(refusal.value))


def test_error_tells_the_detail_where_the_message_is_a_key() -> None:
    """Vendure leaves some messages untranslated; the transition's own words say why."""
    result = {
        "errorCode": "FULFILLMENT_STATE_TRANSITION_ERROR",
        "message": "errorResult.FULFILLMENT_STATE_TRANSITION_ERROR",
        "transitionError": "Cannot transition",
    }
    with pytest.raises(Conflict, match=r"^Cannot transition$"):
        errors.data({"data": {"it": result}}, is_safe=False)


def test_refund_error_tells_how_much_is_left() -> None:
    """The number stands in the message."""
    result = {"errorCode": "REFUND_AMOUNT_ERROR", "message": "Too much", "maximumRefundable": 7}
    with pytest.raises(Conflict, match=r"Too much \(at most 7\)"):
        errors.data({"data": {"refundOrder": result}}, is_safe=False)


def test_answer_that_says_yes_gives_its_data() -> None:
    """Null and lists are answers too."""
    data: dict[str, object] = {"a": None, "b": [], "c": {"id": "1"}}
    assert data == errors.data({"data": data}, is_safe=True)
