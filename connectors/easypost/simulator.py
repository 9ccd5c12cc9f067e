"""A simulated EasyPost: shipments are rated, bought and refunded; parcels move when told to.

Serve `Simulator(...).faults` and use ``http://127.0.0.1:<port>/v2`` as the connection's url.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.easypost import webhooks
from connectors.easypost.simulated import journey, payloads
from connectors.easypost.simulated.journey import Scan
from connectors.easypost.simulated.payloads import Json
from connectors.sdk.faults import Faults
from connectors.sdk.simulator import Clock, Post, World
from connectors.sdk.values import Address

MONTH = timedelta(days=30)
"""What a list covers when one end of the time span is not stated."""


@dataclass(slots=True, kw_only=True)
class _Parcel:
    """A tracker and the scans that its parcel still has before it."""

    tracker: Json
    destination: Address
    ahead: list[Scan] = field(default_factory=list)


class Simulator:
    """See connectors.sdk.simulator.Carries. *seed* decides which parcels meet with what."""

    def __init__(self, world: World, clock: Clock, seed: int = 7) -> None:
        self._world, self._clock, self._seed = world, clock, seed
        self._count = 0
        self._shipments: dict[str, Json] = {}
        self._parcels: dict[str, _Parcel] = {}
        self._hooks: list[str] = []
        self.settings: Mapping[str, str] = {
            "api_key": "EZTKsimulated",
            "webhook_secret": "simulated sécret",
        }
        self.posts: list[Post] = []
        self.refund_answer = "submitted"
        """What the carrier says at once when a label is given back."""
        self.faults = Faults(Starlette(routes=self._routes()))

    # What a test or a demo does

    def register(self, url: str) -> None:
        self._hooks.append(url)

    def accept(self, tracking_number: str, destination: Address) -> None:
        """Track a parcel whose label was bought elsewhere; one number is tracked once."""
        self._track(tracking_number, destination, shipment_id=None)

    def advance(self) -> None:
        """Give every parcel under way its next scan, and settle the refunds asked for."""
        for parcel in list(self._parcels.values()):
            if parcel.ahead:
                self._scan(parcel, parcel.ahead.pop(0))
        for shipment in self._shipments.values():
            if shipment["refund_status"] == "submitted":
                self._settle(shipment)

    def forget(self, tracker_id: str) -> None:
        """Delete a tracker; absent is fine."""
        self._parcels.pop(tracker_id, None)

    @property
    def shipments(self) -> list[Json]:
        """All shipments, oldest first, bought or only rated."""
        return list(self._shipments.values())

    # Parcels

    def _track(self, code: str, destination: Address, shipment_id: str | None) -> Json:
        for parcel in self._parcels.values():
            if parcel.tracker["tracking_code"] == code:
                return parcel.tracker
        tracker = journey.tracker(self._id("trk"), code, shipment_id, self._clock())
        parcel = _Parcel(
            tracker=tracker, destination=destination, ahead=journey.way(self._seed, code)
        )
        self._parcels[tracker["id"]] = parcel
        self._post("tracker.created", _pushed(tracker))
        return tracker

    def _scan(self, parcel: _Parcel, scan: Scan) -> None:
        tracker, now = parcel.tracker, self._clock()
        places = {"origin": journey.ORIGIN, "hub": journey.HUB, "destination": parcel.destination}
        before = {"status": tracker["status"]}
        tracker["tracking_details"].append(journey.detail(scan, places[scan.at], now))
        tracker["carrier_detail"] = journey.carrier_detail(journey.ORIGIN, parcel.destination)
        tracker["est_delivery_date"] = journey.expected(now, max(0, len(parcel.ahead) - 1))
        tracker |= {"status": scan.status, "status_detail": scan.detail}
        tracker["updated_at"] = payloads.iso(now)
        if tracker["shipment_id"]:
            self._shipments[tracker["shipment_id"]]["status"] = scan.status
        self._post("tracker.updated", _pushed(tracker), before)

    def _settle(self, shipment: Json) -> None:
        """Refund a label that was never scanned; refuse it for one that was used."""
        scans = shipment["tracker"]["tracking_details"]
        used = any(scan["status"] != "pre_transit" for scan in scans)
        shipment["refund_status"] = "rejected" if used else "refunded"
        if not used:
            refund = payloads.refund(self._id("rfnd"), shipment, self._clock())
            self._post("refund.successful", refund)

    # Webhooks

    def _post(self, description: str, result: Json, previous: Json | None = None) -> None:
        if not self._hooks:
            return
        event = payloads.event(self._id("evt"), description, result, self._clock())
        event["previous_attributes"] = previous or {}
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "content-type": "application/json",
            "x-hmac-signature": webhooks.sign(self.settings["webhook_secret"], body),
        }
        self.posts += [Post(url=url, headers=headers, body=body) for url in self._hooks]

    def _id(self, prefix: str) -> str:
        """Give the next id of this run, in EasyPost's form: a prefix and 32 hex digits."""
        self._count += 1
        digest = hashlib.sha256(f"{self._seed}:{self._count}".encode()).hexdigest()
        return f"{prefix}_{digest[:32]}"

    # HTTP

    def _routes(self) -> list[Route]:
        table: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
            ("POST", "/v2/shipments"): self._create,
            ("GET", "/v2/shipments"): self._list_shipments,
            ("GET", "/v2/shipments/{id}"): self._retrieve_shipment,
            ("POST", "/v2/shipments/{id}/buy"): self._buy,
            ("POST", "/v2/shipments/{id}/refund"): self._refund,
            ("POST", "/v2/trackers"): self._create_tracker,
            ("GET", "/v2/trackers"): self._list_trackers,
            ("GET", "/v2/trackers/{id}"): self._retrieve_tracker,
        }
        return [
            Route(path, self._authorized(answer), methods=[method])
            for (method, path), answer in table.items()
        ]

    def _authorized(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        user = base64.b64encode(f"{self.settings['api_key']}:".encode()).decode()

        async def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Basic {user}".encode()):
                return _refuse(401, "UNAUTHORIZED", "The API key is not valid.")
            return await answer(request)

        return guarded

    async def _create(self, request: Request) -> Response:
        given = (await request.json()).get("shipment") or {}
        for part in ("to_address", "from_address", "parcel"):
            if not given.get(part):
                return _required("shipment" if not given else part)
        if not given["parcel"].get("weight"):
            return _required("weight")
        shipment = self._rated(given)
        self._shipments[shipment["id"]] = shipment
        return JSONResponse(shipment, 201)

    def _rated(self, given: Json) -> Json:
        """Rate a shipment. Nobody carries to an address without a street and a zip."""
        shipment_id, now = self._id("shp"), self._clock()
        goal = given["to_address"]
        reachable = goal.get("street1") and goal.get("zip")
        ounces = float(given["parcel"]["weight"])
        parts: Json = {
            "to_address": payloads.address(self._id("adr"), goal, now),
            "from_address": payloads.address(self._id("adr"), given["from_address"], now),
            "parcel": payloads.parcel(self._id("prcl"), given["parcel"], now),
            "rates": [
                payloads.rate(self._id("rate"), shipment_id, service, ounces, now)
                for service in payloads.SERVICES
                if reachable
            ],
            "messages": [] if reachable else [payloads.rate_error("to_address is not complete")],
        }
        return payloads.shipment(shipment_id, given.get("reference"), parts, now)

    async def _list_shipments(self, request: Request) -> Response:
        wanted = request.query_params.get("purchased", "true") == "true"
        listed = [s for s in self._shipments.values() if s["postage_label"] or not wanted]
        return self._page(request, "shipments", listed)

    async def _retrieve_shipment(self, request: Request) -> Response:
        shipment = self._shipment(request.path_params["id"])
        return JSONResponse(shipment) if shipment else _absent()

    def _shipment(self, named: str) -> Json | None:
        """Find by id or by reference; of several with one reference, the first."""
        by_reference = (s for s in self._shipments.values() if s["reference"] == named)
        return self._shipments.get(named) or next(by_reference, None)

    async def _buy(self, request: Request) -> Response:
        shipment = self._shipment(request.path_params["id"])
        if shipment is None:
            return _absent()
        if shipment["postage_label"]:
            return _refuse(
                422, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment."
            )
        rate_id = ((await request.json()).get("rate") or {}).get("id")
        rate = next((r for r in shipment["rates"] if r["id"] == rate_id), None)
        if rate is None:
            return _refuse(422, "SHIPMENT.MISSING_RATE", "Missing rate.")
        self._label(shipment, rate)
        return JSONResponse(shipment)

    def _label(self, shipment: Json, rate: Json) -> None:
        now, goal = self._clock(), shipment["to_address"]
        code = f"9400100{self._count:015d}"
        destination = Address(city=goal["city"], province=goal["state"], postal_code=goal["zip"])
        fees = [
            payloads.fee("LabelFee", "0.00000"),
            payloads.fee("PostageFee", f"{rate['rate']}000"),
        ]
        shipment |= {
            "tracking_code": code,
            "postage_label": payloads.label(self._id("pl"), now),
            "selected_rate": rate,
            "tracker": self._track(code, destination, shipment["id"]),
            "fees": fees,
            "updated_at": payloads.iso(now),
        }

    async def _refund(self, request: Request) -> Response:
        shipment = self._shipment(request.path_params["id"])
        if shipment is None:
            return _absent()
        if not shipment["postage_label"]:
            return _refuse(422, "SHIPMENT.POSTAGE.REQUIRED", "The shipment has no postage.")
        if any(s["status"] != "pre_transit" for s in shipment["tracker"]["tracking_details"]):
            message = "Unable to request refund. The parcel has been shipped."
            return _refuse(422, "SHIPMENT.REFUND.UNAVAILABLE", message)
        shipment["refund_status"] = self.refund_answer
        return JSONResponse(shipment)

    async def _create_tracker(self, request: Request) -> Response:
        given = (await request.json()).get("tracker") or {}
        if not given.get("tracking_code"):
            return _required("tracking_code")
        tracker = self._track(given["tracking_code"], Address(), shipment_id=None)
        return JSONResponse(_pushed(tracker))

    async def _list_trackers(self, request: Request) -> Response:
        return self._page(request, "trackers", [p.tracker for p in self._parcels.values()])

    async def _retrieve_tracker(self, request: Request) -> Response:
        parcel = self._parcels.get(request.path_params["id"])
        return JSONResponse(parcel.tracker) if parcel else _absent()

    def _page(self, request: Request, name: str, listed: list[Json]) -> Response:
        """Newest first; one end of the span missing means a month from the other."""
        query, now = request.query_params, self._clock()
        start, end = _time(query.get("start_datetime")), _time(query.get("end_datetime"))
        start, end = start or (end or now) - MONTH, end or (start or now) + MONTH
        found = [one for one in reversed(listed) if start < _created(one) <= end]
        before = query.get("before_id")
        if before:
            ids = [one["id"] for one in found]
            if before not in ids:
                return _absent()
            found = found[ids.index(before) + 1 :]
        size = min(int(query.get("page_size", 20)), 100)
        return JSONResponse({name: found[:size], "has_more": len(found) > size})


def _pushed(tracker: Json) -> Json:
    """A tracker as webhooks and POST /trackers state it: with what only they say of it."""
    is_over = tracker["status"] == "delivered"
    fewer = {key: value for key, value in tracker.items() if key != "fees"}
    return fewer | {"finalized": is_over, "is_return": False}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _created(one: Json) -> datetime:
    return datetime.fromisoformat(one["created_at"])


def _refuse(status: int, code: str, message: str, *errors: Any) -> Response:
    return JSONResponse(payloads.refusal(code, message, *errors), status)


def _required(name: str) -> Response:
    error = {"field": name, "message": "cannot be blank"}
    return _refuse(422, "PARAMETER.REQUIRED", "Missing required parameter.", error)


def _absent() -> Response:
    return _refuse(404, "NOT_FOUND", "The requested resource could not be found.")
