"""A stand-in for Amazon: one seller's orders and stock, in the Selling Partner API's wire format.

    amazon = Simulator(world, clock)
    amazon.register("https://gateway.example/hooks/amazon")
    order_id = amazon.buy(purchase)     # the seed says who ships it: the seller, or Amazon
    amazon.advance()                    # payments, Amazon's own shipments, parcels: one step on
    amazon.posts                        # what EventBridge would have posted by now

What it shows of Amazon on purpose: parts of an order only when asked for; a
pending order without prices; no package and no buyer of what Amazon ships; a package told twice is
one; FBA's totals that count what is on its way in; page tokens that end after 30 seconds.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.amazon.simulated import notices
from connectors.amazon.simulated.model import Order
from connectors.amazon.simulated.operations import Operations
from connectors.amazon.simulated.seller import MARKETPLACE, Seller
from connectors.amazon.simulated.wire import Handler, Refusal, answer
from connectors.sdk.faults import Faults
from connectors.sdk.simulator import Clock, Post, Purchase, World

SETTINGS: Mapping[str, str] = {
    "client_id": "amzn1.application-oa2-client.simulated",
    "client_secret": "amzn1.oa2-cs.v1.simulated",
    "refresh_token": "Atzr|simulated",
    "marketplace_ids": MARKETPLACE,
    "webhook_secret": "simulated-api-key",
}
TOKEN_LIFE_S = 3600
# Requests a second of each operation's usage plan. Source: the contract's descriptions.
_RATES = {"/orders/2026-01-01/orders": "0.0056", "/fba/inventory/v1/summaries": "2.0"}
_ORDER_RATE = "0.5"


class Simulator:
    """See connectors.sdk.simulator.Sells. *seller* is all state, for tests.

    *tells_rates* turns on the header with the usage plan's rate, which Amazon sends "when
    available". *operations* has what pages and searches do.
    """

    def __init__(self, world: World, clock: Clock, seed: int = 7) -> None:
        self.settings = SETTINGS
        self.posts: list[Post] = []
        self.tells_rates = False
        self.seller = Seller(world, clock, seed, self._tell)
        self.operations = Operations(self.seller, clock)
        self._clock, self._seed = clock, seed
        self._url: str | None = None
        self._sent = 0
        self._tokens: set[str] = set()
        self._logins = 0
        routes = [
            Route(path, self._guarded(handler), methods=[method])
            for method, path, handler in self.operations.table()
        ]
        token = Route("/auth/o2/token", self._login, methods=["POST"])
        self.faults = Faults(Starlette(routes=[token, *routes]))

    def register(self, url: str) -> None:
        self._url = url

    def buy(self, purchase: Purchase) -> str:
        """Sell; return the order's id. The seed decides who ships it: Amazon has half of them."""
        text = f"{self._seed}:by:{len(self.seller.orders)}"
        is_fba = hashlib.sha256(text.encode()).digest()[0] % 2 == 0
        by = "AMAZON" if is_fba and self.seller.can_ship(purchase) else "MERCHANT"
        return self.seller.order(purchase, by).id

    def advance(self) -> None:
        """Take every payment, every order that Amazon ships and every parcel one step on."""
        self.seller.advance()

    def revoke(self) -> None:
        """End every access token before its time."""
        self._tokens.clear()

    def _tell(self, topic: str, subject: Order | str) -> None:
        """Queue a notification, posted by an EventBridge rule with our API key."""
        if self._url is None:
            return
        self._sent += 1
        now = self._clock()
        event = notices.envelope(self._sent, topic, self._detail(topic, subject, now), now)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Amazon/EventBridge/ApiDestinations",
            "x-api-key": self.settings["webhook_secret"],
        }
        self.posts.append(Post(url=self._url, headers=headers, body=json.dumps(event).encode()))

    def _detail(self, topic: str, subject: Order | str, now: datetime) -> dict[str, Any]:
        if isinstance(subject, str):
            good, held = self.seller.goods[subject], self.seller.fba[subject]
            return notices.availability(self._sent, good, held, now)
        if topic == "ORDER_CHANGE":
            return notices.order_change(self._sent, subject, now)
        return notices.outbound(self._sent, subject, now)

    async def _login(self, request: Request) -> Response:
        """Give an access token of an hour, for the right three words."""
        found = parse_qs((await request.body()).decode())
        form = {name: values[0] for name, values in found.items()}
        names = ("client_id", "client_secret")
        if any(form.get(name) != self.settings[name] for name in names):
            return answer({"error": "invalid_client", "error_description": "Unknown client"}, 401)
        if form.get("grant_type") != "refresh_token":
            return answer({"error": "unsupported_grant_type"}, 400)
        if form.get("refresh_token") != self.settings["refresh_token"]:
            return answer({"error": "invalid_grant", "error_description": "Not valid"}, 400)
        self._logins += 1
        token = f"Atza|simulated-{self._logins}"
        self._tokens.add(token)
        given = {"access_token": token, "token_type": "bearer"}
        return answer({**given, "expires_in": TOKEN_LIFE_S})

    def _guarded(self, handler: Handler) -> Handler:
        """Check the token, and answer refusals in Amazon's form."""

        async def respond(request: Request) -> Response:
            token = request.headers.get("x-amz-access-token", "")
            try:
                if token not in self._tokens or not request.headers.get("user-agent"):
                    raise Refusal(403, "Unauthorized", "Access to requested resource is denied.")
                response = await handler(request)
            except Refusal as refusal:
                response = answer({"errors": [refusal.error]}, refusal.status)
            if self.tells_rates:
                rate = _RATES.get(request.url.path, _ORDER_RATE)
                response.headers["x-amzn-RateLimit-Limit"] = rate
            return response

        return respond
