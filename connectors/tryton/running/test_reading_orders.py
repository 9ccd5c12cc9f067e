"""Orders, tills, returns, work and parcels, in every state they can be in."""

import re

import pytest

from connectors.sdk.records import (
    FulfillmentOrderRecord,
    Kind,
    LineCounters,
    OrderRecord,
    RefundRecord,
    ReturnRecord,
    TotalsRecord,
    Tracking,
)
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    Method,
    OrderStatus,
    RequestStatus,
    ReturnStatus,
    Stage,
    TransactionStatus,
)
from connectors.sdk.values import LineQuantity, Money
from connectors.tryton.running.live import ADA, BEN, Live, only

pytestmark = pytest.mark.systems


def usd(minor: int) -> Money:
    return Money(minor=minor, currency="USD")


async def test_an_order_of_the_office_in_full(live: Live) -> None:
    """Postage is a line in Tryton and no line of the order; tax is the seed's 8 %."""
    sale = await live.staff.sell(
        BEN,
        "DC-RENO",
        {"TOTE-NAT-OS": 2},
        is_taxed=True,
        shipment_cost_method="order",
        reference="PO-77",
    )

    order = await live.order(sale)

    assert order.external_id == f"sale.sale,{sale}"
    assert (order.status, order.raw_status) == (OrderStatus.CONFIRMED, "processing")
    assert order.totals == TotalsRecord(
        subtotal=usd(3200), discount=usd(0), shipping=usd(599), tax=usd(304), total=usd(4103)
    )
    [line] = order.lines
    assert (line.sku, line.title) == ("TOTE-NAT-OS", "Canvas Tote Natural")
    assert (line.unit_price, line.total) == (usd(1600), usd(3200))
    assert (line.counters, line.method) == (LineCounters(ordered=2), Method.SHIPPING)
    assert (order.email, order.shipping_method) == (BEN, "Acme Parcel")
    assert order.shipping_address and order.shipping_address.name == "Ben Larsen"


async def test_a_sale_is_an_order_from_its_first_draft_on(live: Live) -> None:
    """Its states in turn; a draft has no number of its own yet."""
    sale = await live.staff.draft(ADA, "DC-RENO", {"TEE-WHT-S": 1})
    drafted = await live.order(sale)
    await live.staff.press("sale.sale", sale, "quote")
    quoted = await live.order(sale)
    await live.staff.press("sale.sale", sale, "cancel")
    canceled = await live.order(sale)

    assert (drafted.status, drafted.number) == (OrderStatus.DRAFT, f"({sale})")
    assert (quoted.status, quoted.raw_status) == (OrderStatus.PENDING, "quotation")
    assert (canceled.status, canceled.raw_status) == (OrderStatus.CANCELED, "cancelled")
    assert canceled.lines[0].counters == LineCounters(ordered=1, canceled=1)


async def test_a_line_counts_what_has_left_not_what_was_picked(live: Live) -> None:
    """*shipped* counts, although Tryton books the goods out only when it is *done*."""
    sale = await live.staff.sell(ADA, "DC-RENO", {"TEE-WHT-M": 3})
    [shipment] = await live.staff.shipments_of(sale)
    counted = {}
    for state in ("waiting", "packed", "shipped", "done"):
        await live.staff.bring_to(shipment, state)
        counted[state] = (await live.order(sale)).lines[0].counters.fulfilled

    assert counted == {"waiting": 0, "packed": 0, "shipped": 3, "done": 3}


