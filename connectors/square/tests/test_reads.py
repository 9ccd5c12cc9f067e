"""Pulls and fetches over HTTP: everything once, nothing skipped, one bad record alone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from connectors.sdk.changes import Change, Removed, Touched, Unreadable
from connectors.sdk.errors import Malformed, Misconfigured, Throttled, Unavailable, Unsupported
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import (
    CustomerRecord,
    FulfillmentOrderRecord,
    Kind,
    LevelRecord,
    LocationRecord,
    OrderRecord,
    ProductRecord,
    Quantities,
    RefundRecord,
    ReturnRecord,
)
from connectors.sdk.simulator import Purchase
from connectors.sdk.values import LineQuantity, Money
from connectors.square.requests.checkpoint import load
from connectors.square.simulated.till import Ahead
from connectors.square.simulator import Simulator
from connectors.square.tests.conftest import ADA, Clock, Rig, judged, world

T = TypeVar("T")
READ = (Kind.LOCATION, Kind.PRODUCT, Kind.CUSTOMER, Kind.LEVEL, Kind.ORDER, Kind.REFUND)
TEE = Purchase(shopper=ADA, items=(("TEE-S", 1),))


def only(kind: type[T], found: list[Change]) -> list[T]:
    """Return those of *found* that are of one kind."""
    return [one for one in found if isinstance(one, kind)]


def ids(found: list[Change]) -> list[str | None]:
    return [one.external_id for one in found]


def till(code: str) -> Purchase:
    return Purchase(shopper=None, items=(("TEE-S", 1),), place=code)


def buy_some(rig: Rig, count: int, *, minutes: int) -> list[str]:
    """Buy *count* times, *minutes* apart; return the orders' ids."""
    bought: list[str] = []
    for _ in range(count):
        rig.clock.later(minutes=minutes)
        bought.append(rig.simulator.buy(TEE))
    return bought


# Who, and what the account holds -----------------------------------------------------------------


async def test_check_names_the_seller_and_the_version(rig: Rig) -> None:
    """Address, token and rights are good."""
    account = await rig.client.check()
    assert ("Northwind Tills", "2025-08-20") == (account.name, account.version)


async def test_check_refuses_bad_credentials_and_a_wrong_address(rig: Rig) -> None:
    """Both are for the operator to mend."""
    rig.simulator.faults.plan(Planned(fault=Fault.UNAUTHORIZED))
    with pytest.raises(Misconfigured):
        await rig.client.check()
    rig.simulator.faults.plan(Planned(fault=Fault.NOT_JSON))
    with pytest.raises(Misconfigured, match="url"):
        await rig.client.check()


async def test_only_stores_are_locations(rig: Rig) -> None:
    """The depot of the world has no till; the nickname is the code."""
    found = only(LocationRecord, await rig.all(Kind.LOCATION))
    assert ["STORE-01", "STORE-02"] == sorted(one.code for one in found)


async def test_an_item_is_a_product_of_its_variations(rig: Rig) -> None:
    """SKU, price, barcode and named options of each."""
    [product] = only(ProductRecord, await rig.all(Kind.PRODUCT))
    small, medium = product.variants
    assert ("Canvas Tee", "ACTIVE") == (product.title, product.status)
    assert ["TEE-S", "TEE-M"] == [small.sku, medium.sku]
    assert Money(minor=2099, currency="USD") == medium.price
    assert (("Option", "S"),) == small.options


async def test_a_level_is_all_states_of_a_variation_at_a_place(rig: Rig) -> None:
    """What is reserved, wasted or under way stands beside what is in stock."""
    rig.simulator.stock("TEE-S", "STORE-01", "2", "RESERVED_FOR_SALE")
    rig.simulator.stock("TEE-S", "STORE-01", "1", "WASTE")
    rig.simulator.stock("TEE-S", "STORE-01", "4", "IN_TRANSIT")
    rig.simulator.stock("TEE-S", "STORE-01", "5", "ORDERED_FROM_VENDOR")
    rig.simulator.stock("TEE-S", "STORE-01", "9", "RECEIVED_FROM_VENDOR")
    found = only(LevelRecord, await rig.all(Kind.LEVEL))
    expected = Quantities(on_hand=10, available=10, reserved=2, damaged=1, incoming=9)
    by_item = {one.item_id: one.quantities for one in found}
    assert expected == by_item[rig.item("TEE-S")]
    assert Quantities(on_hand=10, available=10) == by_item[rig.item("TEE-M")]


