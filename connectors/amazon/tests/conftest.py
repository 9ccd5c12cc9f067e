"""The simulator served on a free port, with a client of it; each exchange is judged afterwards."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.amazon import CONNECTOR
from connectors.amazon.connector import Client
from connectors.amazon.simulated.model import Order
from connectors.amazon.simulator import Simulator
from connectors.amazon.tests import contract
from connectors.amazon.tests.contract import Contract, Exchange
from connectors.sdk.changes import Change, Page
from connectors.sdk.commands import RecordShipment
from connectors.sdk.conformance.serving import serving
from connectors.sdk.conformance.stage import PATIENT, Clock
from connectors.sdk.conformance.world import PURCHASE, WORLD
from connectors.sdk.http import Bounds, Http
from connectors.sdk.records import Kind, Tracking
from connectors.sdk.values import LineQuantity

HOOK = "https://gateway.example/webhooks/amazon"
HASTY = Bounds(safe_attempts=1, first_backoff_s=0, longest_wait_s=0)


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
            exchange = Exchange(
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode(),
                body=body,
                status=status,
                answer=answer,
            )
            self.exchanges.append(exchange)


@dataclass(slots=True, kw_only=True)
class Rig:
    """A simulator, a client of it, and what passes between them."""

    amazon: Simulator
    client: Client
    clock: Clock
    recorder: Recorder
    session: aiohttp.ClientSession
    url: str
    keeps_contract: bool = True
    """Turned off by a test whose point is an Amazon that does not."""

    def client_of(self, **settings: str) -> Client:
        """Another client, which repeats nothing, with other settings."""
        return _open(self.amazon, self.url, self.session, settings, HASTY)

    def order(self, by: str = "MERCHANT", **how: bool) -> Order:
        return self.amazon.seller.order(PURCHASE, by, **how)

    def turn(self, **by: float) -> None:
        self.clock.turn(timedelta(**by))

    async def pages(self, kind: Kind, since: str | None = None) -> list[Page]:
        return [page async for page in self.client.pull(kind, since)]

    async def pull(self, kind: Kind, since: str | None = None) -> list[Change]:
        return [change for page in await self.pages(kind, since) for change in page.changes]

    def sent(self, method: str = "", path: str = "") -> list[Exchange]:
        """What was asked, without the tokens."""
        return [
            one
            for one in self.recorder.exchanges
            if one.method.startswith(method) and path in one.path and one.path != contract.LOGIN
        ]


def told(rig: Rig, method: str, path: str) -> list[dict[str, object]]:
    """The bodies of what was sent."""
    return [json.loads(one.body) for one in rig.sent(method, path)]


def shipping(order: Order, key: str = "key-1", *, units: int | None = None) -> RecordShipment:
    """Record that an order's items left, all of them or *units* of the first."""
    items = order.items[:1] if units else order.items
    return RecordShipment(
        key=key,
        order_id=order.id,
        lines=tuple(
            LineQuantity(line_id=item.id, sku=item.good.sku, quantity=units or item.ordered)
            for item in items
        ),
        tracking=Tracking(number=f"1Z-{key}", carrier="ups"),
    )


def _open(
    amazon: Simulator,
    url: str,
    session: aiohttp.ClientSession,
    settings: dict[str, str],
    bounds: Bounds,
) -> Client:
    addresses = {"url": url, "auth_url": f"{url}{contract.LOGIN}"}
    known = {**addresses, **amazon.settings, **settings}
    return CONNECTOR.open(known, Http(session, url, bounds=bounds))


@pytest.fixture(scope="session")
def judge() -> Contract | None:
    return contract.load()


@pytest.fixture
def vendor(judge: Contract | None) -> Contract:
    """Amazon's files; a test that asks for them is skipped where they are not to be had."""
    if judge is None:
        pytest.skip(contract.WHY_NOT)
    return judge


@pytest.fixture
async def rig(judge: Contract | None) -> AsyncIterator[Rig]:
    """A served simulator. Where the contract is at hand, everything said must fit it."""
    clock = Clock()
    amazon = Simulator(WORLD, clock)
    amazon.register(HOOK)
    recorder = Recorder(amazon.faults)
    async with serving(recorder) as url, aiohttp.ClientSession() as session:
        made = Rig(
            amazon=amazon,
            client=_open(amazon, url, session, {}, PATIENT),
            clock=clock,
            recorder=recorder,
            session=session,
            url=url,
        )
        yield made
    if judge and made.keeps_contract:
        for exchange in recorder.exchanges:
            judge.judge(exchange)
        for post in amazon.posts:
            event = json.loads(post.body)
            contract.judge_notification(event["detail-type"], event["detail"])
