"""A stand-in for ShipBob: REST API 2026-01 over warehouses in memory, and signed webhooks.

    shipbob = Simulator(world, clock)
    shipbob.register("https://gateway.example/hooks/shipbob")
    ...                    # serve shipbob.faults, ask it for fulfillment
    shipbob.advance()      # picked, packed, shipped, out for delivery, delivered
    shipbob.posts          # what ShipBob would have told by now

What it shows of ShipBob on purpose: an unknown SKU is taken and waits; a reference is taken once
for the whole account; an order is split over places and boxes; the warehouse's clock and the
carrier's are two; `next` is a path here and a whole address there.
"""

import math
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sdk.faults import Faults
from connectors.sdk.http import parse_json
from connectors.sdk.simulator import Clock, Post, World
from connectors.shipbob.simulated import views
from connectors.shipbob.simulated.model import (
    CHANNEL_ID,
    SHIPPED,
    GoodsBack,
    Item,
    Order,
    Shipment,
)
from connectors.shipbob.simulated.warehouse import TakenReference, Warehouse

_encode = msgspec.json.Encoder(decimal_format="number").encode
_TOKEN = "pat-of-the-simulator"  # noqa: S105 (it opens nothing else)
_SECRET = "whsec_c2ltdWxhdGVkLXNoaXBib2Itc2VjcmV0"  # noqa: S105 (as above)
_WINDOW = timedelta(minutes=1)
_API = "/2026-01"

Handler = Callable[[Request], Awaitable[Response]]


