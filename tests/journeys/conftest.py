"""What journeys are handed: the systems, really running, and the people in them."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from connectors.vendure.tests.running.staff import Staff as ShopStaff
from tests.journeys.connected import Systems
from tests.running import Running
from tests.shoppers.tryton import Staff


@pytest.fixture
async def systems(running: Running) -> Systems:
    """The three of them. A journey connects those that it is about."""
    return {name: running(name) for name in ("vendure", "tryton", "karrio")}


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """What people reach the systems with, the gateway not involved."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def staff(systems: Systems, http: aiohttp.ClientSession) -> Staff:
    """Who works in the warehouse and at the tills."""
    return Staff(http, systems["tryton"].info)


@pytest.fixture
async def shop_staff(systems: Systems, http: aiohttp.ClientSession) -> ShopStaff:
    """Who works in the shop's dashboard."""
    vendure = systems["vendure"]
    return ShopStaff(http, vendure.url, vendure.info["apiKey"])
