"""A shopper buys in Vendure, the order is picked and shipped in Tryton with a label of karrio, the
tracking goes back to Vendure. Who follows it live, and is cut off in between, misses nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from gateway.systems.declared import Connection
from tests.gateways import ADMIN, GatewayUnderTest, gateway_over, served
from tests.running import Running, System, free_port
from tests.shoppers import karrio as carrier
from tests.shoppers import vendure as shop
from tests.shoppers.tryton import Staff

pytestmark = pytest.mark.systems

CONFIGURATION = """
[locations.DC-RENO]
name = "Reno Distribution Center"
authority = "wms"
[channels.web]
kind = "WEB"
connection = "shop"
fulfill_at = "DC-RENO"
carrier = "parcels"
"""
SKU = "SNKR-WHT-9"
WEBHOOK_SECRET = "vendure-webhook-secret"
DEADLINE_S = 60.0

STOCK = """query($skus: [String!]) { inventoryLevels(skus: $skus) { nodes {
  id location { code } onHand isAgreed
  counts { connection quantities { onHand committed } } } } }"""
ORDER = """query($ref: SourceRefInput!) { order(ref: $ref) { id status fulfillmentStatus
  fulfillmentOrders { id stage status requestStatus fulfiller }
  shipments { status tracking { number carrier } sourceRefs { connection }
    deliveries { status events { status } } } } }"""
FOLLOW = """subscription($id: ID!, $after: String) { orderUpdated(id: $id, after: $after) {
  cursor event { id type sequence subject } order { fulfillmentStatus } } }"""
SHIP = """mutation($input: FulfillmentOrderShipInput!) { fulfillmentOrderShip(input: $input) {
  shipment { tracking { number } } effects { state error } userErrors { code message } } }"""


@pytest.fixture
async def systems(running: Running) -> dict[str, System]:
    """The three, really running."""
    return {name: running(name) for name in ("vendure", "tryton", "karrio")}


@pytest.fixture
async def gateway(systems: dict[str, System], sqlite_url: str) -> AsyncIterator[GatewayUnderTest]:
    """A gateway connected to the three, served, with their webhooks coming in."""
    port = free_port()
    hooks = f"http://127.0.0.1:{port}/webhooks"
    vendure, tryton, karrio = (systems[name] for name in ("vendure", "tryton", "karrio"))
    secret = await carrier.register(karrio.url, karrio.info["token"], f"{hooks}/parcels")
    connections = [
        Connection(
            id="shop",
            connector="vendure",
            settings={
                "url": vendure.url,
                "api_key": vendure.info["apiKey"],
                "webhook_secret": WEBHOOK_SECRET,
            },
        ),
        Connection(
            id="wms",
            connector="tryton",
            settings={
                "url": tryton.url,
                "rest_key": tryton.info["rest_key"],
                "user": "admin",
                "password": "admin",
            },
        ),
        Connection(
            id="parcels",
            connector="karrio",
            settings={
                "url": karrio.url,
                "token": karrio.info["token"],
                "webhook_secret": secret,
                "carrier_ids": "acme-parcel",
            },
        ),
    ]
    async with gateway_over(
        sqlite_url, connections, CONFIGURATION, public_url=f"http://127.0.0.1:{port}"
    ) as tested:
        for connection in ("wms", "shop", "parcels"):
            await tested.backfill(connection)
        async with served(tested, port) as live:
            await _listen(vendure.info["webhooks"], f"{hooks}/shop")
            yield live
            await _deafen(vendure.info["webhooks"])
    await carrier.unregister(karrio.url, karrio.info["token"], f"{hooks}/parcels")


async def test_an_order_is_bought_shipped_and_delivered_across_three_systems(
    gateway: GatewayUnderTest, systems: dict[str, System]
) -> None:
    """One number of stock before and after; every step reaches a subscriber once, in order."""
    async with aiohttp.ClientSession() as http:
        staff = Staff(http, systems["tryton"].info)
        await _agree_on_stock(gateway, 50)

        bought = await shop.buy(systems["vendure"].url, SKU, 2, email="chloe.nguyen@example.com")
        order = await _until(lambda: _order(gateway, bought.id), lambda found: found is not None)
        follower = Follower(gateway, order["id"])
        await follower.see("order.placed")

        work = await _until(
            lambda: _work(gateway, bought.id),
            lambda found: found and found["fulfiller"] == "wms",
        )
        shipment = (await staff.shipments_for(work["id"]))[0]
        await staff.bring_to(shipment, "picked")

        shipped = await gateway.data(SHIP, {"input": {"idempotencyKey": "go", "id": work["id"]}})
        assert [] == shipped["fulfillmentOrderShip"]["userErrors"]
        number = shipped["fulfillmentOrderShip"]["shipment"]["tracking"][0]["number"]
        again = await gateway.data(SHIP, {"input": {"idempotencyKey": "go", "id": work["id"]}})
        assert (
            shipped["fulfillmentOrderShip"]["shipment"] == again["fulfillmentOrderShip"]["shipment"]
        )
        await _until(
            lambda: _order(gateway, bought.id),
            lambda found: {"shop", "wms", "parcels"} == _sources(found),
        )
        await follower.see("shipment.shipped")

        karrio = systems["karrio"]
        await carrier.deliver(karrio.url, karrio.info["token"], number, datetime.now(UTC))
        delivered = await _until(
            lambda: _order(gateway, bought.id),
            lambda found: found["fulfillmentStatus"] == "DELIVERED",
        )
        await follower.see("order.delivered")

        assert 1 == len(delivered["shipments"])
        assert [number] == [one["number"] for one in delivered["shipments"][0]["tracking"]]
        assert "DELIVERED" == delivered["shipments"][0]["deliveries"][0]["status"]
        assert 1 == len(await carrier.shipments(karrio.url, karrio.info["token"], work["id"]))
        assert len(follower.steps) == len({step.id for step in follower.steps})
        assert await follower.everything() == follower.steps
        of_order = [one.sequence for one in follower.steps if one.subject == order["id"]]
        assert list(range(1, len(of_order) + 1)) == of_order
        level = await _until(
            lambda: _level(gateway), lambda found: found["onHand"] == 48 and found["isAgreed"]
        )
        assert 48 == await staff.on_hand(SKU, "DC-RENO")
        assert {"shop": 48, "wms": 48} == {
            one["connection"]: one["quantities"]["onHand"] for one in level["counts"]
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event as the phone saw it."""

    id: str
    type: str
    sequence: int
    subject: str