async def test_a_till_sale_is_complete_paid_and_handed_over(rig: Rig) -> None:
    """One record: no fulfillment, no shipment."""
    order_id = rig.simulator.buy(Purchase(shopper=ADA, items=(("TEE-S", 2), ("TEE-M", 1))))
    [sale] = await rig.all(Kind.ORDER)
    assert isinstance(sale, OrderRecord)
    assert (order_id, "COMPLETED", "COMPLETED") == (sale.external_id, sale.status, sale.raw_status)
    assert Money(minor=2 * 1999 + 2099, currency="USD") == sale.totals.total
    assert [(2, 2, 2), (1, 1, 1)] == [
        (one.counters.ordered, one.counters.fulfilled, one.counters.delivered) for one in sale.lines
    ]
    assert [("SALE", "SUCCESS", 6097)] == [
        (one.kind, one.status, one.amount.minor) for one in sale.transactions
    ]
    [customer] = only(CustomerRecord, await rig.all(Kind.CUSTOMER))
    assert sale.customer_id == customer.external_id
    assert ("ada@example.com", False) == (customer.email, customer.email_verified)


async def test_a_guest_has_no_customer(rig: Rig) -> None:
    """Nor does a shopper without an account."""
    rig.simulator.buy(Purchase(shopper=ADA, items=(("TEE-S", 1),), as_guest=True))
    [sale] = only(OrderRecord, await rig.all(Kind.ORDER))
    assert sale.customer_id is None
    assert [] == await rig.all(Kind.CUSTOMER)


async def test_money_of_yen_has_no_minor_digits() -> None:
    """1999 of Square's smallest unit are 1999 yen, refunds too."""
    clock = Clock()
    async with judged(Simulator(world(), clock, currency="JPY"), clock) as rig:
        order_id = rig.simulator.buy(TEE)
        rig.simulator.refund(order_id, 500)
        [sale] = only(OrderRecord, await rig.all(Kind.ORDER))
        [refund] = only(RefundRecord, await rig.all(Kind.REFUND))
        assert Money(minor=1999, currency="JPY") == sale.totals.total
        assert "1999" == str(sale.totals.total.amount)
        assert Money(minor=500, currency="JPY") == refund.amount


async def test_measured_goods_are_one_piece_and_come_back_as_one(rig: Rig) -> None:
    """The return names the sale, which is read to see that the piece came back whole."""
    order_id = rig.simulator.buy_measured(TEE, "1.500")
    [sale] = only(OrderRecord, await rig.all(Kind.ORDER))
    assert ["Canvas Tee (S), 1.500 pound"] == [one.title for one in sale.lines]
    assert (1, 2999) == (sale.lines[0].counters.ordered, sale.lines[0].unit_price.minor)
    uid = sale.lines[0].external_id
    return_id = rig.simulator.take_back(order_id, {uid: "1.500"})
    found = await rig.one(Kind.ORDER, return_id)
    assert isinstance(found, ReturnRecord)
    assert (LineQuantity(line_id=uid, quantity=1),) == found.lines


async def test_a_stock_that_is_no_number_of_units_is_unreadable_alone(rig: Rig) -> None:
    """11.25 is never rounded; the other level is read."""
    rig.simulator.buy_measured(TEE, "1.250")
    found = await rig.all(Kind.LEVEL)
    assert [rig.item("TEE-M")] == [one.item_id for one in only(LevelRecord, found)]
    [unreadable] = only(Unreadable, found)
    assert f"{rig.item('TEE-S')}@{rig.place()}" == unreadable.external_id
    assert '"8.75"' in unreadable.payload


# Returns and refunds -----------------------------------------------------------------------------


async def test_a_return_is_a_return_of_its_sale_and_no_sale(rig: Rig) -> None:
    """Its order is new; the refund's order_id names it, ours names the sale."""
    order_id = rig.simulator.buy(Purchase(shopper=ADA, items=(("TEE-S", 3),)))
    [sale] = only(OrderRecord, await rig.all(Kind.ORDER))
    uid = sale.lines[0].external_id
    return_id = rig.simulator.take_back(order_id, {uid: "2"})
    found = await rig.all(Kind.ORDER)
    assert [order_id] == ids([*only(OrderRecord, found)])
    [back] = only(ReturnRecord, found)
    assert back.external_id.startswith(f"{return_id}:")
    assert (order_id, "CLOSED") == (back.order_id, back.status)
    assert (LineQuantity(line_id=uid, quantity=2),) == back.lines
    [refund] = only(RefundRecord, await rig.all(Kind.REFUND))
    payment_id = sale.transactions[0].external_id
    assert (order_id, payment_id) == (refund.order_id, refund.payment_id)
    assert Money(minor=2 * 1999, currency="USD") == refund.amount


