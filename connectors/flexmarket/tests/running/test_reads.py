"""Pulls and fetches of the running marketplace."""

import aiohttp
import pytest

from connectors.flexmarket import CONNECTOR
from connectors.flexmarket.connector import Client
from connectors.flexmarket.mapping import LOCATION
from connectors.flexmarket.tests.running.people import People
from connectors.flexmarket.tests.running.work import of, pull
from connectors.sdk.changes import Removed
from connectors.sdk.errors import Misconfigured
from connectors.sdk.http import Http
from connectors.sdk.records import (
    Kind,
    LevelRecord,
    LocationRecord,
    OrderRecord,
    ProductRecord,
    ReturnRecord,
)
from connectors.sdk.records.states import OrderStatus, ReturnStatus
from connectors.sdk.values import LineQuantity, Money
from tests.running import System
from tests.shoppers import flexmarket
from tests.shoppers.flexmarket import Bought, Shopper

pytestmark = pytest.mark.systems

SKU = "CAP-NVY-OS"


async def _arrived(market: System, people: People) -> Bought:
    bought = await flexmarket.buy(market.info, SKU, 1)
    await people.send("seller", (await people.order(bought.number))["id"], "AP-READ")
    await people.deliver(bought.id)
    return bought


async def test_account_is_the_sellers(client: Client, seller: Client) -> None:
    """With and without the staff's token."""
    assert ["Northwind Outfitters"] * 2 == [(await each.check()).name for each in (client, seller)]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"token": "no-such-token"}, "401"),
        ({"token": "ada.okafor"}, "403"),
        ({"staff_token": "no-such-token"}, "staff_token"),
        ({"staff_token": "seller"}, "staff_token"),
        ({"url": "/elsewhere"}, "url"),
    ],
)
async def test_what_is_set_wrong_is_named(
    changed: dict[str, str],
    said: str,
    settings: dict[str, str],
    market: System,
    session: aiohttp.ClientSession,
) -> None:
    """No token, a shopper's, a seller's where the staff's is due, an address that is none."""
    tokens = market.info["tokens"]
    wrong = {name: tokens.get(value, value) for name, value in changed.items()}
    if "url" in wrong:
        wrong["url"] = market.url + wrong["url"]
    client = CONNECTOR.open({**settings, **wrong}, Http(session, market.url))
    with pytest.raises(Misconfigured, match=said):
        await client.check()


async def test_first_pull_gives_all_of_the_sellers_orders_and_no_others(
    seller: Client, market: System, people: People
) -> None:
    """What the seller's own list has, as it is."""
    await flexmarket.buy(market.info, SKU, 1)
    await flexmarket.buy(market.info, "RIVAL-LAMP", 1)
    changes, _ = await pull(seller, Kind.ORDER)
    found = {each.external_id: each.raw_status for each in of(OrderRecord, changes)}
    assert {own_id: each["status"] for own_id, each in (await people.orders()).items()} == found


async def test_later_pull_gives_what_is_new_what_is_open_and_what_has_ended(
    seller: Client, market: System, people: People
) -> None:
    """What has ended is not kept in mind for the next one."""
    open_one, ending = [await flexmarket.buy(market.info, SKU, 1) for _ in range(2)]
    _, checkpoint = await pull(seller, Kind.ORDER)
    await people.send("seller", (await people.order(ending.number))["id"], "AP-END")
    await people.deliver(ending.id)
    new = await flexmarket.buy(market.info, SKU, 1)
    changes, later = await pull(seller, Kind.ORDER, checkpoint)
    found = {each.number: each.status for each in of(OrderRecord, changes)}
    wanted = {open_one.number: OrderStatus.CONFIRMED, new.number: OrderStatus.CONFIRMED}
    wanted[ending.number] = OrderStatus.COMPLETED
    assert wanted == {number: found[number] for number in wanted}
    assert (await people.order(ending.number))["id"] not in later
    assert (await people.order(new.number))["id"] in later


async def test_fetch_of_an_order_says_what_a_pull_says(
    seller: Client, market: System, people: People
) -> None:
    """But for the time of reading."""
    bought = await _arrived(market, people)
    own_id = (await people.order(bought.number))["id"]
    changes, _ = await pull(seller, Kind.ORDER)
    [pulled] = [each for each in of(OrderRecord, changes) if each.external_id == own_id]
    [fetched] = of(OrderRecord, await seller.fetch(Kind.ORDER, [own_id]))
    assert (pulled.lines, pulled.totals, pulled.status, pulled.shipping_address) == (
        fetched.lines,
        fetched.totals,
        fetched.status,
        fetched.shipping_address,
    )


