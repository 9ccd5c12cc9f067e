"""The pure parts: words, times, tokens, refusals."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.sdk import errors
from connectors.sdk.http import Response, parse_json
from connectors.sdk.records import TrackerRecord
from connectors.sdk.records.states import TrackingStatus
from connectors.ups import errors as refusals
from connectors.ups import mapping, requests, statuses

NOW = datetime(2026, 3, 20, tzinfo=UTC)
NUMBER = "1Z999AA10123456784"
GMT = {"gmtDate": "20260312", "gmtTime": "23:30:00"}


def answer(*packages: Any, **shipment: Any) -> Any:
    stated = {"package": list(packages), **shipment} if packages else shipment
    return parse_json(json.dumps({"trackResponse": {"shipment": [stated]}}))


def tracker(**package: Any) -> TrackerRecord:
    node = mapping.package(answer({"trackingNumber": NUMBER, **package}), NUMBER)
    assert node is not None
    return mapping.tracker(node, NUMBER, NOW)


def status(word: dict[str, str], **package: Any) -> TrackingStatus:
    """Where a parcel is of which *word* is said, of the whole and of its one scan: the same."""
    found = tracker(currentStatus=word, activity=[{"status": word, **GMT}], **package)
    assert {found.status} == {one.status for one in found.events}
    return found.status


# Words


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("M/MP/003", TrackingStatus.LABEL_CREATED),
        ("MV/VP/007", TrackingStatus.CANCELED),
        ("P/PU/038", TrackingStatus.CARRIER_PICKED_UP),
        ("I/OR/160", TrackingStatus.CARRIER_PICKED_UP),
        ("I/AR/005", TrackingStatus.IN_TRANSIT),
        ("I/ZZ/999", TrackingStatus.IN_TRANSIT),
        ("I/OT/", TrackingStatus.OUT_FOR_DELIVERY),
        ("I/OF/021", TrackingStatus.OUT_FOR_DELIVERY),
        ("I/ZP/040", TrackingStatus.READY_FOR_PICKUP),
        ("O//", TrackingStatus.OUT_FOR_DELIVERY),
        ("D/FS/", TrackingStatus.DELIVERED),
        ("D/KB/011", TrackingStatus.DELIVERED),
        ("RS//", TrackingStatus.RETURNING),
        ("DO//", TrackingStatus.IN_TRANSIT),
        ("DD//", TrackingStatus.IN_TRANSIT),
        ("U//153", TrackingStatus.UNKNOWN),
        ("Q/QQ/005", TrackingStatus.UNKNOWN),
    ],
)
def test_words_map_to_ours(word: str, expected: TrackingStatus) -> None:
    """Type, code and detail together give one of our words; a type that nobody documents none."""
    assert expected == status(spoken(word))


def spoken(word: str) -> dict[str, str]:
    kind, code, detail = word.split("/")
    said = {"type": kind, "code": code, "statusCode": detail}
    return {key: value for key, value in said.items() if value}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("", TrackingStatus.UNKNOWN),
        ("003", TrackingStatus.UNKNOWN),
        ("013", TrackingStatus.UNKNOWN),
        ("011", TrackingStatus.DELIVERED),
        ("017", TrackingStatus.READY_FOR_PICKUP),
        ("023", TrackingStatus.ATTEMPTED),
        ("034", TrackingStatus.RETURNED),
        ("035", TrackingStatus.RETURNING),
        ("048", TrackingStatus.DELAYED),
        ("058", TrackingStatus.ON_HOLD),
        ("064", TrackingStatus.FAILED),
        ("068", TrackingStatus.LOST),
    ],
)
def test_an_exception_is_told_by_its_detail(detail: str, expected: TrackingStatus) -> None:
    """X alone may be anything, and is no delay, no failure and no label."""
    assert expected == status(spoken(f"X/ZZ/{detail}"))


@pytest.mark.parametrize("word", ["D/OD/072", "D/OT/", "D/ZZ/143", "D//"])
def test_type_d_alone_is_no_delivery(word: str) -> None:
    """It is said of a parcel on the van, too; what says nothing more has been delivered once the
    package has a date of it."""
    dated = status(spoken(word), deliveryDate=[{"type": "DEL", "date": "20260312"}])
    says_more = statuses.read(
        *(spoken(word).get(key) for key in ("type", "code", "statusCode")), is_delivered=False
    )
    assert TrackingStatus.DELIVERED != status(spoken(word))
    assert dated == (
        TrackingStatus.OUT_FOR_DELIVERY
        if says_more is TrackingStatus.OUT_FOR_DELIVERY
        else TrackingStatus.DELIVERED
    )


def test_delivery_information_is_no_delivery() -> None:
    """It is there with an empty photo while the parcel is on its way."""
    photo = {"deliveryPhoto": {"isNonPostalCodeCountry": False}}
    assert TrackingStatus.UNKNOWN == status(spoken("D//"), deliveryInformation=photo)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("003", TrackingStatus.LABEL_CREATED),
        ("005", TrackingStatus.IN_TRANSIT),
        ("007", TrackingStatus.CANCELED),
        ("011", TrackingStatus.DELIVERED),
        ("021", TrackingStatus.OUT_FOR_DELIVERY),
    ],
)
def test_a_bare_detail_is_a_status(code: str, expected: TrackingStatus) -> None:
    """UPS answers so today, whatever its contract shows; there are only these words then."""
    found = tracker(currentStatus={"code": code, "description": "so"})
    assert (expected, code) == (found.status, found.raw_status)


def test_an_undocumented_detail_leaves_the_newest_scan_to_speak() -> None:
    """The first scan listed is the newest; the undocumented word is kept all the same."""
    scans = [{"status": spoken(word), **GMT} for word in ("I/OT/021", "I/AR/005")]
    found = tracker(currentStatus={"code": "998"}, activity=scans)
    assert (TrackingStatus.OUT_FOR_DELIVERY, "998") == (found.status, found.raw_status)


def test_a_package_without_a_status_has_that_of_its_newest_scan() -> None:
    """And one without scans has none at all."""
    scans = [{"status": spoken(word), **GMT} for word in ("I/OT/021", "M/MP/003")]
    for current in (None, {}, {"description": "On the Way"}):
        found = tracker(currentStatus=current, activity=scans)
        assert (TrackingStatus.OUT_FOR_DELIVERY, "I/OT/021") == (found.status, found.raw_status)
    assert (TrackingStatus.UNKNOWN, "") == (tracker().status, tracker().raw_status)


def test_every_detail_is_three_digits() -> None:
    """As UPS writes them: a table with a slip of the pen would never match."""
    assert [] == [d for d in statuses.OF_DETAIL_ALONE if not (d.isdigit() and len(d) == 3)]


# Times


@pytest.mark.parametrize(
    "time",
    [
        {"gmtDate": "20260310", "gmtTime": "05:00:00"},
        {"gmtDate": "2026-03-10", "gmtTime": "050000"},
        {"gmtDate": "20260310", "gmtTime": "50000"},
        {"date": "20260309", "time": "210000", "gmtOffset": "-08:00"},
        {"date": "20260310", "time": "103000", "gmtOffset": "+05.30"},
        {"date": "20260309", "time": "9", "gmtDate": "20260310", "gmtTime": "05:00:00"},
    ],
)
def test_a_scan_is_placed_by_what_ups_says_of_its_zone(time: dict[str, str]) -> None:
    """All spellings of one instant, which is the evening before where the scan was made."""
    found = tracker(activity=[{"status": spoken("I/DP/005"), **time}])
    assert [datetime(2026, 3, 10, 5, tzinfo=UTC)] == [one.occurred_at for one in found.events]


@pytest.mark.parametrize(
    "time",
    [
        {"date": "20260309", "time": "210000"},
        {"date": "20260309", "gmtOffset": "-08:00"},
        {"gmtDate": "20260310"},
        {"gmtDate": " ", "gmtTime": ""},
        {},
    ],
)
def test_a_scan_of_local_time_alone_is_left_out(time: dict[str, str]) -> None:
    """The others stay, and so does what the parcel's own status says."""
    scans = [{"status": spoken("I/DP/005"), **time}, {"status": spoken("I/AR/005"), **GMT}]
    found = tracker(currentStatus=spoken("D/FS/011"), activity=scans)
    assert (TrackingStatus.DELIVERED, ["I/AR/005"]) == (
        found.status,
        [one.raw_status for one in found.events],
    )


