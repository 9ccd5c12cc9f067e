"""Stock and refunds: keys, compare-and-set, and what is refused."""

from dataclasses import replace

import pytest

from connectors.sdk.changes import Touched
from connectors.sdk.commands import (
    CancelFulfillment,
    CreateRefund,
    Outcome,
    RecordShipment,
    SetInventory,
)
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    Missing,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import Kind, LevelRecord, LineCounters, OrderRecord, RefundRecord
from connectors.sdk.records.states import RefundStatus
from connectors.sdk.values import LineQuantity, Money
from connectors.shopify.tests.conftest import Rig, counters, cut, down, shipment


def stock(rig: Rig, quantity: int, expected: int | None = None) -> SetInventory:
    shop = rig.simulator.shop
    return SetInventory(
        key="stock-1",
        item_id=shop.variants["TEE-S"]["inventoryItem"]["id"],
        sku="TEE-S",
        location_id=shop.location("DC-1")["id"],
        quantity=quantity,
        expected=expected,
    )


async def test_stock_is_set_on_hand_and_what_is_committed_stays(rig: Rig) -> None:
    """Twelve on hand, two of them sold: ten available."""
    rig.buy(("TEE-S", 2))
    outcome = await rig.client.perform(stock(rig, 12, expected=10))
    [level] = outcome.changes
    assert isinstance(level, LevelRecord)
    found = level.quantities
    assert (found.on_hand, found.available, found.committed) == (12, 10, 2)
    assert outcome.external_id == level.external_id


async def test_stock_that_is_not_what_was_expected_is_left_alone(rig: Rig) -> None:
    """Shopify compares as it writes."""
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(stock(rig, 12, expected=9))
    assert caught.value.code == "CHANGE_FROM_QUANTITY_STALE"
    assert caught.value.field == "input.quantities.0.changeFromQuantity"
    assert rig.amounts("TEE-S")["on_hand"] == 10


