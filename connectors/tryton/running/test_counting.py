"""SetInventory on a running Tryton."""

from uuid import uuid4

import pytest

from connectors.sdk.commands import SetInventory
from connectors.sdk.errors import Conflict, Missing
from connectors.sdk.records import LevelRecord
from connectors.tryton.running.live import Live, between, only, with_each_reply_lost

pytestmark = pytest.mark.systems

SKU = "SNKR-WHT-11"


async def to(live: Live, quantity: int, expected: int | None = None) -> SetInventory:
    return SetInventory(
        key=f"count-{uuid4().hex}",
        item_id=str((await live.staff.product(SKU))["id"]),
        sku=SKU,
        location_id=live.warehouse("DC-RENO"),
        quantity=quantity,
        expected=expected,
        reason="cycle count",
    )


async def inventories(live: Live) -> int:
    return len(await live.staff.find("stock.inventory", []))


@pytest.mark.parametrize("quantity", [0, 7, 400])
async def test_stock_becomes_what_was_asked_for(live: Live, quantity: int) -> None:
    """Less, more, nothing: the level says so at once."""
    await live.staff.count(SKU, "DC-RENO", 50)

    outcome = await live.client.perform(await to(live, quantity, expected=50))

    assert only(LevelRecord, outcome.changes).quantities.on_hand == quantity
    assert await live.staff.on_hand(SKU, "DC-RENO") == quantity


async def test_other_warehouses_keep_their_stock(live: Live) -> None:
    """A level is one SKU in one warehouse."""
    before = await live.staff.on_hand(SKU, "STORE-NYC")

    await live.client.perform(await to(live, 33))

    assert await live.staff.on_hand(SKU, "STORE-NYC") == before


async def test_unexpected_stock_is_a_conflict_and_stays(live: Live) -> None:
    """Somebody sold one since it was looked at."""
    await live.staff.count(SKU, "DC-RENO", 50)
    before = await inventories(live)

    with pytest.raises(Conflict) as caught:
        await live.client.perform(await to(live, 60, expected=51))

    assert caught.value.code == "expected"
    assert await live.staff.on_hand(SKU, "DC-RENO") == 50
    assert await inventories(live) == before


async def test_stock_that_moves_in_the_meanwhile_is_a_conflict(live: Live) -> None:
    """Between our look and our inventory: Tryton noted what it expected, and we compare."""
    await live.staff.count(SKU, "DC-RENO", 50)
    before = await inventories(live)

    async with between(live) as line:
        line.meanwhile["stock.inventory"] = lambda: live.staff.count(SKU, "DC-RENO", 49)
        with pytest.raises(Conflict) as caught:
            await live.opened(url=line.url).perform(await to(live, 60, expected=50))

    assert caught.value.code == "expected"
    assert await live.staff.on_hand(SKU, "DC-RENO") == 49
    assert await inventories(live) == before + 1  # the other's


async def test_what_is_so_already_is_not_written(live: Live) -> None:
    """No inventory, no move."""
    await live.staff.count(SKU, "DC-RENO", 50)
    before = await inventories(live)

    outcome = await live.client.perform(await to(live, 50))

    assert outcome.external_id is None
    assert await inventories(live) == before


async def test_the_same_key_corrects_stock_once(live: Live) -> None:
    """Stock moved on since: a repeat must not put it back."""
    await live.staff.count(SKU, "DC-RENO", 50)
    command = await to(live, 60)
    nothing = await live.client.look_up(command)
    first = await live.client.perform(command)
    await live.staff.count(SKU, "DC-RENO", 58)
    again = await live.client.perform(command)
    found = await live.client.look_up(command)

    assert nothing is None
    assert (again.external_id, await live.staff.on_hand(SKU, "DC-RENO")) == (
        first.external_id,
        58,
    )
    assert found is not None
    assert found.external_id == first.external_id


async def test_whatever_reply_is_lost_stock_is_corrected_once(live: Live) -> None:
    """A draft that was left behind changes nothing, with its note or without."""
    wanted = iter(range(100, 200))

    async def command() -> SetInventory:
        return await to(live, next(wanted))

    given = await with_each_reply_lost(live, command)

    last, _ = given[-1]
    assert isinstance(last, SetInventory)
    assert await live.staff.on_hand(SKU, "DC-RENO") == last.quantity


async def test_what_is_picked_counts_as_on_hand(live: Live) -> None:
    """It stands in the shipping zone, where no inventory of ours counts."""
    await live.staff.count(SKU, "DC-RENO", 50)
    shipment = await live.requested({SKU: 4})
    await live.staff.bring_to(shipment, "picked")

    await live.client.perform(await to(live, 45))

    assert await live.staff.on_hand(SKU, "DC-RENO") == 45
    await live.staff.bring_to(shipment, "done")
    assert await live.staff.on_hand(SKU, "DC-RENO") == 41


async def test_less_than_what_is_picked_is_a_conflict(live: Live) -> None:
    """It cannot be counted away from the shelf."""
    await live.staff.count(SKU, "DC-RENO", 50)
    shipment = await live.requested({SKU: 4})
    await live.staff.bring_to(shipment, "picked")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(await to(live, 3))

    assert caught.value.code == "elsewhere"
    assert await live.staff.on_hand(SKU, "DC-RENO") == 50
    await live.staff.bring_to(shipment, "done")


async def test_a_shelf_below_zero_is_put_right(live: Live) -> None:
    """A till sold what was not there."""
    await live.staff.count(SKU, "STORE-CHI", 0)
    await live.staff.sell_at_till("STORE-CHI", SKU, 2)
    below = (await live.level(SKU, "STORE-CHI")).quantities
    command = SetInventory(
        key=f"count-{uuid4().hex}",
        item_id=str((await live.staff.product(SKU))["id"]),
        sku=SKU,
        location_id=live.warehouse("STORE-CHI"),
        quantity=5,
        expected=-2,
    )

    await live.client.perform(command)

    assert (below.on_hand, below.available) == (-2, -2)
    assert await live.staff.on_hand(SKU, "STORE-CHI") == 5


@pytest.mark.parametrize(
    ("item_id", "location_id"), [("99999", "5"), ("1", "99999"), ("1", "3"), ("x", "5")]
)
async def test_what_is_not_there_is_missing(live: Live, item_id: str, location_id: str) -> None:
    """No such product, no such place, a zone inside a warehouse, no id at all."""
    before = await inventories(live)
    command = SetInventory(key="k", item_id=item_id, sku=None, location_id=location_id, quantity=1)

    with pytest.raises(Missing):
        await live.client.perform(command)

    assert await inventories(live) == before


async def test_a_clerks_key_counts(live: Live) -> None:
    """Only an administrator may search all notes; ours are found by the inventories they are on."""
    await live.staff.count(SKU, "DC-RENO", 50)
    client = live.opened(**await live.staff.hire())
    command = await to(live, 61)

    await client.perform(command)

    assert await live.staff.on_hand(SKU, "DC-RENO") == 61
    assert await client.look_up(command) is not None
