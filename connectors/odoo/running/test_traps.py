"""What Odoo does that one would not expect, seen without the connector: when one of these fails
with a newer Odoo, the code that lives with it may go."""

import xmlrpc.client
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.odoo.running.live import ADA, Live
from tests.shoppers.odoo import Refused, Staff

pytestmark = pytest.mark.systems

SKU = "TOTE-NAT-OS"


async def delivery_of(staff: Staff, warehouse: str, quantity: int = 1) -> tuple[int, int]:
    """Sell; return the sale and its delivery."""
    await staff.count(SKU, warehouse, 50)
    sale = await staff.sell(ADA, warehouse, {SKU: quantity})
    [delivery] = await staff.deliveries_of(sale)
    return sale, delivery


async def write_date(staff: Staff, model: str, id: int) -> str:
    found: str = (await staff.read(model, id, "write_date"))["write_date"]
    return found


async def test_errors_are_answered_with_200(live: Live) -> None:
    """Only the body says so, by the name of a Python class."""
    args = ["odoo", 1, "wrong", "res.partner", "search", [[]]]
    params = {"service": "object", "method": "execute_kw", "args": args}
    body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
    async with live.http.post(live.staff.info["jsonrpc"], json=body) as answer:
        status, found = answer.status, await answer.json()

    assert (status, found["error"]["data"]["name"]) == (200, "odoo.exceptions.AccessDenied")


async def test_a_wrong_password_is_answered_false_and_a_wrong_database_an_error(
    live: Live,
) -> None:
    """Of the database server's, that is."""
    wrong = await live.staff.rpc("common", "authenticate", "odoo", "admin", "wrong", {})
    nowhere = await live.staff.rpc("common", "authenticate", "nowhere", "admin", "admin", {})

    assert wrong["result"] is False
    assert nowhere["error"]["data"]["name"] == "psycopg2.OperationalError"


async def test_over_xml_rpc_what_returns_nothing_fails_and_is_done(live: Live) -> None:
    """Hence JSON-RPC, where the answer is null."""
    _, delivery = await delivery_of(live.staff, "STORE-NYC")
    domain = [["picking_id", "=", delivery]]
    await live.staff.call("stock.picking", "action_assign", [delivery])
    [line] = await live.staff.find("stock.move.line", domain, "product_uom_qty")
    await live.staff.call("stock.move.line", "write", [line["id"]], {"qty_done": 1})
    call: Any = ("odoo", 1, "admin", "stock.picking", "button_validate", [delivery])
    async with live.http.post(
        live.staff.info["xmlrpc"],
        data=xmlrpc.client.dumps(call, "execute_kw"),
        headers={"content-type": "text/xml"},
    ) as answer:
        text = await answer.text()

    with pytest.raises(xmlrpc.client.Fault, match="cannot marshal None"):
        xmlrpc.client.loads(text)
    assert await live.staff.state_of(delivery) == "done"


async def test_a_field_that_odoo_does_not_have_is_left_out_without_a_word(live: Live) -> None:
    """In an answer; in a condition it is an error."""
    [row] = await live.staff.find("res.partner", [["email", "=", ADA]], "name", "customer_rank")

    assert set(row) == {"id", "name"}
    with pytest.raises(Refused) as caught:
        await live.staff.find("res.partner", [["customer_rank", ">", 0]])
    assert caught.value.name == "builtins.ValueError"


async def test_null_is_false_and_times_have_no_zone(live: Live) -> None:
    """Whole seconds, UTC; false in a text and in a link."""
    sale = await live.staff.draft(ADA, "DC-RENO", {SKU: 1})
    fields = ("origin", "carrier_id", "write_date")
    row = await live.staff.read("sale.order", sale, *fields)

    assert (row["origin"], row["carrier_id"]) == (False, False)
    assert datetime.strptime(row["write_date"], "%Y-%m-%d %H:%M:%S").microsecond == 0


async def test_all_that_one_transaction_writes_has_one_time(live: Live) -> None:
    """Its beginning's: pages cannot go by time."""
    rows = await live.staff.find("product.product", [["default_code", "like", "TEE-"]])
    ids = [row["id"] for row in rows]
    await live.staff.call("product.product", "write", ids, {"weight": 0.18})

    found = await live.staff.find("product.product", [["id", "in", ids]], "write_date")

    assert len(ids) == 8
    assert len({row["write_date"] for row in found}) == 1


async def test_stock_moves_without_a_word_in_the_product(live: Live) -> None:
    """The number changes; the product's time does not."""
    product = (await live.staff.product(SKU))["id"]
    before = await write_date(live.staff, "product.product", product)
    held = await live.staff.on_hand(SKU, "STORE-NYC")
    await live.staff.sell_at_till("STORE-NYC", {SKU: 1})

    assert await live.staff.on_hand(SKU, "STORE-NYC") == held - 1
    assert await write_date(live.staff, "product.product", product) == before


