"""A simulated Shopify, served over HTTP, and the connector's client of it.

Where the contract is to be had, every answer and every webhook of every test is held against it
when the test ends.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change, Page
from connectors.sdk.commands import Outcome, RecordShipment
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.http import Http
from connectors.sdk.records import Kind, LineCounters, OrderRecord, Tracking
from connectors.sdk.simulator import Good, Place, Post, Purchase, Sells, Shopper, World
from connectors.sdk.values import Address, LineQuantity
from connectors.shopify import CONNECTOR
from connectors.shopify.connector import Shopify
from connectors.shopify.simulated.shop import Node
from connectors.shopify.simulator import Simulator
from connectors.shopify.tests import contract

START_TIMEOUT_S = 10
HOOK = "https://we.example/webhooks/shopify"

ADA = Shopper(
    first_name="Ada",
    last_name="Park",
    email="ada@example.com",
    phone="+15415550100",
    address=Address(
        line1="9 Elm St",
        city="Bend",
        province="OR",
        postal_code="97701",
        country_code="US",
        phone="+15415550100",
    ),
)
DEPOT = Address(line1="1 Depot Rd", city="Reno", province="NV", country_code="US")


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


WORLD = World(
    goods=(_good("TEE-S", "S", 1999), _good("TEE-M", "M", 2099)),
    places=(
        Place(code="DC-1", name="Depot", is_store=False, address=DEPOT),
        Place(code="DC-2", name="Annex", is_store=False, address=DEPOT),
        Place(code="STORE-1", name="Main Street", is_store=True, address=DEPOT),
    ),
    shoppers=(ADA,),
    stock={
        ("TEE-S", "DC-1"): 10,
        ("TEE-M", "DC-1"): 10,
        ("TEE-M", "DC-2"): 50,
        ("TEE-S", "STORE-1"): 3,
    },
)

SHOP: type[Sells] = Simulator
"""Checked by mypy: the simulator is what the sdk calls a seller."""


@dataclass(slots=True)
class Clock:
    """A clock that goes when it is told to."""

    now: datetime = field(default=datetime(2026, 10, 1, 12, tzinfo=UTC))
    step: timedelta = field(default=timedelta())
    """How far each look at it moves it."""

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now

    def later(self, **spans: float) -> None:
        self.now += timedelta(**spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One GraphQL request and its answer, None when it was cut or no JSON."""

    asked: Any
    answer: Any

    @property
    def name(self) -> str:
        return str(self.asked["operationName"])


