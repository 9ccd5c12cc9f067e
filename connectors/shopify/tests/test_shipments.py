"""Shipments and deliveries: recorded once, whatever is lost; refusals change nothing."""

from dataclasses import replace

import pytest

from connectors.sdk.commands import RecordDelivery
from connectors.sdk.errors import Ambiguous, Conflict, Missing
from connectors.sdk.records import LineCounters, ShipmentRecord
from connectors.sdk.records.states import ShipmentStatus
from connectors.sdk.values import LineQuantity
from connectors.shopify.tests.conftest import Rig, counters, cut, down, shipment


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
