"""An order that was paid in Vendure is called off here: the warehouse stops, the goods are back on
sale, the money goes back in two parts, and never more of it than was taken."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectors.vendure.tests.running.staff import Staff as ShopStaff
from tests.gateways import GatewayUnderTest
from tests.journeys.asked import happened_since, level_of, now_in_log, order_of, until, work_asked
from tests.journeys.connected import Systems, live
from tests.shoppers import vendure as shop
from tests.shoppers.tryton import Staff

pytestmark = pytest.mark.systems

SKU = "TEE-BLK-S"
CANCEL = """mutation($input: OrderCancelInput!) { orderCancel(input: $input) {
  order { status } effects { command connection state error } userErrors { code message } } }"""
REFUND = """mutation($input: RefundCreateInput!) { refundCreate(input: $input) {
  refund { id status amount { minor } } effects { id command connection state error }
  userErrors { code path } } }"""


@pytest.fixture
async def gateway(systems: Systems, sqlite_url: str) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that hears the shop, and gives its orders to the warehouse."""
    these = {name: systems[name] for name in ("tryton", "vendure")}
    async with live(sqlite_url, these) as connected:
        yield connected


async def test_an_order_is_called_off_everywhere_and_its_money_goes_back_once(
    gateway: GatewayUnderTest, systems: Systems, staff: Staff, shop_staff: ShopStaff
) -> None:
    """Shop, warehouse and graph agree after every step; what is refused changes nothing."""
    on_shelf = await shop_staff.stock(SKU)
    bought = await shop.buy(systems["vendure"].url, SKU, 2, email="ravi.patel@example.com")
    work = await work_asked(gateway, bought.id)
    [shipment] = await staff.shipments_for(work["id"])
    assert on_shelf != await shop_staff.stock(SKU)
    order = await order_of(gateway, bought.id)
    assert ("CONFIRMED", "PAID") == (order["status"], order["paymentStatus"])
    assert bought.total_minor == order["captured"]["minor"] == order["refundable"]["minor"]

    canceled = await _cancel(gateway, "off", order["id"])
    assert [] == canceled["userErrors"]
    assert [("cancel_order", "shop", "DONE")] == _effects(canceled)
    assert canceled == await _cancel(gateway, "off", order["id"])
    order = await until(
        lambda: order_of(gateway, bought.id), lambda found: found["status"] == "CANCELED"
    )
    assert [{"ordered": 2, "canceled": 2, "fulfilled": 0, "delivered": 0, "returned": 0}] == [
        line["counters"] for line in order["lines"]
    ]
    assert on_shelf == await shop_staff.stock(SKU)
    assert "Cancelled" == (await shop_staff.order(bought.id))["state"]
    assert ("OVERPAID", "UNFULFILLED") == (order["paymentStatus"], order["fulfillmentStatus"])

    ended = await until(
        lambda: order_of(gateway, bought.id),
        lambda found: found["fulfillmentOrders"][0]["status"] == "CANCELED",
    )
    assert [] == ended["exceptions"]
    assert "cancelled" == await staff.state_of(shipment)
    units, promised = on_shelf[str(systems["vendure"].info["locations"]["DC-RENO"])]
    await until(
        lambda: level_of(gateway, SKU),
        lambda found: _shop_count(found) == {"onHand": units, "committed": promised},
    )

    await _give_back_in_two_parts(gateway, shop_staff, order["id"], bought)
    await _ask_for_too_much(gateway, shop_staff, order["id"], bought)


async def test_an_order_that_has_left_is_not_called_off(
    gateway: GatewayUnderTest, systems: Systems, shop_staff: ShopStaff
) -> None:
    """ILLEGAL_TRANSITION, and neither the shop nor the log has anything to tell of it."""
    bought = await shop.buy(systems["vendure"].url, SKU, 1, email="ravi.patel@example.com")
    [line] = (await shop_staff.order(bought.id))["lines"]
    sent = await shop_staff.fulfill({line["id"]: 1}, "1ZCALLEDOFF")
    await shop_staff.move_fulfillment(sent, "Shipped")
    order = await until(
        lambda: order_of(gateway, bought.id),
        lambda found: found and found["fulfillmentStatus"] == "FULFILLED",
    )

    refused = await _cancel(gateway, "too late", order["id"])

    assert ["ILLEGAL_TRANSITION"] == [one["code"] for one in refused["userErrors"]]
    assert [] == refused["effects"]
    at_shop = await shop_staff.order(bought.id)
    assert ("Shipped", [1]) == (at_shop["state"], [one["quantity"] for one in at_shop["lines"]])
    assert order["status"] == (await order_of(gateway, bought.id))["status"]


