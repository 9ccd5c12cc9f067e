"""Commands over HTTP: each takes effect once, however often it is performed, or changes nothing."""

from copy import deepcopy
from dataclasses import replace

import pytest

from connectors.sdk.changes import Touched
from connectors.sdk.commands import (
    CancelOrder,
    Command,
    CreateRefund,
    Outcome,
    RecordDelivery,
    RecordShipment,
    SetInventory,
    VoidLabel,
)
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    ConnectorError,
    Misconfigured,
    Missing,
    Rejected,
    Throttled,
    Unsupported,
)
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import (
    FulfillmentOrderRecord,
    Kind,
    LevelRecord,
    OrderRecord,
    RefundRecord,
    ShipmentRecord,
    Tracking,
)
from connectors.sdk.simulator import Purchase
from connectors.sdk.values import LineQuantity, Money
from connectors.square.simulated.till import Ahead
from connectors.square.simulated.wire import Json
from connectors.square.simulator import Simulator
from connectors.square.tests.conftest import ADA, Clock, Rig, judged, world

TEES = Purchase(shopper=ADA, items=(("TEE-S", 2), ("TEE-M", 1)))
UPDATE, VOID, REFUND, COUNT = "/v2/orders/", "/cancel", "/v2/refunds", "/changes/batch-create"


def held(rig: Rig) -> Json:
    """Everything that a command could change."""
    books = rig.simulator.books
    state = (books.orders, books.payments, books.refunds, books.counts, books.changes)
    return {str(place): deepcopy(one) for place, one in enumerate(state)}


async def refused(rig: Rig, command: Command, error: type[ConnectorError]) -> ConnectorError:
    """Perform *command*; it is refused with exactly *error*, and nothing has changed."""
    before = held(rig)
    with pytest.raises(error) as caught:
        await rig.client.perform(command)
    assert type(caught.value) is error
    assert before == held(rig)
    return caught.value


def writes(rig: Rig) -> int:
    """How many requests reached Square that could have changed something."""
    ends = (VOID, REFUND, COUNT)
    return sum(
        one.method == "PUT" or (one.method == "POST" and one.path.endswith(ends))
        for one in rig.recorder.exchanges
    )


# Cancel ------------------------------------------------------------------------------------------


def cancel(order_id: str) -> CancelOrder:
    return CancelOrder(key="cancel-1", order_id=order_id, reason="Changed my mind")


def assert_canceled(rig: Rig, order_id: str, outcome: Outcome) -> None:
    [sale, work] = outcome.changes
    assert isinstance(sale, OrderRecord)
    assert isinstance(work, FulfillmentOrderRecord)
    assert (order_id, "CANCELED", "CANCELED") == (outcome.external_id, sale.status, work.status)
    assert [2, 1] == [line.counters.canceled for line in sale.lines]
    order = rig.simulator.books.orders[order_id]
    assert ("CANCELED", "CANCELED") == (order["state"], order["fulfillments"][0]["state"])


async def test_canceling_voids_the_payment_then_the_fulfillment_then_the_order(rig: Rig) -> None:
    """Square refuses the last step while anything before it stands."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(kind="PICKUP", paid="AUTHORIZED"))
    outcome = await rig.client.perform(cancel(order_id))
    assert_canceled(rig, order_id, outcome)
    assert ["CANCELED"] == [one["status"] for one in rig.simulator.books.payments.values()]
    [sale, _] = outcome.changes
    assert isinstance(sale, OrderRecord)
    assert ["VOID"] == [one.kind for one in sale.transactions]
    assert "Changed my mind" == sale.cancel_reason
    assert 3 == writes(rig)


async def test_canceling_again_changes_nothing(rig: Rig) -> None:
    """The same outcome, and not one more write."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    await rig.client.perform(cancel(order_id))
    before, sent = held(rig), writes(rig)
    assert_canceled(rig, order_id, await rig.client.perform(cancel(order_id)))
    assert (before, sent) == (held(rig), writes(rig))


