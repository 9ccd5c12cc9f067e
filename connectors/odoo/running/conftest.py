"""One Odoo for all of these; each test has a connector and the staff to itself."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from connectors.odoo.running.live import Live
from tests.running import Running
from tests.shoppers.odoo import Staff


@pytest.fixture
async def live(running: Running) -> AsyncIterator[Live]:
    async with aiohttp.ClientSession() as http:
        yield Live(http=http, staff=Staff(http, running("odoo11").info))
