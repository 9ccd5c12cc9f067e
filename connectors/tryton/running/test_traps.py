"""What Tryton does that one would not expect, seen without the connector: when one of these fails
with a newer Tryton, the code that lives with it may go."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.tryton.running.live import ADA, BEN, Live
from tests.shoppers.tryton import Refused, Staff, encode

pytestmark = pytest.mark.systems

SKU = "JEAN-IND-36"


async def shipment_of(staff: Staff, quantity: int = 1, **values: Any) -> int:
    sale = await staff.sell(ADA, "DC-RENO", {SKU: quantity}, invoice_method="manual", **values)
    [shipment] = await staff.shipments_of(sale)
    return shipment


async def stock(staff: Staff, **context: Any) -> tuple[int, int]:
    """(quantity, forecast_quantity) of SKU in the depot."""
    context |= {"locations": [staff.info["warehouses"]["DC-RENO"]]}
    fields = ("quantity", "forecast_quantity")
    [row] = await staff.find("product.product", [["code", "=", SKU]], *fields, context=context)
    return int(row["quantity"]), int(row["forecast_quantity"])


async def test_without_locations_every_quantity_is_zero(live: Live) -> None:
    """No error: zero, as if it were sold out."""
    fields = ("quantity", "forecast_quantity")
    [row] = await live.staff.find("product.product", [["code", "=", SKU]], *fields)

    assert (row["quantity"], row["forecast_quantity"]) == (0, 0)
    assert (await stock(live.staff))[0] > 0


async def test_without_a_company_prices_are_null(live: Live) -> None:
    """Prices are values of a company."""
    domain = [["code", "=", SKU]]
    fields = ("list_price_used",)
    [ours] = await live.staff.find("product.product", domain, *fields)
    [nobodys] = await live.staff.find("product.product", domain, *fields, context={"company": None})

    assert ours["list_price_used"] == {"__class__": "Decimal", "decimal": "79"}
    assert nobodys["list_price_used"] is None


async def test_creations_are_not_in_the_journal(live: Live) -> None:
    """Nor is what a button does to other records: the till's stock move, say."""
    basket = await live.staff.open_basket("STORE-NYC", SKU, method="Card")
    entries = [["resource", "=", f"sale.point.sale,{basket}"]]
    created = await live.staff.find("ir.model.log", entries, "event")
    await live.staff.press("sale.point.sale", basket, "process")
    await live.staff.press("sale.point.sale", basket, "post")
    posted = await live.staff.find("ir.model.log", entries, "event", "target")
    sale = await live.staff.read("sale.point.sale", basket, "lines.moves.state")
    [move] = sale["lines"][0]["moves"]
    moved = await live.staff.find(
        "ir.model.log", [["resource", "=", f"stock.move,{move['id']}"]], "event"
    )

    assert created == []
    assert [(row["event"], row["target"]) for row in posted] == [
        ("button", "process"),
        ("transition", "state:done"),
        ("button", "post"),
        ("transition", "state:posted"),
    ]
    assert (move["state"], moved) == ("done", [])


async def test_a_record_that_was_never_written_again_has_no_write_date(live: Live) -> None:
    """Following write_date alone would miss it."""
    product = await live.staff.offer("NEVER-WRITTEN")
    row = await live.staff.read(
        "product.template", product["template"], "create_date", "write_date"
    )

    assert row["create_date"] is not None
    assert row["write_date"] is None


async def test_a_deletion_in_the_journal_does_not_say_of_what(live: Live) -> None:
    """The entry can be searched by its resource, and reads null."""
    sale = await live.staff.draft(ADA, "DC-RENO", {SKU: 1})
    await live.staff.call("DELETE", f"sale.sale/{sale}")

    [entry] = await live.staff.find(
        "ir.model.log", [["resource", "=", f"sale.sale,{sale}"]], "event", "resource"
    )

    assert (entry["event"], entry["resource"]) == ("delete", None)


