"""What is unlike what one would expect of this shop: people, products, what is no order."""

import pytest

from connectors.sdk.records import (
    CustomerRecord,
    Kind,
    LevelRecord,
    LineCounters,
    ProductRecord,
)
from connectors.sdk.records.states import OrderStatus
from connectors.vendure.connector import Client
from connectors.vendure.tests.running.staff import Staff, next_second
from connectors.vendure.tests.running.work import (
    order_of,
    orders_in,
    pull,
    walked_on,
)
from tests.running import System
from tests.shoppers import vendure

pytestmark = pytest.mark.systems

SKU = "JEAN-IND-32"


async def test_guest_has_a_customer_and_stays_it_when_registering(
    client: Client, shop: System
) -> None:
    """One id for the guest and the account after; what the guest had told is wiped."""
    bought = await vendure.buy(shop.url, SKU, 1, "registers@example.com")
    own_id = (await order_of(client, bought.id)).customer_id
    assert own_id
    (guest,) = await client.fetch(Kind.CUSTOMER, [own_id])
    async with vendure.Shopper(shop.url) as ada:
        await ada.register("registers@example.com")
    (account,) = await client.fetch(Kind.CUSTOMER, [own_id])
    assert isinstance(guest, CustomerRecord)
    assert isinstance(account, CustomerRecord)
    assert (True, False, own_id) == (guest.is_guest, account.is_guest, account.external_id)


async def test_guest_with_an_accounts_address_is_turned_away(shop: System) -> None:
    """No order comes of it, so no two customers with one address."""
    async with vendure.Shopper(shop.url) as ada:
        await ada.register("taken@example.com")
    with pytest.raises(vendure.ShopSaidNo, match="EMAIL_ADDRESS_CONFLICT_ERROR"):
        await vendure.buy(shop.url, SKU, 1, "taken@example.com")


async def test_shop_that_asks_for_no_proof_calls_every_address_verified(
    client: Client, shop: System, staff: Staff
) -> None:
    """The flag is set and the history says so too, though nobody proved anything."""
    bought = await vendure.buy(
        shop.url, SKU, 1, "proved-nothing@example.com", vendure.Checkout(has_account=True)
    )
    own_id = (await order_of(client, bought.id)).customer_id
    assert own_id
    told = await staff.ask(
        """query ($id: ID!) { customer(id: $id) {
          user { verified } history(options: { take: 10 }) { items { type } }
        } }""",
        id=own_id,
    )
    assert told["user"]["verified"]
    assert {"type": "CUSTOMER_VERIFIED"} in told["history"]["items"]
    (record,) = await client.fetch(Kind.CUSTOMER, [own_id])
    assert isinstance(record, CustomerRecord)
    assert not record.email_verified


async def test_new_address_does_not_move_a_customers_time(
    client: Client, shop: System, staff: Staff
) -> None:
    """So an incremental pull does not bring it; a fetch and a whole pull do."""
    async with vendure.Shopper(shop.url) as ada:
        await ada.register("moves-house@example.com")
    listed = await staff.ask(
        """{ customers(options: { filter: { emailAddress: { eq: "moves-house@example.com" } } }) {
          items { id }
        } }"""
    )
    own_id = listed["items"][0]["id"]
    time_of = "query ($id: ID!) { customer(id: $id) { updatedAt } }"
    before = await staff.ask(time_of, id=own_id)
    await next_second()
    await staff.ask(
        """mutation ($id: ID!) { createCustomerAddress(customerId: $id, input: {
          streetLine1: "9 New Street", countryCode: "US"
        }) { id } }""",
        id=own_id,
    )
    assert before == await staff.ask(time_of, id=own_id)
    (record,) = await client.fetch(Kind.CUSTOMER, [own_id])
    assert isinstance(record, CustomerRecord)
    assert "9 New Street" in {address.line1 for address in record.addresses}


