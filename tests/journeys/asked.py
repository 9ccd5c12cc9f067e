"""What journeys ask the graph, and how long they wait for what a real system decides."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway.events import log
from tests.gateways import GatewayUnderTest

DEADLINE_S = 60.0

ORDER = """query($ref: SourceRefInput!) { order(ref: $ref) {
  id version status rawStatus fulfillmentStatus paymentStatus returnStatus
  captured { minor } refunded { minor } refundable { minor currencyCode }
  lines { sku counters { ordered canceled fulfilled delivered returned } }
  fulfillmentOrders { id version stage status requestStatus fulfiller }
  shipments { status tracking { number carrier } sourceRefs { connection }
    deliveries { status events { status } } }
  refunds { status amount { minor } reason }
  exceptions { code status message connection } } }"""
STOCK = """query($skus: [String!]) { inventoryLevels(skus: $skus) { nodes {
  id location { id code } onHand available isAgreed
  counts { connection quantities { onHand committed } } } } }"""
SHIP = """mutation($input: FulfillmentOrderShipInput!) { fulfillmentOrderShip(input: $input) {
  shipment { tracking { number } } fulfillmentOrder { id }
  effects { state error } userErrors { code message } } }"""


async def order_of(gateway: GatewayUnderTest, external_id: str, system: str = "vendure") -> Any:
    """The order that *system* calls *external_id*, or None."""
    variables = {"ref": {"system": system, "externalId": external_id}}
    return (await gateway.data(ORDER, variables))["order"]


async def work_of(gateway: GatewayUnderTest, external_id: str) -> Any:
    """The first work of a Vendure order, or None."""
    order = await order_of(gateway, external_id)
    return order["fulfillmentOrders"][0] if order and order["fulfillmentOrders"] else None


async def work_asked(gateway: GatewayUnderTest, external_id: str) -> Any:
    """The work of a Vendure order, once the warehouse does it."""
    return await until(
        lambda: work_of(gateway, external_id),
        lambda found: found and found["fulfiller"] == "wms",
    )


async def level_of(gateway: GatewayUnderTest, sku: str, place: str = "DC-RENO") -> Any:
    """The stock of *sku* at the place of that code."""
    nodes = (await gateway.data(STOCK, {"skus": [sku]}))["inventoryLevels"]["nodes"]
    return next(one for one in nodes if one["location"]["code"] == place)


def on_hand(level: Any) -> dict[str, int]:
    """Units by connection that counts them."""
    return {one["connection"]: one["quantities"]["onHand"] for one in level["counts"]}


async def agree_on_stock(gateway: GatewayUnderTest, sku: str, quantity: int) -> None:
    """Make *quantity* of *sku* lie in Reno, in every system's eyes."""
    level = await level_of(gateway, sku)
    document = """mutation($input: InventorySetInput!) { inventorySet(input: $input) {
      effects { connection state error } userErrors { code message } } }"""
    key = f"begin-{level['id']}"
    variables = {"input": {"idempotencyKey": key, "id": level["id"], "quantity": quantity}}
    answer = (await gateway.data(document, variables))["inventorySet"]
    assert [] == answer["userErrors"]
    assert ["wms", "shop"] == [one["connection"] for one in answer["effects"]]
    await until(
        lambda: level_of(gateway, sku),
        lambda found: found["onHand"] == quantity and found["isAgreed"],
    )


async def ship(gateway: GatewayUnderTest, key: str, work_id: str) -> Any:
    """Ask for the goods of a fulfillment order to leave; return the payload."""
    variables = {"input": {"idempotencyKey": key, "id": work_id}}
    return (await gateway.data(SHIP, variables))["fulfillmentOrderShip"]


async def happened_since(gateway: GatewayUnderTest, cursor: int) -> list[str]:
    """The types of all events after *cursor*, in the order of the log."""
    document = """query($after: String) { events(first: 250, after: $after) {
      nodes { type } pageInfo { hasNextPage } } }"""
    sealed = gateway.gateway.services.cursors.seal("events", cursor)
    found = (await gateway.data(document, {"after": sealed}))["events"]
    assert not found["pageInfo"]["hasNextPage"]
    return [one["type"] for one in found["nodes"]]


async def now_in_log(gateway: GatewayUnderTest) -> int:
    """The place of the last event, for `happened_since`."""
    async with gateway.gateway.units.read() as unit:
        return await log.last(unit)


async def until(read: Callable[[], Awaitable[Any]], is_there: Callable[[Any], Any]) -> Any:
    """Ask a real system again until it says so, no longer than DEADLINE_S."""
    found = None
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not is_there(found := await read()):
                await asyncio.sleep(0.2)
    except TimeoutError:
        pytest.fail(f"not within {DEADLINE_S:g} s; the last answer: {json.dumps(found)[:2000]}")
    return found
