"""The four mutations that act in other systems: once, or not at all, and with a reason."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from connectors.sdk.commands import (
    BuyLabel,
    CancelOrder,
    Command,
    CreateRefund,
    RecordShipment,
    SetInventory,
    ShipFulfillmentOrder,
)
from connectors.sdk.errors import Ambiguous, Rejected, Unavailable
from connectors.sdk.manifest import Delivery
from connectors.sdk.records import Kind, LineCounters
from connectors.sdk.records.states import OrderStatus, RefundStatus
from gateway import ids
from gateway.auth.principal import Principal
from gateway.auth.scopes import MOST, Role
from gateway.domain.inventory.model import location_id
from tests import records, trading
from tests.gateways import ADMIN, GatewayUnderTest
from tests.trading import Trade

Input = dict[str, Any]
ELSEWHERE = location_id("STORE-9")
EXCEPTIONS = "{ exceptions { nodes { code category } } }"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One mutation: what it takes, what it tells which system, and what it may say no to."""

    name: str
    noun: str
    input: Callable[["Ids"], Input]
    other: Input
    """What makes it another input."""
    does: type[Command]
    times: int = 1
    system: str = "shop"
    version: str = "expectedVersion"
    prefix: str = ids.ORDER
    foreigner: Principal | None = None
    id: str = "id"

    @property
    def document(self) -> str:
        type = self.name[0].upper() + self.name[1:] + "Input"
        return f"""mutation($input: {type}!) {{ answer: {self.name}(input: $input) {{ {self.noun}
          effects {{ state command }} userErrors {{ code message path retryable }} }} }}"""


@dataclass(frozen=True, kw_only=True)
class Ids:
    order: str
    work: str
    level: str


CANCEL = Case(
    name="orderCancel",
    noun="order { id status version }",
    input=lambda known: {"id": known.order, "reason": "changed their mind"},
    other={"reason": "another"},
    does=CancelOrder,
    foreigner=Principal(
        role=Role.SHOPPER,
        subject="eve",
        scopes=MOST[Role.SHOPPER],
        customer_id=ids.derive(ids.CUSTOMER, "eve"),
    ),
)
REFUND = Case(
    name="refundCreate",
    noun="order { id refunded { minor } } refund { id status amount { minor } }",
    input=lambda known: {
        "orderId": known.order,
        "amount": {"amount": "5.00", "currencyCode": "USD"},
        "reason": "late",
    },
    other={"reason": "another"},
    does=CreateRefund,
    id="orderId",
)
SET = Case(
    name="inventorySet",
    noun="inventoryLevel { id onHand }",
    input=lambda known: {"id": known.level, "quantity": 7},
    other={"quantity": 8},
    does=SetInventory,
    times=2,
    system="depot",
    version="expected",
    prefix=ids.LEVEL,
    foreigner=Principal(
        role=Role.ASSOCIATE,
        subject="sam",
        scopes=MOST[Role.ASSOCIATE],
        location_ids=frozenset({ELSEWHERE}),
    ),
)
SHIP = Case(
    name="fulfillmentOrderShip",
    noun="fulfillmentOrder { id status version } shipment { id status }",
    input=lambda known: {"id": known.work},
    other={"service": "express"},
    does=BuyLabel,
    system="post",
    prefix=ids.FULFILLMENT_ORDER,
    foreigner=SET.foreigner,
)
ALL = pytest.mark.parametrize("case", (CANCEL, REFUND, SET, SHIP), ids=lambda case: case.name)


@pytest.fixture
def trade() -> Trade:
    return Trade()


@pytest.fixture
async def gateway(store_url: str, trade: Trade) -> AsyncIterator[GatewayUnderTest]:
    """A gateway over the three, which has read all and been told of one order of two tees."""
    async with trading.open_over(store_url, trade) as tested:
        await begin(tested, trade)
        yield tested


async def begin(gateway: GatewayUnderTest, trade: Trade) -> None:
    await gateway.backfill("depot")
    await gateway.backfill("shop")
    await trade.sell(gateway, "1001", lines=(records.line("l1"), records.line("l2")))


async def ids_of(gateway: GatewayUnderTest) -> Ids:
    data = await gateway.data(
        "{ orders { nodes { id fulfillmentOrders { id } } } inventoryLevels { nodes { id } } }"
    )
    order = data["orders"]["nodes"][0]
    return Ids(
        order=order["id"],
        work=order["fulfillmentOrders"][0]["id"],
        level=data["inventoryLevels"]["nodes"][0]["id"],
    )


@pytest.fixture
async def known(gateway: GatewayUnderTest) -> Ids:
    """What the mutations are about."""
    return await ids_of(gateway)


async def ask(
    gateway: GatewayUnderTest, case: Case, given: Input, *, key: str = "k", as_: Principal = ADMIN
) -> Any:
    """Ask with the loops turning; return the payload."""
    async with trading.working(gateway):
        response = await gateway.query(
            case.document, {"input": {"idempotencyKey": key, **given}}, as_=as_
        )
    await gateway.settle()
    assert "errors" not in response, response["errors"]
    return response["data"]["answer"]


async def facts(gateway: GatewayUnderTest, trade: Trade) -> dict[str, int]:
    """Everything that a refusal must not move."""
    async with gateway.gateway.units.read() as unit:
        counted = {
            table: await unit.connection.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in ("events", "effects", "idempotency_keys", "issues")
        }
    return {**counted, "performed": len(trade.performed)}


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def outcome(payload: Any) -> Any:
    """What became of a request; the noun beside it goes on living."""
    return payload["effects"], payload["userErrors"]


def done(trade: Trade, type_: type[Command]) -> int:
    return sum(isinstance(one, type_) for one in trade.performed)


# --- what goes well


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


async def version(gateway: GatewayUnderTest, case: Case, known: Ids) -> int:
    data = await gateway.data(
        "query($id: ID!) { order(id: $id) { version fulfillmentOrders { version } } }",
        {"id": known.order},
    )
    order = data["order"]
    found: int = (order["fulfillmentOrders"][0] if case is SHIP else order)["version"]
    return found


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


# --- refusals


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


# --- what the other system answers


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
    name = {"shop": "cancel_order create_refund", "depot": "set_inventory", "post": "buy_label"}
    system.commands = {
        **system.commands,
        **dict.fromkeys(name[case.system].split(), Delivery.NEITHER),
    }
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