@pytest.mark.parametrize("path", [VOID, UPDATE])
@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER, Fault.SERVER_ERROR])
async def test_a_cancellation_cut_at_any_step_goes_on(rig: Rig, path: str, fault: Fault) -> None:
    """Whether the step took effect or not, performing again ends in the same."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid="AUTHORIZED"))
    method = "POST" if path == VOID else "PUT"
    rig.simulator.faults.plan(Planned(fault=fault, path=path, method=method))
    with pytest.raises(Ambiguous):
        await rig.client.perform(cancel(order_id))
    assert_canceled(rig, order_id, await rig.client.perform(cancel(order_id)))
    assert 4 == rig.simulator.books.orders[order_id]["version"]  # voided, fulfillment, order


async def test_what_is_paid_is_not_canceled(rig: Rig) -> None:
    """Money that was taken has to be refunded."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid="CAPTURED"))
    error = await refused(rig, cancel(order_id), Conflict)
    assert isinstance(error, Conflict)
    assert "ORDER_PAID" == error.code


async def test_what_is_completed_is_not_canceled(rig: Rig) -> None:
    """A till sale is over."""
    error = await refused(rig, cancel(rig.simulator.buy(TEES)), Conflict)
    assert isinstance(error, Conflict)
    assert "ORDER_COMPLETED" == error.code


async def test_what_is_partly_fulfilled_is_not_canceled(rig: Rig) -> None:
    """Something left the house already."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    rig.simulator.books.orders[order_id]["fulfillments"][0]["state"] = "COMPLETED"
    error = await refused(rig, cancel(order_id), Conflict)
    assert isinstance(error, Conflict)
    assert "ORDER_FULFILLED" == error.code


async def test_an_open_till_order_cannot_be_changed(rig: Rig) -> None:
    """It has no version; Square would refuse the update."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    del rig.simulator.books.orders[order_id]["version"]
    error = await refused(rig, cancel(order_id), Rejected)
    assert isinstance(error, Rejected)
    assert "ORDER_NOT_UPDATABLE" == error.code


async def test_part_of_an_order_is_not_canceled(rig: Rig) -> None:
    """Refused before anything is sent."""
    command = replace(cancel("any"), lines=(LineQuantity(line_id="l1", quantity=1),))
    await refused(rig, command, Unsupported)
    assert [] == rig.recorder.exchanges


async def test_an_absent_order_is_missing(rig: Rig) -> None:
    """For the two commands that read it first."""
    await refused(rig, cancel("NOPE"), Missing)
    await refused(rig, ship("NOPE", ()), Missing)


async def test_a_version_that_moves_in_between_is_read_again(rig: Rig) -> None:
    """Square itself moves versions a moment after a payment."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    rig.simulator.meddle(order_id, 2)
    assert_canceled(rig, order_id, await rig.client.perform(cancel(order_id)))


async def test_a_version_that_keeps_moving_is_a_conflict(rig: Rig) -> None:
    """After three tries the caller decides; the order is as others left it."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    rig.simulator.meddle(order_id, 3)
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(cancel(order_id))
    assert "VERSION_MISMATCH" == caught.value.code
    order = rig.simulator.books.orders[order_id]
    assert ("OPEN", "PROPOSED") == (order["state"], order["fulfillments"][0]["state"])


