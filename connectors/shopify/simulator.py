"""A simulated Shopify: the Admin GraphQL API and webhooks of one shop, stateful, over HTTP.

It knows what the connector asks for and nothing else; its schema is compared with the contract's.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sdk.faults import Faults
from connectors.sdk.signatures import sha256_base64
from connectors.sdk.simulator import Clock, Post, Purchase, World
from connectors.shopify.simulated import payloads, selling
from connectors.shopify.simulated.engine import Engine
from connectors.shopify.simulated.shop import Event, Shop

VERSION = "2026-10"
TOKEN = "shpat_simulated"  # noqa: S105 (a simulator's)
SECRET = "simulated client secret"  # noqa: S105 (a simulator's)
_SHOP_TIME = timezone(timedelta(hours=-5))
_UTC = re.compile(r"(?<=\")(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)(?=\")")


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
        path = "/admin/api/{version}/graphql.json"
        self.faults = Faults(Starlette(routes=[Route(path, self._graphql, methods=["POST"])]))

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
        self.shop.emit(f"{topics[kind]}/delete", lambda: payloads.deleted(gid))
        self._post()

    async def _graphql(self, request: Request) -> Response:
        headers = {"x-shopify-api-version": VERSION}
        if request.headers.get("x-shopify-access-token") != TOKEN:
            message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return JSONResponse({"errors": message}, 401)
        answer = self.engine.answer(json.loads(await request.body()))
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
