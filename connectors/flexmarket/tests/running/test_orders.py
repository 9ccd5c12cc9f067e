"""Orders in every state that the marketplace can bring them to, read by their seller."""

import pytest

from connectors.flexmarket.connector import Client
from connectors.flexmarket.tests.running.people import People
from connectors.flexmarket.tests.running.work import of, order_of
from connectors.sdk.records import Kind, LineCounters, OrderRecord, ShipmentRecord
from connectors.sdk.records.states import OrderStatus, ShipmentStatus
from connectors.sdk.values import LineQuantity, Money
from tests.running import System
from tests.shoppers import flexmarket
from tests.shoppers.flexmarket import Checkout, Shopper

pytestmark = pytest.mark.systems

SKU = "TEE-WHT-M"
"""19.00 dollars."""
SHARED = Checkout(more={"RIVAL-LAMP": 1})


def _counters(order: OrderRecord) -> LineCounters:
    [line] = order.lines
    return line.counters


async def test_order_has_the_sellers_lines_and_money_and_the_shoppers_address(
    seller: Client, market: System, people: People
) -> None:
    """Of three tees and another seller's lamp, the tees; commission is a tenth of them."""
    how = Checkout(more={"RIVAL-LAMP": 1}, note="Ring twice")
    bought = await flexmarket.buy(market.info, SKU, 3, how=how)
    told = await people.order(bought.number)
    order = await order_of(seller, told["id"])
    assert (bought.number, OrderStatus.CONFIRMED, "USD") == (
        order.number,
        order.status,
        order.currency,
    )
    assert ("Northwind Outfitters", Money(minor=570, currency="USD")) == (
        order.seller,
        order.commission,
    )
    assert Money(minor=5700, currency="USD") == order.totals.total
    assert [(SKU, 3, bought.lines[SKU])] == [
        (line.sku, line.counters.ordered, line.external_id) for line in order.lines
    ]
    assert order.shipping_address
    assert ("Ada Okafor", "US", "NY") == (
        order.shipping_address.name,
        order.shipping_address.country_code,
        order.shipping_address.province,
    )
    assert (None, "Ring twice") == (order.customer_id, order.note)


async def test_order_that_waits_for_its_payment_is_pending(
    seller: Client, market: System, people: People
) -> None:
    """By bank transfer; it is confirmed once staff mark it paid."""
    how = Checkout(payment=flexmarket.TRANSFER)
    bought = await flexmarket.buy(market.info, SKU, 1, how=how)
    own_id = (await people.order(bought.number))["id"]
    assert OrderStatus.PENDING == (await order_of(seller, own_id)).status
    await people.call("admin", "POST", f"orders/{bought.id}/mark-paid/", {})
    assert OrderStatus.CONFIRMED == (await order_of(seller, own_id)).status


async def test_part_that_staff_sent_counts_as_fulfilled(
    seller: Client, market: System, people: People
) -> None:
    """One of two units; the seller's order stays confirmed, the quantity tells."""
    bought = await flexmarket.buy(market.info, SKU, 2)
    await people.send_some(bought.id, {bought.lines[SKU]: 1}, "1Z-STAFF")
    own_id = (await people.order(bought.number))["id"]
    changes = await seller.fetch(Kind.ORDER, [own_id])
    [order], [shipment] = of(OrderRecord, changes), of(ShipmentRecord, changes)
    assert ("confirmed", LineCounters(ordered=2, fulfilled=1)) == (
        order.raw_status,
        _counters(order),
    )
    assert (LineQuantity(line_id=bought.lines[SKU], sku=SKU, quantity=1),) == shipment.lines


async def test_sent_and_delivered_order_has_one_shipment(
    seller: Client, market: System, people: People
) -> None:
    """Its id is made of the order's, its units are the line's."""
    bought = await flexmarket.buy(market.info, SKU, 2)
    own_id = (await people.order(bought.number))["id"]
    await people.send("seller", own_id, "1Z-OWN")
    sent = of(ShipmentRecord, await seller.fetch(Kind.ORDER, [own_id]))
    assert [(f"{own_id}:shipped", ShipmentStatus.SHIPPED)] == [
        (each.external_id, each.status) for each in sent
    ]
    await people.deliver(bought.id)
    changes = await seller.fetch(Kind.ORDER, [own_id])
    [order], [arrived] = of(OrderRecord, changes), of(ShipmentRecord, changes)
    assert (OrderStatus.COMPLETED, LineCounters(ordered=2, fulfilled=2, delivered=2)) == (
        order.status,
        _counters(order),
    )
    assert (f"{own_id}:shipped", ShipmentStatus.DELIVERED) == (arrived.external_id, arrived.status)
    assert arrived.delivered_at


async def test_canceled_order_has_its_units_canceled(
    seller: Client, market: System, people: People
) -> None:
    """By the shopper, all of it."""
    bought = await flexmarket.buy(market.info, SKU, 2)
    async with Shopper(market.info) as ada:
        await ada.cancel(bought.id, "changed my mind")
    order = await order_of(seller, (await people.order(bought.number))["id"])
    assert (OrderStatus.CANCELED, LineCounters(ordered=2, canceled=2)) == (
        order.status,
        _counters(order),
    )


async def test_commission_of_what_was_paid_back_is_given_back(
    seller: Client, market: System, people: People
) -> None:
    """The marketplace leaves ``commission_amount`` as it was; the net amount tells."""
    bought = await flexmarket.buy(market.info, SKU, 2)
    own_id = (await people.order(bought.number))["id"]
    await people.send("seller", own_id, "1Z-BACK")
    await people.deliver(bought.id)
    await people.refund(bought.id, "19.00", {bought.lines[SKU]: 1})
    told = await people.order(bought.number)
    assert ("3.80", "19.00", "17.10") == (
        told["commission_amount"],
        told["refunded_amount"],
        told["net_amount"],
    )
    assert Money(minor=190, currency="USD") == (await order_of(seller, own_id)).commission


async def test_order_of_another_seller_is_not_there(
    seller: Client, market: System, people: People
) -> None:
    """Under the id that its own seller knows it by, it is gone; their lines never come."""
    bought = await flexmarket.buy(market.info, SKU, 1, how=SHARED)
    theirs = (await people.order(bought.number, "rival"))["id"]
    [gone] = await seller.fetch(Kind.ORDER, [theirs])
    assert ("Removed", theirs) == (type(gone).__name__, gone.external_id)