async def test_work_and_parcel_of_a_shipment_in_every_state(live: Live) -> None:
    """Tryton's states are the stages of a fulfillment order, and a parcel exists once it left."""
    sale = await live.staff.sell(ADA, "DC-RENO", {"TEE-WHT-L": 2, "TEE-WHT-XL": 1})
    [shipment] = await live.staff.shipments_of(sale)
    seen = {}
    for state in ("waiting", "assigned", "picked", "packed", "shipped", "done"):
        await live.staff.bring_to(shipment, state)
        if state == "picked":
            await live.staff.label(shipment, "1Z-EVERY")
        work = await live.work(shipment)
        seen[state] = (work.status, work.stage)

    assert seen == {
        "waiting": (FulfillmentOrderStatus.OPEN, Stage.NEW),
        "assigned": (FulfillmentOrderStatus.IN_PROGRESS, Stage.ACCEPTED),
        "picked": (FulfillmentOrderStatus.IN_PROGRESS, Stage.PICKED),
        "packed": (FulfillmentOrderStatus.IN_PROGRESS, Stage.PACKED),
        "shipped": (FulfillmentOrderStatus.CLOSED, Stage.SHIPPED),
        "done": (FulfillmentOrderStatus.CLOSED, Stage.SHIPPED),
    }
    lines = {one.sku: (one.line_id, one.quantity) for one in work.lines}
    order = await live.order(sale)
    assert lines == {one.sku: (one.external_id, one.counters.ordered) for one in order.lines}
    assert (work.order_id, work.reference) == (f"sale.sale,{sale}", None)
    assert work.request_status is RequestStatus.UNSUBMITTED
    parcel = await live.parcel(shipment)
    assert parcel.tracking == (Tracking(number="1Z-EVERY", carrier="Acme Parcel"),)
    assert parcel.fulfillment_order_id == work.external_id


async def test_a_parcel_left_when_it_was_shipped_not_when_it_was_done(live: Live) -> None:
    """The shipment keeps the day only; the journal knows the moment."""
    sale = await live.staff.sell(ADA, "DC-RENO", {"TEE-WHT-S": 1})
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.bring_to(shipment, "shipped")
    shipped = (await live.parcel(shipment)).shipped_at
    await live.staff.bring_to(shipment, "done")

    assert shipped is not None
    assert (await live.parcel(shipment)).shipped_at == shipped


async def test_a_canceled_shipment_keeps_its_lines(live: Live) -> None:
    """What was to be sent is still told."""
    sale = await live.staff.sell(ADA, "DC-RENO", {"TEE-WHT-S": 2})
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.press("stock.shipment.out", shipment, "cancel")

    work = await live.work(shipment)

    assert work.status is FulfillmentOrderStatus.CANCELED
    assert [(one.sku, one.quantity) for one in work.lines] == [("TEE-WHT-S", 2)]


async def test_picking_less_makes_a_second_shipment_for_the_rest(live: Live) -> None:
    """Both are told, each with its own units, and the order counts what has left."""
    sale = await live.staff.sell(ADA, "DC-RENO", {"TEE-WHT-M": 5})
    [shipment] = await live.staff.shipments_of(sale)
    row = await live.staff.read("stock.shipment.out", shipment, "inventory_moves")
    await live.staff.call("PUT", f"stock.move/{row['inventory_moves'][0]}", {"quantity": 2})
    await live.staff.bring_to(shipment, "done")

    works = [await live.work(one) for one in await live.staff.shipments_of(sale)]
    order = await live.order(sale)

    assert [(one.status, [line.quantity for line in one.lines]) for one in works] == [
        (FulfillmentOrderStatus.CLOSED, [2]),
        (FulfillmentOrderStatus.OPEN, [3]),
    ]
    assert order.lines[0].counters == LineCounters(ordered=5, fulfilled=2)


async def test_a_sale_at_the_till_is_an_order_handed_over(live: Live) -> None:
    """Paid, in the store, without a customer; the goods are gone from that store."""
    before = await live.staff.on_hand("HOOD-GRY-M", "STORE-NYC")
    sale = await live.staff.sell_at_till("STORE-NYC", "HOOD-GRY-M")

    [order] = await live.client.fetch(Kind.ORDER, [f"sale.point.sale,{sale}"])

    assert isinstance(order, OrderRecord)
    assert re.fullmatch(r"NYC-\d+", order.number)
    assert (order.status, order.raw_status) == (OrderStatus.COMPLETED, "posted")
    assert (order.location_id, order.customer_id) == (live.warehouse("STORE-NYC"), None)
    [line] = order.lines
    assert (line.sku, line.method) == ("HOOD-GRY-M", Method.IN_STORE)
    assert line.counters == LineCounters(ordered=1, fulfilled=1, delivered=1)
    assert order.totals.total == usd(order.totals.subtotal.minor + order.totals.tax.minor)
    [payment] = order.transactions
    assert (payment.status, payment.gateway) == (TransactionStatus.SUCCESS, "Card")
    assert payment.amount == order.totals.total
    assert await live.staff.on_hand("HOOD-GRY-M", "STORE-NYC") == before - 1