async def test_a_used_key_that_changes_nothing_is_noticed(rig: Rig) -> None:
    """Square answers 200 with the order as it was: that is no success."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    books = rig.simulator.books
    used = {"order": {}, "idempotency_key": "cancel-1:1"}
    books.keys.keep(f"order {order_id}", used, {})
    error = await refused(rig, cancel(order_id), Rejected)
    assert isinstance(error, Rejected)
    assert "NOT_UPDATED" == error.code


# Ship --------------------------------------------------------------------------------------------


def ship(order_id: str, lines: tuple[LineQuantity, ...], number: str = "1Z999") -> RecordShipment:
    tracking = Tracking(number=number, carrier="UPS", url=f"https://ups.example/{number}")
    return RecordShipment(key="ship-1", order_id=order_id, lines=lines, tracking=tracking)


def all_lines(rig: Rig, order_id: str) -> tuple[LineQuantity, ...]:
    return tuple(
        LineQuantity(line_id=line["uid"], quantity=int(line["quantity"]))
        for line in rig.simulator.books.orders[order_id]["line_items"]
    )


def assert_shipped(rig: Rig, order_id: str, outcome: Outcome) -> None:
    [sale, work, shipment] = outcome.changes
    assert isinstance(sale, OrderRecord)
    assert isinstance(work, FulfillmentOrderRecord)
    assert isinstance(shipment, ShipmentRecord)
    assert outcome.external_id == work.external_id == shipment.external_id
    assert ("CLOSED", "SHIPPED", "SHIPPED") == (work.status, work.stage, shipment.status)
    assert ["1Z999"] == [one.number for one in shipment.tracking]
    assert [(2, 0), (1, 0)] == [(x.counters.fulfilled, x.counters.delivered) for x in sale.lines]
    [fulfillment] = rig.simulator.books.orders[order_id]["fulfillments"]
    details = fulfillment["shipment_details"]
    assert ("UPS", "1Z999") == (details["carrier"], details["tracking_number"])
    assert "Ada Park" == details["recipient"]["display_name"]  # the rest is left as it was


async def test_a_shipment_completes_the_fulfillment_with_its_number(rig: Rig) -> None:
    """The update names what it changes and no more."""
    order_id = rig.simulator.order_ahead(TEES)
    outcome = await rig.client.perform(ship(order_id, all_lines(rig, order_id)))
    assert_shipped(rig, order_id, outcome)
    assert 2 == rig.simulator.books.orders[order_id]["version"]


async def test_a_named_fulfillment_is_shipped(rig: Rig) -> None:
    """By the id that FulfillmentOrderRecord gave."""
    order_id = rig.simulator.order_ahead(TEES)
    uid = rig.simulator.books.orders[order_id]["fulfillments"][0]["uid"]
    command = replace(
        ship(order_id, all_lines(rig, order_id)), fulfillment_order_id=f"{order_id}:{uid}"
    )
    assert_shipped(rig, order_id, await rig.client.perform(command))


@pytest.mark.parametrize("fault", [None, Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER])
async def test_shipping_again_changes_nothing(rig: Rig, fault: Fault | None) -> None:
    """Whether the first attempt was answered or not."""
    order_id = rig.simulator.order_ahead(TEES)
    command = ship(order_id, all_lines(rig, order_id))
    if fault is None:
        await rig.client.perform(command)
    else:
        rig.simulator.faults.plan(Planned(fault=fault, path=UPDATE, method="PUT"))
        with pytest.raises(Ambiguous):
            await rig.client.perform(command)
    before = held(rig)
    assert_shipped(rig, order_id, await rig.client.perform(command))
    assert before == held(rig)
    assert 1 == writes(rig)


async def test_shipping_again_never_ships_another_fulfillment(rig: Rig) -> None:
    """The first of two went; repeating the command that named none must not send the second."""
    order_id = rig.simulator.order_ahead(TEES)
    order = rig.simulator.books.orders[order_id]
    second = deepcopy(order["fulfillments"][0]) | {"uid": "second"}
    command = ship(order_id, all_lines(rig, order_id))
    await rig.client.perform(command)
    order["fulfillments"].append(second)
    order["fulfillments"][0] |= {"line_item_application": "ENTRY_LIST", "entries": []}
    before = held(rig)
    outcome = await rig.client.perform(command)
    assert f"{order_id}:{order['fulfillments'][0]['uid']}" == outcome.external_id
    assert before == held(rig)


async def test_another_number_for_what_has_shipped_is_a_conflict(rig: Rig) -> None:
    """Square cannot change what is completed."""
    order_id = rig.simulator.order_ahead(TEES)
    lines = all_lines(rig, order_id)
    await rig.client.perform(ship(order_id, lines))
    error = await refused(rig, ship(order_id, lines, "1Z000"), Conflict)
    assert isinstance(error, Conflict)
    assert "FULFILLMENT_COMPLETED" == error.code


async def test_part_of_a_fulfillment_is_not_shipped(rig: Rig) -> None:
    """Square completes a fulfillment whole."""
    order_id = rig.simulator.order_ahead(TEES)
    for lines in ((), all_lines(rig, order_id)[:1], all_lines(rig, order_id) * 2):
        error = await refused(rig, ship(order_id, lines), Rejected)
        assert isinstance(error, Rejected)
        assert "PARTIAL_SHIPMENT" == error.code


async def test_a_pickup_is_not_shipped(rig: Rig) -> None:
    """There is no fulfillment of type SHIPMENT."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(kind="PICKUP"))
    error = await refused(rig, ship(order_id, all_lines(rig, order_id)), Rejected)
    assert isinstance(error, Rejected)
    assert "FULFILLMENT_NOT_FOUND" == error.code


