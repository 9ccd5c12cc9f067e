"""Pulls: everything once, nothing skipped, and only what changed."""

from datetime import UTC, datetime

import pytest

from connectors.sdk.changes import Removed
from connectors.sdk.records import (
    FulfillmentOrderRecord,
    Kind,
    LevelRecord,
    OrderRecord,
    ProductRecord,
    Quantities,
)
from connectors.sdk.simulator import Purchase
from connectors.square.requests.checkpoint import load
from connectors.square.simulated.till import Ahead
from connectors.square.simulator import Simulator
from connectors.square.tests.conftest import ADA, Clock, Rig, judged, world
from connectors.square.tests.looking import READ, TEE, buy_some, ids, only, till


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_pages_give_every_order_once_in_the_order_of_change(rig: Rig, limit: int) -> None:
    """Seven orders, however large the pages are; a page may be smaller than asked for."""
    expected = buy_some(rig, 7, minutes=1)
    rig.simulator.books.cursors.limit = limit
    pages = await rig.pull(Kind.ORDER)
    assert expected == [one.external_id for page in pages for one in page.changes]
    assert -(-7 // limit) == len(pages)


async def test_more_than_ten_locations_are_searched_ten_at_a_time() -> None:
    """Twelve stores, one sale each: two searches, every sale once."""
    clock = Clock()
    async with judged(Simulator(world(12), clock), clock) as rig:
        codes = [f"STORE-{number:02}" for number in range(1, 13)]
        expected = {rig.simulator.buy(till(code)) for code in codes}
        found = await rig.all(Kind.ORDER)
        assert expected == set(ids(found))
        assert 12 == len(found)
        assert 2 == rig.sent("/v2/orders/search")


async def test_nothing_new_ends_with_a_checkpoint_of_squares_clock(rig: Rig) -> None:
    """Ours may differ by more than any overlap."""
    rig.clock.later(minutes=10)
    for kind in READ[1:]:
        [*_, last] = await rig.pull(kind)
        since = load(last.checkpoint).since
        assert since is not None
        assert rig.clock.now == datetime.fromisoformat(since)
        rig.clock.later(minutes=10)
        again = await rig.pull(kind, last.checkpoint)
        assert [()] == [page.changes for page in again]


async def test_a_seller_without_locations_is_read_to_the_end() -> None:
    """Nothing to ask for still gives a page, with a checkpoint to go on from."""
    clock = Clock()
    async with judged(Simulator(world(0), clock), clock) as rig:
        for kind in (Kind.ORDER, Kind.LEVEL):
            [page] = await rig.pull(kind)
            assert () == page.changes
            assert load(page.checkpoint).since is not None


async def test_a_pull_begins_before_its_checkpoint(rig: Rig) -> None:
    """What Square listed late is within the overlap of a minute; what is older is not read."""
    old = rig.simulator.buy(TEE)
    rig.clock.later(minutes=5)
    recent = rig.simulator.buy(TEE)
    rig.clock.later(seconds=50)
    [*_, last] = await rig.pull(Kind.ORDER)
    late = rig.simulator.buy(TEE)
    found = ids(await rig.all(Kind.ORDER, last.checkpoint))
    assert [recent, late] == found
    assert old not in found


async def test_a_pull_cut_between_pages_goes_on_and_skips_nothing(rig: Rig) -> None:
    """From any page's checkpoint the rest comes; at the end the same point is reached."""
    expected = buy_some(rig, 6, minutes=5)
    rig.simulator.books.cursors.limit = 2
    pages = await rig.pull(Kind.ORDER)
    had = [one.external_id for one in pages[0].changes]
    rig.simulator.books.cursors.expire()
    rest = await rig.pull(Kind.ORDER, pages[0].checkpoint)
    found = [one.external_id for page in rest for one in page.changes]
    assert expected[:2] == had
    assert expected[1:] == found  # the second again: it is within the overlap
    assert pages[-1].checkpoint == rest[-1].checkpoint


async def test_a_cut_pull_of_many_locations_goes_on_at_its_batch() -> None:
    """The first ten are not read again."""
    clock = Clock()
    async with judged(Simulator(world(12), clock), clock) as rig:
        for number in range(1, 13):
            rig.simulator.buy(till(f"STORE-{number:02}"))
        pages = await rig.pull(Kind.ORDER)
        assert 2 == len(pages)
        rest = await rig.all(Kind.ORDER, pages[0].checkpoint)
        assert ids([*pages[1].changes]) == ids(rest)


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.PRODUCT, Kind.LEVEL, Kind.REFUND])
@pytest.mark.parametrize("expired", [False, True])
async def test_a_cut_pull_goes_on_by_its_cursor_or_from_the_beginning(
    rig: Rig, kind: Kind, expired: bool
) -> None:
    """An expired cursor costs reading again, never a record."""
    await _fill(rig)
    rig.simulator.books.cursors.limit = 1
    pages = [page for page in await rig.pull(kind) if page.changes]
    everything = {one.external_id for page in pages for one in page.changes}
    assert 2 == len(pages)
    if expired:
        rig.simulator.books.cursors.expire()
    rest = {one.external_id for one in await rig.all(kind, pages[0].checkpoint)}
    second = {one.external_id for one in pages[1].changes}
    assert (everything if expired else second) == rest


