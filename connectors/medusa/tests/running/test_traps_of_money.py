"""What is unlike what one would expect of this shop's money. Each test first shows the trap at the
shop itself, then that the connector does not fall into it."""

from decimal import Decimal
from typing import Any

import pytest

from connectors.medusa.connector import Client
from connectors.medusa.tests.running.staff import Staff
from connectors.medusa.tests.running.work import (
    all_of,
    forgotten,
    only,
    order_of,
    orders_in,
    pull,
    refunding,
    walked_on,
)
from connectors.sdk.records import Kind, LineCounters, OrderRecord, RefundRecord
from connectors.sdk.records.states import OrderStatus, TransactionKind
from connectors.sdk.values import Money
from tests.running import System
from tests.shoppers import medusa

pytestmark = pytest.mark.systems

SKU = "JEAN-IND-30"


def _moved(order: OrderRecord) -> list[tuple[TransactionKind, int]]:
    return [(each.kind, each.amount.minor) for each in order.transactions]


async def _times(staff: Staff, order_id: str) -> list[str]:
    """When the order and its payment changed, as the shop says."""
    order, payment = await staff.order(order_id), await staff.payment(order_id)
    return [order["updated_at"], payment["updated_at"]]


async def test_captures_do_not_move_an_orders_time(
    client: Client, shop: System, staff: Staff
) -> None:
    """Of a part it moves no time at all: an order whose money is not taken is read again. The last
    one moves the payment's time, which the second walk follows."""
    bought = await medusa.buy(shop, SKU, 1, "captured@example.com")
    _, checkpoint = await pull(client, Kind.ORDER)
    before = await _times(staff, bought.id)
    await staff.capture(bought.id, amount=5)
    assert before == await _times(staff, bought.id)
    changes, _ = await pull(client, Kind.ORDER, walked_on(checkpoint, "orders", "payments"))
    total = orders_in(changes)[bought.id].totals.total.minor
    kinds = TransactionKind
    authorized, first = (kinds.AUTHORIZATION, total), (kinds.CAPTURE, 500)
    assert [authorized, first] == _moved(orders_in(changes)[bought.id])
    rest = round((await staff.payment(bought.id))["amount"] - 5, 4)
    await staff.capture(bought.id, amount=rest)
    after = await _times(staff, bought.id)
    assert (before[0], True) == (after[0], before[1] < after[1])
    changes, later = await pull(client, Kind.ORDER, forgotten(walked_on(checkpoint, "orders")))
    found = _moved(orders_in(changes)[bought.id])
    assert sorted([authorized, first, (kinds.CAPTURE, total - 500)]) == sorted(found)
    changes, _ = await pull(client, Kind.ORDER, walked_on(later, "orders", "payments"))
    assert bought.id not in orders_in(changes)


async def test_refund_that_is_owed_moves_no_time(
    client: Client, shop: System, staff: Staff, reno: str
) -> None:
    """Neither the order's nor the payment's: an order that owes is read until it owes nothing."""
    bought = await medusa.buy(shop, SKU, 1, "owed@example.com")
    lines = {bought.lines[SKU]: 1}
    await staff.capture(bought.id)
    await staff.deliver(bought.id, lines, reno)
    await staff.receive_return(await staff.request_return(bought.id, lines, reno), lines)
    _, checkpoint = await pull(client, Kind.ORDER)
    before = await _times(staff, bought.id)
    await staff.refund(bought.id, 20)
    assert before == await _times(staff, bought.id)
    ahead = walked_on(checkpoint, "orders", "payments")
    changes, _ = await pull(client, Kind.ORDER, ahead)
    refunds = [each for each in all_of(RefundRecord, changes) if each.order_id == bought.id]
    assert [(2000, "by staff")] == [(each.amount.minor, each.reason) for each in refunds]


