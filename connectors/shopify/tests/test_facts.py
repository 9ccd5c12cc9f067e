"""What is read of orders, returns, products, customers, locations and stock."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.sdk.changes import Removed
from connectors.sdk.records import (
    CustomerRecord,
    FulfillmentOrderRecord,
    Kind,
    LevelRecord,
    LocationRecord,
    OrderRecord,
    ProductRecord,
    Quantities,
    ReturnRecord,
)
from connectors.sdk.records.states import FulfillmentOrderStatus, LocationType, Method, ReturnStatus
from connectors.sdk.values import LineQuantity, Money
from connectors.shopify.requests import pulls
from connectors.shopify.tests.conftest import Rig, everything, shipment


async def test_a_guest_is_no_customer(rig: Rig) -> None:
    """The order keeps its mail and has no customer."""
    order = await rig.order(rig.buy(as_guest=True))
    assert (order.customer_id, order.email) == (None, "ada@example.com")
    assert await rig.pull(Kind.CUSTOMER) == []


async def test_a_sale_over_the_counter_names_its_store(rig: Rig) -> None:
    """Point of sale: the store, handed over at once, nothing to ship."""
    order_id = rig.buy(place="STORE-1")
    found = await rig.client.fetch(Kind.ORDER, [order_id])
    order, work = found[0], found[1]
    assert isinstance(order, OrderRecord)
    assert isinstance(work, FulfillmentOrderRecord)
    assert order.location_id == rig.simulator.shop.location("STORE-1")["id"]
    assert [(one.method, one.counters.fulfilled) for one in order.lines] == [(Method.IN_STORE, 1)]
    assert work.status is FulfillmentOrderStatus.CLOSED
    assert rig.amounts("TEE-S", "STORE-1")["on_hand"] == 2


@pytest.mark.parametrize(
    ("currency", "unit", "total"),
    [("USD", 1999, 4818), ("JPY", 20, 48), ("KWD", 19990, 48178)],
)
async def test_money_is_exact_in_every_currency(
    rig: Rig, currency: str, unit: int, total: int
) -> None:
    """Yen have no minor unit, dinars have three digits of it."""
    rig.simulator.shop.currency = currency
    order = await rig.order(rig.buy(("TEE-S", 2)))
    assert order.currency == currency
    assert order.lines[0].unit_price == Money(minor=unit, currency=currency)
    assert order.totals.total == Money(minor=total, currency=currency)
    totals = order.totals
    parts = totals.subtotal.minor - totals.discount.minor + totals.shipping.minor + totals.tax.minor
    assert totals.total.minor == parts


async def test_an_item_that_is_in_no_catalogue_has_no_variant(rig: Rig) -> None:
    """A custom item keeps its SKU and title, and nothing else of it is known."""
    order = await rig.order(rig.buy(("GIFT-WRAP", 1)))
    line = order.lines[0]
    assert (line.sku, line.variant_id, line.title) == ("GIFT-WRAP", None, "GIFT-WRAP")


async def test_a_return_is_counted_from_request_to_shelf(rig: Rig) -> None:
    """Asked for, approved, received in parts: the only line of the order is the one."""
    order_id = rig.buy(("TEE-S", 3))
    order = await rig.order(order_id)
    await rig.client.perform(shipment(order))
    line_id = order.lines[0].external_id
    back = rig.simulator.ask_return(order_id, {line_id: 2})
    asked = await _returned(rig, back)
    rig.simulator.approve_return(back)
    approved = await _returned(rig, back)
    rig.simulator.receive_return(back, line_id, 1, "STORE-1")
    partly = await _returned(rig, back)
    rig.simulator.receive_return(back, line_id, 1, "STORE-1")
    there = await _returned(rig, back)
    of_line = (LineQuantity(line_id=line_id, quantity=2),)
    assert asked == (ReturnStatus.REQUESTED, of_line, 2, 0)
    assert approved == (ReturnStatus.APPROVED, of_line, 2, 0)
    assert partly == (ReturnStatus.PARTIALLY_RECEIVED, of_line, 1, 1)
    assert there == (ReturnStatus.INSPECTED, of_line, 0, 2)


async def test_before_approval_shopify_does_not_say_which_line_comes_back(rig: Rig) -> None:
    """Of an order of two lines it is known how many units, and after approval of which."""
    order_id = rig.buy(("TEE-S", 1), ("TEE-M", 1))
    order = await rig.order(order_id)
    await rig.client.perform(replace(shipment(order), lines=everything(order)))
    back = rig.simulator.ask_return(order_id, {order.lines[0].external_id: 1})
    asked = await _returned(rig, back)
    rig.simulator.approve_return(back)
    approved = await _returned(rig, back)
    of_line = (LineQuantity(line_id=order.lines[0].external_id, quantity=1),)
    assert asked == (ReturnStatus.REQUESTED, (LineQuantity(quantity=1),), 0, 0)
    assert approved == (ReturnStatus.APPROVED, of_line, 1, 0)


async def _returned(rig: Rig, return_id: str) -> tuple[object, ...]:
    """(status, lines, units asked for, units returned)."""
    order, *rest = await rig.client.fetch(Kind.RETURN, [return_id])
    [back] = [one for one in rest if isinstance(one, ReturnRecord)]
    assert isinstance(order, OrderRecord)
    counters = order.lines[0].counters
    return back.status, back.lines, counters.return_requested, counters.returned


async def test_a_product_states_its_variants_and_their_stock_ids(rig: Rig) -> None:
    """Prices in the shop's currency, weights in grams, options by name."""
    [product] = await rig.pull(Kind.PRODUCT)
    assert isinstance(product, ProductRecord)
    small = product.variants[0]
    assert (small.sku, small.title, small.weight_g) == ("TEE-S", "S", 180)
    assert small.price == Money(minor=1999, currency="USD")
    assert small.options == (("Option", "S"),)
    assert small.inventory_item_id == rig.simulator.shop.variants["TEE-S"]["inventoryItem"]["id"]


