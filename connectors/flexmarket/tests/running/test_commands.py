"""Commands, carried out at the running marketplace: what they do, done twice, and refused."""

import pytest

from connectors.flexmarket.connector import Client
from connectors.flexmarket.mapping import LOCATION, shipment_id
from connectors.flexmarket.tests.running.people import People
from connectors.flexmarket.tests.running.work import level_of, of, order_of, shipping
from connectors.sdk.commands import (
    CancelOrder,
    ReceivedLine,
    ReceiveReturn,
    RecordDelivery,
    SetInventory,
)
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records import LevelRecord, OrderRecord, ReturnRecord
from connectors.sdk.records.states import Disposition, OrderStatus, ReturnStatus
from connectors.sdk.values import LineQuantity
from tests.running import System
from tests.shoppers import flexmarket
from tests.shoppers.flexmarket import Bought, Checkout, Shopper

pytestmark = pytest.mark.systems

SKU = "HOOD-GRY-M"
SHARED = Checkout(more={"RIVAL-LAMP": 1})


async def _parcels(people: People, bought: Bought) -> list[tuple[str, str]]:
    whole = await people.whole(bought.id)
    return [(each["tracking_number"], each["status"]) for each in whole["shipments"]]


async def _delivered(market: System, people: People, units: int = 2) -> Bought:
    """A shopper's order of this seller's goods alone, which has arrived."""
    bought = await flexmarket.buy(market.info, SKU, units)
    await people.send("seller", (await people.order(bought.number))["id"], "1Z-ARRIVED")
    await people.deliver(bought.id)
    return bought


async def test_shipment_is_recorded_with_its_parcel(
    seller: Client, market: System, people: People
) -> None:
    """With the seller's own token: carrier, number and link stand at the marketplace."""
    bought = await flexmarket.buy(market.info, SKU, 2, how=SHARED)
    own_id = (await people.order(bought.number))["id"]
    outcome = await seller.perform(shipping("ship-1", own_id, {SKU: 2}, "AP-1"))
    [order] = of(OrderRecord, outcome.changes)
    assert (shipment_id(own_id), 2) == (outcome.external_id, order.lines[0].counters.fulfilled)
    whole = await people.whole(bought.id)
    assert [("Acme Parcel", "AP-1", "https://track.example/1")] == [
        (each["carrier"], each["tracking_number"], each["tracking_url"])
        for each in whole["shipments"]
    ]
    assert "partially_shipped" == whole["status"]


async def test_shipment_recorded_twice_is_one_parcel(
    seller: Client, client: Client, market: System, people: People
) -> None:
    """The marketplace would refuse the second; nothing is sent, and the outcome is the same."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    own_id = (await people.order(bought.number))["id"]
    command = shipping("ship-2", own_id, {SKU: 1}, "AP-2")
    assert await seller.look_up(command) is None
    ids = {(await one.perform(command)).external_id for one in (seller, client, seller)}
    for one in (seller, client):
        found = await one.look_up(command)
        assert found
        ids.add(found.external_id)
    assert {shipment_id(own_id)} == ids
    assert [("AP-2", "dispatched")] == await _parcels(people, bought)


async def test_shipment_of_a_part_is_refused_before_anything_is_sent(
    seller: Client, market: System, people: People
) -> None:
    """The marketplace would ship all three."""
    bought = await flexmarket.buy(market.info, SKU, 3)
    own_id = (await people.order(bought.number))["id"]
    with pytest.raises(Rejected) as refused:
        await seller.perform(shipping("ship-3", own_id, {SKU: 2}, "AP-3"))
    assert ("PART", []) == (refused.value.code, await _parcels(people, bought))
    assert 0 == (await people.order(bought.number))["items"][0]["quantity_shipped"]


async def test_rest_after_a_part_that_staff_sent_is_shipped(
    client: Client, market: System, people: People
) -> None:
    """One of three left already; the two others are all that is left."""
    bought = await flexmarket.buy(market.info, SKU, 3)
    own_id = (await people.order(bought.number))["id"]
    await people.send_some(bought.id, {bought.lines[SKU]: 1}, "AP-STAFF")
    await client.perform(shipping("ship-4", own_id, {SKU: 2}, "AP-4"))
    assert [("AP-STAFF", "dispatched"), ("AP-4", "dispatched")] == await _parcels(people, bought)
    assert 3 == (await order_of(client, own_id)).lines[0].counters.fulfilled


async def test_shipment_in_another_parcel_is_not_taken_for_ours(
    client: Client, market: System, people: People
) -> None:
    """With the staff's token the number is seen: it is not found, and performing is a conflict."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    own_id = (await people.order(bought.number))["id"]
    await people.send("seller", own_id, "AP-BY-HAND")
    command = shipping("ship-5", own_id, {SKU: 1}, "AP-5")
    assert await client.look_up(command) is None
    with pytest.raises(Conflict, match="another parcel"):
        await client.perform(command)
    assert [("AP-BY-HAND", "dispatched")] == await _parcels(people, bought)


