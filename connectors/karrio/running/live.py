"""A running karrio to test against: what is around it, and what stands in between."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import aiohttp
from aiohttp import web

from connectors.karrio import CONNECTOR
from connectors.karrio.checkpoint import Checkpoint
from connectors.karrio.connector import Client
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import BuyLabel, Outcome
from connectors.sdk.http import Http
from connectors.sdk.records import Kind, ShipmentRecord, TrackerRecord
from connectors.sdk.values import Address, Parcel
from tests.shoppers import karrio as carrier

STORE = Address(
    name="Shipping desk",
    company="Northwind",
    line1="1 Main St",
    city="Reno",
    province="NV",
    postal_code="89502",
    country_code="US",
    phone="+17755550100",
)
HOME = Address(
    name="Ada Vale",
    line1="5 Elm St",
    city="Austin",
    province="TX",
    postal_code="78701",
    country_code="US",
    email="ada@example.com",
)
NOON = (datetime.now(UTC) + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
"""Tomorrow's: later than what karrio says by itself of a label that was bought today."""
serial = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A running karrio, and a connector to it that may use the carrier Acme only."""

    url: str
    token: str
    session: aiohttp.ClientSession
    client: Client

    def opened(self, **changed: str) -> Client:
        settings = {"url": self.url, "token": self.token, "carrier_ids": "acme-parcel", **changed}
        return CONNECTOR.open(settings, Http(self.session, settings["url"]))

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        return await carrier.call(self.url, self.token, method, path, body)

    async def bought(self, reference: str) -> list[dict[str, Any]]:
        return await carrier.shipments(self.url, self.token, reference)

    async def scan(self, outcome: Outcome, status: str, at: datetime = NOON) -> None:
        await carrier.scan(self.url, self.token, number(outcome), status, at)

    async def tracker(self, outcome: Outcome) -> TrackerRecord:
        """The tracker of a bought label, read again."""
        (change,) = await self.client.fetch(Kind.TRACKER, [tracker_of(outcome).external_id])
        assert isinstance(change, TrackerRecord)
        return change


def label(**changed: Any) -> BuyLabel:
    """A command that nobody gave before: 0.8 kg from Reno to Austin by express."""
    mine = f"GW-{next(serial)}-{datetime.now(UTC):%H%M%S%f}"
    stated: dict[str, Any] = {
        "key": f"key-{mine}",
        "reference": mine,
        "ship_from": STORE,
        "ship_to": HOME,
        "parcels": (Parcel(weight_g=800, length_mm=300, width_mm=200, height_mm=100),),
        "service": "acme_express",
    }
    return BuyLabel(**{**stated, **changed})


def number(outcome: Outcome) -> str:
    assert outcome.label
    return outcome.label.tracking.number


def shipment_of(outcome: Outcome) -> ShipmentRecord:
    (found,) = [change for change in outcome.changes if isinstance(change, ShipmentRecord)]
    return found


def tracker_of(outcome: Outcome) -> TrackerRecord:
    (found,) = [change for change in outcome.changes if isinstance(change, TrackerRecord)]
    return found


async def pulled(client: Client, kind: Kind, since: str | None) -> tuple[list[Change], str]:
    """Everything a pull gives, and its last checkpoint."""
    changes: list[Change] = []
    async for page in client.pull(kind, since):
        changes += page.changes
        since = page.checkpoint
    assert since is not None
    return changes, since


def web_page(body: bytes) -> bytes:
    """What a proxy makes of an answer it does not like."""
    return b"<html>It works!</html>"


def long_after(checkpoint: str) -> str:
    """*checkpoint* as if its pass had begun when all there is was made long ago."""
    held = Checkpoint.load(checkpoint)
    return replace(held, began=held.began + timedelta(hours=1)).dump()


def about(changes: list[Change], external_id: str) -> list[Change]:
    """What *changes* say of one subject, without repeats."""
    found = {
        type(change).__name__: change
        for change in changes
        if getattr(change, "external_id", None) == external_id
    }
    return list(found.values())


@dataclass(slots=True, kw_only=True)
class Hooks:
    """A receiver of webhooks. karrio waits for it inside the request that caused the event, so
    when that request is answered everything has arrived."""

    url: str
    client: Client
    secret: str = ""
    status: int = 200
    deliveries: list[RawDelivery] = field(default_factory=list)

    def verified(self, delivery: RawDelivery) -> Any:
        return self.client.verify(delivery, [self.secret], NOON)

    def decoded(self, delivery: RawDelivery) -> list[Change]:
        return self.client.decode(delivery, NOON)


@asynccontextmanager
async def receiving(live: Live) -> AsyncIterator[Hooks]:
    """Have karrio send every event to a receiver, for as long as this lasts."""

    async def receive(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        hooks.deliveries.append(RawDelivery(url=hooks.url, headers=headers, body=body))
        return web.Response(status=hooks.status)

    app = web.Application()
    app.router.add_post("/webhooks/karrio", receive)
    async with serving(app) as url:
        hooks = Hooks(url=f"{url}/webhooks/karrio", client=live.client)
        hooks.secret = await carrier.register(live.url, live.token, hooks.url)
        try:
            yield hooks
        finally:
            await carrier.unregister(live.url, live.token, hooks.url)


@dataclass(slots=True, kw_only=True)
class Line:
    """A bad line to karrio: once, it cuts a request off before or after it took effect. What has
    *broken* in its path is answered with 502; *rewrite* changes the answers to one kind of
    request, which take effect all the same."""

    url: str = ""
    cut_before: tuple[str, str] | None = None
    cut_after: tuple[str, str] | None = None
    broken: str | None = None
    rewritten: tuple[str, str] | None = None
    rewrite: Callable[[bytes], bytes] = bytes


@asynccontextmanager
async def between(live: Live) -> AsyncIterator[Line]:
    """A proxy in front of karrio that can be told to fail."""
    line = Line()

    def meets(plan: tuple[str, str] | None, request: web.Request) -> bool:
        return plan is not None and plan[0] == request.method and request.path.endswith(plan[1])

    def cut(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.close()
        return web.Response()

    async def forward(request: web.Request) -> web.Response:
        if meets(line.cut_before, request):
            line.cut_before = None
            return cut(request)
        if line.broken and line.broken in request.path:
            return web.Response(status=502)
        kept = {name: request.headers[name] for name in ("authorization", "content-type")
                if name in request.headers}  # fmt: skip
        async with live.session.request(
            request.method, live.url + request.path_qs, data=await request.read(), headers=kept
        ) as answer:
            body = await answer.read()
        if meets(line.cut_after, request):
            line.cut_after = None
            return cut(request)
        if meets(line.rewritten, request):
            body = line.rewrite(body)
        return web.Response(status=answer.status, body=body, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", forward)
    async with serving(app) as line.url:
        yield line


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve *app* on a free port of 127.0.0.1."""
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
