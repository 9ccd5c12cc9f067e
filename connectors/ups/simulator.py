"""A simulated UPS: parcels are tracked by number and move when told to; their scans are pushed.

Serve `Simulator(...).faults` and use ``http://127.0.0.1:<port>`` as the connection's url.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sdk.faults import Faults
from connectors.sdk.simulator import Clock, Post, World
from connectors.sdk.values import Address
from connectors.ups.simulated import journey, payloads
from connectors.ups.simulated.journey import Place, Scan
from connectors.ups.simulated.payloads import Json

KEPT = timedelta(days=120)
"""Source: Tracking.json (2026-07): "Data is rolled off after the 120 day retention period"."""


@dataclass(slots=True, kw_only=True)
class _Parcel:
    """What was scanned, oldest first, and the scans that are still to come."""

    destination: Place
    receiver: str | None
    ahead: list[Scan]
    activities: list[Json] = field(default_factory=list)
    scanned_at: datetime


class Simulator:
    """See connectors.sdk.simulator.Carries. *seed* decides which parcels meet with what.

    Of a number it does not know it says so as UPS does, by a warning in an answer of 200; as the
    contract has it, by a 404, when *absent_status* is that.
    """

    def __init__(self, world: World, clock: Clock, seed: int = 7) -> None:
        self._world, self._clock, self._seed = world, clock, seed
        self._parcels: dict[str, _Parcel] = {}
        self._tokens: set[str] = set()
        self._hooks: list[str] = []
        self.settings: Mapping[str, str] = {
            "client_id": "simulated-client",
            "client_secret": "simulated sécret",
            "webhook_secret": "simulated-access-token",
        }
        self.posts: list[Post] = []
        self.absent_status, self.absent_code = 200, "TW0001"
        self.merchants: list[str | None] = []
        """The x-merchant-id of every token that was given out."""
        routes = [
            Route("/security/v1/oauth/token", self._grant, methods=["POST"]),
            Route("/api/track/v1/details/{number}", self._track, methods=["GET"]),
        ]
        self.faults = Faults(Starlette(routes=routes))

    # What a test or a demo does

    def register(self, url: str) -> None:
        self._hooks.append(url)

    def accept(self, tracking_number: str, destination: Address) -> None:
        """Take over a parcel, whose label is the first that is known of it; once each number."""
        if tracking_number not in self._parcels:
            parcel = _Parcel(
                destination=Place(address=destination, offset_h=journey.HOME_OFFSET_H),
                receiver=destination.name,
                ahead=journey.way(self._seed, tracking_number),
                scanned_at=self._clock(),
            )
            self._parcels[tracking_number] = parcel
            self._scan(tracking_number, parcel)

    def advance(self) -> None:
        """Give every parcel under way its next scan."""
        for number, parcel in self._parcels.items():
            if parcel.ahead:
                self._scan(number, parcel)

    def forget_tokens(self) -> None:
        """End every token. None ends by itself: they are counted by the clock of who holds them,
        which is not the one that is turned here."""
        self._tokens.clear()

    @property
    def numbers(self) -> list[str]:
        """All that are tracked, in the order in which they were taken over."""
        return list(self._parcels)

    def _scan(self, number: str, parcel: _Parcel) -> None:
        scan, now = parcel.ahead.pop(0), self._clock()
        places = {"origin": journey.ORIGIN, "hub": journey.HUB, "destination": parcel.destination}
        place = places[scan.at]
        parcel.activities.append(payloads.activity(scan, place, now))
        parcel.scanned_at = now
        self._post(payloads.event(number, scan, place, now))

    def _post(self, event: Json) -> None:
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {self.settings['webhook_secret']}",
            "user-agent": "UPSPubSubTrackingService",
        }
        self.posts += [Post(url=url, headers=headers, body=body) for url in self._hooks]

    # HTTP

    async def _grant(self, request: Request) -> Response:
        user = f"{self.settings['client_id']}:{self.settings['client_secret']}".encode()
        wanted = f"Basic {base64.b64encode(user).decode()}"
        if request.headers.get("authorization") != wanted:
            return _refuse(401, "250002", "Invalid Authentication Information")
        form = dict(parse_qsl((await request.body()).decode()))
        if form.get("grant_type") != "client_credentials":
            return _refuse(400, "10400", "Invalid or missing grant type")
        self.merchants.append(request.headers.get("x-merchant-id"))
        value = hashlib.sha256(f"{self._seed}:{len(self.merchants)}".encode()).hexdigest()
        self._tokens.add(value)
        return JSONResponse(payloads.token(value, self.settings["client_id"], self._clock()))

    async def _track(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if given not in self._tokens:
            return _refuse(401, "UJ0001", "Invalid token or token is not present")
        number = request.path_params["number"]
        parcel = self._parcels.get(number)
        if parcel is None or self._clock() - parcel.scanned_at > KEPT:
            return self._absent(number)
        return JSONResponse(payloads.found(number, parcel.activities, parcel.receiver))

    def _absent(self, number: str) -> Response:
        if self.absent_status == 200:
            return JSONResponse(payloads.not_found(number))
        return _refuse(self.absent_status, self.absent_code, "Tracking Information Not Found")


def _refuse(status: int, code: str, message: str) -> Response:
    return JSONResponse(payloads.refusal(code, message), status)
