"""Parcels read by number, the token that it takes, and whom to tell when it does not work."""

import json

import pytest

from connectors.fedex import requests
from connectors.fedex.tests.conftest import GRANT, HOME, TRACK, Rig
from connectors.sdk import errors
from connectors.sdk.capabilities import Account
from connectors.sdk.changes import Removed, Unreadable
from connectors.sdk.conformance import shape
from connectors.sdk.conformance.specimens import NOBODY
from connectors.sdk.conformance.stage import PATIENT
from connectors.sdk.conformance.trouble import GARBLED, TROUBLES, Trouble, told
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.http import Request
from connectors.sdk.records import Kind, TrackerRecord
from connectors.sdk.records.states import TrackingStatus

FIRST, SECOND, ABSENT = "776000000001", "776000000002", "776000000009"


def absent(number: str) -> Removed:
    return Removed(kind=Kind.TRACKER, external_id=number)


# The account


async def test_check_takes_a_token_and_the_right_to_track(rig: Rig) -> None:
    """An example is asked for: that nobody knows it is an answer, too."""
    assert Account(name="FedEx", version="v1") == await rig.client.check()
    assert [("POST", GRANT), ("POST", TRACK)] == rig.simulator.faults.requests


async def test_another_address_is_the_operators_to_put_right(rig: Rig) -> None:
    """A path that FedEx has not, where no token is to be had."""
    with pytest.raises(errors.Misconfigured):
        await rig.open(url=f"{rig.url}/track").check()


# Parcels


async def test_a_fetch_gives_what_was_asked_for(rig: Rig) -> None:
    """Each number once, in order, in one request; a number asked for twice is read once."""
    for number in (FIRST, SECOND):
        rig.simulator.accept(number, HOME)
    found = await rig.fetch(SECOND, FIRST, SECOND)
    shape.require_readable(found)
    shape.require_sound(found)
    assert [SECOND, FIRST] == shape.ids(Kind.TRACKER, found)
    assert (1, 1) == (rig.count(GRANT), rig.count(TRACK))


async def test_thirty_numbers_go_in_a_request(rig: Rig) -> None:
    """Seventy are thirty, thirty and ten, none left out and none twice."""
    numbers = [f"7760{number:08}" for number in range(70)]
    for number in numbers:
        rig.simulator.accept(number, HOME)
    assert numbers == shape.ids(Kind.TRACKER, await rig.fetch(*numbers))
    sent = [json.loads(one.body) for one in rig.recorder.exchanges if one.path == TRACK]
    assert [30, 30, 10] == [len(one["trackingInfo"]) for one in sent]


async def test_what_is_not_there_is_removed(rig: Rig) -> None:
    """What is there comes all the same."""
    rig.simulator.accept(FIRST, HOME)
    record, *gone = await rig.fetch(FIRST, ABSENT, NOBODY)
    assert isinstance(record, TrackerRecord)
    assert [absent(ABSENT), absent(NOBODY)] == gone


async def test_what_is_no_number_hides_no_other(rig: Rig) -> None:
    """The whole request is refused for it, and each number asked for by itself then."""
    rig.simulator.accept(FIRST, HOME)
    record, gone, other = await rig.fetch(FIRST, "", ABSENT)
    assert isinstance(record, TrackerRecord)
    assert [absent(""), absent(ABSENT)] == [gone, other]
    assert 4 == rig.count(TRACK)


async def test_a_request_refused_for_all_is_told_of_each(rig: Rig) -> None:
    """A reason that is not about the number: nothing is removed for it."""
    rig.simulator.accept(FIRST, HOME)
    rig.simulator.refuses = "TRACKING.SOMETHING.NEW"
    found = await rig.fetch(FIRST, SECOND)
    assert [(FIRST, "TRACKING.SOMETHING.NEW: No."), (SECOND, "TRACKING.SOMETHING.NEW: No.")] == [
        (one.external_id, one.reason) for one in found if isinstance(one, Unreadable)
    ]


