"""Reading ShipBob: every list to its end, from where the last pull began, and single subjects."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from connectors.sdk.changes import Change, Removed, Unreadable
from connectors.sdk.errors import Malformed, Misconfigured, Throttled, Unavailable, Unsupported
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import (
    KIND_OF,
    FulfillmentOrderRecord,
    Kind,
    LevelRecord,
    LocationRecord,
    ProductRecord,
    Quantities,
    ReturnRecord,
    ShipmentRecord,
    TrackerRecord,
)
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    LocationType,
    ReturnStatus,
    ShipmentStatus,
    TrackingStatus,
)
from connectors.shipbob import checkpoints, requests
from connectors.shipbob.checkpoints import Mark
from connectors.shipbob.tests.conftest import Rig

SINCE_LONG_AGO = checkpoints.write(Mark(since=datetime(2020, 1, 1, tzinfo=UTC)))


def _ids(kind: Kind, changes: Iterable[Change]) -> list[str]:
    """The ids of the records of *kind*, in order."""
    return [
        each.external_id
        for each in changes
        if not isinstance(each, Unreadable | Removed)
        and each.external_id
        and KIND_OF.get(type(each)) is kind
    ]


def _orders(changes: Iterable[Change]) -> list[str]:
    return _ids(Kind.FULFILLMENT_ORDER, changes)


async def test_check_names_our_channel(rig: Rig) -> None:
    """The account is the channel that orders are made in, and the version the API's."""
    account = await rig.client.check()
    assert (account.name, account.version) == ("Unified gateway", "2026-01")


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"channel_id": "7"}, "channel_id"),
        ({"channel_id": "1"}, "orders_write"),
        ({"token": "another"}, "credentials"),
    ],
)
async def test_check_tells_the_operator_what_is_wrong(
    rig: Rig, settings: dict[str, str], names: str
) -> None:
    """A channel that is not there, one that may only be read, and a token nobody knows."""
    with pytest.raises(Misconfigured, match=names):
        await rig.client_of(**settings).check()


async def test_check_of_something_else_blames_the_address(rig: Rig) -> None:
    """A page where JSON should be is no ShipBob."""
    rig.shipbob.faults.plan(Planned(fault=Fault.NOT_JSON))
    with pytest.raises(Misconfigured, match="url"):
        await rig.client.check()


async def test_check_walks_the_channels_to_ours(rig: Rig) -> None:
    """An account may have more channels than a page."""
    rig.shipbob.most_per_page = 1
    assert (await rig.client.check()).name == "Unified gateway"
    assert len(rig.sent("GET", "/channel")) == 2


async def test_locations_are_the_centers_and_no_store(rig: Rig) -> None:
    """Fulfillment centers are a 3PL's, and their abbreviation is what joins them to our places."""
    found = await rig.pull(Kind.LOCATION)
    assert [
        (each.external_id, each.code, each.type, each.is_active)
        for each in found
        if isinstance(each, LocationRecord)
    ] == [("1", "RNO1", LocationType.THREE_PL, True), ("2", "ORD1", LocationType.THREE_PL, True)]


async def test_products_come_with_the_ids_that_stock_goes_by(rig: Rig) -> None:
    """One product, its variants, and the inventory id of each."""
    [product] = await rig.pull(Kind.PRODUCT)
    assert isinstance(product, ProductRecord)
    assert (product.external_id, product.title) == ("3000001", "Canvas Tee")
    assert [(each.external_id, each.sku, each.inventory_item_id) for each in product.variants] == [
        ("15000001", "TEE-S", "8000001"),
        ("15000002", "TEE-M", "8000002"),
        ("15000003", "TEE-L", "8000003"),
    ]


async def test_only_changed_products_are_pulled(rig: Rig) -> None:
    """A product that was made after the checkpoint comes alone."""
    since = await rig.checkpoint(Kind.PRODUCT)
    rig.clock.turn(hours=1)
    rig.order("NEW-SKU")
    old = rig.shipbob.warehouse.items["TEE-S"]
    for item in rig.shipbob.warehouse.items.values():
        if item.product_id == old.product_id:
            item.updated_at -= timedelta(hours=1)
    assert _ids(Kind.PRODUCT, await rig.pull(Kind.PRODUCT, since)) == ["3000002"]


async def test_levels_count_what_an_order_holds(rig: Rig) -> None:
    """Committed units are on hand and not available, at the place that will send them."""
    rig.order("TEE-M", 3)
    found = {each.external_id: each for each in await rig.pull(Kind.LEVEL)}
    level = found["8000002@1"]
    assert isinstance(level, LevelRecord)
    assert (level.item_id, level.sku, level.location_id) == ("8000002", "TEE-M", "1")
    assert level.quantities == Quantities(on_hand=10, committed=3, available=7, incoming=0)
    assert sorted(str(each) for each in found) == ["8000001@1", "8000002@1", "8000002@2"]


