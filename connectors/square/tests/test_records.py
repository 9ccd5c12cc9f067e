"""What the account holds, as records: sales, returns, refunds, stock, products."""

import pytest

from connectors.sdk.changes import Removed, Unreadable
from connectors.sdk.errors import Misconfigured
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import (
    CustomerRecord,
    Kind,
    LevelRecord,
    LocationRecord,
    OrderRecord,
    ProductRecord,
    Quantities,
    RefundRecord,
    ReturnRecord,
)
from connectors.sdk.simulator import Purchase
from connectors.sdk.values import LineQuantity, Money
from connectors.square.simulator import Simulator
from connectors.square.tests.conftest import ADA, Clock, Rig, judged, world
from connectors.square.tests.looking import TEE, ids, only


async def test_check_names_the_seller_and_the_version(rig: Rig) -> None:
    """Address, token and rights are good."""
    account = await rig.client.check()
    assert ("Northwind Tills", "2025-08-20") == (account.name, account.version)


async def test_check_refuses_bad_credentials_and_a_wrong_address(rig: Rig) -> None:
    """Both are for the operator to mend."""
    rig.simulator.faults.plan(Planned(fault=Fault.UNAUTHORIZED))
    with pytest.raises(Misconfigured):
        await rig.client.check()
    rig.simulator.faults.plan(Planned(fault=Fault.NOT_JSON))
    with pytest.raises(Misconfigured, match="url"):
        await rig.client.check()


async def test_only_stores_are_locations(rig: Rig) -> None:
    """The depot of the world has no till; the nickname is the code."""
    found = only(LocationRecord, await rig.all(Kind.LOCATION))
    assert ["STORE-01", "STORE-02"] == sorted(one.code for one in found)


async def test_an_item_is_a_product_of_its_variations(rig: Rig) -> None:
    """SKU, price, barcode and named options of each."""
    [product] = only(ProductRecord, await rig.all(Kind.PRODUCT))
    small, medium = product.variants
    assert ("Canvas Tee", "ACTIVE") == (product.title, product.status)
    assert ["TEE-S", "TEE-M"] == [small.sku, medium.sku]
    assert Money(minor=2099, currency="USD") == medium.price
    assert (("Option", "S"),) == small.options


async def test_a_level_is_all_states_of_a_variation_at_a_place(rig: Rig) -> None:
    """What is reserved, wasted or under way stands beside what is in stock."""
    rig.simulator.stock("TEE-S", "STORE-01", "2", "RESERVED_FOR_SALE")
    rig.simulator.stock("TEE-S", "STORE-01", "1", "WASTE")
    rig.simulator.stock("TEE-S", "STORE-01", "4", "IN_TRANSIT")
    rig.simulator.stock("TEE-S", "STORE-01", "5", "ORDERED_FROM_VENDOR")
    rig.simulator.stock("TEE-S", "STORE-01", "9", "RECEIVED_FROM_VENDOR")
    found = only(LevelRecord, await rig.all(Kind.LEVEL))
    expected = Quantities(on_hand=10, available=10, reserved=2, damaged=1, incoming=9)
    by_item = {one.item_id: one.quantities for one in found}
    assert expected == by_item[rig.item("TEE-S")]
    assert Quantities(on_hand=10, available=10) == by_item[rig.item("TEE-M")]


async def test_a_till_sale_is_complete_paid_and_handed_over(rig: Rig) -> None:
    """One record: no fulfillment, no shipment."""
    order_id = rig.simulator.buy(Purchase(shopper=ADA, items=(("TEE-S", 2), ("TEE-M", 1))))
    [sale] = await rig.all(Kind.ORDER)
    assert isinstance(sale, OrderRecord)
    assert (order_id, "COMPLETED", "COMPLETED") == (sale.external_id, sale.status, sale.raw_status)
    assert Money(minor=2 * 1999 + 2099, currency="USD") == sale.totals.total
    assert [(2, 2, 2), (1, 1, 1)] == [
        (one.counters.ordered, one.counters.fulfilled, one.counters.delivered) for one in sale.lines
    ]
    assert [("SALE", "SUCCESS", 6097)] == [
        (one.kind, one.status, one.amount.minor) for one in sale.transactions
    ]
    [customer] = only(CustomerRecord, await rig.all(Kind.CUSTOMER))
    assert sale.customer_id == customer.external_id
    assert ("ada@example.com", False) == (customer.email, customer.email_verified)


async def test_a_guest_has_no_customer(rig: Rig) -> None:
    """Nor does a shopper without an account."""
    rig.simulator.buy(Purchase(shopper=ADA, items=(("TEE-S", 1),), as_guest=True))
    [sale] = only(OrderRecord, await rig.all(Kind.ORDER))
    assert sale.customer_id is None
    assert [] == await rig.all(Kind.CUSTOMER)


async def test_money_of_yen_has_no_minor_digits() -> None:
    """1999 of Square's smallest unit are 1999 yen, refunds too."""
    clock = Clock()
    async with judged(Simulator(world(), clock, currency="JPY"), clock) as rig:
        order_id = rig.simulator.buy(TEE)
        rig.simulator.refund(order_id, 500)
        [sale] = only(OrderRecord, await rig.all(Kind.ORDER))
        [refund] = only(RefundRecord, await rig.all(Kind.REFUND))
        assert Money(minor=1999, currency="JPY") == sale.totals.total
        assert "1999" == str(sale.totals.total.amount)
        assert Money(minor=500, currency="JPY") == refund.amount


