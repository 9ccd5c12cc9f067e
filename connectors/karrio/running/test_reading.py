"""Trackers and shipments: what they say, and that no change is missed."""

import json
from datetime import timedelta

import pytest

from connectors.karrio import errors, requests
from connectors.karrio.checkpoint import Checkpoint
from connectors.karrio.running.live import (
    NOON,
    Live,
    about,
    between,
    label,
    long_after,
    number,
    pulled,
    receiving,
    serial,
    shipment_of,
    tracker_of,
)
from connectors.sdk.changes import Removed, Unreadable
from connectors.sdk.errors import (
    Malformed,
    Missing,
)
from connectors.sdk.http import Http
from connectors.sdk.records import Kind, ShipmentRecord, TrackerRecord
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from tests.shoppers import karrio as carrier

pytestmark = pytest.mark.systems


async def test_a_parcel_is_followed_to_its_door(live: Live) -> None:
    """Every scan is there with its time; tracker and shipment end delivered."""
    bought = await live.client.perform(label())
    await carrier.deliver(live.url, live.token, number(bought), NOON)
    tracker = await live.tracker(bought)
    scans = sorted(tracker.events, key=lambda event: event.occurred_at)[1:]
    assert tracker.status is TrackingStatus.DELIVERED
    assert [(scan.occurred_at, scan.status, scan.location) for scan in scans] == [
        (NOON, TrackingStatus.CARRIER_PICKED_UP, "Reno, NV"),
        (NOON + timedelta(hours=6), TrackingStatus.IN_TRANSIT, "Reno, NV"),
        (NOON + timedelta(hours=12), TrackingStatus.IN_TRANSIT, "Austin, TX"),
        (NOON + timedelta(hours=18), TrackingStatus.OUT_FOR_DELIVERY, "Austin, TX"),
        (NOON + timedelta(hours=24), TrackingStatus.DELIVERED, "Austin, TX"),
    ]
    (shipment,) = await live.client.fetch(Kind.SHIPMENT, [bought.external_id or ""])
    assert isinstance(shipment, ShipmentRecord)
    assert shipment.status is ShipmentStatus.DELIVERED


async def test_karrio_renames_the_first_scan_of_a_parcel(live: Live) -> None:
    """The first in_transit scan becomes picked_up where there is none; the status stays."""
    bought = await live.client.perform(label())
    await live.scan(bought, "in_transit")
    tracker = await live.tracker(bought)
    assert tracker.status is TrackingStatus.IN_TRANSIT
    assert tracker.events[0].status is TrackingStatus.CARRIER_PICKED_UP
    assert tracker.events[0].raw_status == "IN_TRANSIT"


async def test_events_are_not_in_time_order(live: Live) -> None:
    """A scan with a timestamp and no date stands first, whenever it was; all have their times."""
    bought = await live.client.perform(label())
    day, night = timedelta(days=1), NOON - timedelta(days=1)
    events = [
        {"date": f"{NOON:%Y-%m-%d}", "time": "10:00", "code": "A", "status": "in_transit"},
        {"date": f"{NOON + day:%Y-%m-%d}", "time": "02:15 PM", "code": "B", "status": "in_transit"},
        {"timestamp": f"{night:%Y-%m-%d}T23:30:00.000-08:00", "code": "C", "status": "picked_up"},
    ]
    await carrier.report(live.url, live.token, number(bought), "in_transit", events)
    tracker = await live.tracker(bought)
    scans = [(event.raw_status, event.occurred_at) for event in tracker.events][:-1]
    assert scans != sorted(scans, key=lambda scan: scan[1], reverse=True)
    assert dict(scans) == {
        "C": NOON.replace(hour=7, minute=30),
        "B": (NOON + day).replace(hour=14, minute=15),
        "A": NOON.replace(hour=10),
    }


async def test_a_scan_without_any_date_is_left_out(live: Live) -> None:
    """karrio allows it, and nobody can place it."""
    bought = await live.client.perform(label())
    events = [{"code": "NOTE", "status": "in_transit", "description": "A note"}]
    await carrier.report(live.url, live.token, number(bought), "in_transit", events)
    assert [event.raw_status for event in (await live.tracker(bought)).events] == ["CREATED"]


