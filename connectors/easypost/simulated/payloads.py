"""EasyPost's objects as the simulator writes them: the keys and types of the recorded answers.

Source: EasyPost/easypost-python cassettes 2025-03 (a test compares shapes with them).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Json = dict[str, Any]

CARRIER = "USPS"
CARRIER_ACCOUNT = "ca_5151515151515151515151515151515a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a carrier sells. Units: cents of USD, cents an ounce, days."""

    name: str
    base_minor: int
    per_ounce_minor: int
    days: int


SERVICES = (
    Service(name="GroundAdvantage", base_minor=499, per_ounce_minor=7, days=3),
    Service(name="Priority", base_minor=628, per_ounce_minor=9, days=2),
    Service(name="Express", base_minor=2870, per_ounce_minor=35, days=1),
)


def iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamps(now: datetime) -> Json:
    return {"created_at": iso(now), "updated_at": iso(now)}


def address(address_id: str, given: Mapping[str, Any], now: datetime) -> Json:
    parts = ("name", "company", "street1", "street2", "city", "state", "zip")
    time = now.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    return {
        "id": address_id,
        "object": "Address",
        "created_at": time,
        "updated_at": time,
        **{part: given.get(part) for part in parts},
        "country": given.get("country") or "US",
        "phone": given.get("phone"),
        "email": given.get("email"),
        "mode": "test",
        "carrier_facility": None,
        "residential": None,
        "federal_tax_id": None,
        "state_tax_id": None,
        "verifications": {},
    }


def parcel(parcel_id: str, given: Mapping[str, Any], now: datetime) -> Json:
    sizes = {key: given.get(key) for key in ("length", "width", "height")}
    return {
        "id": parcel_id,
        "object": "Parcel",
        **stamps(now),
        **{key: None if size is None else float(size) for key, size in sizes.items()},
        "predefined_package": None,
        "weight": float(given["weight"]),
        "mode": "test",
    }


def rate(rate_id: str, shipment_id: str, service: Service, ounces: float, now: datetime) -> Json:
    minor = service.base_minor + service.per_ounce_minor * Decimal(str(ounces))
    price = (minor / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {
        "id": rate_id,
        "object": "Rate",
        **stamps(now),
        "mode": "test",
        "service": service.name,
        "carrier": CARRIER,
        "rate": str(price),
        "currency": "USD",
        "retail_rate": str(price + 2),
        "retail_currency": "USD",
        "list_rate": str(price),
        "list_currency": "USD",
        "billing_type": "easypost",
        "delivery_days": service.days,
        "delivery_date": None,
        "delivery_date_guaranteed": False,
        "est_delivery_days": service.days,
        "shipment_id": shipment_id,
        "carrier_account_id": CARRIER_ACCOUNT,
    }


def rate_error(message: str) -> Json:
    return {
        "carrier": CARRIER,
        "carrier_account_id": CARRIER_ACCOUNT,
        "type": "rate_error",
        "message": message,
    }


def shipment(shipment_id: str, reference: str | None, parts: Json, now: datetime) -> Json:
    """Build a shipment that nobody bought. *parts*: addresses, parcel, rates, messages."""
    return {
        "id": shipment_id,
        "created_at": iso(now),
        "is_return": False,
        "mode": "test",
        "options": {"currency": "USD", "payment": {"type": "SENDER"}, "date_advance": 0},
        "reference": reference,
        "status": "unknown",
        "tracking_code": None,
        "updated_at": iso(now),
        "batch_id": None,
        "batch_status": None,
        "batch_message": None,
        "customs_info": None,
        "insurance": None,
        "order_id": None,
        "postage_label": None,
        "refund_status": None,
        "scan_form": None,
        "selected_rate": None,
        "tracker": None,
        "usps_zone": 4,
        "forms": [],
        "fees": [],
        "object": "Shipment",
        **parts,
        "return_address": parts["from_address"],
        "buyer_address": parts["to_address"],
    }


def label(label_id: str, now: datetime) -> Json:
    day = now.strftime("%Y%m%d")
    return {
        "object": "PostageLabel",
        "id": label_id,
        **stamps(now),
        "date_advance": 0,
        "integrated_form": "none",
        "label_date": iso(now),
        "label_resolution": 300,
        "label_size": "4x6",
        "label_type": "default",
        "label_file_type": "image/png",
        "label_url": f"https://labels.example/postage_label/{day}/{label_id}.png",
        "label_pdf_url": None,
        "label_zpl_url": None,
        "label_epl2_url": None,
        "label_file": None,
    }


def fee(kind: str, amount: str) -> Json:
    return {"object": "Fee", "type": kind, "amount": amount, "charged": True, "refunded": False}


def refund(refund_id: str, shipment: Json, now: datetime) -> Json:
    return {
        "id": refund_id,
        "object": "Refund",
        **stamps(now),
        "tracking_code": shipment["tracking_code"],
        "confirmation_number": None,
        "status": shipment["refund_status"],
        "carrier": shipment["selected_rate"]["carrier"],
        "shipment_id": shipment["id"],
    }


def event(event_id: str, description: str, result: Json, now: datetime) -> Json:
    time = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "description": description,
        "mode": "test",
        "previous_attributes": {},
        "created_at": time,
        "pending_urls": [],
        "completed_urls": [],
        "updated_at": time,
        "id": event_id,
        "user_id": "user_51515151515151515151515151515151",
        "status": "pending",
        "object": "Event",
        "result": result,
    }


def refusal(code: str, message: str, *errors: Json | str) -> Json:
    return {"error": {"code": code, "message": message, "errors": list(errors)}}
