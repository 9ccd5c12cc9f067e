"""What is unlike what one would expect of this marketplace, and what is done about it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from connectors.flexmarket import CONNECTOR
from connectors.flexmarket.connector import Client
from connectors.flexmarket.mapping import LOCATION, shipment_id
from connectors.flexmarket.tests.running.people import People, Refused
from connectors.flexmarket.tests.running.work import level_of, of, order_of, pull, shipping
from connectors.sdk.changes import Removed
from connectors.sdk.commands import CancelOrder, ReceiveReturn, RecordDelivery
from connectors.sdk.errors import Misconfigured, Rejected
from connectors.sdk.http import Http
from connectors.sdk.records import (
    Kind,
    LevelRecord,
    LineCounters,
    ProductRecord,
    ReturnRecord,
    ShipmentRecord,
)
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.values import LineQuantity
from tests.running import System
from tests.shoppers import flexmarket
from tests.shoppers.flexmarket import Checkout, Shopper

pytestmark = pytest.mark.systems

SKU = "SOCK-GRY-OS"
SHARED = Checkout(more={"RIVAL-LAMP": 1})


async def test_one_order_cannot_be_asked_for(
    seller: Client, market: System, people: People
) -> None:
    """There is a list, and a way to ship: nothing at an order's own address. The list is read."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    own_id = (await people.order(bought.number))["id"]
    with pytest.raises(Refused) as refused:
        await people.call("seller", "GET", f"vendors/me/orders/{own_id}/")
    assert 404 == refused.value.status
    assert bought.number == (await order_of(seller, own_id)).number


async def test_seller_is_shown_no_parcel_number(
    seller: Client, market: System, people: People
) -> None:
    """Not even of a parcel that the seller sent: shipments have units, and no tracking."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    own_id = (await people.order(bought.number))["id"]
    await seller.perform(shipping("trap-1", own_id, {SKU: 1}, "AP-HIDDEN"))
    assert "AP-HIDDEN" not in str(await people.order(bought.number))
    [shipment] = of(ShipmentRecord, await seller.fetch(Kind.ORDER, [own_id]))
    assert () == shipment.tracking


async def test_no_currency_is_told_to_a_seller(
    seller: Client, market: System, people: People
) -> None:
    """Neither with orders nor listings nor the profile; a calculation of prices states it."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    own = await people.order(bought.number)
    listings = await people.call("seller", "GET", "catalog/products/?mine=1")
    variants = await people.call("seller", "GET", "catalog/variants/")
    profile = await people.call("seller", "GET", "vendors/me/")
    for told in (own, listings, variants, profile):
        assert "currency" not in str(told)
    assert "USD" == (await order_of(seller, own["id"])).currency


async def test_order_called_delivered_of_which_nothing_left_has_nothing_delivered(
    seller: Client, market: System, people: People
) -> None:
    """Staff may say of a shopper's order that it arrived when another seller's part did."""
    bought = await flexmarket.buy(market.info, SKU, 2, how=SHARED)
    await people.send("rival", (await people.order(bought.number, "rival"))["id"], "AP-RIVAL")
    await people.deliver(bought.id)
    order = await order_of(seller, (await people.order(bought.number))["id"])
    assert (OrderStatus.COMPLETED, "delivered", LineCounters(ordered=2)) == (
        order.status,
        order.raw_status,
        order.lines[0].counters,
    )


async def test_seller_is_told_of_a_delivery_only_when_all_of_the_order_arrived(
    client: Client, market: System, people: People
) -> None:
    """The parcel has arrived, and the seller's order says so once the other seller's has too."""
    bought = await flexmarket.buy(market.info, SKU, 1, how=SHARED)
    own_id = (await people.order(bought.number))["id"]
    await people.send("seller", own_id, "AP-EARLY")
    await people.send("rival", (await people.order(bought.number, "rival"))["id"], "AP-LATE")
    command = RecordDelivery(key="trap-2", order_id=own_id, shipment_id=shipment_id(own_id))
    await client.perform(command)
    assert 0 == (await order_of(client, own_id)).lines[0].counters.delivered
    await people.deliver(bought.id)
    assert 1 == (await order_of(client, own_id)).lines[0].counters.delivered


