"""A running Odoo, a connector to it, and a line between the two that can be cut."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import uuid4

import aiohttp
from aiohttp import web

from connectors.odoo import CONNECTOR
from connectors.odoo.connector import Odoo
from connectors.sdk.changes import Change
from connectors.sdk.commands import Command, Outcome, RequestedLine, RequestFulfillment
from connectors.sdk.errors import Ambiguous, Unavailable
from connectors.sdk.http import Http
from connectors.sdk.records import (
    FulfillmentOrderRecord,
    Kind,
    LevelRecord,
    OrderRecord,
    ReturnRecord,
    ShipmentRecord,
)
from connectors.sdk.values import Address, Money
from tests.shoppers.odoo import Staff

ADA = "ada.okafor@example.com"
BEN = "ben.larsen@example.com"

GRACE = Address(
    name="Grace Kim",
    line1="7 Elm Street",
    line2="Apt 4",
    city="Reno",
    province="NV",
    postal_code="89501",
    country_code="US",
    phone="+17755550177",
    email="grace.kim@example.com",
)
"""Somebody whom the warehouse has never heard of, before a test sends her something."""

READS = ("search_read", "authenticate", "version")
"""Methods that change nothing."""

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Live:
    """*staff* are the people at it; `client` is what the gateway would open."""

    http: aiohttp.ClientSession
    staff: Staff

    def opened(self, **changed: str) -> Odoo:
        info = self.staff.info
        settings = {name: info[name] for name in ("url", "database", "user", "password")}
        settings |= changed
        return CONNECTOR.open(settings, Http(self.http, settings["url"]))

    @property
    def client(self) -> Odoo:
        return self.opened()

    def warehouse(self, code: str) -> str:
        return str(self.staff.info["warehouses"][code])

    async def order(self, sale: int) -> OrderRecord:
        return only(OrderRecord, await self.client.fetch(Kind.ORDER, [f"sale:{sale}"]))

    async def work(self, delivery: int) -> FulfillmentOrderRecord:
        return only(FulfillmentOrderRecord, await self._delivery(delivery))

    async def parcel(self, delivery: int) -> ShipmentRecord:
        return only(ShipmentRecord, await self._delivery(delivery))

    async def coming_back(self, transfer: int) -> ReturnRecord:
        found = await self.client.fetch(Kind.RETURN, [f"picking:{transfer}"])
        return only(ReturnRecord, found)

    async def _delivery(self, id: int) -> list[Change]:
        return await self.client.fetch(Kind.FULFILLMENT_ORDER, [f"picking:{id}"])

    async def level(self, sku: str, warehouse: str = "DC-RENO") -> LevelRecord:
        product = (await self.staff.product(sku))["id"]
        found = await self.client.fetch(Kind.LEVEL, [f"{product}@{self.warehouse(warehouse)}"])
        return only(LevelRecord, found)

    async def request(
        self, lines: dict[str, int], warehouse: str = "DC-RENO", ship_to: Address = GRACE
    ) -> RequestFulfillment:
        """Return a command that nobody gave before."""
        found = [
            RequestedLine(
                item_id=str((await self.staff.product(sku))["id"]),
                sku=sku,
                quantity=quantity,
                title=sku,
                unit_price=Money(minor=1900, currency="USD"),
            )
            for sku, quantity in lines.items()
        ]
        reference = f"fo_{uuid4().hex}"
        return RequestFulfillment(
            key=f"key-{reference}",
            reference=reference,
            order_number="#1001",
            location_id=self.warehouse(warehouse),
            lines=tuple(found),
            ship_to=ship_to,
            shipping_method="Standard",
        )

    async def requested(self, lines: dict[str, int], warehouse: str = "DC-RENO") -> int:
        """Have the warehouse asked for *lines*; return the delivery's id."""
        outcome = await self.client.perform(await self.request(lines, warehouse))
        return number(outcome.external_id)


@dataclass(slots=True, kw_only=True)
class Line:
    """A line that loses the reply to one write: the one whose place is *cut_at*, counted from 0.

    *writes* are the calls that changed something, or tried to (``"sale.order.create"``).
    *meanwhile* happens just before the write of that name.
    """

    url: str = ""
    cut_at: int | None = None
    writes: list[str] = field(default_factory=list)
    meanwhile: dict[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)


@asynccontextmanager
async def between(live: Live) -> AsyncIterator[Line]:
    """Stand between a connector and Odoo: what is cut off has taken effect all the same."""
    line = Line()

    async def forward(request: web.Request) -> web.Response:
        body = await request.read()
        write = _write(body)
        if write in line.meanwhile:
            await line.meanwhile.pop(write)()
        target = live.staff.info["url"] + request.path
        async with live.http.post(
            target, data=body, headers={"content-type": "application/json"}
        ) as answer:
            text, status = await answer.read(), answer.status
        if write:
            line.writes.append(write)
            if len(line.writes) - 1 == line.cut_at:
                assert request.transport
                request.transport.close()
        return web.Response(status=status, body=text, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", forward)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        line.url = "http://{}:{}".format(*runner.addresses[0][:2])
        yield line
    finally:
        await runner.cleanup()


def _write(body: bytes) -> str:
    """Name the call that *body* makes; nothing for one that only reads."""
    params = json.loads(body)["params"]
    if params["method"] in READS:
        return ""
    model, method = params["args"][3:5]
    return "" if method in READS else f"{model}.{method}"


async def with_each_reply_lost(
    live: Live, command: Callable[[], Awaitable[Command]]
) -> list[tuple[Command, Outcome]]:
    """Give a new command again and again, the reply to another of its writes lost each time, until
    there is none left to lose. After a loss it is looked up, and given again if that is all there
    is to do. Return every command with its outcome."""
    found: list[tuple[Command, Outcome]] = []
    for cut_at in range(40):
        given = await command()
        async with between(live) as line:
            line.cut_at = cut_at
            client = live.opened(url=line.url)
            try:
                outcome = await client.perform(given)
            except (Ambiguous, Unavailable):
                line.cut_at = None
                outcome = await client.look_up(given) or await client.perform(given)
            found.append((given, outcome))
            if len(line.writes) <= cut_at:
                return found
    raise AssertionError("a command without an end")


async def pulled(client: Odoo, kind: Kind, since: str | None) -> tuple[list[Change], str]:
    """Everything that a pull gives, and its last checkpoint."""
    changes: list[Change] = []
    async for page in client.pull(kind, since):
        changes += page.changes
        since = page.checkpoint
    assert since is not None
    return changes, since


async def marked(client: Odoo, kind: Kind) -> str:
    """A checkpoint of now."""
    return (await pulled(client, kind, None))[1]


def only(kind: type[T], changes: Sequence[object]) -> T:
    (found,) = [one for one in changes if isinstance(one, kind)]
    return found


def number(external_id: str | None) -> int:
    assert external_id
    return int(external_id.partition(":")[2])
