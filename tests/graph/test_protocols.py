"""HTTP, WebSocket and webhooks: what is well-formed is answered, what is not is refused, and
nothing that a stranger sends is the server's fault."""

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import structlog
import websockets
from sqlalchemy import text

from connectors.sdk.changes import Touched
from connectors.sdk.records import Kind
from gateway.sync import inbox
from gateway.web import websocket
from gateway.web.messages import MAX_BODY_BYTES
from gateway.web.webhooks import MAX_BODY_BYTES as MAX_WEBHOOK_BYTES
from resolvers.schema import SCHEMA
from tests import records
from tests.gateways import ADMIN, GatewayUnderTest, served
from tests.toys import SECRET, Toy, sign

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
QUERY = "{ viewer { role } }"
CANCEL = """mutation { orderCancel(input: {idempotencyKey: "k", id: "x", reason: "r"}) {
  userErrors { code } } }"""


async def send(
    gateway: GatewayUnderTest, method: str = "POST", path: str = "/graphql", **given: Any
) -> httpx2.Response:
    """Send one request to the application; what it raises is the test's failure."""
    transport = httpx2.ASGITransport(app=gateway.app)
    headers = {"authorization": f"Bearer {gateway.token(ADMIN)}", **given.pop("headers", {})}
    async with httpx2.AsyncClient(transport=transport, base_url=gateway.url) as http:
        return await http.request(method, path, headers=headers, **given)


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
    assert (200, {"data": {"viewer": {"role": "ADMIN"}}}) == (answer.status_code, answer.json())


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
        ("{ a" * 3_000 + "}" * 3_000, 200, 400, "GRAPHQL_PARSE_FAILED"),
        ("{ a " * 20_000, 200, 400, "GRAPHQL_PARSE_FAILED"),
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

    def explode(*_: Any) -> None:
        raise ZeroDivisionError("the customer's secret is 1234")

    assert SCHEMA._schema.query_type
    monkeypatch.setattr(SCHEMA._schema.query_type.fields["viewer"], "resolve", explode)
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


# --- WebSocket


async def connect(gateway: GatewayUnderTest, *, protocol: str | None = websocket.PROTOCOL) -> Any:
    url = gateway.url.replace("http", "ws") + "/graphql"
    subprotocols: Any = [protocol] if protocol else None
    return await websockets.connect(url, subprotocols=subprotocols, max_size=None)


async def say(socket: Any, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: Any) -> dict[str, Any]:
    heard: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 10))
    return heard


async def ready(gateway: GatewayUnderTest) -> Any:
    socket = await connect(gateway)
    token = f"Bearer {gateway.token(ADMIN)}"
    await say(socket, type="connection_init", payload={"authorization": token})
    assert {"type": "connection_ack"} == await hear(socket)
    return socket


async def closed(socket: Any) -> int:
    await asyncio.wait_for(socket.wait_closed(), 10)
    found: int = socket.close_code
    return found


