"""What is unlike what one would expect of this shop's people and products. Each test first shows
the trap at the shop itself, then that the connector does not fall into it."""

import aiohttp
import pytest

from connectors.medusa import CONNECTOR
from connectors.medusa.connector import Client
from connectors.medusa.tests.running.staff import Staff
from connectors.medusa.tests.running.work import all_of, order_of, pull, walked_on
from connectors.sdk.http import Http
from connectors.sdk.records import CustomerRecord, Kind, ProductRecord
from tests.running import System
from tests.shoppers import medusa

pytestmark = pytest.mark.systems

SKU = "CAMP-STOVE"


async def test_guest_and_account_of_one_address_are_two_customers(
    client: Client, shop: System, settings: dict[str, str], session: aiohttp.ClientSession
) -> None:
    """Neither has proved the address, whatever the shop calls the account, unless the operator says
    that the shop asks for a proof."""
    email = "twice@example.com"
    guest = await medusa.buy(shop, SKU, 1, email)
    account = await medusa.buy(shop, SKU, 1, email, medusa.Checkout(has_account=True))
    ids = [(await order_of(client, each.id)).customer_id for each in (guest, account)]
    assert 2 == len(set(ids))
    wanted = [each for each in ids if each]
    found = all_of(CustomerRecord, await client.fetch(Kind.CUSTOMER, wanted))
    told = {each.external_id: (each.email, each.is_guest, each.email_verified) for each in found}
    assert {ids[0]: (email, True, False), ids[1]: (email, False, False)} == told
    proving = CONNECTOR.open(settings | {"verifies_email": "yes"}, Http(session, settings["url"]))
    found = all_of(CustomerRecord, await proving.fetch(Kind.CUSTOMER, wanted))
    proven = {each.external_id: each.email_verified for each in found}
    assert {ids[0]: False, ids[1]: True} == proven


async def test_address_moves_no_time_of_its_customer(client: Client, staff: Staff) -> None:
    """Who follows times does not see it; it comes with the next thing that does move."""
    made = (await staff.post("/admin/customers", email="moves@example.com"))["customer"]
    _, checkpoint = await pull(client, Kind.CUSTOMER)
    path = f"/admin/customers/{made['id']}"
    await staff.post(f"{path}/addresses", address_1="1 New Road", country_code="us")
    assert made["updated_at"] == (await staff.get(path))["customer"]["updated_at"]
    await staff.post(path, first_name="Mo")
    changes, _ = await pull(client, Kind.CUSTOMER, checkpoint)
    found = {each.external_id: each for each in all_of(CustomerRecord, changes)}[made["id"]]
    lines = [each.line1 for each in found.addresses]
    assert ("Mo", ["1 New Road"]) == (found.first_name, lines)


async def test_change_of_a_variant_moves_no_time_of_its_product(
    client: Client, staff: Staff
) -> None:
    """A new price is found by the walk over variants."""
    query = {"sku": SKU, "fields": "id,product_id"}
    (variant,) = (await staff.get("/admin/product-variants", **query))["variants"]
    path = f"/admin/products/{variant['product_id']}"
    before = (await staff.get(path))["product"]["updated_at"]
    _, checkpoint = await pull(client, Kind.PRODUCT)
    price = {"currency_code": "usd", "amount": 87.5}
    await staff.post(f"{path}/variants/{variant['id']}", prices=[price])
    assert before == (await staff.get(path))["product"]["updated_at"]
    changes, _ = await pull(client, Kind.PRODUCT, walked_on(checkpoint, "products"))
    (found,) = [
        each
        for product in all_of(ProductRecord, changes)
        for each in product.variants
        if each.sku == SKU
    ]
    assert found.price
    assert (8750, "USD") == (found.price.minor, found.price.currency)
