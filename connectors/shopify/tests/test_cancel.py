"""Canceling: whole orders, some units, and an edit broken off at any step."""

from dataclasses import replace

import pytest

from connectors.sdk.commands import CancelOrder
from connectors.sdk.errors import Ambiguous, Conflict, Missing
from connectors.sdk.records import LineCounters, OrderRecord, RefundRecord
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.values import LineQuantity
from connectors.shopify.requests import cancel
from connectors.shopify.tests.conftest import Rig, counters, cut, down, shipment

GONE = "gid://shopify/Order/9999999999999999"


def cancellation(order_id: str, *lines: LineQuantity, key: str = "cancel-1") -> CancelOrder:
    return CancelOrder(key=key, order_id=order_id, lines=lines, reason="customer")


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
