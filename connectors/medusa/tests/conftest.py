"""Fixtures of the tests without a shop."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.medusa import CONNECTOR
from connectors.medusa.connector import Client
from connectors.sdk.http import Bounds, Http


@dataclass(frozen=True)
class Asked:
    """One request as it came to the stand-in."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Answer = Callable[[Asked], web.Response]
Connect = Callable[..., Awaitable[Client]]

HASTY = Bounds(safe_attempts=1)


async def _asked(request: web.Request) -> Asked:
    query = {name: request.query.getall(name) for name in request.query}
    body = await request.json() if request.can_read_body else None
    path = request.raw_path.partition("?")[0]
    return Asked(request.method, path, query, body, dict(request.headers))


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Serve *answer* on a free port and connect to it; what comes is kept in *seen*."""
    runners: list[web.AppRunner] = []
    async with aiohttp.ClientSession() as session:

        async def start(answer: Answer, seen: list[Asked] | None = None, **more: str) -> Client:
            async def handle(request: web.Request) -> web.Response:
                asked = await _asked(request)
                if seen is not None:
                    seen.append(asked)
                return answer(asked)

            app = web.Application()
            app.router.add_route("*", "/{path:.*}", handle)
            runner = web.AppRunner(app)
            await runner.setup()
            runners.append(runner)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            settings = {"url": url, "api_key": "sk_1", **more}
            return CONNECTOR.open(settings, Http(session, url, bounds=HASTY))

        yield start
        for runner in runners:
            await runner.cleanup()