async def test_a_canceled_order_is_not_shipped(rig: Rig) -> None:
    """Its fulfillment has ended."""
    order_id = rig.simulator.order_ahead(TEES, Ahead(paid=None))
    await rig.client.perform(cancel(order_id))
    error = await refused(rig, ship(order_id, all_lines(rig, order_id)), Conflict)
    assert isinstance(error, Conflict)
    assert "FULFILLMENT_CANCELED" == error.code


# Refund ------------------------------------------------------------------------------------------


def give_back(rig: Rig, order_id: str, minor: int, currency: str = "USD") -> CreateRefund:
    tender = rig.simulator.books.orders[order_id]["tenders"][0]
    return CreateRefund(
        key="refund-1",
        order_id=order_id,
        payment_id=tender["payment_id"],
        amount=Money(minor=minor, currency=currency),
        reason="Scratched",
    )


async def test_a_refund_is_of_the_sale(rig: Rig) -> None:
    """Its record is the one that a fetch gives, and names the sale, not the return order."""
    order_id = rig.simulator.buy(TEES)
    outcome = await rig.client.perform(give_back(rig, order_id, 500))
    [refund] = outcome.changes
    assert isinstance(refund, RefundRecord)
    assert (order_id, "PENDING", 500) == (refund.order_id, refund.status, refund.amount.minor)
    assert outcome.external_id == refund.external_id
    assert refund == await rig.one(Kind.REFUND, refund.external_id)


async def test_a_refund_of_yen(rig: Rig) -> None:
    """500 are 500 yen."""
    clock = Clock()
    async with judged(Simulator(world(), clock, currency="JPY"), clock) as yen:
        order_id = yen.simulator.buy(TEES)
        outcome = await yen.client.perform(give_back(yen, order_id, 500, "JPY"))
        [refund] = outcome.changes
        assert isinstance(refund, RefundRecord)
        assert Money(minor=500, currency="JPY") == refund.amount


@pytest.mark.parametrize("fault", [None, Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER, Fault.NOT_JSON])
async def test_a_refund_performed_again_is_made_once(rig: Rig, fault: Fault | None) -> None:
    """The same key gets the same answer, whether or not the first one arrived."""
    order_id = rig.simulator.buy(TEES)
    command = give_back(rig, order_id, 500)
    if fault is None:
        await rig.client.perform(command)
    else:
        rig.simulator.faults.plan(Planned(fault=fault, path=REFUND))
        with pytest.raises(Ambiguous):
            await rig.client.perform(command)
    outcome = await rig.client.perform(command)
    assert [outcome.external_id] == list(rig.simulator.books.refunds)
    [payment] = rig.simulator.books.payments.values()
    assert 500 == payment["refunded_money"]["amount"]


async def test_a_key_used_for_another_refund_is_refused(rig: Rig) -> None:
    """Square compares the bodies."""
    order_id = rig.simulator.buy(TEES)
    await rig.client.perform(give_back(rig, order_id, 500))
    error = await refused(rig, give_back(rig, order_id, 501), Rejected)
    assert isinstance(error, Rejected)
    assert "IDEMPOTENCY_KEY_REUSED" == error.code


