"""Reads and webhooks, and how the simulator moves parcels."""

import json
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from connectors.easypost import CONNECTOR
from connectors.easypost.simulator import Simulator
from connectors.easypost.tests.conftest import BUY, HOME, HOOK, NOWHERE, Rig, received
from connectors.sdk import errors
from connectors.sdk.capabilities import Account
from connectors.sdk.changes import Page, Removed
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.http import Http
from connectors.sdk.records import Kind, ShipmentRecord, TrackerRecord
from connectors.sdk.records.states import TrackingStatus


def ids(changes: Any) -> list[str]:
    return [change.external_id for change in changes]


# The account


async def test_check_names_the_account(rig: Rig) -> None:
    """A key that works is told by an answer; the mode by any tracker."""
    empty = await rig.client.check()
    rig.simulator.accept("1Z1", HOME)
    assert (
        Account(name="EasyPost", version="v2"),
        Account(name="EasyPost (test)", version="v2"),
    ) == (
        empty,
        await rig.client.check(),
    )


async def test_what_is_not_easypost_is_a_wrong_address(rig: Rig) -> None:
    """A web page where the API should be is the operator's to put right, and is named so."""
    rig.simulator.faults.plan(Planned(fault=Fault.NOT_JSON))
    with pytest.raises(errors.Misconfigured, match=r"^url: "):
        await rig.client.check()


async def test_a_wrong_key_is_misconfigured(rig: Rig) -> None:
    """The operator is told, and nothing is bought."""
    rig.simulator.faults.plan(Planned(fault=Fault.UNAUTHORIZED))
    with pytest.raises(errors.Misconfigured):
        await rig.client.perform(BUY)
    assert 0 == rig.labels


@pytest.mark.parametrize("name", ["url", "api_key", "webhook_secret"])
async def test_an_absent_setting_is_named(name: str) -> None:
    """Opening without a setting says which one is absent."""
    settings = {"url": "http://127.0.0.1:1/v2", "api_key": "k", "webhook_secret": "s", name: ""}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(errors.Misconfigured, match=f"^{name}: "):
            CONNECTOR.open(settings, Http(session, "http://127.0.0.1:1"))


# Reads


async def test_a_kind_that_easypost_has_not_is_refused_unasked(rig: Rig) -> None:
    """Neither a pull nor a fetch of orders sends anything."""
    with pytest.raises(errors.Unsupported):
        await rig.pages(Kind.ORDER)
    with pytest.raises(errors.Unsupported):
        await rig.client.fetch(Kind.ORDER, ["ord_1"])
    assert [] == rig.simulator.faults.requests


async def test_pull_pages_through_everything_once(rig: Rig) -> None:
    """250 trackers come as 100, 100 and 50, none twice, even those of ten years ago."""
    rig.later(days=-3650)
    for number in range(250):
        rig.later(hours=1)
        rig.simulator.accept(f"1Z{number}", HOME)
    pages = await rig.pages(Kind.TRACKER)
    assert [100, 100, 50] == [len(page.changes) for page in pages]
    assert 250 == len({found for page in pages for found in ids(page.changes)})
    assert 3 == rig.count("GET", "/trackers")


async def test_next_pull_reads_open_trackers_again_and_final_ones_not(rig: Rig) -> None:
    """A scan does not move a tracker's creation, so what is under way is read again."""
    rig.simulator.accept("1Z-done", HOME)
    for _ in range(10):
        rig.simulator.advance()
    rig.later(hours=2)
    rig.simulator.accept("1Z-under-way", HOME)
    rig.later(hours=2)
    first = await rig.pages(Kind.TRACKER)
    rig.simulator.advance()
    second = await rig.pages(Kind.TRACKER, first[-1].checkpoint)
    assert ["1Z-under-way", "1Z-done"] == [one.tracking_number for one in trackers(first)]
    assert [("1Z-under-way", TrackingStatus.LABEL_CREATED)] == [
        (one.tracking_number, one.status) for one in trackers(second)
    ]


def trackers(pages: list[Page]) -> list[TrackerRecord]:
    found = [change for page in pages for change in page.changes]
    return [change for change in found if isinstance(change, TrackerRecord)]


async def test_a_pull_cut_off_goes_on_where_it_was(rig: Rig) -> None:
    """The checkpoint after one page leads to the pages below it, so that nothing is skipped."""
    for number in range(230):
        rig.simulator.accept(f"1Z{number}", HOME)
    first = await anext(rig.client.pull(Kind.TRACKER, None))
    rest = await rig.pages(Kind.TRACKER, first.checkpoint)
    assert [100, 30] == [len(page.changes) for page in rest]
    assert 230 == len({*ids(first.changes), *[i for page in rest for i in ids(page.changes)]})