class Recorder:
    """ASGI middleware that keeps every exchange, and may change an answer on its way out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.exchanges: list[Exchange] = []
        self.replaced: dict[str, str] = {}
        """Text to put in place of text in answers: how a test makes Shopify say something else."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked, parts = b"", bytearray()
        start: Message = {}

        async def take() -> Message:
            nonlocal asked
            message = await receive()
            asked += message.get("body", b"")
            return message

        async def give(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            parts.extend(message.get("body", b""))

        try:
            await self._app(scope, take, give)
        finally:
            self._keep(asked, bytes(parts))
        await self._answer(dict(start), bytes(parts), send)

    def _keep(self, asked: bytes, answer: bytes) -> None:
        try:
            self.exchanges.append(Exchange(asked=json.loads(asked), answer=json.loads(answer)))
        except ValueError:
            if asked:
                self.exchanges.append(Exchange(asked=json.loads(asked), answer=None))

    async def _answer(self, start: dict[str, Any], body: bytes, send: Send) -> None:
        if not start:
            return
        text = body
        for old, new in self.replaced.items():
            text = text.replace(old.encode(), new.encode())
        if text != body:
            length = (b"content-length", str(len(text)).encode())
            kept = [one for one in start["headers"] if one[0].lower() != b"content-length"]
            start["headers"] = [*kept, length]
        await send(start)
        await send({"type": "http.response.body", "body": text})


@dataclass(slots=True, kw_only=True)
class Rig:
    """A served simulator, its clock, a client of it, and what passed between them."""

    simulator: Simulator
    clock: Clock
    client: Shopify
    recorder: Recorder
    http: Http
    url: str
    posts: list[Post] = field(default_factory=list)
    keeps_contract: bool = True
    """Turned off by a test whose point is a Shopify that does not."""

    def buy(self, *items: tuple[str, int], **more: Any) -> str:
        return self.simulator.buy(Purchase(shopper=ADA, items=items or (("TEE-S", 1),), **more))

    def client_of(self, **settings: str) -> Shopify:
        known = {"url": self.url, **self.simulator.settings, **settings}
        return CONNECTOR.open(known, self.http)

    async def pages(self, kind: Kind, since: str | None = None) -> list[Page]:
        return [page async for page in self.client.pull(kind, since)]

    async def pull(self, kind: Kind, since: str | None = None) -> list[Change]:
        return [change for page in await self.pages(kind, since) for change in page.changes]

    async def order(self, order_id: str) -> OrderRecord:
        found = await self.client.fetch(Kind.ORDER, [order_id])
        assert isinstance(found[0], OrderRecord)
        return found[0]

    def hear(self) -> list[tuple[str, list[Change]]]:
        """Take the webhooks queued so far; verify and decode each, as the gateway does."""
        taken, self.simulator.posts = self.simulator.posts, []
        self.posts += taken
        heard = []
        for post in taken:
            delivery = RawDelivery(url=post.url, headers=post.headers, body=post.body)
            secrets = [self.simulator.settings["webhook_secret"]]
            verified = self.client.verify(delivery, secrets, self.clock.now)
            heard.append((verified.topic, self.client.decode(delivery, self.clock.now)))
        return heard

    def asked(self, name: str) -> int:
        """How often an operation was asked for."""
        return sum(one.name == name for one in self.recorder.exchanges)

    def state(self, gid: str) -> Node:
        return self.simulator.shop.nodes[gid]

    def amounts(self, sku: str, code: str = "DC-1") -> dict[str, int]:
        """The quantities of a SKU at a place, on hand among them."""
        shop = self.simulator.shop
        amounts: dict[str, int] = dict(shop.level(sku, shop.location(code))["amounts"])
        return {"on_hand": sum(amounts.values()) - amounts["incoming"], **amounts}

    def faults(self) -> list[str]:
        """What broke Shopify's contract so far."""
        found: list[str] = []
        for one in self.recorder.exchanges:
            if one.answer and one.answer.get("data"):
                found += contract.judge(one.asked["query"]).faults(one.name, one.answer["data"])
        for post in [*self.posts, *self.simulator.posts]:
            found += contract.webhook_faults(post.headers["x-shopify-topic"], post.body)
        return found


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve *app* on a free port; give its address."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    task = asyncio.create_task(server.serve(sockets=[socket]))
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        socket.close()


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A shop in US dollars with two depots and a store; nothing said may break the contract."""
    clock = Clock()
    simulator = Simulator(WORLD, clock)
    simulator.register(HOOK)
    recorder = Recorder(simulator.faults)
    async with serving(recorder) as url, aiohttp.ClientSession() as session:
        http = Http(session, url)
        client = CONNECTOR.open({"url": url, **simulator.settings}, http)
        made = Rig(
            simulator=simulator, clock=clock, client=client, recorder=recorder, http=http, url=url
        )
        yield made
        if made.keeps_contract and contract.FOLDER.is_dir():
            assert made.faults() == []


def shipment(order: OrderRecord, number: str = "1Z1", units: int | None = None) -> RecordShipment:
    """Ship the first line of *order*, all of it or *units*."""
    line = order.lines[0]
    quantity = line.counters.ordered if units is None else units
    return RecordShipment(
        key=f"ship-{number}",
        order_id=order.external_id,
        lines=(LineQuantity(line_id=line.external_id, sku=line.sku, quantity=quantity),),
        tracking=Tracking(number=number, carrier="UPS"),
    )


def everything(order: OrderRecord) -> tuple[LineQuantity, ...]:
    """All units of all lines."""
    return tuple(
        LineQuantity(line_id=one.external_id, quantity=one.counters.ordered) for one in order.lines
    )


def counters(outcome: Outcome | None) -> list[LineCounters]:
    """The counters of the order that *outcome* brings."""
    assert outcome
    order = outcome.changes[0]
    assert isinstance(order, OrderRecord)
    return [line.counters for line in order.lines]


def cut(operation: str) -> Planned:
    """The operation takes effect, its answer is lost."""
    return Planned(fault=Fault.CUT_AFTER, path=f"/{operation}")


def down(operation: str) -> Planned:
    """The operation does not take effect, and the answer does not say so."""
    return Planned(fault=Fault.SERVER_ERROR, path=f"/{operation}")
