"""Mapping: parcels and labels as records, whichever words and forms Shippo has for them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sdk import errors
from connectors.sdk.http import parse_json
from connectors.sdk.records import TrackerRecord
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.sdk.values import Money
from connectors.shippo.mapping import labels, rates, tracking
from connectors.shippo.mapping.reading import Node

NOW = datetime(2026, 3, 5, tzinfo=UTC)


def node(value: Any) -> Node:
    """A value as it comes over the wire."""
    return Node.of(parse_json(json.dumps(value)))


# Parcels


def tracker(status: str, code: str | None = None) -> TrackerRecord:
    stated = {
        "object_created": "2026-03-01T10:00:00Z",
        "status": status,
        "status_date": "2026-03-01T09:00:00Z",
        "substatus": code and {"code": code, "text": "", "action_required": False},
    }
    track = {
        "carrier": "usps",
        "tracking_number": "1",
        "tracking_status": stated,
        "tracking_history": [stated],
    }
    return tracking.tracker(node(track))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("UNKNOWN", "other", TrackingStatus.UNKNOWN),
        ("PRE_TRANSIT", "information_received", TrackingStatus.LABEL_CREATED),
        ("TRANSIT", None, TrackingStatus.IN_TRANSIT),
        ("TRANSIT", "address_issue", TrackingStatus.ON_HOLD),
        ("TRANSIT", "contact_carrier", TrackingStatus.IN_TRANSIT),
        ("TRANSIT", "delayed", TrackingStatus.DELAYED),
        ("TRANSIT", "delivery_attempted", TrackingStatus.ATTEMPTED),
        ("TRANSIT", "delivery_rescheduled", TrackingStatus.DELAYED),
        ("TRANSIT", "delivery_scheduled", TrackingStatus.IN_TRANSIT),
        ("TRANSIT", "location_inaccessible", TrackingStatus.ATTEMPTED),
        ("TRANSIT", "notice_left", TrackingStatus.ATTEMPTED),
        ("TRANSIT", "out_for_delivery", TrackingStatus.OUT_FOR_DELIVERY),
        ("TRANSIT", "package_accepted", TrackingStatus.CARRIER_PICKED_UP),
        ("TRANSIT", "package_damaged", TrackingStatus.IN_TRANSIT),
        ("TRANSIT", "package_held", TrackingStatus.ON_HOLD),
        ("TRANSIT", "pickup_available", TrackingStatus.READY_FOR_PICKUP),
        ("TRANSIT", "reschedule_delivery", TrackingStatus.ON_HOLD),
        ("TRANSIT", "a_new_code", TrackingStatus.IN_TRANSIT),
        ("DELIVERED", "delivered", TrackingStatus.DELIVERED),
        ("RETURNED", "return_to_sender", TrackingStatus.RETURNING),
        ("RETURNED", "package_unclaimed", TrackingStatus.RETURNING),
        ("FAILURE", "package_undeliverable", TrackingStatus.FAILED),
        ("FAILURE", "package_disposed", TrackingStatus.FAILED),
        ("FAILURE", "package_lost", TrackingStatus.LOST),
        ("FAILURE", "delivery_attempted", TrackingStatus.ATTEMPTED),
        ("FAILURE", None, TrackingStatus.FAILED),
        ("DELIVERED", "package_lost", TrackingStatus.DELIVERED),
        ("ON_THE_MOON", "delayed", TrackingStatus.UNKNOWN),
    ],
)
def test_a_status_is_refined_by_its_substatus(
    status: str, code: str | None, expected: TrackingStatus
) -> None:
    """The two together give one of our words, of the parcel and of its scan; both are kept."""
    record = tracker(status, code)
    assert (expected, expected) == (record.status, record.events[0].status)
    assert (f"{status}/{code}" if code else status) == record.raw_status


def test_a_reason_is_told_where_the_carrier_has_one() -> None:
    """As a family of incidents, of the scan that states it."""
    assert "carrier_parcel_lost" == tracker("FAILURE", "package_lost").events[0].reason
    assert tracker("TRANSIT", "delayed").events[0].reason is None


# Labels

RATE = {
    "object_id": "r1",
    "provider": "USPS",
    "amount": "7.42",
    "currency": "USD",
    "amount_local": "9.99",
    "currency_local": "CAD",
    "servicelevel": {"name": "Priority Mail", "token": "usps_priority"},
}


def transaction(**changed: Any) -> Node:
    given = {
        "object_state": "VALID",
        "object_id": "t1",
        "object_created": "2026-03-01T10:00:00Z",
        "status": "SUCCESS",
        "rate": "r1",
        "tracking_number": "1",
        "tracking_status": "UNKNOWN",
    }
    return node({**given, **changed})


@pytest.mark.parametrize(
    ("status", "word", "expected"),
    [
        ("WAITING", None, ShipmentStatus.PENDING),
        ("QUEUED", None, ShipmentStatus.PENDING),
        ("ERROR", None, ShipmentStatus.FAILED),
        ("SUCCESS", None, ShipmentStatus.LABEL_PURCHASED),
        ("SUCCESS", "UNKNOWN", ShipmentStatus.LABEL_PURCHASED),
        ("SUCCESS", "PRE_TRANSIT", ShipmentStatus.LABEL_PURCHASED),
        ("SUCCESS", "TRANSIT", ShipmentStatus.SHIPPED),
        ("SUCCESS", "DELIVERED", ShipmentStatus.DELIVERED),
        ("SUCCESS", "RETURNED", ShipmentStatus.RETURNED),
        ("SUCCESS", "FAILURE", ShipmentStatus.FAILED),
        ("SUCCESS", "ON_THE_MOON", ShipmentStatus.UNKNOWN),
        ("REFUNDPENDING", "PRE_TRANSIT", ShipmentStatus.CANCELED),
        ("REFUNDED", None, ShipmentStatus.CANCELED),
        ("REFUNDED", "TRANSIT", ShipmentStatus.SHIPPED),
        ("REFUNDREJECTED", "PRE_TRANSIT", ShipmentStatus.LABEL_PURCHASED),
        ("HALF_DONE", "TRANSIT", ShipmentStatus.UNKNOWN),
    ],
)
def test_a_refund_is_weighed_against_the_parcels_way(
    status: str, word: str | None, expected: ShipmentStatus
) -> None:
    """A label given back is canceled, unless the parcel went all the same; both words are kept."""
    record = labels.shipment(transaction(status=status, tracking_status=word), None, NOW)
    assert (expected, "/".join(filter(None, (status, word)))) == (record.status, record.raw_status)


def test_a_tracking_status_may_be_a_whole_object() -> None:
    """API 2017-03-29 had one there, and some accounts still do."""
    old = transaction(tracking_status={"status": "TRANSIT", "status_details": ""})
    assert ShipmentStatus.SHIPPED == labels.shipment(old, None, NOW).status


def test_the_rate_of_an_instant_label_is_flat() -> None:
    """It stands within the transaction, with the service beside the price."""
    flat = {key: value for key, value in RATE.items() if key != "servicelevel"}
    found = labels.label(transaction(), node({**flat, "servicelevel_token": "usps_priority"}))
    assert ("usps_priority", "usps", Money(minor=742, currency="USD")) == (
        found.service,
        found.tracking.carrier,
        found.cost,
    )


def test_a_service_without_tracking_has_a_label_without_a_number() -> None:
    """The label is good, and there is nothing to follow."""
    untracked = transaction(tracking_number="")
    assert "" == labels.label(untracked, node(RATE)).tracking.number
    assert () == labels.shipment(untracked, node(RATE), NOW).tracking


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("5.5", "USD", 550), ("5", "JPY", 5), ("16.66666667", "EUR", 1667), ("1.234", "KWD", 1234)],
)
def test_prices_are_exact(amount: str, currency: str, minor: int) -> None:
    """Decimal texts of any length, in any currency."""
    rate = node({**RATE, "amount": amount, "currency": currency})
    assert Money(minor=minor, currency=currency) == rates.price(rate)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"amount": 7.42}, "$.amount: not a text"),
        ({"amount": "seven"}, "$.amount: not an amount of money"),
        ({"currency": "DOLLARS"}, "$.amount: not an amount of money"),
        ({"servicelevel": []}, "$.servicelevel: not an object"),
    ],
)
def test_wrong_shapes_are_named_by_their_path(changed: dict[str, Any], reason: str) -> None:
    """What breaks the contract is refused, saying where it stands."""
    with pytest.raises(errors.Malformed) as refused:
        labels.shipment(transaction(), node({**RATE, **changed}), NOW)
    assert reason == str(refused.value)


@pytest.mark.parametrize(
    ("token", "provider", "expected"),
    [
        ("usps_priority", "USPS", "usps"),
        ("ups", "UPS", "ups"),
        ("upsy_daisy", "Upsy", "upsy"),
        ("dhl_germany_c2c_paket", "DHL Germany", "dhl_germany_c2c"),
        ("hermes_uk_parcelshop", "Evri UK", "hermes_uk"),
        ("same_day", "Swyft", "swyft"),
        ("epacket", "APG eCommerce Solutions", "apg_ecommerce_solutions"),
    ],
)
def test_a_carrier_is_known_by_its_services_token(token: str, provider: str, expected: str) -> None:
    """By whole words and the longest of them, else by the name that people know it by."""
    rate = node({**RATE, "provider": provider, "servicelevel": {"token": token}})
    assert expected == rates.carrier(rate)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("QUEUED", True),
        ("PENDING", True),
        ("SUCCESS", True),
        ("ERROR", False),
        ("A_NEW_WORD", False),
    ],
)
def test_a_refund_says_what_becomes_of_its_label(said: str, expected: bool) -> None:
    """A word that nobody documents has not given anything back."""
    after = labels.refunded(transaction(), node({"status": said}))
    assert expected == labels.is_given_back(after)