class Refusal(Exception):
    """An answer that is no success: a status and ShipBob's ``{field: [sentence]}``."""

    def __init__(self, status: int, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.body: dict[str, Any] = {field: [sentence]}


class ReturnRefusal(Refusal):
    """As returns are refused: in a form of their own (Returns.ApiError)."""

    def __init__(self, sentence: str) -> None:
        super().__init__(422, "errors", sentence)
        self.body |= {"message": sentence}


class Simulator:
    """See connectors.sdk.simulator.Ships.

    *most_per_page* caps every list, to page with few records. *calls_per_minute* turns ShipBob's
    own limit on (150 there). *unlisted* orders are made, and no list has them yet.
    """

    def __init__(self, world: World, clock: Clock) -> None:
        self.settings: Mapping[str, str] = {
            "token": _TOKEN,
            "channel_id": str(CHANNEL_ID),
            "webhook_secret": _SECRET,
        }
        self.posts: list[Post] = []
        self.warehouse = Warehouse(world, clock, self._post)
        self.most_per_page = 250
        self.calls_per_minute: int | None = None
        self.unlisted: set[int] = set()
        self._clock = clock
        self._url: str | None = None
        self._sent = 0
        self._calls: deque[datetime] = deque()
        self.faults = Faults(Starlette(routes=self._routes()))

    def register(self, url: str) -> None:
        self._url = url

    def advance(self) -> None:
        self.warehouse.advance()

    def leave_parcels_to_carrier(self) -> None:
        """From now on a parcel that left is the carrier's to tell of."""
        self.warehouse.last_step = SHIPPED

    def _post(self, topic: str, subject: Shipment | GoodsBack) -> None:
        """Queue a webhook, signed by the published library of Standard Webhooks: our connector
        checks signatures by other code, and neither can make up for a fault of the other."""
        if self._url is None:
            return
        view = views.event(subject, self.warehouse)
        body = _encode(view)
        self._sent += 1
        message_id, now = f"msg_{self._sent:08d}", self._clock()
        headers = {
            "content-type": "application/json",
            "x-webhook-topic": topic,
            "webhook-id": message_id,
            "webhook-timestamp": str(math.floor(now.timestamp())),
            "webhook-signature": Webhook(_SECRET).sign(message_id, now, body.decode()),
        }
        self.posts.append(Post(url=self._url, headers=headers, body=body))

    def _routes(self) -> list[Route]:
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/channel", self._channels),
            ("GET", "/location", self._locations),
            ("GET", "/product", self._products),
            ("GET", "/product/{id}", self._product),
            ("GET", "/inventory-level/locations", self._levels),
            ("GET", "/order", self._orders),
            ("POST", "/order", self._create),
            ("POST", "/order/{id}:cancel", self._cancel),
            ("GET", "/order/{id}", self._order),
            ("GET", "/shipment/{id}", self._shipment),
            ("GET", "/shipments-tracking", self._trackings),
            ("GET", "/return", self._returns),
            ("POST", "/return", self._take_back),
        ]
        return [
            Route(_API + path, self._guarded(handler), methods=[method])
            for method, path, handler in table
        ]

    def _guarded(self, handler: Handler) -> Handler:
        """Check the token and the limit, and answer refusals in ShipBob's form."""

        async def answer(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {_TOKEN}":
                return Response(status_code=401)
            left = self._calls_left()
            if left < 0:
                return _too_many()
            try:
                response = await handler(request)
            except Refusal as refusal:
                response = _json(refusal.body, refusal.status)
            response.headers["x-remaining-calls"] = str(left)
            return response

        return answer

    def _calls_left(self) -> int:
        now = self._clock()
        while self._calls and self._calls[0] <= now - _WINDOW:
            self._calls.popleft()
        limit = self.calls_per_minute
        if limit is None:
            return 150
        if len(self._calls) < limit:
            self._calls.append(now)
            return limit - len(self._calls)
        return -1

    async def _channels(self, request: Request) -> Response:
        _known(request, "RecordsPerPage", "Cursor")
        return self._linked(request, views.channels(), "RecordsPerPage")

    async def _locations(self, request: Request) -> Response:
        _known(request, "IncludeInactive", "ReceivingEnabled", "AccessGranted")
        return _json([views.location(*each) for each in self.warehouse.places.items()])

    async def _products(self, request: Request) -> Response:
        _known(request, "PageSize", "LastUpdatedTimestamp", "Cursor")
        since = _moment(request, "LastUpdatedTimestamp")
        found = [views.product(items, self.warehouse) for items in self._by_product(since)]
        return self._linked(request, found, "PageSize")

    async def _product(self, request: Request) -> Response:
        wanted = _path_id(request)
        for items in self._by_product(None):
            if items[0].product_id == wanted:
                return _json(views.product(items, self.warehouse))
        raise Refusal(404, "", "Product not found")

    def _by_product(self, since: datetime | None) -> list[list[Item]]:
        groups: dict[int, list[Item]] = {}
        for item in self.warehouse.items.values():
            groups.setdefault(item.product_id, []).append(item)
        return [
            items
            for items in groups.values()
            if since is None or any(each.updated_at >= since for each in items)
        ]

    async def _levels(self, request: Request) -> Response:
        _known(request, "InventoryIds", "PageSize", "Cursor")
        wanted = _ids(request, "InventoryIds")
        found = [
            views.level(item, self.warehouse)
            for item in self.warehouse.items.values()
            if wanted is None or item.inventory_id in wanted
        ]
        return self._linked(request, found, "PageSize")

    async def _orders(self, request: Request) -> Response:
        """Give orders, the newest first, as the page that was asked for."""
        filters = ("IDs", "ReferenceIds", "LastUpdateStartDate", "LastTrackingUpdateStartDate")
        _known(request, "Page", "Limit", "HasTracking", *filters)
        found = [each for each in self._channel_orders(request) if _fits(request, each)]
        found.sort(key=lambda each: each.id, reverse=True)
        page = int(request.query_params.get("Page", "1"))
        size = min(int(request.query_params.get("Limit", "50")), self.most_per_page)
        some = found[(page - 1) * size : page * size]
        headers = {
            "Page-Number": str(page),
            "Page-Size": str(size),
            "Total-Count": str(len(found)),
            "Total-Pages": str(math.ceil(len(found) / size)),
        }
        return _json([views.order(each, self.warehouse) for each in some], headers=headers)

    def _channel_orders(self, request: Request) -> list[Order]:
        channel = request.headers.get("shipbob_channel_id")
        return [
            each
            for each in self.warehouse.orders.values()
            if (channel is None or str(each.channel_id) == channel) and each.id not in self.unlisted
        ]

    async def _create(self, request: Request) -> Response:
        channel = request.headers.get("shipbob_channel_id", "")
        if channel != str(CHANNEL_ID):
            raise Refusal(400, "shipbob_channel_id", "The channel is required and must be yours")
        body = parse_json(await request.body())
        for name in ("reference_id", "recipient", "products", "shipping_method", "type"):
            if not body.get(name):
                raise Refusal(400, name, f"The {name} field is required")
        try:
            order = self.warehouse.take(body, CHANNEL_ID)
        except TakenReference:
            raise Refusal(422, "", "Cannot insert order with existing ReferenceId") from None
        except KeyError:
            raise Refusal(422, "location_id", "Location is not available") from None
        return _json(views.order(order, self.warehouse), 201)

    async def _order(self, request: Request) -> Response:
        return _json(views.order(self._found(request), self.warehouse))

    def _found(self, request: Request) -> Order:
        wanted = _path_id(request)
        for order in self._channel_orders(request):
            if order.id == wanted:
                return order
        raise Refusal(404, "", "Order not found")

    async def _cancel(self, request: Request) -> Response:
        order = self._found(request)
        done = self.warehouse.cancel(order)
        if not any(done.values()):
            raise Refusal(422, "", "Order is not in a cancellable state")
        results = [
            {
                "action": "Cancel",
                "shipment_id": shipment_id,
                "is_success": is_done,
                "reason": "Order cancelled" if is_done else "Shipment has been picked",
            }
            for shipment_id, is_done in done.items()
        ]
        answer = {
            "order_id": order.id,
            "status": "Success" if all(done.values()) else "PartialSuccess",
            "canceled_shipment_results": results,
            "order": views.order(order, self.warehouse),
        }
        return _json(answer)

    async def _shipment(self, request: Request) -> Response:
        wanted = _path_id(request)
        for each in self.warehouse.shipments():
            if each.id == wanted:
                return _json(views.shipment(each, self.warehouse))
        raise Refusal(404, "", "Shipment not found")

    async def _trackings(self, request: Request) -> Response:
        _known(request, "ShipmentIds")
        wanted = _ids(request, "ShipmentIds") or set()
        if not 1 <= len(wanted) <= 25:
            return _json("Provide between 1 and 25 shipment ids", 400)
        found = [each for each in self.warehouse.shipments() if each.id in wanted and each.scans]
        return _json([views.tracking(each) for each in found])

    async def _returns(self, request: Request) -> Response:
        filters = ("Ids", "ReferenceIds", "Status", "CompletedStartDate", "StartDate")
        _known(request, "Limit", "Cursor", *filters)
        found = [each for each in self.warehouse.returns.values() if _fits_return(request, each)]
        rows = [views.goods_back(each, self.warehouse) for each in found]
        return self._linked(request, rows, "Limit", link_to="https://api.shipbob.com")

    async def _take_back(self, request: Request) -> Response:
        if request.headers.get("shipbob_channel_id") != str(CHANNEL_ID):
            raise Refusal(400, "shipbob_channel_id", "The channel is required and must be yours")
        try:
            found = self.warehouse.take_back(parse_json(await request.body()))
        except TakenReference:
            raise ReturnRefusal("A return with this reference exists") from None
        except KeyError:
            raise ReturnRefusal("No such shipment, facility or inventory") from None
        return _json(views.return_order(found, self.warehouse), 201)

    def _linked(
        self, request: Request, rows: Sequence[Any], size_name: str, link_to: str = ""
    ) -> Response:
        """Give the page of *rows* that the cursor says, and a link to the next one."""
        asked = dict(request.query_params)
        cursor = asked.pop("Cursor", "1")
        if not cursor.isdecimal():
            raise Refusal(400, "Cursor", "The cursor is not valid any more")
        page = int(cursor)
        size = min(int(asked.get(size_name, "50")), self.most_per_page)
        some = rows[(page - 1) * size : page * size]
        query = urlencode({**asked, "Cursor": page + 1})
        link = f"{link_to}{request.url.path}?{query}" if page * size < len(rows) else None
        return _json({"items": some, "next": link, "prev": None})


def _fits(request: Request, order: Order) -> bool:
    ids, asked = _ids(request, "IDs"), request.query_params
    updated_since = _moment(request, "LastUpdateStartDate")
    tracked_since = _moment(request, "LastTrackingUpdateStartDate")
    references = asked["ReferenceIds"].split(",") if "ReferenceIds" in asked else None
    return (
        (ids is None or order.id in ids)
        and (references is None or order.reference_id in references)
        and (updated_since is None or order.updated_at > updated_since)
        and (tracked_since is None or bool(order.tracked_at and order.tracked_at > tracked_since))
        and (asked.get("HasTracking") != "true" or order.tracked_at is not None)
    )


def _fits_return(request: Request, found: GoodsBack) -> bool:
    ids, asked = _ids(request, "Ids"), request.query_params
    words = asked["Status"].split(",") if "Status" in asked else None
    references = asked["ReferenceIds"].split(",") if "ReferenceIds" in asked else None
    made_since = _moment(request, "StartDate")
    completed_since, completed_at = (
        _moment(request, "CompletedStartDate"),
        found.reached("Completed"),
    )
    return (
        (ids is None or found.id in ids)
        and (references is None or found.reference_id in references)
        and (words is None or found.status.replace(" ", "") in words)
        and (made_since is None or found.created_at >= made_since)
        and (completed_since is None or bool(completed_at and completed_at >= completed_since))
    )


def _known(request: Request, *names: str) -> None:
    """Refuse a parameter that the list does not have: a misspelled filter must not find all."""
    for name in request.query_params:
        if name not in names:
            raise Refusal(400, name, "Unknown parameter")


def _path_id(request: Request) -> int:
    text = str(request.path_params["id"])
    if not text.isdecimal():
        raise Refusal(400, "id", "The value is not valid")
    return int(text)


def _ids(request: Request, name: str) -> set[int] | None:
    text = request.query_params.get(name)
    return None if text is None else {int(each) for each in text.split(",") if each}


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    return datetime.fromisoformat(text) if text else None


def _json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_encode(body), status, dict(headers or {}), "application/json")


def _too_many() -> Response:
    """Source: developer.shipbob.com/rate-limit: the header is not called Retry-After."""
    message = {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 25 seconds."}
    return _json(message, 429, {"x-retry-after": "25", "x-remaining-calls": "0"})