async def test_the_only_payment_need_not_be_named(rig: Rig) -> None:
    """One payment: it is that one; none: say so before anything is sent."""
    order_id = rig.simulator.buy(TEES)
    command = replace(give_back(rig, order_id, 500), payment_id=None)
    outcome = await rig.client.perform(command)
    [refund] = rig.simulator.books.refunds.values()
    assert outcome.external_id == refund["id"]
    unpaid = rig.simulator.order_ahead(TEES, Ahead(paid="AUTHORIZED"))
    error = await refused(rig, replace(command, order_id=unpaid), Rejected)
    assert isinstance(error, Rejected)
    assert "PAYMENT_NOT_NAMED" == error.code
    assert 1 == writes(rig)


@pytest.mark.parametrize(
    ("minor", "currency", "code"),
    [
        (9_999_999, "USD", "REFUND_AMOUNT_INVALID"),
        (0, "USD", "REFUND_AMOUNT_INVALID"),
        (500, "EUR", "CURRENCY_MISMATCH"),
    ],
)
async def test_a_refund_that_cannot_be_is_refused_with_squares_word(
    rig: Rig, minor: int, currency: str, code: str
) -> None:
    """More than was paid, nothing, another currency."""
    command = give_back(rig, rig.simulator.buy(TEES), minor, currency)
    error = await refused(rig, command, Rejected)
    assert isinstance(error, Rejected)
    assert code == error.code


async def test_a_payment_that_is_not_taken_or_not_there_is_not_refunded(rig: Rig) -> None:
    """An authorization is voided instead; an unknown payment is missing."""
    command = give_back(rig, rig.simulator.order_ahead(TEES, Ahead(paid="AUTHORIZED")), 5)
    error = await refused(rig, command, Rejected)
    assert isinstance(error, Rejected)
    assert "REFUND_ERROR_PAYMENT_NEEDS_COMPLETION" == error.code
    await refused(rig, replace(command, key="refund-2", payment_id="NOPE"), Missing)


async def test_a_declined_refund_is_refused_though_answered_200(rig: Rig) -> None:
    """Square may answer with a refund in state FAILED."""
    rig.simulator.books.declines_refunds = True
    error = await refused(rig, give_back(rig, rig.simulator.buy(TEES), 500), Rejected)
    assert isinstance(error, Rejected)
    assert "REFUND_DECLINED" == error.code


# Stock -------------------------------------------------------------------------------------------


def count(rig: Rig, quantity: int, expected: int | None = None) -> SetInventory:
    return SetInventory(
        key="count-1",
        item_id=rig.item("TEE-S"),
        sku="TEE-S",
        location_id=rig.place(),
        quantity=quantity,
        expected=expected,
    )


def on_hand(outcome: Outcome | None) -> int | None:
    assert outcome is not None
    [level] = outcome.changes
    assert isinstance(level, LevelRecord)
    return level.quantities.on_hand


async def test_stock_is_counted_under_our_reference(rig: Rig) -> None:
    """A physical count at Square's own time."""
    outcome = await rig.client.perform(count(rig, 7, expected=10))
    assert 7 == on_hand(outcome)
    [change] = rig.simulator.books.changes
    made = change["physical_count"]
    assert (outcome.external_id, "count-1", "7") == (
        made["id"],
        made["reference_id"],
        made["quantity"],
    )
    assert "2026-03-02T12:00:00.000Z" == made["occurred_at"]


async def test_stock_that_is_not_as_expected_is_a_conflict(rig: Rig) -> None:
    """Read first, since Square has no compare-and-set."""
    error = await refused(rig, count(rig, 7, expected=9), Conflict)
    assert isinstance(error, Conflict)
    assert "QUANTITY_CHANGED" == error.code
    assert 0 == writes(rig)


@pytest.mark.parametrize("fault", [None, Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER])
async def test_a_count_performed_again_is_made_once(rig: Rig, fault: Fault | None) -> None:
    """Sales since the first attempt are neither lost nor taken for a conflict."""
    command = count(rig, 7, expected=10)
    if fault is None:
        await rig.client.perform(command)
    else:
        rig.simulator.faults.plan(Planned(fault=fault, path=COUNT))
        with pytest.raises(Ambiguous):
            await rig.client.perform(command)
    rig.clock.later(minutes=5)
    rig.simulator.buy(Purchase(shopper=None, items=(("TEE-S", 1),)))
    assert 6 == on_hand(await rig.client.look_up(command))
    assert 6 == on_hand(await rig.client.perform(command))
    assert 1 == len(rig.simulator.books.changes)
    assert 1 == writes(rig)


