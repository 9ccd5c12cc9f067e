"""Orders, as the running shop has them after all that may happen to one."""

import pytest

from connectors.sdk.changes import Removed
from connectors.sdk.records import (
    Kind,
    LineCounters,
    OrderRecord,
    ShipmentRecord,
)
from connectors.sdk.records.states import (
    Method,
    OrderStatus,
    ShipmentStatus,
    TransactionKind,
    TransactionStatus,
)
from connectors.sdk.values import Address, LineQuantity
from connectors.vendure.connector import Client
from connectors.vendure.tests.running.staff import Staff
from connectors.vendure.tests.running.work import (
    order_of,
    pull,
)
from tests.running import System
from tests.shoppers import vendure

pytestmark = pytest.mark.systems


async def test_guests_order_comes_with_everything(client: Client, shop: System) -> None:
    """Who, what, where to, for how much, and how it was paid."""
    bought = await vendure.buy(
        shop.url, "CAP-NVY-OS", 2, "everything@example.com", vendure.Checkout(shipping="express")
    )
    order = await order_of(client, bought.id)
    (line,) = order.lines
    (payment,) = order.transactions
    assert (bought.code, OrderStatus.CONFIRMED, "PaymentSettled", "USD") == (
        order.number,
        order.status,
        order.raw_status,
        order.currency,
    )
    assert ("CAP-NVY-OS", LineCounters(ordered=2), Method.SHIPPING) == (
        line.sku,
        line.counters,
        line.method,
    )
    assert ("everything@example.com", "+17755550101", "express") == (
        order.email,
        order.phone,
        order.shipping_method,
    )
    assert Address(
        name="Ada Okafor",
        line1="12 Lake Street",
        city="Reno",
        province="NV",
        postal_code="89501",
        country_code="US",
        phone="+17755550101",
    ) == (order.shipping_address)
    assert order.billing_address == order.shipping_address
    assert (TransactionKind.SALE, TransactionStatus.SUCCESS, bought.total_minor) == (
        payment.kind,
        payment.status,
        payment.amount.minor,
    )
    totals = order.totals
    assert bought.total_minor == totals.total.minor
    assert bought.total_minor == (totals.subtotal.minor + totals.shipping.minor + totals.tax.minor)


async def test_totals_add_up_with_a_promotion(client: Client, shop: System, staff: Staff) -> None:
    """A tenth off the order: the discount is stated, and all adds up to the cent."""
    promotion = await staff.ask(
        "mutation ($i: CreatePromotionInput!) {"
        " createPromotion(input: $i) { ... on Promotion { id } } }",
        i={
            "enabled": True,
            "couponCode": "TENTH",
            "translations": [{"languageCode": "en", "name": "A tenth", "description": ""}],
            "conditions": [],
            "actions": [
                {
                    "code": "order_percentage_discount",
                    "arguments": [{"name": "discount", "value": "10"}],
                }
            ],
        },
    )
    assert promotion["id"]
    async with vendure.Shopper(shop.url) as ada:
        await ada.add("TOTE-NAT-OS", 3)
        await ada.ask(
            'mutation { applyCouponCode(couponCode: "TENTH") {'
            " ... on Order { id } ... on ErrorResult { errorCode message } } }"
        )
        await ada.check_out(email="tenth@example.com")
        bought = await ada.pay()
    order = await order_of(client, bought.id)
    totals, (line,) = order.totals, order.lines
    assert totals.discount.minor == round(totals.subtotal.minor / 10)
    assert bought.total_minor == (
        totals.subtotal.minor - totals.discount.minor + totals.shipping.minor + totals.tax.minor
    )
    assert line.unit_price.minor * 3 == totals.subtotal.minor
    assert line.total.minor == totals.subtotal.minor - totals.discount.minor


async def test_pickup_is_what_the_operator_calls_pickup(client: Client, shop: System) -> None:
    """By the shipping method's code."""
    bought = await vendure.buy(
        shop.url, "MUG-ENML-OS", 1, "collects@example.com", vendure.Checkout(shipping="pickup")
    )
    order = await order_of(client, bought.id)
    assert [Method.PICKUP] == [line.method for line in order.lines]


