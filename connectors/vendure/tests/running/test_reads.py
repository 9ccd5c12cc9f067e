"""Every read, from the running shop."""

from typing import Any

import aiohttp
import pytest
from graphql import GraphQLSchema, build_client_schema, get_introspection_query, parse, validate

from connectors.sdk.changes import Removed
from connectors.sdk.errors import Misconfigured
from connectors.sdk.http import Http
from connectors.sdk.records import (
    CustomerRecord,
    Kind,
    LevelRecord,
    LocationRecord,
    ProductRecord,
    Quantities,
)
from connectors.sdk.records.states import (
    LocationType,
)
from connectors.vendure import CONNECTOR, requests
from connectors.vendure.connector import Client
from connectors.vendure.tests.running.staff import Staff
from connectors.vendure.tests.running.work import (
    order_of,
    pull,
)
from tests.running import System
from tests.shoppers import vendure

pytestmark = pytest.mark.systems

DOCUMENTS = requests.READS | requests.WRITES


async def test_check_names_the_channel(client: Client) -> None:
    """Address, key and rights are good."""
    assert "default channel" == (await client.check()).name


@pytest.mark.parametrize(
    "wrong", [{"api_key": "190b14db:wrong"}, {"channel_token": "no-such-channel"}]
)
async def test_check_refuses_wrong_credentials(
    settings: dict[str, str], session: aiohttp.ClientSession, wrong: dict[str, str]
) -> None:
    """A wrong key, and a channel token that the shop takes for none without a word."""
    client = CONNECTOR.open(settings | wrong, Http(session, settings["url"]))
    with pytest.raises(Misconfigured):
        await client.check()


async def test_check_refuses_a_key_without_rights(
    staff: Staff, settings: dict[str, str], session: aiohttp.ClientSession
) -> None:
    """A role that may read orders alone cannot carry the connector."""
    channel = (await staff.ask("{ activeChannel { id } }"))["id"]
    role = await staff.ask(
        "mutation ($i: CreateRoleInput!) { createRole(input: $i) { id } }",
        i={
            "code": "orders-only",
            "description": "",
            "permissions": ["ReadOrder"],
            "channelIds": [channel],
        },
    )
    made = await staff.ask(
        "mutation ($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey } }",
        i={
            "roleIds": [role["id"]],
            "translations": [{"languageCode": "en", "name": "orders-only"}],
        },
    )
    limited = CONNECTOR.open(settings | {"api_key": made["apiKey"]}, Http(session, settings["url"]))
    with pytest.raises(Misconfigured, match="FORBIDDEN"):
        await limited.check()


async def test_locations_have_their_name_for_a_code(client: Client, shop: System) -> None:
    """Stores are those that the operator named."""
    changes, _ = await pull(client, Kind.LOCATION)
    expected = {
        (own_id, code, LocationType.WAREHOUSE if code == "DC-RENO" else LocationType.STORE)
        for code, own_id in shop.info["locations"].items()
    }
    found = {
        (each.external_id, each.code, each.type)
        for each in changes
        if isinstance(each, LocationRecord) and each.code in shop.info["locations"]
    }
    assert expected == found


async def test_locations_are_fetched_by_id(client: Client, shop: System) -> None:
    """One that is not there is gone."""
    own_id = shop.info["locations"]["STORE-NYC"]
    found, gone = await client.fetch(Kind.LOCATION, [own_id, "9999"])
    assert isinstance(found, LocationRecord)
    assert (own_id, "STORE-NYC") == (found.external_id, found.code)
    assert Removed(kind=Kind.LOCATION, external_id="9999") == gone


async def test_products_bring_all_their_variants(client: Client, staff: Staff) -> None:
    """Every variant of the shop is in exactly one product."""
    changes, _ = await pull(client, Kind.PRODUCT)
    listed = await staff.ask("{ productVariants(options: { take: 1000 }) { items { id sku } } }")
    expected = sorted((each["id"], each["sku"]) for each in listed["items"])
    found = [
        (variant.external_id, variant.sku)
        for each in changes
        if isinstance(each, ProductRecord)
        for variant in each.variants
    ]
    assert expected == sorted(found)


async def test_product_states_price_and_options(client: Client) -> None:
    """Net, as this shop shows prices; options by their group."""
    changes, _ = await pull(client, Kind.PRODUCT)
    (variant,) = [
        variant
        for each in changes
        if isinstance(each, ProductRecord)
        for variant in each.variants
        if variant.sku == "MERINO-TEE-M-MOSS"
    ]
    assert variant.price
    assert ((6500, "USD"), (("Colour", "Moss"), ("Size", "M"))) == (
        (variant.price.minor, variant.price.currency),
        variant.options,
    )


