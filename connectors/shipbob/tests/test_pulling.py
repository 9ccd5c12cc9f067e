"""Pulling: every list to its end, from where the last pull began, through faults and cuts."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from connectors.sdk.errors import Malformed, Throttled, Unavailable
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import (
    Kind,
    ReturnRecord,
    ShipmentRecord,
)
from connectors.sdk.records.states import (
    ReturnStatus,
    ShipmentStatus,
)
from connectors.shipbob import checkpoints, requests
from connectors.shipbob.checkpoints import Mark
from connectors.shipbob.tests.conftest import Rig, ids_of, orders_in

SINCE_LONG_AGO = checkpoints.write(Mark(since=datetime(2020, 1, 1, tzinfo=UTC)))


async def test_only_changed_products_are_pulled(rig: Rig) -> None:
    """A product that was made after the checkpoint comes alone."""
    since = await rig.checkpoint(Kind.PRODUCT)
    rig.clock.turn(hours=1)
    rig.order("NEW-SKU")
    old = rig.shipbob.warehouse.items["TEE-S"]
    for item in rig.shipbob.warehouse.items.values():
        if item.product_id == old.product_id:
            item.updated_at -= timedelta(hours=1)
    assert ids_of(Kind.PRODUCT, await rig.pull(Kind.PRODUCT, since)) == ["3000002"]


async def test_linked_lists_are_walked_to_the_end(rig: Rig) -> None:
    """Products and levels lead on by a link: each comes once, in as many requests as pages."""
    rig.order("NEW-SKU")
    rig.shipbob.most_per_page = 1
    assert ids_of(Kind.PRODUCT, await rig.pull(Kind.PRODUCT)) == ["3000001", "3000002"]
    assert len(rig.sent("GET", "/product")) == 2
    assert len(ids_of(Kind.LEVEL, await rig.pull(Kind.LEVEL))) == 4
    assert len(rig.sent("GET", "/inventory-level")) == 4


async def test_a_link_to_another_host_is_followed_on_ours_only(rig: Rig) -> None:
    """Returns lead on by a whole address: only its query counts, our token goes nowhere else."""
    for _ in range(3):
        order = rig.order()
        rig.shipbob.warehouse.send_back(order.shipments[0])
    rig.shipbob.most_per_page = 2
    assert len(ids_of(Kind.RETURN, await rig.pull(Kind.RETURN))) == 3
    assert [each.path for each in rig.sent("GET", "/return")] == ["/2026-01/return"] * 2


async def test_many_orders_come_in_bounded_pages(rig: Rig) -> None:
    """260 orders are two requests and three pages of at most 250 records; each comes once, and one
    who stops between two pages of one answer misses nothing of it."""
    made = [str(rig.order().id) for _ in range(260)]
    pages = [page async for page in rig.client.pull(Kind.FULFILLMENT_ORDER, None)]
    changes = [change for page in pages for change in page.changes]
    assert Counter(orders_in(changes)) == Counter(made)
    assert [len(page.changes) for page in pages] == [250, 250, 20]
    assert len(rig.sent("GET", "/order")) == 2
    half = pages[0]
    rest = await rig.pull(Kind.FULFILLMENT_ORDER, half.checkpoint)
    assert {*orders_in(half.changes), *orders_in(rest)} == set(made)


async def test_orders_are_paged_by_what_the_headers_say(rig: Rig) -> None:
    """ShipBob may give fewer than we ask for: Total-Pages tells, not the length of a page."""
    rig.shipbob.most_per_page = 2
    made = {str(rig.order().id) for _ in range(5)}
    assert set(orders_in(await rig.pull(Kind.FULFILLMENT_ORDER))) == made
    assert len(rig.sent("GET", "/order")) == 3


async def test_an_order_made_during_a_pull_pushes_none_out(rig: Rig) -> None:
    """The newest comes first and moves the others on: one may come twice, none is missed."""
    rig.shipbob.most_per_page = 2
    made = {str(rig.order().id) for _ in range(5)}
    seen: list[str] = []
    async for page in rig.client.pull(Kind.FULFILLMENT_ORDER, None):
        seen += orders_in(page.changes)
        if len(seen) == 2:
            rig.order()
    assert made <= set(seen)


async def test_only_orders_that_changed_are_pulled(rig: Rig) -> None:
    """What nobody touched since the checkpoint stays where it is."""
    rig.clock.turn(hours=-1)
    rig.order()
    changed = rig.order()
    rig.clock.turn(hours=1)
    since = await rig.checkpoint(Kind.FULFILLMENT_ORDER)
    rig.clock.turn(minutes=1)
    rig.shipbob.warehouse.step(changed.shipments[0])
    assert orders_in(await rig.pull(Kind.FULFILLMENT_ORDER, since)) == [str(changed.id)]


async def test_a_pull_reaches_back_behind_its_checkpoint(rig: Rig) -> None:
    """Four minutes before it are read again, six are not: the overlap is the manifest's five."""
    since = checkpoints.write(Mark(since=rig.clock.now))
    rig.clock.turn(minutes=-6)
    rig.order()
    rig.clock.turn(minutes=2)
    late = rig.order()
    assert orders_in(await rig.pull(Kind.FULFILLMENT_ORDER, since)) == [str(late.id)]


