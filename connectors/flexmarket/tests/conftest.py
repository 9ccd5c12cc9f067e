"""A stand-in for the marketplace's lists, for what a running one cannot be brought to do: pages of
a hundred, and rows that go while they are read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.flexmarket import CONNECTOR
from connectors.flexmarket.connector import Client
from connectors.sdk.http import Bounds, Http

PAGE_ROWS = 100


@dataclass
class Lists:
    """What the stand-in has, newest first, by path; *answers* come in place of a list. *seen* are
    the requests, *before* runs ahead of each answer."""

    rows: dict[str, list[Any]] = field(default_factory=dict)
    answers: dict[str, web.Response] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None

    async def handle(self, request: web.Request) -> web.Response:
        asked = f"{request.method} {request.path_qs}"
        self.before(asked)
        self.seen.append(asked)
        if found := self.answers.get(f"{request.method} {request.path}"):
            return web.Response(
                body=found.body, status=found.status, content_type=found.content_type
            )
        if request.path == "/api/vendors/me/":
            return web.json_response(PROFILE)
        if request.path == "/api/pricing/calculate/":
            return web.json_response({"currency": "USD"})
        return self._page(request)

    def _page(self, request: web.Request) -> web.Response:
        if request.path not in self.rows:
            return web.Response(text="<h1>Not Found</h1>", status=404, content_type="text/html")
        word, number = request.query.get("status"), int(request.query.get("page", "1"))
        rows = [row for row in self.rows[request.path] if word in (None, _word(row))]
        start, end = (number - 1) * PAGE_ROWS, number * PAGE_ROWS
        if number > 1 and start >= len(rows):
            return web.json_response({"detail": "Invalid page."}, status=404)
        following = "http://elsewhere.example/" if end < len(rows) else None
        page = {"count": len(rows), "next": following, "results": rows[start:end]}
        return web.json_response(page)


def _word(row: Any) -> str | None:
    return row.get("status") if isinstance(row, dict) else None


PROFILE = {
    "id": "5d0e3c7a-0000-4000-8000-000000000001",
    "name": "Kettle & Co",
    "slug": "kettle-co",
    "status": "approved",
}
Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
def lists() -> Lists:
    return Lists(rows={"/api/vendors/me/orders/": []})


@pytest.fixture
async def connect(lists: Lists) -> AsyncIterator[Connect]:
    """Serve *lists* on a free port, and connect to it."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", lists.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:

        async def start(path: str = "", **settings: str) -> Client:
            given = {"url": url + path, "token": "a-token", **settings}
            bounds = Bounds(request_s=5, safe_attempts=1)
            return CONNECTOR.open(given, Http(session, url, bounds=bounds))

        yield start
    await runner.cleanup()
