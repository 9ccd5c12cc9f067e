"""Reading: pages, checkpoints, nested lists to their end, throttling, and what is not there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.sdk.capabilities import Account
from connectors.sdk.changes import Removed, Unreadable
from connectors.sdk.errors import Malformed, Misconfigured, Throttled, Unavailable, Unsupported
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import (
    FulfillmentOrderRecord,
    Kind,
    OrderRecord,
    ReturnRecord,
    ShipmentRecord,
)
from connectors.sdk.records.states import FulfillmentOrderStatus, OrderStatus
from connectors.sdk.values import Money
from connectors.shopify.requests import pulls
from connectors.shopify.tests.conftest import Rig, everything, shipment

GONE = "gid://shopify/Order/9999999999999999"


def names(found: Sequence[object]) -> list[str]:
    return [one.number for one in found if isinstance(one, OrderRecord)]


async def test_check_names_the_shop_and_the_version_that_answers(rig: Rig) -> None:
    """The account is the shop's name beside the API version."""
    assert await rig.client.check() == Account(name="Simulated Shop", version="2026-10")


async def test_check_refuses_a_version_that_shopify_replaced(rig: Rig) -> None:
    """Shopify answers an ended version with another one; that is the operator's to know."""
    with pytest.raises(Misconfigured, match="api_version: asked for 2023-01, served 2026-10"):
        await rig.client_of(api_version="2023-01").check()


async def test_check_refuses_an_address_where_something_else_answers(rig: Rig) -> None:
    """A page in place of the API is a wrong address, not a broken shop."""
    rig.simulator.faults.plan(Planned(fault=Fault.NOT_JSON, path="/Shop"))
    with pytest.raises(Misconfigured, match="url: something else than Shopify answers"):
        await rig.client.check()


async def test_a_wrong_token_is_a_wrong_setting(rig: Rig) -> None:
    """401 pauses the connection."""
    with pytest.raises(Misconfigured):
        await rig.client_of(access_token="shpat_other").check()


@pytest.mark.parametrize("name", ["url", "access_token"])
async def test_a_setting_that_is_not_set_is_named(rig: Rig, name: str) -> None:
    """Opening a client without it says which."""
    with pytest.raises(Misconfigured, match=f"{name}: not set"):
        rig.client_of(**{name: ""})


async def test_orders_come_in_bounded_pages_each_with_a_checkpoint(rig: Rig) -> None:
    """Nine orders are three requests; the checkpoint is the last time seen."""
    for _ in range(9):
        rig.buy()
        rig.clock.later(seconds=1)
    pages = await rig.pages(Kind.ORDER)
    assert [len(names(page.changes)) for page in pages] == [4, 4, 1]
    assert [page.checkpoint for page in pages] == [
        "2026-10-01T12:00:03Z",
        "2026-10-01T12:00:07Z",
        "2026-10-01T12:00:08Z",
    ]
    assert rig.asked("OrdersPage") == 3


async def test_a_pull_goes_on_from_its_checkpoint_and_re_reads_the_overlap(rig: Rig) -> None:
    """What changed up to two minutes before the checkpoint comes again, what is older does not."""
    rig.buy()
    rig.clock.later(seconds=121)
    rig.buy()
    rig.clock.later(seconds=120)
    rig.buy()
    checkpoint = (await rig.pages(Kind.ORDER))[-1].checkpoint
    rig.buy()
    assert names(await rig.pull(Kind.ORDER, checkpoint)) == ["#1002", "#1003", "#1004"]


async def test_the_overlap_finds_what_the_search_index_had_not_seen(rig: Rig) -> None:
    """An order that the lagging index hides in one pull comes with the next."""
    rig.buy()
    rig.clock.later(seconds=60)
    first = await rig.pages(Kind.ORDER)
    rig.simulator.shop.search_lag_s = 30
    rig.buy()
    rig.clock.later(seconds=5)
    second = await rig.pages(Kind.ORDER, first[-1].checkpoint)
    rig.clock.later(seconds=60)
    third = await rig.pages(Kind.ORDER, second[-1].checkpoint)
    assert names(second[-1].changes) == ["#1001"]
    assert names(third[-1].changes) == ["#1001", "#1002"]


async def test_an_empty_shop_gives_an_empty_page_and_a_checkpoint_that_finds_all(rig: Rig) -> None:
    """The first order after it is found."""
    [page] = await rig.pages(Kind.ORDER)
    assert page.changes == ()
    rig.buy()
    assert names(await rig.pull(Kind.ORDER, page.checkpoint)) == ["#1001"]


async def test_an_order_that_changes_between_two_pages_is_not_lost(rig: Rig) -> None:
    """It moves to the end and comes there; the cursor stays good."""
    first = rig.buy()
    for _ in range(5):
        rig.clock.later(seconds=1)
        rig.buy()
    pull = rig.client.pull(Kind.ORDER, None)
    seen = names((await anext(pull)).changes)
    rig.clock.later(seconds=1)
    rig.state(first)["updatedAt"] = rig.simulator.shop.now()
    async for page in pull:
        seen += names(page.changes)
    assert seen == ["#1001", "#1002", "#1003", "#1004", "#1005", "#1006", "#1001"]