async def test_a_customer_is_verified_by_an_account_and_not_by_a_flag(rig: Rig) -> None:
    """Without an account ``verifiedEmail`` is only Shopify's default."""
    rig.buy()
    [with_account] = await rig.pull(Kind.CUSTOMER)
    rig.simulator.shop.customers[0]["state"] = "DISABLED"
    [without] = await rig.pull(Kind.CUSTOMER)
    assert isinstance(with_account, CustomerRecord)
    assert isinstance(without, CustomerRecord)
    assert (with_account.email_verified, with_account.is_guest) == (True, False)
    assert (without.email_verified, without.is_guest) == (False, True)


async def test_locations_join_by_the_merchants_code(rig: Rig) -> None:
    """The metafield is the code; a location without one goes by its name."""
    del rig.simulator.shop.locations[1]["metafields"]["custom", "location_code"]
    found = [one for one in await rig.pull(Kind.LOCATION) if isinstance(one, LocationRecord)]
    assert [(one.code, one.type) for one in found] == [
        ("DC-1", LocationType.WAREHOUSE),
        ("Annex", LocationType.WAREHOUSE),
        ("STORE-1", LocationType.STORE),
    ]


async def test_a_level_states_eight_quantities(rig: Rig) -> None:
    """An order commits what it takes from the available, and on hand stays."""
    rig.buy(("TEE-S", 2))
    found = [one for one in await rig.pull(Kind.LEVEL) if isinstance(one, LevelRecord)]
    level = next(one for one in found if (one.sku, one.quantities.on_hand) == ("TEE-S", 10))
    assert len(found) == 4
    assert level.quantities == Quantities(
        on_hand=10,
        available=8,
        committed=2,
        reserved=0,
        safety_stock=0,
        quality_control=0,
        damaged=0,
        incoming=0,
    )


async def test_a_pull_of_levels_goes_on_from_when_the_last_one_began(rig: Rig) -> None:
    """Only what moved since comes again."""
    rig.clock.now = datetime.now(UTC)
    checkpoint = (await rig.pages(Kind.LEVEL))[-1].checkpoint
    rig.clock.later(hours=1)
    rig.buy(("TEE-M", 1))
    found = [one for one in await rig.pull(Kind.LEVEL, checkpoint) if isinstance(one, LevelRecord)]
    assert [one.sku for one in found] == ["TEE-M"]


async def test_a_pull_of_levels_that_was_cut_short_goes_on_where_it_was(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page, a client each: every level once."""
    monkeypatch.setattr(pulls, "LEVELS_A_PAGE", 1)
    seen: list[str] = []
    checkpoint = None
    for _ in range(6):
        page = await anext(rig.client_of().pull(Kind.LEVEL, checkpoint))
        seen += [one.external_id for one in page.changes if isinstance(one, LevelRecord)]
        checkpoint = page.checkpoint
    assert len(seen) == len(set(seen)) == 4


async def test_a_cursor_that_has_gone_stale_costs_a_location_and_not_the_pull(rig: Rig) -> None:
    """The location that an old checkpoint stands in is begun again."""
    depot = rig.simulator.shop.location("DC-1")["id"]
    stale = f'{{"since":"","began":"2026-10-01T12:00:00+00:00","at":"{depot}","after":"x"}}'
    found = await rig.pull(Kind.LEVEL, stale)
    assert len(found) == 4


async def test_a_level_is_fetched_by_item_and_location(rig: Rig) -> None:
    """One request a location; an item that is not stocked there is removed there."""
    shop = rig.simulator.shop
    item = shop.variants["TEE-S"]["inventoryItem"]["id"]
    ids = [f"{item}@{shop.location(code)['id']}" for code in ("DC-1", "DC-2")]
    stocked, removed = await rig.client.fetch(Kind.LEVEL, ids)
    assert isinstance(stocked, LevelRecord)
    assert (stocked.external_id, stocked.quantities.available) == (ids[0], 10)
    assert removed == Removed(kind=Kind.LEVEL, external_id=ids[1])
