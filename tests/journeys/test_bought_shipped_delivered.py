"""A shopper buys in Vendure, the order is picked and shipped in Tryton with a label of karrio, the
tracking goes back to Vendure. Who follows it live, and is cut off in between, misses nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.gateways import GatewayUnderTest
from tests.journeys.asked import (
    agree_on_stock,
    level_of,
    on_hand,
    order_of,
    ship,
    until,
    work_asked,
)
from tests.journeys.connected import Systems, live
from tests.journeys.follower import Follower
from tests.shoppers import karrio as carrier
from tests.shoppers import vendure as shop
from tests.shoppers.tryton import Staff

pytestmark = pytest.mark.systems

SKU = "SNKR-WHT-9"


@pytest.fixture
async def gateway(systems: Systems, sqlite_url: str) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that hears all three."""
    async with live(sqlite_url, systems) as connected:
        yield connected


async def test_an_order_is_bought_shipped_and_delivered_across_three_systems(
    gateway: GatewayUnderTest, systems: Systems, staff: Staff
) -> None:
    """One number of stock before and after; every step reaches a subscriber once, in order."""
    await agree_on_stock(gateway, SKU, 50)

    bought = await shop.buy(systems["vendure"].url, SKU, 2, email="chloe.nguyen@example.com")
    order = await until(lambda: order_of(gateway, bought.id), lambda found: found is not None)
    follower = Follower(gateway, order["id"])
    await follower.see("order.placed")

    work = await work_asked(gateway, bought.id)
    shipment = (await staff.shipments_for(work["id"]))[0]
    await staff.bring_to(shipment, "picked")

    shipped = await ship(gateway, "go", work["id"])
    assert [] == shipped["userErrors"]
    [number] = [one["number"] for one in shipped["shipment"]["tracking"]]
    again = await ship(gateway, "go", work["id"])
    assert shipped["shipment"] == again["shipment"]
    await until(
        lambda: order_of(gateway, bought.id),
        lambda found: {"shop", "wms", "parcels"} == _sources(found),
    )
    await follower.see("shipment.shipped")

    karrio = systems["karrio"]
    await carrier.deliver(karrio.url, karrio.info["token"], number, datetime.now(UTC))
    delivered = await until(
        lambda: order_of(gateway, bought.id),
        lambda found: found["fulfillmentStatus"] == "DELIVERED",
    )
    await follower.see("order.delivered")

    assert 1 == len(delivered["shipments"])
    assert [number] == [one["number"] for one in delivered["shipments"][0]["tracking"]]
    assert "DELIVERED" == delivered["shipments"][0]["deliveries"][0]["status"]
    assert 1 == len(await carrier.labels(karrio.url, karrio.info["token"], work["id"]))
    assert len(follower.steps) == len({step.id for step in follower.steps})
    assert await follower.everything() == follower.steps
    of_order = [one.sequence for one in follower.steps if one.subject == order["id"]]
    assert list(range(1, len(of_order) + 1)) == of_order
    level = await until(
        lambda: level_of(gateway, SKU), lambda found: found["onHand"] == 48 and found["isAgreed"]
    )
    assert 48 == await staff.on_hand(SKU, "DC-RENO")
    assert {"shop": 48, "wms": 48} == on_hand(level)


def _sources(order: Any) -> set[str]:
    return {one["connection"] for ship in order["shipments"] for one in ship["sourceRefs"]}
