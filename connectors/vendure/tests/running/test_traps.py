"""What is unlike what one would expect of this shop. Each test first shows the trap at the shop
itself, then that the connector does not fall into it."""

from datetime import datetime
from typing import Any

import aiohttp
import pytest

from connectors.sdk.commands import CancelOrder, SetInventory
from connectors.sdk.errors import Conflict, Misconfigured, Missing, Rejected
from connectors.sdk.records import (
    Kind,
    LevelRecord,
    LineCounters,
)
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.values import LineQuantity
from connectors.vendure import checkpoints, errors, requests
from connectors.vendure.checkpoints import Walks
from connectors.vendure.connector import Client
from connectors.vendure.tests.running.staff import Staff, next_second
from connectors.vendure.tests.running.work import (
    LATER,
    order_in,
    order_of,
    orders_in,
    pull,
    shipping,
    walked_on,
)
from tests.running import System
from tests.shoppers import vendure

pytestmark = pytest.mark.systems

SKU = "JEAN-IND-30"


async def test_placing_an_order_does_not_move_its_time(
    client: Client, shop: System, staff: Staff
) -> None:
    """A cart that waited before it was paid is dated before the order was placed: who follows
    updatedAt alone misses it. A walk over the time of placing finds it."""
    _, checkpoint = await pull(client, Kind.ORDER)
    async with vendure.Shopper(shop.url) as ada:
        await ada.add(SKU)
        await ada.check_out(email="waits@example.com")
        await next_second()
        await next_second()
        bought = await ada.pay()
    order = await staff.order(bought.id)
    assert order["updatedAt"][:19] < order["orderPlacedAt"][:19]
    changes, _ = await pull(client, Kind.ORDER, walked_on(checkpoint, "updated"))
    assert bought.id in orders_in(changes)


async def test_change_of_state_does_not_move_an_orders_time(
    client: Client, shop: System, staff: Staff
) -> None:
    """Shipped a second later, updatedAt stands still. An open order is read again regardless."""
    bought = await vendure.buy(shop.url, SKU, 1, "stands-still@example.com")
    before = await staff.order(bought.id)
    _, checkpoint = await pull(client, Kind.ORDER)
    await next_second()
    parcel = await staff.fulfill({before["lines"][0]["id"]: 1}, "1Z-S")
    await staff.move_fulfillment(parcel, "Shipped")
    assert before["updatedAt"] == (await staff.order(bought.id))["updatedAt"]
    changes, _ = await pull(client, Kind.ORDER, walked_on(checkpoint, "placed", "updated"))
    assert "Shipped" == orders_in(changes)[bought.id].raw_status


async def test_order_that_became_final_between_two_pulls_is_read_once_more(
    client: Client, shop: System, staff: Staff
) -> None:
    """It is no longer among the open ones and no time moved: it was remembered. Then it is
    forgotten."""
    bought = await vendure.buy(shop.url, SKU, 1, "becomes-final@example.com")
    _, checkpoint = await pull(client, Kind.ORDER)
    order = await staff.order(bought.id)
    parcel = await staff.fulfill({order["lines"][0]["id"]: 1}, "1Z-F")
    await staff.move_fulfillment(parcel, "Delivered")
    ahead = walked_on(checkpoint, "placed", "updated")
    changes, after = await pull(client, Kind.ORDER, ahead)
    assert OrderStatus.COMPLETED == orders_in(changes)[bought.id].status
    changes, _ = await pull(client, Kind.ORDER, after)
    assert bought.id not in orders_in(changes)


async def test_payments_and_refunds_do_not_move_an_orders_time(
    client: Client, shop: System, staff: Staff
) -> None:
    """Captured a second later: the same as with states."""
    bought = await vendure.buy(
        shop.url, SKU, 1, "captured-later@example.com", vendure.Checkout(payment=vendure.AUTHORIZED)
    )
    before = await staff.order(bought.id)
    _, checkpoint = await pull(client, Kind.ORDER)
    await next_second()
    await staff.settle_payment(before["payments"][0]["id"])
    assert before["updatedAt"] == (await staff.order(bought.id))["updatedAt"]
    changes, _ = await pull(client, Kind.ORDER, walked_on(checkpoint, "placed", "updated"))
    assert OrderStatus.CONFIRMED == orders_in(changes)[bought.id].status