async def test_a_basket_is_a_draft_until_it_is_paid(live: Live) -> None:
    """An open till is no sale yet."""
    basket = await live.staff.open_basket("STORE-CHI", "HOOD-GRY-M", 2)

    [order] = await live.client.fetch(Kind.ORDER, [f"sale.point.sale,{basket}"])

    assert isinstance(order, OrderRecord)
    assert (order.status, order.number) == (OrderStatus.DRAFT, f"({basket})")
    assert order.lines[0].counters == LineCounters(ordered=2)


async def test_goods_brought_back_to_the_till_are_a_return_and_a_refund(live: Live) -> None:
    """Nothing says of which sale: both belong to no order."""
    sale = await live.staff.sell_at_till("STORE-NYC", "HOOD-GRY-M", -1, method="Cash")

    found = await live.client.fetch(Kind.ORDER, [f"sale.point.sale,{sale}"])

    assert [type(one) for one in found] == [ReturnRecord, RefundRecord]
    back, refund = only(ReturnRecord, found), only(RefundRecord, found)
    assert (back.order_id, back.status) == (None, ReturnStatus.CLOSED)
    assert back.lines == (LineQuantity(sku="HOOD-GRY-M", quantity=1),)
    assert back.location_id == live.warehouse("STORE-NYC")
    assert refund.order_id is None
    assert refund.amount.minor > 0


async def test_a_return_to_the_office_and_what_it_does_to_its_order(live: Live) -> None:
    """A sale with negative quantities in Tryton; a return, and counters of the order, here."""
    sale = await live.staff.sell(BEN, "DC-RENO", {"TEE-WHT-L": 3})
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.ship(shipment, "1Z-BACK")
    back = await live.staff.agree_return(sale, {"TEE-WHT-L": 2})
    agreed = await live.client.fetch(Kind.RETURN, [f"sale.sale,{back}"])
    await live.staff.receive_return(back)
    received = await live.client.fetch(Kind.RETURN, [f"sale.sale,{back}"])

    order = await live.order(sale)
    asked, arrived = only(ReturnRecord, agreed), only(ReturnRecord, received)
    assert (asked.order_id, asked.status) == (order.external_id, ReturnStatus.APPROVED)
    [line] = order.lines
    assert asked.lines == (LineQuantity(line_id=line.external_id, sku="TEE-WHT-L", quantity=2),)
    assert arrived.status is ReturnStatus.INSPECTED
    before = only(OrderRecord, agreed).lines[0].counters
    assert before == LineCounters(ordered=3, fulfilled=3, return_requested=2)
    assert line.counters == LineCounters(ordered=3, fulfilled=3, returned=2)


async def test_what_the_gateway_asked_for_is_work_and_no_order(live: Live) -> None:
    """A sale with our reference gives a fulfillment order that carries it, and nothing else."""
    command = await live.request({"TEE-WHT-S": 1})
    outcome = await live.client.perform(command)
    [sale] = await live.staff.find("sale.sale", [["reference", "=", command.reference]])

    orders = await live.client.fetch(Kind.ORDER, [f"sale.sale,{sale['id']}"])
    [work] = await live.client.fetch(Kind.FULFILLMENT_ORDER, [outcome.external_id or ""])

    assert orders == []
    assert isinstance(work, FulfillmentOrderRecord)
    assert (work.reference, work.order_id) == (command.reference, None)
    assert work.request_status is RequestStatus.SUBMITTED


async def test_a_return_of_what_the_gateway_asked_for_carries_the_reference(live: Live) -> None:
    """It belongs to an order that this Tryton does not know."""
    command = await live.request({"TEE-WHT-S": 1})
    outcome = await live.client.perform(command)
    await live.staff.ship(int((outcome.external_id or "").partition(",")[2]), "1Z-OURS")
    [sale] = await live.staff.find("sale.sale", [["reference", "=", command.reference]])
    back = await live.staff.agree_return(sale["id"], {"TEE-WHT-S": 1})

    [record] = await live.client.fetch(Kind.RETURN, [f"sale.sale,{back}"])

    assert isinstance(record, ReturnRecord)
    assert (record.reference, record.order_id) == (command.reference, None)
