"""The shop sold what the warehouse does not have: the label that was bought for it is given back,
somebody is told, and once the goods are there they leave with one label."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectors.vendure.tests.running.staff import Staff as ShopStaff
from tests.gateways import GatewayUnderTest
from tests.journeys.asked import agree_on_stock, order_of, ship, until, work_asked
from tests.journeys.connected import Systems, live
from tests.running import System
from tests.shoppers import karrio as carrier
from tests.shoppers import vendure as shop
from tests.shoppers.tryton import Staff

pytestmark = pytest.mark.systems

SKU = "MUG-ENML-OS"


@pytest.fixture
async def gateway(systems: Systems, sqlite_url: str) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that hears all three."""
    async with live(sqlite_url, systems) as connected:
        yield connected


async def test_goods_that_are_not_there_cost_no_label_and_leave_when_they_are(
    gateway: GatewayUnderTest, systems: Systems, staff: Staff, shop_staff: ShopStaff
) -> None:
    """What was done is undone in every system, and the second try is as good as a first."""
    karrio = systems["karrio"]
    await agree_on_stock(gateway, SKU, 20)
    await staff.count(SKU, "DC-RENO", 0)
    bought = await shop.buy(systems["vendure"].url, SKU, 2, email="chloe.nguyen@example.com")
    work = await work_asked(gateway, bought.id)

    tried = await ship(gateway, "go", work["id"])
    [wasted] = _numbers([tried["shipment"]])
    short = await until(
        lambda: order_of(gateway, bought.id),
        lambda found: [one["status"] for one in found["shipments"]] == ["CANCELED"],
    )
    assert [("EFFECT_FAILED", "OPEN", "wms")] == _exceptions(short)
    assert f"too little of {SKU} on the shelf" in short["exceptions"][0]["message"]
    assert ("CONFIRMED", "UNFULFILLED") == (short["status"], short["fulfillmentStatus"])
    assert ["OPEN"] == [one["status"] for one in short["fulfillmentOrders"]]
    assert [(wasted, "cancelled")] == await _labels(karrio, work["id"])
    assert [] == (await shop_staff.order(bought.id))["fulfillments"]
    [waiting] = await staff.shipments_for(work["id"])
    assert "waiting" == await staff.state_of(waiting)

    await staff.count(SKU, "DC-RENO", 10)
    sent = await ship(gateway, "go again", work["id"])
    assert [] == sent["userErrors"]
    left = await until(
        lambda: order_of(gateway, bought.id),
        lambda found: {"shop", "wms", "parcels"} in [_sources(one) for one in found["shipments"]],
    )
    assert "FULFILLED" == left["fulfillmentStatus"]
    valid = [one for one in left["shipments"] if one["status"] == "SHIPPED"]
    [number] = _numbers(valid)
    assert [(wasted, "cancelled"), (number, "created")] == await _labels(karrio, work["id"])
    assert "done" == await staff.state_of(waiting)
    assert 8 == await staff.on_hand(SKU, "DC-RENO")
    assert [number] == [
        one["trackingCode"] for one in (await shop_staff.order(bought.id))["fulfillments"]
    ]
    assert [("EFFECT_FAILED", "RESOLVED", "wms")] == _exceptions(left)

    await ship(gateway, "go", work["id"])
    assert 2 == len(await _labels(karrio, work["id"]))


def _numbers(shipments: list[Any]) -> list[str]:
    return [one["number"] for sent in shipments for one in sent["tracking"]]


def _exceptions(order: Any) -> list[tuple[str, str, str]]:
    return [(one["code"], one["status"], one["connection"]) for one in order["exceptions"]]


def _sources(shipment: Any) -> set[str]:
    return {one["connection"] for one in shipment["sourceRefs"]}


async def _labels(karrio: System, reference: str) -> list[tuple[str, str]]:
    """Number and status of every label that karrio sold for *reference*, the oldest first; one that
    can be used is "created" in its words."""
    found = await carrier.labels(karrio.url, karrio.info["token"], reference)
    found.sort(key=lambda one: str(one["created_at"]))
    return [(one["tracking_number"], one["status"]) for one in found]
