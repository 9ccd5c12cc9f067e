"""SetInventory, exactly once, on a running Odoo."""

from uuid import uuid4

import pytest

from connectors.odoo.running.live import Live, between, only, with_each_reply_lost
from connectors.sdk.commands import SetInventory
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records import LevelRecord

pytestmark = pytest.mark.systems

SKU = "CAP-NVY-OS"


async def count(
    live: Live, quantity: int, expected: int | None = None, warehouse: str = "STORE-NYC"
) -> SetInventory:
    product = await live.staff.product(SKU)
    return SetInventory(
        key=f"count-{uuid4().hex}",
        item_id=str(product["id"]),
        sku=SKU,
        location_id=live.warehouse(warehouse),
        quantity=quantity,
        expected=expected,
    )


async def test_stock_is_what_it_was_set_to(live: Live) -> None:
    """More, less, and none."""
    for quantity in (41, 7, 0):
        outcome = await live.client.perform(await count(live, quantity))

        level = only(LevelRecord, outcome.changes)
        assert (level.sku, level.quantities.on_hand) == (SKU, quantity)
        assert await live.staff.on_hand(SKU, "STORE-NYC") == quantity


async def test_setting_again_changes_nothing(live: Live) -> None:
    """What was sold since stays sold: the inventory of that key is not made anew."""
    await live.staff.count(SKU, "STORE-NYC", 5)
    command = await count(live, 9)
    nothing = await live.client.look_up(command)
    first = await live.client.perform(command)
    await live.staff.sell_at_till("STORE-NYC", {SKU: 1})

    second = await live.client.perform(command)
    found = await live.client.look_up(command)

    assert nothing is None
    assert found is not None
    assert first.external_id == second.external_id == found.external_id
    assert await live.staff.on_hand(SKU, "STORE-NYC") == 8


async def test_whatever_reply_is_lost_stock_is_set_once(live: Live) -> None:
    """One inventory for each key, and one move."""
    quantities = iter(range(20, 60))

    async def command() -> SetInventory:
        return await count(live, next(quantities))

    given = await with_each_reply_lost(live, command)

    assert len(given) == 3, "making it and validating it can be lost"
    for one, _ in given:
        made = await live.staff.find("stock.inventory", [["name", "=", one.key]], "move_ids")
        assert [len(row["move_ids"]) for row in made] == [1]
    assert await live.staff.on_hand(SKU, "STORE-NYC") == 22


async def test_stock_that_is_not_as_expected_is_left_alone(live: Live) -> None:
    """Nothing is written."""
    await live.staff.count(SKU, "STORE-NYC", 5)

    async with between(live) as line:
        with pytest.raises(Conflict) as caught:
            await live.opened(url=line.url).perform(await count(live, 9, expected=6))

    assert (caught.value.code, line.writes) == ("expected", [])
    assert await live.staff.on_hand(SKU, "STORE-NYC") == 5


async def test_a_sale_between_reading_and_counting_is_a_conflict(live: Live) -> None:
    """What Odoo notes when the inventory is made is not what was read: ours is taken back."""
    await live.staff.count(SKU, "STORE-NYC", 5)
    command = await count(live, 9)

    async with between(live) as line:
        line.meanwhile["stock.inventory.create"] = lambda: live.staff.sell_at_till(
            "STORE-NYC", {SKU: 1}
        )
        with pytest.raises(Conflict) as caught:
            await live.opened(url=line.url).perform(command)

    assert caught.value.code == "expected"
    assert await live.staff.on_hand(SKU, "STORE-NYC") == 4
    assert await live.staff.find("stock.inventory", [["name", "=", command.key]]) == []


async def test_a_sale_between_making_and_validating_stays_sold(live: Live) -> None:
    """The difference is applied to what is there then."""
    await live.staff.count(SKU, "STORE-NYC", 5)

    async with between(live) as line:
        line.meanwhile["stock.inventory.action_done"] = lambda: live.staff.sell_at_till(
            "STORE-NYC", {SKU: 1}
        )
        await live.opened(url=line.url).perform(await count(live, 9))

    assert await live.staff.on_hand(SKU, "STORE-NYC") == 8


async def test_what_lies_in_bins_counts_and_stays_there(live: Live) -> None:
    """The shelf is set so that shelf and bins have that many; fewer than lie in bins cannot be."""
    [bin] = await live.staff.find("stock.location", [["barcode", "=", "BIN-A-01"]])
    await live.staff.count(SKU, "DC-RENO", 4, location=bin["id"])

    outcome = await live.client.perform(await count(live, 30, warehouse="DC-RENO"))
    with pytest.raises(Conflict) as caught:
        await live.client.perform(await count(live, 3, warehouse="DC-RENO"))

    assert only(LevelRecord, outcome.changes).quantities.on_hand == 30
    domain = [["product_id.default_code", "=", SKU], ["location_id", "=", bin["id"]]]
    [quant] = await live.staff.find("stock.quant", domain, "quantity")
    assert (quant["quantity"], caught.value.code) == (4, "elsewhere")
    assert await live.staff.on_hand(SKU, "DC-RENO") == 30


async def test_while_staff_count_the_same_shelf_nothing_is_set(live: Live) -> None:
    """Odoo refuses a second inventory in progress."""
    await live.staff.count(SKU, "STORE-CHI", 5)
    place = live.staff.info["stock_locations"]["STORE-CHI"]
    line = {"product_id": (await live.staff.product(SKU))["id"], "location_id": place}
    body = {"name": "Staff count", "location_id": place, "filter": "partial"}
    body |= {"line_ids": [[0, 0, line | {"product_qty": 6}]]}
    theirs = await live.staff.call("stock.inventory", "create", body)
    await live.staff.call("stock.inventory", "action_start", [theirs])

    with pytest.raises(Conflict) as caught:
        await live.client.perform(await count(live, 9, warehouse="STORE-CHI"))

    assert caught.value.code == "being_counted"
    assert await live.staff.on_hand(SKU, "STORE-CHI") == 5
    await live.staff.call("stock.inventory", "action_done", [theirs])


async def test_what_is_not_there_or_not_counted_is_refused(live: Live) -> None:
    """No such warehouse, no such product, and a product that Odoo does not count."""
    uncounted = await live.staff.offer(f"GIFT-{uuid4().hex[:8]}", type="consu")
    command = await count(live, 9)
    for name, value, error in (
        ("location_id", "99999", Missing),
        ("item_id", "99999", Missing),
        ("item_id", "TEE", Missing),
        ("item_id", str(uncounted["id"]), Rejected),
    ):
        wrong = SetInventory(
            key=command.key,
            item_id=value if name == "item_id" else command.item_id,
            sku=None,
            location_id=value if name == "location_id" else command.location_id,
            quantity=9,
        )
        with pytest.raises(error):
            await live.client.perform(wrong)
    assert await live.staff.find("stock.inventory", [["name", "=", command.key]]) == []