async def test_the_next_pull_begins_where_this_one_began(rig: Rig) -> None:
    """What changes while a pull is under way is after its checkpoint, not before."""
    rig.shipbob.most_per_page = 1
    rig.order()
    rig.order()
    before = datetime.now(UTC)
    pages = rig.client.pull(Kind.FULFILLMENT_ORDER, None)
    await anext(pages)
    between = datetime.now(UTC)
    last = [page async for page in pages][-1]
    since = checkpoints.read(last.checkpoint).since
    assert since is not None
    assert before <= since <= between
    assert not checkpoints.read(last.checkpoint).is_midway


async def test_a_pull_goes_on_where_it_was_cut_off(rig: Rig) -> None:
    """With the checkpoint of the first page the second is next, and the end is the same."""
    rig.shipbob.most_per_page = 2
    made = [str(rig.order().id) for _ in range(5)]
    first = await anext(rig.client.pull(Kind.FULFILLMENT_ORDER, None))
    rest = [page async for page in rig.client.pull(Kind.FULFILLMENT_ORDER, first.checkpoint)]
    assert [*orders_in(first.changes), *orders_in(c for page in rest for c in page.changes)] == (
        made[::-1]
    )
    assert len(rig.sent("GET", "/order")) == 3
    began = checkpoints.read(first.checkpoint).began
    assert checkpoints.read(rest[-1].checkpoint) == Mark(since=began)


async def test_a_pull_cut_off_between_two_passes_goes_on_with_the_second(rig: Rig) -> None:
    """Shipments follow two clocks, one pass each: the first is not walked again."""
    rig.order()
    pages = rig.client.pull(Kind.SHIPMENT, SINCE_LONG_AGO)
    first = await anext(pages)
    mark = checkpoints.read(first.checkpoint)
    assert (mark.is_midway, mark.step, mark.query) == (True, 1, ())
    rest = [page async for page in rig.client.pull(Kind.SHIPMENT, first.checkpoint)]
    assert len(rest) == 1
    assert ["LastTracking" in each.query for each in rig.sent("GET", "/order")] == [False, True]


async def test_a_link_gone_stale_begins_the_pull_again(rig: Rig) -> None:
    """Refused in the middle, a pull starts over from where it began, and loses nothing."""
    stale = Mark(began=rig.clock.now, query=(("Cursor", "gone"), ("PageSize", "250")))
    pages = [page async for page in rig.client.pull(Kind.PRODUCT, checkpoints.write(stale))]
    assert ids_of(Kind.PRODUCT, (c for page in pages for c in page.changes)) == ["3000001"]
    assert [each.status for each in rig.sent("GET", "/product")] == [400, 200]


async def test_a_foreign_checkpoint_is_refused(rig: Rig) -> None:
    """A text that is no checkpoint of ours is an error, not a pull of everything."""
    with pytest.raises(Malformed):
        await rig.pull(Kind.FULFILLMENT_ORDER, "yesterday")
    assert rig.sent() == []


