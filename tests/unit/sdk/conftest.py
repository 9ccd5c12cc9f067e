"""A system that answers as its paths say, with faults on demand, and a door to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from connectors.sdk import http
from connectors.sdk.conformance.serving import serving
from connectors.sdk.faults import Fault, Faults, Planned
from connectors.sdk.http import Bounds, Http

QUICK = Bounds(
    request_s=5, connect_s=5, first_backoff_s=0.001, longest_wait_s=0.05, answer_bytes=999
)
"""Everything bounded as in earnest, and nothing waited for."""


@dataclass(slots=True)
class System:
    """What the door speaks to: it keeps what arrived, and counts what it did.

    ``/answer?status=404&retry-after=2`` answers so; ``/large?bytes=9`` with so many; others with
    ``{"done": 1}``, one more each time.
    """

    arrived: list[dict[str, Any]] = field(default_factory=list)
    arrived_at: list[float] = field(default_factory=list)
    done: int = 0
    faults: Faults = field(init=False)

    def __post_init__(self) -> None:
        methods = ["GET", "POST", "PUT", "DELETE"]
        routes = [
            Route("/answer", self._answer, methods=methods),
            Route("/large", self._large, methods=methods),
            Route("/{rest:path}", self._do, methods=methods),
        ]
        self.faults = Faults(Starlette(routes=routes))

    def plan(self, *faults: Fault) -> None:
        self.faults.plan(*(Planned(fault=fault) for fault in faults))

    @property
    def requests(self) -> int:
        """How many requests came, faults included."""
        return len(self.faults.requests)

    async def _answer(self, request: Request) -> Response:
        self.arrived_at.append(asyncio.get_running_loop().time())
        headers = {name: one for name, one in request.query_params.items() if name != "status"}
        return Response(b"{}", int(request.query_params["status"]), headers)

    async def _large(self, request: Request) -> Response:
        self.done += 1
        size = int(request.query_params["bytes"])
        return StreamingResponse(iter([b"x" * 100] * (size // 100) + [b"x" * (size % 100)]))

    async def _do(self, request: Request) -> Response:
        body = await request.body()
        self.done += 1
        self.arrived.append(
            {
                "method": request.method,
                "path": request.url.path,
                "query": request.query_params.multi_items(),
                "headers": dict(request.headers),
                "body": json.loads(body) if body else None,
            }
        )
        return Response(b'{"done": %d}' % self.done, headers={"X-Shown": "Yes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A system, its address, and what makes doors to it."""

    system: System
    url: str
    session: aiohttp.ClientSession

    def door(self, bounds: Bounds = QUICK, gate: http.Gate | None = None) -> Http:
        return Http(self.session, self.url, {"x-key": "k"}, gate, bounds)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A system served on a free port."""
    system = System()
    async with serving(system.faults) as url, aiohttp.ClientSession() as session:
        yield Rig(system=system, url=url, session=session)