async def test_shipments_of_an_order_come_with_it(
    client: Client, shop: System, staff: Staff
) -> None:
    """Counters follow the fulfillments, through every state of theirs."""
    bought = await vendure.buy(shop.url, "SOCK-GRY-OS", 3, "shipments@example.com")
    (line,) = (await staff.order(bought.id))["lines"]
    first = await staff.fulfill({line["id"]: 2}, "1Z-A")
    await staff.move_fulfillment(first, "Shipped")
    await staff.move_fulfillment(first, "Delivered")
    second = await staff.fulfill({line["id"]: 1}, "1Z-B")
    order, *shipments = await client.fetch(Kind.ORDER, [bought.id])
    assert isinstance(order, OrderRecord)
    assert LineCounters(ordered=3, fulfilled=3, delivered=2) == order.lines[0].counters
    found = [each for each in shipments if isinstance(each, ShipmentRecord)]
    assert [
        (first, ShipmentStatus.DELIVERED, "1Z-A", 2),
        (second, ShipmentStatus.PENDING, "1Z-B", 1),
    ] == [
        (each.external_id, each.status, each.tracking[0].number, each.lines[0].quantity)
        for each in found
    ]
    assert found[0].shipped_at
    assert found[0].delivered_at
    assert found[0].shipped_at <= found[0].delivered_at
    assert (LineQuantity(line_id=line["id"], sku="SOCK-GRY-OS", quantity=1),) == found[1].lines


async def test_authorization_and_capture_are_two_movements(
    client: Client, shop: System, staff: Staff
) -> None:
    """Vendure has one payment that changes; we state what happened to the money."""
    bought = await vendure.buy(
        shop.url,
        "CAP-NVY-OS",
        1,
        "authorizes@example.com",
        vendure.Checkout(payment=vendure.AUTHORIZED),
    )
    before = await order_of(client, bought.id)
    (payment,) = (await staff.order(bought.id))["payments"]
    await staff.settle_payment(payment["id"])
    after = await order_of(client, bought.id)
    authorization = (f"{payment['id']}:authorization", TransactionKind.AUTHORIZATION)
    assert (OrderStatus.PENDING, OrderStatus.CONFIRMED) == (before.status, after.status)
    assert [authorization] == [(each.external_id, each.kind) for each in before.transactions]
    assert [authorization, (payment["id"], TransactionKind.CAPTURE)] == [
        (each.external_id, each.kind) for each in after.transactions
    ]


async def test_declined_card_is_a_failed_movement(client: Client, shop: System) -> None:
    """The order came about with the second card."""
    async with vendure.Shopper(shop.url) as ada:
        await ada.add("MUG-ENML-OS")
        await ada.check_out(email="declined@example.com")
        with pytest.raises(vendure.ShopSaidNo, match="PAYMENT_DECLINED_ERROR"):
            await ada.pay(shouldDecline=True)
        bought = await ada.pay()
    order = await order_of(client, bought.id)
    assert [TransactionStatus.FAILURE, TransactionStatus.SUCCESS] == [
        each.status for each in order.transactions
    ]


async def test_delivered_unit_that_is_canceled_came_back(
    client: Client, shop: System, staff: Staff
) -> None:
    """Vendure has no returns: this is one."""
    bought = await vendure.buy(shop.url, "SOCK-GRY-OS", 2, "returns@example.com")
    (line,) = (await staff.order(bought.id))["lines"]
    parcel = await staff.fulfill({line["id"]: 2}, "1Z-R")
    await staff.move_fulfillment(parcel, "Delivered")
    await staff.cancel(bought.id, {line["id"]: 1})
    order = await order_of(client, bought.id)
    expected = LineCounters(ordered=2, fulfilled=2, delivered=2, returned=1)
    assert (OrderStatus.COMPLETED, expected) == (order.status, order.lines[0].counters)


async def test_order_is_pulled_with_its_first_pull(client: Client, shop: System) -> None:
    """And its checkpoint goes on from there."""
    bought = await vendure.buy(shop.url, "TOTE-NAT-OS", 1, "first-pull@example.com")
    changes, checkpoint = await pull(client, Kind.ORDER)
    ids = [each.external_id for each in changes if isinstance(each, OrderRecord)]
    assert bought.id in ids
    later = await vendure.buy(shop.url, "TOTE-NAT-OS", 1, "second-pull@example.com")
    changes, _ = await pull(client, Kind.ORDER, checkpoint)
    assert later.id in {each.external_id for each in changes if isinstance(each, OrderRecord)}


async def test_order_that_is_not_there_is_gone(client: Client) -> None:
    """Whatever its id looks like."""
    for own_id in ("999999", "none-such"):
        expected = [Removed(kind=Kind.ORDER, external_id=own_id)]
        assert expected == await client.fetch(Kind.ORDER, [own_id])
