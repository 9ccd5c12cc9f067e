"""The pure parts: mapping, requests, webhooks, refusals."""

import json
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.easypost import errors as refusals
from connectors.easypost import mapping, requests, webhooks
from connectors.easypost.mapping import Node
from connectors.sdk import errors
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change, Unreadable
from connectors.sdk.commands import BuyLabel
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind, TrackerRecord
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.sdk.values import Address, Money, Parcel

HERE = Path(__file__).parent
SAMPLES = sorted((HERE / "samples").glob("*.json"))
NOW = datetime(2026, 3, 5, tzinfo=UTC)


def plain(value: Any) -> Any:
    """A record as a dict without the fields that have their default value."""
    if is_dataclass(value):
        stated = [
            f for f in fields(value) if f.default is MISSING or getattr(value, f.name) != f.default
        ]
        return {f.name: plain(getattr(value, f.name)) for f in stated}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


def delivery(event: Any, **headers: str) -> RawDelivery:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return RawDelivery(url="https://we.example/webhooks/easypost", headers=headers, body=body)


def tracker(status: str, detail: str | None = None) -> TrackerRecord:
    text = json.dumps(
        {
            "id": "trk_1",
            "tracking_code": "1",
            "status": status,
            "status_detail": detail,
            "updated_at": "2026-03-01T10:00:00Z",
            "carrier": "USPS",
            "tracking_details": [],
        }
    )
    return mapping.tracker(Node.of(parse_json(text)))


# Mapping


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_map_to_what_they_expect(path: Path) -> None:
    """Every sample gives exactly the changes written beside it."""
    sample = json.loads(path.read_text())
    node = Node.of(parse_json(json.dumps(sample["given"])))
    read: dict[str, Callable[[], Sequence[Change]]] = {
        "webhook": lambda: webhooks.decode(delivery(sample["given"]), NOW),
        "tracker": lambda: [mapping.tracker(node)],
        "shipment": lambda: mapping.shipment(node, NOW),
    }
    found = [{"record": type(one).__name__, **plain(one)} for one in read[sample["kind"]]()]
    assert sample["expect"] == found


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        ("unknown", "unknown", TrackingStatus.UNKNOWN),
        ("pre_transit", "status_update", TrackingStatus.LABEL_CREATED),
        ("in_transit", "departed_facility", TrackingStatus.IN_TRANSIT),
        ("in_transit", "delivery_exception", TrackingStatus.ATTEMPTED),
        ("in_transit", "weather_delay", TrackingStatus.DELAYED),
        ("in_transit", "held", TrackingStatus.ON_HOLD),
        ("in_transit", "arrived_at_pickup_location", TrackingStatus.READY_FOR_PICKUP),
        ("out_for_delivery", None, TrackingStatus.OUT_FOR_DELIVERY),
        ("delivered", "arrived_at_destination", TrackingStatus.DELIVERED),
        ("available_for_pickup", None, TrackingStatus.READY_FOR_PICKUP),
        ("return_to_sender", "return", TrackingStatus.RETURNING),
        ("failure", "refused", TrackingStatus.FAILED),
        ("failure", "delayed", TrackingStatus.DELAYED),
        ("failure", "awaiting_information", TrackingStatus.ON_HOLD),
        ("failure", "lost", TrackingStatus.LOST),
        ("cancelled", "cancelled", TrackingStatus.CANCELED),
        ("canceled", None, TrackingStatus.CANCELED),
        ("error", "unknown", TrackingStatus.UNKNOWN),
        ("on_the_moon", "landed", TrackingStatus.UNKNOWN),
    ],
)
def test_status_is_refined_by_its_detail(
    status: str, detail: str | None, expected: TrackingStatus
) -> None:
    """Status and detail together give one of our words, and unknown words give UNKNOWN."""
    assert expected == tracker(status, detail).status


def test_raw_status_keeps_both_words() -> None:
    """What EasyPost said stays readable beside our word."""
    assert "failure/lost" == tracker("failure", "lost").raw_status


RATE = {"carrier": "USPS", "service": "Priority", "rate": "7.42", "currency": "USD"}


