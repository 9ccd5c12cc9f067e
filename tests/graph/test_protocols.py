"""GraphQL over HTTP: what is well-formed is answered, what is not is refused, and nothing that a
stranger sends is the server's fault."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import structlog

from gateway.web.messages import MAX_BODY_BYTES
from resolvers.schema import SCHEMA
from tests.gateways import GatewayUnderTest
from tests.graph.sending import send

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
QUERY = "{ viewer { role } }"
CANCEL = """mutation { orderCancel(input: {idempotencyKey: "k", id: "x", reason: "r"}) {
  userErrors { code } } }"""


def code(answer: httpx2.Response) -> str:
    found: str = answer.json()["errors"][0]["extensions"]["code"]
    return found


# --- HTTP


async def test_a_query_may_come_by_get(gateway: GatewayUnderTest) -> None:
    """Document, variables and name are parameters of the address."""
    document = (
        "query a($x: Boolean!) { viewer @include(if: $x) { role } } query b { viewer { role } }"
    )
    params = {"query": document, "operationName": "a", "variables": '{"x": true}'}
    answer = await send(gateway, "GET", params=params)
    assert (200, {"viewer": {"role": "ADMIN"}}) == (answer.status_code, answer.json()["data"])


async def test_a_mutation_does_not_come_by_get(gateway: GatewayUnderTest) -> None:
    """A link on another site's page changes nothing here."""
    answer = await send(gateway, "GET", params={"query": CANCEL})
    assert (405, "POST", "BAD_REQUEST") == (
        answer.status_code,
        answer.headers["allow"],
        code(answer),
    )


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
async def test_a_body_that_is_not_declared_json_is_refused(
    gateway: GatewayUnderTest, kind: str
) -> None:
    """What a form of another site can send is not read."""
    body = json.dumps({"query": QUERY}).encode()
    answer = await send(gateway, content=body, headers={"content-type": kind})
    assert 415 == answer.status_code


NONSENSE = {
    "null": b"null",
    "an array": b"[]",
    "a batch": json.dumps([{"query": QUERY}]).encode(),
    "a number": b"1e999",
    "text": b'"query"',
    "nothing": b"",
    "no query": b"{}",
    "an empty query": b'{"query": " "}',
    "a query that is no text": b'{"query": {"a": 1}}',
    "variables that are none": b'{"query": "{ a }", "variables": [1]}',
    "extensions that are none": b'{"query": "{ a }", "extensions": "x"}',
    "a name that is none": b'{"query": "{ a }", "operationName": 7}',
    "cut off": b'{"query": "{ viewer',
    "invalid UTF-8": b'{"query": "\xff\xfe{ viewer { role } }"}',
    "half a surrogate": b'{"query": "{ viewer { role } } # \\ud800"}',
    "compressed": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "deep arrays": b'{"query": "{ viewer { role } }", "variables": {"a": '
    + b"[" * 200_000
    + b"]" * 200_000
    + b"}}",
    "deep objects": b'{"a":' * 150_000 + b"1" + b"}" * 150_000,
}


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_a_body_that_makes_no_sense_is_refused(
    gateway: GatewayUnderTest, body: bytes, accept: str
) -> None:
    """4xx with a reason, whatever it is."""
    headers = {"content-type": JSON, "accept": accept}
    answer = await send(gateway, content=body, headers=headers)
    assert (400, "BAD_REQUEST") == (answer.status_code, code(answer))
    assert answer.headers["content-type"].startswith(accept)


async def test_a_body_that_is_too_large_is_refused(gateway: GatewayUnderTest) -> None:
    """Reading stops at the first byte beyond."""
    body = json.dumps({"query": QUERY, "variables": {"a": "x" * MAX_BODY_BYTES}}).encode()
    answer = await send(gateway, content=body, headers={"content-type": JSON})
    assert 413 == answer.status_code


