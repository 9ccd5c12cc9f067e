"""Orders: searched for, walked page by page, read by id."""

from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from connectors.amazon.client.reader import PAGE_RECORDS, _pages
from connectors.amazon.requests import checkpoint, orders
from connectors.amazon.requests.checkpoint import Mark
from connectors.amazon.tests.conftest import Rig, shipping
from connectors.sdk import registry
from connectors.sdk.changes import Change, Removed, Touched
from connectors.sdk.conformance import shape
from connectors.sdk.conformance.world import PURCHASE
from connectors.sdk.errors import Malformed, Throttled
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import FulfillmentOrderRecord, Kind, OrderRecord, ShipmentRecord
from connectors.sdk.records.states import FulfillmentOrderStatus, OrderStatus, ShipmentStatus

SEARCH = "/orders/2026-01-01/orders"


def _asked(rig: Rig) -> list[dict[str, str]]:
    """The parameters of each search."""
    searches = [one for one in rig.sent("GET", SEARCH) if one.path == SEARCH]
    return [{name: found[0] for name, found in parse_qs(one.query).items()} for one in searches]


def _order(changes: list[Change]) -> OrderRecord:
    [found] = [one for one in changes if isinstance(one, OrderRecord)]
    return found


async def test_every_page_is_asked_for_as_the_first_was(rig: Rig) -> None:
    """Three pages: the same filters each time, and from the second on a token."""
    rig.amazon.operations.most_per_page = 2
    made = [rig.order().id for _ in range(5)]
    pages = await rig.pages(Kind.ORDER)
    first, second, third = _asked(rig)
    assert [len(page.changes) for page in pages] == [2, 2, 1]
    assert sorted(shape.ids(Kind.ORDER, [one for page in pages for one in page.changes])) == sorted(
        made
    )
    assert "paginationToken" not in first
    assert {**second, **third} == {**first, "paginationToken": third["paginationToken"]}
    assert first["lastUpdatedAfter"] == "2016-01-01T00:00:00Z"


async def test_a_later_pull_reaches_back_behind_its_checkpoint(rig: Rig) -> None:
    """By what the manifest promises, which is more than the two minutes that Amazon waits."""
    [page] = await rig.pages(Kind.ORDER)
    await rig.pages(Kind.ORDER, page.checkpoint)
    since = checkpoint.read(page.checkpoint).since
    assert since is not None
    overlap = registry.discover()["amazon"].reads[Kind.ORDER].overlap_s
    assert _asked(rig)[1]["lastUpdatedAfter"] == checkpoint.stamp(
        since - timedelta(seconds=overlap)
    )


async def test_what_a_search_shows_late_is_in_the_next_one(rig: Rig) -> None:
    """Amazon says up to when it searched; from there the next pull goes on, not from now."""
    rig.turn(minutes=-10)
    order = rig.order()
    rig.turn(minutes=10)
    rig.amazon.operations.lag = timedelta(minutes=20)
    [page] = await rig.pages(Kind.ORDER)
    assert page.changes == ()
    rig.amazon.operations.lag = timedelta()
    found = await rig.pull(Kind.ORDER, page.checkpoint)
    assert shape.ids(Kind.ORDER, found) == [order.id]


async def test_a_token_that_is_refused_begins_the_pull_again(rig: Rig) -> None:
    """With what it began with: nothing is passed over, whatever became of the token."""
    order = rig.order()
    stale = checkpoint.write(Mark(token="bygone"))
    assert shape.ids(Kind.ORDER, await rig.pull(Kind.ORDER, stale)) == [order.id]
    assert ["paginationToken" in one for one in _asked(rig)] == [True, False]


async def test_a_list_that_is_refused_twice_is_malformed(rig: Rig) -> None:
    """A marketplace that is not the seller's: no page, and a reason."""
    client = rig.client_of(marketplace_ids="A2EUQ1WTGCTBG2")
    with pytest.raises(Malformed, match="was refused"):
        [page async for page in client.pull(Kind.ORDER, None)]