async def test_a_refund_is_no_word_in_the_sale_that_it_refunds(live: Live) -> None:
    """It carries its receipt number, and nothing else leads there."""
    order = await live.staff.sell_at_till("STORE-NYC", {SKU: 1})
    before = await live.staff.read("pos.order", order, "write_date", "pos_reference", "state")
    refund = await live.staff.refund_at_till(order, "STORE-NYC")
    after = await live.staff.read("pos.order", order, "write_date", "pos_reference", "state")
    theirs = await live.staff.read("pos.order", refund, "pos_reference", "amount_total")

    assert after == before
    assert theirs["pos_reference"] == before["pos_reference"]
    assert theirs["amount_total"] < 0


async def test_what_is_deleted_leaves_no_trace(live: Live) -> None:
    """Reconciliation alone finds that it is gone."""
    sale = await live.staff.draft(ADA, "DC-RENO", {SKU: 1})
    await live.staff.call("sale.order", "unlink", [sale])

    assert await live.staff.find("sale.order", [["id", "=", sale]]) == []


async def test_without_a_place_stock_is_that_of_all_warehouses(live: Live) -> None:
    """The context says where."""
    domain = [["default_code", "=", SKU]]
    [everywhere] = await live.staff.find("product.product", domain, "qty_available")
    each = [await live.staff.on_hand(SKU, one) for one in live.staff.info["warehouses"]]

    assert everywhere["qty_available"] == sum(each)


async def test_codes_of_warehouses_are_cut_to_five_letters(live: Live) -> None:
    """Hence a location's code is the warehouse's name."""
    id = live.staff.info["warehouses"]["DC-RENO"]
    await live.staff.call("stock.warehouse", "write", [id], {"code": "DC-RENO"})
    row = await live.staff.read("stock.warehouse", id, "code", "name")
    await live.staff.call("stock.warehouse", "write", [id], {"code": "RENO"})

    assert (row["code"], row["name"]) == ("DC-RE", "DC-RENO")


async def test_a_till_sends_twice_and_sells_once(live: Live) -> None:
    """By its receipt number; the second answer names no order."""
    receipt = await live.staff.receipt("STORE-NYC", {SKU: 1})
    first = await live.staff.call("pos.order", "create_from_ui", [receipt])
    second = await live.staff.call("pos.order", "create_from_ui", [receipt])

    assert (len(first), second) == (1, [])


async def test_change_is_a_payment_below_zero(live: Live) -> None:
    """In the same journal, and called return, which a refund is not."""
    order = await live.staff.sell_at_till("STORE-NYC", {SKU: 1}, method="cash", handed=Decimal(100))
    domain = [["pos_statement_id", "=", order]]
    payments = await live.staff.find("account.bank.statement.line", domain, "amount", "name")
    row = await live.staff.read("pos.order", order, "amount_total")

    amounts = sorted(one["amount"] for one in payments)
    assert amounts == [row["amount_total"] - 100, 100]
    assert [one["name"].endswith(": return") for one in payments].count(True) == 1


async def test_a_transfer_that_is_done_is_done_again_without_a_word(live: Live) -> None:
    """Nothing moves twice; but its date does."""
    _, delivery = await delivery_of(live.staff, "STORE-NYC")
    await live.staff.ship(delivery, "1Z1")
    held = await live.staff.on_hand(SKU, "STORE-NYC")
    before = (await live.staff.read("stock.picking", delivery, "date_done"))["date_done"]
    after = before
    for _ in range(200):
        answer = await live.staff.call("stock.picking", "button_validate", [delivery])
        after = (await live.staff.read("stock.picking", delivery, "date_done"))["date_done"]
        if after != before:
            break

    assert (answer, after > before) == (None, True)
    assert await live.staff.on_hand(SKU, "STORE-NYC") == held


async def test_a_sale_of_which_anything_is_done_cannot_be_canceled(live: Live) -> None:
    """Were it only picked; its delivery can be by itself, and the goods stay at the gate."""
    sale, delivery = await delivery_of(live.staff, "DC-RENO")
    shelf = await live.staff.on_hand(SKU, "DC-RENO")
    await live.staff.pick(sale)
    with pytest.raises(Refused) as caught:
        await live.staff.call("sale.order", "action_cancel", [sale])
    await live.staff.call("stock.picking", "action_cancel", [delivery])

    assert caught.value.name == "odoo.exceptions.UserError"
    assert (await live.staff.read("sale.order", sale, "state"))["state"] == "sale"
    assert await live.staff.on_hand(SKU, "DC-RENO") == shelf - 1