async def test_saying_twice_that_a_parcel_arrived_is_two_events(
    market: System, people: People
) -> None:
    """And moves the time of delivery: the connector looks before it says so."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    own = await people.order(bought.number)
    await people.send("seller", own["id"], "AP-TWICE")
    [parcel] = (await people.whole(bought.id))["shipments"]
    path = f"orders/{bought.id}/shipments/{parcel['id']}/events/"
    for _ in range(2):
        await people.call("admin", "POST", path, {"status": "delivered"})
    [parcel] = (await people.whole(bought.id))["shipments"]
    assert ["dispatched", "delivered", "delivered"] == [each["status"] for each in parcel["events"]]


async def test_units_leave_the_shelf_when_an_order_is_confirmed(
    client: Client, market: System, people: People
) -> None:
    """Not when they are sent: what is on hand there are units that nobody has bought."""
    before = await people.on_hand(SKU)
    bought = await flexmarket.buy(market.info, SKU, 2)
    confirmed = (await level_of(client, SKU)).quantities.on_hand
    await people.send("seller", (await people.order(bought.number))["id"], "AP-SHELF")
    assert (before - 2, before - 2) == (
        confirmed,
        (await level_of(client, SKU)).quantities.on_hand,
    )


async def test_search_for_a_sku_finds_longer_ones_too(client: Client, people: People) -> None:
    """It is for a part of it: the level is that of the variant asked for."""
    for sku, on_hand in (("PART", 5), ("PART-2", 7)):
        [variant] = (await people.listing(sku))["variants"]
        await people.track(variant["id"], sku, on_hand)
    found = await people.call("admin", "GET", "inventory/?search=PART")
    assert ["PART", "PART-2"] == [each["sku"] for each in found["results"]]
    item = (await people.stock("PART"))["product_id"]
    [level] = await client.fetch(Kind.LEVEL, [f"{item}@{LOCATION}"])
    assert isinstance(level, LevelRecord)
    assert ("PART", 5) == (level.sku, level.quantities.on_hand)


async def test_stock_keeps_the_sku_that_the_variant_had(client: Client, people: People) -> None:
    """Renamed since, the variant is not found by its SKU; its stock is found by its id."""
    [variant] = (await people.listing("OLD-NAME"))["variants"]
    await people.track(variant["id"], "OLD-NAME", 4)
    await people.call("seller", "PATCH", f"catalog/variants/{variant['id']}/", {"sku": "NEW-NAME"})
    assert 0 == (await people.call("admin", "GET", "inventory/?search=NEW-NAME"))["count"]
    [level] = await client.fetch(Kind.LEVEL, [f"{variant['id']}@{LOCATION}"])
    assert isinstance(level, LevelRecord)
    assert 4 == level.quantities.on_hand


async def test_variant_whose_stock_is_not_counted_has_no_level(
    client: Client, people: People
) -> None:
    """It can be bought without end."""
    [variant] = (await people.listing("NEVER-COUNTED"))["variants"]
    changes, _ = await pull(client, Kind.LEVEL)
    assert variant["id"] not in {each.item_id for each in of(LevelRecord, changes)}
    level = f"{variant['id']}@{LOCATION}"
    assert [Removed(kind=Kind.LEVEL, external_id=level)] == await client.fetch(Kind.LEVEL, [level])


async def test_slug_is_no_id(seller: Client, people: People) -> None:
    """The marketplace takes one for the other."""
    assert (
        "Crew Tee Black"
        == (await people.call("seller", "GET", "catalog/products/tee-blk/"))["name"]
    )
    assert [Removed(kind=Kind.PRODUCT, external_id="tee-blk")] == await seller.fetch(
        Kind.PRODUCT, ["tee-blk"]
    )


async def test_return_of_two_sellers_goods_is_read_in_part_and_never_taken_in(
    client: Client, market: System, people: People
) -> None:
    """Taking it in would put the other seller's goods on sale too."""
    bought = await flexmarket.buy(market.info, SKU, 1, how=SHARED)
    for who in ("seller", "rival"):
        await people.send(who, (await people.order(bought.number, who))["id"], f"AP-{who}")
    await people.deliver(bought.id)
    async with Shopper(market.info) as ada:
        return_id = await ada.send_back(bought.id, dict.fromkeys(bought.lines.values(), 1))
    [record] = of(ReturnRecord, await client.fetch(Kind.RETURN, [return_id]))
    assert (LineQuantity(line_id=bought.lines[SKU], sku=SKU, quantity=1),) == record.lines
    held = await people.on_hand(SKU), await people.on_hand("RIVAL-LAMP")
    with pytest.raises(Rejected) as refused:
        await client.perform(ReceiveReturn(key="trap-3", return_id=return_id))
    after = await people.on_hand(SKU), await people.on_hand("RIVAL-LAMP")
    status = (await people.returned(return_id))["status"]
    assert ("SHARED_RETURN", held, "pending") == (refused.value.code, after, status)


