"""Taking a request back: all of it, before it is picked, or nothing."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connectors.sdk.changes import Touched
from connectors.sdk.commands import (
    CancelFulfillment,
    RequestFulfillment,
)
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    Malformed,
    Missing,
)
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import FulfillmentOrderRecord, ShipmentRecord
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    RequestStatus,
    ShipmentStatus,
)
from connectors.shipbob import answers
from connectors.shipbob.mapping import Node
from connectors.shipbob.tests.conftest import Rig, line, order_of

Ask = Callable[..., RequestFulfillment]
ORDER = "/2026-01/order"


def _cancel(order_id: object) -> CancelFulfillment:
    return CancelFulfillment(key="c-1", fulfillment_order_id=str(order_id), reason="changed mind")


async def test_an_order_is_canceled_before_it_is_picked(rig: Rig, ask: Ask) -> None:
    """Its stock is free again, and canceling again changes and sends nothing more."""
    before = rig.stock()
    asked = await rig.client.perform(ask())
    outcome = await rig.client.perform(_cancel(asked.external_id))
    order, shipment = outcome.changes
    assert isinstance(order, FulfillmentOrderRecord)
    assert isinstance(shipment, ShipmentRecord)
    assert order.status is FulfillmentOrderStatus.CANCELED
    assert order.request_status is RequestStatus.CANCELLATION_ACCEPTED
    assert shipment.status is ShipmentStatus.CANCELED
    assert rig.stock() == before
    again = await rig.client.perform(_cancel(asked.external_id))
    assert order_of(again).status is FulfillmentOrderStatus.CANCELED
    assert len(rig.sent("POST", ":cancel")) == 1


async def test_it_is_too_late_once_anything_is_picked(rig: Rig, ask: Ask) -> None:
    """Conflict, nothing sent that could cancel the rest, and nothing changed."""
    asked = await rig.client.perform(ask(lines=(line(quantity=30),)))
    [order] = rig.shipbob.warehouse.orders.values()
    first, second = order.shipments
    rig.shipbob.warehouse.step(first)
    before, stock = rig.everything(), rig.stock()
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(_cancel(asked.external_id))
    assert caught.value.code == "not_cancellable"
    assert str(first.id) in str(caught.value)
    assert str(second.id) not in str(caught.value)
    assert (rig.everything(), rig.stock()) == (before, stock)
    assert rig.sent("POST", ":cancel") == []
    assert await rig.client.look_up(_cancel(asked.external_id)) is None


async def test_a_pick_in_between_is_a_conflict(rig: Rig, ask: Ask) -> None:
    """The order is picked after we looked and before we asked: ShipBob refuses, nothing changes."""
    asked = await rig.client.perform(ask())
    rig.recorder.before[":cancel"] = rig.shipbob.advance
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(_cancel(asked.external_id))
    assert caught.value.code == "not_cancellable"
    [order] = rig.shipbob.warehouse.orders.values()
    assert [each.detail for each in order.shipments] == [(100, "Picked", "Picking Completed")]
    assert order.status == "Processing"


async def test_a_pick_of_a_part_in_between_says_that_a_part_went(rig: Rig, ask: Ask) -> None:
    """ShipBob cancels one box and keeps the other: no success, and the reason to read again."""
    asked = await rig.client.perform(ask(lines=(line(quantity=30),)))
    [order] = rig.shipbob.warehouse.orders.values()
    first, second = order.shipments
    rig.recorder.before[":cancel"] = lambda: rig.shipbob.warehouse.step(first)
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(_cancel(asked.external_id))
    assert caught.value.code == "partly_canceled"
    assert [each.status for each in (first, second)] == ["Processing", "Cancelled"]


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER])
async def test_a_lost_reply_to_a_cancellation_is_looked_up(
    rig: Rig, ask: Ask, fault: Fault
) -> None:
    """It is canceled once: the look-up sees it, and performing again sends nothing more."""
    asked = await rig.client.perform(ask())
    rig.shipbob.faults.plan(Planned(fault=fault, path=":cancel"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(_cancel(asked.external_id))
    found = order_of(await rig.client.look_up(_cancel(asked.external_id)))
    assert found.status is FulfillmentOrderStatus.CANCELED
    again = await rig.client.perform(_cancel(asked.external_id))
    assert again.external_id == asked.external_id
    assert len(rig.sent("POST", ":cancel")) == 1


async def test_an_unreadable_answer_to_a_cancellation_is_no_success(rig: Rig, ask: Ask) -> None:
    """Nothing was canceled, and the answer does not tell: performing again does it."""
    asked = await rig.client.perform(ask())
    rig.shipbob.faults.plan(Planned(fault=Fault.NOT_JSON, path=":cancel"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(_cancel(asked.external_id))
    assert await rig.client.look_up(_cancel(asked.external_id)) is None
    outcome = await rig.client.perform(_cancel(asked.external_id))
    assert order_of(outcome).status is FulfillmentOrderStatus.CANCELED


@pytest.mark.parametrize("order_id", ["100000999", "not-a-number"])
async def test_an_order_that_is_not_there_is_missing(rig: Rig, order_id: str) -> None:
    """Missing, whether it could be an id of ShipBob's or not."""
    with pytest.raises(Missing):
        await rig.client.perform(_cancel(order_id))
    assert rig.sent("POST") == []


def test_a_cancellation_answered_without_the_order_is_read_again() -> None:
    """The contract allows an answer without the order: then the subject is named, to be read."""
    answer = Node({"status": "Success", "canceled_shipment_results": [], "order": None})
    outcome = answers.canceled("7", answer, datetime.now(UTC))
    assert [type(each) for each in outcome.changes] == [Touched]


@pytest.mark.parametrize("answer", [{}, {"error": "something"}, {"status": None}])
def test_a_cancellation_answered_without_a_result_is_no_success(answer: object) -> None:
    """An object that says nothing of how it went is not read as all went well."""
    with pytest.raises(Malformed):
        answers.canceled("7", Node(answer), datetime.now(UTC))
