"""@defer and @stream: what is put off comes in parts, written as the caller takes them; who takes
plain JSON only is given everything at once."""

import asyncio
import json
from typing import Any

import aiohttp
import httpx2
import pytest

from resolvers.schema import SCHEMA
from tests import records
from tests.gateways import ADMIN, GatewayUnderTest, served
from tests.graph.counting import statements
from tests.graph.sending import send
from tests.graph.test_subscriptions import hear, socket, subscribe
from tests.toys import Toy

DEFERRED = """query($on: Boolean! = true) { orders { nodes {
  number ... @defer(if: $on, label: "lines") { lines { sku } } } } }"""
NESTED = """{ viewer { role } ... @defer(label: "outer") { orders { nodes { number
  ... @defer(label: "inner") { lines { sku } } } } } }"""
STREAMED = """{ orders { nodes { number
  lines @stream(initialCount: 1, label: "more") { sku } } } }"""
LEGACY = "multipart/mixed; deferSpec=20220824"
SPEC = "incrementalSpec=v0.2"
CURRENT = f"multipart/mixed; {SPEC}"
GRAPHQL = "application/graphql-response+json"
URQL = f"{GRAPHQL}, application/graphql+json, application/json, text/event-stream, multipart/mixed"


@pytest.fixture
async def sold(gateway: GatewayUnderTest, shop: Toy) -> None:
    """One order with three lines."""
    lines = tuple(records.line(f"l{n}", sku=f"SKU-{n}") for n in (1, 2, 3))
    shop.hold(records.order("1", lines=lines))
    await gateway.backfill("shop")


async def ask(gateway: GatewayUnderTest, query: str, accept: str, **given: Any) -> httpx2.Response:
    return await send(gateway, json={"query": query, **given}, headers={"accept": accept})


def parts(answer: httpx2.Response) -> list[Any]:
    """Return the parts of an answer, without what it says of its sources."""
    preamble, *found, end = answer.content.split(b"\r\n---")
    assert (b"", b"--\r\n") == (preamble, end)
    head = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
    assert {head} == {one[: len(head)] for one in found}
    read = [json.loads(one[len(head) :]) for one in found]
    return [without_extensions(one) for one in read]


def without_extensions(part: dict[str, Any]) -> dict[str, Any]:
    return {name: part[name] for name in part if name != "extensions"}


