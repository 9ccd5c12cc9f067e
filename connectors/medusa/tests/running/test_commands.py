"""Every command at the running shop: done, done again, looked up, refused without a trace."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.medusa.connector import Client
from connectors.medusa.tests.running.staff import Staff
from connectors.medusa.tests.running.work import all_of, only, refunding, shipping
from connectors.sdk.commands import CancelOrder, Command, RecordDelivery, SetInventory
from connectors.sdk.errors import Conflict, Missing, Rejected, Unsupported
from connectors.sdk.records import (
    Kind,
    LevelRecord,
    LineCounters,
    OrderRecord,
    RefundRecord,
    ShipmentRecord,
)
from connectors.sdk.records.states import OrderStatus, ShipmentStatus, TransactionKind
from connectors.sdk.values import LineQuantity, Money
from tests.running import System
from tests.shoppers import medusa

pytestmark = pytest.mark.systems

SKU = "SNKR-WHT-8"


async def _refused(client: Client, kind: type[Rejected], command: Command) -> None:
    with pytest.raises(kind) as refusal:
        await client.perform(command)
    assert kind is refusal.type
    assert await client.look_up(command) is None


async def test_whole_order_is_canceled_once(client: Client, shop: System, staff: Staff) -> None:
    """The shop gives the money back by itself; stock is free again; the second time nothing
    happens."""
    before = await staff.stock(SKU)
    bought = await medusa.buy(shop, SKU, 2, "cancels@example.com")
    await staff.capture(bought.id)
    lines = (LineQuantity(sku=SKU, quantity=2),)
    command = CancelOrder(key="cancel-1", order_id=bought.id, lines=lines, reason="changed mind")
    for _ in range(2):
        outcome = await client.perform(command)
        order = only(OrderRecord, outcome.changes)
        assert (OrderStatus.CANCELED, LineCounters(ordered=2, canceled=2)) == (
            order.status,
            order.lines[0].counters,
        )
        assert order.canceled_at
        assert order.totals.total == only(RefundRecord, outcome.changes).amount
    assert before == await staff.stock(SKU)
    levels = {each.location_id: each.quantities for each in all_of(LevelRecord, outcome.changes)}
    assert before == {at: (each.on_hand, each.committed) for at, each in levels.items()}


async def test_authorized_order_is_canceled_and_voided(client: Client, shop: System) -> None:
    """Before the money was taken."""
    bought = await medusa.buy(shop, SKU, 1, "cancels-early@example.com")
    outcome = await client.perform(CancelOrder(key="cancel-2", order_id=bought.id, reason="x"))
    order = only(OrderRecord, outcome.changes)
    assert (OrderStatus.CANCELED, [TransactionKind.AUTHORIZATION, TransactionKind.VOID]) == (
        order.status,
        [each.kind for each in order.transactions],
    )


async def test_what_cannot_be_canceled_changes_nothing(
    client: Client, shop: System, staff: Staff, reno: str
) -> None:
    """Some of it, what is not there, what is packed, and stock that is not to go back."""
    bought = await medusa.buy(shop, SKU, 2, "cancels-not@example.com")

    def canceling(**more: Any) -> CancelOrder:
        given = {"key": "cancel-3", "order_id": bought.id, "reason": "x", **more}
        return CancelOrder(**given)

    before = await staff.order(bought.id)
    some = (LineQuantity(sku=SKU, quantity=1),)
    unknown = (LineQuantity(line_id="ordli_none", quantity=1),)
    await _refused(client, Rejected, canceling(lines=some))
    await _refused(client, Unsupported, canceling(restock=False))
    await _refused(client, Missing, canceling(lines=unknown))
    await _refused(client, Missing, canceling(order_id="order_none"))
    assert before == await staff.order(bought.id)
    await staff.fulfill(bought.id, {bought.lines[SKU]: 1}, reno)
    before = await staff.order(bought.id)
    await _refused(client, Conflict, canceling())
    assert before == await staff.order(bought.id)


async def test_shipments_are_recorded_once_each_and_delivered(
    client: Client, shop: System, staff: Staff
) -> None:
    """Two commands for one unit each in one parcel: two fulfillments, however often each is
    performed; stock leaves twice; the second of them arrives, once."""
    on_hand = sum(counts[0] for counts in (await staff.stock(SKU)).values())
    bought = await medusa.buy(shop, SKU, 2, "ships@example.com")
    first, second = (shipping(key, bought.id, 1, "1Z-TWIN", SKU) for key in ("ship-1", "ship-2"))
    assert await client.look_up(first) is None
    outcomes = [await client.perform(each) for each in (first, second, first)]
    made = [each.external_id for each in outcomes]
    assert (made[0], True) == (made[2], made[0] != made[1])
    found = await client.look_up(second)
    assert found
    assert made[1] == found.external_id
    shipments = all_of(ShipmentRecord, found.changes)
    assert [(ShipmentStatus.SHIPPED, "1Z-TWIN", "UPS Ground")] * 2 == [
        (each.status, each.tracking[0].number, each.tracking[0].carrier) for each in shipments
    ]
    assert {"ship-1": made[0], "ship-2": made[1]} == {
        each.reference: each.external_id for each in shipments
    }
    assert on_hand - 2 == sum(counts[0] for counts in (await staff.stock(SKU)).values())
    assert made[1]
    command = RecordDelivery(key="deliver-1", order_id=bought.id, shipment_id=made[1])
    for _ in range(2):
        outcome = await client.perform(command)
        assert LineCounters(ordered=2, fulfilled=2, delivered=1) == (
            only(OrderRecord, outcome.changes).lines[0].counters
        )


async def test_what_cannot_be_shipped_or_delivered_changes_nothing(
    client: Client, shop: System, staff: Staff, reno: str
) -> None:
    """More than was bought, a line of none, nothing, a parcel that is not there or was unpacked, an
    order that was canceled."""
    bought = await medusa.buy(shop, SKU, 1, "ships-not@example.com")
    before = await staff.order(bought.id)
    await _refused(client, Conflict, shipping("ship-3", bought.id, 2, "1Z-X", SKU))
    await _refused(client, Missing, shipping("ship-3", bought.id, 1, "1Z-X", "NO-SUCH-SKU"))
    await _refused(client, Rejected, shipping("ship-3", bought.id, 0, "1Z-X", SKU))
    lost = RecordDelivery(key="deliver-2", order_id=bought.id, shipment_id="ful_none")
    await _refused(client, Missing, lost)
    assert before == await staff.order(bought.id)
    parcel = await staff.fulfill(bought.id, {bought.lines[SKU]: 1}, reno)
    await staff.post(f"/admin/orders/{bought.id}/fulfillments/{parcel}/cancel")
    before = await staff.order(bought.id)
    unpacked = RecordDelivery(key="deliver-3", order_id=bought.id, shipment_id=parcel)
    await _refused(client, Conflict, unpacked)
    assert before == await staff.order(bought.id)
    await staff.post(f"/admin/orders/{bought.id}/cancel")
    before = await staff.order(bought.id)
    await _refused(client, Conflict, shipping("ship-4", bought.id, 1, "1Z-X", SKU))
    assert before == await staff.order(bought.id)


async def test_refunds_are_made_once_each_and_no_more_than_was_captured(
    client: Client, shop: System, staff: Staff
) -> None:
    """By the payment's id or a capture's, or by none; what is refused leaves no trace."""
    bought = await medusa.buy(shop, SKU, 1, "refunds@example.com")
    await _refused(client, Conflict, refunding("refund-1", bought.id, 100))
    await staff.capture(bought.id)
    payment = await staff.payment(bought.id)
    (capture,) = payment["captures"]
    made = []
    for key, named in (
        ("refund-2", payment["id"]),
        ("refund-3", capture["id"]),
        ("refund-4", None),
    ):
        command = refunding(key, bought.id, 150, payment_id=named)
        assert await client.look_up(command) is None
        outcomes = [await client.perform(command), await client.perform(command)]
        made += [each.external_id for each in outcomes]
    refunds = all_of(RefundRecord, outcomes[1].changes)
    assert [made[0], made[0], made[2], made[2], made[4], made[4]] == made
    assert {("refund-2", 150), ("refund-3", 150), ("refund-4", 150)} == {
        (str(each.reference), each.amount.minor) for each in refunds
    }
    assert {("dented", payment["id"])} == {(each.reason, each.payment_id) for each in refunds}
    before = await staff.payment(bought.id)
    await _refused(client, Conflict, refunding("refund-5", bought.id, 1_000_000))
    await _refused(client, Missing, refunding("refund-5", bought.id, 1, payment_id="pay_none"))
    await _refused(client, Rejected, refunding("refund-5", bought.id, 0))
    dollars = refunding("refund-5", bought.id, 1)
    await _refused(client, Rejected, replace(dollars, amount=Money(minor=1, currency="EUR")))
    assert (before, 3) == (await staff.payment(bought.id), len(before["refunds"]))


async def test_stock_is_set_once_and_only_from_what_was_expected(
    client: Client, shop: System, staff: Staff, reno: str
) -> None:
    """And at a place that never had any: nothing was expected there."""
    item = await staff.item("TOTE-NAT-OS")
    held = await staff.stock("TOTE-NAT-OS")

    def setting(location_id: str, quantity: int, expected: int | None) -> SetInventory:
        return SetInventory(
            key="stock-1",
            item_id=item["id"],
            sku="TOTE-NAT-OS",
            location_id=location_id,
            quantity=quantity,
            expected=expected,
        )

    await _refused(client, Conflict, setting(reno, 5, held[reno][0] + 1))
    await _refused(client, Rejected, setting(reno, -1, None))
    assert held == await staff.stock("TOTE-NAT-OS")
    outcome = await client.perform(setting(reno, 5, held[reno][0]))
    assert f"{item['id']}@{reno}" == outcome.external_id
    levels = {each.location_id: each.quantities for each in all_of(LevelRecord, outcome.changes)}
    assert (5, held[reno][1]) == (levels[reno].on_hand, levels[reno].committed)
    made = await staff.post("/admin/stock-locations", name="POP-UP")
    place = made["stock_location"]["id"]
    for _ in range(2):
        await client.perform(setting(place, 4, 0))
    after = held | {reno: (5, held[reno][1]), place: (4, 0)}
    assert after == await staff.stock("TOTE-NAT-OS")
    (popped_up,) = await client.fetch(Kind.LEVEL, [f"{item['id']}@{place}"])
    assert isinstance(popped_up, LevelRecord)
    assert 4 == popped_up.quantities.on_hand