@pytest.mark.parametrize(
    "time",
    [
        {"gmtDate": "20261310", "gmtTime": "05:00:00"},
        {"gmtDate": "20260310", "gmtTime": "five"},
        {"gmtDate": "202603100", "gmtTime": "05:00:00"},
        {"date": "20260309", "time": "210000", "gmtOffset": "PST"},
        {"date": "20260309", "time": "210000", "gmtOffset": "-99:00"},
    ],
)
def test_a_time_that_is_none_is_malformed(time: dict[str, str]) -> None:
    """It says where: the parcel is quarantined with what UPS said."""
    with pytest.raises(errors.Malformed, match=r"activity\[0\]"):
        tracker(activity=[{"status": spoken("I/DP/005"), **time}])


def test_an_expected_date_without_a_zone_is_no_instant() -> None:
    """Scheduled for a day, until an hour, in no zone."""
    found = tracker(
        currentStatus=spoken("I/DP/005"),
        deliveryDate=[{"type": "SDD", "date": "20260316"}],
        deliveryTime={"type": "EDW", "startTime": "090000", "endTime": "130000"},
    )
    assert found.estimated_delivery_at is None


# Packages


def test_a_package_asked_for_by_another_number_keeps_that_number() -> None:
    """The only package there is, whatever its own number."""
    node = mapping.package(answer({"trackingNumber": "1Z0000000000000001"}), "9241990000003349")
    assert node is not None
    found = mapping.tracker(node, "9241990000003349", NOW)
    assert ("9241990000003349",) * 2 == (found.external_id, found.tracking_number)