async def test_an_amount_only_refund_is_no_return(rig: Rig) -> None:
    """Square makes an order of it all the same: it states nothing."""
    order_id = rig.simulator.buy(TEE)
    refund_id = rig.simulator.refund(order_id, 300)
    made = rig.simulator.books.refunds[refund_id]["order_id"]
    assert [order_id] == ids(await rig.all(Kind.ORDER))
    assert [] == await rig.client.fetch(Kind.ORDER, [made])
    refund = await rig.one(Kind.REFUND, refund_id)
    assert isinstance(refund, RefundRecord)
    assert (order_id, "PENDING") == (refund.order_id, refund.status)


async def test_a_refund_finds_its_sale_by_the_payment(rig: Rig) -> None:
    """Where the return order does not name its source, the payment's order is asked for."""
    order_id = rig.simulator.buy(TEE)
    refund_id = rig.simulator.refund(order_id, 300)
    made = rig.simulator.books.refunds[refund_id]["order_id"]
    del rig.simulator.books.orders[made]["returns"][0]["source_order_id"]
    refund = await rig.one(Kind.REFUND, refund_id)
    assert isinstance(refund, RefundRecord)
    assert order_id == refund.order_id


async def test_a_refund_of_nothing_square_saw_has_no_order(rig: Rig) -> None:
    """No payment, no order: still money that went back."""
    refund_id = rig.simulator.refund_unlinked(750)
    [refund] = only(RefundRecord, await rig.all(Kind.REFUND))
    assert (refund_id, None, None) == (refund.external_id, refund.order_id, refund.payment_id)


async def test_a_refund_settles_and_is_pulled_again(rig: Rig) -> None:
    """Its update time moves with its status."""
    rig.simulator.refund(rig.simulator.buy(TEE), 300)
    first = await rig.pull(Kind.REFUND)
    rig.clock.later(minutes=10)
    [refund] = only(RefundRecord, await rig.all(Kind.REFUND, first[-1].checkpoint))
    assert ("SUCCEEDED", "COMPLETED") == (refund.status, refund.raw_status)


async def test_refunds_older_than_a_year_are_read_too(rig: Rig) -> None:
    """Square's list begins a year ago unless told otherwise."""
    rig.simulator.refund(rig.simulator.buy(TEE), 300)
    rig.clock.later(days=500)
    assert 1 == len(await rig.all(Kind.REFUND))
    queries = [one.query for one in rig.recorder.exchanges if one.path == "/v2/refunds"]
    assert "begin_time=1970-01-01T00:00:00Z" in queries[0].replace("%3A", ":")


# Paging, overlap, going on -----------------------------------------------------------------------


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


# What changed ------------------------------------------------------------------------------------


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


# Fetches -----------------------------------------------------------------------------------------


async def test_what_is_not_there_is_removed(rig: Rig) -> None:
    """For every kind, and each once, though asked for twice."""
    for kind in READ:
        found = await rig.client.fetch(kind, ["NOPE@NOWHERE", "NOPE@NOWHERE"])
        assert [Removed(kind=kind, external_id="NOPE@NOWHERE")] == found
    no_place = await rig.client.fetch(Kind.LEVEL, ["NOPE"])
    assert [Kind.LEVEL] == [one.kind for one in only(Removed, no_place)]


async def test_many_are_fetched_in_few_requests(rig: Rig) -> None:
    """150 orders, 100 a request."""
    wanted = [rig.simulator.buy(TEE) for _ in range(150)]
    found = await rig.client.fetch(Kind.ORDER, wanted)
    assert 150 == len(found)
    assert set(wanted) == set(ids(found))
    assert 2 == rig.sent("/v2/orders/batch-retrieve")


async def test_each_kind_is_fetched_by_its_id(rig: Rig) -> None:
    """What a pull gives, a fetch of its id gives again."""
    rig.simulator.refund(rig.simulator.buy(TEE), 100)
    for kind in READ:
        for pulled in await rig.all(kind):
            assert pulled.external_id is not None
            again = await rig.one(kind, pulled.external_id)
            assert type(pulled) is type(again)
            assert pulled.external_id == again.external_id


async def test_kinds_that_come_with_orders_are_not_read_alone(rig: Rig) -> None:
    """Fulfillment orders, shipments and returns are parts of orders."""
    for kind in (Kind.SHIPMENT, Kind.RETURN, Kind.FULFILLMENT_ORDER, Kind.TRACKER):
        with pytest.raises(Unsupported):
            await rig.pull(kind)
        with pytest.raises(Unsupported):
            await rig.client.fetch(kind, ["1"])
    assert [] == rig.recorder.exchanges


# Faults ------------------------------------------------------------------------------------------


