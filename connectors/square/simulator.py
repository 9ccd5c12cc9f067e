"""A stateful Square: one seller's tills, catalog, stock and money, in Square's wire format."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sdk.errors import Malformed
from connectors.sdk.faults import Faults
from connectors.sdk.http import parse_json
from connectors.sdk.simulator import Clock, Post, Purchase, World
from connectors.square.simulated import till
from connectors.square.simulated.books import Books, Handler
from connectors.square.simulated.operations import OPERATIONS
from connectors.square.simulated.till import Ahead
from connectors.square.simulated.wire import Json, Refused, money

ACCESS_TOKEN = "simulated-access-token"  # noqa: S105 (opens nothing but a simulator)
SIGNATURE_KEY = "simulated-signature-key"


class Simulator:
    """See connectors.sdk.simulator. Only the world's stores are here: a till needs a counter.

    *currency* prices the world's goods, in its minor units. *books* is all state, for tests.
    """

    settings: Mapping[str, str] = {"access_token": ACCESS_TOKEN, "webhook_secret": SIGNATURE_KEY}

    def __init__(self, world: World, clock: Clock, currency: str = "USD") -> None:
        self.books = Books(world, clock, currency, SIGNATURE_KEY)
        routes = [
            Route(path, _endpoint(self.books, handler), methods=[method])
            for (method, path), handler in OPERATIONS.items()
        ]
        self.faults = Faults(Starlette(routes=routes))

    @property
    def posts(self) -> list[Post]:
        """Webhooks not yet sent; whoever sends them clears the list."""
        return self.books.posts

    @posts.setter
    def posts(self, left: list[Post]) -> None:
        self.books.posts = left

    def register(self, url: str) -> None:
        self.books.url = url

    def make_instant_profiles(self) -> None:
        """From now on the till makes a profile of whoever pays: nobody opened an account."""
        self.books.profiles = "INSTANT_PROFILE"

    def buy(self, purchase: Purchase) -> str:
        """Sell over the counter of *purchase.place* (the first store for None), paid by card."""
        return till.sell(self.books, purchase)

    def buy_measured(self, purchase: Purchase, quantity: str) -> str:
        """Sell *quantity* pounds (``"1.500"``) of the purchase's one SKU."""
        return till.sell_measured(self.books, purchase, quantity)

    def order_ahead(self, purchase: Purchase, ahead: Ahead | None = None) -> str:
        """Take an order to be shipped or picked up; return its id."""
        return till.order_ahead(self.books, purchase, ahead or Ahead())

    def take_back(self, order_id: str, quantities: Mapping[str, str]) -> str:
        """Take goods back, by line uid; return the id of the return order."""
        return till.take_back(self.books, order_id, quantities)

    def refund(self, order_id: str, minor: int) -> str:
        """Give *minor* units of money back without any goods; return the refund's id."""
        tender = self.books.orders[order_id]["tenders"][0]
        payment = self.books.payments[tender["payment_id"]]
        return str(till.give_back(self.books, payment, minor, "Goodwill")["id"])

    def refund_unlinked(self, minor: int, place: str | None = None) -> str:
        """Give money back for a payment Square never saw; return the refund's id."""
        return till.give_back_unlinked(self.books, minor, place)

    def stock(self, sku: str, place: str, quantity: str, state: str = "IN_STOCK") -> None:
        """Make *state* of a SKU hold *quantity* at a place."""
        _, variation = self.books.variation(sku)
        location_id = self.books.location_id(place)
        self.books.put(variation["id"], location_id, Decimal(quantity), state)

    def reprice(self, sku: str, minor: int) -> None:
        """Change a price: the variation's time moves, its item's does not."""
        _, variation = self.books.variation(sku)
        variation["item_variation_data"]["price_money"] = money(minor, self.books.currency)
        variation |= {"updated_at": self.books.now(), "version": variation["version"] + 1}
        self._tell_catalog()

    def delete_product(self, sku: str) -> str:
        """Delete the item that *sku* belongs to; return its id."""
        item, _ = self.books.variation(sku)
        item |= {"is_deleted": True, "updated_at": self.books.now()}
        self._tell_catalog()
        return str(item["id"])

    def meddle(self, order_id: str, times: int) -> None:
        """Let somebody change an order just after each of its next *times* reads."""
        self.books.meddling[order_id] = times

    def delete_customer(self, customer_id: str) -> None:
        profile = self.books.customers.pop(customer_id)
        self.books.post("customer.deleted", "customer", customer_id, {"customer": profile})

    def _tell_catalog(self) -> None:
        stated = {"catalog_version": {"updated_at": self.books.now()}}
        self.books.post("catalog.version.updated", "catalog_version", self.books.ids.new(), stated)


def _endpoint(books: Books, handler: Handler) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        # Square's clock, not the server's: pulls go on from this time.
        headers = {"date": format_datetime(books.clock(), usegmt=True)}
        try:
            till.settle(books)
            _require_token(request)
            answer = handler(books, await _asked(request))
            return JSONResponse(answer, headers=headers)
        except Refused as refused:
            return JSONResponse(refused.body, refused.status, headers)

    return endpoint


def _require_token(request: Request) -> None:
    if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
        raise Refused("UNAUTHORIZED", status=401, category="AUTHENTICATION_ERROR")


async def _asked(request: Request) -> Json:
    """Query, body and path parts in one."""
    body = await request.body()
    try:
        stated = parse_json(body) if body else {}
    except Malformed:
        raise Refused("EXPECTED_JSON_BODY") from None
    if not isinstance(stated, dict):
        raise Refused("EXPECTED_OBJECT")
    return {**request.query_params, **stated, **request.path_params}