async def test_linked_lists_are_walked_to_the_end(rig: Rig) -> None:
    """Products and levels lead on by a link: each comes once, in as many requests as pages."""
    rig.order("NEW-SKU")
    rig.shipbob.most_per_page = 1
    assert _ids(Kind.PRODUCT, await rig.pull(Kind.PRODUCT)) == ["3000001", "3000002"]
    assert len(rig.sent("GET", "/product")) == 2
    assert len(_ids(Kind.LEVEL, await rig.pull(Kind.LEVEL))) == 4
    assert len(rig.sent("GET", "/inventory-level")) == 4


async def test_a_link_to_another_host_is_followed_on_ours_only(rig: Rig) -> None:
    """Returns lead on by a whole address: only its query counts, our token goes nowhere else."""
    for _ in range(3):
        order = rig.order()
        rig.shipbob.warehouse.send_back(order.shipments[0])
    rig.shipbob.most_per_page = 2
    assert len(_ids(Kind.RETURN, await rig.pull(Kind.RETURN))) == 3
    assert [each.path for each in rig.sent("GET", "/return")] == ["/2026-01/return"] * 2


async def test_many_orders_come_in_bounded_pages(rig: Rig) -> None:
    """260 orders are two requests and three pages of at most 250 records; each comes once, and one
    who stops between two pages of one answer misses nothing of it."""
    made = [str(rig.order().id) for _ in range(260)]
    pages = [page async for page in rig.client.pull(Kind.FULFILLMENT_ORDER, None)]
    changes = [change for page in pages for change in page.changes]
    assert Counter(_orders(changes)) == Counter(made)
    assert [len(page.changes) for page in pages] == [250, 250, 20]
    assert len(rig.sent("GET", "/order")) == 2
    half = pages[0]
    rest = await rig.pull(Kind.FULFILLMENT_ORDER, half.checkpoint)
    assert {*_orders(half.changes), *_orders(rest)} == set(made)


async def test_orders_are_paged_by_what_the_headers_say(rig: Rig) -> None:
    """ShipBob may give fewer than we ask for: Total-Pages tells, not the length of a page."""
    rig.shipbob.most_per_page = 2
    made = {str(rig.order().id) for _ in range(5)}
    assert set(_orders(await rig.pull(Kind.FULFILLMENT_ORDER))) == made
    assert len(rig.sent("GET", "/order")) == 3


async def test_an_order_made_during_a_pull_pushes_none_out(rig: Rig) -> None:
    """The newest comes first and moves the others on: one may come twice, none is missed."""
    rig.shipbob.most_per_page = 2
    made = {str(rig.order().id) for _ in range(5)}
    seen: list[str] = []
    async for page in rig.client.pull(Kind.FULFILLMENT_ORDER, None):
        seen += _orders(page.changes)
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
    assert _orders(await rig.pull(Kind.FULFILLMENT_ORDER, since)) == [str(changed.id)]