async def test_return_of_another_sellers_goods_is_none_of_ours(
    client: Client, market: System, people: People
) -> None:
    """The staff's list has everybody's: pulled it does not come, fetched it is not there."""
    bought = await flexmarket.buy(market.info, "RIVAL-LAMP", 1)
    await people.send("rival", (await people.order(bought.number, "rival"))["id"], "AP-X")
    await people.deliver(bought.id)
    async with Shopper(market.info) as ada:
        return_id = await ada.send_back(bought.id, {bought.lines["RIVAL-LAMP"]: 1})
    changes, _ = await pull(client, Kind.RETURN)
    assert return_id not in {each.external_id for each in of(ReturnRecord, changes)}
    assert [Removed(kind=Kind.RETURN, external_id=return_id)] == await client.fetch(
        Kind.RETURN, [return_id]
    )


async def test_canceling_a_paid_order_opens_a_refund(
    client: Client, market: System, people: People
) -> None:
    """The marketplace's own, which its staff have to pay out."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    await people.call("admin", "POST", f"orders/{bought.id}/mark-paid/", {})
    own_id = (await people.order(bought.number))["id"]
    await client.perform(CancelOrder(key="trap-4", order_id=own_id, reason="out of stock"))
    whole = await people.whole(bought.id)
    assert ("0.00", ["requested"]) == (
        whole["amount_refunded"],
        [each["status"] for each in whole["refunds"]],
    )


@asynccontextmanager
async def _suspended(people: People) -> AsyncIterator[None]:
    await people.call("admin", "POST", "vendors/northwind-outfitters/suspend/", {})
    try:
        yield
    finally:
        await people.call("admin", "POST", "vendors/northwind-outfitters/approve/", {})


async def test_suspended_seller_would_be_shown_everybodys_listings(
    seller: Client, people: People
) -> None:
    """``mine`` then means nothing. Nothing is read; the operator is told that it is not a key."""
    async with _suspended(people):
        listings = await people.call("seller", "GET", "catalog/products/?mine=1&page_size=100")
        assert "Rival Lamp" in {each["name"] for each in listings["results"]}
        with pytest.raises(Misconfigured, match="suspended"):
            await seller.check()
        with pytest.raises(Misconfigured, match="suspended"):
            await pull(seller, Kind.PRODUCT)
    assert "Northwind Outfitters" == (await seller.check()).name


async def test_staff_who_sell_are_shown_everybodys_listings(
    market: System, people: People, session: aiohttp.ClientSession
) -> None:
    """To a user who is both, "mine" are all: what names another seller is left out."""
    await people.call("admin", "POST", "vendors/apply/", {"name": "House Brand"})
    await people.call("admin", "POST", "vendors/house-brand/approve/", {})
    own = {"vendor_id": (await people.call("admin", "GET", "vendors/me/"))["id"]}
    [variant] = (await people.listing("HOUSE-MAT", "admin", **own))["variants"]
    await people.track(variant["id"], "HOUSE-MAT", 3)
    listings = await people.call("admin", "GET", "catalog/products/?mine=1&page_size=100")
    assert "Rival Lamp" in {each["name"] for each in listings["results"]}
    token = market.info["tokens"]["admin"]
    settings = {"url": market.url, "token": token, "staff_token": token}
    client = CONNECTOR.open(settings, Http(session, market.url))
    products, _ = await pull(client, Kind.PRODUCT)
    levels, _ = await pull(client, Kind.LEVEL)
    assert ([["HOUSE-MAT"]], ["HOUSE-MAT"]) == (
        [[one.sku for one in each.variants] for each in of(ProductRecord, products)],
        [each.sku for each in of(LevelRecord, levels)],
    )


async def test_five_shoppers_for_the_last_piece_make_one_order(
    seller: Client, market: System, people: People
) -> None:
    """Oversell is the marketplace's to prevent, and it does."""
    sku = "TEE-WHT-XL"
    await people.count(sku, 1)
    who = ("ada.okafor", "ben.larsen", "chloe.nguyen", "dev.patel", "elena.rossi")
    results = await asyncio.gather(
        *(flexmarket.buy(market.info, sku, 1, each) for each in who), return_exceptions=True
    )
    bought = [each for each in results if isinstance(each, flexmarket.Bought)]
    refused = [each for each in results if isinstance(each, flexmarket.MarketSaidNo)]
    assert (1, 4) == (len(bought), len(refused))
    [order] = [each for each in (await people.orders()).values() if _is_of(each, sku)]
    assert bought[0].number == order["order_number"]
    for each in who:
        async with Shopper(market.info, each) as shopper:
            await shopper.call("POST", "cart/clear/")


def _is_of(order: dict[str, object], sku: str) -> bool:
    return sku in str(order["items"])