def bought(**changed: Any) -> Node:
    """A bought shipment without a tracker within."""
    given = {
        "id": "shp_1",
        "created_at": "2026-03-01T10:00:00Z",
        "status": "unknown",
        "tracking_code": "1",
        "postage_label": {"label_url": "https://labels.example/1.png"},
        "selected_rate": RATE,
        **changed,
    }
    return Node.of(parse_json(json.dumps(given)))


@pytest.mark.parametrize(
    ("refund", "status", "expected"),
    [
        (None, "unknown", ShipmentStatus.LABEL_PURCHASED),
        ("submitted", "pre_transit", ShipmentStatus.CANCELED),
        ("refunded", "unknown", ShipmentStatus.CANCELED),
        ("rejected", "pre_transit", ShipmentStatus.LABEL_PURCHASED),
        ("not_applicable", "pre_transit", ShipmentStatus.LABEL_PURCHASED),
        ("submitted", "in_transit", ShipmentStatus.SHIPPED),
        ("refunded", "delivered", ShipmentStatus.DELIVERED),
        (None, "return_to_sender", ShipmentStatus.RETURNED),
        (None, "failure", ShipmentStatus.FAILED),
        (None, "error", ShipmentStatus.UNKNOWN),
        (None, "on_the_moon", ShipmentStatus.UNKNOWN),
    ],
)
def test_shipment_status_weighs_refund_against_movement(
    refund: str | None, status: str, expected: ShipmentStatus
) -> None:
    """A label given back is canceled, unless the parcel went all the same."""
    record = mapping.shipment(bought(refund_status=refund, status=status), NOW)[0]
    assert expected == getattr(record, "status", None)


def test_rate_as_a_number_is_money_too() -> None:
    """Some answers state a rate as a number; it is read as a decimal."""
    rate = {**RATE, "rate": 7.42}
    assert Money(minor=742, currency="USD") == mapping.label(bought(selected_rate=rate)).cost


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("created_at", "yesterday", "$.created_at: not a time: 'yesterday'"),
        ("created_at", None, "$.created_at: not a text"),
        ("selected_rate", [], "$.selected_rate: not an object"),
        ("selected_rate", {**RATE, "rate": True}, "$.selected_rate.rate: not an amount"),
        ("tracker", {"tracking_details": 1}, "$.tracker.tracking_details: not a list"),
    ],
)
def test_wrong_shapes_are_named_by_their_path(field: str, value: Any, reason: str) -> None:
    """What breaks the contract is refused, saying where it stands."""
    with pytest.raises(errors.Malformed) as refused:
        mapping.shipment(bought(**{field: value}), NOW)
    assert reason == str(refused.value)


def test_one_bad_record_does_not_spoil_its_page() -> None:
    """A tracker that cannot be read is set aside; its neighbours are taken in."""
    good = {
        "id": "trk_1",
        "tracking_code": "1",
        "status": "delivered",
        "created_at": "2026-03-01T10:00:00Z",
        "updated_at": "2026-03-01T10:00:00Z",
        "carrier": "USPS",
        "tracking_details": [],
    }
    body = {"trackers": [good, {**good, "id": "trk_2", "carrier": 9}], "has_more": False}
    read, bad = requests.listing(Kind.TRACKER, body, NOW).changes
    assert isinstance(read, TrackerRecord)
    assert isinstance(bad, Unreadable)
    assert ("trk_2", "$.trackers[1].carrier: not a text") == (bad.external_id, bad.reason)


# Requests

COMMAND = BuyLabel(
    key="key-1",
    reference="ship-1001-1",
    ship_from=Address(company="Northwind", line1="1 Depot Rd", city="Reno", postal_code="89506"),
    ship_to=Address(name="Ada Park", line1="9 Elm St", country_code="US", phone="5550100"),
    parcels=(Parcel(weight_g=435, length_mm=254, width_mm=200, height_mm=101),),
)


def test_parcel_is_stated_in_ounces_and_inches_rounded_up() -> None:
    """435 g are 15.34 oz: a carrier that weighs 15.4 must not find too little stated."""
    parcel = requests.create(COMMAND).json["shipment"]["parcel"]
    assert {"weight": 15.4, "length": 10.0, "width": 7.9, "height": 4.0} == parcel


