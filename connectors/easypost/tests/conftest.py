"""A simulated EasyPost, served over HTTP, and the connector's client of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import uvicorn

from connectors.easypost import CONNECTOR
from connectors.easypost.connector import EasyPost
from connectors.easypost.simulator import Simulator
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Page
from connectors.sdk.commands import BuyLabel
from connectors.sdk.http import Http
from connectors.sdk.records import Kind
from connectors.sdk.simulator import Carries, Post, World
from connectors.sdk.values import Address, Parcel

NOWHERE = World(goods=(), places=(), shoppers=(), stock={})
START_TIMEOUT_S = 10
HOOK = "https://we.example/webhooks/easypost"

DEPOT = Address(company="Northwind", line1="1 Depot Rd", city="Reno", province="NV")
HOME = Address(name="Ada Park", line1="9 Elm St", city="Bend", province="OR", postal_code="97701")
BUY = BuyLabel(
    key="key-1",
    reference="ship-1001-1",
    ship_from=DEPOT,
    ship_to=HOME,
    parcels=(Parcel(weight_g=453, length_mm=254),),
)


@asynccontextmanager
async def serving(simulator: Simulator) -> AsyncIterator[str]:
    """Serve *simulator* on a free port; give its address."""
    config = uvicorn.Config(
        simulator.faults, host="127.0.0.1", port=0, log_config=None, lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    task = asyncio.create_task(server.serve(sockets=[socket]))
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{socket.getsockname()[1]}/v2"
    finally:
        server.should_exit = True
        await task
        socket.close()


CARRIER: type[Carries] = Simulator
"""Checked by mypy: the simulator is what the sdk calls a carrier."""


@dataclass(slots=True, kw_only=True)
class Rig:
    """A served simulator, its clock, and the connector's client of it."""

    simulator: Simulator
    client: EasyPost
    session: aiohttp.ClientSession
    url: str
    now: datetime

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What somebody else with the same key does at EasyPost."""
        user = aiohttp.encode_basic_auth(self.simulator.settings["api_key"], "")
        headers = {"authorization": user}
        async with self.session.request(
            method, self.url + path, json=body, headers=headers
        ) as answer:
            return await answer.json()

    def later(self, **spans: float) -> None:
        self.now += timedelta(**spans)

    def count(self, method: str, ending: str) -> int:
        """How many requests of this method arrived at paths that end so."""
        arrived = self.simulator.faults.requests
        return len([1 for m, path in arrived if m == method and path.endswith(ending)])

    @property
    def labels(self) -> int:
        """How many labels were bought in all."""
        return len([1 for one in self.simulator.shipments if one["postage_label"]])

    async def pages(self, kind: Kind, since: str | None = None) -> list[Page]:
        return [page async for page in self.client.pull(kind, since)]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A simulated account whose clock stands ten days back."""
    simulator = Simulator(NOWHERE, lambda: found.now)
    simulator.register(HOOK)
    async with serving(simulator) as url, aiohttp.ClientSession() as session:
        client = CONNECTOR.open({"url": url, **simulator.settings}, Http(session, url))
        now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
        found = Rig(simulator=simulator, client=client, session=session, url=url, now=now)
        yield found


def received(post: Post) -> RawDelivery:
    return RawDelivery(url=post.url, headers=post.headers, body=post.body)
