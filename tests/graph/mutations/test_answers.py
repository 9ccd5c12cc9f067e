"""What the other system answers: no, later, nothing, or who knows."""

import asyncio

from connectors.sdk.commands import (
    BuyLabel,
    RecordShipment,
)
from connectors.sdk.errors import Ambiguous, Rejected, Unavailable
from connectors.sdk.manifest import NAME_OF, Delivery
from tests import trading
from tests.gateways import GatewayUnderTest
from tests.graph.mutations.cases import (
    ALL,
    EXCEPTIONS,
    SHIP,
    Case,
    Ids,
    ask,
    begin,
    codes,
    done,
    ids_of,
    outcome,
)
from tests.trading import Trade


@ALL
async def test_a_no_of_the_system_is_data_with_its_reason(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case
) -> None:
    """It is told once, in the system's words; people in operations see it too."""
    system = next(toy for toy in trade.toys if toy.id == case.system)
    system.failures.append(Rejected("the till is closed", code="CLOSED"))
    payload = await ask(gateway, case, case.input(known))
    assert ["UPSTREAM_REJECTED"] == codes(payload)
    assert f"{case.system}: the till is closed" == payload["userErrors"][0]["message"]
    assert "FAILED" in [one["state"] for one in payload["effects"]]
    assert case.times - 1 == done(trade, case.does)
    shown = await gateway.data(EXCEPTIONS)
    assert ["EFFECT_FAILED"] == [one["code"] for one in shown["exceptions"]["nodes"]]
    assert outcome(payload) == outcome(await ask(gateway, case, case.input(known)))


async def test_a_label_that_cannot_be_had_lets_the_goods_be_sent_again(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """The request to ship is undone, and another one, under another key, goes well."""
    trade.post.failures.append(Rejected("no such address", code="ADDRESS"))
    assert ["UPSTREAM_REJECTED"] == codes(await ask(gateway, SHIP, SHIP.input(known)))
    assert [] == codes(await ask(gateway, SHIP, SHIP.input(known), key="again"))
    assert 1 == done(trade, BuyLabel)


@ALL
async def test_a_lost_answer_is_looked_up_and_never_sent_again(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case
) -> None:
    """It happened and the answer was lost: the system is asked, and the caller sees no fault."""
    system = next(toy for toy in trade.toys if toy.id == case.system)
    system.lost_answers, system.lost_with = 1, Ambiguous("no answer")
    payload = await ask(gateway, case, case.input(known))
    assert ([], {"DONE"}) == (codes(payload), {one["state"] for one in payload["effects"]})
    assert (case.times, 1) == (done(trade, case.does), system.asked)


@ALL
async def test_what_can_neither_be_asked_nor_repeated_waits_for_a_person(
    store_url: str, case: Case
) -> None:
    """UNKNOWN, an open exception, and never sent again by itself, however long it waits."""
    trade = Trade()
    system = next(toy for toy in trade.toys if toy.id == case.system)
    system.commands = {**system.commands, NAME_OF[case.does]: Delivery.NEITHER}
    async with trading.open_over(store_url, trade) as gateway:
        await begin(gateway, trade)
        held = await ids_of(gateway)
        system.lost_answers, system.lost_with = 1, Ambiguous("no answer")
        payload = await ask(gateway, case, case.input(held))
        assert ["UPSTREAM_UNKNOWN"] == codes(payload)
        assert "UNKNOWN" in [one["state"] for one in payload["effects"]]
        shown = await gateway.data(EXCEPTIONS)
        assert ["EFFECT_UNKNOWN"] == [one["code"] for one in shown["exceptions"]["nodes"]]
        for _ in range(3):
            trade.clock.turn(hours=1)
            await gateway.settle()
        assert (case.times, 0) == (done(trade, case.does), system.asked)


@ALL
async def test_a_system_that_is_busy_is_tried_again(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case
) -> None:
    """The caller waits; what certainly did not happen is sent again without being asked about."""
    system = next(toy for toy in trade.toys if toy.id == case.system)
    system.failures.append(Unavailable("try later"))
    request = {"input": {"idempotencyKey": "k", **case.input(known)}}
    asked = asyncio.create_task(gateway.query(case.document, request))
    async with trading.working(gateway):
        while not asked.done():
            trade.clock.turn(seconds=1)
            await asyncio.sleep(0.02)
    assert [] == codes(asked.result()["data"]["answer"])
    assert (case.times, 0) == (done(trade, case.does), system.asked)


async def test_a_label_whose_goods_nobody_will_hand_over_is_given_back(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """The warehouse says no after the label was bought: the label is voided, the goods stay."""
    trade.depot.failures.append(Rejected("not packed", code="STATE"))
    await ask(gateway, SHIP, SHIP.input(known))
    names = [type(one).__name__ for one in trade.post.performed]
    assert ["BuyLabel", "VoidLabel"] == names


async def test_goods_of_a_shop_without_a_warehouse_are_written_back(
    store_url: str, trade: Trade
) -> None:
    """Nobody packs for somebody else: the label's number goes to the shop at once."""
    trade.depot.commands = {}
    async with trading.open_over(store_url, trade) as gateway:
        await begin(gateway, trade)
        held = await ids_of(gateway)
        assert [] == codes(await ask(gateway, SHIP, SHIP.input(held)))
    assert 1 == done(trade, RecordShipment)
