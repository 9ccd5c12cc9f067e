"""SKUs that change, in the operator's map or at a system.

What was taken in is moved when it is read again, and nothing is left under the former SKU.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from connectors.sdk.commands import RequestedLine, RequestFulfillment
from connectors.sdk.records import Kind
from gateway.orchestration import outbox
from gateway.orchestration.outbox import Job, State
from tests import records
from tests.gateways import GatewayUnderTest, gateway_over
from tests.toys import Toy, outside

OURS, THEIRS = "TEE-M", "B00X"
MAP = f'[skus.market]\n{OURS} = "{THEIRS}"\n'
HELD = """query Held($ours: String!, $theirs: String!) {
  ours: variant(sku: $ours) { listings { connection sku } }
  theirs: variant(sku: $theirs) { listings { connection sku } }
  orders { nodes { lines { sku externalSku variant { sku } } } }
  inventoryLevels { nodes { sku onHand counts { connection } } }
  exceptions { nodes { code } } }"""
Opened = Callable[[str], AbstractAsyncContextManager[GatewayUnderTest]]


@pytest.fixture
def market() -> Toy:
    toy = Toy(id="market")
    line = records.line(sku=THEIRS, variant_id=None)
    toy.hold(records.location(), records.product(THEIRS), records.level(4, sku=THEIRS))
    toy.hold(records.order("114-1", lines=(line,)))
    return toy


@pytest.fixture
def opened(store_url: str, market: Toy) -> Opened:
    """Open a gateway over a shop and the marketplace, each time with what was taken in before."""
    shop = Toy(id="shop")
    shop.hold(records.product(OURS))

    @asynccontextmanager
    async def open(configuration: str) -> AsyncIterator[GatewayUnderTest]:
        connections = [shop.connection, market.connection]
        world = outside(shop, market)
        async with gateway_over(store_url, connections, configuration, outside=world) as gateway:
            await gateway.backfill("shop")
            yield gateway

    return open


async def held(gateway: GatewayUnderTest) -> Any:
    found = await gateway.data(HELD, {"ours": OURS, "theirs": THEIRS})
    return {name: one["nodes"] if one and "nodes" in one else one for name, one in found.items()}


async def read_again(gateway: GatewayUnderTest, market: Toy) -> None:
    """Read all that the marketplace holds, as a backfill from the beginning does."""
    market.hold(*market.records.values())
    await gateway.backfill("market")


APART = {
    "ours": {"listings": [{"connection": "shop", "sku": OURS}]},
    "theirs": {"listings": [{"connection": "market", "sku": THEIRS}]},
    "orders": [{"lines": [{"sku": THEIRS, "externalSku": None, "variant": {"sku": THEIRS}}]}],
    "inventoryLevels": [{"sku": THEIRS, "onHand": 4, "counts": [{"connection": "market"}]}],
    "exceptions": [],
}
NOTHING = {"sku": THEIRS, "onHand": 0, "counts": []}
JOINED = {
    "ours": {
        "listings": [
            {"connection": "shop", "sku": OURS},
            {"connection": "market", "sku": THEIRS},
        ]
    },
    "theirs": None,
    "orders": [{"lines": [{"sku": OURS, "externalSku": THEIRS, "variant": {"sku": OURS}}]}],
    "inventoryLevels": [
        NOTHING,
        {"sku": OURS, "onHand": 4, "counts": [{"connection": "market"}]},
    ],
    "exceptions": [],
}


async def test_a_new_map_moves_what_was_taken_in_when_it_is_read_again(
    opened: Opened, market: Toy
) -> None:
    """Until then it stands as it was; and once the map is taken away, it is as it was before."""
    async with opened("") as gateway:
        await gateway.backfill("market")
        assert APART == await held(gateway)
    async with opened(MAP) as gateway:
        assert APART == await held(gateway)
        for _ in range(2):
            await read_again(gateway, market)
            assert JOINED == await held(gateway)
    async with opened("") as gateway:
        await read_again(gateway, market)
        empty = {"sku": OURS, "onHand": 0, "counts": []}
        levels = [*APART["inventoryLevels"], empty]
        assert {**APART, "inventoryLevels": levels} == await held(gateway)


async def test_a_system_that_gives_another_sku_moves_its_listing_and_its_stock(
    opened: Opened, market: Toy
) -> None:
    """The same variant and level of theirs, by their ids."""
    async with opened("") as gateway:
        await gateway.backfill("market")
        product: Any = market.records[Kind.PRODUCT, f"p-{THEIRS}"]
        level: Any = market.records[Kind.LEVEL, f"v-{THEIRS}@at-DC-RENO"]
        renamed = replace(product.variants[0], sku=OURS)
        market.hold(records.later(product, variants=(renamed,)))
        market.hold(records.later(level, sku=OURS))
        await gateway.backfill("market")
        found = await held(gateway)
        assert None is found["theirs"]
        assert [OURS, OURS] == [one["sku"] for one in found["ours"]["listings"]]
        assert JOINED["inventoryLevels"] == found["inventoryLevels"]


async def test_what_nobody_listed_is_settled_by_a_map(opened: Opened, market: Toy) -> None:
    """A marketplace without a catalog of its own: the exception closes when the order is read
    again, and so does the level that waited."""
    del market.records[Kind.PRODUCT, f"p-{THEIRS}"]
    del market.changed_at[Kind.PRODUCT, f"p-{THEIRS}"]
    async with opened("") as gateway:
        await gateway.backfill("market")
        found = await held(gateway)
        assert ["QUARANTINED", "UNMAPPED_SKU"] == sorted(one["code"] for one in found["exceptions"])
    async with opened(MAP) as gateway:
        await read_again(gateway, market)
        found = await held(gateway)
        assert ([], [4]) == (
            found["exceptions"],
            [one["onHand"] for one in found["inventoryLevels"]],
        )
        assert JOINED["orders"] == found["orders"]


async def test_what_a_map_leaves_without_a_word_is_not_sent(opened: Opened, market: Toy) -> None:
    """Their B00X is our TEE-M; our B00X would be taken for it."""
    line = RequestedLine(
        item_id=None, sku=THEIRS, quantity=1, title="Another", unit_price=records.usd(1000)
    )
    command = RequestFulfillment(
        key="k",
        reference="r",
        order_number="#1",
        location_id="at-DC-RENO",
        lines=(line,),
        ship_to=records.ADDRESS,
    )
    async with opened(MAP) as gateway:
        async with gateway.gateway.units.write() as unit:
            job = Job(connection="market", command=command, lane="k")
            id = await outbox.enqueue(unit, job, records.NOON)
        await gateway.settle()
        async with gateway.gateway.units.read() as unit:
            failed = (await outbox.by_ids(unit, [id]))[id]
        assert (State.FAILED, "UNMAPPED_SKU") == (failed.state, failed.error_code)
        assert [{"code": "EFFECT_FAILED"}] == (await held(gateway))["exceptions"]
    assert [] == market.performed
