"""Shippo's objects as the simulator writes them: the properties and types of API 2018-02-08.

Source: models.json (a test holds every answer against it), recorded answers of 2017-03-29.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Json = dict[str, Any]

OWNER = "simulated@shippo.example"
ACCOUNT = "5151515151515151515151515151515a"
CARRIER = "usps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a carrier sells. Units: cents of USD, cents for 100 g, days."""

    code: str
    name: str
    base_minor: int
    per_100_g_minor: int
    days: int


SERVICES = (
    Service(
        code="usps_ground_advantage",
        name="Ground Advantage",
        base_minor=479,
        per_100_g_minor=25,
        days=4,
    ),
    Service(code="usps_priority", name="Priority Mail", base_minor=628, per_100_g_minor=32, days=2),
    Service(
        code="usps_priority_express",
        name="Priority Mail Express",
        base_minor=2870,
        per_100_g_minor=120,
        days=1,
    ),
)

GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "lb": Decimal("453.59237")}


def iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


def stamps(id: str, now: datetime) -> Json:
    """What every object begins with."""
    return {
        "object_id": id,
        "object_created": iso(now),
        "object_updated": iso(now),
        "object_owner": OWNER,
    }


def address(id: str, given: Mapping[str, Any], now: datetime) -> Json:
    parts = ("name", "company", "street1", "street2", "city", "state", "zip", "country", "phone")
    return {
        **stamps(id, now),
        **{part: given.get(part, "") for part in parts},
        "email": given.get("email", ""),
        "is_complete": bool(given.get("street1") and given.get("zip")),
        "is_residential": None,
        "metadata": "",
        "test": True,
        "validation_results": {"is_valid": True, "messages": []},
    }


def parcel(id: str, given: Mapping[str, Any], now: datetime) -> Json:
    sizes = ("weight", "length", "width", "height")
    return {
        **stamps(id, now),
        "object_state": "VALID",
        **{size: f"{Decimal(given[size]):.4f}" for size in sizes},
        "mass_unit": given["mass_unit"],
        "distance_unit": given["distance_unit"],
        "template": None,
        "extra": {},
        "metadata": "",
        "test": True,
    }


def rate(id: str, shipment_id: str, service: Service, grams: Decimal, now: datetime) -> Json:
    minor = service.base_minor + service.per_100_g_minor * grams / 100
    price = (minor / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    begun = stamps(id, now)
    del begun["object_updated"]
    return {
        **begun,
        "shipment": shipment_id,
        "attributes": [],
        "amount": str(price),
        "currency": "USD",
        "amount_local": str(price),
        "currency_local": "USD",
        "provider": "USPS",
        "provider_image_75": "https://images.example/75/USPS.png",
        "provider_image_200": "https://images.example/200/USPS.png",
        "servicelevel": {
            "name": service.name,
            "token": service.code,
            "terms": "",
            "extended_token": service.code,
            "parent_servicelevel": None,
        },
        "estimated_days": service.days,
        "arrives_by": None,
        "duration_terms": "",
        "messages": [],
        "carrier_account": ACCOUNT,
        "test": True,
        "zone": "4",
        "included_insurance_price": None,
    }


def message(source: str, code: str, text: str) -> Json:
    return {"source": source, "code": code, "text": text}


def shipment(id: str, given: Mapping[str, Any], parts: Json, now: datetime) -> Json:
    """Build a shipment that was rated. *parts*: addresses, parcels, rates, messages."""
    return {
        **stamps(id, now),
        "carrier_accounts": [],
        "metadata": given.get("metadata", ""),
        "status": "SUCCESS",
        "shipment_date": iso(now),
        "address_return": parts["address_from"],
        "customs_declaration": None,
        "extra": {},
        "test": True,
        **parts,
    }


def transaction(id: str, rate: Json, metadata: str, parcel_id: str, now: datetime) -> Json:
    """Build a purchase that the carrier has not answered."""
    return {
        **stamps(id, now),
        "object_state": "VALID",
        "status": "QUEUED",
        "test": True,
        "rate": rate["object_id"],
        "tracking_number": "",
        "tracking_status": None,
        "tracking_url_provider": "",
        "eta": None,
        "label_url": "",
        "label_file_type": "PDF_4x6",
        "commercial_invoice_url": None,
        "qr_code_url": None,
        "messages": [],
        "metadata": metadata,
        "parcel": parcel_id,
        "created_by": None,
    }


def bought(id: str, number: str) -> Json:
    """What a purchase says once the carrier has sold the label."""
    return {
        "status": "SUCCESS",
        "tracking_number": number,
        "tracking_status": "UNKNOWN",
        "tracking_url_provider": f"https://tools.usps.example/track?number={number}",
        "label_url": f"https://labels.example/{id}.pdf?Signature=simulated",
    }


def refund(id: str, transaction_id: str, status: str, now: datetime) -> Json:
    return {**stamps(id, now), "transaction": transaction_id, "status": status, "test": True}
