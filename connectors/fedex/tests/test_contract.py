"""FedEx's own contract: our requests and our simulator fit it, and what it shows is read."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.fedex import errors as refusals
from connectors.fedex import mapping
from connectors.fedex.tests.conftest import HOME, Rig
from connectors.fedex.tests.contract import FOLDER, WHY_NOT, Contract
from connectors.sdk import errors
from connectors.sdk.http import parse_json
from connectors.sdk.records import TrackerRecord
from connectors.sdk.records.states import TrackingStatus

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=WHY_NOT)

NOW = datetime(2026, 3, 20, tzinfo=UTC)


def example(name: str) -> Any:
    """Read an example as the connector reads an answer: decimals, never floats."""
    return parse_json((FOLDER / "examples" / f"{name}.json").read_bytes())


def tracker(name: str, number: str) -> TrackerRecord:
    """Read the parcel of *number* in a recorded answer."""
    said = mapping.results(example(f"tests/tracking__{name}"))[number]
    return mapping.tracker(mapping.parcel(said), number, NOW)


async def test_all_that_goes_over_the_wire_fits_the_contract(rig: Rig) -> None:
    """Tokens given and refused, parcels found, found twice and not at all, on all their ways."""
    numbers = [f"7760{number:08}" for number in range(20)]
    for number in numbers:
        rig.simulator.accept(number, HOME)
    rig.simulator.reuse(numbers[0], HOME)
    for _ in range(10):
        await rig.fetch(*numbers, "776099999999")
        rig.simulator.advance()
    await rig.fetch("")
    with pytest.raises(errors.Misconfigured):
        await rig.open(client_secret="wrong").check()
    oauth, tracking = Contract("APIAuthorization"), Contract("TrackingNumbers")
    faults = [
        fault
        for one in rig.recorder.exchanges
        for fault in (oauth if oauth.has(one) else tracking).judge(one)
    ]
    assert [] == faults
    assert [(200, 11), (400, 1), (401, 1)] == [
        (status, len([1 for one in rig.recorder.exchanges if one.status == status]))
        for status in (200, 400, 401)
    ]


def test_the_judge_knows_a_misspelled_name() -> None:
    """FedEx's schemas are open: without a look at names, nothing could fail to fit them."""
    contract = Contract("TrackingNumbers")
    schema = contract.spec["components"]["schemas"]["TrackResult"]
    said = {"scanEvents": [{"scanLocation": {"town": "BEND"}}], "scans": []}
    assert ["$.scanEvents[0].scanLocation.town: unknown", "$.scans: unknown"] == contract.faults(
        schema, said
    )


def test_a_recorded_journey_is_read() -> None:
    """All seventeen scans, the pick-up among them, whose zone another part of the answer states."""
    found = tracker("InconsistentDateTimeResponse", "738488882438")
    assert (TrackingStatus.DELIVERED, "DL", "CREILLY", 17) == (
        found.status,
        found.raw_status,
        found.signed_by,
        len(found.events),
    )
    first, last = found.events[0], found.events[-1]
    assert (datetime(2024, 8, 20, 16, 41, 57, tzinfo=UTC), "Blue Point, NY, 11715, US") == (
        first.occurred_at,
        first.location,
    )
    assert (datetime(2024, 8, 15, 6, tzinfo=UTC), TrackingStatus.CARRIER_PICKED_UP) == (
        last.occurred_at,
        last.status,
    )
    assert TrackingStatus.UNKNOWN not in {one.status for one in found.events}


def test_of_two_recorded_shipments_of_a_number_the_one_scanned_last_is_read() -> None:
    """The first is running late, the second, of the next day, has been delivered."""
    found = tracker("DuplicateTrackingResponse", "776094337676")
    assert (TrackingStatus.DELIVERED, 8) == (found.status, len(found.events))
    exceptions = [one for one in found.events if one.raw_status.startswith("DE")]
    assert [("DE/A47", TrackingStatus.DELAYED), ("DE/08", TrackingStatus.ATTEMPTED)] == [
        (one.raw_status, one.status) for one in exceptions
    ]


@pytest.mark.parametrize("number", ["123456789012", "39936862321"])
def test_recorded_errors_beside_a_number_say_that_it_is_missing(number: str) -> None:
    """Not found; and the contract's own example, which has an error and a parcel at once."""
    with pytest.raises(errors.Missing):
        mapping.parcel(mapping.results(example("tests/tracking__TrackingResponse"))[number])


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        ("tests/tracking__ErrorResponse", 400, errors.Missing),
        ("TrackingNumbers/post_track.v1.trackingnumbers__400", 400, errors.Missing),
        ("TrackingNumbers/post_track.v1.trackingnumbers__401", 400, errors.Misconfigured),
        ("TrackingNumbers/post_track.v1.trackingnumbers__403", 400, errors.Misconfigured),
        ("TrackingNumbers/post_track.v1.trackingnumbers__404", 404, errors.Misconfigured),
        ("TrackingNumbers/post_track.v1.trackingnumbers__500", 400, errors.Unavailable),
        ("TrackingNumbers/post_track.v1.trackingnumbers__503", 400, errors.Unavailable),
        ("Shipment/post_ship.v1.shipments__400", 400, errors.Rejected),
    ],
)
def test_recorded_refusals_become_ours(name: str, status: int, expected: type) -> None:
    """Each is told by who must act next."""
    assert expected is type(refusals.refusal(status, example(name)))