async def test_a_pull_starts_again_when_its_place_was_deleted(rig: Rig) -> None:
    """A tracker that is gone cannot be stood before: the walk goes on from the top."""
    for number in range(130):
        rig.simulator.accept(f"1Z{number}", HOME)
    first = await anext(rig.client.pull(Kind.TRACKER, None))
    rig.simulator.forget(ids(first.changes)[-1])
    rest = await rig.pages(Kind.TRACKER, first.checkpoint)
    assert [100, 29] == [len(page.changes) for page in rest]


async def test_bought_shipments_are_pulled_with_their_trackers(rig: Rig) -> None:
    """A label open for a refund or a journey is read again; the tracker within comes along."""
    outcome = await rig.client.perform(BUY)
    first = await rig.pages(Kind.SHIPMENT)
    second = await rig.pages(Kind.SHIPMENT, first[-1].checkpoint)
    for pages in (first, second):
        record, tracker = pages[0].changes
        assert isinstance(record, ShipmentRecord)
        assert isinstance(tracker, TrackerRecord)
        assert (outcome.external_id, "ship-1001-1") == (record.external_id, record.reference)


async def test_fetch_reads_what_is_there_and_removes_what_is_not(rig: Rig) -> None:
    """One subject that is gone does not hide the others."""
    outcome = await rig.client.perform(BUY)
    assert outcome.external_id
    record, tracker, gone = await rig.client.fetch(Kind.SHIPMENT, [outcome.external_id, "shp_0"])
    assert isinstance(record, ShipmentRecord)
    assert isinstance(tracker, TrackerRecord)
    assert Removed(kind=Kind.SHIPMENT, external_id="shp_0") == gone
    again = await rig.client.fetch(Kind.TRACKER, [tracker.external_id])
    assert [tracker] == again


async def test_a_throttled_read_is_tried_again(rig: Rig) -> None:
    """Without a Retry-After, a read waits a little and goes on."""
    rig.simulator.faults.plan(
        Planned(fault=Fault.THROTTLED_BARE), Planned(fault=Fault.SERVER_ERROR)
    )
    assert [0] == [len(page.changes) for page in await rig.pages(Kind.TRACKER)]
    assert 3 == rig.count("GET", "/trackers")


async def test_a_page_that_is_no_json_is_malformed(rig: Rig) -> None:
    """A page of HTML in place of a list stops the pull, saying so."""
    rig.simulator.faults.plan(Planned(fault=Fault.NOT_JSON))
    with pytest.raises(errors.Malformed):
        await rig.pages(Kind.TRACKER)


# Webhooks


async def test_every_post_is_genuine_and_has_an_id_of_its_own(rig: Rig) -> None:
    """Trackers post when created and at each scan; the same post again has the same id."""
    rig.simulator.accept("1Z1", HOME)
    for _ in range(3):
        rig.later(hours=6)
        rig.simulator.advance()
    posts, secret = rig.simulator.posts, rig.simulator.settings["webhook_secret"]
    named = [rig.client.verify(received(p), ["other", secret], rig.now) for p in [*posts, posts[0]]]
    assert ["tracker.created", *["tracker.updated"] * 3, "tracker.created"] == [
        n.topic for n in named
    ]
    assert (4, named[0].id) == (len({n.id for n in named}), named[-1].id)


async def test_doubled_and_late_events_end_in_the_same_state(rig: Rig) -> None:
    """Taken in backwards and twice, by revision, deliveries give what a fetch gives."""
    rig.simulator.accept("1Z1", HOME)
    for _ in range(12):
        rig.later(hours=6)
        rig.simulator.advance()
    held: TrackerRecord | None = None
    for post in [*reversed(rig.simulator.posts), *rig.simulator.posts]:
        (change,) = rig.client.decode(received(post), rig.now)
        assert isinstance(change, TrackerRecord)
        if held is None or change.revised_at >= held.revised_at:
            held = change
    assert held
    assert TrackingStatus.DELIVERED == held.status
    assert [held] == await rig.client.fetch(Kind.TRACKER, [held.external_id])


# The simulator itself


def bodies(seed: int) -> list[dict[str, Any]]:
    """The events posted while forty parcels, each handed over twice, go all their way."""
    simulator = Simulator(NOWHERE, lambda: datetime(2026, 3, 5, tzinfo=UTC), seed=seed)
    simulator.register(HOOK)
    for number in range(40):
        simulator.accept(f"1Z{number}", HOME)
        simulator.accept(f"1Z{number}", HOME)
    for _ in range(12):
        simulator.advance()
    return [json.loads(post.body) for post in simulator.posts]


def test_every_parcel_arrives_and_some_meet_with_something() -> None:
    """A number is tracked once; all arrive; delays and missed deliveries happen, by seed alone."""
    events = bodies(1)
    created = [e for e in events if e["description"] == "tracker.created"]
    details = {e["result"]["status_detail"] for e in events}
    delivered = [e for e in events if e["result"]["status"] == "delivered"]
    assert (40, 40) == (len(created), len(delivered))
    assert {"delayed", "delivery_exception"} < details
    assert (events, True) == (bodies(1), events != bodies(2))