async def _fill(rig: Rig) -> None:
    """Two or more of everything."""
    other = [
        type(ADA)(
            first_name="Bo",
            last_name="Lee",
            email="bo@example.com",
            phone="+15550101",
            address=ADA.address,
        )
    ]
    for shopper in (ADA, *other):
        order_id = rig.simulator.buy(Purchase(shopper=shopper, items=(("TEE-S", 1),)))
        rig.simulator.refund(order_id, 100)
        rig.clock.later(minutes=5)
    books = rig.simulator.books
    item = next(iter(books.items.values()))
    books.items["SECOND"] = {**item, "id": "SECOND"}


async def test_large_pages_are_cut_to_the_size_of_the_sdk(rig: Rig) -> None:
    """300 changes in 100 orders: two pages, and only the second moves on."""
    shopper = Purchase(shopper=ADA, items=(("TEE-S", 1),))
    for _ in range(100):
        order_id = rig.simulator.order_ahead(shopper)
        fulfillment = rig.simulator.books.orders[order_id]["fulfillments"][0]
        fulfillment["shipment_details"]["tracking_number"] = "N1"
    pages = await rig.pull(Kind.ORDER)
    assert [250, 50] == [len(page.changes) for page in pages]
    assert load(pages[0].checkpoint).since is None
    assert load(pages[1].checkpoint).since is not None


async def test_a_changed_variation_brings_its_item(rig: Rig) -> None:
    """The item's own time has not moved."""
    rig.clock.later(minutes=10)
    [*_, last] = await rig.pull(Kind.PRODUCT)
    rig.clock.later(minutes=10)
    rig.simulator.reprice("TEE-M", 2500)
    [product] = only(ProductRecord, await rig.all(Kind.PRODUCT, last.checkpoint))
    assert [1999, 2500] == [one.price.minor for one in product.variants if one.price]
    assert (("Option", "S"),) == product.variants[0].options


async def test_a_deleted_item_is_removed(rig: Rig) -> None:
    """By the next pull, and by a fetch."""
    rig.clock.later(minutes=10)
    [*_, last] = await rig.pull(Kind.PRODUCT)
    rig.clock.later(minutes=10)
    item_id = rig.simulator.delete_product("TEE-S")
    gone = [Removed(kind=Kind.PRODUCT, external_id=item_id)]
    assert gone == await rig.all(Kind.PRODUCT, last.checkpoint)
    assert gone == await rig.client.fetch(Kind.PRODUCT, [item_id])


async def test_a_changed_count_brings_the_whole_level(rig: Rig) -> None:
    """One state moved; the others are read with it, in one request a location."""
    rig.simulator.stock("TEE-S", "STORE-01", "2", "RESERVED_FOR_SALE")
    rig.clock.later(minutes=10)
    [*_, last] = await rig.pull(Kind.LEVEL)
    rig.clock.later(minutes=10)
    rig.simulator.buy(TEE)
    before = rig.sent("/v2/inventory/counts/batch-retrieve")
    [level] = only(LevelRecord, await rig.all(Kind.LEVEL, last.checkpoint))
    assert Quantities(on_hand=9, available=9, reserved=2) == level.quantities
    assert 2 == rig.sent("/v2/inventory/counts/batch-retrieve") - before


async def test_an_order_that_moves_on_is_pulled_again(rig: Rig) -> None:
    """A changed order has a later change time."""
    order_id = rig.simulator.order_ahead(TEE, Ahead(kind="PICKUP"))
    [*_, last] = await rig.pull(Kind.ORDER)
    rig.clock.later(minutes=10)
    order = rig.simulator.books.orders[order_id]
    order["fulfillments"][0]["state"] = "PREPARED"
    order["updated_at"] = "2026-03-02T12:10:00.000Z"
    found = await rig.all(Kind.ORDER, last.checkpoint)
    [work] = only(FulfillmentOrderRecord, found)
    assert ("IN_PROGRESS", "READY_FOR_PICKUP") == (work.status, work.stage)


async def test_records_of_orders_hold_as_of_when_they_were_asked_for(rig: Rig) -> None:
    """Nothing promises that an order's own time moves with its payment."""
    rig.simulator.buy(TEE)
    before = datetime.now(UTC)
    [sale] = only(OrderRecord, await rig.all(Kind.ORDER))
    assert before <= sale.revised_at <= datetime.now(UTC)
