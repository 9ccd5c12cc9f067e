"""Every command at the running shop: done, done again, looked up, taken up again half-way."""

from collections import Counter

import pytest

from connectors.sdk.commands import (
    CancelOrder,
    RecordDelivery,
)
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records import (
    Kind,
    LevelRecord,
    LineCounters,
    ShipmentRecord,
)
from connectors.sdk.records.states import OrderStatus, ShipmentStatus
from connectors.sdk.values import LineQuantity
from connectors.vendure.connector import Client
from connectors.vendure.tests.running.staff import Staff
from connectors.vendure.tests.running.work import (
    order_in,
    shipping,
)
from tests.running import System
from tests.shoppers import vendure

pytestmark = pytest.mark.systems

SKU = "SNKR-WHT-8"


async def test_whole_order_is_canceled_once(client: Client, shop: System, staff: Staff) -> None:
    """Shipping too; stock is free again; the second time nothing happens."""
    before = await staff.stock(SKU)
    bought = await vendure.buy(
        shop.url, SKU, 2, "cancels@example.com", vendure.Checkout(shipping="express")
    )
    command = CancelOrder(key="cancel-1", order_id=bought.id, reason="changed mind")
    assert await client.look_up(command) is None
    outcome = await client.perform(command)
    order = order_in(outcome.changes)
    assert (OrderStatus.CANCELED, "changed mind", 0) == (
        order.status,
        order.cancel_reason,
        order.totals.total.minor,
    )
    assert LineCounters(ordered=2, canceled=2) == order.lines[0].counters
    assert before == await staff.stock(SKU)
    found = await client.look_up(command)
    assert found
    assert OrderStatus.CANCELED == order_in(found.changes).status
    await client.perform(command)
    assert 1 == await _cancellations(staff, bought.id)


async def _cancellations(staff: Staff, order_id: str) -> int:
    history = (await staff.order(order_id))["history"]["items"]
    return sum(entry["type"] == "ORDER_CANCELLATION" for entry in history)


async def test_some_units_are_canceled_once(client: Client, shop: System, staff: Staff) -> None:
    """One of three; the same key again cancels no second one, another key does."""
    bought = await vendure.buy(shop.url, SKU, 3, "cancels-some@example.com")
    lines = (LineQuantity(sku=SKU, quantity=1),)
    command = CancelOrder(key="cancel-2", order_id=bought.id, lines=lines, reason="one less")
    for _ in range(3):
        outcome = await client.perform(command)
        order = order_in(outcome.changes)
        assert LineCounters(ordered=3, canceled=1) == order.lines[0].counters
    another = CancelOrder(key="cancel-3", order_id=bought.id, lines=lines, reason="one less")
    order = order_in((await client.perform(another)).changes)
    assert (LineCounters(ordered=3, canceled=2), OrderStatus.CONFIRMED) == (
        order.lines[0].counters,
        order.status,
    )
    assert 2 == await _cancellations(staff, bought.id)


async def test_canceling_too_much_changes_nothing(
    client: Client, shop: System, staff: Staff
) -> None:
    """More than there is, a line that is not there, an order that is not there."""
    bought = await vendure.buy(shop.url, SKU, 1, "cancels-too-much@example.com")
    before = await staff.order(bought.id)
    for lines, kind in (
        ((LineQuantity(sku=SKU, quantity=2),), Conflict),
        ((LineQuantity(line_id="999999", quantity=1),), Missing),
        ((LineQuantity(sku=SKU, quantity=-1),), Rejected),
    ):
        command = CancelOrder(key="cancel-4", order_id=bought.id, lines=lines, reason="x")
        with pytest.raises(kind):
            await client.perform(command)
    with pytest.raises(Missing):
        await client.perform(CancelOrder(key="cancel-5", order_id="999999", reason="x"))
    assert before == await staff.order(bought.id)


async def test_authorized_order_is_canceled(client: Client, shop: System) -> None:
    """Before the money was taken; the authorization is the processor's matter."""
    bought = await vendure.buy(
        shop.url, SKU, 1, "cancels-early@example.com", vendure.Checkout(payment=vendure.AUTHORIZED)
    )
    outcome = await client.perform(
        CancelOrder(key="cancel-6", order_id=bought.id, reason="too slow")
    )
    assert OrderStatus.CANCELED == order_in(outcome.changes).status


async def test_shipment_is_recorded_once(client: Client, shop: System, staff: Staff) -> None:
    """Shipped, with method and number; stock left; the claim is for staff's eyes only."""
    bought = await vendure.buy(shop.url, SKU, 2, "ships@example.com")
    stock_before = sum(on_hand for on_hand, _ in (await staff.stock(SKU)).values())
    command = shipping("ship-1", bought.id, 2, "1Z-ONE", SKU)
    assert await client.look_up(command) is None
    outcome = await client.perform(command)
    again = await client.perform(command)
    found = await client.look_up(command)
    assert found
    assert outcome.external_id == again.external_id == found.external_id
    (shipment,) = [each for each in outcome.changes if isinstance(each, ShipmentRecord)]
    assert (outcome.external_id, ShipmentStatus.SHIPPED, "1Z-ONE", "UPS Ground") == (
        shipment.external_id,
        shipment.status,
        shipment.tracking[0].number,
        shipment.service,
    )
    order = order_in(outcome.changes)
    assert (LineCounters(ordered=2, fulfilled=2), "Shipped") == (
        order.lines[0].counters,
        order.raw_status,
    )
    assert stock_before - 2 == sum(on_hand for on_hand, _ in (await staff.stock(SKU)).values())
    told = (await staff.order(bought.id))["history"]["items"]
    assert [False] == [entry["isPublic"] for entry in told if entry["type"] == "ORDER_NOTE"]
    assert 1 == len((await staff.order(bought.id))["fulfillments"])


