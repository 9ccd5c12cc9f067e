"""One karrio for all of these."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from connectors.karrio import CONNECTOR
from connectors.karrio.running.live import Live
from connectors.sdk.http import Http
from tests.running import Running


@pytest.fixture
async def live(running: Running) -> AsyncIterator[Live]:
    system = running("karrio")
    async with aiohttp.ClientSession() as session:
        settings = {"url": system.url, "token": system.info["token"], "carrier_ids": "acme-parcel"}
        client = CONNECTOR.open(settings, Http(session, system.url))
        yield Live(url=system.url, token=settings["token"], session=session, client=client)
