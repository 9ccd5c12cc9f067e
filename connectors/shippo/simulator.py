"""A simulated Shippo: shipments are rated, labels bought and refunded; parcels move when told to.

Serve `Simulator(...).faults` and use ``http://127.0.0.1:<port>`` as the connection's url.
"""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from connectors.sdk.faults import Faults
from connectors.sdk.simulator import Clock, Post, World
from connectors.sdk.values import Address
from connectors.shippo.simulated import journey, payloads
from connectors.shippo.simulated.journey import Scan
from connectors.shippo.simulated.payloads import CARRIER, Json

MOST_RESULTS = 100
USUAL_RESULTS = 25
REQUIRED = ["This field is required."]
ON_HAND = {"weight": "453", "length": "254", "width": "203", "height": "102"}
"""The parcel of a label bought at Shippo's own pages."""
TAKEN = ("SUCCESS", "REFUNDPENDING", "REFUNDED", "REFUNDREJECTED")

Answer = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True, kw_only=True)
class _Parcel:
    """A Track and the scans that its parcel still has before it."""

    track: Json
    destination: Address
    ahead: list[Scan] = field(default_factory=list)


class Simulator:
    """See connectors.sdk.simulator.Carries. *seed* decides which parcels meet with what."""

    def __init__(self, world: World, clock: Clock, seed: int = 7) -> None:
        self._world, self._clock, self._seed = world, clock, seed
        self._count = 0
        self._shipments: dict[str, Json] = {}
        self._rates: dict[str, Json] = {}
        self._transactions: dict[str, Json] = {}
        self._parcels: dict[tuple[str, str], _Parcel] = {}
        self._hooks: list[str] = []
        self.refunds: list[Json] = []
        """All that were asked for. Shippo does not say whether it takes a second one of a label:
        this does, so that a doubled one shows."""
        self.settings: Mapping[str, str] = {
            "api_token": "shippo_test_simulated",
            "webhook_secret": "simulatedToken",
        }
        self.posts: list[Post] = []
        self.refund_answer = "PENDING"
        """What is said at once when a label is given back."""
        self.refusal: Json | None = None
        """The message by which carriers refuse every purchase, None when they do not."""
        self.is_slow = False
        """True while carriers answer a purchase only after Shippo has answered it."""
        self.link = "baseurl"
        """How links to other pages begin (models.json has them so)."""
        self.mute: set[str] = set()
        """Carriers that push, and are not to be asked."""
        self.faults = Faults(Starlette(routes=self._routes()))

    # What a test or a demo does

    def register(self, url: str) -> None:
        """Register as an operator does: with the token at the end of the address."""
        self._hooks.append(f"{url}?token={quote(self.settings['webhook_secret'])}")

    def accept(self, tracking_number: str, destination: Address) -> None:
        """Track a parcel whose label was bought elsewhere; one number is tracked once."""
        self._track(tracking_number, destination, transaction_id=None)

    def advance(self) -> None:
        """Give every parcel under way its next scan; settle purchases and refunds under way."""
        for transaction in self.labels:
            if transaction["status"] == "QUEUED":
                self._sell(transaction)
        for parcel in list(self._parcels.values()):
            if parcel.ahead:
                self._scan(parcel, parcel.ahead.pop(0))
        for transaction in self.labels:
            if transaction["status"] == "REFUNDPENDING":
                self._settle(transaction)

    def label_elsewhere(self, destination: Json) -> str:
        """Buy a label at Shippo's own pages, without a reference; return its id."""
        units = {"mass_unit": "g", "distance_unit": "mm"}
        given = {"address_from": destination, "address_to": destination, "metadata": ""}
        shipment = self._rated({**given, "parcels": [{**ON_HAND, **units}]})
        return str(self._purchase(shipment["rates"][0], "")["object_id"])

    def forget_rates(self) -> None:
        """Let 390 days pass, after which Shippo has the rates of a label no more."""
        self._rates.clear()

    def drop(self, many: int) -> None:
        """Forget the oldest transactions."""
        for named in list(self._transactions)[:many]:
            del self._transactions[named]

    @property
    def labels(self) -> list[Json]:
        """All transactions, oldest first, bought or not."""
        return list(self._transactions.values())

    @property
    def shipments(self) -> list[Json]:
        return list(self._shipments.values())

    @property
    def parcels(self) -> list[Json]:
        """All tracks, oldest first."""
        return [parcel.track for parcel in self._parcels.values()]

    # Parcels

    def _track(self, number: str, destination: Address, transaction_id: str | None) -> Json:
        key = (CARRIER, number)
        if key not in self._parcels:
            self._parcels[key] = _Parcel(
                track=journey.track(number, transaction_id, destination),
                destination=destination,
                ahead=journey.way(self._seed, number),
            )
        return self._parcels[key].track

    def _scan(self, parcel: _Parcel, scan: Scan) -> None:
        track, now = parcel.track, self._clock()
        places = {"origin": journey.ORIGIN, "hub": journey.HUB, "destination": parcel.destination}
        event = journey.event(self._id(), scan, places[scan.at], now)
        track["tracking_history"].append(event)
        track["tracking_status"] = {**event, "object_id": self._id()}
        track["eta"] = journey.expected(now, max(0, len(parcel.ahead) - 1))
        track["original_eta"] = track["original_eta"] or track["eta"]
        bought = self._transactions.get(track["transaction"])
        if bought:
            bought["tracking_status"] = scan.status
        self._post("track_updated", track)

    def _settle(self, transaction: Json) -> None:
        """Refund a label that was never scanned; refuse it for one that was used."""
        used = transaction["tracking_status"] not in ("UNKNOWN", "PRE_TRANSIT")
        self._change(transaction, {"status": "REFUNDREJECTED" if used else "REFUNDED"})
        for refund in self.refunds:
            if refund["transaction"] == transaction["object_id"]:
                refund["status"] = "ERROR" if used else "SUCCESS"

    # Labels

    def _rated(self, given: Json) -> Json:
        """Rate a shipment. Nobody carries to an address without a street and a zip."""
        shipment_id, now, goal = self._id(), self._clock(), given["address_to"]
        reachable = goal.get("street1") and goal.get("zip")
        boxes = [payloads.parcel(self._id(), one, now) for one in given["parcels"]]
        grams = Decimal(boxes[0]["weight"]) * payloads.GRAMS[boxes[0]["mass_unit"]]
        rates = [
            payloads.rate(self._id(), shipment_id, service, grams, now)
            for service in payloads.SERVICES
            if reachable
        ]
        unreachable = payloads.message("USPS", "", "The recipient address is not complete.")
        parts: Json = {
            "address_to": payloads.address(self._id(), goal, now),
            "address_from": payloads.address(self._id(), given["address_from"], now),
            "parcels": boxes,
            "rates": rates,
            "messages": [] if reachable else [unreachable],
        }
        shipment = payloads.shipment(shipment_id, given, parts, now)
        self._shipments[shipment_id] = shipment
        self._rates |= {rate["object_id"]: rate for rate in rates}
        return shipment

    def _purchase(self, rate: Json, metadata: str) -> Json:
        shipment = self._shipments[rate["shipment"]]
        parcel_id = shipment["parcels"][0]["object_id"]
        made = payloads.transaction(self._id(), rate, metadata, parcel_id, self._clock())
        self._transactions[made["object_id"]] = made
        if self.refusal:
            made |= {"status": "ERROR", "messages": [self.refusal]}
        elif not self.is_slow:
            self._sell(made)
        self._post("transaction_created", made)
        return made

    def _sell(self, transaction: Json) -> None:
        number = f"9400100{self._count:015d}"
        transaction |= payloads.bought(transaction["object_id"], number)
        rate = self._rates[transaction["rate"]]
        goal = self._shipments[rate["shipment"]]["address_to"]
        place = Address(city=goal["city"], province=goal["state"], postal_code=goal["zip"])
        self._track(number, place, transaction["object_id"])

    def _change(self, transaction: Json, changed: Json) -> None:
        transaction |= {**changed, "object_updated": payloads.iso(self._clock())}
        self._post("transaction_updated", transaction)

    # Webhooks

    def _post(self, event: str, data: Json) -> None:
        body = json.dumps({"event": event, "test": True, "data": data}, ensure_ascii=False)
        headers = {"content-type": "application/json"}
        self.posts += [Post(url=url, headers=headers, body=body.encode()) for url in self._hooks]

    def _id(self) -> str:
        """Give the next id of this run, in Shippo's form: 32 hex digits."""
        self._count += 1
        return hashlib.sha256(f"{self._seed}:{self._count}".encode()).hexdigest()[:32]

    # HTTP

    def _routes(self) -> list[Route]:
        table: dict[tuple[str, str], Answer] = {
            ("POST", "/shipments"): self._create,
            ("GET", "/transactions"): self._list,
            ("POST", "/transactions"): self._buy,
            ("GET", "/transactions/{id}"): self._one_of(self._transactions),
            ("GET", "/rates/{id}"): self._one_of(self._rates),
            ("POST", "/refunds"): self._refund,
            ("POST", "/tracks"): self._create_track,
            ("GET", "/tracks/{carrier}/{number}"): self._retrieve_track,
        }
        return [
            Route(path, self._authorized(answer), methods=[method])
            for (method, path), answer in table.items()
        ]

    def _authorized(self, answer: Answer) -> Answer:
        async def guarded(request: Request) -> Response:
            wanted = f"ShippoToken {self.settings['api_token']}"
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), wanted.encode()):
                return _detail(401, "Invalid token")
            return await answer(request)

        return guarded

    async def _create(self, request: Request) -> Response:
        given = await request.json()
        lacking = [one for one in ("address_from", "address_to", "parcels") if not given.get(one)]
        if lacking:
            return JSONResponse(dict.fromkeys(lacking, REQUIRED), 400)
        sizes = ("weight", "length", "width", "height", "mass_unit", "distance_unit")
        absent = [one for one in sizes if not given["parcels"][0].get(one)]
        if absent:
            return JSONResponse({"parcels": [dict.fromkeys(absent, REQUIRED)]}, 400)
        countries = {given[one].get("country") for one in ("address_from", "address_to")}
        if None in countries:
            return JSONResponse({"address_to": [{"country": REQUIRED}]}, 400)
        return JSONResponse(self._rated(given), 201)

    async def _list(self, request: Request) -> Response:
        """Newest first, by page number; a page beyond the last is none."""
        query = request.query_params
        page, size = int(query.get("page", 1)), int(query.get("results", USUAL_RESULTS))
        size = min(size, MOST_RESULTS)
        newest_first = sorted(self.labels, key=_created)[::-1]
        found = newest_first[(page - 1) * size : page * size]
        if page > 1 and not found:
            return _detail(404, "Invalid page.")
        more = (
            f"baseurl?page={page + 1}&results={size}" if page * size < len(newest_first) else None
        )
        less = f"baseurl?page={page - 1}&results={size}" if page > 1 else None
        return JSONResponse({"next": more, "previous": less, "results": found})

    async def _buy(self, request: Request) -> Response:
        given: Mapping[str, Any] = await request.json()
        if not given.get("rate"):
            return JSONResponse({"rate": REQUIRED}, 400)
        rate = self._rates.get(given["rate"])
        if rate is None:
            said = f"Rate with supplied object_id {given['rate']} not found."
            return JSONResponse({"rate": [said]}, 400)
        return JSONResponse(self._purchase(rate, given.get("metadata") or ""), 201)

    async def _refund(self, request: Request) -> Response:
        named = (await request.json()).get("transaction")
        transaction = self._transactions.get(named)
        if transaction is None or transaction["status"] not in TAKEN:
            return JSONResponse({"transaction": ["No such label to be refunded."]}, 400)
        refund = payloads.refund(self._id(), named, self.refund_answer, self._clock())
        self.refunds.append(refund)
        if self.refund_answer != "ERROR":
            self._change(transaction, {"status": "REFUNDPENDING"})
        return JSONResponse(refund, 201)

    async def _create_track(self, request: Request) -> Response:
        given = await request.json()
        if given.get("carrier") != CARRIER:
            said = f"Invalid value specified for provider '{given.get('carrier')}'"
            return JSONResponse({"carrier": [said]}, 400)
        return JSONResponse(self._track(given["tracking_number"], Address(), None), 201)

    async def _retrieve_track(self, request: Request) -> Response:
        carrier, number = request.path_params["carrier"], request.path_params["number"]
        if carrier != CARRIER or carrier in self.mute:
            return _detail(400, f"Carrier with name '{carrier}' is not supported.")
        parcel = self._parcels.get((carrier, number))
        if parcel is None:
            return HTMLResponse("<h1>Not Found</h1>", 404)
        return JSONResponse(parcel.track)

    def _one_of(self, held: Mapping[str, Json]) -> Answer:
        async def retrieve(request: Request) -> Response:
            found = held.get(request.path_params["id"])
            return JSONResponse(found) if found else _detail(404, "Not found.")

        return retrieve


def _created(transaction: Json) -> str:
    return str(transaction["object_created"])


def _detail(status: int, text: str) -> Response:
    return JSONResponse({"detail": text}, status)
