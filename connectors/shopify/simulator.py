"""A simulated Shopify: the Admin GraphQL API and webhooks of one shop, stateful, over HTTP.

It knows what the connector asks for and nothing else; its schema is compared with the contract's.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from connectors.sdk.faults import Faults
from connectors.sdk.signatures import sha256_base64
from connectors.sdk.simulator import Clock, Post, Purchase, World
from connectors.shopify.simulated import news, returning, selling, writing
from connectors.shopify.simulated.engine import Engine
from connectors.shopify.simulated.shop import Event, Shop

VERSION = "2026-10"
TOKEN = "shpat_simulated"  # noqa: S105 (a simulator's)
SECRET = "simulated client secret"  # noqa: S105 (a simulator's)
_SHOP_TIME = timezone(timedelta(hours=-5))
_UTC = re.compile(r"(?<=\")(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)(?=\")")


class Doors(Faults):
    """Faults by operation: the one address of a GraphQL API counts as many here.

    ``Planned(fault=Fault.CUT_AFTER, path="/OrderCancel")`` meets the next request of that name, and
    `requests` tells them apart.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        body = await _body(receive)
        message: Message = {"type": "http.request", "body": body, "more_body": False}
        waiting = [message]

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        named = {**scope, "path": f"{scope['path']}/{_operation(body)}"}
        await super().__call__(named, again, send)


async def _body(receive: Receive) -> bytes:
    parts = bytearray()
    while True:
        message = await receive()
        parts += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(parts)


def _parsed(body: bytes) -> dict[str, Any] | None:
    """A GraphQL request, None for what is none."""
    try:
        asked = json.loads(body)
    except ValueError:
        return None
    return asked if isinstance(asked, dict) and isinstance(asked.get("query"), str) else None


def _operation(body: bytes) -> str:
    return str((_parsed(body) or {}).get("operationName") or "-")


class Simulator:
    """One shop. Buy in it, let the connector work on it, take the webhooks from *posts*.

    *shop* is its state, *engine* its API: both may be turned by a test (`engine.drain()` throttles
    the next request, `shop.search_lag_s` makes searches lag, `shop.currency` is what it charges).
    """

    settings: Mapping[str, str] = {
        "access_token": TOKEN,
        "webhook_secret": SECRET,
        "api_version": VERSION,
    }

    def __init__(self, world: World, clock: Clock) -> None:
        self.shop = Shop(world, clock)
        self.engine = Engine(self.shop)
        self.posts: list[Post] = []
        self._url: str | None = None
        self._events = 0
        path = "/admin/api/{version}/graphql.json/{operation}"
        self.faults: Faults = Doors(
            Starlette(routes=[Route(path, self._graphql, methods=["POST"])])
        )

    def register(self, url: str) -> None:
        self._url = url

    def buy(self, purchase: Purchase) -> str:
        order = selling.buy(self.shop, purchase)
        self._post()
        order_id: str = order["id"]
        return order_id

    def remove(self, gid: str) -> None:
        """The merchant deletes something."""
        topics = {"Order": "orders", "Product": "products", "Customer": "customers"}
        kind = self.shop.nodes[gid]["__typename"]
        self.shop.remove(gid)
        self.shop.emit(f"{topics[kind]}/delete", lambda: news.deleted(gid))
        self._post()

    def ship(self, order_id: str, number: str, *, is_delivered: bool = False) -> None:
        """The merchant sends the whole order by hand, under one tracking number."""
        for work in self.shop.nodes[order_id]["fulfillmentOrders"]:
            group = {"fulfillmentOrderId": work["id"]}
            tracking = {"number": number, "company": "USPS"}
            stated = {"lineItemsByFulfillmentOrder": [group], "trackingInfo": tracking}
            made = writing.fulfillment_create(self.shop, stated)["fulfillment"]
            if is_delivered:
                event = {"fulfillmentId": made["id"], "status": "DELIVERED"}
                writing.fulfillment_event_create(self.shop, fulfillmentEvent=event)
        self._post()

    def ask_return(self, order_id: str, units: Mapping[str, int]) -> str:
        """The customer asks to send units back, by line id; return the return's id."""
        back = returning.request(self.shop, self.shop.nodes[order_id], dict(units))
        self._post()
        return_id: str = back["id"]
        return return_id

    def approve_return(self, return_id: str) -> None:
        returning.approve(self.shop, self.shop.nodes[return_id])
        self._post()

    def receive_return(self, return_id: str, line_id: str, units: int, place: str) -> None:
        """Units of a return arrive at a place and go back on its shelf."""
        returning.receive(self.shop, self.shop.nodes[return_id], line_id, units, place)
        self._post()

    async def _graphql(self, request: Request) -> Response:
        headers = {"x-shopify-api-version": VERSION}
        if request.headers.get("x-shopify-access-token") != TOKEN:
            message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return JSONResponse({"errors": message}, 401)
        asked = _parsed(await request.body())
        if asked is None:
            return JSONResponse({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        answer = self.engine.answer(asked)
        self._post()
        return JSONResponse(answer, headers=headers)

    def _post(self) -> None:
        """Turn what happened into signed deliveries; all of one action share an event id."""
        events, self.shop.events = self.shop.events, []
        if not events:
            return
        self._events += 1
        if self._url is not None:
            url = self._url
            self.posts += [self._delivery(url, one, at) for at, one in enumerate(events)]

    def _delivery(self, url: str, event: Event, at: int) -> Post:
        body = _in_shop_time(json.dumps(event.body(), separators=(",", ":"))).encode()
        return Post(
            url=url,
            body=body,
            headers={
                "content-type": "application/json",
                "x-shopify-topic": event.topic,
                "x-shopify-hmac-sha256": sha256_base64(SECRET.encode(), body),
                "x-shopify-shop-domain": "simulated.myshopify.com",
                "x-shopify-api-version": VERSION,
                "x-shopify-webhook-id": f"delivery-{self._events}-{at}",
                "x-shopify-event-id": f"event-{self._events}",
                "x-shopify-triggered-at": self.shop.now(),
            },
        )


def _in_shop_time(text: str) -> str:
    """Times in webhooks carry the shop's offset; in GraphQL they are UTC."""
    return _UTC.sub(lambda one: _local(one[1]), text)


def _local(stated: str) -> str:
    return datetime.fromisoformat(stated).astimezone(_SHOP_TIME).isoformat()