async def test_stock_after_a_shipment_comes_with_its_outcome(client: Client, shop: System) -> None:
    """Without waiting for the next read of levels."""
    bought = await vendure.buy(shop.url, SKU, 1, "ships-stock@example.com")
    outcome = await client.perform(shipping("ship-2", bought.id, 1, "1Z-TWO", SKU))
    stated = {each.external_id: each for each in outcome.changes if isinstance(each, LevelRecord)}
    fetched = await client.fetch(Kind.LEVEL, sorted(stated))
    assert stated
    assert [stated[each].quantities for each in sorted(stated)] == [
        each.quantities for each in fetched if isinstance(each, LevelRecord)
    ]


async def test_shipment_begun_before_is_finished_and_not_made_again(
    client: Client, shop: System, staff: Staff
) -> None:
    """An attempt that died after its first step left a pending fulfillment: it is ours."""
    bought = await vendure.buy(shop.url, SKU, 2, "ships-half@example.com")
    (line,) = (await staff.order(bought.id))["lines"]
    begun = await staff.fulfill({line["id"]: 2}, "1Z-HALF")
    command = shipping("ship-3", bought.id, 2, "1Z-HALF", SKU)
    assert await client.look_up(command) is None
    outcome = await client.perform(command)
    assert begun == outcome.external_id
    (fulfillment,) = (await staff.order(bought.id))["fulfillments"]
    assert "Shipped" == fulfillment["state"]


async def test_twin_shipments_of_one_parcel_are_both_recorded(
    client: Client, shop: System, staff: Staff
) -> None:
    """Two commands for one unit each, with the same number: two fulfillments, however often each
    is performed."""
    bought = await vendure.buy(shop.url, SKU, 2, "ships-twins@example.com")
    first, second = (shipping(key, bought.id, 1, "1Z-TWIN", SKU) for key in ("twin-1", "twin-2"))
    made = [
        (await client.perform(each)).external_id for each in (first, second, first, second, first)
    ]
    assert 2 == len(set(made))
    assert [made[0], made[1]] * 2 + [made[0]] == made
    assert 2 == len((await staff.order(bought.id))["fulfillments"])


async def test_shipping_too_much_changes_nothing(
    client: Client, shop: System, staff: Staff
) -> None:
    """More than was bought, and more than the shop has on hand."""
    bought = await vendure.buy(shop.url, "JEAN-IND-36", 2, "ships-too-much@example.com")
    before = await staff.order(bought.id)
    with pytest.raises(Conflict, match="fewer units are left"):
        await client.perform(shipping("ship-4", bought.id, 3, "1Z-X", "JEAN-IND-36"))
    variant = before["lines"][0]["productVariant"]["id"]
    held = {place: counts[0] for place, counts in (await staff.stock("JEAN-IND-36")).items()}
    await staff.set_stock(variant, dict.fromkeys(held, 0))
    with pytest.raises(Conflict, match="insufficient stockOnHand") as refusal:
        await client.perform(shipping("ship-5", bought.id, 2, "1Z-X", "JEAN-IND-36"))
    await staff.set_stock(variant, held)
    assert "INSUFFICIENT_STOCK_ON_HAND_ERROR" == refusal.value.code
    assert before == await staff.order(bought.id)


async def test_delivery_is_recorded_once(client: Client, shop: System, staff: Staff) -> None:
    """And completes an order of which all arrived."""
    bought = await vendure.buy(shop.url, SKU, 1, "arrives@example.com")
    made = (await client.perform(shipping("ship-6", bought.id, 1, "1Z-SIX", SKU))).external_id
    assert made
    command = RecordDelivery(key="deliver-1", order_id=bought.id, shipment_id=made)
    for _ in range(2):
        outcome = await client.perform(command)
        order = order_in(outcome.changes)
        assert (made, OrderStatus.COMPLETED, LineCounters(ordered=1, fulfilled=1, delivered=1)) == (
            outcome.external_id,
            order.status,
            order.lines[0].counters,
        )
    moves = [
        entry["data"]["to"]
        for entry in (await staff.order(bought.id))["history"]["items"]
        if entry["type"] == "ORDER_FULFILLMENT_TRANSITION"
    ]
    assert {"Pending": 1, "Shipped": 1, "Delivered": 1} == Counter(moves)


async def test_delivery_of_what_was_never_shipped_is_missing(
    client: Client, shop: System, staff: Staff
) -> None:
    """And changes nothing."""
    bought = await vendure.buy(shop.url, SKU, 1, "arrives-not@example.com")
    before = await staff.order(bought.id)
    with pytest.raises(Missing):
        await client.perform(
            RecordDelivery(key="deliver-2", order_id=bought.id, shipment_id="999999")
        )
    assert before == await staff.order(bought.id)
