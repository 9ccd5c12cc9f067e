"""The pure parts: words, times, duplicates, tokens, refusals."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.fedex import errors as refusals
from connectors.fedex import mapping, requests, statuses
from connectors.fedex.document import Node
from connectors.sdk import errors
from connectors.sdk.http import Response, parse_json
from connectors.sdk.records import TrackerRecord
from connectors.sdk.records.states import TrackingStatus

NOW = datetime(2026, 3, 20, tzinfo=UTC)
NUMBER = "776000000001"
AT = "2026-03-10T21:00:00-08:00"


def complete(*results: Any) -> Node:
    """What is said of one number."""
    stated = {"trackingNumber": NUMBER, "trackResults": list(results)}
    body = {"output": {"completeTrackResults": [stated]}}
    return mapping.results(parse_json(json.dumps(body)))[NUMBER]


def tracker(**result: Any) -> TrackerRecord:
    return mapping.tracker(mapping.parcel(complete(result)), NUMBER, NOW)


def scan(date: str | None = AT, **stated: Any) -> dict[str, Any]:
    return {"date": date, "eventType": "DP", "derivedStatusCode": "IT", **stated}


# Words


@pytest.mark.parametrize(
    ("code", "derived", "expected"),
    [
        ("OC", "IN", TrackingStatus.LABEL_CREATED),
        ("PU", "PU", TrackingStatus.CARRIER_PICKED_UP),
        ("AR", "IT", TrackingStatus.IN_TRANSIT),
        ("AO", "IT", TrackingStatus.IN_TRANSIT),
        ("Q1", "IT", TrackingStatus.IN_TRANSIT),
        ("OD", "OD", TrackingStatus.OUT_FOR_DELIVERY),
        ("HL", "HL", TrackingStatus.READY_FOR_PICKUP),
        ("DL", "DL", TrackingStatus.DELIVERED),
        ("DL", None, TrackingStatus.DELIVERED),
        (None, "DL", TrackingStatus.DELIVERED),
        ("DL", "Q1", TrackingStatus.DELIVERED),
        ("FD", "RL", TrackingStatus.DELAYED),
        ("SE", "SE", TrackingStatus.DELAYED),
        ("RS", "RS", TrackingStatus.RETURNING),
        ("CA", "CA", TrackingStatus.CANCELED),
        ("Q1", "Q2", TrackingStatus.UNKNOWN),
        (None, None, TrackingStatus.UNKNOWN),
    ],
)
def test_words_map_to_ours(code: str | None, derived: str | None, expected: TrackingStatus) -> None:
    """Of the whole and of a scan alike; what nobody documents is unknown."""
    found = tracker(
        latestStatusDetail={"code": code, "derivedCode": derived},
        scanEvents=[scan(eventType=code, derivedStatusCode=derived)],
    )
    assert [expected, expected] == [found.status, found.events[0].status]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("OD", TrackingStatus.OUT_FOR_DELIVERY), ("HP", TrackingStatus.READY_FOR_PICKUP)],
)
def test_in_transit_gives_way_to_a_word_that_says_more(code: str, expected: TrackingStatus) -> None:
    """FedEx derives "in transit" of both."""
    assert expected == statuses.read(code, "IT", None)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("08", TrackingStatus.ATTEMPTED),
        ("15", TrackingStatus.ATTEMPTED),
        ("84", TrackingStatus.DELAYED),
        ("A47", TrackingStatus.DELAYED),
        ("", TrackingStatus.DELAYED),
    ],
)
def test_a_delivery_exception_is_an_attempt_when_somebody_came(
    reason: str, expected: TrackingStatus
) -> None:
    """Of the whole by its ancillary reason, of a scan by its exception code."""
    found = tracker(
        latestStatusDetail={
            "code": "DE",
            "derivedCode": "DE",
            "ancillaryDetails": [{"reason": reason}],
        },
        scanEvents=[scan(eventType="DE", derivedStatusCode="DE", exceptionCode=reason)],
    )
    assert [expected, expected] == [found.status, found.events[0].status]


@pytest.mark.parametrize(
    ("code", "derived", "expected"),
    [
        ("DL", "DL", TrackingStatus.DELIVERED),
        ("DE", "DL", TrackingStatus.DELIVERED),
        ("DY", "DY", TrackingStatus.DELAYED),
    ],
)
def test_a_code_of_nobody_there_is_no_attempt_of_another_word(
    code: str, derived: str, expected: TrackingStatus
) -> None:
    """The same number beside a delivery or a delay is a note to it."""
    assert expected == statuses.read(code, derived, "15")


@pytest.mark.parametrize(
    ("derived", "late", "expected"),
    [
        ("IT", "DELAYED", TrackingStatus.DELAYED),
        ("IT", "ON_TIME", TrackingStatus.IN_TRANSIT),
        ("IT", "EARLY", TrackingStatus.IN_TRANSIT),
        ("DL", "DELAYED", TrackingStatus.DELIVERED),
        ("PU", "DELAYED", TrackingStatus.CARRIER_PICKED_UP),
    ],
)
def test_a_parcel_in_transit_may_be_late(derived: str, late: str, expected: TrackingStatus) -> None:
    """A delivery that was late is a delivery."""
    latest = {"derivedCode": derived, "delayDetail": {"status": late}}
    assert expected == tracker(latestStatusDetail=latest).status


def test_every_word_is_kept_once() -> None:
    """Code, derived and reason, where they differ."""
    latest = {"code": "DE", "derivedCode": "DE", "ancillaryDetails": [{}, {"reason": "08"}]}
    assert "DE/08" == tracker(latestStatusDetail=latest).raw_status


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"exceptionCode": "08"}, "consignee_not_available"),
        ({"delayDetail": {"type": "WEATHER"}}, "weather_delay"),
        ({"delayDetail": {"type": "CLEARANCE"}}, "customs_delay"),
        ({"delayDetail": {"type": "GENERAL"}}, None),
    ],
)
def test_a_scan_may_say_why(stated: dict[str, Any], expected: str | None) -> None:
    """By the exception, or the sort of delay."""
    assert expected == tracker(scanEvents=[scan(**stated)]).events[0].reason


# Times


def test_a_scan_without_a_zone_is_placed_by_what_states_it_again() -> None:
    """The same local time, with the offset that FedEx gives it elsewhere."""
    found = tracker(
        scanEvents=[scan("2026-03-09T00:00:00")],
        dateAndTimes=[
            {"type": "SHIP", "dateTime": "2026-03-08T00:00:00-07:00"},
            {"type": "ACTUAL_PICKUP", "dateTime": "2026-03-09T00:00:00-06:00"},
        ],
    )
    assert [datetime(2026, 3, 9, 6, tzinfo=UTC)] == [one.occurred_at for one in found.events]


@pytest.mark.parametrize("date", ["2026-03-09T00:00:00", "2026-03-09", "", None])
def test_a_scan_that_nothing_places_is_left_out(date: str | None) -> None:
    """The others stay, and so does what the parcel's own status says."""
    found = tracker(
        latestStatusDetail={"code": "DL"},
        scanEvents=[scan(date), scan()],
        dateAndTimes=[
            {"type": "ACTUAL_PICKUP", "dateTime": "2026-03-09T00:00:01-06:00"},
            {"type": "SHIP", "dateTime": "2026-03-09T00:00:00"},
        ],
    )
    assert [datetime(2026, 3, 11, 5, tzinfo=UTC)] == [one.occurred_at for one in found.events]
    assert TrackingStatus.DELIVERED == found.status