async def test_a_lost_parcel_keeps_its_reason(live: Live) -> None:
    """delivery_failed because carrier_parcel_lost is LOST; a closed door is an attempt."""
    bought = await live.client.perform(label())
    await carrier.scan(
        live.url, live.token, number(bought), "delivery_failed", NOON, reason="consignee_not_home"
    )
    assert (await live.tracker(bought)).status is TrackingStatus.ATTEMPTED
    later = NOON + timedelta(days=1)
    await carrier.scan(
        live.url, live.token, number(bought), "delivery_failed", later, reason="carrier_parcel_lost"
    )
    tracker = await live.tracker(bought)
    assert tracker.status is TrackingStatus.LOST
    latest = max(tracker.events, key=lambda event: event.occurred_at)
    assert latest.reason == "carrier_parcel_lost"


async def test_a_number_the_carrier_does_not_know_is_refused(live: Live) -> None:
    """Acme refuses numbers that begin with ACX: 404, with the carrier's message."""
    door = Http(live.session, live.url, {"authorization": f"Token {live.token}"})
    answer = await door.send(requests.add_tracker("ACX1", "acme"))
    error = errors.refusal(answer, errors.ABOUT_A_SHIPMENT)
    assert isinstance(error, Missing)
    assert (error.code, str(error)) == ("NOT_FOUND", "acme-parcel: ACX1 is not known")


async def test_what_is_not_there_comes_back_as_removed(live: Live) -> None:
    """Beside what is there, and for both kinds."""
    bought = await live.client.perform(label())
    ids = ["shp_of_nobody", bought.external_id or ""]
    shipments = await live.client.fetch(Kind.SHIPMENT, ids)
    assert {type(change) for change in shipments} == {ShipmentRecord, Removed}
    assert Removed(kind=Kind.SHIPMENT, external_id="shp_of_nobody") in shipments
    assert await live.client.fetch(Kind.TRACKER, ["trk_of_nobody"]) == [
        Removed(kind=Kind.TRACKER, external_id="trk_of_nobody")
    ]
    assert await live.client.fetch(Kind.TRACKER, []) == []


async def test_more_ids_than_a_request_takes_are_all_fetched(live: Live) -> None:
    """Fifty at a time."""
    changes = await live.client.fetch(Kind.SHIPMENT, [f"shp_{each}" for each in range(120)])
    assert len(changes) == 120


async def test_there_is_no_updated_after(live: Live) -> None:
    """karrio ignores it: a poll that trusted it would read everything, or think it had."""
    await live.client.perform(label())
    plain = await live.call("GET", "/v1/trackers?limit=1")
    asked = await live.call("GET", "/v1/trackers?limit=1&updated_after=2099-01-01T00:00:00Z")
    assert asked["count"] == plain["count"] > 0


@pytest.mark.parametrize("kind", [Kind.TRACKER, Kind.SHIPMENT])
async def test_a_pull_sees_what_ended_since_the_last_one(live: Live, kind: Kind) -> None:
    """Delivered between two polls it is open no more, and is still told: once."""
    bought = await live.client.perform(label())
    subject = tracker_of(bought) if kind is Kind.TRACKER else shipment_of(bought)
    first, since = await pulled(live.client, kind, None)
    await carrier.deliver(live.url, live.token, number(bought), NOON)
    second, since = await pulled(live.client, kind, long_after(since))
    third, _ = await pulled(live.client, kind, long_after(since))
    told = [about(changes, subject.external_id) for changes in (first, second, third)]
    statuses = [[getattr(change, "status", None) for change in changes] for changes in told]
    assert statuses == [[subject.status], ["DELIVERED"], []]


async def test_a_pull_sees_a_tracker_that_was_deleted(live: Live) -> None:
    """Voided labels take theirs with them; someone may delete one by hand. No webhook says so."""
    bought = await live.client.perform(label())
    tracker_id = tracker_of(bought).external_id
    _, since = await pulled(live.client, Kind.TRACKER, None)
    await live.call("DELETE", f"/v1/trackers/{tracker_id}")
    changes, _ = await pulled(live.client, Kind.TRACKER, since)
    assert about(changes, tracker_id) == [Removed(kind=Kind.TRACKER, external_id=tracker_id)]


