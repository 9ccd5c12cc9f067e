"""UPS's own contract: our requests and our simulator fit it, and what it shows is read."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sdk import errors
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Touched
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.sdk.records.states import TrackingStatus
from connectors.ups import errors as refusals
from connectors.ups import mapping, webhooks
from connectors.ups.tests.conftest import HOME, Rig
from connectors.ups.tests.contract import FOLDER, WHY_NOT, Contract

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=WHY_NOT)

NOW = datetime(2026, 3, 20, tzinfo=UTC)
NUMBER = "1Z999AA10123456784"


def example(name: str) -> Any:
    """Read an example as the connector reads an answer: decimals, never floats."""
    return parse_json((FOLDER / "examples" / f"{name}.json").read_bytes())


@pytest.fixture(scope="module")
def alert() -> Contract:
    return Contract("UPSTrackAlert", "/api/track/v2")


async def test_all_that_goes_over_the_wire_fits_the_contract(rig: Rig) -> None:
    """Tokens given and refused, parcels found and not, each answer of the status it has there."""
    rig.simulator.accept(NUMBER, HOME)
    for _ in range(10):
        await rig.fetch(NUMBER)
        rig.simulator.advance()
    await rig.fetch("1Z999AA10000000000")
    rig.simulator.absent_status = 404
    await rig.fetch("1Z999AA10000000000")
    with pytest.raises(errors.Misconfigured):
        await rig.open(client_secret="wrong").check()
    oauth = Contract("OAuthClientCredentials", "")
    tracking = Contract("Tracking", "/api")
    faults = [
        fault
        for one in rig.recorder.exchanges
        for fault in (oauth if oauth.operation(one) else tracking).judge(one)
    ]
    assert [] == faults
    assert [(200, 12), (401, 1), (404, 1)] == [
        (status, len([1 for one in rig.recorder.exchanges if one.status == status]))
        for status in (200, 401, 404)
    ]


async def test_every_event_that_is_pushed_fits_the_contract(rig: Rig, alert: Contract) -> None:
    """Twenty parcels on all their ways: each event is a TrackingEventRequest."""
    for number in range(20):
        rig.simulator.accept(f"1Z999AA1{number:010}", HOME)
    for _ in range(10):
        rig.simulator.advance()
    schema = alert.spec["components"]["schemas"]["TrackingEventRequest"]
    events = [json.loads(post.body) for post in rig.simulator.posts]
    assert [] == [fault for one in events for fault in alert.faults(schema, one)]
    assert {"M", "I", "X", "U", "D"} == {one["activityStatus"]["type"] for one in events}


def test_the_judge_knows_a_misspelled_name(alert: Contract) -> None:
    """UPS's schemas are open: without a look at names, nothing could fail to fit them."""
    schema = alert.spec["components"]["schemas"]["TrackingEventRequest"]
    assert ["$.trackingnumber: unknown"] == [
        fault
        for fault in alert.faults(
            schema,
            {"trackingNumber": NUMBER, "activityStatus": {"type": "D"}, "trackingnumber": NUMBER},
        )
        if "unknown" in fault
    ]


def test_the_topics_are_those_of_the_contract(alert: Contract) -> None:
    """Neither more nor fewer: an event of another type is set aside, to be looked at."""
    event = alert.spec["components"]["schemas"]["TrackingEventRequest"]["properties"]
    stated = event["activityStatus"]["properties"]["type"]["oneOf"]
    assert list(webhooks.TOPICS) == [one["const"] for one in stated]


def test_the_examples_of_an_event_name_their_parcel(alert: Contract) -> None:
    """Both examples are heard: out for delivery, and delivered."""
    operation = alert.spec["webhooks"]["TrackingEvent"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    bodies = [json.dumps(one["value"]).encode() for one in examples.values()]
    heard = [webhooks.decode(RawDelivery(url="", headers={}, body=one), NOW) for one in bodies]
    assert [[Touched(kind=Kind.TRACKER, external_id="1Z204W4R0308071865")]] * 2 == heard


def test_the_example_of_a_package_is_read() -> None:
    """UPS's own example contradicts itself (released by customs, delivered, ready for UPS): nothing
    is made of it, all three words are kept, and its scan without a zone is left out."""
    body = example("tests/tracking__TrackingResponseJSON")
    node = mapping.package(body, NUMBER)
    assert node is not None
    found = mapping.tracker(node, NUMBER, NOW)
    assert (TrackingStatus.UNKNOWN, "X/SR/003", ()) == (
        found.status,
        found.raw_status,
        found.events,
    )


def test_the_example_of_an_unknown_number_is_none() -> None:
    """A shipment of nothing but the warning TW0001."""
    body = example("tests/tracking__TrackingNumberNotFoundResponseJSON")
    assert mapping.package(body, NUMBER) is None


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        ("tests/tracking__InvalidTrackingNumberResponseJSON", 400, errors.Missing),
        ("tests/tracking__AuthError", 400, errors.Misconfigured),
        ("UPSTrackAlert/post_subscription.type.package__401", 400, errors.Misconfigured),
        ("UPSTrackAlert/post_subscription.type.package__404", 404, errors.Missing),
        ("UPSTrackAlert/post_subscription.type.account__400", 400, errors.Rejected),
        ("UPSTrackAlert/post_subscription.type.account__500", 400, errors.Unavailable),
    ],
)
def test_recorded_refusals_become_ours(name: str, status: int, expected: type) -> None:
    """Each is told by who must act next."""
    assert expected is type(refusals.refusal(status, example(name)))