async def test_measured_goods_are_one_piece_and_come_back_as_one(rig: Rig) -> None:
    """The return names the sale, which is read to see that the piece came back whole."""
    order_id = rig.simulator.buy_measured(TEE, "1.500")
    [sale] = only(OrderRecord, await rig.all(Kind.ORDER))
    assert ["Canvas Tee (S), 1.500 pound"] == [one.title for one in sale.lines]
    assert (1, 2999) == (sale.lines[0].counters.ordered, sale.lines[0].unit_price.minor)
    uid = sale.lines[0].external_id
    return_id = rig.simulator.take_back(order_id, {uid: "1.500"})
    found = await rig.one(Kind.ORDER, return_id)
    assert isinstance(found, ReturnRecord)
    assert (LineQuantity(line_id=uid, quantity=1),) == found.lines


async def test_a_stock_that_is_no_number_of_units_is_unreadable_alone(rig: Rig) -> None:
    """11.25 is never rounded; the other level is read."""
    rig.simulator.buy_measured(TEE, "1.250")
    found = await rig.all(Kind.LEVEL)
    assert [rig.item("TEE-M")] == [one.item_id for one in only(LevelRecord, found)]
    [unreadable] = only(Unreadable, found)
    assert f"{rig.item('TEE-S')}@{rig.place()}" == unreadable.external_id
    assert '"8.75"' in unreadable.payload


async def test_a_return_is_a_return_of_its_sale_and_no_sale(rig: Rig) -> None:
    """Its order is new; the refund's order_id names it, ours names the sale."""
    order_id = rig.simulator.buy(Purchase(shopper=ADA, items=(("TEE-S", 3),)))
    [sale] = only(OrderRecord, await rig.all(Kind.ORDER))
    uid = sale.lines[0].external_id
    return_id = rig.simulator.take_back(order_id, {uid: "2"})
    found = await rig.all(Kind.ORDER)
    assert [order_id] == ids([*only(OrderRecord, found)])
    [back] = only(ReturnRecord, found)
    assert back.external_id.startswith(f"{return_id}:")
    assert (order_id, "CLOSED") == (back.order_id, back.status)
    assert (LineQuantity(line_id=uid, quantity=2),) == back.lines
    [refund] = only(RefundRecord, await rig.all(Kind.REFUND))
    payment_id = sale.transactions[0].external_id
    assert (order_id, payment_id) == (refund.order_id, refund.payment_id)
    assert Money(minor=2 * 1999, currency="USD") == refund.amount


async def test_an_amount_only_refund_is_no_return(rig: Rig) -> None:
    """Square makes an order of it all the same: it states nothing, and is no order of ours."""
    order_id = rig.simulator.buy(TEE)
    refund_id = rig.simulator.refund(order_id, 300)
    made = rig.simulator.books.refunds[refund_id]["order_id"]
    assert [order_id] == ids(await rig.all(Kind.ORDER))
    assert Removed(kind=Kind.ORDER, external_id=made) == await rig.one(Kind.ORDER, made)
    refund = await rig.one(Kind.REFUND, refund_id)
    assert isinstance(refund, RefundRecord)
    assert (order_id, "PENDING") == (refund.order_id, refund.status)


async def test_a_refund_finds_its_sale_by_the_payment(rig: Rig) -> None:
    """Where the return order does not name its source, the payment's order is asked for."""
    order_id = rig.simulator.buy(TEE)
    refund_id = rig.simulator.refund(order_id, 300)
    made = rig.simulator.books.refunds[refund_id]["order_id"]
    del rig.simulator.books.orders[made]["returns"][0]["source_order_id"]
    refund = await rig.one(Kind.REFUND, refund_id)
    assert isinstance(refund, RefundRecord)
    assert order_id == refund.order_id


async def test_a_refund_of_nothing_square_saw_has_no_order(rig: Rig) -> None:
    """No payment, no order: still money that went back."""
    refund_id = rig.simulator.refund_unlinked(750)
    [refund] = only(RefundRecord, await rig.all(Kind.REFUND))
    assert (refund_id, None, None) == (refund.external_id, refund.order_id, refund.payment_id)


async def test_a_refund_settles_and_is_pulled_again(rig: Rig) -> None:
    """Its update time moves with its status."""
    rig.simulator.refund(rig.simulator.buy(TEE), 300)
    first = await rig.pull(Kind.REFUND)
    rig.clock.later(minutes=10)
    [refund] = only(RefundRecord, await rig.all(Kind.REFUND, first[-1].checkpoint))
    assert ("SUCCEEDED", "COMPLETED") == (refund.status, refund.raw_status)


async def test_refunds_older_than_a_year_are_read_too(rig: Rig) -> None:
    """Square's list begins a year ago unless told otherwise."""
    rig.simulator.refund(rig.simulator.buy(TEE), 300)
    rig.clock.later(days=500)
    assert 1 == len(await rig.all(Kind.REFUND))
    queries = [one.query for one in rig.recorder.exchanges if one.path == "/v2/refunds"]
    assert "begin_time=1970-01-01T00:00:00Z" in queries[0].replace("%3A", ":")