async def test_a_stock_move_does_not_touch_its_product(live: Live) -> None:
    """The number changes; the product's write_date does not."""
    product = (await live.staff.product(SKU))["id"]
    before = await live.staff.read("product.product", product, "write_date")
    held = await live.staff.on_hand(SKU, "STORE-NYC")
    await live.staff.sell_at_till("STORE-NYC", SKU)

    assert await live.staff.on_hand(SKU, "STORE-NYC") == held - 1
    assert await live.staff.read("product.product", product, "write_date") == before


async def test_assigning_too_little_answers_200_and_keeps_what_there_is(live: Live) -> None:
    """The state says waiting; pressing wait again gives the goods back."""
    await live.staff.count(SKU, "DC-RENO", 10)
    shipment = await shipment_of(live.staff, 15)
    state = await live.staff.press("stock.shipment.out", shipment, "assign_try")
    kept = await live.staff.on_hand(SKU, "DC-RENO", stock_assign=True)
    await live.staff.press("stock.shipment.out", shipment, "wait")

    assert (state, kept) == ("waiting", 0)
    assert await live.staff.on_hand(SKU, "DC-RENO", stock_assign=True) == 10
    await live.staff.press("stock.shipment.out", shipment, "cancel")


async def test_overselling_goes_below_zero(live: Live) -> None:
    """In the office the forecast does, at the till the stock itself."""
    await live.staff.count(SKU, "DC-RENO", 10)
    shipment = await shipment_of(live.staff, 15)
    promised = await stock(live.staff)
    await live.staff.count(SKU, "STORE-CHI", 1)
    await live.staff.sell_at_till("STORE-CHI", SKU, 3)

    assert promised == (10, -5)
    assert await live.staff.on_hand(SKU, "STORE-CHI") == -2
    await live.staff.press("stock.shipment.out", shipment, "cancel")


async def test_the_forecast_forgets_what_is_overdue(live: Live) -> None:
    """Yesterday's order is not sent, and its goods look free: the level sums the moves instead."""
    await live.staff.count(SKU, "DC-RENO", 10)
    shipment = await shipment_of(live.staff, 4)
    in_time = await stock(live.staff)
    yesterday = date.today() - timedelta(days=2)
    parts = {"year": yesterday.year, "month": yesterday.month, "day": yesterday.day}
    await live.staff.press("stock.shipment.out", shipment, "draft")
    await live.staff.call(
        "PUT", f"stock.shipment.out/{shipment}", {"planned_date": {"__class__": "date"} | parts}
    )
    await live.staff.press("stock.shipment.out", shipment, "wait")

    assert (in_time, await stock(live.staff)) == ((10, 6), (10, 10))
    level = (await live.level(SKU)).quantities
    assert (level.on_hand, level.committed, level.available) == (10, 4, 6)
    await live.staff.press("stock.shipment.out", shipment, "cancel")


async def test_a_sale_is_processed_behind_the_answer_that_says_confirmed(live: Live) -> None:
    """Confirming queues the processing, which is done before the next request."""
    sale = await live.staff.draft(ADA, "DC-RENO", {SKU: 1})
    await live.staff.press("sale.sale", sale, "quote")
    answered = await live.staff.press("sale.sale", sale, "confirm")

    assert answered == "confirmed"
    assert (await live.staff.read("sale.sale", sale, "state"))["state"] == "processing"


async def test_after_processing_only_the_wizard_ends_a_sale(live: Live) -> None:
    """A canceled shipment leaves the sale with an exception until somebody settles it."""
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 1})
    [shipment] = await live.staff.shipments_of(sale)
    with pytest.raises(Refused) as caught:
        await live.staff.press("sale.sale", sale, "cancel")
    await live.staff.press("stock.shipment.out", shipment, "cancel")
    row = await live.staff.read("sale.sale", sale, "state", "shipment_state")

    assert caught.value.status == 400
    assert (row["state"], row["shipment_state"]) == ("processing", "exception")


