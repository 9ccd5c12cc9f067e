"""Reconcile: what nobody told us is found, healed and counted."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from connectors.sdk.records import Kind
from connectors.sdk.records.states import OrderStatus
from gateway.sync.reconcile import Drift
from tests import records
from tests.gateways import GatewayUnderTest, gateway_over
from tests.toys import Toy, outside

HELD = "{ orders { nodes { number status } } inventoryLevels { nodes { onHand } } }"


@pytest.fixture
def shop() -> Toy:
    return Toy(id="shop")


@pytest.fixture
async def gateway(store_url: str, shop: Toy) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that has read a shop of one open order and one level."""
    shop.hold(records.location(), records.product(), records.level(5), records.order("1"))
    async with gateway_over(store_url, [shop.connection], outside=outside(shop)) as tested:
        await tested.backfill("shop")
        yield tested


async def reconcile(gateway: GatewayUnderTest) -> Drift:
    connected = gateway.gateway.systems.get("shop")
    drift = await gateway.gateway.background.reconciler.run(connected)
    await gateway.settle()
    return drift


def silently(shop: Toy, *changed: object) -> None:
    """Change what the shop holds, without a webhook and without its list of changes moving."""
    for record in changed:
        for key, held in shop.records.items():
            if type(held) is type(record) and key[1] == record.external_id:  # type: ignore[attr-defined]
                shop.records[key] = record  # type: ignore[assignment]


async def test_in_step_nothing_is_healed(gateway: GatewayUnderTest, shop: Toy) -> None:
    """What says the same is checked, and counts as nothing."""
    for _ in range(2):
        assert Drift(connection="shop", checked=2, healed=0) == await reconcile(gateway)


async def test_a_webhook_that_never_came_is_healed_and_counted(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """The order as it is now, and the count of what had drifted."""
    silently(shop, records.later(records.order("1"), number="#moved"))
    assert 1 == (await reconcile(gateway)).healed
    assert "#moved" == (await gateway.data(HELD))["orders"]["nodes"][0]["number"]
    assert 0 == (await reconcile(gateway)).healed


async def test_stock_that_moved_unseen_is_healed_each_time(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """A level that no list of changes names is found by the second reconciliation, too."""
    for number, on_hand in enumerate((4, 3, 2), 1):
        silently(shop, records.later(records.level(on_hand), number))
        assert 1 == (await reconcile(gateway)).healed
        held = (await gateway.data(HELD))["inventoryLevels"]["nodes"]
        assert [{"onHand": on_hand}] == held


async def test_what_is_over_is_not_read_again(gateway: GatewayUnderTest, shop: Toy) -> None:
    """Only orders that can still move are checked."""
    done = replace(records.later(records.order("1")), status=OrderStatus.COMPLETED)
    shop.hold(done)
    await gateway.post("/webhooks/shop", *shop.delivery("d", (Kind.ORDER, "1")))
    await gateway.settle()
    assert 1 == (await reconcile(gateway)).checked
