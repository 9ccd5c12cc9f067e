"""A no is data with its reason, and changes nothing."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from connectors.sdk.commands import (
    BuyLabel,
    CreateRefund,
    ReceiveReturn,
    RequestReturn,
    SetInventory,
)
from connectors.sdk.errors import Ambiguous, Unavailable
from connectors.sdk.manifest import Delivery
from connectors.sdk.records import Kind, LineCounters
from connectors.sdk.records.states import OrderStatus, RefundStatus
from gateway import ids
from tests import records, trading
from tests.gateways import ADMIN, GatewayUnderTest
from tests.graph.mutations.cases import (
    ALL,
    CANCEL,
    RECEIVE,
    REFUND,
    RETURN,
    SET,
    SHIP,
    Case,
    Ids,
    Input,
    ask,
    begin,
    codes,
    done,
    facts,
    ids_of,
    version,
)
from tests.trading import Trade


@ALL
async def test_what_is_not_there_and_what_is_not_yours_look_the_same(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case
) -> None:
    """Byte for byte: nobody learns that an id exists."""
    before = await facts(gateway, trade)
    absent = {case.id: ids.derive(case.prefix, "nobody", "knows")}
    as_ = case.foreigner or ADMIN
    nobody = await ask(gateway, case, {**case.input(known), **absent}, as_=as_)
    assert ["NOT_FOUND"] == codes(nobody)
    if case.foreigner:
        assert nobody == await ask(gateway, case, case.input(known), as_=as_)
    assert before == await facts(gateway, trade)


@ALL
async def test_an_id_of_something_else_is_refused(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case
) -> None:
    """What is no id of this noun is said to be none."""
    before = await facts(gateway, trade)
    for id in ("", "1001", "customer_" + "0" * 24, "order_x", "É" * 30):
        payload = await ask(gateway, case, {**case.input(known), case.id: id})
        assert ["INVALID_INPUT"] == codes(payload)
    assert before == await facts(gateway, trade)


@ALL
async def test_what_has_changed_meanwhile_is_refused_with_what_it_is_now(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case
) -> None:
    """Read again, decide again: the message says what is held."""
    now = 40 if case is SET else await version(gateway, case, known)
    before = await facts(gateway, trade)
    payload = await ask(gateway, case, {**case.input(known), case.version: 99})
    assert ["VERSION_CONFLICT"] == codes(payload)
    assert ([case.version], True) == (
        payload["userErrors"][0]["path"],
        payload["userErrors"][0]["retryable"],
    )
    assert str(now) in payload["userErrors"][0]["message"]
    assert before == await facts(gateway, trade)


@ALL
async def test_what_the_system_cannot_do_is_refused_before_anything_is_written(
    store_url: str, case: Case
) -> None:
    """Nothing is sent, no key is used up."""
    trade = Trade()
    for toy in trade.toys:
        toy.commands = {"request_fulfillment": Delivery.ASKABLE} if toy is trade.depot else {}
    async with trading.open_over(store_url, trade) as gateway:
        await begin(gateway, trade)
        held = await ids_of(gateway)
        before = await facts(gateway, trade)
        payload = await ask(gateway, case, case.input(held))
        assert ["CAPABILITY_MISSING"] == codes(payload)
        assert before == await facts(gateway, trade)


@pytest.mark.parametrize(
    "changed",
    [
        {"status": OrderStatus.CANCELED, "raw_status": "canceled"},
        {"status": OrderStatus.COMPLETED, "raw_status": "done"},
        {"lines": (records.line(counters=LineCounters(ordered=1, fulfilled=1)),)},
    ],
    ids=["canceled", "completed", "all has left"],
)
async def test_an_order_that_is_over_is_not_canceled(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, changed: Any
) -> None:
    """Neither what is closed already nor what has left can be called back."""
    await trade.sell(gateway, "1001", minutes=5, **changed)
    before = await facts(gateway, trade)
    payload = await ask(gateway, CANCEL, CANCEL.input(known))
    assert ["ILLEGAL_TRANSITION"] == codes(payload)
    assert before == await facts(gateway, trade)


async def test_goods_leave_once(gateway: GatewayUnderTest, trade: Trade, known: Ids) -> None:
    """A second request under another key buys no second label."""
    await ask(gateway, SHIP, SHIP.input(known))
    before = await facts(gateway, trade)
    payload = await ask(gateway, SHIP, SHIP.input(known), key="another")
    assert ["ILLEGAL_TRANSITION"] == codes(payload)
    assert before == await facts(gateway, trade)


async def test_goods_leave_once_however_many_ask_at_the_same_time(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """Ten keys at once: one buys the label, nine are told why not."""
    async with trading.working(gateway):
        answers = await asyncio.gather(
            *(
                gateway.query(
                    SHIP.document, {"input": {"idempotencyKey": f"k{n}", "id": known.work}}
                )
                for n in range(10)
            )
        )
    refused = [codes(one["data"]["answer"]) for one in answers]
    assert 1 == refused.count([])
    assert {"ILLEGAL_TRANSITION", "VERSION_CONFLICT"} >= {one for some in refused for one in some}
    assert 1 == done(trade, BuyLabel)


def money(amount: str, currency: str = "USD") -> Input:
    return {"amount": {"amount": amount, "currencyCode": currency}}


async def test_no_more_goes_back_than_was_taken(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """Not in one, and not in several."""
    before = await facts(gateway, trade)
    payload = await ask(gateway, REFUND, {**REFUND.input(known), **money("20.01")})
    assert ["AMOUNT_TOO_LARGE"] == codes(payload)
    assert "20.00 USD" in payload["userErrors"][0]["message"]
    assert before == await facts(gateway, trade)
    assert [] == codes(await ask(gateway, REFUND, {**REFUND.input(known), **money("15.00")}))
    too_much = {**REFUND.input(known), **money("5.01")}
    assert ["AMOUNT_TOO_LARGE"] == codes(await ask(gateway, REFUND, too_much, key="2"))
    assert [] == codes(await ask(gateway, REFUND, {**REFUND.input(known), **money("5")}, key="3"))
    assert 2 == done(trade, CreateRefund)


async def test_refunds_whose_end_is_not_known_count_as_given(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """The shop is away: the first refund waits, and a second may not overtake it."""
    trade.shop.failures.extend([Unavailable("busy")] * 3)
    given = {**REFUND.input(known), **money("20.00")}
    request = {"input": {"idempotencyKey": "1", **given}}
    first = asyncio.create_task(gateway.query(REFUND.document, request))
    while 0 == (await facts(gateway, trade))["idempotency_keys"]:
        await asyncio.sleep(0.01)
    await gateway.settle()
    second = await ask(gateway, REFUND, {**given, **money("0.01")}, key="2")
    assert ["AMOUNT_TOO_LARGE"] == codes(second)
    async with trading.working(gateway):
        while not first.done():
            trade.clock.turn(minutes=2)
            await asyncio.sleep(0.01)
    assert [] == codes(first.result()["data"]["answer"])
    assert 1 == done(trade, CreateRefund)


async def test_refunds_that_the_shop_has_not_settled_count_as_given(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """A refund that is pending there is on its way: the money cannot go back twice."""
    trade.refund_status = RefundStatus.PENDING
    given = {**REFUND.input(known), **money("20.00")}
    assert [] == codes(await ask(gateway, REFUND, given, key="1"))
    before = await facts(gateway, trade)
    assert ["AMOUNT_TOO_LARGE"] == codes(await ask(gateway, REFUND, given, key="2"))
    assert before == await facts(gateway, trade)


async def test_refunds_at_the_same_time_do_not_add_up_to_more(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """Ten people give back all of it at once, each under a key of their own: one does."""
    given = {**REFUND.input(known), **money("20.00")}
    async with trading.working(gateway):
        answers = await asyncio.gather(
            *(
                gateway.query(REFUND.document, {"input": {"idempotencyKey": f"k{n}", **given}})
                for n in range(10)
            )
        )
    counts = Counter(tuple(codes(one["data"]["answer"])) for one in answers)
    assert {(): 1, ("AMOUNT_TOO_LARGE",): 9} == counts
    assert 1 == done(trade, CreateRefund)


@pytest.mark.parametrize(
    ("case", "wrong", "path"),
    [
        (REFUND, money("0"), ["amount"]),
        (REFUND, money("-5.00"), ["amount"]),
        (REFUND, money("5.00", "EUR"), ["amount"]),
        (REFUND, money("5.001"), ["amount"]),
        (REFUND, money("NaN"), ["amount"]),
        (REFUND, money("5.00", "dollars"), ["amount"]),
        (REFUND, {"lines": [{"lineId": "line_" + "0" * 24, "quantity": 1}]}, ["lines", "0"]),
        (SET, {"quantity": -1}, ["quantity"]),
        (SHIP, {"tracking": {"number": " "}}, ["tracking"]),
        (SHIP, {"tracking": {"number": "1Z"}, "service": "express"}, ["tracking"]),
    ],
)
async def test_input_that_makes_no_sense_is_refused_by_its_place(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case, wrong: Input, path: list[str]
) -> None:
    """The path says where in the input it lies."""
    before = await facts(gateway, trade)
    payload = await ask(gateway, case, {**case.input(known), **wrong})
    assert ["INVALID_INPUT"] == codes(payload)
    assert path == payload["userErrors"][0]["path"]
    assert before == await facts(gateway, trade)


async def test_a_refund_of_more_units_than_were_bought_is_refused(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """Units are named by our line ids, and there are only so many of each."""
    data = await gateway.data("{ orders { nodes { lines { id } } } }")
    line = data["orders"]["nodes"][0]["lines"][0]["id"]
    for quantity in (0, -1, 2):
        lines = [{"lineId": line, "quantity": quantity}]
        payload = await ask(gateway, REFUND, {**REFUND.input(known), "lines": lines})
        assert ["INVALID_INPUT"] == codes(payload)
    lines = [{"lineId": line, "quantity": 1}]
    assert [] == codes(await ask(gateway, REFUND, {**REFUND.input(known), "lines": lines}))
    told = [one for one in trade.shop.performed if isinstance(one, CreateRefund)]
    assert [("l1", 1)] == [(one.line_id, one.quantity) for one in told[0].lines]


async def test_a_carrier_that_is_not_connected_is_refused(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """Whoever is to sell the label must be there, and able to."""
    before = await facts(gateway, trade)
    nobody = await ask(gateway, SHIP, {"id": known.work, "carrier": "nobody"})
    unable = await ask(gateway, SHIP, {"id": known.work, "carrier": "depot"})
    assert (["CONNECTION_PAUSED"], ["CAPABILITY_MISSING"]) == (codes(nobody), codes(unable))
    assert before == await facts(gateway, trade)


async def test_stock_is_set_where_only_the_shop_lists_the_item(
    store_url: str, trade: Trade
) -> None:
    """A warehouse that counts by SKU and lists no products is told its own item id."""
    del trade.depot.records[Kind.PRODUCT, "p-TEE-BLK-S"]
    del trade.depot.changed_at[Kind.PRODUCT, "p-TEE-BLK-S"]
    trade.depot.hold(records.level(40, item_id="bin-7"))
    async with trading.open_over(store_url, trade) as gateway:
        await gateway.backfill("shop")
        await gateway.backfill("depot")
        await trade.sell(gateway, "1001")
        level = (await gateway.data("{ inventoryLevels { nodes { id } } }"))["inventoryLevels"]
        payload = await ask(gateway, SET, {"id": level["nodes"][0]["id"], "quantity": 7})
    assert [] == codes(payload)
    told = [one.item_id for one in trade.depot.performed if isinstance(one, SetInventory)]
    assert ["bin-7"] == told


@pytest.mark.parametrize(
    ("units", "path"),
    [
        ([("line", 2)], ["lines", "0", "quantity"]),
        ([("line", 1), ("line", 1)], ["lines", "0", "quantity"]),
        ([("line", 0)], ["lines"]),
        ([("line", -1)], ["lines"]),
        ([("other", 1)], ["lines", "0", "quantity"]),
        ([("nobody", 1)], ["lines", "0"]),
        ([], ["lines"]),
    ],
    ids=["more", "twice", "none", "fewer", "comes back already", "not of the order", "nothing"],
)
async def test_only_what_the_customer_has_is_sent_back(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, units: Any, path: list[str]
) -> None:
    """Not more than has left, and nothing that is on its way back already."""
    data = await gateway.data(
        "query($id: ID!) { order(id: $id) { lines { id } } }", {"id": known.sent}
    )
    lines = {
        "line": known.line,
        "other": data["order"]["lines"][1]["id"],
        "nobody": ids.derive(ids.LINE, "nobody"),
    }
    before = await facts(gateway, trade)
    given = [{"lineId": lines[name], "quantity": quantity} for name, quantity in units]
    payload = await ask(gateway, RETURN, {**RETURN.input(known), "lines": given})
    assert ["INVALID_INPUT"] == codes(payload)
    assert path == payload["userErrors"][0]["path"]
    assert before == await facts(gateway, trade)


async def test_a_return_whose_end_is_not_known_counts_as_coming_back(store_url: str) -> None:
    """The answer is lost and cannot be asked for: the same units are not asked for again."""
    trade = Trade()
    trade.shop.commands = {**trade.shop.commands, "request_return": Delivery.NEITHER}
    async with trading.open_over(store_url, trade) as gateway:
        await begin(gateway, trade)
        known = await ids_of(gateway)
        trade.shop.lost_answers, trade.shop.lost_with = 1, Ambiguous("no answer")
        assert ["UPSTREAM_UNKNOWN"] == codes(await ask(gateway, RETURN, RETURN.input(known)))
        before = await facts(gateway, trade)
        again = await ask(gateway, RETURN, RETURN.input(known), key="another")
        assert ["INVALID_INPUT"] == codes(again)
        assert before == await facts(gateway, trade)
        assert 1 == done(trade, RequestReturn)


async def test_goods_of_a_return_arrive_once(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """What is here is not received again, under whatever key."""
    first = await ask(gateway, RECEIVE, RECEIVE.input(known))
    assert ([], "RECEIVED") == (codes(first), first["return"]["status"])
    before = await facts(gateway, trade)
    again = await ask(gateway, RECEIVE, RECEIVE.input(known), key="another")
    assert ["ILLEGAL_TRANSITION"] == codes(again)
    assert before == await facts(gateway, trade)
    assert 1 == done(trade, ReceiveReturn)


async def test_more_than_was_announced_is_not_received(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """A line that is not in the return, and more units than it has."""
    before = await facts(gateway, trade)
    line = {"lineId": known.line, "quantity": 1}
    payload = await ask(gateway, RECEIVE, {**RECEIVE.input(known), "lines": [line]})
    assert ["INVALID_INPUT"] == codes(payload)
    assert ["lines", "0", "quantity"] == payload["userErrors"][0]["path"]
    assert before == await facts(gateway, trade)


async def test_a_place_that_the_system_has_not_is_refused(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """Goods cannot be sent where the shop knows no place."""
    before = await facts(gateway, trade)
    nowhere = ids.derive(ids.LOCATION, "nowhere")
    for case in (RETURN, RECEIVE):
        payload = await ask(gateway, case, {**case.input(known), "locationId": nowhere})
        assert (["INVALID_INPUT"], ["locationId"]) == (
            codes(payload),
            payload["userErrors"][0]["path"],
        )
    assert before == await facts(gateway, trade)
