"""Every read, from the running shop."""

import aiohttp
import pytest

from connectors.sdk.changes import Change, Removed
from connectors.sdk.errors import Misconfigured
from connectors.sdk.http import Http
from connectors.sdk.records import (
    CustomerRecord,
    Kind,
    LevelRecord,
    LineCounters,
    LocationRecord,
    OrderRecord,
    ProductRecord,
    Quantities,
    ShipmentRecord,
)
from connectors.sdk.records.states import (
    LocationType,
    Method,
    OrderStatus,
    ShipmentStatus,
    TransactionKind,
    TransactionStatus,
)
from connectors.sdk.values import Address, LineQuantity
from connectors.vendure import CONNECTOR
from connectors.vendure.connector import Client
from connectors.vendure.tests.running.staff import Staff
from tests.running import System
from tests.shoppers import vendure

pytestmark = pytest.mark.systems


async def pull(client: Client, kind: Kind, since: str | None = None) -> tuple[list[Change], str]:
    """Pull to the end; return all changes and the last checkpoint."""
    changes: list[Change] = []
    checkpoint = ""
    async for page in client.pull(kind, since):
        assert len(page.changes) <= 250
        changes += page.changes
        checkpoint = page.checkpoint
    return changes, checkpoint


async def order_of(client: Client, order_id: str) -> OrderRecord:
    order, *_ = await client.fetch(Kind.ORDER, [order_id])
    assert isinstance(order, OrderRecord)
    return order


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


async def test_guests_order_comes_with_everything(client: Client, shop: System) -> None:
    """Who, what, where to, for how much, and how it was paid."""
    bought = await vendure.buy(
        shop.url, "CAP-NVY-OS", 2, "everything@example.com", shipping="express"
    )
    order = await order_of(client, bought.id)
    (line,) = order.lines
    (payment,) = order.transactions
    assert (bought.code, OrderStatus.CONFIRMED, "PaymentSettled", "USD") == (
        order.number,
        order.status,
        order.raw_status,
        order.currency,
    )
    assert ("CAP-NVY-OS", LineCounters(ordered=2), Method.SHIPPING) == (
        line.sku,
        line.counters,
        line.method,
    )
    assert ("everything@example.com", "+17755550101", "express") == (
        order.email,
        order.phone,
        order.shipping_method,
    )
    assert Address(
        name="Ada Okafor",
        line1="12 Lake Street",
        city="Reno",
        province="NV",
        postal_code="89501",
        country_code="US",
        phone="+17755550101",
    ) == (order.shipping_address)
    assert order.billing_address == order.shipping_address
    assert (TransactionKind.SALE, TransactionStatus.SUCCESS, bought.total_minor) == (
        payment.kind,
        payment.status,
        payment.amount.minor,
    )
    totals = order.totals
    assert bought.total_minor == totals.total.minor
    assert bought.total_minor == (totals.subtotal.minor + totals.shipping.minor + totals.tax.minor)


async def test_totals_add_up_with_a_promotion(client: Client, shop: System, staff: Staff) -> None:
    """A tenth off the order: the discount is stated, and all adds up to the cent."""
    promotion = await staff.ask(
        "mutation ($i: CreatePromotionInput!) {"
        " createPromotion(input: $i) { ... on Promotion { id } } }",
        i={
            "enabled": True,
            "couponCode": "TENTH",
            "translations": [{"languageCode": "en", "name": "A tenth", "description": ""}],
            "conditions": [],
            "actions": [
                {
                    "code": "order_percentage_discount",
                    "arguments": [{"name": "discount", "value": "10"}],
                }
            ],
        },
    )
    assert promotion["id"]
    async with vendure.Shopper(shop.url) as ada:
        await ada.add("TOTE-NAT-OS", 3)
        await ada.ask(
            'mutation { applyCouponCode(couponCode: "TENTH") {'
            " ... on Order { id } ... on ErrorResult { errorCode message } } }"
        )
        await ada.check_out(email="tenth@example.com")
        bought = await ada.pay()
    order = await order_of(client, bought.id)
    totals, (line,) = order.totals, order.lines
    assert totals.discount.minor == round(totals.subtotal.minor / 10)
    assert bought.total_minor == (
        totals.subtotal.minor - totals.discount.minor + totals.shipping.minor + totals.tax.minor
    )
    assert line.unit_price.minor * 3 == totals.subtotal.minor
    assert line.total.minor == totals.subtotal.minor - totals.discount.minor


async def test_pickup_is_what_the_operator_calls_pickup(client: Client, shop: System) -> None:
    """By the shipping method's code."""
    bought = await vendure.buy(
        shop.url, "MUG-ENML-OS", 1, "collects@example.com", shipping="pickup"
    )
    order = await order_of(client, bought.id)
    assert [Method.PICKUP] == [line.method for line in order.lines]


