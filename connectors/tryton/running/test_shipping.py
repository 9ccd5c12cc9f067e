"""ShipFulfillmentOrder from wherever a shipment stands, on a running Tryton."""

import pytest

from connectors.sdk.commands import ShipFulfillmentOrder
from connectors.sdk.errors import Conflict, Missing
from connectors.sdk.records import FulfillmentOrderRecord, ShipmentRecord, Tracking
from connectors.sdk.records.states import FulfillmentOrderStatus, ShipmentStatus
from connectors.sdk.values import LineQuantity
from connectors.tryton.running.live import ADA, Live, between, number, with_each_reply_lost

pytestmark = pytest.mark.systems

SKU = "SNKR-WHT-10"


def ship(shipment: int, tracking: str = "1Z-1", *lines: LineQuantity) -> ShipFulfillmentOrder:
    return ShipFulfillmentOrder(
        key=f"ship-{shipment}",
        fulfillment_order_id=f"stock.shipment.out,{shipment}",
        tracking=Tracking(number=tracking, carrier="UPS"),
        lines=lines,
    )


async def free(live: Live, sku: str = SKU, warehouse: str = "DC-RENO") -> int:
    """Units on hand that no shipment has set aside."""
    return await live.staff.on_hand(sku, warehouse, stock_assign=True)


@pytest.mark.parametrize(
    "state", ["draft", "waiting", "assigned", "picked", "packed", "shipped", "done"]
)
async def test_a_shipment_is_sent_from_wherever_it_stands(live: Live, state: str) -> None:
    """What the staff have done already is not done again; the parcel's number is written."""
    await live.staff.count(SKU, "DC-RENO", 50)
    shipment = await live.requested({SKU: 2})
    if state == "draft":
        await live.staff.press("stock.shipment.out", shipment, "draft")
    await live.staff.bring_to(shipment, state)

    outcome = await live.client.perform(ship(shipment))

    [parcel] = [one for one in outcome.changes if isinstance(one, ShipmentRecord)]
    assert (parcel.status, parcel.raw_status) == (ShipmentStatus.SHIPPED, "done")
    assert parcel.tracking == (Tracking(number="1Z-1", carrier="Acme Parcel"),)
    assert outcome.external_id == parcel.external_id
    assert await live.staff.on_hand(SKU, "DC-RENO") == 48


async def test_sending_again_changes_nothing(live: Live) -> None:
    """One parcel, and the goods are gone once."""
    await live.staff.count(SKU, "DC-RENO", 50)
    shipment = await live.requested({SKU: 1})
    nothing = await live.client.look_up(ship(shipment))
    first = await live.client.perform(ship(shipment))
    second = await live.client.perform(ship(shipment))
    found = await live.client.look_up(ship(shipment))

    assert (nothing, first.external_id) == (None, second.external_id)
    assert found is not None
    packages = [["shipment", "=", f"stock.shipment.out,{shipment}"]]
    assert len(await live.staff.find("stock.package", packages)) == 1
    assert await live.staff.on_hand(SKU, "DC-RENO") == 49


async def test_whatever_reply_is_lost_the_goods_leave_once(live: Live) -> None:
    """Each button is looked for before it is pressed."""
    await live.staff.count(SKU, "DC-RENO", 50)

    async def command() -> ShipFulfillmentOrder:
        return ship(await live.requested({SKU: 1}))

    given = await with_each_reply_lost(live, command)

    for one, _ in given:
        assert isinstance(one, ShipFulfillmentOrder)
        parcel = await live.parcel(number(one.fulfillment_order_id))
        assert [tracking.number for tracking in parcel.tracking] == ["1Z-1"]
    assert await live.staff.on_hand(SKU, "DC-RENO") == 50 - len(given)


async def test_a_short_shelf_is_told_and_nothing_is_set_aside(live: Live) -> None:
    """Of two SKUs one is short: the refusal names it, and the other stays free."""
    await live.staff.count(SKU, "DC-RENO", 3)
    await live.staff.count("SNKR-WHT-9", "DC-RENO", 20)
    shipment = await live.requested({"SNKR-WHT-9": 1, SKU: 4})
    before = await live.staff.read("stock.shipment.out", shipment, "write_date", "moves.state")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(ship(shipment))

    assert (caught.value.code, caught.value.field) == ("short", SKU)
    after = await live.staff.read("stock.shipment.out", shipment, "write_date", "moves.state")
    assert after == before
    assert (await free(live), await free(live, "SNKR-WHT-9")) == (3, 20)


