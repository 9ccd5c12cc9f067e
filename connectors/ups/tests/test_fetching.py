"""Parcels read by number, the token that it takes, and whom to tell when it does not work."""

import pytest

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
from connectors.ups import requests
from connectors.ups.tests.conftest import GRANT, HOME, Rig

FIRST, SECOND, ABSENT = "1Z999AA10000000001", "1Z999AA10000000002", "1Z999AA10000000009"


def absent(number: str) -> Removed:
    return Removed(kind=Kind.TRACKER, external_id=number)


# The account


async def test_check_names_the_account_and_tracks_nothing_of_ours(rig: Rig) -> None:
    """By its account number where that is given, else by the app."""
    named = [await rig.client.check(), await rig.open(merchant_id="123456").check()]
    assert ["UPS (simulated-client)", "UPS (123456)"] == [one.name for one in named]
    assert Account(name="UPS (simulated-client)", version="v1") == named[0]
    assert [None, "123456"] == rig.simulator.merchants


async def test_check_takes_a_404_of_ups_for_an_answer(rig: Rig) -> None:
    """The test number need not be there: who is told so was let in."""
    rig.simulator.absent_status = 404
    assert "UPS (simulated-client)" == (await rig.client.check()).name


async def test_a_url_with_a_path_is_the_operators_to_put_right(rig: Rig) -> None:
    """UPS's own pages state the address with /api, where no token is to be had."""
    with pytest.raises(errors.Misconfigured):
        await rig.open(url=f"{rig.url}/api").check()
    assert 0 == len(rig.simulator.merchants)


# Parcels


async def test_a_fetch_gives_what_was_asked_for(rig: Rig) -> None:
    """Each number once, in order, with a token had once; a number asked for twice is read once."""
    for number in (FIRST, SECOND):
        rig.simulator.accept(number, HOME)
    found = await rig.fetch(FIRST, SECOND, FIRST)
    shape.require_readable(found)
    shape.require_sound(found)
    assert [FIRST, SECOND] == shape.ids(Kind.TRACKER, found)
    assert (1, 3) == (rig.count(GRANT), rig.count())


async def test_what_is_not_there_is_removed(rig: Rig) -> None:
    """What is there comes all the same."""
    rig.simulator.accept(FIRST, HOME)
    record, *gone = await rig.fetch(FIRST, ABSENT, NOBODY)
    assert isinstance(record, TrackerRecord)
    assert [absent(ABSENT), absent(NOBODY)] == gone


@pytest.mark.parametrize("status", [200, 404])
async def test_an_unknown_number_is_removed_however_ups_says_it(rig: Rig, status: int) -> None:
    """By a warning beside 200, as it does, and by 404, as its contract has it."""
    rig.simulator.absent_status = status
    assert [absent(ABSENT)] == await rig.fetch(ABSENT)


@pytest.mark.parametrize("number", ["", "..", "1Z/../x", "1Z999 AA1", "123456", "9" * 35])
async def test_what_is_no_number_is_not_asked_for(rig: Rig, number: str) -> None:
    """It would be another path; no number of UPS's looks like that."""
    assert [absent(number)] == await rig.fetch(number)
    assert 0 == rig.count()


async def test_a_number_that_ups_refuses_hides_no_other(rig: Rig) -> None:
    """A 400 about one parcel is kept as its reason; the next one is read."""
    rig.simulator.accept(FIRST, HOME)
    rig.simulator.absent_status, rig.simulator.absent_code = 400, "TJ0099"
    refused, record = await rig.fetch(ABSENT, FIRST)
    assert isinstance(refused, Unreadable)
    assert (ABSENT, "TJ0099: Tracking Information Not Found") == (
        refused.external_id,
        refused.reason,
    )
    assert isinstance(record, TrackerRecord)


async def test_ups_forgets_a_parcel_120_days_after_its_last_scan(rig: Rig) -> None:
    """A day before it is there, a day after it is gone."""
    rig.later(days=-200)
    rig.simulator.accept(FIRST, HOME)
    rig.later(days=119)
    (record,) = await rig.fetch(FIRST)
    rig.later(days=2)
    assert isinstance(record, TrackerRecord)
    assert [absent(FIRST)] == await rig.fetch(FIRST)


async def test_nothing_but_trackers_is_fetched(rig: Rig) -> None:
    """Another kind is refused before anything is sent, and no ids ask nothing."""
    with pytest.raises(errors.Unsupported):
        await rig.client.fetch(Kind.SHIPMENT, [FIRST])
    assert [] == await rig.fetch()
    assert 0 == rig.count()


async def test_a_parcel_is_followed_to_its_end(rig: Rig) -> None:
    """Every scan is there in the end, each later than the last, and the one who received it."""
    rig.simulator.accept(FIRST, HOME)
    seen: list[TrackerRecord] = []
    for _ in range(12):
        seen += [one for one in await rig.fetch(FIRST) if isinstance(one, TrackerRecord)]
        rig.later(hours=7)
        rig.simulator.advance()
    ends = [TrackingStatus.LABEL_CREATED, TrackingStatus.DELIVERED]
    assert ends == [seen[0].status, seen[-1].status]
    assert [None, "Ada Park"] == [seen[0].signed_by, seen[-1].signed_by]
    times = [one.occurred_at for one in seen[-1].events]
    assert sorted(set(times), reverse=True) == times


# Trouble


@pytest.mark.parametrize("trouble", [*TROUBLES, GARBLED], ids=lambda one: one.fault.name)
@pytest.mark.parametrize("at", [GRANT, "/track/"])
async def test_trouble_while_fetching_is_told_apart(rig: Rig, trouble: Trouble, at: str) -> None:
    """Whom to tell, how long to wait, what to keep: at the token as at the parcel."""
    rig.simulator.accept(FIRST, HOME)
    rig.simulator.faults.plan(Planned(fault=trouble.fault, path=at))
    trouble.require("a fetch", await told(lambda: rig.fetch(FIRST)))


async def test_a_token_is_had_once_and_again_when_it_ends(rig: Rig) -> None:
    """Not for each parcel; and not when it is young and refused: then the rights are missing."""
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


async def test_every_request_has_an_id_of_its_own(rig: Rig) -> None:
    """UPS finds a request in its logs by transId."""
    await rig.fetch(FIRST, SECOND)
    ids = {one.headers["transid"] for one in rig.recorder.exchanges if "/track/" in one.path}
    assert 2 == len(ids)


async def test_a_busy_system_is_waited_for(rig: Rig) -> None:
    """Both requests only read: the door repeats them."""
    rig.simulator.accept(FIRST, HOME)
    rig.simulator.faults.plan(
        Planned(fault=Fault.SERVER_ERROR, path=GRANT),
        Planned(fault=Fault.CUT_AFTER, path="/track/"),
    )
    client = rig.open(bounds=PATIENT)
    assert [FIRST] == shape.ids(Kind.TRACKER, await client.fetch(Kind.TRACKER, [FIRST]))
    assert (2, 4) == (rig.count(GRANT), rig.count())


def test_requests_that_read_are_said_to_be_safe() -> None:
    """Asked again they change nothing: a token more is none less."""
    made: list[Request] = [requests.grant("id", "secret", None), requests.track(FIRST, "1")]
    assert [True, True] == [one.is_safe for one in made]