async def test_a_pull_sees_what_came_and_ended_in_between(live: Live) -> None:
    """Never open at any poll, and not lost."""
    _, since = await pulled(live.client, Kind.TRACKER, None)
    bought = await live.client.perform(label())
    await live.scan(bought, "delivered")
    changes, _ = await pulled(live.client, Kind.TRACKER, since)
    (found,) = about(changes, tracker_of(bought).external_id)
    assert isinstance(found, TrackerRecord)
    assert found.status is TrackingStatus.DELIVERED


async def test_a_pull_sees_what_no_webhook_tells(live: Live) -> None:
    """karrio announces status and events only: not who signed, nor a new estimate."""
    bought = await live.client.perform(label())
    tracker_id = tracker_of(bought).external_id
    _, since = await pulled(live.client, Kind.TRACKER, None)
    async with receiving(live) as hooks:
        await live.call("PUT", f"/v1/trackers/{tracker_id}", {"info": {"signed_by": "R. Vale"}})
        assert hooks.deliveries == []
    changes, _ = await pulled(live.client, Kind.TRACKER, since)
    (found,) = about(changes, tracker_id)
    assert isinstance(found, TrackerRecord)
    assert found.signed_by == "R. Vale"


@pytest.mark.parametrize(("deleted", "is_resumed"), [(5, False), (40, True)])
async def test_a_first_pass_skips_nothing_that_moved_up(
    live: Live, deleted: int, is_resumed: bool
) -> None:
    """Newer trackers go after its first page, while it runs or while it lies dead."""
    added = []
    for each in range(requests.PAGE_ROWS + 20):
        body = {"tracking_number": f"PG{next(serial)}X{each}", "carrier_name": "acme"}
        added.append((await live.call("POST", "/v1/trackers", body))["id"])
    pages = live.client.pull(Kind.TRACKER, None)
    first = await anext(pages)
    for tracker_id in added[-deleted:]:
        await live.call("DELETE", f"/v1/trackers/{tracker_id}")
    if is_resumed:
        pages = live.client.pull(Kind.TRACKER, first.checkpoint)
    rest = [page async for page in pages]
    given = {change.external_id for page in (first, *rest) for change in page.changes}
    assert len(first.changes) == requests.PAGE_ROWS
    assert first.total is not None
    assert first.total >= len(added)
    assert [each for each in added if each not in given] == []
    changes, _ = await pulled(live.client, Kind.TRACKER, rest[-1].checkpoint)
    gone = {change.external_id for change in changes if isinstance(change, Removed)}
    assert set(added[-deleted:]) <= gone


async def test_one_bad_record_does_not_hold_up_its_page(live: Live) -> None:
    """It is given as Unreadable, with its payload and what is wrong with it; the rest as ever."""
    bought = [await live.client.perform(label()) for _ in range(2)]

    def spoiled(body: bytes) -> bytes:
        page = json.loads(body)
        page["results"][0]["status"] = None
        return json.dumps(page).encode()

    async with between(live) as line:
        line.rewritten, line.rewrite = ("GET", "/v1/trackers"), spoiled
        page = await anext(live.opened(url=line.url).pull(Kind.TRACKER, None))
    bad, good, *_ = page.changes
    assert isinstance(bad, Unreadable)
    assert (bad.external_id, bad.reason) == (
        tracker_of(bought[1]).external_id,
        "$.status: missing",
    )
    assert json.loads(bad.payload)["tracking_number"] == number(bought[1])
    assert isinstance(good, TrackerRecord)
    assert good.external_id == tracker_of(bought[0]).external_id
    assert bad.external_id in Checkpoint.load(page.checkpoint).open_ids


async def test_a_pull_from_a_foreign_checkpoint_is_malformed(live: Live) -> None:
    """It does not silently begin from nothing."""
    with pytest.raises(Malformed):
        await pulled(live.client, Kind.TRACKER, "2026-11-22")
