"""Reading ShipBob: what its subjects state, by list and by id."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from connectors.sdk.changes import Removed, Unreadable
from connectors.sdk.errors import Misconfigured, Unsupported
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import (
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
from connectors.shipbob import checkpoints
from connectors.shipbob.checkpoints import Mark
from connectors.shipbob.tests.conftest import Rig, ids_of, orders_in

SINCE_LONG_AGO = checkpoints.write(Mark(since=datetime(2020, 1, 1, tzinfo=UTC)))


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


async def test_levels_count_what_an_order_holds(rig: Rig) -> None:
    """Committed units are on hand and not available, at the place that will send them."""
    rig.order("TEE-M", 3)
    found = {each.external_id: each for each in await rig.pull(Kind.LEVEL)}
    level = found["8000002@1"]
    assert isinstance(level, LevelRecord)
    assert (level.item_id, level.sku, level.location_id) == ("8000002", "TEE-M", "1")
    assert level.quantities == Quantities(on_hand=10, committed=3, available=7, incoming=0)
    assert sorted(str(each) for each in found) == ["8000001@1", "8000002@1", "8000002@2"]


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
    assert sorted(ids_of(Kind.TRACKER, await rig.client.fetch(Kind.TRACKER, ids))) == ids
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
    assert orders_in(rest) == [str(good.id)]


async def test_what_cannot_be_read_is_not_called_gone(rig: Rig) -> None:
    """A level that might be in an unreadable item is not reported as removed."""
    rig.keeps_contract = False
    rig.shipbob.warehouse.items["TEE-S"].sku = 5  # type: ignore[assignment]
    found = await rig.client.fetch(Kind.LEVEL, ["8000001@1"])
    assert [type(each) for each in found] == [Unreadable]


async def test_orders_are_fetched_many_at_once(rig: Rig) -> None:
    """60 ids are two requests; what is not there, or could not be an id, is removed."""
    made = [str(rig.order().id) for _ in range(58)]
    found = await rig.client.fetch(Kind.FULFILLMENT_ORDER, [*made, "999", "888", "no-id"])
    assert Counter(orders_in(found)) == Counter(made)
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
    assert ids_of(kind, found) == [there]
    assert [each for each in found if isinstance(each, Removed)] == [
        Removed(kind=kind, external_id=gone)
    ]


async def test_a_fetch_of_nothing_asks_nothing(rig: Rig) -> None:
    """Not even of locations, which come all at once."""
    assert await rig.client.fetch(Kind.LOCATION, []) == []
    assert rig.sent() == []


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


async def test_a_return_of_nothing_we_know_has_no_reference(rig: Rig) -> None:
    """ShipBob takes parcels back that it cannot place: the record comes without."""
    order = rig.order()
    goods_back = rig.shipbob.warehouse.send_back(order.shipments[0])
    rig.shipbob.warehouse.orders.clear()
    [found] = await rig.client.fetch(Kind.RETURN, [str(goods_back.id)])
    assert isinstance(found, ReturnRecord)
    assert found.reference is None