async def test_a_scan_of_the_carrier_reaches_the_shipment(rig: Rig) -> None:
    """It moves the carrier's clock only: orders stay where they are, and shipments are pulled."""
    order = rig.order()
    for _ in range(3):
        rig.shipbob.advance()
    rig.clock.turn(hours=1)
    since = checkpoints.write(Mark(since=rig.clock.now))
    rig.clock.turn(minutes=10)
    rig.shipbob.advance()
    rig.shipbob.advance()
    assert orders_in(await rig.pull(Kind.FULFILLMENT_ORDER, since)) == []
    [shipment] = [
        each for each in await rig.pull(Kind.SHIPMENT, since) if isinstance(each, ShipmentRecord)
    ]
    assert shipment.external_id == str(order.shipments[0].id)
    assert (shipment.status, shipment.delivered_at) == (ShipmentStatus.DELIVERED, rig.clock.now)


async def test_shipments_that_only_the_warehouse_touched_are_pulled_too(rig: Rig) -> None:
    """A shipment on hold has no tracking, and is news all the same."""
    order = rig.order()
    rig.shipbob.warehouse.hold(order.shipments[0])
    found = await rig.pull(Kind.SHIPMENT, SINCE_LONG_AGO)
    assert [each.raw_status for each in found if isinstance(each, ShipmentRecord)] == [
        "OnHold/InvalidAddress"
    ]


async def test_a_throttled_read_is_tried_again(rig: Rig) -> None:
    """With and without Retry-After: the door waits, and the pull goes on."""
    rig.order()
    rig.shipbob.faults.plan(
        Planned(fault=Fault.THROTTLED_BARE, path="/order"),
        Planned(fault=Fault.THROTTLED, path="/order"),
    )
    assert len(orders_in(await rig.pull(Kind.FULFILLMENT_ORDER))) == 1
    assert [each.status for each in rig.sent()] == [429, 429, 200]


async def test_a_long_wait_is_left_to_the_caller(rig: Rig) -> None:
    """ShipBob's 25 seconds are not waited for with a connection in hand."""
    rig.shipbob.calls_per_minute = 1
    await rig.client.check()
    with pytest.raises(Throttled) as caught:
        await rig.pull(Kind.LOCATION)
    assert caught.value.retry_after_s == 25.0
    assert [each.status for each in rig.sent()] == [200, 429]


async def test_a_read_that_keeps_failing_is_unavailable(rig: Rig) -> None:
    """Three tries, then the caller is told."""
    rig.shipbob.faults.plan(*[Planned(fault=Fault.SERVER_ERROR)] * 3)
    with pytest.raises(Unavailable):
        await rig.pull(Kind.LOCATION)
    assert len(rig.sent()) == 3


async def test_a_page_that_is_no_json_is_malformed(rig: Rig) -> None:
    """A pull says so, and carries no checkpoint past it."""
    rig.shipbob.faults.plan(Planned(fault=Fault.NOT_JSON))
    with pytest.raises(Malformed):
        await rig.pull(Kind.FULFILLMENT_ORDER)


async def test_returns_are_pulled_while_open_and_once_closed(rig: Rig) -> None:
    """Open ones every time; completed and canceled ones when they became so."""
    warehouse = rig.shipbob.warehouse
    rig.clock.turn(days=-30)
    done, kept, waiting = (warehouse.send_back(rig.order().shipments[0]) for _ in range(3))
    for goods_back in (done, kept, waiting):
        goods_back.created_at = rig.clock.now
    for _ in range(3):
        warehouse._step_back(done)
    rig.clock.turn(days=30)
    since = checkpoints.write(Mark(since=rig.clock.now))
    assert ids_of(Kind.RETURN, await rig.pull(Kind.RETURN, since)) == [
        str(kept.id),
        str(waiting.id),
    ]
    rig.clock.turn(minutes=10)
    warehouse.keep(kept)
    for _ in range(3):
        warehouse._step_back(waiting)
    found = await rig.pull(Kind.RETURN, since)
    assert {each.external_id: each.status for each in found if isinstance(each, ReturnRecord)} == {
        str(waiting.id): ReturnStatus.CLOSED,
        str(kept.id): ReturnStatus.CANCELED,
    }


def test_no_list_of_orders_has_an_end_date() -> None:
    """An order that changes during a walk would leave such a list, and another would be skipped."""
    since = datetime(2026, 1, 5, tzinfo=UTC)
    for kind in (Kind.FULFILLMENT_ORDER, Kind.SHIPMENT, Kind.TRACKER):
        for request in requests.passes(kind, since, "1"):
            assert not [name for name, _ in request.query if name.endswith("EndDate")]
