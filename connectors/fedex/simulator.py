"""A simulated FedEx: parcels are tracked by number, thirty at once, and move when told to.

Serve `Simulator(...).faults` and use ``http://127.0.0.1:<port>`` as the connection's url.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.fedex.simulated import journey, payloads
from connectors.fedex.simulated.journey import Place, Scan
from connectors.fedex.simulated.payloads import Json
from connectors.sdk.faults import Faults
from connectors.sdk.simulator import Clock, Post, World
from connectors.sdk.values import Address

MOST_NUMBERS = 30
DAYS_ON_THE_WAY = 4
_TIMES = {journey.PICKED_UP: "ACTUAL_PICKUP", journey.DELIVERED: "ACTUAL_DELIVERY"}
"""Scans that are also stated as the time of something."""


@dataclass(slots=True, kw_only=True)
class _Parcel:
    """What was scanned, oldest first, and the scans that are still to come."""

    unique_id: str
    destination: Place
    receiver: str | None
    ahead: list[Scan]
    scans: list[Json] = field(default_factory=list)
    times: list[Json] = field(default_factory=list)


class Simulator:
    """See connectors.sdk.simulator.Carries. *seed* decides which parcels meet with what."""

    def __init__(self, world: World, clock: Clock, seed: int = 7) -> None:
        self._world, self._clock, self._seed = world, clock, seed
        self._parcels: dict[str, list[_Parcel]] = {}
        self._tokens: set[str] = set()
        self._count = 0
        self.refuses: str | None = None
        """A code to refuse every request to track with."""
        self.settings: Mapping[str, str] = {
            "client_id": "simulated-client",
            "client_secret": "simulated sécret",
        }
        self.posts: list[Post] = []
        routes = [
            Route("/oauth/token", self._grant, methods=["POST"]),
            Route("/track/v1/trackingnumbers", self._track, methods=["POST"]),
        ]
        self.faults = Faults(Starlette(routes=routes))

    # What a test or a demo does

    def register(self, url: str) -> None:
        """Nothing is pushed: FedEx's webhook is not in the contract."""

    def accept(self, tracking_number: str, destination: Address) -> None:
        """Take over a parcel, whose label is the first that is known of it; once each number."""
        if tracking_number not in self._parcels:
            self.reuse(tracking_number, destination)

    def reuse(self, tracking_number: str, destination: Address) -> None:
        """Take over a parcel under a number that may have had one before; both are stated then."""
        before = self._parcels.setdefault(tracking_number, [])
        now = self._clock()
        place = Place(address=destination, offset_h=journey.HOME_OFFSET_H)
        parcel = _Parcel(
            unique_id=f"{len(before)}{now:%Y%m%d}~{tracking_number}~FDEG",
            destination=place,
            receiver=destination.name,
            ahead=journey.way(self._seed, tracking_number),
        )
        expected = now + timedelta(days=DAYS_ON_THE_WAY)
        parcel.times.append(payloads.time("ESTIMATED_DELIVERY", place, expected))
        before.append(parcel)
        self._scan(parcel)

    def advance(self) -> None:
        """Give every parcel under way its next scan."""
        for parcel in (one for parcels in self._parcels.values() for one in parcels):
            if parcel.ahead:
                self._scan(parcel)

    def forget_tokens(self) -> None:
        """End every token. None ends by itself: they are counted by the clock of who holds them,
        which is not the one that is turned here."""
        self._tokens.clear()

    @property
    def numbers(self) -> list[str]:
        """All that are tracked, in the order in which they were taken over."""
        return list(self._parcels)

    def _scan(self, parcel: _Parcel) -> None:
        step, now = parcel.ahead.pop(0), self._clock()
        places = {"origin": journey.ORIGIN, "hub": journey.HUB, "destination": parcel.destination}
        parcel.scans.append(payloads.scan(step, places[step.at], now))
        if step in _TIMES:
            parcel.times.append(payloads.time(_TIMES[step], places[step.at], now))
        if step is journey.DELIVERED:
            parcel.times = [one for one in parcel.times if one["type"] != "ESTIMATED_DELIVERY"]

    # HTTP

    async def _grant(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        wanted = {"grant_type": "client_credentials", **self.settings}
        if form != wanted:
            return self._refuse(401, "NOT.AUTHORIZED.ERROR", "The credentials were not valid.")
        value = hashlib.sha256(f"{self._seed}:{self._id()}".encode()).hexdigest()
        self._tokens.add(value)
        return JSONResponse(payloads.token(value))

    async def _track(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if given not in self._tokens:
            return self._refuse(401, "NOT.AUTHORIZED.ERROR", "Access token expired.")
        if self.refuses:
            return self._refuse(400, self.refuses, "No.")
        listed = (await request.json()).get("trackingInfo") or []
        numbers = [one["trackingNumberInfo"]["trackingNumber"] for one in listed]
        if not all(numbers):
            message = "Please provide tracking number."
            return self._refuse(400, "TRACKING.TRACKINGNUMBER.EMPTY", message)
        if not 0 < len(numbers) <= MOST_NUMBERS:
            return self._refuse(400, "TRACKING.MAXIMUM.LIMIT", "At most 30 tracking numbers.")
        results = [payloads.complete(number, self._results(number)) for number in numbers]
        customer_id = request.headers.get("x-customer-transaction-id")
        return JSONResponse(payloads.answer(self._id(), customer_id, results))

    def _results(self, number: str) -> list[Json]:
        found = [self._result(number, one) for one in self._parcels.get(number, [])]
        return found or [payloads.not_found(number)]

    def _result(self, number: str, parcel: _Parcel) -> Json:
        stated = payloads.result(number, parcel.unique_id, parcel.scans, parcel.times)
        if not parcel.ahead:
            stated["deliveryDetails"] = payloads.received(parcel.receiver)
        return stated

    def _refuse(self, status: int, code: str, message: str) -> Response:
        return JSONResponse(payloads.refusal(self._id(), code, message), status)

    def _id(self) -> str:
        self._count += 1
        return f"{self._count:08}-simulated"