async def test_a_pull_reaches_back_behind_its_checkpoint(rig: Rig) -> None:
    """Four minutes before it are read again, six are not: the overlap is the manifest's five."""
    since = checkpoints.write(Mark(since=rig.clock.now))
    rig.clock.turn(minutes=-6)
    rig.order()
    rig.clock.turn(minutes=2)
    late = rig.order()
    assert _orders(await rig.pull(Kind.FULFILLMENT_ORDER, since)) == [str(late.id)]


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
    assert [*_orders(first.changes), *_orders(c for page in rest for c in page.changes)] == (
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
    assert _ids(Kind.PRODUCT, (c for page in pages for c in page.changes)) == ["3000001"]
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
    assert _orders(await rig.pull(Kind.FULFILLMENT_ORDER, since)) == []
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


async def test_trackers_carry_every_scan(rig: Rig) -> None:
    """All that the carrier said, for each shipment that has a number."""
    rig.order()
    for _ in range(5):
        rig.shipbob.advance()
    rig.order()
    [tracker] = await rig.pull(Kind.TRACKER)
    assert isinstance(tracker, TrackerRecord)
    assert (tracker.carrier, tracker.status) == ("USPS", TrackingStatus.DELIVERED)
    assert tracker.tracking_number == "9400000000000200000001"
    assert [each.status for each in tracker.events] == [
        TrackingStatus.DELIVERED,
        TrackingStatus.OUT_FOR_DELIVERY,
        TrackingStatus.IN_TRANSIT,
    ]


async def test_trackers_are_asked_for_25_at_a_time(rig: Rig) -> None:
    """ShipBob takes no more in one request."""
    orders = [rig.order() for _ in range(26)]
    for _ in range(3):
        rig.shipbob.advance()
    ids = [str(order.shipments[0].id) for order in orders]
    assert sorted(_ids(Kind.TRACKER, await rig.client.fetch(Kind.TRACKER, ids))) == ids
    assert len(rig.sent("GET", "/shipments-tracking")) == 2
    assert len(rig.sent()) == 2


async def test_an_order_too_large_for_a_box_is_split(rig: Rig) -> None:
    """45 units are three shipments of one order at one place; together they are what was asked."""
    order = rig.order("TEE-S", 45)
    record, *shipments = await rig.client.fetch(Kind.FULFILLMENT_ORDER, [str(order.id)])
    assert isinstance(record, FulfillmentOrderRecord)
    units = [
        line.quantity
        for each in shipments
        if isinstance(each, ShipmentRecord)
        for line in each.lines
    ]
    assert units == [20, 20, 5]
    assert record.location_id == "1"
    assert [line.quantity for line in record.lines] == [45]


async def test_an_order_split_over_places_is_at_none_of_them(rig: Rig) -> None:
    """Ten from Reno and three from Chicago: each shipment knows its place, the order has none."""
    order = rig.order("TEE-M", 13, place=None)
    record, *shipments = await rig.client.fetch(Kind.FULFILLMENT_ORDER, [str(order.id)])
    assert isinstance(record, FulfillmentOrderRecord)
    assert record.location_id is None
    assert [
        (each.location_id, each.lines[0].quantity)
        for each in shipments
        if isinstance(each, ShipmentRecord)
    ] == [("1", 10), ("2", 3)]


async def test_a_half_shipped_order_is_in_progress_until_its_rest_is_canceled(rig: Rig) -> None:
    """ShipBob then calls it Fulfilled; it is incomplete, for fewer units left than were ordered."""
    order = rig.order("TEE-S", 30)
    first, second = order.shipments
    for _ in range(3):
        rig.shipbob.warehouse.step(first)
    [record, *_] = await rig.client.fetch(Kind.FULFILLMENT_ORDER, [str(order.id)])
    assert isinstance(record, FulfillmentOrderRecord)
    assert (record.raw_status, record.status) == (
        "PartiallyFulfilled",
        FulfillmentOrderStatus.IN_PROGRESS,
    )
    rig.shipbob.warehouse.cancel(order)
    assert second.status == "Cancelled"
    [record, *_] = await rig.client.fetch(Kind.FULFILLMENT_ORDER, [str(order.id)])
    assert isinstance(record, FulfillmentOrderRecord)
    assert (record.raw_status, record.status) == (
        "Fulfilled",
        FulfillmentOrderStatus.INCOMPLETE,
    )


async def test_an_unknown_word_is_unknown_and_no_crash(rig: Rig) -> None:
    """A status that ShipBob's contract does not have is kept as it is said."""
    rig.keeps_contract = False
    order = rig.order()
    order.shipments[0].stopped = ("Teleported", (999, "Gone", "Gone"))
    _, shipment = await rig.client.fetch(Kind.FULFILLMENT_ORDER, [str(order.id)])
    assert isinstance(shipment, ShipmentRecord)
    assert (shipment.status, shipment.raw_status) == (ShipmentStatus.UNKNOWN, "Teleported/Gone")


async def test_one_bad_order_does_not_stop_the_others(rig: Rig) -> None:
    """It comes as Unreadable, with where and what, and the rest of its page goes on."""
    rig.keeps_contract = False
    good, bad = rig.order(), rig.order()
    bad.lines = [(bad.lines[0][0], "two")]  # type: ignore[list-item]
    unreadable, *rest = await rig.pull(Kind.FULFILLMENT_ORDER)
    assert isinstance(unreadable, Unreadable)
    assert (unreadable.kind, unreadable.external_id) == (Kind.FULFILLMENT_ORDER, str(bad.id))
    assert unreadable.reason == "$[0].products[0].quantity: expected a whole number, found str"
    assert bad.reference_id in unreadable.payload
    assert _orders(rest) == [str(good.id)]


async def test_what_cannot_be_read_is_not_called_gone(rig: Rig) -> None:
    """A level that might be in an unreadable item is not reported as removed."""
    rig.keeps_contract = False
    rig.shipbob.warehouse.items["TEE-S"].sku = 5  # type: ignore[assignment]
    found = await rig.client.fetch(Kind.LEVEL, ["8000001@1"])
    assert [type(each) for each in found] == [Unreadable]


async def test_a_throttled_read_is_tried_again(rig: Rig) -> None:
    """With and without Retry-After: the door waits, and the pull goes on."""
    rig.order()
    rig.shipbob.faults.plan(
        Planned(fault=Fault.THROTTLED_BARE, path="/order"),
        Planned(fault=Fault.THROTTLED, path="/order"),
    )
    assert len(_orders(await rig.pull(Kind.FULFILLMENT_ORDER))) == 1
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


async def test_orders_are_fetched_many_at_once(rig: Rig) -> None:
    """60 ids are two requests; what is not there, or could not be an id, is removed."""
    made = [str(rig.order().id) for _ in range(58)]
    found = await rig.client.fetch(Kind.FULFILLMENT_ORDER, [*made, "999", "888", "no-id"])
    assert Counter(_orders(found)) == Counter(made)
    assert [each for each in found if isinstance(each, Removed)] == [
        Removed(kind=Kind.FULFILLMENT_ORDER, external_id=each) for each in ("999", "888", "no-id")
    ]
    assert len(rig.sent()) == 2


@pytest.mark.parametrize(
    ("kind", "there", "gone"),
    [
        (Kind.LOCATION, "2", "99"),
        (Kind.PRODUCT, "3000001", "99"),
        (Kind.LEVEL, "8000002@2", "8000002@9"),
        (Kind.SHIPMENT, "200000001", "99"),
        (Kind.RETURN, "2900001", "99"),
        (Kind.TRACKER, "200000001", "99"),
        (Kind.FULFILLMENT_ORDER, "100000001", "99"),
    ],
)
async def test_each_kind_is_fetched_by_id(rig: Rig, kind: Kind, there: str, gone: str) -> None:
    """The one that is there, once, however often it is asked for, and Removed for the other."""
    order = rig.order()
    for _ in range(3):
        rig.shipbob.advance()
    rig.shipbob.warehouse.send_back(order.shipments[0])
    found = await rig.client.fetch(kind, [there, gone, there])
    assert _ids(kind, found) == [there]
    assert [each for each in found if isinstance(each, Removed)] == [
        Removed(kind=kind, external_id=gone)
    ]


async def test_what_shipbob_does_not_have_is_not_read(rig: Rig) -> None:
    """Customers are the shop's."""
    with pytest.raises(Unsupported):
        await rig.pull(Kind.CUSTOMER)
    with pytest.raises(Unsupported):
        await rig.client.fetch(Kind.CUSTOMER, ["1"])
    assert rig.sent() == []


async def test_a_return_is_joined_by_the_reference_of_what_was_sent(rig: Rig) -> None:
    """A return names its shipment; the shipment names our request, and is asked once only."""
    order = rig.order("TEE-S", 2)
    rig.shipbob.warehouse.send_back(order.shipments[0])
    [goods_back] = await rig.pull(Kind.RETURN)
    assert isinstance(goods_back, ReturnRecord)
    assert (goods_back.reference, goods_back.status, goods_back.raw_status) == (
        order.reference_id,
        ReturnStatus.APPROVED,
        "Awaiting Arrival",
    )
    assert [(line.sku, line.quantity) for line in goods_back.lines] == [("TEE-S", 2)]
    await rig.pull(Kind.RETURN)
    assert len(rig.sent("GET", "/shipment/")) == 1


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
    assert _ids(Kind.RETURN, await rig.pull(Kind.RETURN, since)) == [str(kept.id), str(waiting.id)]
    rig.clock.turn(minutes=10)
    warehouse.keep(kept)
    for _ in range(3):
        warehouse._step_back(waiting)
    found = await rig.pull(Kind.RETURN, since)
    assert {each.external_id: each.status for each in found if isinstance(each, ReturnRecord)} == {
        str(waiting.id): ReturnStatus.CLOSED,
        str(kept.id): ReturnStatus.CANCELED,
    }


async def test_a_return_of_nothing_we_know_has_no_reference(rig: Rig) -> None:
    """ShipBob takes parcels back that it cannot place: the record comes without."""
    order = rig.order()
    goods_back = rig.shipbob.warehouse.send_back(order.shipments[0])
    rig.shipbob.warehouse.orders.clear()
    [found] = await rig.client.fetch(Kind.RETURN, [str(goods_back.id)])
    assert isinstance(found, ReturnRecord)
    assert found.reference is None


def test_no_list_of_orders_has_an_end_date() -> None:
    """An order that changes during a walk would leave such a list, and another would be skipped."""
    since = datetime(2026, 1, 5, tzinfo=UTC)
    for kind in (Kind.FULFILLMENT_ORDER, Kind.SHIPMENT, Kind.TRACKER):
        for request in requests.passes(kind, since, "1"):
            assert not [name for name, _ in request.query if name.endswith("EndDate")]
