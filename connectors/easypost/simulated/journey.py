"""Parcels on their way: a tracker, its scans, and which way a parcel goes.

Source: EasyPost/easypost-python cassettes 2025-03 (a test compares shapes with them).
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.easypost.simulated.payloads import CARRIER, Json, iso, stamps
from connectors.sdk.values import Address

ORIGIN = Address(city="Reno", province="NV", postal_code="89506", country_code="US")
HUB = Address(city="Memphis", province="TN", postal_code="38118", country_code="US")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One step of a parcel's way, as a carrier states it. *at*: origin, hub or destination."""

    status: str
    detail: str
    message: str
    at: str


LABEL = Scan(
    status="pre_transit", detail="label_created", message="Shipping label created", at="origin"
)
PICKED_UP = Scan(
    status="in_transit",
    detail="received_at_origin_facility",
    message="Accepted at origin facility",
    at="origin",
)
DEPARTED = Scan(
    status="in_transit", detail="departed_facility", message="Departed facility", at="origin"
)
ARRIVED = Scan(
    status="in_transit", detail="arrived_at_facility", message="Arrived at facility", at="hub"
)
DELAYED = Scan(
    status="in_transit", detail="delayed", message="Delayed, on its way again soon", at="hub"
)
OUT = Scan(
    status="out_for_delivery",
    detail="out_for_delivery",
    message="Out for delivery",
    at="destination",
)
ATTEMPTED = Scan(
    status="in_transit",
    detail="delivery_exception",
    message="Nobody at home, next try tomorrow",
    at="destination",
)
DELIVERED = Scan(
    status="delivered", detail="arrived_at_destination", message="Delivered", at="destination"
)


def way(seed: int, code: str) -> list[Scan]:
    """Choose a way by seed and number: one in five is delayed, one in five is tried twice."""
    luck = hashlib.sha256(f"{seed}:{code}".encode()).digest()[0]
    setback = [DELAYED] if luck % 5 == 0 else []
    missed = [ATTEMPTED, OUT] if luck % 5 == 1 else []
    between = [ARRIVED] * (1 + luck % 2)
    return [LABEL, PICKED_UP, DEPARTED, *between, *setback, OUT, *missed, DELIVERED]


def tracker(tracker_id: str, code: str, shipment_id: str | None, now: datetime) -> Json:
    """Build a tracker of which no carrier has said anything yet."""
    public = base64.b64encode(f"v1:{tracker_id}".encode()).decode().rstrip("=")
    return {
        "id": tracker_id,
        "object": "Tracker",
        "mode": "test",
        "tracking_code": code,
        "status": "unknown",
        "status_detail": "unknown",
        **stamps(now),
        "signed_by": None,
        "weight": None,
        "est_delivery_date": None,
        "shipment_id": shipment_id,
        "carrier": CARRIER,
        "tracking_details": [],
        "fees": [],
        "carrier_detail": None,
        "public_url": f"https://track.easypost.example/{public}",
    }


def detail(scan: Scan, place: Address, now: datetime) -> Json:
    return {
        "object": "TrackingDetail",
        "message": scan.message,
        "description": "",
        "status": scan.status,
        "status_detail": scan.detail,
        "datetime": iso(now),
        "source": CARRIER,
        "carrier_code": "",
        "tracking_location": location(place),
    }


def location(place: Address) -> Json:
    return {
        "object": "TrackingLocation",
        "city": place.city and place.city.upper(),
        "state": place.province,
        "country": place.country_code,
        "zip": place.postal_code,
    }


def carrier_detail(origin: Address, destination: Address) -> Json:
    return {
        "object": "CarrierDetail",
        "service": "First-Class Package Service",
        "container_type": None,
        "est_delivery_date_local": None,
        "est_delivery_time_local": None,
        "origin_location": _line(origin),
        "origin_tracking_location": location(origin),
        "destination_location": _line(destination),
        "destination_tracking_location": None,
        "guaranteed_delivery_date": None,
        "alternate_identifier": None,
        "initial_delivery_attempt": None,
    }


def _line(place: Address) -> str:
    return f"{(place.city or '').upper()} {place.province or ''}, {place.postal_code or ''}"


def expected(now: datetime, days: int) -> str:
    return iso(now + timedelta(days=days))
