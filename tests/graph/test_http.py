"""GraphQL over HTTP, beyond what is asked: which form an answer has, which it may not have, and who
may read it."""

import gzip
import json
from collections.abc import AsyncIterator

import brotli
import httpx2
import pytest
import zstandard

from gateway.web.messages import MAX_BODY_BYTES
from tests.gateways import ADMIN, GatewayUnderTest, gateway_over
from tests.graph.sending import send

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
STREAM = "text/event-stream"
URQL = f"{GRAPHQL}, application/graphql+json, {JSON}, {STREAM}, multipart/mixed"
APOLLO = f"multipart/mixed;deferSpec=20220824,{GRAPHQL},{JSON};q=0.9"
QUERY = "{ viewer { role } }"
ANSWER = {"viewer": {"role": "ADMIN"}}
LARGE = f"{{ viewer {{ {' '.join(f'a{number}: role' for number in range(99))} }} }}"
DEFERRED = "query($d: Boolean!) { ... @defer(if: $d) { viewer { role } } }"
SITE = "https://shop.example"


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    """One store is enough: nothing here is kept."""
    return sqlite_url


def error(answer: httpx2.Response) -> tuple[str, str]:
    """Return message and code of the only error."""
    [found] = answer.json()["errors"]
    return found["message"], found["extensions"]["code"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [(URQL, GRAPHQL), (APOLLO, GRAPHQL), (f"{JSON}, {STREAM}", JSON), ("*/*", JSON), ("", JSON)],
)
async def test_a_query_is_answered_with_json(
    gateway: GatewayUnderTest, accept: str, media: str
) -> None:
    """Also to a client that lists every way an answer may come."""
    answer = await send(gateway, json={"query": QUERY}, headers={"accept": accept})
    assert (200, f"{media}; charset=utf-8", ANSWER) == (
        answer.status_code,
        answer.headers["content-type"],
        answer.json()["data"],
    )


async def test_an_answer_is_kept_by_no_cache(gateway: GatewayUnderTest) -> None:
    """It is one caller's, and in the form that this caller takes."""
    answer = await send(gateway, json={"query": QUERY})
    assert ("no-store", True) == (
        answer.headers["cache-control"],
        "Accept" in answer.headers["vary"],
    )


@pytest.mark.parametrize("accept", ["text/html", f"{JSON};q=0", "application/xml, text/html;q=0.9"])
async def test_who_takes_no_form_that_there_is_is_told(
    gateway: GatewayUnderTest, accept: str
) -> None:
    """406, and as JSON all the same: an empty answer would not say why."""
    answer = await send(gateway, json={"query": QUERY}, headers={"accept": accept})
    assert 406 == answer.status_code
    assert (f"answers are {JSON}, {GRAPHQL} or {STREAM}", "BAD_REQUEST") == error(answer)


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, "*/*", URQL.replace(STREAM, "text/html")])
async def test_a_subscription_needs_a_stream(gateway: GatewayUnderTest, accept: str) -> None:
    """Whoever takes anything has not asked for an answer that does not end."""
    document = "subscription { orderUpdated { cursor } }"
    answer = await send(gateway, json={"query": document}, headers={"accept": accept})
    assert 406 == answer.status_code
    assert ("a subscription needs Accept: text/event-stream", "BAD_REQUEST") == error(answer)


async def test_who_takes_a_stream_only_learns_of_refusals_by_the_status(
    gateway: GatewayUnderTest,
) -> None:
    """200 would say that the stream has begun."""
    answer = await send(gateway, json={"query": "{ nothing }"}, headers={"accept": STREAM})
    assert (400, f"{JSON}; charset=utf-8") == (answer.status_code, answer.headers["content-type"])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_other_methods_are_refused(
    gateway: GatewayUnderTest, method: str, accept: str
) -> None:
    """405 says which there are, in the form of any other refusal."""
    answer = await send(gateway, method, headers={"accept": accept})
    assert (405, {"GET", "HEAD", "POST"}, f"{accept}; charset=utf-8") == (
        answer.status_code,
        set(answer.headers["allow"].split(", ")),
        answer.headers["content-type"],
    )
    assert ("Method Not Allowed: /graphql is for GET and POST", "BAD_REQUEST") == error(answer)


