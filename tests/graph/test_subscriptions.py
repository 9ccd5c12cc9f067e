"""Subscriptions over real sockets: a snapshot, then every change once, in order, wherever the
connection is cut."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import websockets

from connectors.sdk.records import Kind
from connectors.sdk.records.states import TrackingStatus
from gateway.auth.principal import Principal
from gateway.domain.orders.model import order_id
from gateway.web import sse, websocket
from tests import records
from tests.gateways import ADMIN, GatewayUnderTest, gateway_over, served
from tests.toys import Toy, outside
from tests.trading import Hands

ORDERS = """subscription($id: ID, $after: String) { orderUpdated(id: $id, after: $after) {
  cursor event { type sequence } order { number version } } }"""
DELIVERIES = """subscription($id: ID, $after: String) {
  deliveryUpdated(orderId: $id, after: $after) {
    cursor event { type sequence } delivery { status trackingNumber } } }"""
STOCK = """subscription($after: String) { inventoryChanged(skus: ["TEE-BLK-S"], after: $after) {
  cursor event { type sequence data } inventoryLevel { onHand } } }"""
EVENTS = """subscription($after: String) { events(types: ["order."], after: $after) {
  cursor id type subject sequence } }"""


@asynccontextmanager
async def socket(gateway: GatewayUnderTest, as_: Principal = ADMIN) -> AsyncIterator[Any]:
    url = gateway.url.replace("http", "ws") + "/graphql"
    async with websockets.connect(url, subprotocols=[websocket.PROTOCOL]) as opened:  # type: ignore[list-item]
        payload = {"authorization": f"Bearer {gateway.token(as_)}"}
        await opened.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert {"type": "connection_ack"} == await hear(opened)
        yield opened


async def subscribe(opened: Any, document: str, variables: Any = None, id: str = "1") -> None:
    payload = {"query": document, "variables": variables or {}}
    await opened.send(json.dumps({"id": id, "type": "subscribe", "payload": payload}))


async def hear(opened: Any) -> Any:
    return json.loads(await asyncio.wait_for(opened.recv(), 20))


async def news(opened: Any) -> Any:
    """Return the next event's payload."""
    message = await hear(opened)
    assert "next" == message["type"], message
    assert "errors" not in message["payload"], message
    return next(iter(message["payload"]["data"].values()))


async def move(gateway: GatewayUnderTest, shop: Toy, minutes: int) -> None:
    """Have order 1 change, and the gateway hear of it."""
    order = records.order("1", number=f"#{minutes}")
    shop.hold(records.later(order, minutes))
    delivery = shop.delivery(f"d{minutes}", (Kind.ORDER, "1"))
    assert 202 == await gateway.post("/webhooks/shop", *delivery)


