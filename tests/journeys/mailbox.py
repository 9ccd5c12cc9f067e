"""Whoever else the shop posts its webhooks to: keeps them as they came, to be posted again."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.running import free_port


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One webhook, byte by byte."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Mailbox:
    """Takes everything, answers 200. *url*: where it listens."""

    url: str
    letters: list[Letter] = field(default_factory=list)

    def about(self, topic: str, order_id: str) -> list[Letter]:
        """What came of this topic about this order."""
        return [
            one
            for one in self.letters
            if one.content["type"] == topic and one.content["data"]["order"]["id"] == order_id
        ]

    async def take(self, request: web.Request) -> web.Response:
        letter = Letter(headers=dict(request.headers), body=await request.read())
        self.letters.append(letter)
        return web.Response()


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """A mailbox on a free port of 127.0.0.1."""
    port = free_port()
    box = Mailbox(f"http://127.0.0.1:{port}/")
    app = web.Application()
    app.router.add_post("/", box.take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield box
    finally:
        await runner.cleanup()
