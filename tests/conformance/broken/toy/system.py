"""The toy shop itself: orders, stock, refunds and webhooks, over HTTP."""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sdk.faults import Faults
from connectors.sdk.simulator import Clock, Post, World

TOKEN, SECRET = "toy-token", "toy-secret"
A_PAGE = 2
Json = dict[str, Any]


def sign(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Simulator:
    """A toy shop with two locations, which sends a parcel for each order. *restocked* counts units
    that cancellations put back."""

    settings: Mapping[str, str] = {"token": TOKEN, "webhook_secret": SECRET}

    def __init__(self, world: World, clock: Clock) -> None:
        self._clock = clock
        self.orders: dict[str, Json] = {}
        self.locations = [
            {"id": f"l-{n}", "name": place.name, "updated_at": self.now()}
            for n, place in enumerate(world.places[:2])
        ]
        self.parcels: list[Json] = []
        self.refunds: list[Json] = []
        self.counts: list[Json] = []
        self.restocked = 0
        self.posts: list[Post] = []
        self._url: str | None = None
        table: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
            ("GET", "/v1/me"): self._me,
            ("GET", "/v1/orders"): self._list,
            ("GET", "/v1/orders/{id}"): self._one,
            ("POST", "/v1/orders/{id}/cancel"): self._cancel,
            ("GET", "/v1/locations"): self._places,
            ("GET", "/v1/parcels"): self._moving,
            ("PUT", "/v1/levels/{id}"): self._count,
            ("POST", "/v1/refunds"): self._refund,
        }
        routes = [Route(path, self._guarded(do), methods=[m]) for (m, path), do in table.items()]
        self.faults = Faults(Starlette(routes=routes))

    def now(self) -> str:
        return self._clock().astimezone(UTC).isoformat().replace("+00:00", "Z")

    def register(self, url: str) -> None:
        self._url = url

    def buy(self) -> Json:
        number = len(self.orders) + 1
        order = {
            "id": f"o-{number}",
            "number": f"#{number}",
            "state": "open",
            "updated_at": self.now(),
            "placed_at": self.now(),
            "title": "Tee",
            "price": "19.99",
            "lines": 1,
            "ordered": 2,
            "canceled": 0,
            "key": None,
        }
        self.parcels.append(
            {
                "number": f"T{number}",
                "status": "moving",
                "updated_at": self.now(),
                "scans": [{"at": self.now(), "status": "moving", "text": "On its way"}],
            }
        )
        self.orders[f"o-{number}"] = order
        self._tell("order.created", order)
        return order

    def _tell(self, topic: str, order: Json) -> None:
        if self._url is None:
            return
        event = {"id": f"event-{len(self.posts)}", "topic": topic, "order": order["id"]}
        body, timestamp = json.dumps(event).encode(), str(int(self._clock().timestamp()))
        headers = {"x-toy-time": timestamp, "x-toy-signature": sign(SECRET, timestamp, body)}
        self.posts.append(Post(url=self._url, headers=headers, body=body))

    def _guarded(
        self, do: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return JSONResponse({}, 401)
            return await do(request)

        return guarded

    async def _me(self, request: Request) -> Response:
        return JSONResponse({"name": "Toy Town"})

    async def _list(self, request: Request) -> Response:
        since, after = request.query_params.get("since"), request.query_params.get("after", "")
        begin = datetime.fromisoformat(since) if since else datetime.min.replace(tzinfo=UTC)
        found = [
            one
            for one in self.orders.values()
            if datetime.fromisoformat(one["updated_at"]) >= begin and _place(one) > after
        ]
        found.sort(key=_place)
        more = _place(found[A_PAGE - 1]) if len(found) > A_PAGE else None
        return JSONResponse({"orders": found[:A_PAGE], "after": more})

    async def _one(self, request: Request) -> Response:
        order = self.orders.get(request.path_params["id"])
        return JSONResponse(order) if order else JSONResponse({}, 404)

    async def _cancel(self, request: Request) -> Response:
        order = self.orders.get(request.path_params["id"])
        if order is None:
            return JSONResponse({}, 404)
        self.restocked += order["ordered"]
        order |= {"state": "canceled", "canceled": order["ordered"], "updated_at": self.now()}
        order["key"] = (await request.json())["key"]
        self._tell("order.updated", order)
        return JSONResponse(order)

    async def _places(self, request: Request) -> Response:
        return JSONResponse({"locations": self.locations})

    async def _moving(self, request: Request) -> Response:
        return JSONResponse({"parcels": self.parcels})

    async def _count(self, request: Request) -> Response:
        stated = await request.json()
        if request.path_params["id"] != "TEE":
            return JSONResponse({}, 404)
        if all(one["key"] != stated["key"] for one in self.counts):
            self.counts.append(stated)
        return JSONResponse({"quantity": self.counts[-1]["quantity"], "updated_at": self.now()})

    async def _refund(self, request: Request) -> Response:
        stated = await request.json()
        if stated["order"] not in self.orders:
            return JSONResponse({}, 404)
        refund = {**stated, "id": f"r-{len(self.refunds)}", "updated_at": self.now()}
        self.refunds.append(refund)
        return JSONResponse(refund)


def _place(order: Json) -> str:
    """Where an order stands in its list: by change, then by id."""
    return f"{order['updated_at']} {order['id']:>9}"