LINES = [{"sku": f"SKU-{n}"} for n in (1, 2, 3)]
WHOLE = {"orders": {"nodes": [{"number": "#1", "lines": LINES}]}}
CURRENT_PARTS = {
    DEFERRED: [
        {
            "data": {"orders": {"nodes": [{"number": "#1"}]}},
            "pending": [{"id": "0", "path": ["orders", "nodes", 0], "label": "lines"}],
            "hasNext": True,
        },
        {
            "incremental": [{"id": "0", "data": {"lines": LINES}}],
            "completed": [{"id": "0"}],
            "hasNext": False,
        },
    ],
    NESTED: [
        {
            "data": {"viewer": {"role": "ADMIN"}},
            "pending": [{"id": "0", "path": [], "label": "outer"}],
            "hasNext": True,
        },
        {
            "pending": [{"id": "1", "path": ["orders", "nodes", 0], "label": "inner"}],
            "incremental": [
                {"id": "0", "data": {"orders": {"nodes": [{"number": "#1"}]}}},
                {"id": "1", "data": {"lines": LINES}},
            ],
            "completed": [{"id": "0"}, {"id": "1"}],
            "hasNext": False,
        },
    ],
    STREAMED: [
        {
            "data": {"orders": {"nodes": [{"number": "#1", "lines": LINES[:1]}]}},
            "pending": [{"id": "0", "path": ["orders", "nodes", 0, "lines"], "label": "more"}],
            "hasNext": True,
        },
        {
            "incremental": [{"id": "0", "items": LINES[1:]}],
            "completed": [{"id": "0"}],
            "hasNext": False,
        },
    ],
}
LEGACY_PARTS = {
    DEFERRED: [
        {"data": {"orders": {"nodes": [{"number": "#1"}]}}, "hasNext": True},
        {
            "incremental": [
                {"data": {"lines": LINES}, "path": ["orders", "nodes", 0], "label": "lines"}
            ],
            "hasNext": False,
        },
    ],
    NESTED: [
        {"data": {"viewer": {"role": "ADMIN"}}, "hasNext": True},
        {
            "incremental": [
                {
                    "data": {"orders": {"nodes": [{"number": "#1"}]}},
                    "path": [],
                    "label": "outer",
                },
                {"data": {"lines": LINES}, "path": ["orders", "nodes", 0], "label": "inner"},
            ],
            "hasNext": False,
        },
    ],
    STREAMED: [
        {
            "data": {"orders": {"nodes": [{"number": "#1", "lines": LINES[:1]}]}},
            "hasNext": True,
        },
        {
            "incremental": [
                {"items": LINES[1:], "path": ["orders", "nodes", 0, "lines", 1], "label": "more"}
            ],
            "hasNext": False,
        },
    ],
}


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize("accept", ["multipart/mixed", CURRENT, URQL])
async def test_parts_refer_to_what_was_announced(gateway: GatewayUnderTest, accept: str) -> None:
    """The current format, exactly: nothing is null, nothing comes twice."""
    for query, expected in CURRENT_PARTS.items():
        answer = await ask(gateway, query, accept)
        assert (200, f'multipart/mixed; boundary="-"; {SPEC}') == (
            answer.status_code,
            answer.headers["content-type"],
        )
        assert expected == parts(answer)


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize("accept", [LEGACY, f"{LEGACY}, {GRAPHQL}, application/json;q=0.9"])
async def test_parts_say_where_they_belong_to_who_asks_for_that(
    gateway: GatewayUnderTest, accept: str
) -> None:
    """The format of 2022: a path and a label in each."""
    for query, expected in LEGACY_PARTS.items():
        answer = await ask(gateway, query, accept)
        assert 'multipart/mixed; boundary="-"; deferSpec=20220824' == answer.headers["content-type"]
        assert expected == parts(answer)


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize("accept", ["application/json", GRAPHQL, "*/*"])
async def test_who_takes_one_answer_is_given_all_at_once(
    gateway: GatewayUnderTest, accept: str
) -> None:
    """What could be put off is not."""
    for query, data in (
        (DEFERRED, WHOLE),
        (NESTED, {"viewer": {"role": "ADMIN"}, **WHOLE}),
        (STREAMED, WHOLE),
    ):
        answer = await ask(gateway, query, accept)
        assert data == answer.json()["data"]
        assert not answer.headers["content-type"].startswith("multipart/")


@pytest.mark.usefixtures("sold")
async def test_an_event_stream_brings_each_part_as_an_event(gateway: GatewayUnderTest) -> None:
    """And ends by itself."""
    for query, expected in CURRENT_PARTS.items():
        answer = await ask(gateway, query, "text/event-stream")
        events = [one for one in answer.text.split("\n\n") if one.startswith("event: next\ndata: ")]
        found = [json.loads(one.removeprefix("event: next\ndata: ")) for one in events]
        assert expected == [without_extensions(one) for one in found]
        assert answer.text.endswith("\n\nevent: complete\ndata:\n\n")


@pytest.mark.usefixtures("sold")
async def test_a_socket_brings_each_part_as_a_message(gateway: GatewayUnderTest) -> None:
    """And then the operation is complete."""
    async with served(gateway) as running, socket(running) as opened:
        for query, expected in CURRENT_PARTS.items():
            await subscribe(opened, query)
            for part in expected:
                heard = await hear(opened)
                assert ("next", part) == (heard["type"], without_extensions(heard["payload"]))
            assert {"id": "1", "type": "complete"} == await hear(opened)


