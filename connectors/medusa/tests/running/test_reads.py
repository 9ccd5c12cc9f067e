"""Every read, from the running shop."""

import aiohttp
import pytest

from connectors.medusa import CONNECTOR
from connectors.medusa.connector import Client
from connectors.medusa.tests.running.staff import Staff
from connectors.medusa.tests.running.work import all_of, only, order_of, pull
from connectors.sdk.changes import Removed
from connectors.sdk.errors import Misconfigured
from connectors.sdk.http import Http
from connectors.sdk.records import (
    CustomerRecord,
    Kind,
    LevelRecord,
    LocationRecord,
    OrderRecord,
    ProductRecord,
)
from connectors.sdk.records.states import LocationType, Method, OrderStatus
from tests.running import System
from tests.shoppers import medusa

pytestmark = pytest.mark.systems

SKU = "MERINO-TEE-M-MOSS"


async def test_check_names_the_shop(client: Client) -> None:
    """Address, key and rights are good."""
    assert "Medusa Store" == (await client.check()).name


@pytest.mark.parametrize("wrong", [{"api_key": "sk_wrong"}, {"url": "{url}/nowhere"}])
async def test_check_refuses_what_is_wrong(
    settings: dict[str, str], session: aiohttp.ClientSession, wrong: dict[str, str]
) -> None:
    """A key that the shop does not know, an address where no Admin API answers."""
    given = {name: value.format(url=settings["url"]) for name, value in wrong.items()}
    client = CONNECTOR.open(settings | given, Http(session, settings["url"]))
    with pytest.raises(Misconfigured):
        await client.check()


async def test_locations_have_their_name_for_a_code(client: Client, shop: System) -> None:
    """Stores are those that the operator named; one that is not there is gone."""
    changes, _ = await pull(client, Kind.LOCATION)
    expected = {
        (own_id, code, LocationType.WAREHOUSE if code == "DC-RENO" else LocationType.STORE)
        for code, own_id in shop.info["locations"].items()
    }
    found = all_of(LocationRecord, changes)
    assert expected == {
        (each.external_id, each.code, each.type)
        for each in found
        if each.code in shop.info["locations"]
    }
    reno = next(each for each in found if each.code == "DC-RENO")
    assert reno.address
    assert ("Reno", "NV", "US") == (
        reno.address.city,
        reno.address.province,
        reno.address.country_code,
    )
    one, gone = await client.fetch(Kind.LOCATION, [reno.external_id, "sloc_none"])
    assert isinstance(one, LocationRecord)
    assert Removed(kind=Kind.LOCATION, external_id="sloc_none") == gone


async def test_products_bring_all_their_variants(client: Client, staff: Staff) -> None:
    """Every variant of the shop is in exactly one product, with the inventory item that counts it;
    price and options are as the shop has them. One is found by its own id and by a variant's."""
    changes, _ = await pull(client, Kind.PRODUCT)
    query = {"limit": "1000", "fields": "id,sku,product_id,*inventory_items"}
    listed = (await staff.get("/admin/product-variants", **query))["variants"]
    expected = {
        (each["id"], each["sku"], part["inventory_item_id"])
        for each in listed
        for part in each["inventory_items"]
        if part["required_quantity"] == 1
    }
    products = {each.external_id: each for each in all_of(ProductRecord, changes)}
    found = [variant for each in products.values() for variant in each.variants]
    assert sorted(each["id"] for each in listed) == sorted(each.external_id for each in found)
    assert expected == {
        (each.external_id, each.sku, each.inventory_item_id)
        for each in found
        if each.inventory_item_id
    }
    (moss,) = [each for each in found if each.sku == SKU]
    assert moss.price
    assert ((6500, "USD"), (("Colour", "Moss"), ("Size", "M"))) == (
        (moss.price.minor, moss.price.currency),
        moss.options,
    )
    (product,) = {each["product_id"] for each in listed if each["sku"] == SKU}
    both = await client.fetch(Kind.PRODUCT, [product, f"variant:{moss.external_id}"])
    assert product == only(ProductRecord, both).external_id
    assert [] == await client.fetch(Kind.PRODUCT, ["variant:variant_none"])


async def test_levels_are_all_read_and_count_what_the_shop_counts(
    client: Client, staff: Staff
) -> None:
    """Each item at each location, on hand and committed as the shop has them; one is found by item
    and location."""
    changes, _ = await pull(client, Kind.LEVEL)
    query = {"limit": "1000", "fields": "id,sku,*location_levels"}
    listed = (await staff.get("/admin/inventory-items", **query))["inventory_items"]
    expected = {
        f"{item['id']}@{level['location_id']}": (
            item["sku"],
            level["stocked_quantity"],
            level["reserved_quantity"],
            level["available_quantity"],
        )
        for item in listed
        for level in item["location_levels"]
    }
    found = all_of(LevelRecord, changes)
    assert len(expected) == len(changes)
    assert expected == {
        each.external_id: (
            each.sku,
            each.quantities.on_hand,
            each.quantities.committed,
            each.quantities.available,
        )
        for each in found
    }
    one, gone = await client.fetch(Kind.LEVEL, [found[0].external_id, "iitem_none@sloc_none"])
    assert isinstance(one, LevelRecord)
    assert found[0].quantities == one.quantities
    assert Removed(kind=Kind.LEVEL, external_id="iitem_none@sloc_none") == gone


async def test_order_of_an_account_is_read(client: Client, shop: System) -> None:
    """What was bought, by whom, to be collected; the customer with their name; and both again by a
    pull that follows the first."""
    _, checkpoint = await pull(client, Kind.ORDER)
    how = medusa.Checkout(has_account=True, shipping="Store pickup", more={"MUG-ENML-OS": 2})
    bought = await medusa.buy(shop, SKU, 1, "account@example.com", how)
    changes, _ = await pull(client, Kind.ORDER, checkpoint)
    order = {each.external_id: each for each in all_of(OrderRecord, changes)}[bought.id]
    assert (bought.number, OrderStatus.CONFIRMED, "USD", "account@example.com") == (
        order.number,
        order.status,
        order.currency,
        order.email,
    )
    assert {(SKU, 1, 6500, Method.PICKUP), ("MUG-ENML-OS", 2, 2800, Method.PICKUP)} == {
        (str(each.sku), each.counters.ordered, each.total.minor, each.method)
        for each in order.lines
    }
    assert order.shipping_address
    assert ("Ada Okafor", "89501") == (
        order.shipping_address.name,
        order.shipping_address.postal_code,
    )
    assert order.customer_id
    (person,) = await client.fetch(Kind.CUSTOMER, [order.customer_id])
    assert isinstance(person, CustomerRecord)
    assert ("Ada", "Okafor", "+17755550101", False) == (
        person.first_name,
        person.last_name,
        person.phone,
        person.is_guest,
    )
    changes, _ = await pull(client, Kind.CUSTOMER)
    assert order.customer_id in {each.external_id for each in all_of(CustomerRecord, changes)}
    again = await order_of(client, bought.id)
    assert (order.lines, order.totals) == (again.lines, again.totals)
    assert [Removed(kind=Kind.ORDER, external_id="order_none")] == await client.fetch(
        Kind.ORDER, ["order_none"]
    )
