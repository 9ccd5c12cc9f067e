"""ReceiveReturn on a running Tryton."""

from uuid import uuid4

import pytest

from connectors.sdk.commands import ReceivedLine, ReceiveReturn, RequestReturn
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records import LevelRecord, LineCounters, OrderRecord, ReturnRecord
from connectors.sdk.records.states import Disposition, ReturnReason, ReturnStatus
from connectors.sdk.values import LineQuantity
from connectors.tryton.running.live import ADA, Live, between, number, only, with_each_reply_lost

pytestmark = pytest.mark.systems

SKU = "TEE-BLK-M"
OTHER = "TEE-BLK-XL"
PARCEL = "stock.shipment.out.return"
ENOUGH = 100
"""Units on a shelf that no test of these empties."""


async def sent(live: Live, lines: dict[str, int], warehouse: str = "DC-RENO") -> int:
    """A sale whose goods the customer has. The shelf is filled first, whatever others sold off it:
    Tryton takes goods back that it never sent."""
    for sku in lines:
        await live.staff.count(sku, warehouse, ENOUGH)
    sale = await live.staff.sell(ADA, warehouse, lines)
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.ship(shipment, f"1Z{sale}")
    return sale


async def agreed(live: Live, lines: dict[str, int], warehouse: str = "DC-RENO") -> tuple[int, int]:
    """Such a sale, and the return of all its goods."""
    sale = await sent(live, lines, warehouse)
    return sale, await live.staff.agree_return(sale, lines)


async def here(
    live: Live, sale: int, returned: int, *lines: tuple[str, int, Disposition]
) -> ReceiveReturn:
    """A command that nobody gave before, in lines of the order."""
    ids = {one.sku: one.external_id for one in (await live.order(sale)).lines}
    return ReceiveReturn(
        key=uuid4().hex,
        return_id=f"sale.sale,{returned}",
        lines=tuple(
            ReceivedLine(line_id=ids[sku], sku=sku, quantity=quantity, disposition=disposition)
            for sku, quantity, disposition in lines
        ),
    )


async def parcels(live: Live, returned: int) -> list[str]:
    row = await live.staff.read("sale.sale", returned, "shipment_returns.state")
    return [one["state"] for one in row["shipment_returns"]]


async def give_waste(live: Live, warehouse: str) -> int:
    """Give a warehouse a place for what is thrown away."""
    body = {"name": f"Waste {uuid4().hex}", "type": "lost_found"}
    made = await live.staff.call("POST", "stock.location", body)
    place: int = live.staff.info["warehouses"][warehouse]
    await live.staff.call(
        "PUT", f"stock.location/{place}", {"waste_locations": [["add", [made["id"]]]]}
    )
    return int(made["id"])


async def test_all_that_was_to_come_is_back_on_sale(live: Live) -> None:
    """Two products, no line named; the outcome says what the shelf holds now."""
    sale, returned = await agreed(live, {SKU: 2, OTHER: 1})
    before = await live.staff.on_hand(SKU, "DC-RENO")

    outcome = await live.client.perform(await here(live, sale, returned))

    assert outcome.external_id == f"sale.sale,{returned}"
    assert only(ReturnRecord, outcome.changes).status is ReturnStatus.INSPECTED
    counted = [line.counters for line in only(OrderRecord, outcome.changes).lines]
    assert counted == [
        LineCounters(ordered=2, fulfilled=2, returned=2),
        LineCounters(ordered=1, fulfilled=1, returned=1),
    ]
    levels = {one.sku: one for one in outcome.changes if isinstance(one, LevelRecord)}
    assert sorted(filter(None, levels)) == [SKU, OTHER]
    assert levels[SKU].quantities.on_hand == before + 2
    assert await live.staff.on_hand(SKU, "DC-RENO") == before + 2


async def test_a_return_is_received_in_parts(live: Live) -> None:
    """Tryton awaits the rest; each part has a key of its own."""
    sale, returned = await agreed(live, {SKU: 3, OTHER: 1})
    before = await live.staff.on_hand(SKU, "DC-RENO")
    first = await here(live, sale, returned, (SKU, 1, Disposition.RESTOCKED))
    second = await here(live, sale, returned, (SKU, 2, Disposition.RESTOCKED))

    part = await live.client.perform(first)
    after_part = await parcels(live, returned)
    again = await live.client.perform(first)
    later = await live.client.look_up(second)
    await live.client.perform(second)
    rest = await live.client.perform(await here(live, sale, returned))

    assert only(ReturnRecord, part.changes).status is ReturnStatus.PARTIALLY_RECEIVED
    assert after_part == ["done", "draft"]
    counted = only(OrderRecord, part.changes).lines[0].counters
    assert counted == LineCounters(ordered=3, fulfilled=3, return_requested=2, returned=1)
    assert only(ReturnRecord, again.changes).status is ReturnStatus.PARTIALLY_RECEIVED
    assert later is None
    assert only(ReturnRecord, rest.changes).status is ReturnStatus.INSPECTED
    assert await live.staff.on_hand(SKU, "DC-RENO") == before + 3


