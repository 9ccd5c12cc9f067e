"""The simulator served on a free port, with a client of it; each exchange is judged afterwards."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sdk.changes import Change, Removed, Touched, Unreadable
from connectors.sdk.commands import Outcome, RequestedLine, RequestFulfillment
from connectors.sdk.http import Http
from connectors.sdk.records import KIND_OF, FulfillmentOrderRecord, Kind
from connectors.sdk.simulator import Good, Place, Shopper, World
from connectors.sdk.values import Address, Money
from connectors.shipbob import CONNECTOR
from connectors.shipbob.connector import Client
from connectors.shipbob.simulated import views
from connectors.shipbob.simulated.model import Order
from connectors.shipbob.simulator import Simulator
from connectors.shipbob.tests import contract
from connectors.shipbob.tests.contract import Contract, Exchange

START_TIMEOUT_S = 10

ADA = Shopper(
    first_name="Ada",
    last_name="Lind",
    email="ada@shopper.example",
    phone="+1 775 555 0142",
    address=Address(
        name="Ada Lind",
        line1="12 Juniper Way",
        city="Sparks",
        province="NV",
        postal_code="89431",
        country_code="US",
        phone="+1 775 555 0142",
        email="ada@shopper.example",
    ),
)


def _good(sku: str, option: str, price_minor: int) -> Good:
    return Good(
        sku=sku,
        product="Canvas Tee",
        title=f"Canvas Tee {option}",
        option=option,
        barcode=f"0{price_minor}",
        price_minor=price_minor,
        weight_g=180,
    )


def _place(code: str, *, is_store: bool = False) -> Place:
    address = Address(line1="1 Depot Road", city="Reno", province="NV", country_code="US")
    return Place(code=code, name=f"{code} center", is_store=is_store, address=address)


WORLD = World(
    goods=(_good("TEE-S", "S", 1999), _good("TEE-M", "M", 2000), _good("TEE-L", "L", 2001)),
    places=(_place("RNO1"), _place("ORD1"), _place("SHOP", is_store=True)),
    shoppers=(ADA,),
    stock={
        ("TEE-S", "RNO1"): 1000,
        ("TEE-M", "RNO1"): 10,
        ("TEE-M", "ORD1"): 5,
        ("TEE-L", "SHOP"): 7,
    },
)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


class Recorder:
    """ASGI middleware that keeps every exchange. *before* runs once, when a path has its text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.exchanges: list[Exchange] = []
        self.before: dict[str, Callable[[], object]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, answer, status = b"", b"", 0
        for text in [text for text in self.before if text in scope["path"]]:
            self.before.pop(text)()

        async def take() -> Message:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        async def give(message: Message) -> None:
            nonlocal answer, status
            status = message.get("status", status)
            answer += message.get("body", b"")
            await send(message)

        try:
            await self._app(scope, take, give)
        finally:
            headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
            exchange = Exchange(
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode(),
                headers=headers,
                body=body,
                status=status,
                answer=answer,
            )
            self.exchanges.append(exchange)


@dataclass(slots=True, kw_only=True)
class Rig:
    """A simulator, a client of it, and what passes between them."""

    shipbob: Simulator
    client: Client
    clock: Clock
    recorder: Recorder
    session: aiohttp.ClientSession
    url: str
    keeps_contract: bool = True
    """Turned off by a test whose point is a ShipBob that does not."""
    _number: int = field(default=0)

    def client_of(self, **settings: str) -> Client:
        """Another client, with other settings."""
        known = {"url": self.url, **self.shipbob.settings, **settings}
        return CONNECTOR.open(known, Http(self.session, self.url))

    def order(self, sku: str = "TEE-S", units: int = 1, *, place: int | None = 1) -> Order:
        """Take an order at the warehouse itself, without a request."""
        self._number += 1
        body = {
            "reference_id": f"made-{self._number}",
            "type": "DTC",
            "shipping_method": "Standard",
            "location_id": place,
            "recipient": {
                "name": "Ada Lind",
                "address": {"address1": "12 Juniper Way", "city": "Sparks", "country": "US"},
            },
            "products": [{"reference_id": sku, "name": sku, "quantity": units}],
        }
        return self.shipbob.warehouse.take(body, int(self.shipbob.settings["channel_id"]))

    async def pull(self, kind: Kind, since: str | None = None) -> list[Change]:
        return [change async for page in self.client.pull(kind, since) for change in page.changes]

    async def checkpoint(self, kind: Kind) -> str:
        """The checkpoint of a pull of everything."""
        pages = [page async for page in self.client.pull(kind, None)]
        return pages[-1].checkpoint

    def everything(self) -> list[dict[str, object]]:
        """All that ShipBob knows of its orders, to compare before and after."""
        warehouse = self.shipbob.warehouse
        return [views.order(each, warehouse) for each in warehouse.orders.values()]

    def stock(self) -> list[tuple[int, int]]:
        """On hand and committed, of each item at each place."""
        return [(each.on_hand, each.committed) for each in self.shipbob.warehouse.stock.values()]

    def sent(self, method: str = "", path: str = "") -> list[Exchange]:
        return [
            each
            for each in self.recorder.exchanges
            if each.method.startswith(method) and path in each.path
        ]


def ids_of(kind: Kind, changes: Iterable[Change]) -> list[str]:
    """The ids of the records of *kind*, in order."""
    return [
        each.external_id
        for each in changes
        if not isinstance(each, Unreadable | Removed | Touched) and KIND_OF[type(each)] is kind
    ]


def orders_in(changes: Iterable[Change]) -> list[str]:
    return ids_of(Kind.FULFILLMENT_ORDER, changes)


def order_of(outcome: Outcome | None) -> FulfillmentOrderRecord:
    """The order that a command left behind."""
    assert outcome is not None
    found = outcome.changes[0]
    assert isinstance(found, FulfillmentOrderRecord)
    return found


def line(**parts: object) -> RequestedLine:
    """What is asked for; every part can be another."""
    whole: dict[str, object] = {
        "item_id": "15000001",
        "sku": "TEE-S",
        "quantity": 2,
        "title": "Canvas Tee S",
        "unit_price": Money(minor=1999, currency="USD"),
        **parts,
    }
    return RequestedLine(**whole)  # type: ignore[arg-type]


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve *app* on a free port of this machine; end it with the test."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        async with asyncio.timeout(START_TIMEOUT_S):
            while not server.started:  # noqa: ASYNC110 (uvicorn has a flag to look at, no event)
                await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@pytest.fixture(scope="session")
def judge() -> Contract | None:
    return contract.load()


@pytest.fixture
def vendor(judge: Contract | None) -> Contract:
    """ShipBob's contract; a test that asks for it is skipped where it is not to be had."""
    if judge is None:
        pytest.skip(contract.WHY_NOT)
    return judge


@pytest.fixture
async def rig(judge: Contract | None) -> AsyncIterator[Rig]:
    """A served simulator. Where the contract is at hand, everything said must fit it."""
    clock = Clock()
    shipbob = Simulator(WORLD, clock)
    recorder = Recorder(shipbob.faults)
    async with served(recorder) as url, aiohttp.ClientSession() as session:
        client = CONNECTOR.open({"url": url, **shipbob.settings}, Http(session, url))
        made = Rig(
            shipbob=shipbob,
            client=client,
            clock=clock,
            recorder=recorder,
            session=session,
            url=url,
        )
        yield made
    if judge and made.keeps_contract:
        for exchange in recorder.exchanges:
            judge.judge(exchange)


@pytest.fixture
def ask() -> Callable[..., RequestFulfillment]:
    """Make a RequestFulfillment; every part can be another."""

    def make(**parts: object) -> RequestFulfillment:
        whole: dict[str, object] = {
            "key": "key-1",
            "reference": "fo-1",
            "order_number": "#1001",
            "location_id": "1",
            "lines": (line(),),
            "ship_to": ADA.address,
            **parts,
        }
        return RequestFulfillment(**whole)  # type: ignore[arg-type]

    return make