async def test_stock_set_again_with_its_key_is_set_once(rig: Rig) -> None:
    """The lost answer is given again, although stock is no longer what was expected."""
    command = stock(rig, 12, expected=10)
    rig.simulator.faults.plan(cut("InventorySet"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    [level] = (await rig.client.perform(command)).changes
    assert isinstance(level, LevelRecord)
    assert level.quantities.on_hand == 12


async def test_a_key_does_not_overwrite_what_was_sold_since(rig: Rig) -> None:
    """Resending an absolute number under its key changes nothing."""
    command = stock(rig, 12)
    await rig.client.perform(command)
    rig.simulator.shop.move(
        rig.simulator.shop.level("TEE-S", rig.simulator.shop.location("DC-1")), available=-3
    )
    [level] = (await rig.client.perform(command)).changes
    assert isinstance(level, LevelRecord)
    assert level.quantities.on_hand == 9


async def test_after_a_day_a_stock_that_was_set_counts_as_done(rig: Rig) -> None:
    """Shopify forgets the key; what was wanted is there."""
    command = stock(rig, 12, expected=10)
    await rig.client.perform(command)
    rig.clock.later(hours=25)
    [level] = (await rig.client.perform(command)).changes
    assert isinstance(level, LevelRecord)
    assert level.quantities.on_hand == 12


async def test_a_key_used_for_something_else_is_refused(rig: Rig) -> None:
    """By Shopify, and stock stays."""
    await rig.client.perform(stock(rig, 12))
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(stock(rig, 99))
    assert caught.value.code == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    assert rig.amounts("TEE-S")["on_hand"] == 12


async def test_stock_where_there_is_none_is_missing(rig: Rig) -> None:
    """The item is not stocked at the location."""
    elsewhere = rig.simulator.shop.location("DC-2")["id"]
    with pytest.raises(Missing) as caught:
        await rig.client.perform(replace(stock(rig, 12), location_id=elsewhere))
    assert caught.value.code == "INVALID_INVENTORY_ITEM"


async def test_negative_stock_is_refused(rig: Rig) -> None:
    """In Shopify's own word."""
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(stock(rig, -1))
    assert caught.value.code == "INVALID_QUANTITY_NEGATIVE"
    assert rig.amounts("TEE-S")["on_hand"] == 10


async def test_a_write_that_succeeded_is_done_even_if_it_cannot_be_read_back(rig: Rig) -> None:
    """The level is only said to be touched: it is read when that can be done."""
    command = stock(rig, 12)
    rig.simulator.faults.plan(*[down("LevelsAt")] * 3)
    outcome = await rig.client.perform(command)
    level_id = f"{command.item_id}@{command.location_id}"
    assert outcome == Outcome(
        external_id=level_id, changes=(Touched(kind=Kind.LEVEL, external_id=level_id),)
    )
    assert rig.amounts("TEE-S")["on_hand"] == 12


async def test_a_throttled_write_is_not_applied_and_not_tried_here_again(rig: Rig) -> None:
    """The outbox waits for it, in order: ten points at one a second."""
    rig.simulator.engine.restore_rate /= 1000
    rig.simulator.engine.drain()
    with pytest.raises(Throttled) as caught:
        await rig.client.perform(stock(rig, 12))
    assert caught.value.retry_after_s == 10.0
    assert rig.asked("InventorySet") == 1
    assert rig.amounts("TEE-S")["on_hand"] == 10


async def test_a_write_without_a_key_would_be_refused(rig: Rig) -> None:
    """Since 2026-04: the simulator insists on it, as Shopify does."""
    text = "mutation M($input: RefundInput!) { refundCreate(input: $input) { refund { id } } }"
    variables = {"input": {"orderId": rig.buy(), "transactions": []}}
    asked = {"query": text, "operationName": "M", "variables": variables}
    answer = rig.simulator.engine.answer(asked)
    assert answer["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


def refund(order: OrderRecord, minor: int = 500, key: str = "refund-1") -> CreateRefund:
    return CreateRefund(
        key=key,
        order_id=order.external_id,
        payment_id=order.transactions[0].external_id,
        amount=Money(minor=minor, currency=order.currency),
        lines=(),
        reason="Late by a week",
    )


def refunds(outcome: Outcome) -> list[RefundRecord]:
    return [one for one in outcome.changes if isinstance(one, RefundRecord)]


async def test_money_goes_back_on_the_payment_named(rig: Rig) -> None:
    """With the reason for people and the key for us, on no more than one transaction."""
    order = await rig.order(rig.buy())
    outcome = await rig.client.perform(refund(order))
    [made] = refunds(outcome)
    assert outcome.external_id == made.external_id
    assert (made.amount, made.status) == (
        Money(minor=500, currency="USD"),
        RefundStatus.SUCCEEDED,
    )
    assert (made.reason, made.reference) == ("Late by a week", "refund-1")
    assert made.payment_id == order.transactions[0].external_id
    assert counters(outcome) == [LineCounters(ordered=1)]


async def test_a_refund_whose_answer_is_lost_is_made_once(rig: Rig) -> None:
    """Sent again with its key."""
    order = await rig.order(rig.buy())
    rig.simulator.faults.plan(cut("RefundCreate"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(refund(order))
    assert len(refunds(await rig.client.perform(refund(order)))) == 1


async def test_a_refund_is_not_doubled_when_shopify_has_forgotten_its_key(rig: Rig) -> None:
    """After a day the note still knows it."""
    order = await rig.order(rig.buy())
    first = await rig.client.perform(refund(order))
    rig.clock.later(hours=25)
    again = await rig.client.perform(refund(order))
    assert again.external_id == first.external_id
    assert len(refunds(again)) == 1
    assert len(refunds(await rig.client.perform(refund(order, key="refund-2")))) == 2


async def test_a_refund_for_lines_does_not_touch_stock(rig: Rig) -> None:
    """The customer keeps the goods: not restocked, not counted as returned or canceled."""
    order = await rig.order(rig.buy(("TEE-S", 2)))
    await rig.client.perform(shipment(order))
    before = rig.amounts("TEE-S")
    one = LineQuantity(line_id=order.lines[0].external_id, quantity=1)
    outcome = await rig.client.perform(replace(refund(order, 1999), lines=(one,)))
    assert refunds(outcome)[0].lines == (one,)
    assert counters(outcome) == [LineCounters(ordered=2, fulfilled=2)]
    assert rig.amounts("TEE-S") == before


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 7), ("KWD", 5125)])
async def test_a_refund_is_exact_in_every_currency(rig: Rig, currency: str, minor: int) -> None:
    """Seven yen are "7", 5,125 fils are "5.125"."""
    rig.simulator.shop.currency = currency
    order = await rig.order(rig.buy())
    [made] = refunds(await rig.client.perform(refund(order, minor)))
    assert made.amount == Money(minor=minor, currency=currency)


async def test_without_a_payment_the_one_that_holds_enough_is_taken(rig: Rig) -> None:
    """And none when none does."""
    order = await rig.order(rig.buy())
    whole = order.totals.total.minor
    most = replace(refund(order, whole - 1), payment_id=None)
    assert len(refunds(await rig.client.perform(most))) == 1
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(replace(refund(order, 2, key="refund-2"), payment_id=None))
    assert caught.value.code == "NOTHING_TO_REFUND"
    assert rig.asked("RefundCreate") == 1


async def test_a_refund_of_more_than_was_paid_is_refused_by_shopify(rig: Rig) -> None:
    """This mutation's errors have no code: the field and the text are all there is."""
    order = await rig.order(rig.buy())
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(refund(order, order.totals.total.minor + 1))
    assert (caught.value.code, caught.value.field) == ("USER_ERROR", "transactions")
    assert rig.state(order.external_id)["refunds"] == []


async def test_a_refund_in_another_currency_is_refused_before_it_is_sent(rig: Rig) -> None:
    """The order's currency is what the customer paid in."""
    order = await rig.order(rig.buy())
    euros = replace(refund(order), amount=Money(minor=1, currency="EUR"))
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(euros)
    assert caught.value.code == "CURRENCY_MISMATCH"
    assert rig.asked("RefundCreate") == 0


async def test_a_refund_on_no_payment_is_missing(rig: Rig) -> None:
    """A payment id of another order."""
    order = await rig.order(rig.buy())
    with pytest.raises(Missing):
        await rig.client.perform(replace(refund(order), payment_id="gid://shopify/X/1"))


@pytest.mark.parametrize("verb", ["perform", "look_up"])
async def test_an_undeclared_command_is_refused_before_anything_is_sent(
    rig: Rig, verb: str
) -> None:
    """Shopify fulfills for nobody else."""
    command = CancelFulfillment(key="x", fulfillment_order_id="y", reason="z")
    with pytest.raises(Unsupported):
        await getattr(rig.client, verb)(command)
    assert rig.recorder.exchanges == []


async def test_a_command_that_is_sent_again_is_not_looked_up(rig: Rig) -> None:
    """Idempotent commands have no look-up."""
    with pytest.raises(Unsupported):
        await rig.client.look_up(stock(rig, 1))


async def test_a_shop_that_cannot_be_read_is_unavailable_to_a_write(rig: Rig) -> None:
    """Nothing was sent, so nothing can have happened."""
    command: RecordShipment = shipment(await rig.order(rig.buy()))
    rig.simulator.faults.plan(Planned(fault=Fault.NOT_JSON, path="/OrdersById"))
    with pytest.raises(Unavailable):
        await rig.client.perform(command)
    assert rig.asked("FulfillmentCreate") == 0


async def test_an_answer_to_a_write_that_lacks_what_it_made_is_ambiguous(rig: Rig) -> None:
    """It happened, and Shopify does not say what."""
    command = shipment(await rig.order(rig.buy()))
    rig.keeps_contract = False
    rig.recorder.replaced['"fulfillment":{"id":"'] = '"fulfillment":{"id":7,"was":"'
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    assert counters(await rig.client.look_up(command)) == [LineCounters(ordered=1, fulfilled=1)]


async def test_an_unreadable_answer_to_a_write_is_ambiguous(rig: Rig) -> None:
    """It may have happened."""
    rig.simulator.faults.plan(Planned(fault=Fault.NOT_JSON, path="/InventorySet"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(stock(rig, 12))