async def test_the_same_key_receives_once(live: Live) -> None:
    """And looking it up finds it, from the end on and not before."""
    sale, returned = await agreed(live, {SKU: 2})
    before = await live.staff.on_hand(SKU, "DC-RENO")
    command = await here(live, sale, returned)
    nothing = await live.client.look_up(command)
    await live.client.perform(command)
    await live.client.perform(command)
    found = await live.client.look_up(command)

    assert nothing is None
    assert found is not None
    assert found.external_id == f"sale.sale,{returned}"
    assert await live.staff.on_hand(SKU, "DC-RENO") == before + 2
    assert await parcels(live, returned) == ["done"]


async def test_whatever_reply_is_lost_goods_come_back_once(live: Live) -> None:
    """A part of them, so that there is more that could be received by mistake."""
    sale = await sent(live, {SKU: 30})
    before = await live.staff.on_hand(SKU, "DC-RENO")
    returns: list[int] = []

    async def command() -> ReceiveReturn:
        returns.append(await live.staff.agree_return(sale, {SKU: 3}))
        return await here(live, sale, returns[-1], (SKU, 1, Disposition.RESTOCKED))

    await with_each_reply_lost(live, command)

    assert [await parcels(live, one) for one in returns] == [["done", "draft"]] * len(returns)
    assert await live.staff.on_hand(SKU, "DC-RENO") == before + len(returns)


async def test_what_is_destroyed_goes_to_the_warehouses_waste(live: Live) -> None:
    """One of three is on sale again; the others are not, and no stock is left over."""
    place = await give_waste(live, "STORE-NYC")
    sale, returned = await agreed(live, {SKU: 3}, "STORE-NYC")
    before = await live.staff.on_hand(SKU, "STORE-NYC")
    lines = ((SKU, 1, Disposition.RESTOCKED), (SKU, 2, Disposition.DESTROYED))
    command = await here(live, sale, returned, *lines)

    outcome = await live.client.perform(command)
    await live.client.perform(command)

    assert only(ReturnRecord, outcome.changes).status is ReturnStatus.INSPECTED
    counters = only(OrderRecord, outcome.changes).lines[0].counters
    assert counters == LineCounters(ordered=3, fulfilled=3, returned=3)
    assert await live.staff.on_hand(SKU, "STORE-NYC") == before + 1
    thrown = await live.staff.find("stock.move", [["to_location", "=", place]], "quantity", "state")
    assert [(int(one["quantity"]), one["state"]) for one in thrown] == [(2, "done")]


async def test_whatever_reply_is_lost_goods_are_destroyed_once(live: Live) -> None:
    """Through two parcels, the second of which is planned when the first has come."""
    await give_waste(live, "STORE-NYC")
    sale = await sent(live, {SKU: 30}, "STORE-NYC")
    before = await live.staff.on_hand(SKU, "STORE-NYC")
    returns: list[int] = []

    async def command() -> ReceiveReturn:
        returns.append(await live.staff.agree_return(sale, {SKU: 2}))
        lines = ((SKU, 1, Disposition.RESTOCKED), (SKU, 1, Disposition.DESTROYED))
        return await here(live, sale, returns[-1], *lines)

    await with_each_reply_lost(live, command)

    assert [await parcels(live, one) for one in returns] == [["done", "done"]] * len(returns)
    assert await live.staff.on_hand(SKU, "STORE-NYC") == before + len(returns)


@pytest.mark.parametrize("disposition", [Disposition.QUARANTINE, Disposition.DAMAGED])
async def test_what_tryton_has_no_place_for_is_refused(
    live: Live, disposition: Disposition
) -> None:
    """Before anything is sent: its input zone counts as on hand, so it would be sold."""
    sale, returned = await agreed(live, {SKU: 1})
    command = await here(live, sale, returned, (SKU, 1, disposition))

    async with between(live) as line:
        with pytest.raises(Rejected) as caught:
            await live.opened(url=line.url).perform(command)

    assert caught.value.code == "disposition"
    assert line.writes == []
    assert await parcels(live, returned) == ["draft"]


async def test_without_a_place_for_waste_nothing_is_destroyed(live: Live) -> None:
    """Nor is what is on sale again received meanwhile."""
    sale, returned = await agreed(live, {SKU: 2})
    lines = ((SKU, 1, Disposition.RESTOCKED), (SKU, 1, Disposition.DESTROYED))

    with pytest.raises(Rejected) as caught:
        await live.client.perform(await here(live, sale, returned, *lines))

    assert caught.value.code == "no_waste"
    assert await parcels(live, returned) == ["draft"]