async def test_head_is_get_without_the_answer(gateway: GatewayUnderTest) -> None:
    """Its status and headers."""
    answer = await send(gateway, "HEAD", params={"query": QUERY})
    asked = await send(gateway, "GET", params={"query": QUERY})
    assert 200 == answer.status_code == asked.status_code
    assert answer.headers["content-length"] == asked.headers["content-length"]


async def test_elsewhere_there_is_nothing(gateway: GatewayUnderTest) -> None:
    """What is not of the graph is not answered as the graph answers."""
    answer = await send(gateway, "GET", "/nothing")
    assert (404, "Not Found") == (answer.status_code, answer.text)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": f"{JSON}; charset=iso-8859-1"},
        {"content-type": f"{JSON}; charset=utf-16"},
        {"content-type": "application/jsonp"},
        {"content-type": GRAPHQL},
        {"content-type": JSON, "content-encoding": "gzip"},
    ],
)
async def test_a_body_in_another_form_is_refused(
    gateway: GatewayUnderTest, headers: dict[str, str]
) -> None:
    """JSON in UTF-8, and not compressed: a few bytes could stand for gigabytes."""
    answer = await send(gateway, content=json.dumps({"query": QUERY}).encode(), headers=headers)
    assert (415, "BAD_REQUEST") == (answer.status_code, error(answer)[1])


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", '; Charset="UTF-8"', ";charset=utf8"])
async def test_utf_8_may_be_said(gateway: GatewayUnderTest, charset: str) -> None:
    """It is what JSON is in, said or not."""
    body = json.dumps({"query": QUERY}).encode()
    answer = await send(gateway, content=body, headers={"content-type": JSON + charset})
    assert (200, ANSWER) == (answer.status_code, answer.json()["data"])


async def test_a_body_that_is_announced_too_large_is_not_read(gateway: GatewayUnderTest) -> None:
    """Not one byte of it."""
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b" " * 65_536

    headers = {"content-type": JSON, "content-length": str(MAX_BODY_BYTES + 1)}
    answer = await send(gateway, content=body(), headers=headers)
    assert (413, 0) == (answer.status_code, read)
    assert ("the body is larger than 1048576 bytes", "BAD_REQUEST") == error(answer)


async def test_a_body_of_any_length_is_read_up_to_the_limit(gateway: GatewayUnderTest) -> None:
    """Whatever it announces, or does not."""
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 3 * MAX_BODY_BYTES:
            read += 65_536
            yield b" " * 65_536

    answer = await send(gateway, content=body(), headers={"content-type": JSON})
    assert (413, MAX_BODY_BYTES + 65_536) == (answer.status_code, read)


async def test_a_batch_is_refused(gateway: GatewayUnderTest) -> None:
    """One operation a request: connections are kept, and each operation has its own limits."""
    answer = await send(gateway, json=[{"query": QUERY}] * 5_000)
    assert 400 == answer.status_code
    assert ("a batch is not taken: send each operation by itself", "BAD_REQUEST") == error(answer)


# --- compression


@pytest.mark.parametrize("media", [JSON, GRAPHQL])
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br;q=0", "gzip"),
        ("identity", None),
        ("deflate", None),
    ],
)
async def test_an_answer_is_compressed_for_who_takes_it(
    gateway: GatewayUnderTest, media: str, accepted: str, encoding: str | None
) -> None:
    """It is the same answer, in fewer bytes."""
    headers = {"accept": media, "accept-encoding": accepted}
    answer, raw = await raw_bytes(gateway, {"query": LARGE}, headers)
    assert encoding == answer.headers.get("content-encoding")
    assert len(raw) == int(answer.headers["content-length"])
    plain = decoded(raw, encoding)
    assert "ADMIN" == json.loads(plain)["data"]["viewer"]["a98"]
    assert (encoding is not None) is (len(raw) < len(plain) / 2)
    assert {"Accept", "Accept-Encoding", "Origin"} == set(answer.headers["vary"].split(", "))


