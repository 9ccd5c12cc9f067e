"""CancelOrder on a running Tryton."""

import pytest

from connectors.sdk.commands import CancelOrder
from connectors.sdk.errors import Conflict, Misconfigured, Missing, Unsupported
from connectors.sdk.records import LineCounters, OrderRecord
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.values import LineQuantity
from connectors.tryton.running.live import ADA, Live, between, number, only, with_each_reply_lost

pytestmark = pytest.mark.systems

SKU = "HOOD-GRY-XL"


def cancel(order_id: str, *lines: LineQuantity, restock: bool = True) -> CancelOrder:
    return CancelOrder(
        key=f"cancel-{order_id}", order_id=order_id, lines=lines, reason="customer", restock=restock
    )


async def test_a_draft_is_canceled(live: Live) -> None:
    """And again, which changes nothing."""
    sale = await live.staff.draft(ADA, "DC-RENO", {SKU: 2})
    command = cancel(f"sale.sale,{sale}")
    nothing = await live.client.look_up(command)

    first = only(OrderRecord, (await live.client.perform(command)).changes)
    again = only(OrderRecord, (await live.client.perform(command)).changes)

    assert nothing is None
    assert (first.status, first.raw_status) == (OrderStatus.CANCELED, "cancelled")
    assert first.lines == again.lines
    assert await live.client.look_up(command) is not None


async def test_a_quotation_is_canceled(live: Live) -> None:
    """It has a number by then."""
    sale = await live.staff.draft(ADA, "DC-RENO", {SKU: 2})
    await live.staff.press("sale.sale", sale, "quote")

    outcome = await live.client.perform(cancel(f"sale.sale,{sale}"))

    assert only(OrderRecord, outcome.changes).status is OrderStatus.CANCELED


async def test_a_confirmed_sale_is_made_a_draft_and_canceled(live: Live) -> None:
    """It stays confirmed when processing fails: here for want of an account to book it on."""
    await live.staff.offer("UNBOOKABLE", account_category=None)
    sale = await live.staff.draft(ADA, "DC-RENO", {"UNBOOKABLE": 2})
    await live.staff.press("sale.sale", sale, "quote")
    await live.staff.press("sale.sale", sale, "confirm")
    confirmed = await live.order(sale)

    outcome = await live.client.perform(cancel(f"sale.sale,{sale}"))

    assert (confirmed.status, confirmed.raw_status) == (OrderStatus.CONFIRMED, "confirmed")
    assert only(OrderRecord, outcome.changes).raw_status == "cancelled"


@pytest.mark.parametrize("state", ["waiting", "assigned", "picked", "packed"])
async def test_what_is_processed_is_canceled_by_its_shipment(live: Live, state: str) -> None:
    """The sale stays *processing* in Tryton for ever; its counters say what is so."""
    before = (await live.level(SKU)).quantities
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 3})
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.bring_to(shipment, state)

    outcome = await live.client.perform(cancel(f"sale.sale,{sale}"))

    order = only(OrderRecord, outcome.changes)
    assert (order.status, order.raw_status) == (OrderStatus.CANCELED, "processing")
    assert order.lines[0].counters == LineCounters(ordered=3, canceled=3)
    assert (await live.level(SKU)).quantities == before
    assert await live.client.look_up(cancel(f"sale.sale,{sale}")) is not None


async def test_of_an_order_that_left_in_part_the_rest_is_canceled(live: Live) -> None:
    """Two have left, three have not."""
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 5})
    [shipment] = await live.staff.shipments_of(sale)
    row = await live.staff.read("stock.shipment.out", shipment, "inventory_moves")
    await live.staff.call("PUT", f"stock.move/{row['inventory_moves'][0]}", {"quantity": 2})
    await live.staff.bring_to(shipment, "done")
    before = await live.staff.on_hand(SKU, "DC-RENO")

    outcome = await live.client.perform(cancel(f"sale.sale,{sale}"))

    order = only(OrderRecord, outcome.changes)
    assert order.status is OrderStatus.CONFIRMED
    assert order.lines[0].counters == LineCounters(ordered=5, canceled=3, fulfilled=2)
    assert await live.staff.on_hand(SKU, "DC-RENO") == before
    assert await live.client.look_up(cancel(f"sale.sale,{sale}")) is not None