async def test_after_is_strict_and_times_have_whole_seconds(
    client: Client, shop: System, staff: Staff
) -> None:
    """Asked for what came after its own time, the shop leaves an order out; who goes on from the
    last second read loses what else fell into it. The pull begins some seconds earlier."""
    bought = await vendure.buy(shop.url, SKU, 1, "same-second@example.com")
    order = await staff.order(bought.id)
    assert order["updatedAt"].endswith(".000Z")
    found = await staff.ask(
        """query ($at: DateTime!) {
          orders(options: { take: 1000, filter: { updatedAt: { after: $at } } }) { items { id } }
        }""",
        at=order["updatedAt"],
    )
    assert {"id": bought.id} not in found["items"]
    at = datetime.fromisoformat(order["updatedAt"])
    point = Walks().reached("updated", at).reached("placed", LATER)
    changes, _ = await pull(client, Kind.ORDER, checkpoints.write(point))
    assert bought.id in orders_in(changes)


async def test_order_of_sort_fields_is_the_schemas(staff: Staff) -> None:
    """Asked to sort by time and then by id, the shop sorts by id: a list has no stable order in
    time, which is why a crowded second is walked by id alone."""
    query = """query ($o: ProductVariantListOptions!) {
      productVariants(options: $o) { items { id } }
    }"""
    sorts: list[Any] = [{"updatedAt": "DESC", "id": "ASC"}, {"id": "ASC"}]
    by_both, by_id = [await staff.ask(query, o={"take": 1000, "sort": sort}) for sort in sorts]
    assert by_id == by_both


async def test_more_than_a_thousand_rows_are_refused(staff: Staff) -> None:
    """A thousand are taken."""
    query = "query ($take: Int!) { orders(options: { take: $take }) { totalItems } }"
    assert await staff.ask(query, take=1000)
    with pytest.raises(Rejected, match="1000"):
        errors.data(await staff.answer(query, take=1001), is_safe=True)


async def test_errors_come_in_two_ways(client: Client, shop: System, staff: Staff) -> None:
    """As errors[] with HTTP 200, and as a result that looks like any other."""
    moved = requests.move_fulfillment("999999", "Shipped")
    answer = await staff.answer(requests.WRITES[moved.document], **moved.variables)
    assert answer["errors"]
    with pytest.raises(Missing):
        errors.data(answer, is_safe=False)
    bought = await vendure.buy(shop.url, SKU, 1, "two-ways@example.com")
    canceled = requests.cancel_order(bought.id, {}, "x", with_shipping=False)
    answer = await staff.answer(requests.WRITES[canceled.document], **canceled.variables)
    assert "errors" not in answer
    with pytest.raises(Rejected) as refusal:
        errors.data(answer, is_safe=False)
    assert "EMPTY_ORDER_LINE_SELECTION_ERROR" == refusal.value.code


async def test_wrong_key_is_answered_with_http_200(
    session: aiohttp.ClientSession, shop: System
) -> None:
    """Not 401: it is told by the code alone."""
    url = f"{shop.url}/admin-api"
    body = {"query": "{ orders { totalItems } }"}
    headers = {"vendure-api-key": "0:0"}
    async with session.post(url, json=body, headers=headers) as answer:
        assert 200 == answer.status
        with pytest.raises(Misconfigured):
            errors.data(await answer.json(), is_safe=True)


async def test_refund_fails_without_its_deprecated_fields(shop: System, staff: Staff) -> None:
    """The database complains; the connector states them."""
    bought = await vendure.buy(shop.url, SKU, 1, "deprecated@example.com")
    payment = (await staff.order(bought.id))["payments"][0]["id"]
    call = requests.refund_order(payment, 100, {}, "x")
    values: dict[str, Any] = dict(call.variables["input"])  # type: ignore[call-overload]
    bare = {name: values[name] for name in ("paymentId", "amount", "reason")}
    answer = await staff.answer(requests.WRITES["refund_order"], input=bare)
    assert "NOT NULL constraint failed: refund.shipping" in answer["errors"][0]["message"]
    assert errors.data(
        await staff.answer(requests.WRITES["refund_order"], input=values), is_safe=False
    )