def decoded(raw: bytes, encoding: str | None) -> bytes:
    match encoding:
        case "gzip":
            return gzip.decompress(raw)
        case "br":
            return bytes(brotli.decompress(raw))
        case "zstd":
            return zstandard.ZstdDecompressor().decompress(raw)
    return raw


async def raw_bytes(
    gateway: GatewayUnderTest, payload: object, headers: dict[str, str]
) -> tuple[httpx2.Response, bytes]:
    """Return an answer, and its body as it was sent."""
    transport = httpx2.ASGITransport(app=gateway.app)
    headers = {**headers, "authorization": f"Bearer {gateway.token(ADMIN)}"}
    async with (
        httpx2.AsyncClient(transport=transport, base_url=gateway.url) as http,
        http.stream("POST", "/graphql", json=payload, headers=headers) as answer,
    ):
        return answer, b"".join([part async for part in answer.aiter_raw()])


@pytest.mark.parametrize(
    ("payload", "accept"),
    [
        ({"query": QUERY}, JSON),
        ({"query": LARGE}, STREAM),
        ({"query": DEFERRED, "variables": {"d": True}}, "multipart/mixed"),
    ],
    ids=["short", "stream", "parts"],
)
async def test_what_is_short_or_comes_in_parts_is_sent_as_it_is(
    gateway: GatewayUnderTest, payload: object, accept: str
) -> None:
    """A part must not wait in a compressor for the next."""
    headers = {"accept": accept, "accept-encoding": "gzip, br, zstd"}
    answer, raw = await raw_bytes(gateway, payload, headers)
    assert (200, None) == (answer.status_code, answer.headers.get("content-encoding"))
    assert answer.headers["content-type"].startswith(accept)
    assert b'"data"' in raw


# --- pages of other sites


@pytest.fixture
async def opened(sqlite_url: str) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that one site's pages may use."""
    async with gateway_over(sqlite_url, cors_origins=(SITE,)) as tested:
        yield tested


def preflight(origin: str, method: str = "POST") -> dict[str, str]:
    return {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization, content-type, last-event-id",
    }


async def test_a_page_of_a_named_site_may_ask(opened: GatewayUnderTest) -> None:
    """With a token and JSON, without asking for leave each time."""
    answer = await send(opened, "OPTIONS", headers=preflight(SITE))
    said = {name: value for name, value in answer.headers.items() if "access-control" in name}
    assert (200, {
        "access-control-allow-origin": SITE,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "Accept, Accept-Language, Content-Language, Content-Type, "
        "authorization, content-type, last-event-id",
        "access-control-max-age": "7200",
    }) == (answer.status_code, said)  # fmt: skip
    read = await send(opened, json={"query": QUERY}, headers={"origin": SITE})
    assert (SITE, "retry-after", ANSWER) == (
        read.headers["access-control-allow-origin"],
        read.headers["access-control-expose-headers"],
        read.json()["data"],
    )


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{SITE}.evil.example"])
async def test_a_page_of_another_site_may_not(opened: GatewayUnderTest, origin: str) -> None:
    """It is not told that it may read, and no cookie would be sent with it."""
    asked = await send(opened, "OPTIONS", headers=preflight(origin))
    read = await send(opened, json={"query": QUERY}, headers={"origin": origin})
    for answer in (asked, read):
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers
    assert 400 == asked.status_code


async def test_no_page_may_where_no_site_is_named(gateway: GatewayUnderTest) -> None:
    """The default."""
    asked = await send(gateway, "OPTIONS", headers=preflight(SITE))
    assert 400 == asked.status_code
    assert "access-control-allow-origin" not in asked.headers
