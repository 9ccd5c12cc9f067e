"""Fixtures of the tests without a shop."""

import copy
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.sdk.http import Http
from connectors.vendure import CONNECTOR
from connectors.vendure.connector import Client
from connectors.vendure.tests import samples
from connectors.vendure.tests.states import Given

Answer = Callable[[dict[str, Any]], web.Response]
Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
def given_order() -> Given:
    """Two kettles (line 201) and a spoon (line 202), paid, nothing sent."""
    return copy.deepcopy(samples.load("order_placed")["given"])


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Serve *answer* on a free port and connect to it; what comes is kept in *seen*."""
    runners: list[web.AppRunner] = []
    async with aiohttp.ClientSession() as session:

        async def start(
            answer: Answer, seen: list[web.Request] | None = None, **settings: str
        ) -> Client:
            async def handle(request: web.Request) -> web.Response:
                if seen is not None:
                    seen.append(request)
                return answer(await request.json())

            app = web.Application()
            app.router.add_post("/admin-api", handle)
            runner = web.AppRunner(app)
            await runner.setup()
            runners.append(runner)
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            given = {"url": url, "api_key": "a-key", **settings}
            return CONNECTOR.open(given, Http(session, url))

        yield start
        for runner in runners:
            await runner.cleanup()
