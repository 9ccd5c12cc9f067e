"""Writing: what is done, that again doubles nothing, and that a refusal changes nothing."""

from dataclasses import replace

import pytest

from connectors.sdk.changes import Touched
from connectors.sdk.commands import (
    CancelFulfillment,
    CancelOrder,
    CreateRefund,
    Outcome,
    RecordDelivery,
    RecordShipment,
    SetInventory,
)
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    Missing,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import (
    Kind,
    LevelRecord,
    LineCounters,
    OrderRecord,
    RefundRecord,
    ShipmentRecord,
)
from connectors.sdk.records.states import OrderStatus, RefundStatus, ShipmentStatus
from connectors.sdk.values import LineQuantity, Money
from connectors.shopify.requests import cancel
from connectors.shopify.tests.conftest import Rig, shipment

GONE = "gid://shopify/Order/9999999999999999"


def cancellation(order_id: str, *lines: LineQuantity, key: str = "cancel-1") -> CancelOrder:
    return CancelOrder(key=key, order_id=order_id, lines=lines, reason="customer")


def counters(outcome: Outcome | None) -> list[LineCounters]:
    """The counters of the order that *outcome* brings."""
    assert outcome
    order = outcome.changes[0]
    assert isinstance(order, OrderRecord)
    return [line.counters for line in order.lines]


def cut(operation: str) -> Planned:
    """The operation takes effect, its answer is lost."""
    return Planned(fault=Fault.CUT_AFTER, path=f"/{operation}")


def down(operation: str) -> Planned:
    """The operation does not take effect, and the answer does not say so."""
    return Planned(fault=Fault.SERVER_ERROR, path=f"/{operation}")


# Cancel


async def test_a_whole_order_is_canceled_and_its_stock_is_free(rig: Rig) -> None:
    """Nothing is refunded; what was committed is available again."""
    order_id = rig.buy(("TEE-S", 2))
    outcome = await rig.client.perform(cancellation(order_id))
    order = outcome.changes[0]
    assert isinstance(order, OrderRecord)
    assert (order.status, order.cancel_reason) == (OrderStatus.CANCELED, "CUSTOMER")
    assert counters(outcome) == [LineCounters(ordered=2, canceled=2)]
    assert [one for one in outcome.changes if isinstance(one, RefundRecord)] == []
    assert (rig.amounts("TEE-S")["available"], rig.amounts("TEE-S")["committed"]) == (10, 0)


async def test_an_order_canceled_without_restock_writes_its_stock_off(rig: Rig) -> None:
    """Units that are not put back are gone from the hand."""
    order_id = rig.buy(("TEE-S", 2))
    await rig.client.perform(replace(cancellation(order_id), restock=False))
    assert (rig.amounts("TEE-S")["available"], rig.amounts("TEE-S")["on_hand"]) == (8, 8)


async def test_canceling_again_changes_nothing(rig: Rig) -> None:
    """The second time only looks."""
    order_id = rig.buy()
    first = await rig.client.perform(cancellation(order_id))
    again = await rig.client.perform(cancellation(order_id))
    assert counters(again) == counters(first)
    assert rig.asked("OrderCancel") == 1