async def test_an_order_begins_with_how_it_is_and_goes_on_with_what_happens(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """The snapshot has no event; each change after it has one, with a dense sequence."""
    await move(gateway, shop, 1)
    await gateway.settle()
    async with served(gateway) as running, socket(running) as opened:
        await subscribe(opened, ORDERS, {"id": order_id("shop", "1")})
        first = await news(opened)
        assert (None, {"number": "#1", "version": 1}) == (first["event"], first["order"])
        for minutes in (2, 3, 4):
            await move(gateway, shop, minutes)
            heard = await news(opened)
            assert {"number": f"#{minutes}", "version": minutes} == heard["order"]
            assert {"type": "order.updated", "sequence": minutes} == heard["event"]


async def test_a_parcel_begins_with_where_it_is_and_goes_on_with_its_scans(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """Of an order: every parcel as it is, then each scan."""
    shop.hold(records.order("1"), records.shipment("s1", "1", "1Z1"))
    await gateway.backfill("shop")
    async with served(gateway) as running, socket(running) as opened:
        await subscribe(opened, DELIVERIES, {"id": order_id("shop", "1")})
        first = await news(opened)
        assert (None, "LABEL_CREATED") == (first["event"], first["delivery"]["status"])
        scans = []
        for minutes, status in enumerate((TrackingStatus.IN_TRANSIT, TrackingStatus.DELIVERED), 1):
            scans.append(records.scan(status, minutes))
            shop.hold(records.tracker("1Z1", *scans, minutes=minutes))
            delivery = shop.delivery(f"d{minutes}", (Kind.TRACKER, "trk-1Z1"))
            await gateway.post("/webhooks/shop", *delivery)
            heard = await news(opened)
            assert (status, minutes + 1) == (
                heard["delivery"]["status"],
                heard["event"]["sequence"],
            )


async def test_stock_is_told_with_the_numbers_before_and_after(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """Only what moved, and only the items that were asked for."""
    shop.hold(records.location(), records.product("TEE-BLK-S", "CAP"), records.level(4))
    shop.hold(records.level(9, "CAP"))
    await gateway.backfill("shop")
    async with served(gateway) as running, socket(running) as opened:
        await subscribe(opened, STOCK)
        await subscribe(opened, "{ viewer { role } }", id="2")
        await hear(opened)
        await hear(opened)
        shop.hold(records.later(records.level(8, "CAP")), records.later(records.level(3)))
        keys = [(Kind.LEVEL, f"v-{sku}@at-DC-RENO") for sku in ("CAP", "TEE-BLK-S")]
        await gateway.post("/webhooks/shop", *shop.delivery("d", *keys))
        heard = await news(opened)
        assert (3, 4, 3) == (
            heard["inventoryLevel"]["onHand"],
            heard["event"]["data"]["onHandBefore"],
            heard["event"]["data"]["onHand"],
        )


async def test_nothing_is_missed_or_repeated_across_cuts_and_restarts(
    store_url: str, shop: Toy
) -> None:
    """A follower that is cut off again and again, also by restarts, while things happen."""
    heard: list[Any] = []
    for life in range(3):
        async with gateway_over(store_url, [shop.connection], outside=outside(shop)) as gateway:
            await gateway.gateway.relay.start()
            async with served(gateway) as running:
                for cut in range(3):
                    first = 1 + life * 9 + cut * 3
                    for minutes in range(first, first + 3):
                        await move(gateway, shop, minutes)
                        await applied(gateway, minutes)
                    async with socket(running) as opened:
                        after = heard[-1]["cursor"] if heard else beginning(gateway)
                        await subscribe(opened, EVENTS, {"after": after})
                        heard += [await news(opened) for _ in range(2 if cut < 2 else 5)]
    assert list(range(1, 28)) == [one["sequence"] for one in heard]
    assert 27 == len({one["id"] for one in heard})


def beginning(gateway: GatewayUnderTest) -> str:
    """Return the cursor before the first event."""
    return gateway.gateway.services.cursors.seal("events", 0)


async def applied(gateway: GatewayUnderTest, version: int) -> None:
    """Wait until order 1 has *version*."""
    document = "{ orders { nodes { version } } }"
    async with asyncio.timeout(20):
        while [{"version": version}] != (await gateway.data(document))["orders"]["nodes"]:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def stream(
    gateway: GatewayUnderTest, document: str, variables: Any = None, last: str | None = None
) -> AsyncIterator[aiohttp.StreamReader]:
    """Open an event stream as a browser does."""
    headers = {
        "accept": "text/event-stream",
        "authorization": f"Bearer {gateway.token(ADMIN)}",
        **({"last-event-id": last} if last else {}),
    }
    params = {"query": document, "variables": json.dumps(variables or {})}
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{gateway.url}/graphql", params=params, headers=headers) as answer,
    ):
        assert ("text/event-stream", 200) == (answer.content_type, answer.status)
        yield answer.content


async def block(content: aiohttp.StreamReader) -> dict[str, str]:
    """Return the fields of the next block, comments left out."""
    fields: dict[str, str] = {}
    while True:
        line = (await asyncio.wait_for(content.readline(), 20)).decode()
        assert not line.endswith("\r\n")
        if line == "\n" and fields:
            return fields
        name, _, value = line.rstrip("\n").partition(":")
        if name:
            fields[name] = value.strip()


async def event(content: aiohttp.StreamReader) -> dict[str, str]:
    """Return the next block that is an event."""
    while "event" not in (found := await block(content)):
        pass
    return found


async def test_an_event_stream_goes_on_where_it_was_cut(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """`id:` is the cursor, which a browser sends again; the snapshot is not repeated."""
    await move(gateway, shop, 1)
    await gateway.settle()
    variables = {"id": order_id("shop", "1")}
    async with served(gateway) as running:
        async with stream(running, ORDERS, variables) as content:
            first = json.loads((await event(content))["data"])["data"]["orderUpdated"]
            assert (None, 1) == (first["event"], first["order"]["version"])
            await move(gateway, shop, 2)
            second = await event(content)
        await move(gateway, shop, 3)
        await applied(gateway, 3)
        async with stream(running, ORDERS, variables, second["id"]) as content:
            third = json.loads((await event(content))["data"])["data"]["orderUpdated"]
    assert 3 == third["event"]["sequence"]
    assert second["id"] == json.loads(second["data"])["data"]["orderUpdated"]["cursor"]


async def test_an_event_stream_that_was_cut_before_anything_happened_misses_nothing(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """It is told where it began before there is an event."""
    await move(gateway, shop, 1)
    await gateway.settle()
    async with served(gateway) as running:
        async with stream(running, EVENTS) as content:
            began = await block(content)
        assert ["id"] == list(began)
        await move(gateway, shop, 2)
        await applied(gateway, 2)
        async with stream(running, EVENTS, last=began["id"]) as content:
            missed = json.loads((await event(content))["data"])["data"]["events"]
    assert 2 == missed["sequence"]


@pytest.mark.parametrize("document", [ORDERS, DELIVERIES, STOCK, EVENTS])
async def test_a_cursor_that_is_none_is_refused(
    gateway: GatewayUnderTest, shop: Toy, document: str
) -> None:
    """Made up, of another list, of another installation, or of the future: never a silent skip."""
    cursors = gateway.gateway.services.cursors
    foreign = replace(cursors, key=b"another installation's key, 32 b")
    async with served(gateway) as running, socket(running) as opened:
        for wrong in (
            "rubbish",
            "é",
            cursors.seal("orders", 1),
            foreign.seal("events", 0),
            cursors.seal("events", 10_000),
        ):
            await subscribe(opened, document, {"after": wrong})
            message = await hear(opened)
            error = (message["payload"].get("errors") or [None])[0]
            assert ("INVALID_INPUT", "after") == (
                error["extensions"]["code"],
                error["extensions"]["argument"],
            )
            assert {"id": "1", "type": "complete"} == await hear(opened)


async def test_a_cursor_that_another_process_gave_is_taken_before_we_have_come_so_far(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """Two processes read one log, and one is a moment behind."""
    await move(gateway, shop, 1)
    await gateway.settle()
    end = gateway.gateway.relay.cursor
    gateway.gateway.relay.cursor = 0
    after = gateway.gateway.services.cursors.seal("events", end)
    document = "query($a: String) { events(after: $a) { nodes { id } } }"
    assert {"events": {"nodes": []}} == await gateway.data(document, {"a": after})


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials are checked again all the time."""
    monkeypatch.setattr(websocket, "RECHECK_S", 0.05)
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.05)


@pytest.mark.usefixtures("hasty")
async def test_a_credential_that_ends_ends_what_it_began(store_url: str, shop: Toy) -> None:
    """Without an event, too; the socket stays, and nothing more is answered on it."""
    clock = Hands()
    connections = [shop.connection]
    async with (
        gateway_over(store_url, connections, clock=clock, outside=outside(shop)) as gateway,
        served(gateway) as running,
        socket(running) as opened,
        stream(running, EVENTS) as content,
    ):
        await subscribe(opened, EVENTS)
        await subscribe(opened, "{ viewer { role } }", id="2")
        assert ["next", "complete"] == [(await hear(opened))["type"] for _ in range(2)]
        clock.turn(hours=2)
        ended = await hear(opened)
        assert ("1", "error") == (ended["id"], ended["type"])
        assert "UNAUTHENTICATED" == ended["payload"][0]["extensions"]["code"]
        await subscribe(opened, "{ viewer { role } }", id="3")
        refused = await hear(opened)
        assert ("3", "UNAUTHENTICATED") == (
            refused["id"],
            refused["payload"][0]["extensions"]["code"],
        )
        last = json.loads((await event(content))["data"])
        assert "UNAUTHENTICATED" == last["errors"][0]["extensions"]["code"]
        assert "complete" == (await event(content))["event"]
        async with socket(running) as other:
            await subscribe(other, "{ viewer { role } }")
            assert "next" == (await hear(other))["type"]


async def test_two_operations_on_one_socket_each_see_what_is_there_now(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """What one has read is not shown to the other, nor to itself at the next event."""
    await move(gateway, shop, 1)
    await gateway.settle()
    variables = {"id": order_id("shop", "1")}
    query = "query($id: ID!) { order(id: $id) { number } }"
    async with served(gateway) as running, socket(running) as opened:
        await subscribe(opened, ORDERS, variables, id="s")
        await news(opened)
        for minutes in (2, 3):
            await move(gateway, shop, minutes)
            assert f"#{minutes}" == (await news(opened))["order"]["number"]
            await subscribe(opened, query, variables, id=f"q{minutes}")
            answer = await hear(opened)
            assert {"order": {"number": f"#{minutes}"}} == answer["payload"]["data"]
            assert "complete" == (await hear(opened))["type"]