async def test_broken_messages_close_the_socket_with_the_protocols_code(
    gateway: GatewayUnderTest,
) -> None:
    """4400 for what is no message, 4401 before init, 4403 for a bad token, 4409, 4429, 4406."""
    subscribe = '{"id": "1", "type": "subscribe", "payload": {"query": "{ viewer { role } }"}}'
    waiting = (
        '{"id": "1", "type": "subscribe", "payload": '
        '{"query": "subscription { orderUpdated { cursor } }"}}'
    )
    init = '{"type": "connection_init"}'
    async with served(gateway) as running:
        for sent, expected in (
            (["rubbish"], 4400),
            (["[]"], 4400),
            (["null"], 4400),
            (['{"type": 7}'], 4400),
            (['{"type": "start"}'], 4400),
            (["[" * 100_000], 4400),
            ([b"\x00\x01"], 4400),
            ([init, '{"type": "subscribe", "payload": {}}'], 4400),
            ([init, '{"type": "complete"}'], 4400),
            ([init, "x" * (websocket.MAX_MESSAGE_BYTES + 1)], 4400),
            ([init, "é" * (websocket.MAX_MESSAGE_BYTES // 2 + 1)], 4400),
            ([subscribe], 4401),
            (['{"type": "connection_init", "payload": {"authorization": "Bearer x"}}'], 4403),
            ([init, init], 4429),
        ):
            socket = await connect(running)
            for message in sent:
                await socket.send(message)
            assert (expected, str(sent)[:80]) == (await closed(socket), str(sent)[:80])
        socket = await ready(running)
        await socket.send(waiting)
        await socket.send(waiting)
        assert 4409 == await closed(socket)
        for protocol in (None, "graphql-ws"):
            with pytest.raises(Exception) as refused:
                socket = await connect(running, protocol=protocol)
                assert 4406 == await closed(socket)
                raise websockets.exceptions.NegotiationError("closed with 4406")
            assert isinstance(refused.value, websockets.exceptions.WebSocketException)


async def test_who_does_not_begin_is_closed(
    gateway: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4408 after a while, and nothing was sent until then."""
    assert 10.0 == websocket.INIT_TIMEOUT_S
    monkeypatch.setattr(websocket, "INIT_TIMEOUT_S", 0.05)
    async with served(gateway) as running:
        socket = await connect(running)
        assert 4408 == await closed(socket)
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            await socket.recv()


async def test_a_bad_operation_ends_alone(gateway: GatewayUnderTest) -> None:
    """Of many operations on one socket each has its own fate."""
    async with served(gateway) as running:
        socket = await ready(running)
        for id, payload in (
            ("parse", {"query": "{"}),
            ("unknown", {"query": "{ nothing }"}),
            ("none", None),
            ("variables", {"query": QUERY, "variables": 7}),
            ("deep", {"query": "{ a" * 3000 + "}" * 3000}),
        ):
            await say(socket, id=id, type="subscribe", payload=payload)
            heard = await hear(socket)
            assert (id, "error") == (heard["id"], heard["type"])
            assert isinstance(heard["payload"], list)
        await say(socket, type="ping")
        assert {"type": "pong"} == await hear(socket)
        await say(socket, id="good", type="subscribe", payload={"query": QUERY})
        assert {"data": {"viewer": {"role": "ADMIN"}}} == (await hear(socket))["payload"]
        assert {"id": "good", "type": "complete"} == await hear(socket)
        await socket.close()


async def test_an_id_is_free_again_once_its_operation_was_ended(gateway: GatewayUnderTest) -> None:
    """Ended and begun again at once, it is one operation that can be ended again."""
    document = "subscription { orderUpdated { cursor } }"
    async with served(gateway) as running:
        socket = await ready(running)
        for _ in range(5):
            await say(socket, id="1", type="subscribe", payload={"query": document})
            await say(socket, id="1", type="complete")
        await say(socket, id="1", type="subscribe", payload={"query": document})
        await say(socket, type="ping")
        assert {"type": "pong"} == await hear(socket)
        await say(socket, id="1", type="subscribe", payload={"query": document})
        assert 4409 == await closed(socket)


async def test_operations_on_one_socket_are_bounded(
    gateway: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more is refused by itself; the others go on."""
    assert 100 == websocket.MAX_OPERATIONS
    monkeypatch.setattr(websocket, "MAX_OPERATIONS", 3)
    document = "subscription { orderUpdated { cursor } }"
    async with served(gateway) as running:
        socket = await ready(running)
        for number in range(4):
            await say(socket, id=str(number), type="subscribe", payload={"query": document})
        heard = await hear(socket)
        assert ("3", "error") == (heard["id"], heard["type"])
        await say(socket, id="0", type="complete")
        await say(socket, id="4", type="subscribe", payload={"query": QUERY})
        assert "4" == (await hear(socket))["id"]
        await socket.close()


# --- webhooks

KEPT = "SELECT count(*) FROM inbox"
BACKLOG = """{ connections { id backlog { deliveries quarantined } }
  exceptions { nodes { code message } } orders { nodes { number version } } }"""


async def kept(gateway: GatewayUnderTest) -> int:
    async with gateway.gateway.units.read() as unit:
        return await unit.connection.scalar(text(KEPT)) or 0


async def test_only_the_very_body_with_its_own_signature_is_taken(
    gateway: GatewayUnderTest,
) -> None:
    """Missing, empty, cut, foreign and altered signatures: 401, and nothing is kept."""
    draw = random.Random(7)
    for number in range(200):
        body = draw.randbytes(draw.randrange(200))
        genuine = sign(body)
        spot = draw.randrange(len(genuine))
        wrong = (
            None,
            "",
            genuine[:spot],
            sign(body, SECRET + "x"),
            sign(body + b" "),
            genuine.upper() if genuine.upper() != genuine else "",
            genuine[:spot] + ("0" if genuine[spot] != "0" else "1") + genuine[spot + 1 :],
            draw.randbytes(32).hex(),
        )[number % 8]
        headers = {} if wrong is None else {"x-toy-signature": wrong}
        assert 401 == await gateway.post("/webhooks/shop", body, headers)
    assert 0 == await kept(gateway)


async def test_a_delivery_that_comes_again_changes_nothing(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """202 the first time, 200 each time after."""
    shop.hold(records.order("1"))
    delivery = shop.delivery("d1", (Kind.ORDER, "1"))
    assert [202, 200, 200] == [await gateway.post("/webhooks/shop", *delivery) for _ in range(3)]
    await gateway.settle()
    assert 200 == await gateway.post("/webhooks/shop", *delivery)
    await gateway.settle()
    assert 1 == await kept(gateway)
    assert [{"number": "#1", "version": 1}] == (await gateway.data(BACKLOG))["orders"]["nodes"]


async def test_nobodys_webhooks_are_refused(gateway: GatewayUnderTest, shop: Toy) -> None:
    """404 for a connection that is not here, 413 for what is too large."""
    delivery = shop.delivery("d1", (Kind.ORDER, "1"))
    large = b"x" * (MAX_WEBHOOK_BYTES + 1)
    assert 404 == await gateway.post("/webhooks/nobody", *delivery)
    assert 413 == await gateway.post("/webhooks/shop", large, {"x-toy-signature": sign(large)})
    assert 405 == (await send(gateway, "GET", "/webhooks/shop")).status_code
    assert 0 == await kept(gateway)


@pytest.mark.parametrize("fault", ["is_malformed", "is_bug"])
async def test_a_delivery_that_cannot_be_read_waits_visibly_and_is_taken_in_after_a_fix(
    gateway: GatewayUnderTest, shop: Toy, till: Toy, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the connector's contract or the connector itself that is broken: others go on."""
    shop.hold(records.order("1"), records.order("2"))
    till.hold(records.order("3"))
    deliveries = (
        shop.delivery("good", (Kind.ORDER, "1")),
        shop.delivery("bad", (Kind.ORDER, "2"), **{fault: True}),
    )
    for delivery in deliveries:
        assert 202 == await gateway.post("/webhooks/shop", *delivery)
    assert 202 == await gateway.post("/webhooks/till", *till.delivery("d", (Kind.ORDER, "3")))
    await gateway.settle()
    shown = await gateway.data(BACKLOG)
    backlog = {one["id"]: one["backlog"]["quarantined"] for one in shown["connections"]}
    assert {"market": 0, "shop": 1, "till": 0} == backlog
    assert {"#1", "#3"} == {one["number"] for one in shown["orders"]["nodes"]}
    raised = [one for one in shown["exceptions"]["nodes"] if one["code"] == "QUARANTINED"]
    assert 1 == len(raised)
    assert "shop" in raised[0]["message"]

    mended = [Touched(kind=Kind.ORDER, external_id="2")]
    monkeypatch.setattr(shop, "decode", lambda *_: mended)
    async with gateway.gateway.units.write() as unit:
        assert 1 == await inbox.retry(unit, "shop", gateway.gateway.services.clock())
    await gateway.settle()
    after = await gateway.data(BACKLOG)
    assert {"#1", "#2", "#3"} == {one["number"] for one in after["orders"]["nodes"]}
    assert [] == [one for one in after["exceptions"]["nodes"] if one["code"] == "QUARANTINED"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"id": null}',
        b'{"id":"x","touched":[["fish","1"]]}',
    ],
)
async def test_a_genuine_delivery_of_rubbish_is_kept_for_people_to_see(
    gateway: GatewayUnderTest, body: bytes
) -> None:
    """The sender is told that it arrived, or it would send it for ever."""
    assert 202 == await gateway.post("/webhooks/shop", body, {"x-toy-signature": sign(body)})
    await gateway.settle()
    shown = await gateway.data(BACKLOG)
    assert (
        1
        == next(one for one in shown["connections"] if one["id"] == "shop")["backlog"][
            "quarantined"
        ]
    )
    assert "QUARANTINED" in [one["code"] for one in shown["exceptions"]["nodes"]]


@pytest.mark.parametrize("id", ["x" * 300, "a\0b", "é" * 255])
async def test_a_delivery_with_an_odd_id_is_kept_once(
    gateway: GatewayUnderTest, shop: Toy, id: str
) -> None:
    """Whatever a system calls its deliveries, they fit and are told apart."""
    shop.hold(records.order("1"))
    delivery = shop.delivery(id, (Kind.ORDER, "1"))
    other = shop.delivery(id + "2", (Kind.ORDER, "1"))
    posts = [await gateway.post("/webhooks/shop", *one) for one in (delivery, delivery, other)]
    assert ([202, 200, 202], 2) == (posts, await kept(gateway))


async def test_a_connector_that_breaks_while_verifying_is_named_and_alone(
    gateway: GatewayUnderTest, shop: Toy, till: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the sender's fault, who may send again; the log says whose it is."""

    def verify(*_: Any) -> None:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")

    monkeypatch.setattr(shop, "verify", verify)
    with structlog.testing.capture_logs() as log:
        assert 500 == await gateway.post("/webhooks/shop", *shop.delivery("d1"))
    assert ["shop"] == [one["connection"] for one in log if one.get("connection") == "shop"]
    assert 0 == await kept(gateway)
    assert 202 == await gateway.post("/webhooks/till", *till.delivery("d1", (Kind.ORDER, "1")))
