"""What is read whole each time: listings and stock, over many pages, among everybody's."""

from aiohttp import web

from connectors.flexmarket.connector import Client
from connectors.flexmarket.tests import rows
from connectors.flexmarket.tests.conftest import PROFILE, Connect, Lists
from connectors.sdk.changes import Page, Unreadable
from connectors.sdk.records import Kind, LevelRecord, ProductRecord

PRODUCTS, VARIANTS, STOCK = "/api/catalog/products/", "/api/catalog/variants/", "/api/inventory/"
OWN, THEIRS = PROFILE["id"], "another-vendor"


def _fill(lists: Lists) -> None:
    """Three pages: of this seller and, up to the last of them, at every fifth place of another."""
    lists.rows |= {PRODUCTS: [], VARIANTS: [], STOCK: []}
    for number in range(260):
        vendor = THEIRS if number % 5 == 0 and number < 250 else OWN
        lists.rows[PRODUCTS].append(rows.listing(number, vendor))
        lists.rows[VARIANTS].append(rows.variant(number))
        lists.rows[STOCK].append(rows.stock(number))


_OWN_NUMBERS = {number for number in range(260) if number % 5 or number >= 250}


async def _pages(client: Client, kind: Kind, since: str | None = None) -> list[Page]:
    return [page async for page in client.pull(kind, since)]


async def test_listings_and_stock_of_this_seller_alone_come(connect: Connect, lists: Lists) -> None:
    """Though the lists are everybody's, as staff are shown them."""
    _fill(lists)
    client = await connect(staff_token="theirs")
    products = [each for page in await _pages(client, Kind.PRODUCT) for each in page.changes]
    assert {f"product-{number}" for number in _OWN_NUMBERS} == {
        each.external_id for each in products if isinstance(each, ProductRecord)
    }
    levels = [each for page in await _pages(client, Kind.LEVEL) for each in page.changes]
    assert {f"variant-{number}" for number in _OWN_NUMBERS} == {
        each.item_id for each in levels if isinstance(each, LevelRecord)
    }
    assert (len(_OWN_NUMBERS),) * 2 == (len(products), len(levels))


async def test_pull_that_was_cut_goes_on_after_any_page(connect: Connect, lists: Lists) -> None:
    """And one that had come to its end begins anew."""
    _fill(lists)
    client = await connect(staff_token="theirs")
    for kind in (Kind.PRODUCT, Kind.LEVEL):
        whole = await _pages(client, kind)
        everything = {each.external_id for page in whole for each in page.changes}
        for cut, page in enumerate(whole):
            rest = [*whole[: cut + 1], *await _pages(client, kind, page.checkpoint)]
            assert everything == {each.external_id for one in rest for each in one.changes}
        assert len(whole) == len(await _pages(client, kind, whole[-1].checkpoint))


async def test_listing_made_while_variants_were_read_has_its_variants(
    connect: Connect, lists: Lists
) -> None:
    """It is asked for by itself: without them it would look as if they were gone."""
    lists.rows |= {PRODUCTS: [rows.listing(1, OWN)], VARIANTS: []}
    details = rows.listing(1, OWN) | {"variants": [rows.variant(1)]}
    lists.answers[f"GET {PRODUCTS}product-1/"] = web.json_response(details)
    [page] = await _pages(await connect(), Kind.PRODUCT)
    [product] = page.changes
    assert isinstance(product, ProductRecord)
    assert ["KETTLE-1"] == [each.sku for each in product.variants]


async def test_stock_that_cannot_be_read_stops_no_other(connect: Connect, lists: Lists) -> None:
    """Of this seller it is set aside; of whom it is not told, it is nobody's."""
    lists.rows |= {PRODUCTS: [rows.listing(n, OWN) for n in (1, 2)]}
    lists.rows[VARIANTS] = [rows.variant(1), rows.variant(2)]
    lists.rows[STOCK] = [rows.stock(1, on_hand=-1), rows.stock(2), rows.stock(3, product_id=[]), 7]
    [page] = await _pages(await connect(staff_token="theirs"), Kind.LEVEL)
    assert [(Unreadable, "variant-1@marketplace"), (LevelRecord, "variant-2@marketplace")] == [
        (type(each), each.external_id) for each in page.changes
    ]