def test_what_belongs_together_is_on_one_page() -> None:
    """An order and its work are taken in at once: else the work would be given away in between."""
    groups: list[list[Change]] = [
        [Touched(kind=Kind.ORDER, external_id=f"{group}-{one}") for one in range(3)]
        for group in range(100)
    ]
    here, after = Mark(token="here"), Mark(token="after")
    pages = list(_pages(groups, here, after))
    assert [len(page.changes) for page in pages] == [249, 51]
    assert [checkpoint.read(page.checkpoint) for page in pages] == [here, after]
    assert max(len(page.changes) for page in pages) <= PAGE_RECORDS


async def test_a_wait_is_what_amazon_said_of_its_plan(rig: Rig) -> None:
    """One search in three minutes: told once, it is the wait of every refusal after that."""
    client = rig.client_of()
    throttled = Planned(fault=Fault.THROTTLED_BARE, path=SEARCH)
    rig.amazon.faults.plan(throttled)
    with pytest.raises(Throttled) as bare:
        [page async for page in client.pull(Kind.ORDER, None)]
    rig.amazon.tells_rates = True
    [page async for page in client.pull(Kind.ORDER, None)]
    rig.amazon.faults.plan(throttled)
    with pytest.raises(Throttled) as known:
        [page async for page in client.pull(Kind.ORDER, None)]
    assert bare.value.retry_after_s is None
    assert known.value.retry_after_s == pytest.approx(178.6, abs=0.1)


async def test_a_sale_of_another_shop_is_no_order(rig: Rig) -> None:
    """What Amazon fulfills for a shop is in its list too: the shop has the sale, once."""
    order = rig.order("AMAZON")
    order.channel = "NON_AMAZON"
    assert await rig.pull(Kind.ORDER) == []
    gone = Removed(kind=Kind.ORDER, external_id=order.id)
    assert await rig.client.fetch(Kind.ORDER, [order.id]) == [gone]


@pytest.mark.parametrize("order_id", ["", "1", "112-123-1", "../orders", "112-1234567-12345678"])
async def test_what_is_no_id_is_not_asked_for(rig: Rig, order_id: str) -> None:
    """Amazon refuses it as a bad input; it is nobody's, and no request's worth."""
    changes = await rig.client.fetch(Kind.ORDER, [order_id])
    assert changes == [Removed(kind=Kind.ORDER, external_id=order_id)]
    assert rig.sent() == []


async def test_what_amazon_ships_is_amazons_work(rig: Rig) -> None:
    """It comes with the order, at Amazon's location, so that nobody else is asked to send it."""
    order = rig.order("AMAZON")
    sold, work = await rig.client.fetch(Kind.ORDER, [order.id])
    assert isinstance(sold, OrderRecord)
    assert isinstance(work, FulfillmentOrderRecord)
    assert (sold.status, work.status) == (OrderStatus.CONFIRMED, FulfillmentOrderStatus.OPEN)
    assert (work.order_id, work.location_id) == (order.id, "ATVPDKIKX0DER")
    assert sum(line.quantity for line in work.lines) == 3
    assert (sold.email, sold.shipping_address and sold.shipping_address.name) == (None, None)
    rig.amazon.advance()
    sold, work = await rig.client.fetch(Kind.ORDER, [order.id])
    assert isinstance(sold, OrderRecord)
    assert isinstance(work, FulfillmentOrderRecord)
    assert (sold.status, work.status) == (OrderStatus.COMPLETED, FulfillmentOrderStatus.CLOSED)


async def test_what_the_seller_ships_brings_no_work(rig: Rig) -> None:
    """Where it is sent from is for the configuration to say."""
    order = rig.order("MERCHANT")
    changes = await rig.client.fetch(Kind.ORDER, [order.id])
    assert [type(one) for one in changes] == [OrderRecord]
    assert _order(changes).customer_id is None
    assert _order(changes).email == f"{order.id.replace('-', '')}@marketplace.amazon.com"