async def test_product_is_fetched_by_its_own_id_and_by_a_variants(
    client: Client, staff: Staff
) -> None:
    """An event of a variant names no product."""
    listed = await staff.ask(
        '{ productVariants(options: { filter: { sku: { eq: "CAMP-STOVE" } } }) '
        "{ items { id productId } } }"
    )
    (variant,) = listed["items"]
    both = await client.fetch(Kind.PRODUCT, [variant["productId"], f"variant:{variant['id']}"])
    (found,) = both
    assert isinstance(found, ProductRecord)
    assert variant["productId"] == found.external_id
    assert [] == await client.fetch(Kind.PRODUCT, ["variant:9999"])


async def test_levels_are_all_read_and_count_what_the_shop_counts(
    client: Client, staff: Staff
) -> None:
    """Each variant at each location, on hand and committed as the shop has them."""
    changes, checkpoint = await pull(client, Kind.LEVEL)
    listed = await staff.ask(
        """{ productVariants(options: { take: 1000 }) { items {
          id sku stockLevels { stockOnHand stockAllocated stockLocation { id } }
        } } }"""
    )
    expected = {
        f"{variant['id']}@{level['stockLocation']['id']}": (
            variant["sku"],
            level["stockOnHand"],
            level["stockAllocated"],
        )
        for variant in listed["items"]
        for level in variant["stockLevels"]
    }
    found = {
        each.external_id: (each.sku, each.quantities.on_hand, each.quantities.committed)
        for each in changes
        if isinstance(each, LevelRecord)
    }
    assert expected == found
    assert len(changes) == len(found)
    again, _ = await pull(client, Kind.LEVEL, checkpoint)
    assert len(changes) == len(again)


async def test_level_is_fetched_by_variant_and_location(client: Client, staff: Staff) -> None:
    """One location asked for is one level given; another variant's is gone."""
    changes, _ = await pull(client, Kind.LEVEL)
    wanted = next(each for each in changes if isinstance(each, LevelRecord))
    found, gone = await client.fetch(Kind.LEVEL, [wanted.external_id, "9999@1"])
    assert isinstance(found, LevelRecord)
    assert (wanted.external_id, wanted.item_id, wanted.location_id, wanted.quantities) == (
        found.external_id,
        found.item_id,
        found.location_id,
        found.quantities,
    )
    assert Removed(kind=Kind.LEVEL, external_id="9999@1") == gone


async def test_stock_that_a_variant_does_not_count_is_stated_as_uncounted(
    client: Client, staff: Staff
) -> None:
    """A variant may be sold without end."""
    listed = await staff.ask(
        '{ productVariants(options: { filter: { sku: { eq: "GIFT-WRAP" } } }) { items { id } } }'
    )
    own_id = listed["items"][0]["id"]
    flag = (
        "mutation ($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }"
    )
    await staff.ask(flag, i=[{"id": own_id, "trackInventory": "FALSE"}])
    (level,) = await client.fetch(Kind.LEVEL, [f"{own_id}@1"])
    await staff.ask(flag, i=[{"id": own_id, "trackInventory": "INHERIT"}])
    assert isinstance(level, LevelRecord)
    assert Quantities() == level.quantities


async def test_customer_with_an_account_is_read(client: Client, shop: System) -> None:
    """Name, telephone and the address that the checkout left."""
    bought = await vendure.buy(
        shop.url, "MUG-ENML-OS", 1, "account@example.com", vendure.Checkout(has_account=True)
    )
    order = await order_of(client, bought.id)
    assert order.customer_id
    (found,) = await client.fetch(Kind.CUSTOMER, [order.customer_id])
    assert isinstance(found, CustomerRecord)
    assert ("account@example.com", "Ada", "Okafor", "+17755550101", False) == (
        found.email,
        found.first_name,
        found.last_name,
        found.phone,
        found.is_guest,
    )
    assert "89501" in {address.postal_code for address in found.addresses}
    changes, _ = await pull(client, Kind.CUSTOMER)
    assert order.customer_id in {
        each.external_id for each in changes if isinstance(each, CustomerRecord)
    }


async def _schema(staff: Staff) -> GraphQLSchema:
    found: Any = await staff.answer(get_introspection_query())
    return build_client_schema(found["data"])


async def test_every_document_is_valid_at_the_running_shop(staff: Staff) -> None:
    """None asks for a field, an argument or a type that the shop has not."""
    schema = await _schema(staff)
    problems = {
        name: [error.message for error in validate(schema, parse(text))]
        for name, text in DOCUMENTS.items()
    }
    assert not any(problems.values()), problems
    assert 17 == len(problems)


async def test_list_filters_and_sorts_exist_at_the_running_shop(staff: Staff) -> None:
    """They go as variables, so validating documents does not see them."""
    schema = await _schema(staff)
    lists = {
        "Order": ("id", "orderPlacedAt", "updatedAt"),
        "Customer": ("id", "updatedAt"),
        "Product": ("id", "updatedAt"),
        "ProductVariant": ("id", "updatedAt"),
        "StockLocation": ("id",),
    }
    for noun, names in lists.items():
        for suffix in ("FilterParameter", "SortParameter"):
            fields = getattr(schema.type_map[noun + suffix], "fields", {})
            assert set(names) <= set(fields), noun + suffix
