"""Canceling orders and telling what left: step by step, once, or not at all."""

from copy import deepcopy
from dataclasses import replace

import pytest

from connectors.sdk.commands import Outcome
from connectors.sdk.errors import Ambiguous, Conflict, Missing, Rejected, Unsupported
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import FulfillmentOrderRecord, OrderRecord, ShipmentRecord
from connectors.sdk.values import LineQuantity
from connectors.square.simulated.till import Ahead
from connectors.square.tests.commanding import (
    TEES,
    UPDATE,
    VOID,
    all_lines,
    cancel,
    held,
    refused,
    ship,
    writes,
)
from connectors.square.tests.conftest import Rig


def assert_canceled(rig: Rig, order_id: str, outcome: Outcome) -> None:
    [sale, work] = outcome.changes
    assert isinstance(sale, OrderRecord)
    assert isinstance(work, FulfillmentOrderRecord)
    assert (order_id, "CANCELED", "CANCELED") == (outcome.external_id, sale.status, work.status)
    assert [2, 1] == [line.counters.canceled for line in sale.lines]
    order = rig.simulator.books.orders[order_id]
    assert ("CANCELED", "CANCELED") == (order["state"], order["fulfillments"][0]["state"])


async def test_canceling_voids_the_payment_then_the_fulfillment_then_the_order(rig: Rig) -> None:
    """Square refuses the last step while anything before it stands."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(kind="PICKUP", paid="AUTHORIZED"))
    outcome = await rig.client.perform(cancel(order_id))
    assert_canceled(rig, order_id, outcome)
    assert ["CANCELED"] == [one["status"] for one in rig.simulator.books.payments.values()]
    [sale, _] = outcome.changes
    assert isinstance(sale, OrderRecord)
    assert ["VOID"] == [one.kind for one in sale.transactions]
    assert "Changed my mind" == sale.cancel_reason
    assert 3 == writes(rig)


async def test_canceling_again_changes_nothing(rig: Rig) -> None:
    """The same outcome, and not one more write."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    await rig.client.perform(cancel(order_id))
    before, sent = held(rig), writes(rig)
    assert_canceled(rig, order_id, await rig.client.perform(cancel(order_id)))
    assert (before, sent) == (held(rig), writes(rig))


@pytest.mark.parametrize("path", [VOID, UPDATE])
@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER, Fault.SERVER_ERROR])
async def test_a_cancellation_cut_at_any_step_goes_on(rig: Rig, path: str, fault: Fault) -> None:
    """Whether the step took effect or not, performing again ends in the same."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid="AUTHORIZED"))
    method = "POST" if path == VOID else "PUT"
    rig.simulator.faults.plan(Planned(fault=fault, path=path, method=method))
    with pytest.raises(Ambiguous):
        await rig.client.perform(cancel(order_id))
    assert_canceled(rig, order_id, await rig.client.perform(cancel(order_id)))
    assert 4 == rig.simulator.books.orders[order_id]["version"]  # voided, fulfillment, order


async def test_what_is_paid_is_not_canceled(rig: Rig) -> None:
    """Money that was taken has to be refunded."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid="CAPTURED"))
    error = await refused(rig, cancel(order_id), Conflict)
    assert isinstance(error, Conflict)
    assert "ORDER_PAID" == error.code


async def test_what_is_completed_is_not_canceled(rig: Rig) -> None:
    """A till sale is over."""
    error = await refused(rig, cancel(rig.simulator.buy(TEES)), Conflict)
    assert isinstance(error, Conflict)
    assert "ORDER_COMPLETED" == error.code


async def test_what_is_partly_fulfilled_is_not_canceled(rig: Rig) -> None:
    """Something left the house already."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    rig.simulator.books.orders[order_id]["fulfillments"][0]["state"] = "COMPLETED"
    error = await refused(rig, cancel(order_id), Conflict)
    assert isinstance(error, Conflict)
    assert "ORDER_FULFILLED" == error.code


async def test_an_open_till_order_cannot_be_changed(rig: Rig) -> None:
    """It has no version; Square would refuse the update."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    del rig.simulator.books.orders[order_id]["version"]
    error = await refused(rig, cancel(order_id), Rejected)
    assert isinstance(error, Rejected)
    assert "ORDER_NOT_UPDATABLE" == error.code


async def test_part_of_an_order_is_not_canceled(rig: Rig) -> None:
    """Refused before anything is sent."""
    command = replace(cancel("any"), lines=(LineQuantity(line_id="l1", quantity=1),))
    await refused(rig, command, Unsupported)
    assert [] == rig.recorder.exchanges


async def test_an_absent_order_is_missing(rig: Rig) -> None:
    """For the two commands that read it first."""
    await refused(rig, cancel("NOPE"), Missing)
    await refused(rig, ship("NOPE", ()), Missing)


async def test_a_version_that_moves_in_between_is_read_again(rig: Rig) -> None:
    """Square itself moves versions a moment after a payment."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    rig.simulator.meddle(order_id, 2)
    assert_canceled(rig, order_id, await rig.client.perform(cancel(order_id)))


async def test_a_version_that_keeps_moving_is_a_conflict(rig: Rig) -> None:
    """After three tries the caller decides; the order is as others left it."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    rig.simulator.meddle(order_id, 3)
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(cancel(order_id))
    assert "VERSION_MISMATCH" == caught.value.code
    order = rig.simulator.books.orders[order_id]
    assert ("OPEN", "PROPOSED") == (order["state"], order["fulfillments"][0]["state"])


