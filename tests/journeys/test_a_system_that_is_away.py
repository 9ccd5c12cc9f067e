"""The shop hangs: it takes connections and answers nothing. Queries answer in time with what is
known, everything else goes on, and what was asked for meanwhile is done when the shop is back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import pytest

from connectors.sdk.records import Kind
from connectors.vendure.tests.running.staff import Staff as ShopStaff
from tests.gateways import GatewayUnderTest
from tests.journeys.asked import order_of, until
from tests.journeys.connected import WAREHOUSE, Systems, live
from tests.shoppers import vendure as shop
from tests.shoppers.tryton import Staff

pytestmark = pytest.mark.systems

SKU = "TOTE-NAT-OS"
ANSWER_S = 4.0
"""The deadline of a live read is 2 s; the rest is for a busy machine."""
QUERIES = 3
KINDS = (Kind.ORDER, Kind.CUSTOMER, Kind.PRODUCT, Kind.LEVEL)
"""What is being read when the shop begins to hang: as many requests as it is sent at once."""

FRESH = """query($since: DateTime!) @freshness(maxAgeMs: 0) {
  orders(filter: {placedFrom: $since}) { nodes {
    status sourceRefs { connection externalId stale } } } }"""
HEALTH = (
    """{ connections { id status lastError backlog { effects failedEffects unknownEffects } } }"""
)
CANCEL = """mutation($input: OrderCancelInput!) { orderCancel(input: $input) {
  effects { state error } userErrors { code message } } }"""


@pytest.fixture
async def gateway(systems: Systems, sqlite_url: str) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that hears the shop and reads the tills."""
    these = {name: systems[name] for name in ("tryton", "vendure")}
    async with live(sqlite_url, these) as connected:
        yield connected


async def test_a_shop_that_hangs_holds_up_nobody_and_catches_up(
    gateway: GatewayUnderTest, systems: Systems, staff: Staff, shop_staff: ShopStaff
) -> None:
    """Last known and marked stale while it is away; nothing lost and nothing twice afterwards."""
    since = datetime.now(UTC)
    vendure = systems["vendure"]
    bought = await shop.buy(vendure.url, SKU, 1, email="omar.haddad@example.com")
    order = await until(lambda: order_of(gateway, bought.id), lambda found: found is not None)
    wait = {"since": since.isoformat()}
    answer = await until(lambda: gateway.query(FRESH, wait), lambda found: not _error(found))
    assert [("shop", False)] == _staleness(answer)

    connected = gateway.gateway.systems.get("shop")
    puller = gateway.gateway.background.puller
    with vendure.suspended():
        pulls = [asyncio.create_task(puller.all(connected, kind)) for kind in KINDS]
        for _ in range(QUERIES):
            await _is_answered_in_time(gateway, wait)

        await _till_goes_on(gateway, staff)
        health = await until(
            lambda: _health(gateway, "shop"), lambda found: found["status"] != "OK"
        )
        assert health["status"] in ("DEGRADED", "DOWN")
        assert "Unavailable" in health["lastError"]
        assert "OK" == (await _health(gateway, WAREHOUSE))["status"]

        asking = asyncio.create_task(_cancel(gateway, order["id"]))
        await until(
            lambda: _health(gateway, "shop"), lambda found: found["backlog"]["effects"] == 1
        )
        assert "CONFIRMED" == (await order_of(gateway, bought.id))["status"]

    await asyncio.gather(*pulls)
    assert [] == (await asking)["userErrors"]
    await until(lambda: order_of(gateway, bought.id), lambda found: found["status"] == "CANCELED")
    at_shop = await shop_staff.order(bought.id)
    assert ("Cancelled", 1) == (at_shop["state"], _cancellations(at_shop))
    health = await _health(gateway, "shop")
    assert {"effects": 0, "failedEffects": 0, "unknownEffects": 0} == health["backlog"]
    assert health["status"] in ("OK", "DEGRADED")
    answer = await until(lambda: gateway.query(FRESH, wait), lambda found: not _error(found))
    assert [("shop", False), ("wms", False)] == _staleness(answer)

    later = await shop.buy(vendure.url, SKU, 1, email="omar.haddad@example.com")
    await until(lambda: order_of(gateway, later.id), lambda found: found is not None)


async def _till_goes_on(gateway: GatewayUnderTest, staff: Staff) -> None:
    """A sale in another system is seen all the same."""
    till = await staff.sell_at_till("STORE-CHI", SKU, 1)
    connected = gateway.gateway.systems.get(WAREHOUSE)
    await gateway.gateway.background.puller.all(connected, Kind.ORDER)
    found = await until(
        lambda: order_of(gateway, f"sale.point.sale,{till}", "tryton"),
        lambda found: found is not None,
    )
    assert "COMPLETED" == found["status"]


async def _is_answered_in_time(gateway: GatewayUnderTest, variables: dict[str, str]) -> None:
    """With what was known, marked, and the reason beside it."""
    began = monotonic()
    answer = await gateway.query(FRESH, variables)
    assert monotonic() - began < ANSWER_S
    assert "errors" not in answer, answer["errors"]
    assert [("shop", True)] == _staleness(answer)
    assert _error(answer)


def _staleness(answer: Any) -> list[tuple[str, bool]]:
    """By connection, sorted: whether what it said may not hold any more."""
    return sorted(
        (ref["connection"], ref["stale"])
        for order in answer["data"]["orders"]["nodes"]
        for ref in order["sourceRefs"]
    )


def _error(answer: Any) -> str | None:
    """Why the shop was not read."""
    [found] = [one for one in answer["extensions"]["sources"] if one["connection"] == "shop"]
    error: str | None = found["error"]
    return error


async def _health(gateway: GatewayUnderTest, connection: str) -> Any:
    found = (await gateway.data(HEALTH))["connections"]
    return next(one for one in found if one["id"] == connection)


async def _cancel(gateway: GatewayUnderTest, order_id: str) -> Any:
    wanted = {"idempotencyKey": "while away", "id": order_id, "reason": "changed my mind"}
    return (await gateway.data(CANCEL, {"input": wanted}))["orderCancel"]


def _cancellations(order: Any) -> int:
    return [one["type"] for one in order["history"]["items"]].count("ORDER_CANCELLATION")