@pytest.mark.parametrize("date", ["soon", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+05:00"])
def test_a_time_that_is_none_is_malformed(date: str) -> None:
    """It says where: the parcel is quarantined with what FedEx said."""
    with pytest.raises(errors.Malformed, match=r"scanEvents\[0\].date: not a time"):
        tracker(scanEvents=[scan(date)])


@pytest.mark.parametrize(
    ("times", "window", "expected"),
    [
        ([("ESTIMATED_DELIVERY", AT)], {}, True),
        ([("ESTIMATED_DELIVERY", AT)], {"ends": "2030-01-01T00:00:00Z"}, True),
        ([("COMMITMENT", "2030-01-01T00:00:00Z")], {"ends": AT}, True),
        ([("ESTIMATED_DELIVERY", "2026-03-10T21:00:00")], {"begins": AT}, False),
        ([("COMMITMENT", AT)], {}, False),
    ],
)
def test_an_expected_delivery_needs_an_offset(
    times: list[tuple[str, str]], window: dict[str, str], *, expected: bool
) -> None:
    """Stated as a time, else as the end of a window; a promise is no expectation."""
    found = tracker(
        dateAndTimes=[{"type": kind, "dateTime": time} for kind, time in times],
        estimatedDeliveryTimeWindow={"window": window},
    )
    wanted = datetime(2026, 3, 11, 5, tzinfo=UTC) if expected else None
    assert wanted == found.estimated_delivery_at


# Answers


def test_what_is_empty_is_not_there() -> None:
    """Empty texts, lists and objects, nulls and spaces all say nothing."""
    found = tracker(
        latestStatusDetail={},
        scanEvents=[
            scan(eventDescription="  ", exceptionDescription="", scanLocation={"city": ""})
        ],
        deliveryDetails={"receivedByName": "", "signedByName": None},
        dateAndTimes=None,
        error={},
    )
    (event,) = found.events
    assert (None, None, None, "") == (
        event.description,
        event.location,
        found.signed_by,
        found.raw_status,
    )


def test_who_signed_comes_before_who_received() -> None:
    """Both may be stated."""
    both = {"receivedByName": "FRONT DESK", "signedByName": "A.PARK"}
    assert "A.PARK" == tracker(deliveryDetails=both).signed_by


def test_of_several_shipments_one_without_scans_is_not_the_parcel() -> None:
    """Nor one of which FedEx says that it is an error."""
    failed, parcel = {"error": {"code": "X"}}, {"scanEvents": [scan()]}
    found = mapping.parcel(complete({}, failed, parcel))
    assert 1 == len(found.nodes("scanEvents"))


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([{"error": {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND"}}], errors.Missing),
        ([{"error": {"code": "TRACKING.TRACKINGNUMBER.INVALID"}}], errors.Missing),
        ([{"error": {"code": "TRACKING.DATA.NOTUNIQUE", "message": "So"}}], errors.Rejected),
        ([{"error": {"code": "INTERNAL.SERVER.ERROR"}}], errors.Rejected),
        ([{"error": "text"}], errors.Rejected),
        ([], errors.Rejected),
    ],
)
def test_an_error_beside_a_number_is_told_of_it_alone(results: list[Any], expected: type) -> None:
    """Whatever it is: the others of the request are read."""
    with pytest.raises(errors.Rejected) as caught:
        mapping.parcel(complete(*results))
    assert expected is type(caught.value)


@pytest.mark.parametrize("body", [[], {}, {"output": {"completeTrackResults": [{}]}}])
def test_an_answer_that_is_none_is_malformed(body: Any) -> None:
    """Without an output, or a number."""
    with pytest.raises(errors.Malformed):
        mapping.results(body)


# Tokens and refusals


def response(status: int, body: Any) -> Response:
    return Response(status=status, headers={}, body=json.dumps(body).encode())


def test_a_token_is_good_until_it_ends() -> None:
    """An hour, by the contract's example."""
    found = requests.token(response(200, {"access_token": "t", "expires_in": 3600}), NOW)
    assert ("t", NOW, NOW + timedelta(hours=1)) == (found.value, found.had_at, found.expires_at)


@pytest.mark.parametrize(
    "body", [{}, {"access_token": "t"}, {"expires_in": 9}, {"access_token": "t", "expires_in": "x"}]
)
def test_a_token_without_its_parts_is_malformed(body: Any) -> None:
    """Neither a token without an end nor an end without a token is one."""
    with pytest.raises(errors.Malformed):
        requests.token(response(200, body), NOW)


@pytest.mark.parametrize("status", [400, 404])
def test_a_refused_grant_is_misconfigured(status: int) -> None:
    """The operator is told; a wrong address is one of the things that he can put right."""
    with pytest.raises(errors.Misconfigured, match=f"HTTP {status}"):
        requests.token(response(status, {}), NOW)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, None, errors.Misconfigured),
        (404, {"errors": []}, errors.Misconfigured),
        (400, {"errors": ["no object"]}, errors.Rejected),
        (400, {"errors": [{"code": "TRACKING.TRACKINGNUMBER.EMPTY"}]}, errors.Missing),
        (400, "a proxy", errors.Rejected),
    ],
)
def test_a_refusal_is_told_by_who_must_act(status: int, body: Any, expected: type) -> None:
    """A 404 is a wrong address, whoever answers it."""
    assert expected is type(refusals.refusal(status, body))
