"""What goes well goes well once, however often it is asked for."""

import asyncio

from connectors.sdk.commands import (
    BuyLabel,
    CancelOrder,
    CreateRefund,
    SetInventory,
    ShipFulfillmentOrder,
)
from gateway.auth.principal import Principal
from gateway.auth.scopes import MOST, Role
from tests import trading
from tests.gateways import GatewayUnderTest
from tests.graph.mutations.cases import (
    ALL,
    CANCEL,
    REFUND,
    SET,
    SHIP,
    Case,
    Ids,
    ask,
    begin,
    codes,
    done,
    facts,
    ids_of,
    outcome,
    version,
)
from tests.trading import Trade


async def test_an_order_is_canceled_where_it_was_sold(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """The shop is told once, and the payload already shows what it answered."""
    payload = await ask(gateway, CANCEL, CANCEL.input(known))
    assert [] == payload["userErrors"]
    assert ("CANCELED", known.order) == (payload["order"]["status"], payload["order"]["id"])
    assert [{"state": "DONE", "command": "cancel_order"}] == payload["effects"]
    told = [one for one in trade.shop.performed if isinstance(one, CancelOrder)]
    assert [("1001", "changed their mind")] == [(one.order_id, one.reason) for one in told]


async def test_money_goes_back_through_the_payment_that_took_it(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """The refund that the shop made is in the payload, and the order shows what is left."""
    payload = await ask(gateway, REFUND, REFUND.input(known))
    assert [] == payload["userErrors"]
    assert {"status": "SUCCEEDED", "amount": {"minor": 500}} == {
        name: payload["refund"][name] for name in ("status", "amount")
    }
    assert 500 == payload["order"]["refunded"]["minor"]
    told = [one for one in trade.shop.performed if isinstance(one, CreateRefund)]
    assert [("1001", "t1", 500)] == [
        (one.order_id, one.payment_id, one.amount.minor) for one in told
    ]


async def test_stock_is_set_at_its_authority_and_where_it_is_shown(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """Each system is told its own ids; only the authority is held to what was expected."""
    payload = await ask(gateway, SET, {**SET.input(known), "expected": 40})
    assert ([], 7) == (payload["userErrors"], payload["inventoryLevel"]["onHand"])
    told = [
        (toy.id, one.quantity, one.expected)
        for toy in trade.toys
        for one in toy.performed
        if isinstance(one, SetInventory)
    ]
    assert [("shop", 7, None), ("depot", 7, 40)] == told


async def test_goods_leave_with_a_label_and_whoever_packs_is_told(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """The payload has the label; the hand-over to the warehouse follows from it."""
    payload = await ask(gateway, SHIP, SHIP.input(known))
    assert [] == payload["userErrors"]
    assert "LABEL_PURCHASED" == payload["shipment"]["status"]
    told = [one for one in trade.depot.performed if isinstance(one, ShipFulfillmentOrder)]
    assert 1 == len(told)
    assert told[0].tracking.number.startswith("1Z")


async def test_goods_that_have_a_number_need_no_label(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """Nothing is bought; the warehouse is told the number that was given."""
    payload = await ask(gateway, SHIP, {"id": known.work, "tracking": {"number": " 1Z77 "}})
    assert ([], []) == (payload["userErrors"], payload["effects"])
    assert 0 == done(trade, BuyLabel)
    told = [one for one in trade.depot.performed if isinstance(one, ShipFulfillmentOrder)]
    assert ["1Z77"] == [one.tracking.number for one in told]


# --- keys


@ALL
async def test_the_same_key_is_the_same_request(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case
) -> None:
    """The second answer is the first one's, and nothing is done again."""
    first = await ask(gateway, case, case.input(known))
    before = await facts(gateway, trade)
    again = await ask(gateway, case, case.input(known))
    assert outcome(first) == outcome(again)
    assert before == await facts(gateway, trade)
    assert case.times == done(trade, case.does)


@ALL
async def test_the_same_key_is_the_same_request_also_with_an_expectation(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case
) -> None:
    """What the first use changed does not make the second one a conflict."""
    expected = 40 if case is SET else await version(gateway, case, known)
    given = {**case.input(known), case.version: expected}
    first = await ask(gateway, case, given)
    assert [] == codes(first)
    assert outcome(first) == outcome(await ask(gateway, case, given))
    assert case.times == done(trade, case.does)


@ALL
async def test_the_same_key_is_the_same_request_after_a_restart(
    store_url: str, trade: Trade, case: Case
) -> None:
    """Keys are in the store, not in a process."""
    async with trading.open_over(store_url, trade) as gateway:
        await begin(gateway, trade)
        held = await ids_of(gateway)
        first = await ask(gateway, case, case.input(held))
    async with trading.open_over(store_url, trade) as gateway:
        assert outcome(first) == outcome(await ask(gateway, case, case.input(held)))
    assert case.times == done(trade, case.does)


@ALL
async def test_a_key_that_was_used_for_something_else_is_refused(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case
) -> None:
    """Another input under an old key is a mistake of the caller, and changes nothing."""
    await ask(gateway, case, case.input(known))
    before = await facts(gateway, trade)
    payload = await ask(gateway, case, {**case.input(known), **case.other})
    assert ["IDEMPOTENCY_CONFLICT"] == codes(payload)
    assert ["idempotencyKey"] == payload["userErrors"][0]["path"]
    assert before == await facts(gateway, trade)


@ALL
async def test_twenty_at_once_with_one_key_are_one(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case
) -> None:
    """Whoever comes second while the first is at it gets the first one's answer."""
    given = {"input": {"idempotencyKey": "k", **case.input(known)}}
    async with trading.working(gateway):
        answers = await asyncio.gather(*(gateway.query(case.document, given) for _ in range(20)))
    payloads = [one["data"]["answer"] for one in answers]
    assert [[]] * 20 == [codes(one) for one in payloads]
    assert [["DONE"] * case.times] * 20 == [
        [effect["state"] for effect in one["effects"]] for one in payloads
    ]
    assert case.times == done(trade, case.does)


async def test_two_people_may_use_one_key(
    gateway: GatewayUnderTest, trade: Trade, known: Ids
) -> None:
    """A key is its caller's: another one's is another request."""
    given = REFUND.input(known)
    other = Principal(role=Role.AGENT, subject="bea", scopes=MOST[Role.AGENT])
    assert [] == codes(await ask(gateway, REFUND, given))
    assert [] == codes(await ask(gateway, REFUND, given, as_=other))
    assert 2 == done(trade, CreateRefund)


@ALL
async def test_a_key_that_is_none_is_refused(
    gateway: GatewayUnderTest, trade: Trade, known: Ids, case: Case
) -> None:
    """A key has 1 to 255 characters."""
    before = await facts(gateway, trade)
    for key in ("", "  ", "k" * 256):
        assert ["INVALID_INPUT"] == codes(await ask(gateway, case, case.input(known), key=key))
    assert before == await facts(gateway, trade)
