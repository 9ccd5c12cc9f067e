"""Returns: opened once, received in parts, each unit as what becomes of it."""

from dataclasses import replace

import pytest

from connectors.sdk.commands import Outcome, ReceivedLine, ReceiveReturn, RequestReturn
from connectors.sdk.errors import Ambiguous, Conflict, Missing, Rejected, Unavailable
from connectors.sdk.records import LineCounters, OrderRecord, ReturnRecord
from connectors.sdk.records.states import Disposition, ReturnReason, ReturnStatus
from connectors.sdk.values import LineQuantity
from connectors.shopify.requests.returns import NOTE_LENGTH
from connectors.shopify.tests.conftest import Rig, counters, cut, down, everything, shipment

RESTOCKED, DAMAGED = Disposition.RESTOCKED, Disposition.DAMAGED


async def sent(rig: Rig, *items: tuple[str, int]) -> OrderRecord:
    """An order whose goods the customer has."""
    order = await rig.order(rig.buy(*(items or (("TEE-S", 3),))))
    await rig.client.perform(replace(shipment(order), lines=everything(order)))
    return order


def ask(order: OrderRecord, units: int, key: str = "ask-1") -> RequestReturn:
    return RequestReturn(
        key=key,
        order_id=order.external_id,
        lines=(LineQuantity(line_id=order.lines[0].external_id, quantity=units),),
        reason=ReturnReason.ARRIVED_LATE,
        note="A week late",
    )


def here(
    opened: Outcome, order: OrderRecord, *units: tuple[int, Disposition], key: str = "take-1"
) -> ReceiveReturn:
    line_id = order.lines[0].external_id
    return ReceiveReturn(
        key=key,
        return_id=opened.external_id or "",
        lines=tuple(
            ReceivedLine(line_id=line_id, quantity=quantity, disposition=disposition)
            for quantity, disposition in units
        ),
    )


def back(outcome: Outcome | None) -> ReturnRecord:
    assert outcome
    [found] = [one for one in outcome.changes if isinstance(one, ReturnRecord)]
    return found


def disposed(rig: Rig) -> list[tuple[str, int]]:
    """What the shop wrote down, one after the other."""
    nodes = rig.simulator.shop.nodes.values()
    kind = "ReverseFulfillmentOrderDisposition"
    return [(one["type"], one["quantity"]) for one in nodes if one["__typename"] == kind]


def returns(rig: Rig) -> int:
    nodes = rig.simulator.shop.nodes.values()
    return len([one for one in nodes if one["__typename"] == "Return"])


async def test_a_return_is_opened_and_nothing_moves_yet(rig: Rig) -> None:
    """Approved at once, with Shopify's own definition of the reason and our word in the note."""
    order = await sent(rig)
    before = rig.amounts("TEE-S")
    outcome = await rig.client.perform(ask(order, 2))
    found = back(outcome)
    assert (outcome.external_id, found.status) == (found.external_id, ReturnStatus.APPROVED)
    assert found.lines == (LineQuantity(line_id=order.lines[0].external_id, quantity=2),)
    assert found.reason == "arrived-late"
    assert counters(outcome) == [LineCounters(ordered=3, fulfilled=3, return_requested=2)]
    [line] = rig.state(found.external_id)["returnLineItems"]
    assert line["returnReasonNote"] == "ARRIVED_LATE: A week late\n[ref: ask-1]"
    assert rig.amounts("TEE-S") == before


async def test_a_reason_that_shopify_has_no_definition_of_stands_in_the_note(rig: Rig) -> None:
    """Cut to what Shopify keeps, our key whole at its end."""
    command = replace(ask(await sent(rig), 1), reason=ReturnReason.BETTER_PRICE, note="x" * 300)
    found = back(await rig.client.perform(command))
    [line] = rig.state(found.external_id)["returnLineItems"]
    assert found.reason is None
    assert len(line["returnReasonNote"]) == NOTE_LENGTH
    assert line["returnReasonNote"].startswith("BETTER_PRICE: xxx")
    assert await rig.client.look_up(command) is not None