async def test_canceling_the_picking_leaves_the_delivery_open(live: Live) -> None:
    """Waiting for nobody: it is to take its goods from the gate, where there are none."""
    sale, delivery = await delivery_of(live.staff, "DC-RENO")
    [picking] = await live.staff.transfers_of(sale, "internal")
    await live.staff.call("stock.picking", "action_cancel", [picking])
    domain = [["picking_id", "=", delivery]]
    [move] = await live.staff.find("stock.move", domain, "procure_method", "move_orig_ids")

    assert await live.staff.state_of(delivery) == "waiting"
    assert (move["procure_method"], move["move_orig_ids"]) == ("make_to_stock", [])
    await live.staff.call("stock.picking", "action_cancel", [delivery])


async def test_what_is_left_asks_a_question_first(live: Live) -> None:
    """Until it is answered nothing has moved."""
    _, delivery = await delivery_of(live.staff, "STORE-NYC", 2)
    domain = [["picking_id", "=", delivery]]
    await live.staff.call("stock.picking", "action_assign", [delivery])
    [line] = await live.staff.find("stock.move.line", domain)
    await live.staff.call("stock.move.line", "write", [line["id"]], {"qty_done": 1})
    asked = await live.staff.call("stock.picking", "button_validate", [delivery])

    assert asked["res_model"] == "stock.backorder.confirmation"
    assert await live.staff.state_of(delivery) == "assigned"


async def test_the_rest_does_not_carry_the_number_of_what_left(live: Live) -> None:
    """Else the connector would take the rest for sent."""
    sale, delivery = await delivery_of(live.staff, "STORE-NYC", 2)
    await live.staff.ship(delivery, "1Z1", most=1)
    [rest] = [one for one in await live.staff.deliveries_of(sale) if one != delivery]

    row = await live.staff.read("stock.picking", rest, "carrier_tracking_ref", "backorder_id")

    assert row["carrier_tracking_ref"] is False
    assert row["backorder_id"][0] == delivery


async def test_only_what_is_to_be_refunded_lowers_the_delivered_quantity(live: Live) -> None:
    """And then nothing there tells it from what never left: moves do."""
    found = []
    for to_refund in (False, True):
        sale, delivery = await delivery_of(live.staff, "STORE-NYC", 2)
        await live.staff.ship(delivery, "1Z1")
        back = await live.staff.agree_return(delivery, 1, to_refund=to_refund)
        await live.staff.process(back)
        domain = [["order_id", "=", sale]]
        [line] = await live.staff.find("sale.order.line", domain, "qty_delivered")
        counters = (await live.order(sale)).lines[0].counters
        found.append((line["qty_delivered"], counters.fulfilled, counters.returned))

    assert found == [(2, 2, 1), (1, 2, 1)]


async def test_neither_wizard_leaves_a_word_of_ours(live: Live) -> None:
    """Of a count it is the product's name, of a return the delivery's: hence none is used."""
    product = await live.staff.product(SKU)
    place = live.staff.info["stock_locations"]["STORE-NYC"]
    body = {"product_id": product["id"], "product_tmpl_id": product["product_tmpl_id"][0]}
    body |= {"location_id": place, "new_quantity": 60}
    model = "stock.change.product.qty"
    wizard = await live.staff.call(model, "create", body)
    await live.staff.call(model, "change_product_qty", [wizard])
    counts = await live.staff.find("stock.inventory", [["product_id", "=", product["id"]]], "name")
    _, delivery = await delivery_of(live.staff, "STORE-NYC")
    await live.staff.ship(delivery, "1Z1")
    back = await live.staff.agree_return(delivery, 1)
    row = await live.staff.read("stock.picking", back, "origin", "note", "sale_id")

    assert counts[-1]["name"].startswith(f"INV: [{SKU}]")
    assert row["origin"].startswith("Return of ")
    assert (row["note"], bool(row["sale_id"])) == (False, True)


async def test_an_inventory_applies_the_difference_that_it_noted(live: Live) -> None:
    """To whatever is there when it is validated; a second time it does nothing."""
    await live.staff.count(SKU, "STORE-NYC", 10)
    place = live.staff.info["stock_locations"]["STORE-NYC"]
    line = {"product_id": (await live.staff.product(SKU))["id"], "location_id": place}
    body = {"name": "Trap", "location_id": place, "filter": "partial"}
    body |= {"line_ids": [[0, 0, line | {"product_qty": 15}]]}
    made = await live.staff.call("stock.inventory", "create", body)
    await live.staff.sell_at_till("STORE-NYC", {SKU: 2})
    await live.staff.call("stock.inventory", "action_done", [made])
    await live.staff.call("stock.inventory", "action_done", [made])

    assert await live.staff.on_hand(SKU, "STORE-NYC") == 13


async def test_confirming_again_plans_nothing_more(live: Live) -> None:
    """Hence a lost reply to it does no harm."""
    sale, delivery = await delivery_of(live.staff, "STORE-NYC")
    await live.staff.call("sale.order", "action_confirm", [sale])

    assert await live.staff.deliveries_of(sale) == [delivery]