class Follower:
    """A phone that follows an order. Between two looks (`see`) it is cut off: its socket is gone,
    and it comes back with the cursor it last had."""

    def __init__(self, gateway: GatewayUnderTest, order_id: str) -> None:
        self._gateway = gateway
        self._order_id = order_id
        self._cursor: str | None = None
        self.steps: list[Step] = []

    async def see(self, type: str) -> None:
        """Follow until an event of *type* comes."""
        async with asyncio.timeout(DEADLINE_S):
            async for payload in self._follow(self._cursor or await self._begin()):
                self._cursor = payload["cursor"]
                self.steps.append(Step(**payload["event"]))
                if payload["event"]["type"] == type:
                    return

    async def everything(self) -> list["Step"]:
        """Replay from the beginning, as far as was seen."""
        steps: list[Step] = []
        async with asyncio.timeout(DEADLINE_S):
            async for payload in self._follow(await self._begin()):
                steps.append(Step(**payload["event"]))
                if len(steps) == len(self.steps):
                    return steps
        return steps

    async def _begin(self) -> str:
        """The cursor before the order's first event."""
        return self._gateway.gateway.services.cursors.seal("events", 0)

    async def _follow(self, after: str) -> AsyncIterator[Any]:
        headers = {"authorization": f"Bearer {self._gateway.token(ADMIN)}"}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                f"{self._gateway.url}/graphql", protocols=["graphql-transport-ws"], headers=headers
            ) as socket,
        ):
            await socket.send_json({"type": "connection_init"})
            assert "connection_ack" == (await socket.receive_json())["type"]
            variables = {"id": self._order_id, "after": after}
            await socket.send_json(
                {
                    "id": "1",
                    "type": "subscribe",
                    "payload": {"query": FOLLOW, "variables": variables},
                }
            )
            while True:
                message = await socket.receive_json()
                assert "next" == message["type"], message
                yield message["payload"]["data"]["orderUpdated"]


async def _agree_on_stock(gateway: GatewayUnderTest, quantity: int) -> None:
    level = await _level(gateway)
    document = """mutation($input: InventorySetInput!) { inventorySet(input: $input) {
      effects { connection state error } userErrors { code message } } }"""
    key = f"begin-{level['id']}"
    variables = {"input": {"idempotencyKey": key, "id": level["id"], "quantity": quantity}}
    answer = (await gateway.data(document, variables))["inventorySet"]
    assert [] == answer["userErrors"]
    assert ["wms", "shop"] == [one["connection"] for one in answer["effects"]]
    await _until(
        lambda: _level(gateway), lambda found: found["onHand"] == quantity and found["isAgreed"]
    )


async def _level(gateway: GatewayUnderTest) -> Any:
    nodes = (await gateway.data(STOCK, {"skus": [SKU]}))["inventoryLevels"]["nodes"]
    return next(one for one in nodes if one["location"]["code"] == "DC-RENO")


async def _order(gateway: GatewayUnderTest, external_id: str) -> Any:
    variables = {"ref": {"system": "vendure", "externalId": external_id}}
    return (await gateway.data(ORDER, variables))["order"]


async def _work(gateway: GatewayUnderTest, external_id: str) -> Any:
    order = await _order(gateway, external_id)
    return order["fulfillmentOrders"][0] if order["fulfillmentOrders"] else None


def _sources(order: Any) -> set[str]:
    return {one["connection"] for ship in order["shipments"] for one in ship["sourceRefs"]}


async def _until(read: Any, is_there: Any) -> Any:
    """Ask a real system again until it says so, no longer than DEADLINE_S."""
    found = None
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not is_there(found := await read()):  # noqa: ASYNC110 (another system decides)
                await asyncio.sleep(0.2)
    except TimeoutError:
        pytest.fail(f"not within {DEADLINE_S:g} s; the last answer: {json.dumps(found)[:2000]}")
    return found


async def _listen(control: str, url: str) -> None:
    async with aiohttp.ClientSession() as http, http.post(control, json={"url": url}) as answer:
        assert 201 == answer.status


async def _deafen(control: str) -> None:
    async with aiohttp.ClientSession() as http, http.delete(control) as answer:
        assert 200 == answer.status