async def test_a_shelf_that_others_empty_in_the_meanwhile_is_told(live: Live) -> None:
    """Tryton sets aside what is left and answers 200: that is given back."""
    await live.staff.count(SKU, "DC-RENO", 5)
    shipment = await live.requested({SKU: 4})
    other = await live.requested({SKU: 3})

    async with between(live) as line:
        line.meanwhile["assign_try"] = lambda: live.staff.bring_to(other, "assigned")
        with pytest.raises(Conflict) as caught:
            await live.opened(url=line.url).perform(ship(shipment))

    assert (caught.value.code, caught.value.field) == ("short", SKU)
    assert await live.staff.state_of(shipment) == "waiting"
    assert await free(live) == 5 - 3
    assert [one.quantity for one in (await live.work(shipment)).lines] == [4]
    await live.staff.bring_to(other, "done")


async def test_what_waits_in_another_warehouse_does_not_help(live: Live) -> None:
    """The shelf is that of the shipment's own warehouse."""
    await live.staff.count(SKU, "STORE-NYC", 0)
    await live.staff.count(SKU, "DC-RENO", 50)
    shipment = await live.requested({SKU: 1}, "STORE-NYC")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(ship(shipment))

    assert caught.value.code == "short"
    assert await live.staff.state_of(shipment) == "waiting"


async def test_goods_in_a_bin_are_found(live: Live) -> None:
    """A bin belongs to the storage zone: Tryton splits the move over the bins."""
    await live.staff.count(SKU, "DC-RENO", 1)
    await live.staff.put_into_bin(SKU, "DC-RENO", "A-01", 2)
    shipment = await live.requested({SKU: 3})

    outcome = await live.client.perform(ship(shipment))

    [work] = [one for one in outcome.changes if isinstance(one, FulfillmentOrderRecord)]
    assert [(one.sku, one.quantity) for one in work.lines] == [(SKU, 3)]
    assert await live.staff.on_hand(SKU, "DC-RENO") == 0


async def test_a_shop_without_a_shipping_zone_packs_at_the_shelf(live: Live) -> None:
    """Tryton knows no picking there: there are no inventory moves, and the number stands on the
    shipment. A part, the rest, and what is not there."""
    shop = await live.staff.open_corner_shop()
    await live.staff.count(SKU, shop, 4)
    shipment = await live.requested({SKU: 5}, shop)
    part = ship(shipment, "1Z-SHELF", LineQuantity(sku=SKU, quantity=3))

    outcome = await live.client.perform(part)
    works = [one for one in outcome.changes if isinstance(one, FulfillmentOrderRecord)]
    with pytest.raises(Conflict) as caught:
        await live.client.perform(ship(number(works[1].external_id)))

    assert [(one.raw_status, one.lines[0].quantity) for one in works] == [
        ("done", 3),
        ("waiting", 2),
    ]
    parcel = await live.parcel(shipment)
    assert [one.number for one in parcel.tracking] == ["1Z-SHELF"]
    assert (caught.value.code, caught.value.field) == ("short", SKU)
    assert await live.staff.on_hand(SKU, shop) == 1
    await live.staff.count(SKU, shop, 2)
    await live.client.perform(ship(number(works[1].external_id)))
    assert await live.staff.on_hand(SKU, shop) == 0


async def test_sending_a_part_leaves_the_rest_to_a_second_shipment(live: Live) -> None:
    """Lines named by the work's own line ids; what is not named is left, too."""
    await live.staff.count(SKU, "DC-RENO", 50)
    await live.staff.count("SNKR-WHT-9", "DC-RENO", 20)
    shipment = await live.requested({SKU: 5, "SNKR-WHT-9": 1})
    [line] = [one for one in (await live.work(shipment)).lines if one.sku == SKU]
    part = ship(shipment, "1Z-PART", LineQuantity(line_id=line.line_id, sku=SKU, quantity=2))

    outcome = await live.client.perform(part)
    again = await live.client.perform(part)

    works = [one for one in outcome.changes if isinstance(one, FulfillmentOrderRecord)]
    assert [
        (one.status, sorted((line.sku, line.quantity) for line in one.lines)) for one in works
    ] == [
        (FulfillmentOrderStatus.CLOSED, [(SKU, 2)]),
        (FulfillmentOrderStatus.OPEN, [(SKU, 3), ("SNKR-WHT-9", 1)]),
    ]
    assert len(again.changes) == len(outcome.changes)
    assert await live.staff.on_hand(SKU, "DC-RENO") == 48
    assert await live.staff.on_hand("SNKR-WHT-9", "DC-RENO") == 20


