"""Two systems count one shelf otherwise: it is reported, and the location's policy decides."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from connectors.sdk.commands import SetInventory
from tests import records, trading
from tests.gateways import GatewayUnderTest, gateway_over
from tests.toys import outside
from tests.trading import Trade

REPORT = """{ connections { id lastReconciliation { checked healed strays
  levels { sku isAgreed counts { connection quantities { onHand } } } } }
  exceptions { nodes { code message subject } } inventoryLevels { nodes { id onHand } } }"""
STRAY = "TEE-BLK-S: depot counts 40 on hand, shop 38"


@asynccontextmanager
async def opened(store_url: str, trade: Trade, drift: str) -> AsyncIterator[GatewayUnderTest]:
    """The three systems, stock in step, under one policy for what may come."""
    place = '[locations.DC-RENO]\nname = "Reno"\nauthority = "depot"\n'
    configuration = trading.CONFIGURATION.replace(
        '[locations.DC-RENO]\nname = "Reno"\nauthority = "depot"\n', f'{place}drift = "{drift}"\n'
    )
    assert drift in configuration
    toys = [toy.connection for toy in trade.toys]
    world = outside(*trade.toys, clock=trade.clock)
    async with gateway_over(store_url, toys, configuration, trade.clock, world) as gateway:
        await gateway.backfill("depot")
        await gateway.backfill("shop")
        yield gateway


async def reconcile(gateway: GatewayUnderTest, connection: str) -> Any:
    """Read a connection again, let everything follow, and return what is reported."""
    connected = gateway.gateway.systems.get(connection)
    await gateway.gateway.background.reconciler.run(connected)
    await gateway.settle()
    return await gateway.data(REPORT)


def shop_counts(trade: Trade, units: int, minutes: int) -> None:
    trade.shop.hold(records.later(records.level(units), minutes))


async def test_what_is_counted_otherwise_is_reported_and_left(store_url: str) -> None:
    """The authority's count is shown, both are told, nobody is told to change theirs."""
    trade = Trade()
    async with opened(store_url, trade, "leave") as gateway:
        before = await reconcile(gateway, "shop")
        assert {"checked": 1, "healed": 0, "strays": 0, "levels": []} == report(before)
        shop_counts(trade, 38, 1)
        after = await reconcile(gateway, "shop")
        counts = [
            {"connection": "depot", "quantities": {"onHand": 40}},
            {"connection": "shop", "quantities": {"onHand": 38}},
        ]
        found = report(after)
        [level] = found.pop("levels")
        assert {"checked": 1, "healed": 0, "strays": 1} == found
        assert ("TEE-BLK-S", False) == (level["sku"], level["isAgreed"])
        assert counts == sorted(level["counts"], key=lambda one: one["connection"])
        assert [40] == [one["onHand"] for one in after["inventoryLevels"]["nodes"]]
        assert ([], []) == (after["exceptions"]["nodes"], trade.performed)


async def test_people_are_asked_until_the_two_agree(store_url: str) -> None:
    """One exception however often it is found, closed once it is over."""
    trade = Trade()
    async with opened(store_url, trade, "ask") as gateway:
        shop_counts(trade, 38, 1)
        for _ in range(2):
            found = await reconcile(gateway, "shop")
            level = found["inventoryLevels"]["nodes"][0]["id"]
            assert [{"code": "STOCK_DRIFT", "message": STRAY, "subject": level}] == found[
                "exceptions"
            ]["nodes"]
        shop_counts(trade, 40, 2)
        assert [] == (await reconcile(gateway, "shop"))["exceptions"]["nodes"]
        assert [] == trade.performed


async def test_the_authoritys_count_is_written_once(store_url: str) -> None:
    """Only if the other still counts what it was read to count."""
    trade = Trade()
    async with opened(store_url, trade, "authority") as gateway:
        shop_counts(trade, 38, 1)
        for _ in range(2):
            await reconcile(gateway, "shop")
        [told] = [one for one in trade.shop.performed if isinstance(one, SetInventory)]
        assert (40, 38) == (told.quantity, told.expected)
        assert [] == trade.depot.performed


@pytest.mark.parametrize("drift", ["ask", "authority"])
async def test_whoever_is_believed_strays_from_nobody(store_url: str, drift: str) -> None:
    """Reading the authority again finds nothing to heal, whatever others count."""
    trade = Trade()
    async with opened(store_url, trade, drift) as gateway:
        shop_counts(trade, 38, 1)
        found = await reconcile(gateway, "depot")
        assert 0 == report(found, "depot")["strays"]
        assert ([], []) == (found["exceptions"]["nodes"], trade.performed)


def report(answer: Any, connection: str = "shop") -> Any:
    [found] = [one for one in answer["connections"] if one["id"] == connection]
    return found["lastReconciliation"]