async def test_units_of_several_parcels_come_back_in_one_return(rig: Rig) -> None:
    """Shopify takes them back by what each parcel held."""
    order = await rig.order(rig.buy(("TEE-S", 3)))
    await rig.client.perform(shipment(order, "1Z1", 2))
    await rig.client.perform(shipment(order, "1Z2", 1))
    found = back(await rig.client.perform(ask(order, 3)))
    assert [one.quantity for one in found.lines] == [2, 1]


async def test_a_return_whose_answer_is_lost_is_opened_once(rig: Rig) -> None:
    """The look-up finds it by its note, and so does whoever asks again."""
    command = ask(await sent(rig), 1)
    rig.simulator.faults.plan(cut("ReturnCreate"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    found = back(await rig.client.look_up(command))
    again = back(await rig.client.perform(command))
    assert (again.external_id, again.lines) == (found.external_id, found.lines)
    assert (rig.asked("ReturnCreate"), returns(rig)) == (1, 1)


async def test_a_return_that_was_not_opened_is_opened_later(rig: Rig) -> None:
    """The answer did not say so; the look-up does."""
    command = ask(await sent(rig), 1)
    rig.simulator.faults.plan(down("ReturnCreate"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    assert await rig.client.look_up(command) is None
    await rig.client.perform(command)
    assert returns(rig) == 1


async def test_more_than_the_customer_has_is_a_conflict(rig: Rig) -> None:
    """What is on its way back already counts; nothing is sent."""
    order = await sent(rig)
    await rig.client.perform(ask(order, 2))
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(ask(order, 2, "ask-2"))
    assert caught.value.code == "NOT_RETURNABLE"
    assert (rig.asked("ReturnCreate"), returns(rig)) == (1, 1)


async def test_all_that_was_to_come_is_on_sale_where_it_was_sent_from(rig: Rig) -> None:
    """No line named, no place named."""
    order = await sent(rig)
    before = rig.amounts("TEE-S")["available"]
    opened = await rig.client.perform(ask(order, 2))
    outcome = await rig.client.perform(here(opened, order))
    assert back(outcome).status is ReturnStatus.INSPECTED
    assert counters(outcome) == [LineCounters(ordered=3, fulfilled=3, returned=2)]
    assert rig.amounts("TEE-S")["available"] == before + 2


async def test_what_is_received_elsewhere_is_on_sale_there(rig: Rig) -> None:
    """Brought back to the store."""
    order = await sent(rig)
    opened = await rig.client.perform(ask(order, 1))
    store = rig.simulator.shop.location("STORE-1")["id"]
    before = rig.amounts("TEE-S", "STORE-1")["available"]
    outcome = await rig.client.perform(replace(here(opened, order), location_id=store))
    assert back(outcome).location_id == store
    assert rig.amounts("TEE-S", "STORE-1")["available"] == before + 1


async def test_each_unit_is_written_down_as_what_becomes_of_it(rig: Rig) -> None:
    """Only what is restocked is on sale; what somebody has to look at keeps the return open."""
    order = await sent(rig, ("TEE-S", 4))
    before = rig.amounts("TEE-S")["available"]
    opened = await rig.client.perform(ask(order, 4))
    units = [(1, one) for one in Disposition]
    outcome = await rig.client.perform(here(opened, order, *units))
    assert sorted(disposed(rig)) == [
        ("NOT_RESTOCKED", 2),
        ("PROCESSING_REQUIRED", 1),
        ("RESTOCKED", 1),
    ]
    assert back(outcome).status is ReturnStatus.RECEIVED
    assert rig.amounts("TEE-S")["available"] == before + 1


async def test_a_return_is_received_in_parts(rig: Rig) -> None:
    """Each with a key of its own; one given again adds nothing."""
    order = await sent(rig)
    opened = await rig.client.perform(ask(order, 3))
    first, second = here(opened, order, (1, RESTOCKED)), here(opened, order, key="take-2")
    part = await rig.client.perform(first)
    again = await rig.client.perform(first)
    later = await rig.client.look_up(second)
    await rig.client.perform(second)
    assert back(part).status is ReturnStatus.PARTIALLY_RECEIVED
    assert counters(again) == counters(part)
    assert later is None
    assert disposed(rig) == [("RESTOCKED", 1), ("RESTOCKED", 2)]


@pytest.mark.parametrize("lost", ["OrderMarkSet", "ReturnDispose"])
async def test_a_receipt_whose_answer_is_lost_is_written_down_once(rig: Rig, lost: str) -> None:
    """After the mark, which moves nothing, or after the goods are on the shelf."""
    order = await sent(rig)
    opened = await rig.client.perform(ask(order, 3))
    command = here(opened, order, (1, RESTOCKED), (1, DAMAGED))
    rig.simulator.faults.plan(cut(lost))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    found = await rig.client.look_up(command)
    await rig.client.perform(command)
    assert (found is None) == (lost == "OrderMarkSet")
    assert sorted(disposed(rig)) == [("NOT_RESTOCKED", 1), ("RESTOCKED", 1)]


async def test_a_receipt_waits_for_one_that_was_broken_off(rig: Rig) -> None:
    """Which units are whose could not be told apart: the first has to come to its end."""
    order = await sent(rig)
    opened = await rig.client.perform(ask(order, 3))
    first = here(opened, order, (1, RESTOCKED))
    second = here(opened, order, (1, RESTOCKED), key="take-2")
    rig.simulator.faults.plan(down("ReturnDispose"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(first)
    with pytest.raises(Unavailable):
        await rig.client.perform(second)
    assert disposed(rig) == []
    await rig.client.perform(first)
    await rig.client.perform(second)
    assert disposed(rig) == [("RESTOCKED", 1), ("RESTOCKED", 1)]


async def test_a_receipt_that_shopify_refuses_holds_up_no_other(rig: Rig) -> None:
    """Its mark is taken off again."""
    order = await sent(rig)
    opened = await rig.client.perform(ask(order, 3))
    nowhere = replace(here(opened, order), location_id="gid://shopify/Location/7")
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(nowhere)
    await rig.client.perform(here(opened, order, (1, RESTOCKED), key="take-2"))
    assert caught.value.code == "INVALID"
    assert disposed(rig) == [("RESTOCKED", 1)]


async def test_without_a_place_nothing_is_restocked(rig: Rig) -> None:
    """The order does not say where it was sent from; nothing is marked either."""
    order = await sent(rig)
    opened = await rig.client.perform(ask(order, 1))
    for one in rig.state(order.external_id)["fulfillments"]:
        one["location"] = None
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(here(opened, order))
    assert caught.value.code == "LOCATION_REQUIRED"
    assert (rig.asked("OrderMarkSet"), disposed(rig)) == (0, [])


@pytest.mark.parametrize("units", [((3, RESTOCKED),), ((1, RESTOCKED), (2, DAMAGED))])
async def test_more_than_is_to_come_is_a_conflict(
    rig: Rig, units: tuple[tuple[int, Disposition], ...]
) -> None:
    """In one disposition, or in all together; nothing is marked."""
    order = await sent(rig)
    opened = await rig.client.perform(ask(order, 2))
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(here(opened, order, *units))
    assert caught.value.code == "NOT_AWAITED"
    assert (rig.asked("OrderMarkSet"), disposed(rig)) == (0, [])


async def test_what_was_received_already_is_not_received_again(rig: Rig) -> None:
    """By the merchant's own people."""
    order = await sent(rig)
    opened = await rig.client.perform(ask(order, 1))
    line_id = order.lines[0].external_id
    rig.simulator.receive_return(opened.external_id or "", line_id, 1, "DC-1")
    with pytest.raises(Conflict):
        await rig.client.perform(here(opened, order))
    assert disposed(rig) == [("RESTOCKED", 1)]


async def test_a_return_that_is_not_approved_is_not_received(rig: Rig) -> None:
    """Shopify does not say yet of which line its units are."""
    order = await sent(rig)
    asked = rig.simulator.ask_return(order.external_id, {order.lines[0].external_id: 1})
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(ReceiveReturn(key="k", return_id=asked))
    assert (caught.value.code, disposed(rig)) == ("REQUESTED", [])


@pytest.mark.parametrize("return_id", ["gid://shopify/Return/7", "gid://shopify/Order/7", "7"])
async def test_what_is_not_there_is_missing(rig: Rig, return_id: str) -> None:
    """Asked for or looked up; nothing that is no gid is asked for at all."""
    command = ReceiveReturn(key="k", return_id=return_id)
    with pytest.raises(Missing):
        await rig.client.perform(command)
    assert await rig.client.look_up(command) is None
