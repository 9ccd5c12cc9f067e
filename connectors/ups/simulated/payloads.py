"""UPS's objects, as the contract writes them.

Source: Tracking.json, UPSTrackAlert.json, OAuthClientCredentials.json (2026-07).
"""

from datetime import datetime, timedelta
from typing import Any

from connectors.sdk.values import Address
from connectors.ups.simulated.journey import DELIVERED, LABEL, Place, Scan

Json = dict[str, Any]
GOOD_FOR_S = 14_399
"""What a token of UPS's lives."""


def token(value: str, client_id: str, now: datetime) -> Json:
    return {
        "token_type": "Bearer",
        "issued_at": str(int(now.timestamp() * 1000)),
        "client_id": client_id,
        "access_token": value,
        "expires_in": str(GOOD_FOR_S),
        "status": "approved",
    }


def refusal(code: str, message: str) -> Json:
    return {"response": {"errors": [{"code": code, "message": message}]}}


def not_found(number: str) -> Json:
    warning = {"code": "TW0001", "message": "Tracking Information Not Found"}
    return {"trackResponse": {"shipment": [{"inquiryNumber": number, "warnings": [warning]}]}}


def found(number: str, activities: list[Json], receiver: str | None) -> Json:
    """Answer with one package; *activities* come oldest first and are stated newest first."""
    package: Json = {
        "trackingNumber": number,
        "deliveryDate": [],
        "activity": activities[::-1],
        "packageCount": 1,
        "service": {"code": "518", "levelCode": "003", "description": "UPS Ground"},
    }
    newest = activities[-1]
    package["currentStatus"] = newest["status"]
    if newest["status"]["type"] == DELIVERED.kind:
        package["deliveryDate"] = [{"type": "DEL", "date": newest["date"]}]
        package["deliveryTime"] = {"type": "DEL", "endTime": newest["time"]}
        package["deliveryInformation"] = {"location": "Front Door", "receivedBy": receiver or ""}
    return {"trackResponse": {"shipment": [{"inquiryNumber": number, "package": [package]}]}}


def activity(scan: Scan, place: Place, now: datetime) -> Json:
    """State one scan. Of a label only the country is known."""
    local = now + timedelta(hours=place.offset_h)
    country = {"country": place.address.country_code, "countryCode": place.address.country_code}
    parts = {} if scan is LABEL else _address(place.address)
    return {
        "date": f"{local:%Y%m%d}",
        "time": f"{local:%H%M%S}",
        "gmtDate": f"{now:%Y%m%d}",
        "gmtTime": f"{now:%H:%M:%S}",
        "gmtOffset": f"{place.offset_h:+03d}:00",
        "location": {"address": {**parts, **country}},
        "status": {
            "type": scan.kind,
            "code": scan.code,
            "description": scan.says,
            "statusCode": scan.detail,
        },
    }


def _address(address: Address) -> Json:
    parts = {
        "city": address.city,
        "stateProvince": address.province,
        "postalCode": address.postal_code,
    }
    return {key: part for key, part in parts.items() if part}


def event(number: str, scan: Scan, place: Place, now: datetime) -> Json:
    """State one scan as Track Alert pushes it."""
    local = now + timedelta(hours=place.offset_h)
    address = place.address
    location = {
        "city": address.city,
        "stateProvince": address.province,
        "country": address.country_code,
    }
    stated: Json = {
        "trackingNumber": number,
        "localActivityDate": f"{local:%Y%m%d}",
        "localActivityTime": f"{local:%H%M%S}",
        "gmtActivityDate": f"{now:%Y%m%d}",
        "gmtActivityTime": f"{now:%H%M%S}",
        "gmtOffset": f"{place.offset_h:+03d}.00",
        "activityLocation": {key: part for key, part in location.items() if part},
        "activityStatus": {"type": scan.kind, "code": scan.code, "description": scan.says},
    }
    if scan.kind == DELIVERED.kind:
        stated["actualDeliveryDate"] = stated["localActivityDate"]
        stated["actualDeliveryTime"] = stated["localActivityTime"]
    return stated
