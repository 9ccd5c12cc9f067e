"""RequestReturn on a running Tryton."""

from uuid import uuid4

import pytest

from connectors.sdk.commands import RequestReturn
from connectors.sdk.errors import Conflict, Missing, Rejected, Unsupported
from connectors.sdk.records import LineCounters, OrderRecord, ReturnRecord
from connectors.sdk.records.states import ReturnReason, ReturnStatus
from connectors.sdk.values import LineQuantity
from connectors.tryton.running.live import ADA, Live, between, number, only, with_each_reply_lost

pytestmark = pytest.mark.systems

SKU = "TEE-WHT-M"


def back(order_id: str, *lines: LineQuantity, location_id: str | None = None) -> RequestReturn:
    return RequestReturn(
        key=uuid4().hex,
        order_id=order_id,
        lines=lines or (units(1),),
        reason=ReturnReason.SIZE_TOO_SMALL,
        note="Tight at the shoulders",
        location_id=location_id,
    )


def units(quantity: int, sku: str = SKU) -> LineQuantity:
    return LineQuantity(sku=sku, quantity=quantity)


async def sent(live: Live, lines: dict[str, int]) -> int:
    """A sale whose goods the customer has."""
    sale = await live.staff.sell(ADA, "DC-RENO", lines)
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.ship(shipment, f"1Z{sale}")
    return sale


async def returns_of(live: Live, sale: int) -> list[int]:
    found = await live.staff.find("sale.sale", [["origin", "=", f"sale.sale,{sale}"]])
    return [row["id"] for row in found]


async def test_a_return_is_opened_and_nothing_moves_yet(live: Live) -> None:
    """Neither goods nor money: they are on their way, by the books, and come when they come."""
    sale = await sent(live, {SKU: 3})
    [line] = (await live.order(sale)).lines
    before = await live.staff.on_hand(SKU, "DC-RENO")
    asked = LineQuantity(line_id=line.external_id, quantity=2)

    outcome = await live.client.perform(back(f"sale.sale,{sale}", asked))

    record = only(ReturnRecord, outcome.changes)
    assert outcome.external_id == record.external_id
    assert (record.order_id, record.status) == (f"sale.sale,{sale}", ReturnStatus.APPROVED)
    assert record.lines == (LineQuantity(line_id=line.external_id, sku=SKU, quantity=2),)
    assert record.location_id == live.warehouse("DC-RENO")
    counters = only(OrderRecord, outcome.changes).lines[0].counters
    assert counters == LineCounters(ordered=3, fulfilled=3, return_requested=2)
    assert await live.staff.on_hand(SKU, "DC-RENO") == before


async def test_a_return_is_on_the_terms_of_its_order(live: Live) -> None:
    """Its price and taxes, and why it comes back, for whoever opens it in Tryton."""
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 1}, is_taxed=True)
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.ship(shipment, "1Z-TAX")

    outcome = await live.client.perform(back(f"sale.sale,{sale}"))

    fields = ("untaxed_amount", "tax_amount", "party", "invoice_method", "description", "comment")
    first = await live.staff.read("sale.sale", sale, *fields)
    second = await live.staff.read("sale.sale", number(outcome.external_id), *fields)
    assert (second["party"], second["invoice_method"]) == (first["party"], first["invoice_method"])
    for amount in ("untaxed_amount", "tax_amount"):
        assert second[amount]["decimal"] == f"-{first[amount]['decimal']}"
    assert second["description"] == "Return: SIZE_TOO_SMALL"
    assert second["comment"] == "Tight at the shoulders"


async def test_a_return_comes_to_the_warehouse_that_it_is_to_come_to(live: Live) -> None:
    """Sent from the depot, brought to the shop."""
    sale = await sent(live, {SKU: 1})
    shop = live.warehouse("STORE-NYC")

    outcome = await live.client.perform(back(f"sale.sale,{sale}", location_id=shop))

    assert only(ReturnRecord, outcome.changes).location_id == shop


async def test_the_same_key_opens_one_return(live: Live) -> None:
    """And looking it up finds it."""
    sale = await sent(live, {SKU: 2})
    command = back(f"sale.sale,{sale}")
    nothing = await live.client.look_up(command)
    first = await live.client.perform(command)
    again = await live.client.perform(command)
    found = await live.client.look_up(command)

    assert nothing is None
    assert found is not None
    assert (again.external_id, found.external_id) == (first.external_id, first.external_id)
    assert await returns_of(live, sale) == [number(first.external_id)]


async def test_whatever_reply_is_lost_one_return_is_opened(live: Live) -> None:
    """At every step from the draft on; each is planned once."""
    sale = await sent(live, {SKU: 12})

    async def command() -> RequestReturn:
        return back(f"sale.sale,{sale}")

    given = await with_each_reply_lost(live, command)

    returns = await returns_of(live, sale)
    assert returns == [number(outcome.external_id) for _, outcome in given]
    for returned in returns:
        row = await live.staff.read("sale.sale", returned, "state", "shipment_returns")
        assert (row["state"], len(row["shipment_returns"])) == ("processing", 1)