async def test_more_than_is_to_come_is_a_conflict(live: Live) -> None:
    """In one disposition or in all together; nothing is received."""
    sale, returned = await agreed(live, {SKU: 2}, "STORE-NYC")
    await give_waste(live, "STORE-NYC")
    before = await live.staff.on_hand(SKU, "STORE-NYC")
    lines = ((SKU, 1, Disposition.RESTOCKED), (SKU, 2, Disposition.DESTROYED))

    with pytest.raises(Conflict) as caught:
        await live.client.perform(await here(live, sale, returned, *lines))

    assert caught.value.code == "not_awaited"
    assert await parcels(live, returned) == ["draft"]
    assert await live.staff.on_hand(SKU, "STORE-NYC") == before


async def test_what_the_staff_received_is_not_received_again(live: Live) -> None:
    """A conflict: read it again."""
    sale, returned = await agreed(live, {SKU: 1})
    await live.staff.receive_return(returned)
    before = await live.staff.on_hand(SKU, "DC-RENO")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(await here(live, sale, returned))

    assert caught.value.code == "not_awaited"
    assert await live.staff.on_hand(SKU, "DC-RENO") == before


async def test_what_people_wrote_on_the_parcel_stays(live: Live) -> None:
    """A carrier's number, say; our key stands after it."""
    sale, returned = await agreed(live, {SKU: 1})
    row = await live.staff.read("sale.sale", returned, "shipment_returns")
    [parcel] = row["shipment_returns"]
    await live.staff.call("PUT", f"{PARCEL}/{parcel}", {"reference": "1Z-RETURN"})
    command = await here(live, sale, returned)

    await live.client.perform(command)

    reference = (await live.staff.read(PARCEL, parcel, "reference"))["reference"]
    assert reference == f"1Z-RETURN rcv_{command.key}/RESTOCKED"
    assert await live.client.look_up(command) is not None


async def test_a_shop_of_one_shelf_has_them_on_sale_at_once(live: Live) -> None:
    """Without an input zone Tryton is done when it has received, and has no place for waste."""
    shop = await live.staff.open_corner_shop()
    place, shelf = live.staff.info["warehouses"][shop], live.staff.info["storage"][shop]
    await live.staff.call("PUT", f"stock.location/{place}", {"input_location": shelf})
    await give_waste(live, shop)
    sale = await sent(live, {SKU: 2})
    lines = (LineQuantity(sku=SKU, quantity=2),)
    request = RequestReturn(
        key=uuid4().hex,
        order_id=f"sale.sale,{sale}",
        lines=lines,
        reason=ReturnReason.UNWANTED,
        location_id=str(place),
    )
    returned = number((await live.client.perform(request)).external_id)

    with pytest.raises(Rejected) as caught:
        waste = await here(live, sale, returned, (SKU, 1, Disposition.DESTROYED))
        await live.client.perform(waste)
    outcome = await live.client.perform(await here(live, sale, returned))

    assert caught.value.code == "no_waste"
    assert only(ReturnRecord, outcome.changes).status is ReturnStatus.INSPECTED
    assert await live.staff.on_hand(SKU, shop) == 2
    assert await parcels(live, returned) == ["done"]


async def test_another_warehouse_is_refused(live: Live) -> None:
    """Tryton awaits them at one place; nothing is received."""
    _, returned = await agreed(live, {SKU: 1})
    place = live.warehouse("STORE-NYC")
    command = ReceiveReturn(key="k", return_id=f"sale.sale,{returned}", location_id=place)

    with pytest.raises(Rejected) as caught:
        await live.client.perform(command)

    assert caught.value.code == "other_location"
    assert await parcels(live, returned) == ["draft"]


async def test_lines_of_another_order_are_refused(live: Live) -> None:
    """Although they are of the same product; nothing is received."""
    other, _ = await agreed(live, {SKU: 1})
    _, returned = await agreed(live, {SKU: 1})

    with pytest.raises(Rejected) as caught:
        await live.client.perform(
            await here(live, other, returned, (SKU, 1, Disposition.RESTOCKED))
        )

    assert caught.value.code == "unknown_line"
    assert await parcels(live, returned) == ["draft"]


async def test_an_order_is_no_return(live: Live) -> None:
    """Nothing comes back by it; it is missing, as are ids of nothing."""
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 1})

    for return_id in (f"sale.sale,{sale}", "sale.sale,99999", "party.party,1", "7"):
        command = ReceiveReturn(key="k", return_id=return_id)
        with pytest.raises(Missing):
            await live.client.perform(command)
        assert await live.client.look_up(command) is None


async def test_a_clerks_key_receives(live: Live) -> None:
    """No administrator is needed."""
    sale, returned = await agreed(live, {SKU: 1})
    client = live.opened(**await live.staff.hire())
    command = await here(live, sale, returned)

    await client.perform(command)

    assert await client.look_up(command) is not None
    assert await parcels(live, returned) == ["done"]