async def test_order_that_is_not_paid_for_is_not_shipped(
    seller: Client, market: System, people: People
) -> None:
    """Nor one that was canceled, nor one that nobody has."""
    how = Checkout(payment=flexmarket.TRANSFER)
    bought = await flexmarket.buy(market.info, SKU, 1, how=how)
    own_id = (await people.order(bought.number))["id"]
    with pytest.raises(Conflict, match="not paid"):
        await seller.perform(shipping("ship-6", own_id, {SKU: 1}, "AP-6"))
    async with Shopper(market.info) as ada:
        await ada.cancel(bought.id)
    with pytest.raises(Conflict, match="canceled"):
        await seller.perform(shipping("ship-6", own_id, {SKU: 1}, "AP-6"))
    with pytest.raises(Missing):
        await seller.perform(shipping("ship-6", "nobody-has-this-id", {SKU: 1}, "AP-6"))
    assert [] == await _parcels(people, bought)


async def test_order_of_another_seller_is_not_shipped(
    client: Client, market: System, people: People
) -> None:
    """Not even with the staff's token."""
    bought = await flexmarket.buy(market.info, "RIVAL-LAMP", 1)
    theirs = (await people.order(bought.number, "rival"))["id"]
    with pytest.raises(Missing):
        await client.perform(shipping("ship-7", theirs, {"RIVAL-LAMP": 1}, "AP-7"))
    assert [] == await _parcels(people, bought)


async def test_delivery_is_of_the_sellers_parcel_alone(
    client: Client, market: System, people: People
) -> None:
    """The other seller's parcel of the same order stays under way; twice is one event."""
    bought = await flexmarket.buy(market.info, SKU, 1, how=SHARED)
    own_id = (await people.order(bought.number))["id"]
    await people.send("seller", own_id, "AP-MINE")
    await people.send("rival", (await people.order(bought.number, "rival"))["id"], "AP-THEIRS")
    command = RecordDelivery(key="arrive-1", order_id=own_id, shipment_id=shipment_id(own_id))
    first, again = await client.perform(command), await client.perform(command)
    assert (shipment_id(own_id),) * 2 == (first.external_id, again.external_id)
    parcels = {
        each["tracking_number"]: each for each in (await people.whole(bought.id))["shipments"]
    }
    assert ("delivered", "dispatched") == (
        parcels["AP-MINE"]["status"],
        parcels["AP-THEIRS"]["status"],
    )
    words = [event["status"] for event in parcels["AP-MINE"]["events"]]
    assert ["dispatched", "delivered"] == words


async def test_delivery_of_what_has_not_left_is_a_conflict(
    client: Client, market: System, people: People
) -> None:
    """And of a shipment that is not the order's, Missing."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    own_id = (await people.order(bought.number))["id"]
    command = RecordDelivery(key="arrive-2", order_id=own_id, shipment_id=shipment_id(own_id))
    with pytest.raises(Conflict):
        await client.perform(command)
    with pytest.raises(Missing):
        await client.perform(RecordDelivery(key="a", order_id=own_id, shipment_id="another"))
    assert "confirmed" == (await people.whole(bought.id))["status"]


async def test_stock_is_set_once_a_key(client: Client, market: System, people: People) -> None:
    """Done again after a sale, the sale still counts: our key stands in the movement's note."""
    level = await level_of(client, "TOTE-NAT-OS")
    command = SetInventory(
        key="count-1", item_id=level.item_id, sku=None, location_id=LOCATION, quantity=40
    )
    assert await client.look_up(command) is None
    outcome = await client.perform(command)
    [counted] = of(LevelRecord, outcome.changes)
    assert (level.external_id, 40) == (outcome.external_id, counted.quantities.on_hand)
    await flexmarket.buy(market.info, "TOTE-NAT-OS", 3)
    again, found = await client.perform(command), await client.look_up(command)
    assert found
    assert (level.external_id,) * 2 == (again.external_id, found.external_id)
    assert 37 == await people.on_hand("TOTE-NAT-OS")
    notes = [each["note"] for each in await people.movements("TOTE-NAT-OS", "adjustment")]
    assert ["Counted [ref:count-1]"] == notes


async def test_stock_that_is_not_as_expected_is_left_alone(client: Client, people: People) -> None:
    """Somebody sold, or counted, in between; as expected it is set."""
    level, held = await level_of(client, SKU), await people.on_hand(SKU)

    def setting(expected: int) -> SetInventory:
        return SetInventory(
            key=f"count-2-{expected}",
            item_id=level.item_id,
            sku=SKU,
            location_id=LOCATION,
            quantity=held + 5,
            expected=expected,
        )

    with pytest.raises(Conflict):
        await client.perform(setting(held + 1))
    assert held == await people.on_hand(SKU)
    await client.perform(setting(held))
    assert held + 5 == await people.on_hand(SKU)


async def test_stock_of_another_seller_is_not_set(client: Client, people: People) -> None:
    """The staff's token could; the connector knows whose a variant is."""
    theirs = await people.stock("RIVAL-LAMP")
    command = SetInventory(
        key="count-3",
        item_id=theirs["product_id"],
        sku="RIVAL-LAMP",
        location_id=LOCATION,
        quantity=0,
    )
    with pytest.raises(Missing):
        await client.perform(command)
    assert theirs["on_hand"] == await people.on_hand("RIVAL-LAMP")