def test_address_states_only_what_is_known() -> None:
    """Parts that we do not know are left out, not sent empty."""
    sent = requests.create(COMMAND).json["shipment"]["to_address"]
    assert {"name": "Ada Park", "street1": "9 Elm St", "country": "US", "phone": "5550100"} == sent


def rated(*rates: tuple[str, str, str, str], messages: Any = ()) -> Node:
    keys = ("id", "carrier", "service", "rate")
    listed = [{**dict(zip(keys, rate, strict=True)), "currency": "USD"} for rate in rates]
    return Node.of({"rates": listed, "messages": list(messages)})


RATED = rated(
    ("rate_1", "USPS", "Express", "34.15"),
    ("rate_2", "USPS", "Priority", "9.42"),
    ("rate_3", "UPSDAP", "Ground", "10.07"),
    ("rate_4", "UPSDAP", "Priority", "8.00"),
)


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (None, "rate_4"),
        ("Express", "rate_1"),
        ("Priority", "rate_4"),
        ("USPS:Priority", "rate_2"),
    ],
)
def test_cheapest_rate_of_the_service_is_chosen(service: str | None, expected: str) -> None:
    """Prices are compared as numbers: 10.07 is dearer than 9.42."""
    assert expected == requests.choose(RATED, service)


def test_no_rate_is_refused_with_the_carriers_reason() -> None:
    """Without rates, the caller learns what the carrier said."""
    said = {"carrier": "USPS", "type": "rate_error", "message": "zip is not valid"}
    with pytest.raises(errors.Rejected) as refused:
        requests.choose(rated(messages=[said]), None)
    assert ("rate_error", "no rates: USPS: zip is not valid") == (
        refused.value.code,
        str(refused.value),
    )


def test_a_service_that_nobody_offers_is_refused() -> None:
    """A named service is never replaced by another."""
    with pytest.raises(errors.Rejected) as refused:
        requests.choose(RATED, "SameDay")
    assert ("SERVICE", "service") == (refused.value.code, refused.value.field)


def test_rates_in_several_currencies_are_not_compared() -> None:
    """9 Canadian dollars are not cheaper than 8 US dollars by looking at them."""
    listed = [
        {"id": "1", "carrier": "a", "service": "x", "rate": "8.00", "currency": "USD"},
        {"id": "2", "carrier": "b", "service": "y", "rate": "9.00", "currency": "CAD"},
    ]
    with pytest.raises(errors.Rejected) as refused:
        requests.choose(Node.of({"rates": listed, "messages": []}), None)
    assert "CURRENCIES" == refused.value.code


def test_next_walk_begins_at_the_oldest_that_is_still_open() -> None:
    """An open tracker is read again by the next pull, as its changes do not move its creation."""
    opened = NOW - timedelta(days=9)
    page = requests.Listing(changes=(), last_id="trk_9", has_more=True, oldest_open=opened)
    last = requests.Listing(changes=(), last_id="trk_1", has_more=False, oldest_open=None)
    walk = requests.Walk.begin(None, NOW).after(Kind.TRACKER, page)
    assert ("trk_9", False) == (walk.before, walk.is_over)
    resumed = requests.Walk.begin(walk.text(), NOW + timedelta(hours=1))
    assert walk == resumed
    done = resumed.after(Kind.TRACKER, last)
    assert (opened - timedelta(seconds=1), True) == (done.start, done.is_over)


@pytest.mark.parametrize(
    ("kind", "overlap"), [(Kind.TRACKER, timedelta(minutes=1)), (Kind.SHIPMENT, timedelta(days=1))]
)
def test_next_walk_overlaps_when_nothing_is_open(kind: Kind, overlap: timedelta) -> None:
    """What appeared while the last page was read, or was bought late, is not missed."""
    last = requests.Listing(changes=(), last_id=None, has_more=False, oldest_open=None)
    done = requests.Walk.begin(None, NOW).after(kind, last)
    assert NOW - overlap - timedelta(seconds=1) == done.start