async def test_one_bad_order_is_unreadable_and_its_page_goes_on(rig: Rig) -> None:
    """The payload is kept, the reason says where."""
    good, bad = rig.simulator.buy(TEE), rig.simulator.buy(TEE)
    rig.simulator.books.orders[bad]["line_items"][0]["quantity"] = "a few"
    found = await rig.all(Kind.ORDER)
    assert [good] == ids([*only(OrderRecord, found)])
    [unreadable] = only(Unreadable, found)
    assert bad == unreadable.external_id
    assert "line_items[0].quantity: not a number: 'a few'" in unreadable.reason
    assert '"a few"' in unreadable.payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A fault that meets every try of a read, and what the caller sees in the end."""

    fault: Fault
    error: type[Exception]
    tries: int


TROUBLES = [
    Trouble(fault=Fault.THROTTLED_BARE, error=Throttled, tries=3),
    Trouble(fault=Fault.SERVER_ERROR, error=Unavailable, tries=3),
    Trouble(fault=Fault.CUT_AFTER, error=Unavailable, tries=3),
    Trouble(fault=Fault.UNAUTHORIZED, error=Misconfigured, tries=1),
    Trouble(fault=Fault.NOT_JSON, error=Malformed, tries=1),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.fault.name)
async def test_a_read_that_keeps_failing_says_why(rig: Rig, trouble: Trouble) -> None:
    """And once the trouble is over everything is there."""
    rig.simulator.buy(TEE)
    plan = Planned(fault=trouble.fault, path="/v2/orders/search")
    rig.simulator.faults.plan(*[plan] * trouble.tries)
    with pytest.raises(trouble.error):
        await rig.pull(Kind.ORDER)
    assert 1 == len(await rig.all(Kind.ORDER))


@pytest.mark.parametrize("fault", [Fault.THROTTLED_BARE, Fault.SERVER_ERROR, Fault.CUT_AFTER])
async def test_a_read_survives_a_passing_fault(rig: Rig, fault: Fault) -> None:
    """Two faults in the middle of a pull: every order once."""
    expected = buy_some(rig, 3, minutes=1)
    rig.simulator.books.cursors.limit = 1
    plan = Planned(fault=fault, path="/v2/orders/search")
    rig.simulator.faults.plan(plan, plan)
    assert expected == ids(await rig.all(Kind.ORDER))


# Webhooks ----------------------------------------------------------------------------------------


async def test_a_sale_is_heard_of_and_read(rig: Rig) -> None:
    """Everything a till sale posts, signed as Square signs, leads to what changed."""
    order_id = rig.simulator.buy(TEE)
    heard = rig.hear()
    level = Touched(kind=Kind.LEVEL, external_id=f"{rig.item('TEE-S')}@{rig.place()}")
    order = Touched(kind=Kind.ORDER, external_id=order_id)
    assert [order, order, order, level] == [one for one in heard if isinstance(one, Touched)]
    [customer] = only(CustomerRecord, heard)
    assert customer == await rig.one(Kind.CUSTOMER, customer.external_id)


async def test_a_return_is_heard_of_and_read(rig: Rig) -> None:
    """The new order, the refund and the stock that is back."""
    order_id = rig.simulator.buy(TEE)
    rig.hear()
    uid = rig.simulator.books.orders[order_id]["line_items"][0]["uid"]
    return_id = rig.simulator.take_back(order_id, {uid: "1"})
    touched = {(one.kind, one.external_id) for one in only(Touched, rig.hear())}
    [refund_id] = rig.simulator.books.refunds
    assert touched == {
        (Kind.LEVEL, f"{rig.item('TEE-S')}@{rig.place()}"),
        (Kind.ORDER, return_id),
        (Kind.ORDER, order_id),
        (Kind.REFUND, refund_id),
    }


async def test_a_deleted_profile_is_heard_of(rig: Rig) -> None:
    """And is not there when it is asked for."""
    rig.simulator.buy(TEE)
    [customer_id] = rig.simulator.books.customers
    rig.hear()
    rig.simulator.delete_customer(customer_id)
    gone = [Removed(kind=Kind.CUSTOMER, external_id=customer_id)]
    assert gone == rig.hear()
    assert gone == await rig.client.fetch(Kind.CUSTOMER, [customer_id])


async def test_a_catalog_event_leaves_it_to_the_pull(rig: Rig) -> None:
    """It names nothing that changed."""
    rig.simulator.reprice("TEE-S", 5)
    assert [] == rig.hear()
    assert ["catalog.version.updated"] == [_topic(one.body) for one in rig.posts]


def _topic(body: bytes) -> str:
    return body.decode().partition('"type":"')[2].partition('"')[0]
