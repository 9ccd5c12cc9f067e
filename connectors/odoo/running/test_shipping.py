"""ShipFulfillmentOrder, whole and in part, exactly once, on a running Odoo."""

import pytest

from connectors.odoo.running.live import (
    ADA,
    Live,
    between,
    number,
    with_each_reply_lost,
)
from connectors.sdk.commands import Outcome, ShipFulfillmentOrder
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records import FulfillmentOrderRecord, ShipmentRecord, Tracking
from connectors.sdk.records.states import FulfillmentOrderStatus, Stage
from connectors.sdk.values import LineQuantity

pytestmark = pytest.mark.systems

SKU, OTHER = "HOOD-GRY-M", "HOOD-GRY-L"


def ship(delivery: int, number: str = "1Z999", *lines: LineQuantity) -> ShipFulfillmentOrder:
    return ShipFulfillmentOrder(
        key=f"ship-{delivery}-{number}",
        fulfillment_order_id=f"picking:{delivery}",
        tracking=Tracking(number=number, carrier="UPS"),
        lines=lines,
    )


def parcels(outcome: Outcome) -> list[ShipmentRecord]:
    return [one for one in outcome.changes if isinstance(one, ShipmentRecord)]


def works(outcome: Outcome) -> list[FulfillmentOrderRecord]:
    return [one for one in outcome.changes if isinstance(one, FulfillmentOrderRecord)]


@pytest.mark.parametrize(
    ("warehouse", "writes"),
    [
        (
            "DC-RENO",
            [
                "stock.move.line.write",
                "stock.picking.button_validate",
                "stock.picking.write",
                "stock.move.line.write",
                "stock.picking.button_validate",
            ],
        ),
        (
            "STORE-NYC",
            ["stock.picking.write", "stock.move.line.write", "stock.picking.button_validate"],
        ),
    ],
)
async def test_goods_leave_with_their_number(live: Live, warehouse: str, writes: list[str]) -> None:
    """In a warehouse of two steps they are picked first; stock goes down once."""
    await live.staff.count(SKU, warehouse, 20)
    before = await live.staff.on_hand(SKU, warehouse)
    delivery = await live.requested({SKU: 2}, warehouse)

    async with between(live) as line:
        outcome = await live.opened(url=line.url).perform(ship(delivery))

    [parcel] = parcels(outcome)
    assert outcome.external_id == parcel.external_id == f"picking:{delivery}"
    assert [one.number for one in parcel.tracking] == ["1Z999"]
    assert [(one.sku, one.quantity) for one in parcel.lines] == [(SKU, 2)]
    assert parcel.shipped_at is not None
    assert [(one.status, one.stage) for one in works(outcome)] == [
        (FulfillmentOrderStatus.CLOSED, Stage.SHIPPED)
    ]
    assert await live.staff.on_hand(SKU, warehouse) == before - 2
    assert [one for one in line.writes if one != "stock.picking.action_assign"] == writes


@pytest.mark.parametrize("warehouse", ["DC-RENO", "STORE-NYC"])
async def test_a_part_leaves_and_the_rest_gets_a_delivery_of_its_own(
    live: Live, warehouse: str
) -> None:
    """Under the same reference, and that can be sent too."""
    for sku in (SKU, OTHER):
        await live.staff.count(sku, warehouse, 20)
    before = await live.staff.on_hand(SKU, warehouse)
    command = await live.request({SKU: 3, OTHER: 1}, warehouse)
    delivery = number((await live.client.perform(command)).external_id)

    outcome = await live.client.perform(
        ship(delivery, "1Z-FIRST", LineQuantity(sku=SKU, quantity=2))
    )

    first, rest = works(outcome)
    assert (first.status, rest.status) == (
        FulfillmentOrderStatus.CLOSED,
        FulfillmentOrderStatus.OPEN if warehouse == "STORE-NYC" else rest.status,
    )
    assert [(one.sku, one.quantity) for one in first.lines] == [(SKU, 2)]
    assert {(one.sku, one.quantity) for one in rest.lines} == {(SKU, 1), (OTHER, 1)}
    assert (first.reference, rest.reference) == (command.reference, command.reference)
    last = await live.client.perform(ship(number(rest.external_id), "1Z-LAST"))
    assert {one.tracking[0].number for one in parcels(last)} == {"1Z-FIRST", "1Z-LAST"}
    assert await live.staff.on_hand(SKU, warehouse) == before - 3


async def test_an_orders_line_is_named_by_its_own_id(live: Live) -> None:
    """For orders of Odoo's own; what left is counted on the line."""
    await live.staff.count(SKU, "STORE-CHI", 20)
    sale = await live.staff.sell(ADA, "STORE-CHI", {SKU: 2})
    [delivery] = await live.staff.deliveries_of(sale)
    [line] = (await live.order(sale)).lines

    await live.client.perform(
        ship(delivery, "1Z1", LineQuantity(line_id=line.external_id, quantity=1))
    )

    [line] = (await live.order(sale)).lines
    assert (line.counters.ordered, line.counters.fulfilled) == (2, 1)


async def test_shipping_again_changes_nothing(live: Live) -> None:
    """A second time finds it done, under the same number."""
    await live.staff.count(SKU, "STORE-CHI", 20)
    delivery = await live.requested({SKU: 1}, "STORE-CHI")
    nothing = await live.client.look_up(ship(delivery))
    first = await live.client.perform(ship(delivery))
    held = await live.staff.read("stock.picking", delivery, "date_done", "write_date")
    before = await live.staff.on_hand(SKU, "STORE-CHI")

    second = await live.client.perform(ship(delivery))
    found = await live.client.look_up(ship(delivery))

    assert nothing is None
    assert found is not None
    assert first.external_id == second.external_id == found.external_id
    assert await live.staff.on_hand(SKU, "STORE-CHI") == before
    assert await live.staff.read("stock.picking", delivery, "date_done", "write_date") == held


