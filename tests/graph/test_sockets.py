"""WebSocket: one bad operation ends alone, a broken message ends the socket with its code."""

import asyncio
import json
import random
from collections import Counter
from typing import Any

import pytest
import structlog
import websockets

from gateway.web import websocket
from tests.gateways import ADMIN, GatewayUnderTest, served

QUERY = "{ viewer { role } }"


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
            ([init, '{"type": "connection_init", "payload": 7}'], 4400),
            ([init, json.dumps({"type": "complete", "id": "x" * 201})], 4400),
            ([init, json.dumps({"type": "é" * 200})], 4400),
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
        assert {"viewer": {"role": "ADMIN"}} == (await hear(socket))["payload"]["data"]
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


def rubbish(chance: random.Random, depth: int = 0) -> Any:
    """Return JSON that is a message, or nearly, or not at all."""
    kind = chance.randrange(4 if depth else 2)
    if kind == 0 and not depth:
        keys = ("id", "type", "payload", "query", "variables", "authorization", "extensions")
        return {key: rubbish(chance, 1) for key in chance.sample(keys, chance.randrange(5))}
    if kind == 1 and not depth:
        message = {
            "id": chance.choice(("1", "2")),
            "type": chance.choice(TYPES),
            "payload": {"query": QUERY, "variables": {}},
        }
        message[chance.choice(list(message))] = rubbish(chance, 1)
        return message
    if kind == 2 and depth < 4:
        return [rubbish(chance, depth + 1) for _ in range(chance.randrange(3))]
    if kind == 3 and depth < 4:
        key = chance.choice(("query", "payload", "authorization", "\0", "é"))
        return {key: rubbish(chance, depth + 1)}
    return chance.choice((None, True, 0, -1.5, 1e300, "", "1", QUERY, "Bearer x", "\0é", *TYPES))


TYPES = ("connection_init", "subscribe", "complete", "ping", "pong", "next", "error")


async def test_whatever_is_sent_no_socket_ends_but_with_a_code_of_the_protocol(
    gateway: GatewayUnderTest,
) -> None:
    """Hundreds of messages from a fixed seed: none is a bug, and whoever comes next is served."""
    chance = random.Random(20261201)
    codes = Counter[int]()
    with structlog.testing.capture_logs() as log:
        async with served(gateway) as running:
            socket = await ready(running)
            for number in range(300):
                try:
                    await socket.send(json.dumps(rubbish(chance)))
                    await say(socket, type="ping", payload={"number": number})
                    while {"number": number} != (await hear(socket)).get("payload"):
                        pass
                except websockets.exceptions.ConnectionClosed:
                    codes[await closed(socket)] += 1
                    socket = await ready(running)
            await socket.close()
            socket = await ready(running)
            await say(socket, id="1", type="subscribe", payload={"query": QUERY})
            assert {"viewer": {"role": "ADMIN"}} == (await hear(socket))["payload"]["data"]
            await socket.close()
    assert {4400, 4409, 4429} >= set(codes)
    assert min(codes[4400], 300 - codes.total()) > 30
    assert [] == [one for one in log if one["event"] == "bug"]