async def test_a_part_of_what_is_set_aside_frees_the_rest(live: Live) -> None:
    """Assigned wholly by the staff: the picking is planned anew."""
    await live.staff.count(SKU, "DC-RENO", 50)
    shipment = await live.requested({SKU: 5})
    await live.staff.bring_to(shipment, "assigned")

    await live.client.perform(ship(shipment, "1Z-PART", LineQuantity(sku=SKU, quantity=2)))

    assert await live.staff.on_hand(SKU, "DC-RENO") == 48
    assert await free(live) == 48


async def test_a_part_of_what_is_picked_is_refused(live: Live) -> None:
    """It lies in the shipping zone: somebody would have to carry it back."""
    await live.staff.count(SKU, "DC-RENO", 50)
    shipment = await live.requested({SKU: 5})
    await live.staff.bring_to(shipment, "picked")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(ship(shipment, "1Z", LineQuantity(sku=SKU, quantity=2)))

    assert caught.value.code == "picked"
    assert await live.staff.state_of(shipment) == "picked"
    assert (
        await live.staff.find(
            "stock.package", [["shipment", "=", f"stock.shipment.out,{shipment}"]]
        )
        == []
    )
    await live.staff.bring_to(shipment, "done")


@pytest.mark.parametrize(
    "line",
    [LineQuantity(sku="NO-SUCH", quantity=1), LineQuantity(sku=SKU, quantity=6)],
)
async def test_lines_that_the_shipment_does_not_hold_are_refused(
    live: Live, line: LineQuantity
) -> None:
    """Another SKU, and more than was planned."""
    await live.staff.count(SKU, "DC-RENO", 50)
    shipment = await live.requested({SKU: 5})

    with pytest.raises(Conflict) as caught:
        await live.client.perform(ship(shipment, "1Z", line))

    assert caught.value.code == "lines"
    assert (await live.staff.state_of(shipment), await free(live)) == ("waiting", 50)


async def test_a_parcel_of_another_number_is_not_overwritten(live: Live) -> None:
    """The staff labeled it themselves: two numbers for one parcel would lose it."""
    await live.staff.count(SKU, "DC-RENO", 50)
    shipment = await live.requested({SKU: 1})
    await live.staff.bring_to(shipment, "picked")
    await live.staff.label(shipment, "1Z-STAFF")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(ship(shipment))

    assert caught.value.code == "other_parcel"
    assert await live.staff.state_of(shipment) == "picked"


async def test_a_package_of_the_staff_gets_the_number(live: Live) -> None:
    """Packed and not labeled: the number is written on what is there."""
    await live.staff.count(SKU, "DC-RENO", 50)
    shipment = await live.requested({SKU: 1})
    await live.staff.bring_to(shipment, "picked")
    await live.staff.label(shipment, "")

    await live.client.perform(ship(shipment))

    packages = [["shipment", "=", f"stock.shipment.out,{shipment}"]]
    found = await live.staff.find("stock.package", packages, "shipping_reference")
    assert [one["shipping_reference"] for one in found] == ["1Z-1"]


async def test_a_shipment_without_a_carrier_gets_one(live: Live) -> None:
    """Tryton packs nothing without; the sale of the office named none."""
    await live.staff.count(SKU, "DC-RENO", 50)
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 1}, carrier=None)
    [shipment] = await live.staff.shipments_of(sale)

    await live.client.perform(ship(shipment))

    row = await live.staff.read("stock.shipment.out", shipment, "carrier", "state")
    assert (row["carrier"], row["state"]) == (live.staff.info["carrier"], "done")


async def test_a_canceled_shipment_is_not_sent(live: Live) -> None:
    """Nothing of it moves."""
    shipment = await live.requested({SKU: 1})
    await live.staff.press("stock.shipment.out", shipment, "cancel")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(ship(shipment))

    assert caught.value.code == "cancelled"
    assert await live.staff.state_of(shipment) == "cancelled"


async def test_what_is_not_there_is_missing(live: Live) -> None:
    """The gateway reconciles that subject then."""
    with pytest.raises(Missing):
        await live.client.perform(ship(99999))


async def test_a_clerks_key_ships(live: Live) -> None:
    """No administrator is needed, and none is better: a clerk cannot undo what has left."""
    await live.staff.count(SKU, "DC-RENO", 50)
    client = live.opened(**await live.staff.hire())
    before = await live.staff.on_hand(SKU, "DC-RENO")
    command = await live.request({SKU: 1})

    outcome = await client.perform(command)
    await client.perform(ship(number(outcome.external_id)))

    assert await live.staff.on_hand(SKU, "DC-RENO") == before - 1