async def test_refund_that_was_not_owed_lowers_the_shops_total(
    client: Client, shop: System, staff: Staff
) -> None:
    """By a credit line. The price of what was bought is the same; that money went back is said
    once."""
    bought = await medusa.buy(shop, SKU, 1, "goodwill@example.com")
    await staff.capture(bought.id)
    before, stated = (await staff.order(bought.id))["total"], await order_of(client, bought.id)
    outcome = await client.perform(refunding("goodwill-1", bought.id, 500))
    assert before - 5 == pytest.approx((await staff.order(bought.id))["total"])
    after = only(OrderRecord, outcome.changes)
    assert stated.totals == after.totals
    assert [(TransactionKind.REFUND, 500)] == _moved(after)[2:]


async def test_amounts_have_more_digits_than_money(
    client: Client, shop: System, staff: Staff
) -> None:
    """8 % tax on 5.99 is 0.4792. Rounded once for us; all digits of it go back, so that nothing
    is owed."""
    bought = await medusa.buy(shop, SKU, 1, "digits@example.com")
    await staff.capture(bought.id)
    payment = await staff.payment(bought.id)
    exact = Decimal(payment["raw_amount"]["value"])
    assert exact != round(exact, 2)
    order = await order_of(client, bought.id)
    total = order.totals.total
    assert (Money.of(exact, "USD"), total) == (total, order.transactions[1].amount)
    assert total.minor == (
        order.totals.subtotal.minor + order.totals.shipping.minor + order.totals.tax.minor
    )
    outcome = await client.perform(refunding("digits-1", bought.id, total.minor))
    assert total == only(RefundRecord, outcome.changes).amount
    (refund,) = (await staff.payment(bought.id))["refunds"]
    assert exact == Decimal(refund["raw_amount"]["value"])
    assert 0 == (await staff.order(bought.id))["summary"]["pending_difference"]


async def test_edit_that_lowers_the_total_voids_the_authorization(
    client: Client, shop: System, staff: Staff
) -> None:
    """Nothing stands behind the order any more: it is pending again, and no work is begun."""
    bought = await medusa.buy(shop, SKU, 2, "edited@example.com")
    assert OrderStatus.CONFIRMED == (await order_of(client, bought.id)).status
    await staff.edit(bought.id, bought.lines[SKU], 1)
    assert "not_paid" == (await staff.order(bought.id))["payment_status"]
    order = await order_of(client, bought.id)
    assert (OrderStatus.PENDING, "pending", LineCounters(ordered=1)) == (
        order.status,
        order.raw_status,
        order.lines[0].counters,
    )
    assert [TransactionKind.AUTHORIZATION, TransactionKind.VOID] == [
        each.kind for each in order.transactions
    ]


async def test_total_of_a_drafts_order_is_the_orders_own(
    client: Client, shop: System, staff: Staff
) -> None:
    """The summary of an order that staff wrote lacks tax and shipping. A draft is no order yet."""
    made = await _draft(shop, staff)
    gone = await client.fetch(Kind.ORDER, [made])
    assert ["Removed"] == [type(each).__name__ for each in gone]
    await staff.post(f"/admin/draft-orders/{made}/convert-to-order")
    found = await staff.order(made)
    assert found["summary"]["current_order_total"] != pytest.approx(found["total"])
    order = await order_of(client, made)
    assert round(Decimal(str(found["total"])) * 100) == order.totals.total.minor
    assert (599, OrderStatus.PENDING) == (order.totals.shipping.minor, order.status)


async def _draft(shop: System, staff: Staff) -> str:
    """Write an order for somebody who telephoned; return its id."""
    listed = await staff.get("/admin/product-variants", sku=SKU, fields="id")
    options = await staff.get("/admin/shipping-options", fields="id,name", limit="100")
    chosen: Any = next(
        each for each in options["shipping_options"] if each["name"].startswith("Standard")
    )
    made = await staff.post(
        "/admin/draft-orders",
        email="telephoned@example.com",
        region_id=shop.info["region"],
        sales_channel_id=shop.info["salesChannel"],
        items=[{"variant_id": listed["variants"][0]["id"], "quantity": 1}],
        shipping_methods=[
            {"name": chosen["name"], "shipping_option_id": chosen["id"], "amount": 5.99}
        ],
        shipping_address=medusa.ADDRESS,
    )
    return str(made["draft_order"]["id"])
