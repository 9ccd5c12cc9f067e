"""One running marketplace a session; its people, and two clients, for each test."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from connectors.flexmarket import CONNECTOR
from connectors.flexmarket.connector import Client
from connectors.flexmarket.tests.running.people import People
from connectors.sdk.http import Http
from tests.running import Running, System


@pytest.fixture
def market(running: Running) -> System:
    return running("flexmarket")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def people(market: System, session: aiohttp.ClientSession) -> People:
    return People(session, market)


@pytest.fixture
def settings(market: System) -> dict[str, str]:
    """As the seller who also holds the marketplace's own token."""
    tokens = market.info["tokens"]
    return {"url": market.url, "token": tokens["seller"], "staff_token": tokens["admin"]}


@pytest.fixture
def client(settings: dict[str, str], session: aiohttp.ClientSession) -> Client:
    return CONNECTOR.open(settings, Http(session, settings["url"]))


@pytest.fixture
def seller(settings: dict[str, str], session: aiohttp.ClientSession) -> Client:
    """As any seller: without the marketplace's token."""
    own = {name: value for name, value in settings.items() if name != "staff_token"}
    return CONNECTOR.open(own, Http(session, settings["url"]))
