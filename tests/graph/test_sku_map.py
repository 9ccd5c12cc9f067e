"""A shop and a marketplace that call one thing by two SKUs, and a map that says so."""

from collections.abc import AsyncIterator

import pytest

from connectors.sdk.commands import SetInventory
from connectors.sdk.manifest import SystemKind
from tests import records, trading
from tests.gateways import GatewayUnderTest, gateway_over
from tests.toys import Toy, outside

OURS, THEIRS = "TEE-M", "B00X"
MAP = f'[skus.market]\n{OURS} = ["{THEIRS}", "TEE-M-FBA"]\n'
SHELF = records.location()


@pytest.fixture
def shop() -> Toy:
    toy = Toy(id="shop")
    toy.hold(SHELF, records.product(OURS), records.level(9, sku=OURS))
    return toy


@pytest.fixture
def market() -> Toy:
    toy = Toy(id="market", kinds=(SystemKind.MARKETPLACE,))
    line = records.line(sku=THEIRS, variant_id=f"v-{THEIRS}")
    toy.hold(SHELF, records.product(THEIRS), records.level(4, sku=THEIRS))
    toy.hold(records.order("114-1", lines=(line,)))
    return toy


@pytest.fixture
async def gateway(store_url: str, shop: Toy, market: Toy) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that has read both, under the map."""
    toys = (shop, market)
    connections = [toy.connection for toy in toys]
    async with gateway_over(store_url, connections, MAP, outside=outside(*toys)) as tested:
        for toy in toys:
            await tested.backfill(toy.id)
        yield tested


async def test_one_thing_of_two_skus_is_one_variant(gateway: GatewayUnderTest) -> None:
    """Its listings are the map: what each system calls it, in its own words."""
    document = """query Find($sku: String!) { variant(sku: $sku) { sku
      listings { connection externalId sku } } }"""
    found = (await gateway.data(document, {"sku": OURS}))["variant"]
    assert OURS == found["sku"]
    assert [
        {"connection": "shop", "externalId": f"v-{OURS}", "sku": OURS},
        {"connection": "market", "externalId": f"v-{THEIRS}", "sku": THEIRS},
    ] == found["listings"]
    assert {"variant": None} == await gateway.data(document, {"sku": THEIRS})


async def test_a_line_of_the_marketplace_reaches_the_variant(gateway: GatewayUnderTest) -> None:
    """The clerk who looks at both screens finds the marketplace's word, too; nobody is asked what
    it is."""
    document = """query Find($query: String!) { exceptions { nodes { code } }
      orders(query: $query) { nodes { lines { sku externalSku variant { sku } } } } }"""
    line = {"sku": OURS, "externalSku": THEIRS, "variant": {"sku": OURS}}
    for words in (OURS, THEIRS):
        found = await gateway.data(document, {"query": words})
        assert [{"lines": [line]}] == found["orders"]["nodes"]
        assert [] == found["exceptions"]["nodes"]


async def test_stock_goes_out_in_each_systems_word(
    gateway: GatewayUnderTest, shop: Toy, market: Toy
) -> None:
    """One level that both count; each is told of its own item."""
    levels = (
        """{ inventoryLevels { nodes { id sku counts { connection quantities { onHand } } } } }"""
    )
    [level] = (await gateway.data(levels))["inventoryLevels"]["nodes"]
    assert [("shop", 9), ("market", 4)] == [
        (one["connection"], one["quantities"]["onHand"]) for one in level["counts"]
    ]
    document = """mutation Set($input: InventorySetInput!) {
      inventorySet(input: $input) { userErrors { code } effects { state } } }"""
    given = {"idempotencyKey": "k", "id": level["id"], "quantity": 7}
    async with trading.working(gateway):
        answer = await gateway.data(document, {"input": given})
    assert [] == answer["inventorySet"]["userErrors"]
    assert [(OURS, f"v-{OURS}", 7)] == _told(shop)
    assert [(THEIRS, f"v-{THEIRS}", 7)] == _told(market)


def _told(toy: Toy) -> list[tuple[str | None, str, int]]:
    return [
        (one.sku, one.item_id, one.quantity)
        for one in toy.performed
        if isinstance(one, SetInventory)
    ]