async def test_a_pull_too_deep_for_one_cursor_begins_a_new_search(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shopify follows a cursor for 25,000 records, here 6; no order is lost past that."""
    monkeypatch.setattr(pulls, "DEEPEST", 4)
    rig.simulator.engine.max_depth = 6
    for _ in range(10):
        rig.buy()
        rig.clock.later(seconds=150)
    found = names(await rig.pull(Kind.ORDER))
    assert sorted(set(found)) == [f"#{number}" for number in range(1001, 1011)]
    assert rig.asked("OrdersPage") == 3


async def test_orders_of_one_second_are_followed_however_many_there_are(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new search would begin where the last one did: the cursor goes on."""
    monkeypatch.setattr(pulls, "DEEPEST", 4)
    for _ in range(10):
        rig.buy()
    found = names(await rig.pull(Kind.ORDER))
    assert sorted(set(found)) == [f"#{number}" for number in range(1001, 1011)]
    assert rig.asked("OrdersPage") == 4


async def test_a_page_that_costs_too_much_is_asked_for_in_halves(rig: Rig) -> None:
    """Where a page of four is refused, two are asked for, and for the rest of the pull too."""
    for _ in range(4):
        rig.buy()
    rig.simulator.engine.max_cost = 500
    found = [len(names(page.changes)) for page in await rig.pages(Kind.ORDER)]
    assert found == [2, 2]
    assert rig.asked("OrdersPage") == 3


async def test_a_fetch_that_costs_too_much_is_asked_for_in_halves(rig: Rig) -> None:
    """All four come, by two requests in place of one."""
    ids = [rig.buy() for _ in range(4)]
    rig.simulator.engine.max_cost = 500
    found = await rig.client.fetch(Kind.ORDER, ids)
    assert names(found) == ["#1001", "#1002", "#1003", "#1004"]
    assert rig.asked("OrdersById") == 3


async def test_an_order_of_many_lines_is_read_to_its_end(rig: Rig) -> None:
    """Every line, however many did not fit into the first answer."""
    order_id = rig.buy(*[("TEE-S", 1)] * 125)
    order = await rig.order(order_id)
    assert [line.sku for line in order.lines] == ["TEE-S"] * 125
    assert order.totals.subtotal == Money(minor=125 * 1999, currency="USD")
    assert rig.asked("MoreOrderLineItems") == 2


async def test_whatever_hangs_on_an_order_is_read_to_its_end(rig: Rig) -> None:
    """Nested lists that did not fit: work, its lines, a shipment's lines, returns."""
    order_id = rig.buy(*[("TEE-S", 1)] * 8)
    order = await rig.order(order_id)
    await rig.client.perform(replace(shipment(order), lines=everything(order)))
    for line in order.lines[:2]:
        back = rig.simulator.ask_return(order_id, {line.external_id: 1})
        rig.simulator.approve_return(back)
    found = await rig.client.fetch(Kind.ORDER, [order_id])
    work = [one for one in found if isinstance(one, FulfillmentOrderRecord)]
    shipped = [one for one in found if isinstance(one, ShipmentRecord)]
    assert [len(one.lines) for one in work] == [8]
    assert [len(one.lines) for one in shipped] == [8]
    assert len([one for one in found if isinstance(one, ReturnRecord)]) == 2


async def test_a_throttled_read_waits_for_its_points(rig: Rig) -> None:
    """A short wait is waited here: the second try gets through."""
    rig.simulator.engine.restore_rate = Decimal(100_000)
    rig.simulator.engine.drain()
    rig.clock.step = timedelta(milliseconds=6)  # 600 of the 802 points a look
    found = await rig.pull(Kind.LOCATION)
    assert len(found) == 3
    assert rig.asked("LocationsPage") == 2


async def test_points_that_were_not_used_are_given_back(rig: Rig) -> None:
    """Room for four full orders is asked for, one small order is paid for."""
    rig.buy()
    await rig.pull(Kind.ORDER)
    spent = rig.recorder.exchanges[-1].answer["extensions"]["cost"]
    used = rig.simulator.engine.capacity - rig.simulator.engine.points
    assert spent["requestedQueryCost"] == 902
    assert spent["actualQueryCost"] == used < 100


async def test_a_long_throttle_is_said_with_the_seconds_that_it_takes(rig: Rig) -> None:
    """(requested - available) / restore rate: 802 points at one a second."""
    rig.simulator.engine.restore_rate = Decimal(1)
    rig.simulator.engine.drain()
    with pytest.raises(Throttled) as caught:
        await rig.pull(Kind.LOCATION)
    assert caught.value.retry_after_s == 802.0
    assert rig.asked("LocationsPage") == 1


async def test_a_read_outlives_two_failures_and_no_more(rig: Rig) -> None:
    """Three tries; then the shop is unavailable."""
    down = Planned(fault=Fault.SERVER_ERROR, path="/Shop")
    rig.simulator.faults.plan(down, down)
    assert (await rig.client.check()).name == "Simulated Shop"
    rig.simulator.faults.plan(down, down, down)
    with pytest.raises(Unavailable):
        await rig.client.check()


async def test_an_answer_that_is_no_json_is_malformed(rig: Rig) -> None:
    """A proxy's page in place of an answer is said to be no JSON."""
    rig.simulator.faults.plan(Planned(fault=Fault.NOT_JSON, path="/LocationsPage"))
    with pytest.raises(Malformed):
        await rig.pull(Kind.LOCATION)


async def test_a_page_without_times_is_given_and_moves_no_checkpoint(rig: Rig) -> None:
    """The checkpoint is the latest time that could be read: what follows is asked for again."""
    rig.keeps_contract = False
    rig.recorder.replaced['"updatedAt":"'] = '"updatedAt":null,"was":"'
    [page] = await rig.pages(Kind.PRODUCT)
    assert (page.checkpoint, len(page.changes)) == ("", 1)


async def test_one_unreadable_order_does_not_spoil_its_page(rig: Rig) -> None:
    """It is quarantined by id and reason; the others of the page are read."""
    ids = [rig.buy() for _ in range(3)]
    rig.keeps_contract = False
    rig.recorder.replaced['"name":"#1002"'] = '"name":7'
    found = await rig.pull(Kind.ORDER)
    bad = [one for one in found if isinstance(one, Unreadable)]
    assert names(found) == ["#1001", "#1003"]
    assert [(one.kind, one.external_id) for one in bad] == [(Kind.ORDER, ids[1])]
    assert bad[0].reason == "$.orders.nodes[1].name: expected text, found int"


async def test_an_unknown_word_is_kept_and_not_guessed(rig: Rig) -> None:
    """A status that this version of the API does not have maps to UNKNOWN."""
    order_id = rig.buy()
    rig.keeps_contract = False
    rig.recorder.replaced['"displayFinancialStatus":"PAID"'] = '"displayFinancialStatus":"OWED"'
    rig.recorder.replaced['"status":"OPEN"'] = '"status":"BEAMED_UP"'
    found = await rig.client.fetch(Kind.ORDER, [order_id])
    order, work = found[0], found[1]
    assert isinstance(order, OrderRecord)
    assert isinstance(work, FulfillmentOrderRecord)
    assert (order.status, order.raw_status) == (OrderStatus.UNKNOWN, "open/OWED")
    assert (work.status, work.raw_status) == (FulfillmentOrderStatus.UNKNOWN, "BEAMED_UP")


async def test_numbers_beyond_a_float_come_through_exactly(rig: Rig) -> None:
    """Ids are gids as they are; every number in the simulator exceeds 2^53."""
    order_id = rig.buy()
    assert int(order_id.rsplit("/", 1)[1]) > 2**53
    assert (await rig.order(order_id)).external_id == order_id


async def test_what_is_not_there_comes_back_as_removed(rig: Rig) -> None:
    """Beside what is."""
    order_id = rig.buy()
    found = await rig.client.fetch(Kind.ORDER, [GONE, order_id])
    assert found[0] == Removed(kind=Kind.ORDER, external_id=GONE)
    assert names(found) == ["#1001"]


@pytest.mark.parametrize("kind", [Kind.ORDER, Kind.PRODUCT, Kind.LEVEL, Kind.RETURN])
async def test_an_id_of_another_form_is_not_there_and_never_sent(rig: Rig, kind: Kind) -> None:
    """One bad id would make Shopify refuse the whole request."""
    found = await rig.client.fetch(kind, ["1001", "1001"])
    assert found == [Removed(kind=kind, external_id="1001")]
    assert rig.recorder.exchanges == []


async def test_many_orders_are_fetched_in_few_requests(rig: Rig) -> None:
    """Nine ids, one of them twice: three requests."""
    ids = [rig.buy() for _ in range(9)]
    found = await rig.client.fetch(Kind.ORDER, [*ids, ids[0]])
    assert len(names(found)) == 9
    assert rig.asked("OrdersById") == 3


async def test_parts_are_read_by_reading_their_order(rig: Rig) -> None:
    """A fulfillment order, a shipment, a refund or a return brings its order along, once."""
    order_id = rig.buy()
    shipped = await rig.client.perform(shipment(await rig.order(order_id)))
    assert shipped.external_id
    work_id = rig.state(order_id)["fulfillmentOrders"][0]["id"]
    found = await rig.client.fetch(Kind.FULFILLMENT_ORDER, [work_id, "gid://shopify/Return/1"])
    assert [type(one) for one in found] == [
        OrderRecord,
        FulfillmentOrderRecord,
        ShipmentRecord,
        Removed,
    ]
    [order, *_] = await rig.client.fetch(Kind.SHIPMENT, [shipped.external_id])
    assert isinstance(order, OrderRecord)
    assert order.external_id == order_id


@pytest.mark.parametrize("kind", [Kind.TRACKER, Kind.SHIPMENT])
async def test_what_is_not_declared_is_not_pulled(rig: Rig, kind: Kind) -> None:
    """Refused before anything is sent."""
    with pytest.raises(Unsupported):
        await rig.pull(kind)
    assert rig.recorder.exchanges == []