async def test_a_count_that_never_arrived_is_not_found_and_then_made(rig: Rig) -> None:
    """500 before anything happened: look_up says None."""
    command = count(rig, 7, expected=10)
    rig.simulator.faults.plan(Planned(fault=Fault.SERVER_ERROR, path=COUNT))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    assert await rig.client.look_up(command) is None
    assert 7 == on_hand(await rig.client.perform(command))


async def test_an_unchanged_count_is_written_all_the_same(rig: Rig) -> None:
    """Else there would be no reference to find."""
    command = count(rig, 10)
    assert 10 == on_hand(await rig.client.perform(command))
    assert 10 == on_hand(await rig.client.look_up(command))


async def test_a_key_that_square_knows_without_a_count_is_in_doubt(rig: Rig) -> None:
    """An attempt under way: neither done nor to be sent again."""
    used = {"changes": [], "idempotency_key": "count-1"}
    rig.simulator.books.keys.keep("inventory", used, {})
    await refused(rig, count(rig, 7), Ambiguous)


async def test_a_level_that_cannot_be_read_after_the_count_is_touched(rig: Rig) -> None:
    """The count is written: the outcome says so, and that the level has to be read."""
    failing = Planned(fault=Fault.SERVER_ERROR, path="/counts/batch-retrieve")

    def plan(path: str) -> None:
        if path.endswith(COUNT):
            rig.simulator.faults.plan(failing, failing, failing)

    rig.recorder.before = plan
    outcome = await rig.client.perform(count(rig, 7))
    level_id = f"{rig.item('TEE-S')}@{rig.place()}"
    assert (Touched(kind=Kind.LEVEL, external_id=level_id),) == outcome.changes
    [change] = rig.simulator.books.changes
    assert outcome.external_id == change["physical_count"]["id"]


async def test_what_square_does_not_count_is_refused(rig: Rig) -> None:
    """An unknown variation is missing, a negative count has Square's own word."""
    await refused(rig, replace(count(rig, 7), item_id="NOPE"), Missing)
    error = await refused(rig, replace(count(rig, -1), key="count-2"), Rejected)
    assert isinstance(error, Rejected)
    assert "INVALID_VALUE" == error.code


# All of them -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        VoidLabel(key="k", label_id="1"),
        RecordDelivery(key="k", order_id="1", shipment_id="2"),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_what_is_not_declared_is_refused_before_anything_is_sent(
    rig: Rig, command: Command
) -> None:
    """Performing and looking up."""
    await refused(rig, command, Unsupported)
    with pytest.raises(Unsupported):
        await rig.client.look_up(command)
    assert [] == rig.recorder.exchanges


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.THROTTLED_BARE, Fault.UNAUTHORIZED])
@pytest.mark.parametrize("path", [UPDATE, REFUND, COUNT])
async def test_a_write_that_was_not_let_in_changed_nothing(
    rig: Rig, path: str, fault: Fault
) -> None:
    """It is not tried again here, and says when to come back."""
    order_id = rig.simulator.order_ahead(TEES)
    command: Command
    if path == UPDATE:
        command = ship(order_id, all_lines(rig, order_id))
    elif path == REFUND:
        command = give_back(rig, order_id, 5)
    else:
        command = count(rig, 7)
    method = "PUT" if path == UPDATE else "POST"
    rig.simulator.faults.plan(Planned(fault=fault, path=path, method=method))
    error = Misconfigured if fault is Fault.UNAUTHORIZED else Throttled
    caught = await refused(rig, command, error)
    if isinstance(caught, Throttled):
        assert (1.0 if fault is Fault.THROTTLED else None) == caught.retry_after_s
    await rig.client.perform(command)
