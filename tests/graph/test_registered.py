"""Documents that are named instead of sent, over each transport."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.settings import ConfigurationError, load
from tests.gateways import ADMIN, GatewayUnderTest, gateway_over, served
from tests.graph.sending import send
from tests.graph.test_subscriptions import hear, socket

ROLE = "query Role { viewer { role } }"
EVENTS = "subscription Events { events { cursor } }"
ANSWER = {"viewer": {"role": "ADMIN"}}
HASH = hashlib.sha256(ROLE.encode()).hexdigest()
PERSISTED = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}
STREAM = "text/event-stream"


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    """One store is enough: nothing here is kept."""
    return sqlite_url


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    """Two clients' documents."""
    folder = tmp_path / "documents"
    folder.mkdir()
    web = {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": HASH, "name": "Role", "type": "query", "body": ROLE}],
    }
    (folder / "web.json").write_text(json.dumps(web))
    (folder / "phone.json").write_text(json.dumps({"events": EVENTS}))
    return folder


@pytest.fixture
async def trusting(store_url: str, manifests: Path) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that runs trusted documents only."""
    async with gateway_over(
        store_url, trusted_documents=manifests, trusted_documents_only=True
    ) as tested:
        yield tested


def error(answer: httpx2.Response) -> tuple[int, str, str]:
    [found] = answer.json()["errors"]
    return answer.status_code, found["message"], found["extensions"]["code"]


def data(answer: httpx2.Response) -> Any:
    assert 200 == answer.status_code, answer.text
    return answer.json()["data"]


# --- persisted by who sends them first


@pytest.mark.parametrize(
    ("accept", "status"), [("application/json", 200), ("application/graphql-response+json", 400)]
)
async def test_a_document_is_sent_once_and_named_from_then_on(
    gateway: GatewayUnderTest, accept: str, status: int
) -> None:
    """First an unknown hash, then both, then the hash alone: by POST, and by GET."""
    headers = {"accept": accept}
    missing = (status, "PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    assert missing == error(await send(gateway, json={"extensions": PERSISTED}, headers=headers))
    both = {"query": ROLE, "extensions": PERSISTED}
    assert ANSWER == data(await send(gateway, json=both, headers=headers))
    assert ANSWER == data(await send(gateway, json={"extensions": PERSISTED}, headers=headers))
    params = {"operationName": "Role", "extensions": json.dumps(PERSISTED)}
    assert ANSWER == data(await send(gateway, "GET", params=params, headers=headers))
    params = {"documentId": f"sha256:{HASH}"}
    assert ANSWER == data(await send(gateway, "GET", params=params, headers=headers))


async def test_a_wrong_hash_is_refused(gateway: GatewayUnderTest) -> None:
    """And the document is not run."""
    payload = {"query": "{ viewer { id } }", "extensions": PERSISTED}
    said = (200, "provided sha does not match query", "PERSISTED_QUERY_HASH_MISMATCH")
    assert said == error(await send(gateway, json=payload))


async def test_an_invalid_document_is_refused_with_its_reasons(gateway: GatewayUnderTest) -> None:
    """As without a hash; and it is not known afterwards."""
    text = "{ nothing }"
    hash = hashlib.sha256(text.encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hash}}
    refused = error(await send(gateway, json={"query": text, "extensions": extensions}))
    assert "GRAPHQL_VALIDATION_FAILED" == refused[2]
    again = error(await send(gateway, json={"extensions": extensions}))
    assert "PERSISTED_QUERY_NOT_FOUND" == again[2]


@pytest.mark.parametrize(
    "persisted",
    [
        7,
        [],
        {},
        {"version": 2, "sha256Hash": HASH},
        {"version": 1},
        {"version": 1, "sha256Hash": ""},
        {"version": 1, "sha256Hash": 7},
    ],
)
async def test_a_hash_that_is_none_is_refused(gateway: GatewayUnderTest, persisted: object) -> None:
    """400: it is no request."""
    payload = {"query": ROLE, "extensions": {"persistedQuery": persisted}}
    said = "extensions.persistedQuery: version 1, and a sha256Hash"
    assert (400, said, "BAD_REQUEST") == error(await send(gateway, json=payload))


async def test_a_mutation_is_not_run_by_get_either_way(gateway: GatewayUnderTest) -> None:
    """Its hash is as good as its text."""
    text = "mutation { __typename }"
    hash = hashlib.sha256(text.encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hash}}
    assert (
        "Mutation"
        == data(await send(gateway, json={"query": text, "extensions": extensions}))["__typename"]
    )
    answer = await send(gateway, "GET", params={"extensions": json.dumps(extensions)})
    assert 405 == answer.status_code


# --- trusted


@pytest.mark.parametrize(
    "payload",
    [
        {"documentId": HASH},
        {"documentId": f"sha256:{HASH}"},
        {"id": HASH},
        {"extensions": PERSISTED},
        {"query": ROLE, "extensions": PERSISTED},
        {"query": ROLE},
    ],
)
async def test_a_trusted_document_runs_however_it_is_named(
    trusting: GatewayUnderTest, payload: object
) -> None:
    """By its id, in each way that clients name one, or by itself."""
    assert ANSWER == data(await send(trusting, json=payload))


STRANGE = "query Role { viewer { role  } }"
NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"


@pytest.mark.parametrize(
    "payload",
    [
        {"query": STRANGE},
        {"query": "{ __schema { types { name } } }"},
        {"documentId": "unknown"},
        {
            "query": STRANGE,
            "extensions": {
                "persistedQuery": {
                    "version": 1,
                    "sha256Hash": hashlib.sha256(STRANGE.encode()).hexdigest(),
                }
            },
        },
        {"query": STRANGE, "documentId": HASH},
    ],
)
async def test_no_other_runs(trusting: GatewayUnderTest, payload: dict[str, Any]) -> None:
    """By POST, by GET and as a stream; 403 whoever asks."""
    said = (403, "only registered documents run here", NOT_TRUSTED)
    assert said == error(await send(trusting, json=payload))
    assert said == error(await send(trusting, json=payload, headers={"accept": STREAM}))
    params = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in payload.items()
    }
    assert said == error(await send(trusting, "GET", params=params))


async def test_no_other_runs_on_a_socket(trusting: GatewayUnderTest) -> None:
    """It is refused alone; what is trusted runs beside it."""
    async with served(trusting) as running, socket(running) as opened:
        for id, payload in {"1": {"query": STRANGE}, "2": {"documentId": HASH}}.items():
            await opened.send(json.dumps({"id": id, "type": "subscribe", "payload": payload}))
        heard = {}
        while "complete" not in heard:
            message = await hear(opened)
            heard[message["type"]] = (message["id"], message.get("payload"))
    assert ["error", "next", "complete"] == list(heard)
    assert ("1", NOT_TRUSTED) == (heard["error"][0], heard["error"][1][0]["extensions"]["code"])
    assert ("2", ANSWER) == (heard["next"][0], heard["next"][1]["data"])


async def test_a_trusted_subscription_is_named(trusting: GatewayUnderTest) -> None:
    """Here over server-sent events."""
    refused = await send(trusting, json={"documentId": "events"})
    assert (406, "BAD_REQUEST") == (error(refused)[0], error(refused)[2])
    async with served(trusting) as running, httpx2.AsyncClient(base_url=running.url) as http:
        headers = {"accept": STREAM, "authorization": f"Bearer {running.token(ADMIN)}"}
        async with http.stream(
            "POST", "/graphql", json={"documentId": "events"}, headers=headers
        ) as answer:
            assert (200, f"{STREAM}; charset=utf-8") == (
                answer.status_code,
                answer.headers["content-type"],
            )


async def test_a_trusted_document_that_cannot_run_fails_the_start(
    store_url: str, manifests: Path
) -> None:
    """In one line: whose, which, and why."""
    (manifests / "till.json").write_text(json.dumps({"old": "{ nothing }"}))
    with pytest.raises(ConfigurationError) as raised:
        async with gateway_over(store_url, trusted_documents=manifests):
            pass
    reason = "Cannot query field 'nothing' on type 'Query'."
    assert f"GATEWAY_TRUSTED_DOCUMENTS: till.json: old: {reason}" == str(raised.value)


def test_trusting_nothing_else_needs_a_folder() -> None:
    """Otherwise nothing would run at all."""
    with pytest.raises(ConfigurationError) as raised:
        load(trusted_documents_only=True)
    said = "GATEWAY_TRUSTED_DOCUMENTS: required with GATEWAY_TRUSTED_DOCUMENTS_ONLY"
    assert said == str(raised.value)