def test_a_foreign_checkpoint_is_refused() -> None:
    """A checkpoint that we did not write is not guessed at."""
    with pytest.raises(errors.Malformed):
        requests.Walk.begin('{"cursor": 7}', NOW)


# Webhooks

SECRET = "s\u00e9same"  # one code point; NFKD makes it two
EVENT = b'{"id":"evt_1","description":"tracker.updated","weight":614.0}'


def test_a_genuine_delivery_is_named_by_its_event() -> None:
    """The signature over the very bytes is accepted, under any of two secrets."""
    signed = delivery(EVENT, **{"x-hmac-signature": webhooks.sign(SECRET, EVENT)})
    verified = webhooks.verify(signed, ["new", SECRET], NOW)
    assert ("evt_1", "tracker.updated") == (verified.id, verified.topic)


def test_both_spellings_of_a_secret_are_one() -> None:
    """The secret is normalized before it is used, as EasyPost does."""
    assert webhooks.sign("se\u0301same", EVENT) == webhooks.sign(SECRET, EVENT)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (EVENT, None),
        (EVENT, ""),
        (EVENT, webhooks.sign("other", EVENT)),
        (EVENT, webhooks.sign(SECRET, EVENT)[:-1]),
        (EVENT, webhooks.sign(SECRET, EVENT).removeprefix("hmac-sha256-hex=")),
        (EVENT.replace(b"614.0", b"614"), webhooks.sign(SECRET, EVENT)),
    ],
)
def test_any_other_signature_is_refused(body: bytes, signature: str | None) -> None:
    """Absent, foreign, cut or over another body: none is believed."""
    headers = {} if signature is None else {"x-hmac-signature": signature}
    with pytest.raises(errors.SignatureInvalid):
        webhooks.verify(delivery(body, **headers), [SECRET], NOW)


@pytest.mark.parametrize("secrets", [[], [""], ["", SECRET]])
def test_an_empty_secret_is_no_secret(secrets: list[str]) -> None:
    """Nothing is believed because it was signed with nothing."""
    signed = delivery(EVENT, **{"x-hmac-signature": webhooks.sign("", EVENT)})
    with pytest.raises(errors.SignatureInvalid):
        webhooks.verify(signed, secrets, NOW)


def test_a_genuine_delivery_that_is_no_event_keeps_an_id() -> None:
    """It is stored once by its bytes, and decoding sends it to quarantine."""
    signed = delivery(b"null", **{"x-hmac-signature": webhooks.sign(SECRET, b"null")})
    first, again = (webhooks.verify(signed, [SECRET], NOW) for _ in range(2))
    assert (first.id, 64, "") == (again.id, len(first.id), first.topic)
    with pytest.raises(errors.Malformed):
        webhooks.decode(signed, NOW)


def test_an_undocumented_family_of_events_is_malformed() -> None:
    """What EasyPost does not document is set aside, not dropped."""
    with pytest.raises(errors.Malformed):
        webhooks.decode(delivery({"id": "evt_1", "description": "moon.landed"}), NOW)


# Refusals


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (422, {"error": {"code": "PARAMETER.REQUIRED", "message": "m"}}, errors.Rejected),
        (404, {"error": {"code": "NOT_FOUND", "message": "m"}}, errors.Missing),
        (404, None, errors.Misconfigured),
        (402, {"error": {"code": "PAYMENT_REQUIRED", "message": "m"}}, errors.Misconfigured),
        (422, {"error": {"code": "SHIPMENT.POSTAGE.EXISTS"}}, errors.Conflict),
        (422, {"error": {"code": "SHIPMENT.PURCHASE.IN_PROGRESS"}}, errors.Ambiguous),
        (422, {"error": {"code": "SHIPMENT.POSTAGE.NO_RESPONSE"}}, errors.Ambiguous),
        (422, {"error": {"code": "SHIPMENT.REFUND.UNAVAILABLE"}}, errors.Conflict),
        (400, ["not", "ours"], errors.Rejected),
    ],
)
def test_refusals_are_named_for_the_next_act(
    status: int, body: Any, kind: type[errors.ConnectorError]
) -> None:
    """Each refusal becomes the error that says what the caller must do."""
    assert kind is type(refusals.refusal(status, body))
