"""WebSocket: what a caller may hold, and for how long; how a credential is renewed meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import websockets

from gateway.auth.scopes import Scope
from gateway.web import websocket
from gateway.web.streams import wire
from tests.gateways import ADMIN, AGENT, GatewayUnderTest, gateway_over, served
from tests.graph.test_sockets import QUERY, closed, connect, hear, ready, say
from tests.graph.test_subscriptions import EVENTS, beginning, move, news, socket, subscribe
from tests.toys import Toy, outside
from tests.trading import Hands

FOLLOW = {"query": EVENTS}


async def renew(opened: Any, token: str) -> Any:
    """Send a token and return what is said to it."""
    await say(opened, type="ping", payload={"authorization": f"Bearer {token}"})
    return await hear(opened)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets are looked after all the time."""
    monkeypatch.setattr(websocket, "INIT_TIMEOUT_S", 0.05)
    monkeypatch.setattr(websocket, "RECHECK_S", 0.05)


@asynccontextmanager
async def aging(store_url: str, shop: Toy) -> AsyncIterator[tuple[GatewayUnderTest, Hands]]:
    """A gateway that is served, and its clock: tokens are good for an hour of it."""
    clock = Hands()
    async with (
        gateway_over(store_url, [shop.connection], clock=clock, outside=outside(shop)) as gateway,
        served(gateway) as running,
    ):
        yield running, clock


@pytest.mark.usefixtures("hasty")
async def test_a_credential_is_renewed_and_what_runs_goes_on(store_url: str, shop: Toy) -> None:
    """By a ping that carries the next one; nothing is missed, nothing begins anew."""
    async with aging(store_url, shop) as (gateway, clock), socket(gateway) as opened:
        await subscribe(opened, EVENTS)
        for minutes in (1, 2, 3):
            clock.turn(minutes=50)
            assert {"type": "pong", "payload": {"renewed": True}} == await renew(
                opened, gateway.token(ADMIN)
            )
            await move(gateway, shop, minutes)
            assert minutes == (await news(opened))["sequence"]
        clock.turn(minutes=70)
        ended = await hear(opened)
        assert ("1", "UNAUTHENTICATED") == (
            ended["id"],
            ended["payload"][0]["extensions"]["code"],
        )
        assert {"type": "pong", "payload": {"renewed": True}} == await renew(
            opened, gateway.token(ADMIN)
        )
        await subscribe(opened, QUERY, id="2")
        assert "next" == (await hear(opened))["type"]


async def test_a_credential_of_somebody_else_renews_nothing(gateway: GatewayUnderTest) -> None:
    """Nor one that proves nothing, or less; the former stays in force, and no token is echoed."""
    less = replace(ADMIN, scopes=ADMIN.scopes - {Scope.ORDERS_READ})
    refused = {"type": "pong", "payload": {"renewed": False}}
    async with served(gateway) as running, socket(running) as opened:
        await subscribe(opened, EVENTS)
        for token in ("x", gateway.token(AGENT), gateway.token(less)):
            assert refused == await renew(opened, token)
        await subscribe(opened, QUERY, id="2")
        assert {"role": "ADMIN"} == (await news(opened))
        async with socket(running, AGENT) as other:
            assert refused == await renew(other, gateway.token(ADMIN))
            await subscribe(other, QUERY)
            assert {"role": "AGENT"} == (await news(other))
        stranger = await connect(running)
        assert refused == await renew(stranger, gateway.token(ADMIN))
        await say(stranger, id="1", type="subscribe", payload={"query": QUERY})
        assert 4401 == await closed(stranger)


async def test_a_ping_is_answered_with_what_it_says(gateway: GatewayUnderTest) -> None:
    """Also before the beginning; not with anything of any length."""
    async with served(gateway) as running:
        opened = await connect(running)
        for sent in ({"n": 1}, None, {}):
            await say(opened, type="ping", payload=sent)
            assert {"type": "pong", **({"payload": sent} if sent else {})} == await hear(opened)
        await say(opened, type="pong", payload={"n": 1})
        await say(opened, type="connection_init", payload=None)
        assert {"type": "connection_ack"} == await hear(opened)
        await opened.close()
        for payload in ("x", 7, [], {"x": "y" * websocket.MAX_PING_BYTES}):
            opened = await connect(running)
            await say(opened, type="ping", payload=payload)
            assert 4400 == await closed(opened)


