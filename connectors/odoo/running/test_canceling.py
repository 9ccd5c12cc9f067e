"""CancelOrder, as far as the goods are still in the house, on a running Odoo."""

from decimal import Decimal

import pytest

from connectors.odoo.running.live import (
    ADA,
    Live,
    between,
    number,
    only,
    with_each_reply_lost,
)
from connectors.sdk.commands import CancelOrder
from connectors.sdk.errors import Conflict, Missing, Unsupported
from connectors.sdk.records import OrderRecord
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.values import LineQuantity

pytestmark = pytest.mark.systems

SKU = "TEE-BLK-XL"


def cancel(order_id: str, *lines: LineQuantity, restock: bool = True) -> CancelOrder:
    return CancelOrder(
        key=f"cancel-{order_id}", order_id=order_id, lines=lines, reason="customer", restock=restock
    )


async def test_a_draft_and_a_confirmed_sale_are_canceled(live: Live) -> None:
    """Stock is free again, and no transfer is left open."""
    before = (await live.level(SKU)).quantities
    for sale in (
        await live.staff.draft(ADA, "DC-RENO", {SKU: 2}),
        await live.staff.sell(ADA, "DC-RENO", {SKU: 2}),
    ):
        outcome = await live.client.perform(cancel(f"sale:{sale}"))

        order = only(OrderRecord, outcome.changes)
        assert (order.status, order.raw_status) == (OrderStatus.CANCELED, "cancel")
        assert order.lines[0].counters.canceled == 2
        transfers = await live.staff.find("stock.picking", [["sale_id", "=", sale]], "state")
        assert {one["state"] for one in transfers} <= {"cancel"}
    assert (await live.level(SKU)).quantities == before


async def test_what_has_left_stays_sold_and_what_comes_back_goes_on(live: Live) -> None:
    """The rest is canceled; a return that is under way is not."""
    await live.staff.count(SKU, "STORE-CHI", 20)
    sale = await live.staff.sell(ADA, "STORE-CHI", {SKU: 3})
    [delivery] = await live.staff.deliveries_of(sale)
    await live.staff.ship(delivery, "1Z1", most=2)
    back = await live.staff.agree_return(delivery, 1)

    outcome = await live.client.perform(cancel(f"sale:{sale}"))

    counted = only(OrderRecord, outcome.changes).lines[0].counters
    assert (counted.fulfilled, counted.canceled, counted.return_requested) == (2, 1, 1)
    assert await live.staff.state_of(delivery) == "done"
    assert await live.staff.state_of(back) == "assigned"
    again = await live.client.perform(cancel(f"sale:{sale}"))
    assert only(OrderRecord, again.changes).lines[0].counters == counted


async def test_a_sale_that_has_left_cannot_be_canceled(live: Live) -> None:
    """Nothing is written."""
    await live.staff.count(SKU, "STORE-CHI", 20)
    sale = await live.staff.sell(ADA, "STORE-CHI", {SKU: 1})
    [delivery] = await live.staff.deliveries_of(sale)
    await live.staff.ship(delivery, "1Z1")

    async with between(live) as line:
        with pytest.raises(Conflict) as caught:
            await live.opened(url=line.url).perform(cancel(f"sale:{sale}"))

    assert (caught.value.code, line.writes) == ("done", [])
    assert await live.client.look_up(cancel(f"sale:{sale}")) is None


async def test_goods_that_leave_in_the_meanwhile_stay_sold(live: Live) -> None:
    """Odoo refuses the call as a whole."""
    await live.staff.count(SKU, "STORE-CHI", 20)
    sale = await live.staff.sell(ADA, "STORE-CHI", {SKU: 1})
    [delivery] = await live.staff.deliveries_of(sale)

    async with between(live) as line:
        line.meanwhile["sale.order.action_cancel"] = lambda: live.staff.ship(delivery, "1Z1")
        with pytest.raises(Conflict) as caught:
            await live.opened(url=line.url).perform(cancel(f"sale:{sale}"))

    assert caught.value.code == "done"
    assert (await live.order(sale)).lines[0].counters.fulfilled == 1


async def test_whatever_reply_is_lost_a_sale_is_canceled_once(live: Live) -> None:
    """One call does all of it; looking up tells."""
    before = (await live.level(SKU)).quantities

    async def command() -> CancelOrder:
        return cancel(f"sale:{await live.staff.sell(ADA, 'DC-RENO', {SKU: 1})}")

    given = await with_each_reply_lost(live, command)

    assert len(given) == 2
    for one, _ in given:
        assert isinstance(one, CancelOrder)
        row = await live.staff.read("sale.order", number(one.order_id), "state")
        assert row["state"] == "cancel"
    assert (await live.level(SKU)).quantities == before


async def test_what_cannot_be_canceled_is_refused_and_nothing_is_written(live: Live) -> None:
    """A line, goods that are to stay off the shelf, a till's sale, and what is not there."""
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 2})
    basket = await live.staff.sell_at_till("STORE-NYC", {SKU: 1}, handed=Decimal(50), method="cash")
    order_id = f"sale:{sale}"

    async with between(live) as line:
        client = live.opened(url=line.url)
        for command, error in (
            (cancel(order_id, LineQuantity(line_id="1", quantity=1)), Unsupported),
            (cancel(order_id, restock=False), Unsupported),
            (cancel(f"pos:{basket}"), Conflict),
            (cancel("sale:99999"), Missing),
            (cancel("pos:99999"), Missing),
            (cancel("99999"), Missing),
        ):
            with pytest.raises(error):
                await client.perform(command)

    assert line.writes == []
    assert (await live.staff.read("sale.order", sale, "state"))["state"] == "sale"