async def test_a_cancellation_is_waited_for(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shopify cancels in a job; the outcome is what is true after it."""
    monkeypatch.setattr(cancel, "POLL_S", 0)
    rig.simulator.shop.job_polls = 3
    outcome = await rig.client.perform(cancellation(rig.buy()))
    assert counters(outcome) == [LineCounters(ordered=1, canceled=1)]
    assert rig.asked("OrderCancelJob") == 3


async def test_a_cancellation_that_does_not_end_is_left_to_a_look_up(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ambiguous; None while it is under way; the outcome once it is done."""
    monkeypatch.setattr(cancel, "POLL_S", 0)
    rig.simulator.shop.job_polls = 99
    command = cancellation(rig.buy())
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    assert rig.asked("OrderCancelJob") == cancel.POLLS
    assert await rig.client.look_up(command) is None
    rig.simulator.shop.job_polls = 0
    for node in list(rig.simulator.shop.nodes.values()):
        node["polls"] = 0
    again = await rig.client.perform(command)
    assert counters(again) == [LineCounters(ordered=1, canceled=1)]


async def test_a_cancellation_whose_answer_is_lost_is_found_again(rig: Rig) -> None:
    """The look-up sees the canceled order; nothing is sent a second time."""
    command = cancellation(rig.buy())
    rig.simulator.faults.plan(cut("OrderCancel"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    assert counters(await rig.client.look_up(command)) == [LineCounters(ordered=1, canceled=1)]
    assert rig.asked("OrderCancel") == 1


async def test_some_units_are_taken_off_by_an_edit(rig: Rig) -> None:
    """Two of three; the rest stays to be shipped."""
    order_id = rig.buy(("TEE-S", 3), ("TEE-M", 1))
    line = (await rig.order(order_id)).lines[0]
    two = LineQuantity(line_id=line.external_id, quantity=2)
    outcome = await rig.client.perform(cancellation(order_id, two))
    assert counters(outcome) == [LineCounters(ordered=3, canceled=2), LineCounters(ordered=1)]
    assert (rig.amounts("TEE-S")["available"], rig.amounts("TEE-S")["committed"]) == (9, 1)


async def test_taking_units_off_again_takes_no_more(rig: Rig) -> None:
    """What is to be left was marked on the order before anything changed."""
    order_id = rig.buy(("TEE-S", 5))
    command = cancellation(order_id, LineQuantity(sku="TEE-S", quantity=2))
    await rig.client.perform(command)
    again = await rig.client.perform(command)
    other = await rig.client.perform(replace(command, key="cancel-2"))
    assert counters(again) == [LineCounters(ordered=5, canceled=2)]
    assert counters(other) == [LineCounters(ordered=5, canceled=4)]


@pytest.mark.parametrize(
    "operation", ["OrderMarkSet", "OrderEditBegin", "OrderEditSetQuantity", "OrderEditCommit"]
)
@pytest.mark.parametrize("happens", [True, False])
async def test_an_edit_broken_off_anywhere_ends_the_same(
    rig: Rig, operation: str, *, happens: bool
) -> None:
    """Whatever step is lost, done or not: two units less in the end, and the look-up knows when."""
    order_id = rig.buy(("TEE-S", 5))
    command = cancellation(order_id, LineQuantity(sku="TEE-S", quantity=2))
    rig.simulator.faults.plan(cut(operation) if happens else down(operation))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    found = await rig.client.look_up(command)
    assert (found is not None) == (happens and operation == "OrderEditCommit")
    again = await rig.client.perform(command)
    assert counters(again) == [LineCounters(ordered=5, canceled=2)]
    assert rig.amounts("TEE-S")["available"] == 7


async def test_more_units_than_are_open_are_refused(rig: Rig) -> None:
    """A conflict, and nothing is marked or edited."""
    order_id = rig.buy(("TEE-S", 1))
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(cancellation(order_id, LineQuantity(sku="TEE-S", quantity=2)))
    assert (caught.value.code, caught.value.field) == ("NOT_OPEN", "lines")
    assert (await rig.order(order_id)).lines[0].counters == LineCounters(ordered=1)
    assert rig.asked("OrderMarkSet") == 0


async def test_the_rest_of_a_partly_shipped_order_is_canceled(rig: Rig) -> None:
    """orderCancel refuses these; an edit leaves what shipped."""
    order_id = rig.buy(("TEE-S", 3))
    await rig.client.perform(shipment(await rig.order(order_id), units=1))
    command = cancellation(order_id)
    assert await rig.client.look_up(command) is None
    outcome = await rig.client.perform(command)
    assert counters(outcome) == [LineCounters(ordered=3, canceled=2, fulfilled=1)]
    assert counters(await rig.client.look_up(command)) == counters(outcome)
    again = await rig.client.perform(command)
    assert counters(again) == counters(outcome)
    assert rig.asked("OrderEditCommit") == 1


async def test_an_order_that_has_shipped_cannot_be_canceled(rig: Rig) -> None:
    """A conflict; the order stays as it is."""
    order_id = rig.buy()
    await rig.client.perform(shipment(await rig.order(order_id)))
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(cancellation(order_id))
    assert caught.value.code == "ALREADY_FULFILLED"
    assert (await rig.order(order_id)).status is OrderStatus.CONFIRMED


async def test_an_order_that_is_not_there_is_missing(rig: Rig) -> None:
    """Missing to a command, None to a look-up."""
    with pytest.raises(Missing):
        await rig.client.perform(cancellation(GONE))
    assert await rig.client.look_up(cancellation(GONE)) is None


# Ship and deliver


async def test_a_shipment_is_recorded_with_its_number(rig: Rig) -> None:
    """The outcome is the fulfillment's id, the order and the shipment as they are now."""
    order = await rig.order(rig.buy(("TEE-S", 2)))
    outcome = await rig.client.perform(shipment(order))
    [shipped] = [one for one in outcome.changes if isinstance(one, ShipmentRecord)]
    assert outcome.external_id == shipped.external_id
    assert [(one.number, one.carrier) for one in shipped.tracking] == [("1Z1", "UPS")]
    assert shipped.status is ShipmentStatus.SHIPPED
    assert counters(outcome) == [LineCounters(ordered=2, fulfilled=2)]
    assert (rig.amounts("TEE-S")["committed"], rig.amounts("TEE-S")["on_hand"]) == (0, 8)


async def test_a_shipment_recorded_again_is_not_doubled(rig: Rig) -> None:
    """The same parcel twice is one fulfillment."""
    order = await rig.order(rig.buy(("TEE-S", 2)))
    first = await rig.client.perform(shipment(order, units=1))
    again = await rig.client.perform(shipment(order, units=1))
    assert again.external_id == first.external_id
    assert counters(again) == [LineCounters(ordered=2, fulfilled=1)]


async def test_a_shipment_whose_answer_is_lost_is_found_again(rig: Rig) -> None:
    """By its number and its units."""
    order = await rig.order(rig.buy(("TEE-S", 2)))
    command = shipment(order, units=1)
    assert await rig.client.look_up(command) is None
    rig.simulator.faults.plan(cut("FulfillmentCreate"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    found = await rig.client.look_up(command)
    assert counters(found) == [LineCounters(ordered=2, fulfilled=1)]
    again = await rig.client.perform(command)
    assert found
    assert again.external_id == found.external_id
    assert rig.asked("FulfillmentCreate") == 1


async def test_a_shipment_that_failed_before_it_happened_is_made(rig: Rig) -> None:
    """A 500 that did nothing is ambiguous; the look-up says no, and it is done once."""
    order = await rig.order(rig.buy())
    rig.simulator.faults.plan(down("FulfillmentCreate"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(shipment(order))
    assert await rig.client.look_up(shipment(order)) is None
    outcome = await rig.client.perform(shipment(order))
    assert counters(outcome) == [LineCounters(ordered=1, fulfilled=1)]


async def test_one_number_on_two_shipments_of_other_units_is_two_shipments(rig: Rig) -> None:
    """One parcel may close two pieces of work."""
    order = await rig.order(rig.buy(("TEE-S", 1), ("TEE-M", 1)))
    second = replace(
        shipment(order), lines=(LineQuantity(line_id=order.lines[1].external_id, quantity=1),)
    )
    first = await rig.client.perform(shipment(order))
    outcome = await rig.client.perform(second)
    assert first.external_id != outcome.external_id
    assert counters(outcome) == [LineCounters(ordered=1, fulfilled=1)] * 2


async def test_units_named_by_sku_alone_are_found(rig: Rig) -> None:
    """A warehouse that knows no line ids may ship, once."""
    order = await rig.order(rig.buy(("TEE-S", 1), ("TEE-S", 2)))
    command = replace(shipment(order), lines=(LineQuantity(sku="TEE-S", quantity=3),))
    first = await rig.client.perform(command)
    again = await rig.client.perform(command)
    assert counters(again) == [
        LineCounters(ordered=1, fulfilled=1),
        LineCounters(ordered=2, fulfilled=2),
    ]
    assert again.external_id == first.external_id


async def test_no_units_named_means_all_that_is_left(rig: Rig) -> None:
    """Of the fulfillment order named."""
    order = await rig.order(rig.buy(("TEE-S", 2)))
    work_id = rig.state(order.external_id)["fulfillmentOrders"][0]["id"]
    command = replace(shipment(order), lines=(), fulfillment_order_id=work_id)
    assert counters(await rig.client.perform(command)) == [LineCounters(ordered=2, fulfilled=2)]
    assert counters(await rig.client.perform(command)) == [LineCounters(ordered=2, fulfilled=2)]
    assert rig.asked("FulfillmentCreate") == 1


async def test_more_units_than_are_ready_are_refused(rig: Rig) -> None:
    """A conflict, and nothing ships."""
    order = await rig.order(rig.buy())
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(shipment(order, units=2))
    assert caught.value.code == "NOT_READY"
    assert (await rig.order(order.external_id)).lines[0].counters == LineCounters(ordered=1)
    assert rig.asked("FulfillmentCreate") == 0


async def test_units_at_two_locations_are_not_one_shipment(rig: Rig) -> None:
    """Shopify makes a fulfillment at one location; each is recorded by itself."""
    order = await rig.order(rig.buy(("TEE-S", 10), ("TEE-M", 40)))
    lines = tuple(LineQuantity(line_id=one.external_id, quantity=1) for one in order.lines)
    with pytest.raises(Conflict):
        await rig.client.perform(replace(shipment(order), lines=lines))
    for number, line in zip("AB", lines, strict=True):
        await rig.client.perform(replace(shipment(order, number), lines=(line,)))
    shipped = (await rig.order(order.external_id)).lines
    assert [one.counters.fulfilled for one in shipped] == [1, 1]


async def test_work_on_hold_does_not_ship(rig: Rig) -> None:
    """The hold is named; nothing ships."""
    order = await rig.order(rig.buy())
    work = rig.state(order.external_id)["fulfillmentOrders"][0]
    work["status"] = "ON_HOLD"
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(replace(shipment(order), fulfillment_order_id=work["id"]))
    assert caught.value.code == "ON_HOLD"
    assert rig.asked("FulfillmentCreate") == 0


async def test_work_that_is_not_there_is_missing(rig: Rig) -> None:
    """A fulfillment order of another order, or none."""
    order = await rig.order(rig.buy())
    other = "gid://shopify/FulfillmentOrder/1"
    with pytest.raises(Missing):
        await rig.client.perform(replace(shipment(order), fulfillment_order_id=other))


async def test_a_canceled_shipment_may_be_recorded_anew(rig: Rig) -> None:
    """What was taken back does not count as done."""
    order = await rig.order(rig.buy())
    first = await rig.client.perform(shipment(order))
    assert first.external_id
    rig.state(first.external_id)["status"] = "CANCELLED"
    work = rig.state(order.external_id)["fulfillmentOrders"][0]
    work["status"], work["lineItems"][0]["remainingQuantity"] = "OPEN", 1
    again = await rig.client.perform(shipment(order))
    assert again.external_id != first.external_id


async def test_a_delivery_is_recorded_once(rig: Rig) -> None:
    """A scan on the fulfillment; the second time there is one already."""
    order = await rig.order(rig.buy())
    shipped = await rig.client.perform(shipment(order))
    assert shipped.external_id
    command = RecordDelivery(key="d", order_id=order.external_id, shipment_id=shipped.external_id)
    assert await rig.client.look_up(command) is None
    outcome = await rig.client.perform(command)
    assert counters(outcome) == [LineCounters(ordered=1, fulfilled=1, delivered=1)]
    [arrived] = [one for one in outcome.changes if isinstance(one, ShipmentRecord)]
    assert arrived.status is ShipmentStatus.DELIVERED
    assert counters(await rig.client.perform(command)) == counters(outcome)
    assert counters(await rig.client.look_up(command)) == counters(outcome)
    assert rig.asked("FulfillmentDelivered") == 1


async def test_a_delivery_whose_answer_is_lost_is_found_again(rig: Rig) -> None:
    """The fulfillment says DELIVERED."""
    order = await rig.order(rig.buy())
    shipped = await rig.client.perform(shipment(order))
    command = RecordDelivery(
        key="d", order_id=order.external_id, shipment_id=shipped.external_id or ""
    )
    rig.simulator.faults.plan(cut("FulfillmentDelivered"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    found = await rig.client.look_up(command)
    assert counters(found) == [LineCounters(ordered=1, fulfilled=1, delivered=1)]


async def test_a_delivery_of_no_shipment_is_missing(rig: Rig) -> None:
    """Missing to a command, None to a look-up."""
    command = RecordDelivery(key="d", order_id=rig.buy(), shipment_id="gid://shopify/X/1")
    with pytest.raises(Missing):
        await rig.client.perform(command)
    assert await rig.client.look_up(command) is None


# Stock


def stock(rig: Rig, quantity: int, expected: int | None = None) -> SetInventory:
    shop = rig.simulator.shop
    return SetInventory(
        key="stock-1",
        item_id=shop.variants["TEE-S"]["inventoryItem"]["id"],
        sku="TEE-S",
        location_id=shop.location("DC-1")["id"],
        quantity=quantity,
        expected=expected,
    )


async def test_stock_is_set_on_hand_and_what_is_committed_stays(rig: Rig) -> None:
    """Twelve on hand, two of them sold: ten available."""
    rig.buy(("TEE-S", 2))
    outcome = await rig.client.perform(stock(rig, 12, expected=10))
    [level] = outcome.changes
    assert isinstance(level, LevelRecord)
    found = level.quantities
    assert (found.on_hand, found.available, found.committed) == (12, 10, 2)
    assert outcome.external_id == level.external_id


async def test_stock_that_is_not_what_was_expected_is_left_alone(rig: Rig) -> None:
    """Shopify compares as it writes."""
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(stock(rig, 12, expected=9))
    assert caught.value.code == "CHANGE_FROM_QUANTITY_STALE"
    assert caught.value.field == "input.quantities.0.changeFromQuantity"
    assert rig.amounts("TEE-S")["on_hand"] == 10


async def test_stock_set_again_with_its_key_is_set_once(rig: Rig) -> None:
    """The lost answer is given again, although stock is no longer what was expected."""
    command = stock(rig, 12, expected=10)
    rig.simulator.faults.plan(cut("InventorySet"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    [level] = (await rig.client.perform(command)).changes
    assert isinstance(level, LevelRecord)
    assert level.quantities.on_hand == 12


async def test_a_key_does_not_overwrite_what_was_sold_since(rig: Rig) -> None:
    """Resending an absolute number under its key changes nothing."""
    command = stock(rig, 12)
    await rig.client.perform(command)
    rig.simulator.shop.move(
        rig.simulator.shop.level("TEE-S", rig.simulator.shop.location("DC-1")), available=-3
    )
    [level] = (await rig.client.perform(command)).changes
    assert isinstance(level, LevelRecord)
    assert level.quantities.on_hand == 9


async def test_after_a_day_a_stock_that_was_set_counts_as_done(rig: Rig) -> None:
    """Shopify forgets the key; what was wanted is there."""
    command = stock(rig, 12, expected=10)
    await rig.client.perform(command)
    rig.clock.later(hours=25)
    [level] = (await rig.client.perform(command)).changes
    assert isinstance(level, LevelRecord)
    assert level.quantities.on_hand == 12


async def test_a_key_used_for_something_else_is_refused(rig: Rig) -> None:
    """By Shopify, and stock stays."""
    await rig.client.perform(stock(rig, 12))
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(stock(rig, 99))
    assert caught.value.code == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    assert rig.amounts("TEE-S")["on_hand"] == 12


async def test_stock_where_there_is_none_is_missing(rig: Rig) -> None:
    """The item is not stocked at the location."""
    elsewhere = rig.simulator.shop.location("DC-2")["id"]
    with pytest.raises(Missing) as caught:
        await rig.client.perform(replace(stock(rig, 12), location_id=elsewhere))
    assert caught.value.code == "INVALID_INVENTORY_ITEM"


async def test_negative_stock_is_refused(rig: Rig) -> None:
    """In Shopify's own word."""
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(stock(rig, -1))
    assert caught.value.code == "INVALID_QUANTITY_NEGATIVE"
    assert rig.amounts("TEE-S")["on_hand"] == 10


async def test_a_write_that_succeeded_is_done_even_if_it_cannot_be_read_back(rig: Rig) -> None:
    """The level is only said to be touched: it is read when that can be done."""
    command = stock(rig, 12)
    rig.simulator.faults.plan(*[down("LevelsAt")] * 3)
    outcome = await rig.client.perform(command)
    level_id = f"{command.item_id}@{command.location_id}"
    assert outcome == Outcome(
        external_id=level_id, changes=(Touched(kind=Kind.LEVEL, external_id=level_id),)
    )
    assert rig.amounts("TEE-S")["on_hand"] == 12


async def test_a_throttled_write_is_not_applied_and_not_tried_here_again(rig: Rig) -> None:
    """The outbox waits for it, in order: ten points at one a second."""
    rig.simulator.engine.restore_rate /= 1000
    rig.simulator.engine.drain()
    with pytest.raises(Throttled) as caught:
        await rig.client.perform(stock(rig, 12))
    assert caught.value.retry_after_s == 10.0
    assert rig.asked("InventorySet") == 1
    assert rig.amounts("TEE-S")["on_hand"] == 10


async def test_a_write_without_a_key_would_be_refused(rig: Rig) -> None:
    """Since 2026-04: the simulator insists on it, as Shopify does."""
    text = "mutation M($input: RefundInput!) { refundCreate(input: $input) { refund { id } } }"
    variables = {"input": {"orderId": rig.buy(), "transactions": []}}
    asked = {"query": text, "operationName": "M", "variables": variables}
    answer = rig.simulator.engine.answer(asked)
    assert answer["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


# Refunds


def refund(order: OrderRecord, minor: int = 500, key: str = "refund-1") -> CreateRefund:
    return CreateRefund(
        key=key,
        order_id=order.external_id,
        payment_id=order.transactions[0].external_id,
        amount=Money(minor=minor, currency=order.currency),
        lines=(),
        reason="Late by a week",
    )


def refunds(outcome: Outcome) -> list[RefundRecord]:
    return [one for one in outcome.changes if isinstance(one, RefundRecord)]


async def test_money_goes_back_on_the_payment_named(rig: Rig) -> None:
    """With the reason for people and the key for us, on no more than one transaction."""
    order = await rig.order(rig.buy())
    outcome = await rig.client.perform(refund(order))
    [made] = refunds(outcome)
    assert outcome.external_id == made.external_id
    assert (made.amount, made.status) == (
        Money(minor=500, currency="USD"),
        RefundStatus.SUCCEEDED,
    )
    assert (made.reason, made.reference) == ("Late by a week", "refund-1")
    assert made.payment_id == order.transactions[0].external_id
    assert counters(outcome) == [LineCounters(ordered=1)]


async def test_a_refund_whose_answer_is_lost_is_made_once(rig: Rig) -> None:
    """Sent again with its key."""
    order = await rig.order(rig.buy())
    rig.simulator.faults.plan(cut("RefundCreate"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(refund(order))
    assert len(refunds(await rig.client.perform(refund(order)))) == 1


async def test_a_refund_is_not_doubled_when_shopify_has_forgotten_its_key(rig: Rig) -> None:
    """After a day the note still knows it."""
    order = await rig.order(rig.buy())
    first = await rig.client.perform(refund(order))
    rig.clock.later(hours=25)
    again = await rig.client.perform(refund(order))
    assert again.external_id == first.external_id
    assert len(refunds(again)) == 1
    assert len(refunds(await rig.client.perform(refund(order, key="refund-2")))) == 2


async def test_a_refund_for_lines_does_not_touch_stock(rig: Rig) -> None:
    """The customer keeps the goods: not restocked, not counted as returned or canceled."""
    order = await rig.order(rig.buy(("TEE-S", 2)))
    await rig.client.perform(shipment(order))
    before = rig.amounts("TEE-S")
    one = LineQuantity(line_id=order.lines[0].external_id, quantity=1)
    outcome = await rig.client.perform(replace(refund(order, 1999), lines=(one,)))
    assert refunds(outcome)[0].lines == (one,)
    assert counters(outcome) == [LineCounters(ordered=2, fulfilled=2)]
    assert rig.amounts("TEE-S") == before


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 7), ("KWD", 5125)])
async def test_a_refund_is_exact_in_every_currency(rig: Rig, currency: str, minor: int) -> None:
    """Seven yen are "7", 5,125 fils are "5.125"."""
    rig.simulator.shop.currency = currency
    order = await rig.order(rig.buy())
    [made] = refunds(await rig.client.perform(refund(order, minor)))
    assert made.amount == Money(minor=minor, currency=currency)


async def test_without_a_payment_the_one_that_holds_enough_is_taken(rig: Rig) -> None:
    """And none when none does."""
    order = await rig.order(rig.buy())
    whole = order.totals.total.minor
    most = replace(refund(order, whole - 1), payment_id=None)
    assert len(refunds(await rig.client.perform(most))) == 1
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(replace(refund(order, 2, key="refund-2"), payment_id=None))
    assert caught.value.code == "NOTHING_TO_REFUND"
    assert rig.asked("RefundCreate") == 1


async def test_a_refund_of_more_than_was_paid_is_refused_by_shopify(rig: Rig) -> None:
    """This mutation's errors have no code: the field and the text are all there is."""
    order = await rig.order(rig.buy())
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(refund(order, order.totals.total.minor + 1))
    assert (caught.value.code, caught.value.field) == ("USER_ERROR", "transactions")
    assert rig.state(order.external_id)["refunds"] == []


async def test_a_refund_in_another_currency_is_refused_before_it_is_sent(rig: Rig) -> None:
    """The order's currency is what the customer paid in."""
    order = await rig.order(rig.buy())
    euros = replace(refund(order), amount=Money(minor=1, currency="EUR"))
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(euros)
    assert caught.value.code == "CURRENCY_MISMATCH"
    assert rig.asked("RefundCreate") == 0


async def test_a_refund_on_no_payment_is_missing(rig: Rig) -> None:
    """A payment id of another order."""
    order = await rig.order(rig.buy())
    with pytest.raises(Missing):
        await rig.client.perform(replace(refund(order), payment_id="gid://shopify/X/1"))


# What it does not do


@pytest.mark.parametrize("verb", ["perform", "look_up"])
async def test_an_undeclared_command_is_refused_before_anything_is_sent(
    rig: Rig, verb: str
) -> None:
    """Shopify fulfills for nobody else."""
    command = CancelFulfillment(key="x", fulfillment_order_id="y", reason="z")
    with pytest.raises(Unsupported):
        await getattr(rig.client, verb)(command)
    assert rig.recorder.exchanges == []


async def test_a_command_that_is_sent_again_is_not_looked_up(rig: Rig) -> None:
    """Idempotent commands have no look-up."""
    with pytest.raises(Unsupported):
        await rig.client.look_up(stock(rig, 1))


async def test_a_shop_that_cannot_be_read_is_unavailable_to_a_write(rig: Rig) -> None:
    """Nothing was sent, so nothing can have happened."""
    command: RecordShipment = shipment(await rig.order(rig.buy()))
    rig.simulator.faults.plan(Planned(fault=Fault.NOT_JSON, path="/OrdersById"))
    with pytest.raises(Unavailable):
        await rig.client.perform(command)
    assert rig.asked("FulfillmentCreate") == 0


async def test_an_unreadable_answer_to_a_write_is_ambiguous(rig: Rig) -> None:
    """It may have happened."""
    rig.simulator.faults.plan(Planned(fault=Fault.NOT_JSON, path="/InventorySet"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(stock(rig, 12))