def test_of_several_packages_the_one_asked_for_is_read() -> None:
    """Whatever the case of its letters; when none has the number, nobody can say which it is."""
    both = answer({"trackingNumber": "1ZA0001"}, {"trackingNumber": "1ZA0002 "})
    node = mapping.package(both, "1za0002")
    assert node is not None
    assert "1ZA0002" == node.text("trackingNumber")
    with pytest.raises(errors.Malformed, match="2 packages"):
        mapping.package(both, "1ZA0003")


@pytest.mark.parametrize(
    "body", [{"shipment": []}, {"shipment": None}, {}, {"shipment": [{"package": []}]}]
)
def test_an_answer_of_nothing_is_nothing(body: Any) -> None:
    """No shipment, or one of no packages, without a word why."""
    assert mapping.package({"trackResponse": body}, NUMBER) is None


def test_another_warning_than_not_found_is_unreadable() -> None:
    """The parcel may well be there: it is not removed for it."""
    with pytest.raises(errors.Malformed, match="TW9999"):
        mapping.package(answer(warnings=[{"code": "TW9999", "message": "Come back"}]), NUMBER)


# Tokens and refusals


def response(status: int, body: Any) -> Response:
    return Response(status=status, headers={}, body=json.dumps(body).encode())


def test_a_token_is_good_until_it_ends() -> None:
    """UPS writes its numbers as texts; a number is read as well."""
    for lasts in ("14399", 14399):
        found = requests.token(response(200, {"access_token": "t", "expires_in": lasts}), NOW)
        assert ("t", NOW + timedelta(seconds=14399)) == (found.value, found.expires_at)


@pytest.mark.parametrize(
    "body",
    [{}, {"access_token": "t"}, {"expires_in": "9"}, {"access_token": "t", "expires_in": "x"}],
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


def test_a_grant_carries_the_app_and_the_account() -> None:
    """The secret in HTTP Basic, in the form only the kind of grant."""
    found = requests.grant("app", "sécret", "123456")
    user = base64.b64decode(found.headers["authorization"].removeprefix("Basic ")).decode()
    assert ("app:sécret", "123456", b"grant_type=client_credentials") == (
        user,
        found.headers["x-merchant-id"],
        found.body,
    )
    assert "x-merchant-id" not in requests.grant("app", "secret", "").headers


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, None, errors.Misconfigured),
        (404, {"response": {"errors": [{"code": "404"}]}}, errors.Missing),
        (400, {"response": {"errors": [{"code": "TV1002"}]}}, errors.Missing),
        (400, {"response": {"errors": ["no object"]}}, errors.Rejected),
        (400, {"response": []}, errors.Rejected),
        (400, "a proxy", errors.Rejected),
    ],
)
def test_a_refusal_is_told_by_who_must_act(status: int, body: Any, expected: type) -> None:
    """A 404 that is not of UPS is a wrong address."""
    assert expected is type(refusals.refusal(status, body))