async def test_listings_are_the_sellers_with_all_their_variants(
    seller: Client, market: System, people: People
) -> None:
    """Drafts too; and a fetch says the same."""
    draft = await people.listing("DRAFT-SCARF", status="draft")
    changes, checkpoint = await pull(seller, Kind.PRODUCT)
    products = {each.external_id: each for each in of(ProductRecord, changes)}
    tee = next(each for each in products.values() if each.title == "Crew Tee Black")
    assert ["TEE-BLK-S", "TEE-BLK-M", "TEE-BLK-L", "TEE-BLK-XL"] == [
        each.sku for each in tee.variants
    ]
    small = tee.variants[0]
    assert (Money(minor=1900, currency="USD"), 180, (("size", "S"),), "2001000000012") == (
        small.price,
        small.weight_g,
        small.options,
        small.barcode,
    )
    assert "draft" == products[draft["id"]].raw_status
    assert "Rival Lamp" not in {each.title for each in products.values()}
    [fetched] = of(ProductRecord, await seller.fetch(Kind.PRODUCT, [tee.external_id]))
    assert (tee.title, tee.variants) == (fetched.title, fetched.variants)
    again, _ = await pull(seller, Kind.PRODUCT, checkpoint)
    assert set(products) == {each.external_id for each in of(ProductRecord, again)}


async def test_stock_is_the_sellers_at_one_place(
    client: Client, market: System, people: People
) -> None:
    """One level a variant, none of another seller's; a fetch says the same."""
    changes, _ = await pull(client, Kind.LEVEL)
    levels = {each.sku: each for each in of(LevelRecord, changes)}
    assert {LOCATION} == {each.location_id for each in levels.values()}
    assert "RIVAL-LAMP" not in levels
    assert await people.on_hand(SKU) == levels[SKU].quantities.on_hand
    [fetched] = await client.fetch(Kind.LEVEL, [levels[SKU].external_id])
    assert isinstance(fetched, LevelRecord)
    assert (levels[SKU].item_id, levels[SKU].quantities) == (fetched.item_id, fetched.quantities)
    [place] = of(LocationRecord, (await pull(client, Kind.LOCATION))[0])
    host = market.url.removeprefix("http://")
    assert (LOCATION, f"northwind-outfitters@{host}") == (place.external_id, place.code)


async def test_units_of_an_order_that_waits_for_its_payment_are_committed(
    client: Client, market: System, people: People
) -> None:
    """They are on hand until the order is confirmed, and not available."""
    before = await people.stock(SKU)
    how = flexmarket.Checkout(payment=flexmarket.TRANSFER)
    bought = await flexmarket.buy(market.info, SKU, 2, how=how)
    [level] = await client.fetch(Kind.LEVEL, [f"{before['product_id']}@{LOCATION}"])
    assert isinstance(level, LevelRecord)
    async with Shopper(market.info) as ada:
        await ada.cancel(bought.id)
    assert (before["on_hand"], before["available"] - 2, before["reserved"] + 2) == (
        level.quantities.on_hand,
        level.quantities.available,
        level.quantities.committed,
    )


async def test_returns_are_followed_from_asked_for_to_paid_back(
    client: Client, market: System, people: People
) -> None:
    """A pull brings each step; what is over is not kept in mind."""
    bought = await _arrived(market, people)
    async with Shopper(market.info) as ada:
        return_id = await ada.send_back(bought.id, {bought.lines[SKU]: 1}, "dented")
    changes, checkpoint = await pull(client, Kind.RETURN)
    [asked] = [each for each in of(ReturnRecord, changes) if each.external_id == return_id]
    assert (ReturnStatus.REQUESTED, "damaged: dented") == (asked.status, asked.reason)
    assert (LineQuantity(line_id=bought.lines[SKU], sku=SKU, quantity=1),) == asked.lines
    assert (await people.order(bought.number))["id"] == asked.order_id
    await people.call("admin", "POST", f"orders/{bought.id}/mark-paid/", {})
    await people.call("admin", "POST", f"returns/{return_id}/approve/", {})
    path = f"returns/{return_id}/receive/"
    refund_id = (await people.call("admin", "POST", path, {}))["refund"]["id"]
    changes, checkpoint = await pull(client, Kind.RETURN, checkpoint)
    assert ReturnStatus.RECEIVED in {
        each.status for each in of(ReturnRecord, changes) if each.external_id == return_id
    }
    assert return_id in checkpoint
    path = f"orders/{bought.id}/refunds/{refund_id}/process/"
    await people.call("admin", "POST", path, {})
    changes, checkpoint = await pull(client, Kind.RETURN, checkpoint)
    assert ReturnStatus.CLOSED in {
        each.status for each in of(ReturnRecord, changes) if each.external_id == return_id
    }
    assert return_id not in checkpoint


async def test_what_is_not_there_is_removed(client: Client) -> None:
    """Of every kind that is fetched."""
    for kind in (Kind.ORDER, Kind.PRODUCT, Kind.LEVEL, Kind.RETURN, Kind.LOCATION):
        assert [Removed(kind=kind, external_id="nobody-has-this-id")] == await client.fetch(
            kind, ["nobody-has-this-id"]
        )