async def _give_back_in_two_parts(
    gateway: GatewayUnderTest, shop_staff: ShopStaff, order_id: str, bought: shop.Bought
) -> None:
    total = bought.total_minor
    first = await _refund(gateway, "some", order_id, 1000)
    assert [] == first["userErrors"]
    assert [("create_refund", "shop", "DONE")] == _effects(first)
    assert ("SUCCEEDED", 1000) == (first["refund"]["status"], first["refund"]["amount"]["minor"])
    assert ("PARTIALLY_REFUNDED", 1000, total - 1000) == await _money(gateway, bought.id)
    assert first == await _refund(gateway, "some", order_id, 1000)
    assert [1000] == await _refunds_at(shop_staff, bought.id)

    rest = await _refund(gateway, "rest", order_id, total - 1000)
    assert [] == rest["userErrors"]
    assert ("REFUNDED", total, 0) == await _money(gateway, bought.id)
    assert [1000, total - 1000] == await _refunds_at(shop_staff, bought.id)


async def _ask_for_too_much(
    gateway: GatewayUnderTest, shop_staff: ShopStaff, order_id: str, bought: shop.Bought
) -> None:
    """Everything has gone back: one cent more is refused, and so is a second cancellation."""
    total = bought.total_minor
    before = await now_in_log(gateway)
    more = await _refund(gateway, "more", order_id, 1)
    assert [{"code": "AMOUNT_TOO_LARGE", "path": ["amount"]}] == more["userErrors"]
    assert (None, []) == (more["refund"], more["effects"])
    twice = await _cancel(gateway, "off again", order_id)
    assert ["ILLEGAL_TRANSITION"] == [one["code"] for one in twice["userErrors"]]
    assert [] == await happened_since(gateway, before)
    assert [1000, total - 1000] == await _refunds_at(shop_staff, bought.id)
    assert [1000, total - 1000] == sorted(
        one["amount"]["minor"] for one in (await order_of(gateway, bought.id))["refunds"]
    )


async def _cancel(gateway: GatewayUnderTest, key: str, order_id: str) -> Any:
    variables = {"input": {"idempotencyKey": key, "id": order_id, "reason": "changed my mind"}}
    return (await gateway.data(CANCEL, variables))["orderCancel"]


async def _refund(gateway: GatewayUnderTest, key: str, order_id: str, minor: int) -> Any:
    amount = {"amount": f"{minor // 100}.{minor % 100:02}", "currencyCode": "USD"}
    wanted = {"orderId": order_id, "amount": amount, "reason": "called off"}
    return (await gateway.data(REFUND, {"input": wanted | {"idempotencyKey": key}}))["refundCreate"]


def _effects(payload: Any) -> list[tuple[str, str, str]]:
    return [(one["command"], one["connection"], one["state"]) for one in payload["effects"]]


async def _money(gateway: GatewayUnderTest, external_id: str) -> tuple[str, int, int]:
    order = await order_of(gateway, external_id)
    return order["paymentStatus"], order["refunded"]["minor"], order["refundable"]["minor"]


async def _refunds_at(shop_staff: ShopStaff, order_id: str) -> list[int]:
    """What the shop itself says that it gave back, in minor units."""
    [payment] = (await shop_staff.order(order_id))["payments"]
    assert {"Settled"} == {one["state"] for one in payment["refunds"]}
    return [one["total"] for one in payment["refunds"]]


def _shop_count(level: Any) -> Any:
    return next(one["quantities"] for one in level["counts"] if one["connection"] == "shop")
