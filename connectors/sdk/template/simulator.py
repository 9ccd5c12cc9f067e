"""A stand-in for Acme, in its wire format: what the connector is tried against.

It keeps to the vendor's contract even where that is awkward: ids are numbers, a second cancellation
puts the units back a second time, and events name their order only.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sdk.faults import Faults
from connectors.sdk.simulator import Clock, Good, Post, Purchase, Shopper, World
from connectors.sdk.template.webhooks import SIGNATURE, TIMESTAMP, sign
from connectors.sdk.values import Money

TOKEN, SECRET = "acme-token", "acme-webhook-secret"
FIRST_ID = 1001
Json = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]


class Simulator:
    """One shop. *put_back* lists, by order id, each time that units went back on the shelf."""

    settings: Mapping[str, str] = {"token": TOKEN, "webhook_secret": SECRET}

    def __init__(self, world: World, clock: Clock) -> None:
        self._goods = {good.sku: good for good in world.goods}
        self._clock = clock
        self._url: str | None = None
        self.page_size = 100
        self.orders: dict[int, Json] = {}
        self.put_back: list[int] = []
        self.posts: list[Post] = []
        routes = [
            Route("/v1/account", _guarded(self._account)),
            Route("/v1/orders", _guarded(self._list)),
            Route("/v1/orders/{id}", _guarded(self._one)),
            Route("/v1/orders/{id}/cancel", _guarded(self._cancel), methods=["POST"]),
        ]
        self.faults = Faults(Starlette(routes=routes))

    # What people do

    def register(self, url: str) -> None:
        self._url = url

    def buy(self, purchase: Purchase) -> str:
        """Place an order; return its id."""
        id = FIRST_ID + len(self.orders)
        items = [
            _item(id * 100 + place, self._goods[sku], quantity)
            for place, (sku, quantity) in enumerate(purchase.items)
        ]
        self.orders[id] = {
            "id": id,
            "number": f"A-{id}",
            "status": "open",
            "created_at": self._now(),
            "updated_at": self._now(),
            "currency": "USD",
            "customer_id": None if purchase.as_guest or not purchase.shopper else 7,
            "email": purchase.shopper.email if purchase.shopper else "",
            "ship_to": _address(purchase.shopper) if purchase.shopper else None,
            "items": items,
            "totals": _totals(items),
            "cancellation": None,
        }
        self._tell("order.created", id)
        return str(id)

    def ship(self, order_id: str) -> None:
        """Send everything that was ordered."""
        order = self.orders[int(order_id)]
        for item in order["items"]:
            item["shipped"] = item["quantity"] - item["canceled"]
        order |= {"status": "completed", "updated_at": self._now()}
        self._tell("order.updated", order["id"])

    def _now(self) -> str:
        return f"{self._clock().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def _tell(self, topic: str, order_id: int) -> None:
        if self._url is None:
            return
        event = {"id": f"evt_{len(self.posts) + 1}", "topic": topic, "order_id": order_id}
        body, timestamp = json.dumps(event).encode(), str(int(self._clock().timestamp()))
        headers = {TIMESTAMP: timestamp, SIGNATURE: sign(SECRET, timestamp, body)}
        self.posts.append(Post(url=self._url, headers=headers, body=body))

    # What the API answers

    async def _account(self, request: Request) -> Response:
        return JSONResponse({"name": "Acme of Bend", "version": "1.4"})

    async def _list(self, request: Request) -> Response:
        asked = request.query_params
        if "ids" in asked:
            found = [
                self.orders[id] for id in map(int, asked["ids"].split(",")) if id in self.orders
            ]
            return JSONResponse({"orders": found, "next_cursor": None})
        since = datetime.fromisoformat(asked.get("updated_since", "0001-01-01T00:00:00Z"))
        found = sorted(
            (
                one
                for one in self.orders.values()
                if datetime.fromisoformat(one["updated_at"]) >= since
                and _place(one) > asked.get("cursor", "")
            ),
            key=_place,
        )
        page = found[: min(int(asked["limit"]), self.page_size)]
        cursor = _place(page[-1]) if len(page) < len(found) else None
        return JSONResponse({"orders": page, "next_cursor": cursor})

    async def _one(self, request: Request) -> Response:
        order = self._find(request)
        return JSONResponse(order) if order else _refused(404, "not_found")

    async def _cancel(self, request: Request) -> Response:
        order, asked = self._find(request), await request.json()
        if order is None:
            return _refused(404, "not_found")
        if any(item["shipped"] for item in order["items"]):
            return _refused(409, "order_shipped")
        for item in order["items"]:
            item["canceled"] = item["quantity"]
        if asked["restock"]:
            self.put_back.append(order["id"])
        cancellation = {"at": self._now(), "reason": asked["reason"]}
        order |= {"status": "canceled", "updated_at": self._now(), "cancellation": cancellation}
        self._tell("order.canceled", order["id"])
        return JSONResponse(order)

    def _find(self, request: Request) -> Json | None:
        id = request.path_params["id"]
        return self.orders.get(int(id)) if id.isdecimal() else None


def _guarded(handle: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _refused(401, "unauthorized")
        return await handle(request)

    return guarded


def _refused(status: int, code: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": f"it is {code}"}}, status)


def _place(order: Json) -> str:
    """Where an order stands in the list, and what a cursor is made of."""
    return f"{order['updated_at']} {order['id']:012}"


def _item(id: int, good: Good, quantity: int) -> Json:
    return {
        "id": id,
        "sku": good.sku,
        "title": good.title,
        "quantity": quantity,
        "canceled": 0,
        "shipped": 0,
        "price": _written(good.price_minor),
        "total": _written(good.price_minor * quantity),
    }


def _totals(items: list[Json]) -> Json:
    total = sum(Money.of(item["total"], "USD").minor for item in items)
    nothing = dict.fromkeys(("discount", "shipping", "tax"), "0.00")
    return {"subtotal": _written(total), **nothing, "total": _written(total)}


def _written(minor: int) -> str:
    return str(Money(minor=minor, currency="USD").amount)


def _address(shopper: Shopper) -> Json:
    return {
        "name": shopper.address.name,
        "street": shopper.address.line1,
        "city": shopper.address.city,
        "state": shopper.address.province,
        "zip": shopper.address.postal_code,
        "country": shopper.address.country_code,
    }