async def test_whatever_reply_is_lost_goods_leave_once(live: Live) -> None:
    """Two steps, and a part of them, so that all the writes there are can be lost."""
    before = await live.staff.on_hand(SKU, "DC-RENO")

    async def command() -> ShipFulfillmentOrder:
        delivery = await live.requested({SKU: 2})
        return ship(delivery, "1Z999", LineQuantity(sku=SKU, quantity=1))

    given = await with_each_reply_lost(live, command)

    assert len(given) >= 8, "two validations with their wizards, two quantities and a number"
    for one, outcome in given:
        assert isinstance(one, ShipFulfillmentOrder)
        [parcel] = parcels(outcome)
        assert parcel.external_id == one.fulfillment_order_id
        assert sum(line.quantity for line in parcel.lines) == 1
        assert len(works(outcome)) == 2
    # The first step took one unit off the shelf for each, and nothing more.
    assert await live.staff.on_hand(SKU, "DC-RENO") == before - len(given)


async def test_a_short_shelf_is_refused_naming_the_sku(live: Live) -> None:
    """Nothing leaves, and no number is written."""
    await live.staff.count("SNKR-WHT-9", "STORE-CHI", 2)
    delivery = await live.requested({"SNKR-WHT-9": 3}, "STORE-CHI")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(ship(delivery))

    assert (caught.value.code, caught.value.field) == ("short", "SNKR-WHT-9")
    row = await live.staff.read("stock.picking", delivery, "state", "carrier_tracking_ref")
    assert (row["state"] == "done", row["carrier_tracking_ref"]) == (False, False)
    assert await live.staff.on_hand("SNKR-WHT-9", "STORE-CHI") == 2
    part = ship(delivery, "1Z999", LineQuantity(sku="SNKR-WHT-9", quantity=2))
    assert len(works(await live.client.perform(part))) == 2


async def test_goods_that_are_taken_away_in_the_meanwhile_do_not_leave(live: Live) -> None:
    """Set aside, and then given to another: less than was asked for must not leave either."""
    await live.staff.count(SKU, "STORE-CHI", 20)
    delivery = await live.requested({SKU: 2}, "STORE-CHI")

    async with between(live) as line:
        line.meanwhile["stock.picking.write"] = lambda: live.staff.call(
            "stock.picking", "do_unreserve", [delivery]
        )
        with pytest.raises(Conflict) as caught:
            await live.opened(url=line.url).perform(ship(delivery))

    assert caught.value.code == "short"
    assert await live.staff.state_of(delivery) == "confirmed"
    assert await live.staff.on_hand(SKU, "STORE-CHI") == 20
    assert len(parcels(await live.client.perform(ship(delivery)))) == 1


async def test_what_is_picked_already_is_not_picked_again(live: Live) -> None:
    """The staff did the first step."""
    delivery = await live.requested({SKU: 1})
    row = await live.staff.read("stock.picking", delivery, "sale_id")
    await live.staff.pick(row["sale_id"][0])
    work = await live.work(delivery)
    before = await live.staff.on_hand(SKU, "DC-RENO")

    await live.client.perform(ship(delivery))

    assert (work.status, work.stage) == (FulfillmentOrderStatus.IN_PROGRESS, Stage.PICKED)
    assert await live.staff.state_of(delivery) == "done"
    assert await live.staff.on_hand(SKU, "DC-RENO") == before


async def test_a_parcel_that_staff_labeled_otherwise_is_a_conflict(live: Live) -> None:
    """Two numbers for one parcel would send somebody astray."""
    await live.staff.count(SKU, "STORE-CHI", 20)
    delivery = await live.requested({SKU: 1}, "STORE-CHI")
    number = {"carrier_tracking_ref": "OTHER"}
    await live.staff.call("stock.picking", "write", [delivery], number)

    with pytest.raises(Conflict) as caught:
        await live.client.perform(ship(delivery))

    assert caught.value.code == "other_parcel"
    assert await live.staff.state_of(delivery) != "done"


async def test_more_than_there_is_to_send_is_refused(live: Live) -> None:
    """Nothing is written."""
    delivery = await live.requested({SKU: 1}, "STORE-CHI")

    async with between(live) as line:
        command = ship(delivery, "1Z999", LineQuantity(sku=SKU, quantity=2))
        with pytest.raises(Rejected) as caught:
            await live.opened(url=line.url).perform(command)

    assert (caught.value.code, line.writes) == ("quantity", [])


async def test_what_is_canceled_does_not_leave(live: Live) -> None:
    """A cancellation that came first stands."""
    delivery = await live.requested({SKU: 1}, "STORE-CHI")
    await live.staff.call("stock.picking", "action_cancel", [delivery])

    with pytest.raises(Conflict) as caught:
        await live.client.perform(ship(delivery))

    assert caught.value.code == "cancel"


async def test_a_delivery_that_is_not_there_is_missing(live: Live) -> None:
    """Nor is the transfer of a till one that the gateway may ship."""
    order = await live.staff.sell_at_till("STORE-NYC", {SKU: 1})
    row = await live.staff.read("pos.order", order, "picking_id")

    for id in (99999, row["picking_id"][0]):
        with pytest.raises(Missing):
            await live.client.perform(ship(id))
