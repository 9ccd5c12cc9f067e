"""One running shop a session; staff, and a connector's client, for each test."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from connectors.medusa import CONNECTOR
from connectors.medusa.connector import Client
from connectors.medusa.tests.running.staff import Staff
from connectors.sdk.http import Http
from tests.running import Running, System


@pytest.fixture
def shop(running: Running) -> System:
    return running("medusa")


@pytest.fixture
def reno(shop: System) -> str:
    """The warehouse's location id."""
    found: str = shop.info["locations"]["DC-RENO"]
    return found


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def staff(shop: System, session: aiohttp.ClientSession) -> Staff:
    return Staff(session, shop.url, shop.info["apiKey"])


@pytest.fixture
def settings(shop: System) -> dict[str, str]:
    return {
        "url": shop.url,
        "api_key": shop.info["apiKey"],
        "pickup_methods": "Store pickup: New York Flagship,Store pickup: Chicago Loop Store",
        "stores": "STORE-NYC,STORE-CHI",
    }


@pytest.fixture
def client(settings: dict[str, str], session: aiohttp.ClientSession) -> Client:
    return CONNECTOR.open(settings, Http(session, settings["url"]))