async def test_an_administrator_may_cancel_what_is_done(live: Live) -> None:
    """The goods that the carrier has are back on the shelf, by the books."""
    await live.staff.count(SKU, "DC-RENO", 10)
    shipment = await shipment_of(live.staff)
    await live.staff.bring_to(shipment, "done")
    gone = await live.staff.on_hand(SKU, "DC-RENO")
    state = await live.staff.press("stock.shipment.out", shipment, "cancel")

    assert (gone, state) == (9, "cancelled")
    assert await live.staff.on_hand(SKU, "DC-RENO") == 10


async def test_picking_what_is_packed_unpacks_it(live: Live) -> None:
    """The same button goes forth and back: look at the state before pressing it."""
    shipment = await shipment_of(live.staff)
    await live.staff.bring_to(shipment, "packed")

    assert await live.staff.press("stock.shipment.out", shipment, "pick") == "picked"
    await live.staff.bring_to(shipment, "done")


async def test_nothing_is_packed_without_a_carrier(live: Live) -> None:
    """A warning to a person, an error to a program."""
    shipment = await shipment_of(live.staff, carrier=None)
    await live.staff.bring_to(shipment, "picked")
    with pytest.raises(Refused) as caught:
        await live.staff.press("stock.shipment.out", shipment, "pack")

    assert caught.value.status == 400
    assert "does not have a carrier set" in caught.value.text
    assert await live.staff.state_of(shipment) == "picked"


async def test_a_package_is_made_while_picked_only(live: Live) -> None:
    """Before and after, Tryton does not let its shipment be written."""
    shipment = await shipment_of(live.staff)
    await live.staff.bring_to(shipment, "packed")
    with pytest.raises(Refused) as caught:
        await live.staff.label(shipment, "1Z-LATE")

    assert caught.value.status == 400
    assert "not allowed to modify" in caught.value.text


async def test_rest_does_not_look_at_timestamps_and_json_rpc_does(live: Live) -> None:
    """Optimistic locking is JSON-RPC's alone."""
    first, second = await shipment_of(live.staff), await shipment_of(live.staff)
    stale = {"company": 1, "_timestamp": {f"stock.shipment.out,{first}": "1.0"}}
    answer = await live.staff.rpc(
        "model.stock.shipment.out.cancel", [first], stale, session=await live.staff.log_in()
    )
    kept = await live.staff.state_of(first)
    stale = {"_timestamp": {f"stock.shipment.out,{second}": "1.0"}}
    await live.staff.call("POST", f"stock.shipment.out/{second}/cancel", context=stale)

    assert answer["error"][0] == "ConcurrencyException"
    assert (kept, await live.staff.state_of(second)) == ("waiting", "cancelled")


async def test_json_rpc_says_no_with_http_200(live: Live) -> None:
    """A person's mistake by its kind, the server's own by nothing but its text."""
    session = await live.staff.log_in()
    context = {"company": 1}
    missing = await live.staff.rpc(
        "model.sale.sale.read", [99999], ["state"], context, session=session
    )
    broken = await live.staff.rpc("model.sale.sale.read", [1], ["nosuch"], context, session=session)

    assert missing["error"][0] == "UserError"
    assert broken["error"] == ["'nosuch'", ""]


@pytest.mark.parametrize(
    ("path", "fields", "key", "status"),
    [
        ("company.company", ("nosuch",), None, 500),
        ("no.such.model", (), None, 500),
        ("company.company", (), "0" * 128, 401),
    ],
)
async def test_rest_answers_mistakes_with_pages(
    live: Live, path: str, fields: tuple[str, ...], key: str | None, status: int
) -> None:
    """A wrong name is the server's failure, and none of these is JSON."""
    staff = Staff(live.http, {**live.staff.info, "rest_key": key or live.staff.info["rest_key"]})
    with pytest.raises(Refused) as caught:
        await staff.call("GET", path, fields=fields, query={"d": encode([["id", "=", 1]])})

    assert caught.value.status == status
    assert caught.value.text.startswith("<!doctype html>")


async def test_a_button_that_is_not_exported_is_forbidden(live: Live) -> None:
    """403, as if it were for want of rights."""
    with pytest.raises(Refused) as caught:
        await live.staff.press("sale.sale", 1, "no_such_button")

    assert caught.value.status == 403


