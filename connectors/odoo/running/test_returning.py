"""RequestReturn and ReceiveReturn, exactly once, on a running Odoo."""

from uuid import uuid4

import pytest

from connectors.odoo.running.live import (
    ADA,
    Live,
    between,
    number,
    only,
    with_each_reply_lost,
)
from connectors.sdk.commands import ReceivedLine, ReceiveReturn, RequestReturn
from connectors.sdk.errors import Conflict, Missing, Rejected, Unsupported
from connectors.sdk.records import OrderRecord, ReturnRecord
from connectors.sdk.records.states import Disposition, ReturnReason, ReturnStatus
from connectors.sdk.values import LineQuantity

pytestmark = pytest.mark.systems

SKU = "MUG-ENML-OS"


async def sent(live: Live, quantity: int, warehouse: str = "STORE-CHI") -> tuple[int, str]:
    """Have so many sent to Ada; return the sale and its line."""
    await live.staff.count(SKU, warehouse, 20)
    sale = await live.staff.sell(ADA, warehouse, {SKU: quantity})
    [delivery] = await live.staff.deliveries_of(sale)
    await live.staff.ship(delivery, "1Z999")
    [line] = await live.staff.find("sale.order.line", [["order_id", "=", sale]])
    return sale, str(line["id"])


def back(sale: int, line: str, quantity: int, location_id: str | None = None) -> RequestReturn:
    return RequestReturn(
        key=f"return-{uuid4().hex}",
        order_id=f"sale:{sale}",
        lines=(LineQuantity(line_id=line, quantity=quantity),),
        reason=ReturnReason.SIZE_TOO_SMALL,
        note="tight at the shoulders",
        location_id=location_id,
    )


def arrived(external_id: str | None, *lines: ReceivedLine) -> ReceiveReturn:
    assert external_id
    return ReceiveReturn(key=f"arrived-{external_id}", return_id=external_id, lines=lines)


async def test_a_return_is_opened_and_nothing_moves(live: Live) -> None:
    """A transfer from the customer that says why, ready to be received."""
    sale, line = await sent(live, 3)
    before = await live.staff.on_hand(SKU, "STORE-CHI")
    command = back(sale, line, 2)

    outcome = await live.client.perform(command)

    record = only(ReturnRecord, outcome.changes)
    assert outcome.external_id == record.external_id
    assert (record.order_id, record.status) == (f"sale:{sale}", ReturnStatus.APPROVED)
    assert [(one.line_id, one.sku, one.quantity) for one in record.lines] == [(line, SKU, 2)]
    assert record.location_id == live.warehouse("STORE-CHI")
    [counted] = only(OrderRecord, outcome.changes).lines
    assert (counted.counters.return_requested, counted.counters.returned) == (2, 0)
    row = await live.staff.read("stock.picking", number(outcome.external_id), "state", "note")
    said = f"Size too small: tight at the shoulders\n[{command.key}]"
    assert (row["state"], row["note"]) == ("assigned", said)
    assert await live.staff.on_hand(SKU, "STORE-CHI") == before


async def test_what_arrives_is_on_the_shelf_and_off_the_delivered(live: Live) -> None:
    """Both by Odoo's own count: stock, and `qty_delivered`, which goes down for to_refund alone."""
    sale, line = await sent(live, 3)
    opened = await live.client.perform(back(sale, line, 2))
    before = await live.staff.on_hand(SKU, "STORE-CHI")

    outcome = await live.client.perform(arrived(opened.external_id))

    assert only(ReturnRecord, outcome.changes).status is ReturnStatus.RECEIVED
    [counted] = only(OrderRecord, outcome.changes).lines
    assert (counted.counters.fulfilled, counted.counters.returned) == (3, 2)
    row = await live.staff.read("sale.order.line", int(line), "qty_delivered")
    assert row["qty_delivered"] == 1
    assert await live.staff.on_hand(SKU, "STORE-CHI") == before + 2


async def test_a_part_arrives_and_the_rest_is_still_to_come(live: Live) -> None:
    """Under a return of its own."""
    sale, line = await sent(live, 3)
    opened = await live.client.perform(back(sale, line, 3))
    before = await live.staff.on_hand(SKU, "STORE-CHI")

    outcome = await live.client.perform(
        arrived(opened.external_id, ReceivedLine(line_id=line, quantity=1))
    )

    found = [one for one in outcome.changes if isinstance(one, ReturnRecord)]
    assert [(one.status, one.lines[0].quantity) for one in found] == [
        (ReturnStatus.RECEIVED, 1),
        (ReturnStatus.APPROVED, 2),
    ]
    assert outcome.external_id == found[0].external_id == opened.external_id
    assert await live.staff.on_hand(SKU, "STORE-CHI") == before + 1


async def test_goods_may_come_back_to_another_place(live: Live) -> None:
    """Sent from a store, returned to the depot."""
    sale, line = await sent(live, 1)
    before = await live.staff.on_hand(SKU, "DC-RENO")
    depot = live.warehouse("DC-RENO")

    opened = await live.client.perform(back(sale, line, 1, depot))
    await live.client.perform(arrived(opened.external_id))

    assert only(ReturnRecord, opened.changes).location_id == depot
    assert await live.staff.on_hand(SKU, "DC-RENO") == before + 1