@pytest.mark.parametrize("state", ["shipped", "done"])
async def test_what_has_left_is_not_canceled(live: Live, state: str) -> None:
    """It comes back as a return, or not at all."""
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 1})
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.bring_to(shipment, state)
    before = await live.staff.on_hand(SKU, "DC-RENO")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(cancel(f"sale.sale,{sale}"))

    assert caught.value.code == "shipped"
    assert await live.staff.state_of(shipment) == state
    assert await live.staff.on_hand(SKU, "DC-RENO") == before


async def test_whatever_reply_is_lost_an_order_is_canceled_once(live: Live) -> None:
    """Through shipment and wizard."""
    before = (await live.level(SKU)).quantities

    async def command() -> CancelOrder:
        return cancel(f"sale.sale,{await live.staff.sell(ADA, 'DC-RENO', {SKU: 1})}")

    for given, _ in await with_each_reply_lost(live, command):
        assert isinstance(given, CancelOrder)
        order = await live.order(number(given.order_id))
        assert order.lines[0].counters == LineCounters(ordered=1, canceled=1)
    assert (await live.level(SKU)).quantities == before


async def test_without_an_account_what_is_processed_stays(live: Live) -> None:
    """Nothing is written; a draft needs no account."""
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 1})
    draft = await live.staff.draft(ADA, "DC-RENO", {SKU: 1})

    async with between(live) as line:
        client = live.opened(url=line.url, user="", password="")
        with pytest.raises(Misconfigured, match="user, password"):
            await client.perform(cancel(f"sale.sale,{sale}"))
        writes = list(line.writes)
        outcome = await client.perform(cancel(f"sale.sale,{draft}"))

    assert writes == []
    assert (await live.order(sale)).lines[0].counters == LineCounters(ordered=1)
    assert only(OrderRecord, outcome.changes).status is OrderStatus.CANCELED


async def test_a_basket_that_nobody_paid_is_given_up(live: Live) -> None:
    """A till's sale is an order, too, until it is paid."""
    basket = await live.staff.open_basket("STORE-CHI", SKU)

    outcome = await live.client.perform(cancel(f"sale.point.sale,{basket}"))

    assert only(OrderRecord, outcome.changes).status is OrderStatus.CANCELED


async def test_a_paid_sale_at_the_till_stays(live: Live) -> None:
    """The goods are in the customer's hands."""
    sale = await live.staff.sell_at_till("STORE-CHI", SKU)
    before = await live.staff.on_hand(SKU, "STORE-CHI")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(cancel(f"sale.point.sale,{sale}"))

    assert caught.value.code == "posted"
    assert await live.staff.on_hand(SKU, "STORE-CHI") == before


@pytest.mark.parametrize(
    "command",
    [
        cancel("sale.sale,1", LineQuantity(line_id="1", quantity=1)),
        cancel("sale.sale,1", restock=False),
    ],
)
async def test_what_tryton_cannot_is_refused_before_anything_is_sent(
    live: Live, command: CancelOrder
) -> None:
    """Single lines, and goods that are to vanish."""
    async with between(live) as line:
        with pytest.raises(Unsupported):
            await live.opened(url=line.url).perform(command)

    assert line.writes == []


@pytest.mark.parametrize(
    "order_id", ["sale.sale,99999", "sale.point.sale,99999", "party.party,1", "7"]
)
async def test_what_is_not_there_is_missing(live: Live, order_id: str) -> None:
    """The gateway reconciles that subject then."""
    with pytest.raises(Missing):
        await live.client.perform(cancel(order_id))