async def test_return_is_approved_and_taken_in_once(
    client: Client, market: System, people: People
) -> None:
    """One unit goes back on sale, and no money back."""
    bought = await _delivered(market, people)
    async with Shopper(market.info) as ada:
        return_id = await ada.send_back(bought.id, {bought.lines[SKU]: 1}, "dented")
    held = await people.on_hand(SKU)
    command = ReceiveReturn(key="back-1", return_id=return_id)
    first, again = await client.perform(command), await client.perform(command)
    [record] = of(ReturnRecord, first.changes)
    assert (ReturnStatus.RECEIVED, (await people.order(bought.number))["id"]) == (
        record.status,
        record.order_id,
    )
    assert (return_id, return_id) == (first.external_id, again.external_id)
    assert (held + 1, []) == (
        await people.on_hand(SKU),
        (await people.whole(bought.id))["refunds"],
    )


async def test_return_of_damaged_goods_is_not_put_on_sale(
    client: Client, market: System, people: People
) -> None:
    """Every line says that it is not to be."""
    bought = await _delivered(market, people)
    line_id = bought.lines[SKU]
    async with Shopper(market.info) as ada:
        return_id = await ada.send_back(bought.id, {line_id: 2})
    held = await people.on_hand(SKU)
    damaged = ReceivedLine(line_id=line_id, quantity=2, disposition=Disposition.DAMAGED)
    await client.perform(ReceiveReturn(key="back-2", return_id=return_id, lines=(damaged,)))
    assert (held, "received") == (
        await people.on_hand(SKU),
        (await people.returned(return_id))["status"],
    )


async def test_part_of_a_return_is_refused(client: Client, market: System, people: People) -> None:
    """The marketplace takes in both units or none; nobody has approved it meanwhile."""
    bought = await _delivered(market, people)
    line_id = bought.lines[SKU]
    async with Shopper(market.info) as ada:
        return_id = await ada.send_back(bought.id, {line_id: 2})
    held, part = await people.on_hand(SKU), ReceivedLine(line_id=line_id, quantity=1)
    with pytest.raises(Rejected) as refused:
        await client.perform(ReceiveReturn(key="back-3", return_id=return_id, lines=(part,)))
    assert ("PART", held, "pending") == (
        refused.value.code,
        await people.on_hand(SKU),
        (await people.returned(return_id))["status"],
    )


async def test_declined_return_is_a_conflict(
    client: Client, market: System, people: People
) -> None:
    """Nothing is put on sale."""
    bought = await _delivered(market, people)
    async with Shopper(market.info) as ada:
        return_id = await ada.send_back(bought.id, {bought.lines[SKU]: 1})
    await people.call("admin", "POST", f"returns/{return_id}/reject/", {})
    held = await people.on_hand(SKU)
    with pytest.raises(Conflict):
        await client.perform(ReceiveReturn(key="back-4", return_id=return_id))
    assert held == await people.on_hand(SKU)


async def test_own_order_is_canceled_and_its_stock_put_back_once(
    client: Client, market: System, people: People
) -> None:
    """Its units are on sale again; done again, nothing is."""
    held = await people.on_hand(SKU)
    bought = await flexmarket.buy(market.info, SKU, 2)
    own_id = (await people.order(bought.number))["id"]
    command = CancelOrder(key="cancel-1", order_id=own_id, reason="out of stock")
    first, again = await client.perform(command), await client.perform(command)
    [order] = of(OrderRecord, first.changes)
    assert (OrderStatus.CANCELED, own_id, own_id) == (
        order.status,
        first.external_id,
        again.external_id,
    )
    whole = await people.whole(bought.id)
    assert (held, "cancelled", "out of stock") == (
        await people.on_hand(SKU),
        whole["status"],
        whole["cancellation_reason"],
    )


@pytest.mark.parametrize("what", ["shared", "part", "sent", "restock"])
async def test_order_that_cannot_be_canceled_alone_is_refused(
    what: str, client: Client, market: System, people: People
) -> None:
    """Shared with another seller, a part of it, after goods left, without restocking."""
    bought = await flexmarket.buy(market.info, SKU, 2, how=SHARED if what == "shared" else None)
    own_id = (await people.order(bought.number))["id"]
    if what == "sent":
        await people.send("seller", own_id, "AP-LEFT")
    before = (await people.whole(bought.id))["status"]
    lines = (LineQuantity(sku=SKU, quantity=1),) if what == "part" else ()
    command = CancelOrder(
        key=f"cancel-{what}", order_id=own_id, reason="x", lines=lines, restock=what != "restock"
    )
    with pytest.raises(Rejected) as refused:
        await client.perform(command)
    codes = {"shared": "SHARED_ORDER", "part": "PART", "sent": "SHIPPED", "restock": "RESTOCK"}
    assert (codes[what], before) == (
        refused.value.code,
        (await people.whole(bought.id))["status"],
    )
