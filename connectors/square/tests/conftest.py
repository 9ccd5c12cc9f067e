"""A simulated Square served on a free port, and the connector's client of it.

Where Square's contract is to be had, every exchange and every webhook of every test is held against
it when the test ends.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
import uvicorn

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change, Page
from connectors.sdk.http import Bounds, Http
from connectors.sdk.records import Kind
from connectors.sdk.simulator import Good, Place, Post, Shopper, World
from connectors.sdk.values import Address
from connectors.square import CONNECTOR
from connectors.square.connector import Square
from connectors.square.simulator import Simulator
from connectors.square.tests import contract
from connectors.square.tests.contract import Recorder

START_TIMEOUT_S = 10
HOOK = "https://we.example/webhooks/square"
ADA = Shopper(
    first_name="Ada",
    last_name="Park",
    email="ada@example.com",
    phone="+15550100",
    address=Address(
        line1="9 Elm St", city="Bend", province="OR", postal_code="97701", country_code="US"
    ),
)
MAIN_ST = Address(line1="1 Main St", city="Reno", province="NV", country_code="US")


def _good(sku: str, option: str, price_minor: int) -> Good:
    return Good(
        sku=sku,
        product="Canvas Tee",
        title=f"Canvas Tee {option}",
        option=option,
        barcode="012345678905",
        price_minor=price_minor,
        weight_g=180,
    )


def world(stores: int = 2) -> World:
    """Tees in S and M, and *stores* stores; the first has ten of each, a depot does not count."""
    codes = [f"STORE-{number:02}" for number in range(1, stores + 1)]
    places = [Place(code=code, name=code, is_store=True, address=MAIN_ST) for code in codes]
    depot = Place(code="DC-1", name="Depot", is_store=False, address=MAIN_ST)
    goods = (_good("TEE-S", "S", 1999), _good("TEE-M", "M", 2099))
    stock = {(good.sku, code): 10 for good in goods for code in [*codes[:1], "DC-1"]}
    return World(goods=goods, places=(depot, *places), shoppers=(ADA,), stock=stock)


@dataclass(slots=True)
class Clock:
    """A clock that goes when it is told to."""

    now: datetime = field(default=datetime(2026, 3, 2, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def later(self, **spans: float) -> None:
        self.now += timedelta(**spans)


@dataclass(slots=True, kw_only=True)
class Rig:
    """A served simulator, its clock, a client of it; *opened* makes others, less patient ones."""

    simulator: Simulator
    clock: Clock
    client: Square
    recorder: Recorder
    opened: Callable[[Bounds], Square]
    posts: list[Post] = field(default_factory=list)

    async def pull(self, kind: Kind, since: str | None = None) -> list[Page]:
        return [page async for page in self.client.pull(kind, since)]

    async def all(self, kind: Kind, since: str | None = None) -> list[Change]:
        return [change for page in await self.pull(kind, since) for change in page.changes]

    async def one(self, kind: Kind, external_id: str) -> Change:
        """Fetch one subject that states one change."""
        [change] = await self.client.fetch(kind, [external_id])
        return change

    def hear(self) -> list[Change]:
        """Take the webhooks queued so far; verify and decode each, as the gateway does."""
        taken, self.simulator.posts = self.simulator.posts, []
        self.posts += taken
        heard: list[Change] = []
        for post in taken:
            delivery = RawDelivery(url=post.url, headers=post.headers, body=post.body)
            secrets = [self.simulator.settings["webhook_secret"]]
            self.client.verify(delivery, secrets, self.clock.now)
            heard += self.client.decode(delivery, self.clock.now)
        return heard

    def sent(self, path: str) -> int:
        """How many requests went to a path that ends so."""
        return sum(one.path.endswith(path) for one in self.recorder.exchanges)

    def item(self, sku: str) -> str:
        return str(self.simulator.books.variation(sku)[1]["id"])

    def place(self, code: str = "STORE-01") -> str:
        return self.simulator.books.location_id(code)

    def faults(self) -> list[str]:
        """What broke Square's contract so far."""
        found = [fault for one in self.recorder.exchanges for fault in one.faults()]
        for post in [*self.posts, *self.simulator.posts]:
            event = json.loads(post.body)
            schema = contract.event_schema(event["type"])
            found += [f"{event['type']}: {fault}" for fault in contract.faults(schema, event)]
        return found


@asynccontextmanager
async def rigged(simulator: Simulator, clock: Clock) -> AsyncIterator[Rig]:
    """Serve *simulator* on a free port for as long as the block runs."""
    recorder = Recorder(simulator.faults)
    config = uvicorn.Config(
        recorder, host="127.0.0.1", port=0, log_config=None, lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    task = asyncio.create_task(server.serve(sockets=[socket]))
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
                await asyncio.sleep(0.01)
        url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        async with aiohttp.ClientSession() as session:

            def opened(bounds: Bounds) -> Square:
                settings = {"url": url, **simulator.settings}
                return CONNECTOR.open(settings, Http(session, url, bounds=bounds))

            yield Rig(
                simulator=simulator,
                clock=clock,
                client=opened(Bounds(first_backoff_s=0)),
                recorder=recorder,
                opened=opened,
            )
    finally:
        server.should_exit = True
        await task
        socket.close()


@asynccontextmanager
async def judged(simulator: Simulator, clock: Clock) -> AsyncIterator[Rig]:
    """The same, and nothing that went over the wire broke the contract, where that is here."""
    async with rigged(simulator, clock) as rig:
        simulator.register(HOOK)
        yield rig
        if contract.FOLDER.is_dir():
            assert rig.faults() == []


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Two stores in US dollars."""
    clock = Clock()
    async with judged(Simulator(world(), clock), clock) as served:
        yield served
