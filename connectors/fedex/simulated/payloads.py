"""FedEx's objects, as the contract writes them.

Source: TrackingNumbers.json, APIAuthorization.json (2025-10).
"""

from datetime import datetime, timedelta, timezone
from typing import Any

from connectors.fedex.simulated.journey import Place, Scan
from connectors.sdk.values import Address

Json = dict[str, Any]
GOOD_FOR_S = 3600
"""What a token of FedEx's lives."""


def token(value: str) -> Json:
    return {
        "access_token": value,
        "token_type": "bearer",
        "expires_in": GOOD_FOR_S,
        "scope": "CXS",
    }


def refusal(transaction_id: str, code: str, message: str) -> Json:
    return {"transactionId": transaction_id, "errors": [{"code": code, "message": message}]}


def answer(transaction_id: str, customer_id: str | None, results: list[Json]) -> Json:
    named = {"customerTransactionId": customer_id} if customer_id else {}
    return {"transactionId": transaction_id, **named, "output": {"completeTrackResults": results}}


def complete(number: str, results: list[Json]) -> Json:
    return {"trackingNumber": number, "trackResults": results}


def not_found(number: str) -> Json:
    """The one result of a number that nobody knows: an error in an answer of 200."""
    names = {"trackingNumber": number, "trackingNumberUniqueId": "", "carrierCode": ""}
    error = {
        "code": "TRACKING.TRACKINGNUMBER.NOTFOUND",
        "message": "Tracking number cannot be found. Please correct the tracking number.",
    }
    return {"trackingNumberInfo": {**names, "carrierCode": "FDXE"}, "error": error}


def result(number: str, unique_id: str, scans: list[Json], times: list[Json]) -> Json:
    """One shipment of a number; *scans* come oldest first and are stated newest first."""
    newest = scans[-1]
    latest = {
        "code": newest["eventType"],
        "derivedCode": newest["derivedStatusCode"],
        "statusByLocale": newest["derivedStatus"],
        "description": newest["eventDescription"],
        "scanLocation": newest["scanLocation"],
    }
    if newest["exceptionCode"]:
        latest["ancillaryDetails"] = [
            {"reason": newest["exceptionCode"], "reasonDescription": newest["exceptionDescription"]}
        ]
    return {
        "trackingNumberInfo": {
            "trackingNumber": number,
            "trackingNumberUniqueId": unique_id,
            "carrierCode": "FDXE",
        },
        "latestStatusDetail": latest,
        "dateAndTimes": times,
        "scanEvents": scans[::-1],
        "serviceDetail": {"type": "FEDEX_GROUND", "description": "FedEx Ground"},
    }


def received(by: str | None) -> Json:
    return {"deliveryAttempts": "0", "receivedByName": by or "", "locationType": "RESIDENCE"}


_DERIVED = {"IN": "Label created", "PU": "Picked up", "IT": "In transit", "DY": "Delay"}
_LOCATION_TYPES = {"origin": "ORIGIN_FEDEX_FACILITY", "hub": "SORT_FACILITY"}


def scan(step: Scan, place: Place, now: datetime) -> Json:
    return {
        "date": stamp(place, now),
        "eventType": step.code,
        "eventDescription": step.says,
        "exceptionCode": step.exception,
        "exceptionDescription": step.exception_says,
        "scanLocation": address(place.address),
        "locationType": _LOCATION_TYPES.get(step.at, "VEHICLE"),
        "derivedStatusCode": step.derived,
        "derivedStatus": _DERIVED.get(step.derived, step.says),
    }


def time(kind: str, place: Place, now: datetime) -> Json:
    return {"type": kind, "dateTime": stamp(place, now)}


def stamp(place: Place, now: datetime) -> str:
    return now.astimezone(timezone(timedelta(hours=place.offset_h))).isoformat(timespec="seconds")


def address(stated: Address) -> Json:
    parts = {
        "city": stated.city,
        "stateOrProvinceCode": stated.province,
        "postalCode": stated.postal_code,
        "countryCode": stated.country_code,
    }
    return {**{key: part for key, part in parts.items() if part}, "residential": False}