async def test_change_of_a_variant_does_not_move_its_products_time(
    client: Client, staff: Staff
) -> None:
    """A second walk, over variants, brings the product."""
    listed = await staff.ask(
        '{ productVariants(options: { filter: { sku: { eq: "HEADLAMP-400" } } }) '
        "{ items { id productId price product { updatedAt } } } }"
    )
    (variant,) = listed["items"]
    _, checkpoint = await pull(client, Kind.PRODUCT)
    await next_second()
    await staff.ask(
        "mutation ($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }",
        i=[{"id": variant["id"], "price": variant["price"] + 5}],
    )
    told = await staff.ask(
        "query ($id: ID!) { product(id: $id) { updatedAt } }", id=variant["productId"]
    )
    assert variant["product"] == told
    changes, _ = await pull(client, Kind.PRODUCT, walked_on(checkpoint, "products"))
    prices = {
        each.external_id: each.price.minor
        for product in changes
        if isinstance(product, ProductRecord)
        for each in product.variants
        if each.price
    }
    assert variant["price"] + 5 == prices[variant["id"]]


async def test_sale_does_not_move_a_variants_time(
    client: Client, shop: System, staff: Staff
) -> None:
    """Stock cannot be followed by any time: all of it is read each time."""
    time_of = (
        '{ productVariants(options: { filter: { sku: { eq: "JEAN-IND-34" } } }) '
        "{ items { id updatedAt } } }"
    )
    before = await staff.ask(time_of)
    _, checkpoint = await pull(client, Kind.LEVEL)
    await next_second()
    await vendure.buy(shop.url, "JEAN-IND-34", 1, "sold-quietly@example.com")
    assert before == await staff.ask(time_of)
    changes, _ = await pull(client, Kind.LEVEL, checkpoint)
    committed = sum(
        each.quantities.committed or 0
        for each in changes
        if isinstance(each, LevelRecord) and each.sku == "JEAN-IND-34"
    )
    assert 1 == committed


async def test_unplaced_orders_are_no_orders(client: Client, shop: System, staff: Staff) -> None:
    """Carts, drafts of staff, and carts that were canceled, which are "not active" too."""
    draft = (await staff.ask("mutation { createDraftOrder { id } }"))["id"]
    async with vendure.Shopper(shop.url) as ada:
        cart = await ada.add(SKU)
    async with vendure.Shopper(shop.url) as ben:
        dropped = await ben.add(SKU)
        await staff.ask(
            """mutation ($id: ID!) {
              transitionOrderToState(id: $id, state: "Cancelled") { ... on Order { id } }
            }""",
            id=dropped,
        )
    unplaced = [draft, cart, dropped]
    assert [] == await client.fetch(Kind.ORDER, unplaced)
    changes, _ = await pull(client, Kind.ORDER)
    assert set() == set(unplaced) & set(orders_in(changes))


async def test_order_modified_upwards_has_more_units_than_were_placed(
    client: Client, shop: System, staff: Staff
) -> None:
    """What was placed is kept by the shop as it was: ordered is the larger of the two."""
    bought = await vendure.buy(shop.url, SKU, 1, "wants-more@example.com")
    (line,) = (await staff.order(bought.id))["lines"]
    transition = """mutation ($id: ID!, $state: String!) {
      transitionOrderToState(id: $id, state: $state) {
        ... on Order { id } ... on ErrorResult { errorCode }
      }
    }"""
    await staff.ask(transition, id=bought.id, state="Modifying")
    await staff.ask(
        """mutation ($i: ModifyOrderInput!) {
          modifyOrder(input: $i) { ... on Order { id } ... on ErrorResult { errorCode } }
        }""",
        i={
            "dryRun": False,
            "orderId": bought.id,
            "adjustOrderLines": [{"orderLineId": line["id"], "quantity": 3}],
        },
    )
    told = (await staff.order(bought.id))["lines"][0]
    assert (1, 3) == (told["orderPlacedQuantity"], told["quantity"])
    order = await order_of(client, bought.id)
    assert (LineCounters(ordered=3), OrderStatus.CONFIRMED) == (
        order.lines[0].counters,
        order.status,
    )


async def test_order_of_a_deleted_variant_can_still_be_read(
    client: Client, shop: System, staff: Staff
) -> None:
    """The line keeps its SKU; the product is without the variant."""
    bought = await vendure.buy(shop.url, "WOOL-SOCKS-L", 1, "deleted@example.com")
    variant = (await staff.order(bought.id))["lines"][0]["productVariant"]["id"]
    await staff.ask("mutation ($id: ID!) { deleteProductVariant(id: $id) { result } }", id=variant)
    assert "WOOL-SOCKS-L" == (await order_of(client, bought.id)).lines[0].sku
    assert [] == await client.fetch(Kind.PRODUCT, [f"variant:{variant}"])