async def test_a_pending_order_has_no_price_yet(rig: Rig) -> None:
    """Its amounts are 0 in the marketplace's currency, until Amazon states them."""
    order = rig.order(is_paid=False)
    pending = _order(await rig.client.fetch(Kind.ORDER, [order.id]))
    rig.amazon.advance()
    open_one = _order(await rig.client.fetch(Kind.ORDER, [order.id]))
    assert (pending.status, pending.totals.total.minor, pending.currency) == (
        OrderStatus.PENDING,
        0,
        "USD",
    )
    goods = 2 * 1999 + 2099
    assert (open_one.status, open_one.totals.subtotal.minor) == (OrderStatus.CONFIRMED, goods)
    assert [line.unit_price.minor for line in open_one.lines] == [1999, 2099]


async def test_an_order_is_complete_once_all_its_packages_arrived(rig: Rig) -> None:
    """SHIPPED says that they left; units are delivered by package."""
    order = rig.order()
    await rig.client.perform(shipping(order, "one", units=2))
    changes = await rig.client.fetch(Kind.ORDER, [order.id])
    half = _order(changes)
    assert (half.raw_status, half.status) == ("PARTIALLY_SHIPPED", OrderStatus.CONFIRMED)
    assert [line.counters.fulfilled for line in half.lines] == [2, 0]
    last = order.items[1]
    rig.amazon.seller.ship(order, "9", ("UPS", "1Z9"), [(last.id, last.ordered)])
    left = _order(await rig.client.fetch(Kind.ORDER, [order.id]))
    assert (left.raw_status, left.status) == ("SHIPPED", OrderStatus.CONFIRMED)
    for _ in range(3):
        rig.amazon.advance()
    changes = await rig.client.fetch(Kind.ORDER, [order.id])
    assert _order(changes).status is OrderStatus.COMPLETED
    assert [line.counters.delivered for line in _order(changes).lines] == [2, 1]
    sent = [one for one in changes if isinstance(one, ShipmentRecord)]
    assert [one.status for one in sent] == [ShipmentStatus.DELIVERED] * 2


async def test_a_canceled_order_keeps_what_was_ordered(rig: Rig) -> None:
    """Canceled units are those that neither left nor are to leave; the status only says so too."""
    order = rig.order()
    await rig.client.perform(shipping(order, units=1))
    rig.amazon.seller.cancel(order)
    found = _order(await rig.client.fetch(Kind.ORDER, [order.id]))
    counters = [
        (line.counters.ordered, line.counters.canceled, line.counters.fulfilled)
        for line in found.lines
    ]
    assert counters == [(2, 1, 1), (1, 1, 0)]
    assert (found.raw_status, found.cancel_reason) == ("SHIPPED", None)


async def test_a_planned_shipment_comes_with_its_order(rig: Rig) -> None:
    """Easy Ship: the id is what External Fulfillment takes, the units are the whole order's."""
    order = rig.order()
    planned = rig.amazon.seller.plan(order, "DC-1")
    _, work = await rig.client.fetch(Kind.ORDER, [order.id])
    assert isinstance(work, FulfillmentOrderRecord)
    assert (work.external_id, work.order_id, work.location_id) == (planned.id, order.id, None)
    assert sum(line.quantity for line in work.lines) == 3


async def test_a_purchase_is_told_and_can_be_read(rig: Rig) -> None:
    """What `buy` gives is an order's id; notifications name it."""
    order_id = rig.amazon.buy(PURCHASE)
    assert orders.is_id(order_id)
    assert _order(await rig.client.fetch(Kind.ORDER, [order_id])).external_id == order_id
    assert any(order_id.encode() in post.body for post in rig.amazon.posts)
