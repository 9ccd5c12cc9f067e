"""Parcels on their way: a Track, its scans, and which way a parcel goes.

Source: models.json, Track; docs.goshippo.com/docs/tracking (event definitions).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.sdk.values import Address
from connectors.shippo.simulated.payloads import CARRIER, Json, iso

ORIGIN = Address(city="Reno", province="NV", postal_code="89506", country_code="US")
HUB = Address(city="Memphis", province="TN", postal_code="38118", country_code="US")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One step of a parcel's way, as Shippo states it. *at*: origin, hub or destination."""

    status: str
    code: str
    details: str
    at: str
    needs_action: bool = False


LABEL = Scan(
    status="PRE_TRANSIT", code="information_received", details="Label created", at="origin"
)
PICKED_UP = Scan(
    status="TRANSIT", code="package_accepted", details="Accepted at the origin", at="origin"
)
DEPARTED = Scan(
    status="TRANSIT", code="package_departed", details="Departed from facility", at="origin"
)
ARRIVED = Scan(status="TRANSIT", code="package_arrived", details="Arrived at facility", at="hub")
DELAYED = Scan(status="TRANSIT", code="delayed", details="Delayed, on its way soon", at="hub")
OUT = Scan(status="TRANSIT", code="out_for_delivery", details="Out for delivery", at="destination")
ATTEMPTED = Scan(
    status="TRANSIT",
    code="delivery_attempted",
    details="Nobody at home",
    at="destination",
    needs_action=True,
)
DELIVERED = Scan(status="DELIVERED", code="delivered", details="Delivered", at="destination")


def way(seed: int, number: str) -> list[Scan]:
    """Choose a way by seed and number: one in five is delayed, one in five is tried twice."""
    luck = hashlib.sha256(f"{seed}:{number}".encode()).digest()[0]
    setback = [DELAYED] if luck % 5 == 0 else []
    missed = [ATTEMPTED, OUT] if luck % 5 == 1 else []
    between = [ARRIVED] * (1 + luck % 2)
    return [LABEL, PICKED_UP, DEPARTED, *between, *setback, OUT, *missed, DELIVERED]


def track(number: str, transaction_id: str | None, destination: Address) -> Json:
    """Build a Track of which no carrier has said anything yet."""
    return {
        "carrier": CARRIER,
        "tracking_number": number,
        "address_from": location(ORIGIN),
        "address_to": location(destination),
        "eta": None,
        "original_eta": None,
        "servicelevel": {"token": "usps_priority", "name": "Priority Mail"},
        "metadata": None,
        "messages": [],
        "tracking_status": None,
        "tracking_history": [],
        "transaction": transaction_id,
    }


def event(id: str, scan: Scan, place: Address, now: datetime) -> Json:
    texts = scan.code.replace("_", " ").capitalize()
    return {
        "object_id": id,
        "object_created": iso(now),
        "object_updated": iso(now),
        "status": scan.status,
        "substatus": {"code": scan.code, "text": texts, "action_required": scan.needs_action},
        "status_details": scan.details,
        "status_date": iso(now),
        "location": location(place),
    }


def location(place: Address) -> Json:
    return {
        "city": place.city or "",
        "state": place.province or "",
        "zip": place.postal_code or "",
        "country": place.country_code or "US",
    }


def expected(now: datetime, days: int) -> str:
    return iso(now + timedelta(days=days))