@pytest.mark.parametrize(
    ("query", "json_status", "graphql_status", "said"),
    [
        ("{ viewer { role ", 200, 400, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", 200, 400, "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { nothing } }", 200, 400, "GRAPHQL_VALIDATION_FAILED"),
        ("query($id: ID!) { node(id: $id) { id } }", 200, 400, "BAD_USER_INPUT"),
        ('{ node(id: "rubbish") { id } }', 200, 200, "INVALID_INPUT"),
        ("{" * 5_000, 200, 400, "GRAPHQL_PARSE_FAILED"),
        ("{ a" * 3_000 + "}" * 3_000, 200, 400, "LIMIT_EXCEEDED"),
        ("{ a " * 20_000, 200, 400, "LIMIT_EXCEEDED"),
        ("query a { viewer { role } } query b { viewer { role } }", 200, 400, "BAD_REQUEST"),
    ],
)
async def test_statuses_follow_the_media_type(
    gateway: GatewayUnderTest, query: str, json_status: int, graphql_status: int, said: str
) -> None:
    """Well-formed requests are answered with 200 in plain JSON, whatever is in them; the newer
    media type says by its status whether anything was run."""
    for accept, status in ((JSON, json_status), (GRAPHQL, graphql_status), ("*/*", json_status)):
        headers = {"accept": accept}
        answer = await send(gateway, json={"query": query}, headers=headers)
        assert (status, said) == (answer.status_code, code(answer))


async def test_text_that_no_store_holds_is_refused_as_input(gateway: GatewayUnderTest) -> None:
    """NUL in any argument or variable: the caller's mistake, on every store."""
    in_document = '{ customers(email: "a\\u0000b") { nodes { id } } }'
    in_variable = "query($q: String!) { orders(query: $q) { nodes { id } } }"
    deep = "query($f: OrderFilter!) { orders(filter: $f) { nodes { id } } }"
    for payload in (
        {"query": in_document},
        {"query": in_variable, "variables": {"q": "a\0b"}},
        {"query": deep, "variables": {"f": {"connections": ["a\0"]}}},
    ):
        answer = await send(gateway, json=payload)
        assert "BAD_USER_INPUT" == code(answer)


async def test_a_subscription_is_not_answered_with_plain_json(gateway: GatewayUnderTest) -> None:
    """It needs a stream to come on."""
    document = "subscription { orderUpdated { cursor } }"
    answer = await send(gateway, json={"query": document}, headers={"accept": JSON})
    assert (406, "BAD_REQUEST") == (answer.status_code, code(answer))


@pytest.mark.parametrize("given", ["Bearer x", "Bearer", "Basic YTpi", "Bearer gw_nothing", "é"])
async def test_a_token_that_proves_nothing_is_refused(
    gateway: GatewayUnderTest, given: str
) -> None:
    """Who shows a wrong one is not taken for a stranger."""
    headers = {"authorization": given.encode()}
    answer = await send(gateway, json={"query": QUERY}, headers=headers)
    assert (401, "Bearer", "UNAUTHENTICATED") == (
        answer.status_code,
        answer.headers["www-authenticate"],
        code(answer),
    )


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """A field that has a bug, and what is in the log meanwhile."""

    def explode(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("the customer's secret is 1234")

    assert SCHEMA._schema.query_type
    viewer = SCHEMA._schema.query_type.fields["viewer"].extensions["strawberry-definition"]
    monkeypatch.setattr(viewer.base_resolver, "wrapped_func", explode)
    with structlog.testing.capture_logs() as log:
        yield log


async def test_a_bug_is_masked_and_found_by_its_id(
    gateway: GatewayUnderTest, broken: list[Any]
) -> None:
    """The caller learns an id and nothing else; whoever reads the log finds it there."""
    answer = await send(gateway, json={"query": "{ viewer { role } exceptions { nodes { id } } }"})
    error = answer.json()["errors"][0]
    id = error["extensions"]["id"]
    assert (200, "INTERNAL") == (answer.status_code, error["extensions"]["code"])
    assert "1234" not in answer.text
    assert [id] == [one["bug"] for one in broken if one["event"] == "bug"]
