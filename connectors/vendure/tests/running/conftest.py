"""One running shop a session; staff, and a connector's client, for each test."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from connectors.sdk.http import Http
from connectors.vendure import CONNECTOR
from connectors.vendure.connector import Client
from connectors.vendure.tests.running.staff import Staff
from tests.running import Running, System


@pytest.fixture
def shop(running: Running) -> System:
    return running("vendure")


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
        "pickup_methods": "pickup",
        "stores": "STORE-NYC,STORE-CHI",
    }


@pytest.fixture
def client(settings: dict[str, str], session: aiohttp.ClientSession) -> Client:
    return CONNECTOR.open(settings, Http(session, settings["url"]))