async def test_shipments_of_an_order_come_with_it(
    client: Client, shop: System, staff: Staff
) -> None:
    """Counters follow the fulfillments, through every state of theirs."""
    bought = await vendure.buy(shop.url, "SOCK-GRY-OS", 3, "shipments@example.com")
    (line,) = (await staff.order(bought.id))["lines"]
    first = await staff.fulfill({line["id"]: 2}, "1Z-A")
    await staff.move_fulfillment(first, "Shipped")
    await staff.move_fulfillment(first, "Delivered")
    second = await staff.fulfill({line["id"]: 1}, "1Z-B")
    order, *shipments = await client.fetch(Kind.ORDER, [bought.id])
    assert isinstance(order, OrderRecord)
    assert LineCounters(ordered=3, fulfilled=3, delivered=2) == order.lines[0].counters
    found = [each for each in shipments if isinstance(each, ShipmentRecord)]
    assert [
        (first, ShipmentStatus.DELIVERED, "1Z-A", 2),
        (second, ShipmentStatus.PENDING, "1Z-B", 1),
    ] == [
        (each.external_id, each.status, each.tracking[0].number, each.lines[0].quantity)
        for each in found
    ]
    assert found[0].shipped_at
    assert found[0].delivered_at
    assert found[0].shipped_at <= found[0].delivered_at
    assert (LineQuantity(line_id=line["id"], sku="SOCK-GRY-OS", quantity=1),) == found[1].lines


async def test_authorization_and_capture_are_two_movements(
    client: Client, shop: System, staff: Staff
) -> None:
    """Vendure has one payment that changes; we state what happened to the money."""
    bought = await vendure.buy(
        shop.url, "CAP-NVY-OS", 1, "authorizes@example.com", payment=vendure.AUTHORIZED
    )
    before = await order_of(client, bought.id)
    (payment,) = (await staff.order(bought.id))["payments"]
    await staff.settle_payment(payment["id"])
    after = await order_of(client, bought.id)
    authorization = (f"{payment['id']}:authorization", TransactionKind.AUTHORIZATION)
    assert (OrderStatus.PENDING, OrderStatus.CONFIRMED) == (before.status, after.status)
    assert [authorization] == [(each.external_id, each.kind) for each in before.transactions]
    assert [authorization, (payment["id"], TransactionKind.CAPTURE)] == [
        (each.external_id, each.kind) for each in after.transactions
    ]


async def test_declined_card_is_a_failed_movement(client: Client, shop: System) -> None:
    """The order came about with the second card."""
    async with vendure.Shopper(shop.url) as ada:
        await ada.add("MUG-ENML-OS")
        await ada.check_out(email="declined@example.com")
        with pytest.raises(vendure.ShopSaidNo, match="PAYMENT_DECLINED_ERROR"):
            await ada.pay(shouldDecline=True)
        bought = await ada.pay()
    order = await order_of(client, bought.id)
    assert [TransactionStatus.FAILURE, TransactionStatus.SUCCESS] == [
        each.status for each in order.transactions
    ]


async def test_delivered_unit_that_is_canceled_came_back(
    client: Client, shop: System, staff: Staff
) -> None:
    """Vendure has no returns: this is one."""
    bought = await vendure.buy(shop.url, "SOCK-GRY-OS", 2, "returns@example.com")
    (line,) = (await staff.order(bought.id))["lines"]
    parcel = await staff.fulfill({line["id"]: 2}, "1Z-R")
    await staff.move_fulfillment(parcel, "Delivered")
    await staff.cancel(bought.id, {line["id"]: 1})
    order = await order_of(client, bought.id)
    expected = LineCounters(ordered=2, fulfilled=2, delivered=2, returned=1)
    assert (OrderStatus.COMPLETED, expected) == (order.status, order.lines[0].counters)


async def test_order_is_pulled_with_its_first_pull(client: Client, shop: System) -> None:
    """And its checkpoint goes on from there."""
    bought = await vendure.buy(shop.url, "TOTE-NAT-OS", 1, "first-pull@example.com")
    changes, checkpoint = await pull(client, Kind.ORDER)
    ids = [each.external_id for each in changes if isinstance(each, OrderRecord)]
    assert bought.id in ids
    later = await vendure.buy(shop.url, "TOTE-NAT-OS", 1, "second-pull@example.com")
    changes, _ = await pull(client, Kind.ORDER, checkpoint)
    assert later.id in {each.external_id for each in changes if isinstance(each, OrderRecord)}


async def test_order_that_is_not_there_is_gone(client: Client) -> None:
    """Whatever its id looks like."""
    for own_id in ("999999", "none-such"):
        expected = [Removed(kind=Kind.ORDER, external_id=own_id)]
        assert expected == await client.fetch(Kind.ORDER, [own_id])


async def test_customer_with_an_account_is_read(client: Client, shop: System) -> None:
    """Name, telephone and the address that the checkout left."""
    bought = await vendure.buy(shop.url, "MUG-ENML-OS", 1, "account@example.com", has_account=True)
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