async def test_last_unit_can_be_bought_twice(client: Client, shop: System, staff: Staff) -> None:
    """Stock is looked at before the payment and taken after it: both orders are placed and paid,
    and one has nothing behind it. Both are reported; the second cannot be shipped."""
    sku = "HOOD-GRY-XL"
    listed = await staff.ask(
        '{ productVariants(options: { filter: { sku: { eq: "HOOD-GRY-XL" } } }) { items { id } } }'
    )
    variant = listed["items"][0]["id"]
    held = await staff.stock(sku)
    await staff.set_stock(variant, dict.fromkeys(held, 0) | {"1": 1})
    async with vendure.Shopper(shop.url) as ada, vendure.Shopper(shop.url) as ben:
        for who, email in ((ada, "last-a@example.com"), (ben, "last-b@example.com")):
            await who.add(sku)
            await who.check_out(email=email)
        first, second = await ada.pay(), await ben.pay()
    assert ["PaymentSettled"] * 2 == [first.state, second.state]
    for each in (first, second):
        order = await order_of(client, each.id)
        assert (OrderStatus.CONFIRMED, 1) == (order.status, order.lines[0].counters.ordered)
    levels = await client.fetch(Kind.LEVEL, [f"{variant}@{place}" for place in held])
    counted = [each.quantities for each in levels if isinstance(each, LevelRecord)]
    assert 1 == sum(each.on_hand or 0 for each in counted)
    assert await staff.stock(sku) == {
        each.location_id: (each.quantities.on_hand, each.quantities.committed)
        for each in levels
        if isinstance(each, LevelRecord)
    }
    await client.perform(shipping("last-1", first.id, 1, "1Z-L1", sku))
    with pytest.raises(Conflict, match="insufficient stockOnHand"):
        await client.perform(shipping("last-2", second.id, 1, "1Z-L2", sku))


async def test_canceling_the_rest_of_a_shipped_line_makes_up_stock(
    client: Client, shop: System, staff: Staff
) -> None:
    """Two bought, one shipped, one canceled: one unit left the house, and the shop counts none
    gone. The outcome says what the shop counts, so that it can be set right."""
    before = sum(on_hand for on_hand, _ in (await staff.stock(SKU)).values())
    bought = await vendure.buy(shop.url, SKU, 2, "made-up@example.com")
    await client.perform(shipping("made-up-1", bought.id, 1, "1Z-M", SKU))
    outcome = await client.perform(
        CancelOrder(key="made-up-2", order_id=bought.id, reason="rest not needed")
    )
    assert LineCounters(ordered=2, canceled=1, fulfilled=1) == (
        order_in(outcome.changes).lines[0].counters
    )
    levels = [each for each in outcome.changes if isinstance(each, LevelRecord)]
    assert before == sum(each.quantities.on_hand or 0 for each in levels)
    (wrong,) = [each for each in levels if each.location_id == "1"]
    counted = wrong.quantities.on_hand
    assert counted
    await client.perform(
        SetInventory(
            key="made-up-3",
            item_id=wrong.item_id,
            sku=SKU,
            location_id="1",
            quantity=counted - 1,
            expected=counted,
        )
    )
    assert before - 1 == sum(on_hand for on_hand, _ in (await staff.stock(SKU)).values())


async def test_canceling_a_whole_order_at_the_shop_cancels_what_was_delivered(
    client: Client, shop: System, staff: Staff
) -> None:
    """Without lines the shop takes back delivered units; the connector spares them."""
    orders = [
        await vendure.buy(shop.url, SKU, 2, f"delivered-{number}@example.com")
        for number in range(2)
    ]
    for bought in orders:
        (line,) = (await staff.order(bought.id))["lines"]
        parcel = await staff.fulfill({line["id"]: 1}, "1Z-D")
        await staff.move_fulfillment(parcel, "Delivered")
    await staff.ask(
        """mutation ($id: ID!) {
          cancelOrder(input: { orderId: $id }) { ... on Order { id } }
        }""",
        id=orders[0].id,
    )
    assert "Cancelled" == (await staff.order(orders[0].id))["state"]
    await client.perform(CancelOrder(key="spare-1", order_id=orders[1].id, reason="x"))
    spared = await order_of(client, orders[1].id)
    assert LineCounters(ordered=2, canceled=1, fulfilled=1, delivered=1) == (
        spared.lines[0].counters
    )


async def test_canceling_minus_one_unit_adds_one_at_the_shop(
    client: Client, shop: System, staff: Staff
) -> None:
    """And so nothing below one is ever sent."""
    bought = await vendure.buy(shop.url, SKU, 1, "minus-one@example.com")
    (line,) = (await staff.order(bought.id))["lines"]
    await staff.cancel(bought.id, {line["id"]: -1})
    assert 2 == (await staff.order(bought.id))["lines"][0]["quantity"]
    lines = (LineQuantity(line_id=line["id"], quantity=-1),)
    with pytest.raises(Rejected):
        await client.perform(
            CancelOrder(key="minus-1", order_id=bought.id, lines=lines, reason="x")
        )
    assert 2 == (await staff.order(bought.id))["lines"][0]["quantity"]