async def test_what_a_return_brings_counts_before_it_is_on_the_shelf(live: Live) -> None:
    """In the input zone, where it waits to be looked at, it is on hand already."""
    sale = await live.staff.sell(ADA, "DC-RENO", {"TEE-WHT-XL": 1})
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.ship(shipment, "1Z-ZONE")
    returned = await live.staff.agree_return(sale, {"TEE-WHT-XL": 1})
    row = await live.staff.read("sale.sale", returned, "shipment_returns")
    [parcel] = row["shipment_returns"]
    before = await live.staff.on_hand("TEE-WHT-XL", "DC-RENO")

    state = await live.staff.press("stock.shipment.out.return", parcel, "receive")

    assert (state, await live.staff.on_hand("TEE-WHT-XL", "DC-RENO")) == ("received", before + 1)


async def test_a_till_pays_back_in_cash_only(live: Live) -> None:
    """By its domain, when the basket is written."""
    with pytest.raises(Refused) as caught:
        await live.staff.sell_at_till("STORE-NYC", SKU, -1, method="Card")

    assert caught.value.status == 400
    assert "not valid according to its domain" in caught.value.text


async def test_a_till_processes_only_what_is_paid(live: Live) -> None:
    """And a basket that holds a payment cannot be canceled."""
    unpaid = await live.staff.open_basket("STORE-NYC", SKU)
    with pytest.raises(Refused) as caught:
        await live.staff.press("sale.point.sale", unpaid, "process")
    paid = await live.staff.open_basket("STORE-NYC", SKU, method="Card")
    with pytest.raises(Refused) as kept:
        await live.staff.press("sale.point.sale", paid, "cancel")

    assert (caught.value.status, kept.value.status) == (400, 400)
    assert "cancelled so cannot have amount paid" in kept.value.text


async def test_stock_is_gone_when_the_till_posts_not_when_it_is_paid(live: Live) -> None:
    """*done* is handed over; the move comes with *posted*, which staff may do at night."""
    before = await live.staff.on_hand(SKU, "STORE-NYC")
    basket = await live.staff.open_basket("STORE-NYC", SKU, method="Card")
    await live.staff.press("sale.point.sale", basket, "process")
    done = await live.staff.on_hand(SKU, "STORE-NYC")
    await live.staff.press("sale.point.sale", basket, "post")

    assert done == before
    assert await live.staff.on_hand(SKU, "STORE-NYC") == before - 1


async def test_an_inventory_cannot_be_given_a_number(live: Live) -> None:
    """So that our key has to stand in a note on it."""
    body = {"company": 1, "location": live.staff.info["storage"]["DC-RENO"], "number": "ours"}
    with pytest.raises(Refused) as caught:
        await live.staff.call("POST", "stock.inventory", body)

    assert caught.value.status == 400
    assert "not allowed to modify" in caught.value.text


async def test_two_parties_at_once_may_take_one_number(live: Live) -> None:
    """On a database without row locks: all are written, or refused as such, none half."""
    names = [f"At once {i}" for i in range(6)]
    answers = await asyncio.gather(
        *(live.staff.call("POST", "party.party", {"name": name}) for name in names),
        return_exceptions=True,
    )

    refused = [one.text for one in answers if isinstance(one, Refused)]
    written = await live.staff.find("party.party", [["name", "in", names]])
    assert all("code on party must be unique" in text for text in refused)
    assert len(written) == len(names) - len(refused)


async def test_a_clerk_may_not_search_the_journal(live: Live) -> None:
    """Unless for given records; an administrator may."""
    staff = Staff(live.http, {**live.staff.info, **await live.staff.hire()})
    sale = await live.staff.sell(BEN, "DC-RENO", {SKU: 1})
    with pytest.raises(Refused) as caught:
        await staff.find("ir.model.log", [["id", ">", 0]], "resource")
    entries = await staff.find(
        "ir.model.log", [["resource", "in", [f"sale.sale,{sale}"]]], "target"
    )

    assert caught.value.status == 400
    assert "state:processing" in [entry["target"] for entry in entries]