@pytest.mark.usefixtures("sold")
async def test_an_answer_of_which_nothing_is_put_off_is_no_multipart(
    gateway: GatewayUnderTest,
) -> None:
    """A variable says so, or the document is refused."""
    answer = await ask(gateway, DEFERRED, "multipart/mixed", variables={"on": False})
    assert ("application/json; charset=utf-8", WHOLE) == (
        answer.headers["content-type"],
        answer.json()["data"],
    )
    for wrong, code in (
        ("{ viewer { role @stream } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { ... @defer { orderUpdated { cursor } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a: Int!) { viewer { ... @defer { role } } }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "query($a: Int!) { orders(first: $a) { ... @defer { nodes { id } } } }",
            "BAD_USER_INPUT",
        ),
    ):
        answer = await ask(gateway, wrong, "multipart/mixed")
        assert "application/json; charset=utf-8" == answer.headers["content-type"]
        assert code == answer.json()["errors"][0]["extensions"]["code"]


@pytest.mark.usefixtures("sold")
async def test_a_bug_in_a_part_is_masked_and_ends_that_part_alone(
    gateway: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the current format its end says why, in the legacy one its data is null."""

    def explode(*_: Any) -> None:
        raise ZeroDivisionError("the customer's secret is 1234")

    line: Any = SCHEMA._schema.type_map["OrderLine"]
    monkeypatch.setattr(line.fields["sku"], "resolve", explode)
    answers = [await ask(gateway, DEFERRED, accept) for accept in (CURRENT, LEGACY)]
    assert "1234" not in "".join(one.text for one in answers)
    current, legacy = ([parts(one)[1]][0] for one in answers)
    [ended] = current.pop("completed")
    [failed] = legacy.pop("incremental")
    assert {"hasNext": False} == current == legacy
    assert ("0", None) == (ended["id"], failed["data"])
    for error in (ended["errors"], failed["errors"]):
        assert ("INTERNAL", ["orders", "nodes", 0, "lines", 0, "sku"]) == (
            error[0]["extensions"]["code"],
            error[0]["path"],
        )


async def test_what_is_put_off_is_read_together(gateway: GatewayUnderTest, shop: Toy) -> None:
    """As many statements for one order as for many."""
    query = "{ orders { nodes { number ... @defer { customer { email } returns { id } } } } }"
    counts = []
    for number in (1, 2, 9):
        shop.hold(*(records.order(str(n), customer_id=f"c{n}") for n in range(number)))
        shop.hold(*(records.customer(f"c{n}", email=f"{n}@example.com") for n in range(number)))
        await gateway.backfill("shop")
        with statements() as seen:
            found = parts(await ask(gateway, query, CURRENT))
        assert number == len(found[0]["pending"])
        counts.append(len(seen))
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.usefixtures("sold")
async def test_what_is_put_off_ends_when_the_caller_is_gone(
    gateway: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP and over a socket: nobody waits for it."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait(*_: Any) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    line: Any = SCHEMA._schema.type_map["OrderLine"]
    monkeypatch.setattr(line.fields["sku"], "resolve", wait)
    async with served(gateway) as running, asyncio.timeout(20):
        headers = {"accept": CURRENT, "authorization": f"Bearer {gateway.token(ADMIN)}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            for accept in (CURRENT, "text/event-stream"):
                async with http.post(
                    f"{running.url}/graphql", json={"query": DEFERRED}, headers={"accept": accept}
                ) as answer:
                    while b"hasNext" not in await answer.content.readline():
                        pass
                    await begun.wait()
                await ended.wait()
                begun.clear()
                ended.clear()
        async with socket(running) as opened:
            await subscribe(opened, DEFERRED)
            assert "pending" in (await hear(opened))["payload"]
            await begun.wait()
            await opened.send(json.dumps({"id": "1", "type": "complete"}))
            await ended.wait()
            await subscribe(opened, "{ viewer { role } }")
            answer = (await hear(opened))["payload"]
            assert {"data": {"viewer": {"role": "ADMIN"}}} == without_extensions(answer)