async def test_a_number_used_again_is_the_parcel_scanned_last(rig: Rig) -> None:
    """The old one was delivered months ago: the new one has a label, and no scan of the old."""
    rig.later(days=-80)
    rig.simulator.accept(FIRST, HOME)
    for _ in range(12):
        rig.simulator.advance()
    rig.later(days=80)
    rig.simulator.reuse(FIRST, HOME)
    (record,) = await rig.fetch(FIRST)
    assert isinstance(record, TrackerRecord)
    assert (TrackingStatus.LABEL_CREATED, 1) == (record.status, len(record.events))


async def test_nothing_but_trackers_is_fetched(rig: Rig) -> None:
    """Another kind is refused before anything is sent, and no ids ask nothing."""
    with pytest.raises(errors.Unsupported):
        await rig.client.fetch(Kind.SHIPMENT, [FIRST])
    assert [] == await rig.fetch()
    assert 0 == rig.count()


async def test_a_parcel_is_followed_to_its_end(rig: Rig) -> None:
    """Every scan is there in the end, each later than the last; when it is to arrive is told while
    it is on its way, and who received it after."""
    rig.simulator.accept(FIRST, HOME)
    seen: list[TrackerRecord] = []
    for _ in range(12):
        seen += [one for one in await rig.fetch(FIRST) if isinstance(one, TrackerRecord)]
        rig.later(hours=7)
        rig.simulator.advance()
    first, last = seen[0], seen[-1]
    assert (TrackingStatus.LABEL_CREATED, TrackingStatus.DELIVERED) == (first.status, last.status)
    assert [None, "Ada Park"] == [first.signed_by, last.signed_by]
    assert [True, False] == [one.estimated_delivery_at is not None for one in (first, last)]
    times = [one.occurred_at for one in last.events]
    assert sorted(set(times), reverse=True) == times


# Trouble


@pytest.mark.parametrize("trouble", [*TROUBLES, GARBLED], ids=lambda one: one.fault.name)
@pytest.mark.parametrize("at", [GRANT, TRACK])
async def test_trouble_while_fetching_is_told_apart(rig: Rig, trouble: Trouble, at: str) -> None:
    """Whom to tell, how long to wait, what to keep: at the token as at the parcel."""
    rig.simulator.accept(FIRST, HOME)
    rig.simulator.faults.plan(Planned(fault=trouble.fault, path=at))
    trouble.require("a fetch", await told(lambda: rig.fetch(FIRST)))


async def test_a_token_is_had_once(rig: Rig) -> None:
    """Not for each request; and not when it is young and refused: then the rights are missing."""
    for _ in range(3):
        await rig.fetch(ABSENT)
    assert 1 == rig.count(GRANT)
    rig.simulator.forget_tokens()
    with pytest.raises(errors.Misconfigured):
        await rig.fetch(ABSENT)
    assert 1 == rig.count(GRANT)


async def test_a_wrong_secret_gets_no_token(rig: Rig) -> None:
    """Nothing is tracked without one."""
    with pytest.raises(errors.Misconfigured):
        await rig.open(client_secret="wrong").fetch(Kind.TRACKER, [FIRST])
    assert (1, 1) == (rig.count(GRANT), rig.count())


async def test_a_busy_system_is_waited_for(rig: Rig) -> None:
    """Both POSTs change nothing: the door repeats them."""
    rig.simulator.accept(FIRST, HOME)
    rig.simulator.faults.plan(
        Planned(fault=Fault.SERVER_ERROR, path=GRANT), Planned(fault=Fault.CUT_AFTER, path=TRACK)
    )
    client = rig.open(bounds=PATIENT)
    assert [FIRST] == shape.ids(Kind.TRACKER, await client.fetch(Kind.TRACKER, [FIRST]))
    assert (2, 2) == (rig.count(GRANT), rig.count(TRACK))


def test_requests_that_read_are_said_to_be_safe() -> None:
    """Asked again they change nothing: a token more is none less."""
    made: list[Request] = [requests.grant("id", "secret"), requests.track([FIRST], "1")]
    assert [True, True] == [one.is_safe for one in made]