async def test_opening_again_changes_nothing(live: Live) -> None:
    """The same key finds the return it made, after it was received, too."""
    sale, line = await sent(live, 2)
    command = back(sale, line, 1)
    nothing = await live.client.look_up(command)
    first = await live.client.perform(command)
    second = await live.client.perform(command)
    await live.client.perform(arrived(first.external_id))
    found = await live.client.look_up(command)

    assert nothing is None
    assert found is not None
    assert first.external_id == second.external_id == found.external_id
    assert len(await live.staff.transfers_of(sale, "incoming")) == 1


async def test_whatever_reply_is_lost_one_return_is_opened(live: Live) -> None:
    """A draft that nobody heard of is found by its note, and gone on with."""

    async def command() -> RequestReturn:
        return back(*await sent(live, 2), 1)

    given = await with_each_reply_lost(live, command)

    assert len(given) == 3, "making it and making it ready can be lost"
    for one, outcome in given:
        assert isinstance(one, RequestReturn)
        sale = number(one.order_id)
        assert await live.staff.transfers_of(sale, "incoming") == [number(outcome.external_id)]
        assert await live.staff.state_of(number(outcome.external_id)) == "assigned"


async def test_whatever_reply_is_lost_goods_arrive_once(live: Live) -> None:
    """A part of them, so that all the writes there are can be lost."""
    lines: list[str] = []

    async def command() -> ReceiveReturn:
        sale, line = await sent(live, 2)
        lines.append(line)
        opened = await live.client.perform(back(sale, line, 2))
        return arrived(opened.external_id, ReceivedLine(line_id=line, quantity=1))

    given = await with_each_reply_lost(live, command)

    assert len(given) == 4, "the quantity, the button and its wizard can be lost"
    for line in lines:
        row = await live.staff.read("sale.order.line", int(line), "qty_delivered")
        assert row["qty_delivered"] == 1


async def test_more_than_the_customer_has_is_refused(live: Live) -> None:
    """What is on its way back counts, whoever agreed to it; nothing is written."""
    sale, line = await sent(live, 3)
    [delivery] = await live.staff.deliveries_of(sale)
    await live.staff.agree_return(delivery, 2)

    async with between(live) as wire:
        with pytest.raises(Conflict) as caught:
            await live.opened(url=wire.url).perform(back(sale, line, 2))

    assert (caught.value.code, wire.writes) == ("returnable", [])
    assert len(await live.staff.transfers_of(sale, "incoming")) == 1


async def test_what_two_deliveries_brought_is_returned_by_two(live: Live) -> None:
    """A return in Odoo is of one delivery; one that can be is."""
    await live.staff.count(SKU, "STORE-CHI", 20)
    sale = await live.staff.sell(ADA, "STORE-CHI", {SKU: 3})
    [first] = await live.staff.deliveries_of(sale)
    await live.staff.ship(first, "1Z1", most=1)
    [rest] = [one for one in await live.staff.deliveries_of(sale) if one != first]
    await live.staff.ship(rest, "1Z2")
    [line] = await live.staff.find("sale.order.line", [["order_id", "=", sale]])

    with pytest.raises(Rejected) as caught:
        await live.client.perform(back(sale, str(line["id"]), 3))

    assert caught.value.code == "several_deliveries"
    assert await live.staff.transfers_of(sale, "incoming") == []
    outcome = await live.client.perform(back(sale, str(line["id"]), 2))
    assert only(ReturnRecord, outcome.changes).lines[0].quantity == 2


async def test_what_cannot_be_stated_is_refused_and_nothing_is_written(live: Live) -> None:
    """Damaged goods, goods that were not to come, and what is not there."""
    sale, line = await sent(live, 1)
    opened = await live.client.perform(back(sale, line, 1))
    damaged = ReceivedLine(line_id=line, quantity=1, disposition=Disposition.DAMAGED)
    order = await live.staff.sell_at_till("STORE-NYC", {SKU: 1})

    async with between(live) as wire:
        client = live.opened(url=wire.url)
        for command, error, code in (
            (arrived(opened.external_id, damaged), Rejected, "disposition"),
            (
                arrived(opened.external_id, ReceivedLine(line_id=line, quantity=2)),
                Rejected,
                "quantity",
            ),
            (arrived("picking:99999"), Missing, "404"),
            (back(99999, line, 1), Missing, "404"),
            (back(sale, "99999", 1), Missing, "404"),
        ):
            with pytest.raises(error) as caught:
                await client.perform(command)
            assert caught.value.code == code
        at_till = RequestReturn(
            key=uuid4().hex, order_id=f"pos:{order}", lines=(), reason=ReturnReason.OTHER
        )
        with pytest.raises(Unsupported):
            await client.perform(at_till)

    assert wire.writes == []
    assert await live.staff.state_of(number(opened.external_id)) == "assigned"