async def test_a_caller_has_so_many_sockets_and_subscriptions(store_url: str, shop: Toy) -> None:
    """Over whatever transport; another caller is not hindered, and what ends makes room."""
    async with (
        gateway_over(
            store_url,
            [shop.connection],
            outside=outside(shop),
            max_sockets=2,
            max_subscriptions=2,
        ) as gateway,
        served(gateway) as running,
        socket(running) as first,
        socket(running) as second,
        stream(running) as streaming,
    ):
        third = await connect(running)
        token = f"Bearer {gateway.token(ADMIN)}"
        await say(third, type="connection_init", payload={"authorization": token})
        assert (1013, "more than 2 sockets at once") == (await closed(third), third.close_reason)
        assert 200 == streaming.status
        await subscribe(first, EVENTS)
        await subscribe(second, EVENTS, id="2")
        heard = await hear(second)
        assert ("2", "error", "RATE_LIMITED") == (
            heard["id"],
            heard["type"],
            heard["payload"][0]["extensions"]["code"],
        )
        async with stream(running) as refused:
            assert (429, "RATE_LIMITED") == (
                refused.status,
                (await refused.json())["errors"][0]["extensions"]["code"],
            )
        async with socket(running, AGENT) as other:
            await subscribe(other, EVENTS)
            await say(other, type="ping")
            assert {"type": "pong"} == await hear(other)
        streaming.close()
        async with asyncio.timeout(20):
            while "error" == await began(second):
                pass


async def began(opened: Any) -> str:
    """Subscribe, and return what is heard first."""
    await subscribe(opened, EVENTS, id="3")
    await say(opened, type="ping")
    return str((await hear(opened))["type"])


@asynccontextmanager
async def stream(gateway: GatewayUnderTest) -> AsyncIterator[aiohttp.ClientResponse]:
    headers = {
        "accept": "text/event-stream",
        "authorization": f"Bearer {gateway.token(ADMIN)}",
    }
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{gateway.url}/graphql", json=FOLLOW, headers=headers) as answer,
    ):
        yield answer


@pytest.mark.usefixtures("hasty")
async def test_a_socket_on_which_nothing_happens_is_closed(
    gateway: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one on which something runs."""
    assert 600.0 == websocket.IDLE_S
    monkeypatch.setattr(websocket, "IDLE_S", 0.2)
    async with served(gateway) as running, socket(running) as busy:
        await subscribe(busy, EVENTS)
        idle = await ready(running)
        assert (1000, "idle") == (await closed(idle), idle.close_reason)
        await say(busy, type="ping")
        assert {"type": "pong"} == await hear(busy)


async def test_a_peer_that_reads_nothing_is_let_go_and_goes_on_by_its_cursor(
    gateway: GatewayUnderTest, shop: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for it is bounded in bytes and in time; others notice nothing."""
    assert 30.0 == wire.READING_S
    monkeypatch.setattr(wire, "READING_S", 0.1)
    url = gateway.url
    async with served(gateway) as running, socket(running) as other:
        after = beginning(gateway)
        await subscribe(other, EVENTS, {"after": after})
        url = f"{running.url.replace('http', 'ws')}/graphql"
        async with websockets.connect(
            url,
            subprotocols=[websocket.PROTOCOL],
            max_queue=1,  # type: ignore[list-item]
        ) as deaf:
            token = f"Bearer {gateway.token(ADMIN)}"
            await say(deaf, type="connection_init", payload={"authorization": token})
            assert {"type": "connection_ack"} == await hear(deaf)
            await subscribe(deaf, EVENTS, {"after": after})
            with pytest.raises(websockets.exceptions.ConnectionClosed):
                async with asyncio.timeout(30):
                    while True:  # it asks, and never listens
                        await deaf.send(json.dumps({"type": "ping", "payload": {"x": "y" * 900}}))
        for minutes in (1, 2):
            await move(gateway, shop, minutes)
            assert minutes == (await news(other))["sequence"]
        async with socket(running) as again:
            await subscribe(again, EVENTS, {"after": after})
            assert [1, 2] == [(await news(again))["sequence"] for _ in range(2)]