async def test_goods_that_a_warehouse_sent_for_us_come_back_under_our_reference(live: Live) -> None:
    """Their order is another system's: the work is named instead. Nothing was billed, nothing is
    credited."""
    request = await live.request({SKU: 2})
    work = await live.client.perform(request)
    await live.staff.ship(number(work.external_id), "1Z-OURS-BACK")

    outcome = await live.client.perform(back(work.external_id or ""))

    record = only(ReturnRecord, outcome.changes)
    assert (record.reference, record.order_id) == (request.reference, None)
    row = await live.staff.read("sale.sale", number(record.external_id), "invoices")
    assert row["invoices"] == []


async def test_more_than_the_customer_has_is_a_conflict(live: Live) -> None:
    """What is on its way back already counts; nothing is written."""
    sale = await sent(live, {SKU: 2})
    await live.client.perform(back(f"sale.sale,{sale}"))

    async with between(live) as line:
        with pytest.raises(Conflict) as caught:
            await live.opened(url=line.url).perform(back(f"sale.sale,{sale}", units(2)))

    assert caught.value.code == "not_sent"
    assert line.writes == []
    assert len(await returns_of(live, sale)) == 1


@pytest.mark.parametrize(
    "line",
    [
        LineQuantity(line_id="99999", quantity=1),
        LineQuantity(sku="NOBODY-HAS-IT", quantity=1),
        LineQuantity(quantity=1),
    ],
)
async def test_what_was_not_in_the_order_is_refused(live: Live, line: LineQuantity) -> None:
    """Nothing is written."""
    sale = await sent(live, {SKU: 1})

    with pytest.raises(Rejected) as caught:
        await live.client.perform(back(f"sale.sale,{sale}", line))

    assert caught.value.code == "unknown_line"
    assert await returns_of(live, sale) == []


async def test_goods_come_back_of_an_order_that_sold_work_as_well(live: Live) -> None:
    """A line without a product has nothing that could come back."""
    sale = await live.staff.draft(ADA, "DC-RENO", {SKU: 1})
    price = {"__class__": "Decimal", "decimal": "5.00"}
    work_line = {"type": "line", "unit": 1, "quantity": 1, "unit_price": price}
    extra = [["create", [work_line | {"description": "Hemming"}]]]
    await live.staff.call("PUT", f"sale.sale/{sale}", {"lines": extra})
    for button in ("quote", "confirm", "process"):
        await live.staff.press("sale.sale", sale, button)
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.ship(shipment, "1Z-HEM")
    work = next(one for one in (await live.order(sale)).lines if one.sku is None)

    with pytest.raises(Rejected) as caught:
        line = LineQuantity(line_id=work.external_id, quantity=1)
        await live.client.perform(back(f"sale.sale,{sale}", line))
    outcome = await live.client.perform(back(f"sale.sale,{sale}"))

    assert caught.value.code == "unknown_line"
    assert only(ReturnRecord, outcome.changes).lines[0].sku == SKU
    assert len(await returns_of(live, sale)) == 1


async def test_a_warehouse_that_is_none_is_refused(live: Live) -> None:
    """A zone of one, here; nothing is written."""
    sale = await sent(live, {SKU: 1})

    with pytest.raises(Rejected) as caught:
        await live.client.perform(back(f"sale.sale,{sale}", location_id="3"))

    assert caught.value.code == "unknown_location"
    assert await returns_of(live, sale) == []


async def test_a_till_takes_goods_back_itself(live: Live) -> None:
    """Paid out in cash, at once."""
    sale = await live.staff.sell_at_till("STORE-CHI", SKU)

    with pytest.raises(Unsupported):
        await live.client.perform(back(f"sale.point.sale,{sale}"))


@pytest.mark.parametrize("order_id", ["sale.sale,99999", "stock.shipment.out,99999", "7"])
async def test_what_is_not_there_is_missing(live: Live, order_id: str) -> None:
    """The gateway reconciles that subject then."""
    with pytest.raises(Missing):
        await live.client.perform(back(order_id))


async def test_a_return_that_was_called_off_stays_so(live: Live) -> None:
    """Its key opens no second one."""
    sale = await sent(live, {SKU: 1})
    command = back(f"sale.sale,{sale}")
    async with between(live) as line:
        line.meanwhile["/quote"] = lambda: call_off(live, sale)
        with pytest.raises(Conflict):
            await live.opened(url=line.url).perform(command)

    with pytest.raises(Conflict) as caught:
        await live.client.perform(command)

    assert caught.value.code == "cancelled"
    assert len(await returns_of(live, sale)) == 1


async def call_off(live: Live, sale: int) -> None:
    [returned] = await returns_of(live, sale)
    await live.staff.press("sale.sale", returned, "cancel")


async def test_a_clerks_key_opens_returns(live: Live) -> None:
    """No administrator is needed."""
    sale = await sent(live, {SKU: 1})
    client = live.opened(**await live.staff.hire())
    command = back(f"sale.sale,{sale}")

    await client.perform(command)

    assert await client.look_up(command) is not None
    assert len(await returns_of(live, sale)) == 1