async def test_a_used_key_that_changes_nothing_is_noticed(rig: Rig) -> None:
    """Square answers 200 with the order as it was: that is no success."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    books = rig.simulator.books
    used = {"order": {}, "idempotency_key": "cancel-1:1"}
    books.keys.keep(f"order {order_id}", used, {})
    error = await refused(rig, cancel(order_id), Rejected)
    assert isinstance(error, Rejected)
    assert "NOT_UPDATED" == error.code


def assert_shipped(rig: Rig, order_id: str, outcome: Outcome) -> None:
    [sale, work, shipment] = outcome.changes
    assert isinstance(sale, OrderRecord)
    assert isinstance(work, FulfillmentOrderRecord)
    assert isinstance(shipment, ShipmentRecord)
    assert outcome.external_id == work.external_id == shipment.external_id
    assert ("CLOSED", "SHIPPED", "SHIPPED") == (work.status, work.stage, shipment.status)
    assert ["1Z999"] == [one.number for one in shipment.tracking]
    assert [(2, 0), (1, 0)] == [(x.counters.fulfilled, x.counters.delivered) for x in sale.lines]
    [fulfillment] = rig.simulator.books.orders[order_id]["fulfillments"]
    details = fulfillment["shipment_details"]
    assert ("UPS", "1Z999") == (details["carrier"], details["tracking_number"])
    assert "Ada Park" == details["recipient"]["display_name"]  # the rest is left as it was


async def test_a_shipment_completes_the_fulfillment_with_its_number(rig: Rig) -> None:
    """The update names what it changes and no more."""
    order_id = rig.simulator.order_ahead(TEES)
    outcome = await rig.client.perform(ship(order_id, all_lines(rig, order_id)))
    assert_shipped(rig, order_id, outcome)
    assert 2 == rig.simulator.books.orders[order_id]["version"]


async def test_a_named_fulfillment_is_shipped(rig: Rig) -> None:
    """By the id that FulfillmentOrderRecord gave."""
    order_id = rig.simulator.order_ahead(TEES)
    uid = rig.simulator.books.orders[order_id]["fulfillments"][0]["uid"]
    command = replace(
        ship(order_id, all_lines(rig, order_id)), fulfillment_order_id=f"{order_id}:{uid}"
    )
    assert_shipped(rig, order_id, await rig.client.perform(command))


@pytest.mark.parametrize("fault", [None, Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER])
async def test_shipping_again_changes_nothing(rig: Rig, fault: Fault | None) -> None:
    """Whether the first attempt was answered or not."""
    order_id = rig.simulator.order_ahead(TEES)
    command = ship(order_id, all_lines(rig, order_id))
    if fault is None:
        await rig.client.perform(command)
    else:
        rig.simulator.faults.plan(Planned(fault=fault, path=UPDATE, method="PUT"))
        with pytest.raises(Ambiguous):
            await rig.client.perform(command)
    before = held(rig)
    assert_shipped(rig, order_id, await rig.client.perform(command))
    assert before == held(rig)
    assert 1 == writes(rig)


async def test_shipping_again_never_ships_another_fulfillment(rig: Rig) -> None:
    """The first of two went; repeating the command that named none must not send the second."""
    order_id = rig.simulator.order_ahead(TEES)
    order = rig.simulator.books.orders[order_id]
    second = deepcopy(order["fulfillments"][0]) | {"uid": "second"}
    command = ship(order_id, all_lines(rig, order_id))
    await rig.client.perform(command)
    order["fulfillments"].append(second)
    order["fulfillments"][0] |= {"line_item_application": "ENTRY_LIST", "entries": []}
    before = held(rig)
    outcome = await rig.client.perform(command)
    assert f"{order_id}:{order['fulfillments'][0]['uid']}" == outcome.external_id
    assert before == held(rig)


async def test_another_number_for_what_has_shipped_is_a_conflict(rig: Rig) -> None:
    """Square cannot change what is completed."""
    order_id = rig.simulator.order_ahead(TEES)
    lines = all_lines(rig, order_id)
    await rig.client.perform(ship(order_id, lines))
    error = await refused(rig, ship(order_id, lines, "1Z000"), Conflict)
    assert isinstance(error, Conflict)
    assert "FULFILLMENT_COMPLETED" == error.code


async def test_part_of_a_fulfillment_is_not_shipped(rig: Rig) -> None:
    """Square completes a fulfillment whole."""
    order_id = rig.simulator.order_ahead(TEES)
    for lines in ((), all_lines(rig, order_id)[:1], all_lines(rig, order_id) * 2):
        error = await refused(rig, ship(order_id, lines), Rejected)
        assert isinstance(error, Rejected)
        assert "PARTIAL_SHIPMENT" == error.code


async def test_a_pickup_is_not_shipped(rig: Rig) -> None:
    """There is no fulfillment of type SHIPMENT."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(kind="PICKUP"))
    error = await refused(rig, ship(order_id, all_lines(rig, order_id)), Rejected)
    assert isinstance(error, Rejected)
    assert "FULFILLMENT_NOT_FOUND" == error.code


async def test_a_canceled_order_is_not_shipped(rig: Rig) -> None:
    """Its fulfillment has ended."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    await rig.client.perform(cancel(order_id))
    error = await refused(rig, ship(order_id, all_lines(rig, order_id)), Conflict)
    assert isinstance(error, Conflict)
    assert "FULFILLMENT_CANCELED" == error.code
