"""What is there is read: labels, and the parcels under them."""

import aiohttp
import pytest

from connectors.sdk import errors
from connectors.sdk.capabilities import Account
from connectors.sdk.changes import Page, Removed, Unreadable
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.http import Http
from connectors.sdk.records import Kind, ShipmentRecord, TrackerRecord
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.sdk.values import Money
from connectors.shippo import CONNECTOR
from connectors.shippo.tests.conftest import BUY, HOME, Rig, changes_of


def ids(pages: list[Page]) -> list[str]:
    found = [one for one in changes_of(pages) if isinstance(one, ShipmentRecord | TrackerRecord)]
    assert len(found) == len(changes_of(pages))
    return [one.external_id for one in found]


def shipments(pages: list[Page]) -> list[ShipmentRecord]:
    return [one for one in changes_of(pages) if isinstance(one, ShipmentRecord)]


def trackers(pages: list[Page]) -> list[TrackerRecord]:
    return [one for one in changes_of(pages) if isinstance(one, TrackerRecord)]


# The account


async def test_check_names_the_mode_of_the_token(rig: Rig) -> None:
    """Tokens say which mode they are of; old ones do not, and then any label does."""
    assert Account(name="Shippo (test)", version="2018-02-08") == await rig.client.check()
    rig.simulator.settings = {**rig.simulator.settings, "api_token": "0123456789abcdef"}
    assert "Shippo" == (await rig.open().check()).name
    rig.labels(1)
    assert "Shippo (test)" == (await rig.open().check()).name


async def test_the_version_and_the_token_go_with_every_request(rig: Rig) -> None:
    """An account has an API version of its own, which is not to count."""
    await rig.client.perform(BUY)
    stated = {(one["shippo-api-version"], one["authorization"]) for one in rig.recorder.headers}
    assert {("2018-02-08", "ShippoToken shippo_test_simulated")} == stated


async def test_what_is_not_shippo_is_a_wrong_address(rig: Rig) -> None:
    """A web page, or nothing, where the API should be is the operator's to put right."""
    rig.simulator.faults.plan(Planned(fault=Fault.NOT_JSON))
    with pytest.raises(errors.Misconfigured, match=r"^url: "):
        await rig.client.check()
    with pytest.raises(errors.Misconfigured, match=r"^url: .*404"):
        await rig.open(url=f"{rig.url}/transactions/none").check()
    rig.recorder.exchanges.clear()


@pytest.mark.parametrize("name", ["url", "api_token"])
async def test_an_absent_setting_is_named(name: str) -> None:
    """Opening without a setting says which one is absent; webhooks may be left out."""
    settings = {"url": "http://127.0.0.1:1", "api_token": "k", name: ""}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(errors.Misconfigured, match=f"^{name}: "):
            CONNECTOR.open(settings, Http(session, "http://127.0.0.1:1"))


async def test_a_kind_that_shippo_has_not_is_refused_unasked(rig: Rig) -> None:
    """Neither a pull nor a fetch of orders sends anything."""
    with pytest.raises(errors.Unsupported):
        await rig.pages(Kind.ORDER)
    with pytest.raises(errors.Unsupported):
        await rig.client.fetch(Kind.ORDER, ["1"])
    assert [] == rig.simulator.faults.requests


# Labels


async def test_a_pull_pages_through_every_label_once(rig: Rig) -> None:
    """230 labels come as 100, 100 and 30, none twice, even those of ten years ago."""
    rig.later(days=-3650)
    for _ in range(230):
        rig.later(hours=1)
        rig.labels(1)
    pages = await rig.pages(Kind.SHIPMENT)
    assert [100, 100, 30] == [len(page.changes) for page in pages]
    assert {one["object_id"] for one in rig.simulator.labels} == set(ids(pages))
    assert (230, 3) == (len(ids(pages)), rig.count("GET", "/transactions"))


async def test_a_label_comes_with_its_price_carrier_and_reference(rig: Rig) -> None:
    """The transaction has neither: its rate is asked for, once."""
    await rig.client.perform(BUY)
    client = rig.client = rig.open()
    (record,) = shipments(await rig.pages(Kind.SHIPMENT))
    assert ("ship-1001-1", "usps_ground_advantage", "usps") == (
        record.reference,
        record.service,
        record.tracking[0].carrier,
    )
    assert Money(minor=592, currency="USD") == record.cost
    await client.fetch(Kind.SHIPMENT, [record.external_id])
    assert 1 == rig.count("GET", "/rates")


async def test_rates_are_remembered_up_to_a_bound(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest of too many is forgotten, and asked for again."""
    monkeypatch.setattr("connectors.shippo.door.MOST_RATES", 2)
    wanted = rig.labels(3)
    await rig.client.fetch(Kind.SHIPMENT, [*wanted, wanted[2]])
    assert 3 == rig.count("GET", "/rates")
    await rig.client.fetch(Kind.SHIPMENT, [wanted[0]])
    assert 4 == rig.count("GET", "/rates")


async def test_a_label_whose_rate_is_gone_is_read_without_it(rig: Rig) -> None:
    """Shippo has rates for 390 days: what it says no more is not known, and nothing is invented."""
    rig.labels(1)
    rig.simulator.forget_rates()
    (record,) = shipments(await rig.pages(Kind.SHIPMENT))
    assert (None, None, None) == (record.cost, record.service, record.tracking[0].carrier)
    assert ShipmentStatus.LABEL_PURCHASED == record.status
    assert [] == trackers(await rig.pages(Kind.TRACKER))


async def test_the_next_pull_reads_open_labels_again_and_final_ones_not(rig: Rig) -> None:
    """Neither a scan nor a refund moves a label in the list, so what is open is read again."""
    (done,) = rig.labels(1)
    for _ in range(12):
        rig.simulator.advance()
    rig.later(hours=2)
    (under_way,) = rig.labels(1)
    rig.later(hours=2)
    first = await rig.pages(Kind.SHIPMENT)
    rig.simulator.advance()
    rig.simulator.advance()
    second = await rig.pages(Kind.SHIPMENT, first[-1].checkpoint)
    assert [under_way, done] == ids(first)
    assert [(under_way, ShipmentStatus.SHIPPED)] == [
        (one.external_id, one.status) for one in shipments(second)
    ]


async def test_a_refund_under_way_is_read_until_it_is_decided(rig: Rig) -> None:
    """Given back, then refunded: the last word comes by a pull as well."""
    (label,) = rig.labels(1)
    await rig.ask("POST", "/refunds", {"transaction": label})
    rig.later(hours=2)
    first = await rig.pages(Kind.SHIPMENT)
    rig.simulator.advance()
    second = await rig.pages(Kind.SHIPMENT, first[-1].checkpoint)
    third = await rig.pages(Kind.SHIPMENT, second[-1].checkpoint)
    raw = [[one.raw_status for one in shipments(pages)] for pages in (first, second, third)]
    assert [["REFUNDPENDING/UNKNOWN"], ["REFUNDED/PRE_TRANSIT"], []] == raw


async def test_a_pull_cut_off_goes_on_where_it_was(rig: Rig) -> None:
    """Labels bought meanwhile push the list down: some come twice, and none is passed over, not
    even those, which the next pull gives."""
    rig.labels(230)
    first = await anext(rig.client.pull(Kind.SHIPMENT, None))
    rig.later(days=4)
    late = rig.labels(150)
    rest = await rig.pages(Kind.SHIPMENT, first.checkpoint)
    assert [100, 100, 80] == [len(page.changes) for page in rest]
    early = {one["object_id"] for one in rig.simulator.labels} - set(late)
    assert early <= {*ids([first]), *ids(rest)}
    assert set(late) <= set(ids(await rig.pages(Kind.SHIPMENT, rest[-1].checkpoint)))


async def test_a_page_that_is_there_no_more_is_the_end(rig: Rig) -> None:
    """The oldest are dropped while a pull is cut off: what it stood before is gone."""
    rig.labels(130)
    first = await anext(rig.client.pull(Kind.SHIPMENT, None))
    rig.simulator.drop(50)
    assert [0] == [len(page.changes) for page in await rig.pages(Kind.SHIPMENT, first.checkpoint)]


async def test_a_checkpoint_that_is_none_of_ours_is_malformed(rig: Rig) -> None:
    """Nothing is read in its place."""
    with pytest.raises(errors.Malformed):
        await rig.pages(Kind.SHIPMENT, "yesterday")
    assert [] == rig.simulator.faults.requests


async def test_one_bad_label_does_not_spoil_its_page(rig: Rig) -> None:
    """It is set aside by its id, also where it does not even say when it was made."""
    bad, good = rig.labels(2)
    rig.simulator.labels[0]["object_created"] = ""
    rig.simulator.labels[0]["rate"] = {}
    read, aside = changes_of(await rig.pages(Kind.SHIPMENT))
    assert isinstance(read, ShipmentRecord)
    assert isinstance(aside, Unreadable)
    assert (good, bad) == (read.external_id, aside.external_id)
    rig.recorder.exchanges.clear()


async def test_a_throttled_read_is_tried_again(rig: Rig) -> None:
    """Without a Retry-After, a read goes on."""
    rig.simulator.faults.plan(
        Planned(fault=Fault.THROTTLED_BARE), Planned(fault=Fault.SERVER_ERROR)
    )
    assert [0] == [len(page.changes) for page in await rig.pages(Kind.SHIPMENT)]
    assert 3 == rig.count("GET", "/transactions")


# Parcels


async def test_parcels_are_asked_for_by_the_labels_bought_here(rig: Rig) -> None:
    """30 of them, in pages of 25; one whose label was bought elsewhere is in no list."""
    rig.labels(30)
    rig.simulator.accept("9400111111111111111111", HOME)
    rig.simulator.advance()
    pages = await rig.pages(Kind.TRACKER)
    assert [25, 5] == [len(page.changes) for page in pages]
    wanted = {f"usps/{one['tracking_number']}" for one in rig.simulator.labels}
    assert wanted == set(ids(pages))
    owners = {one["object_id"] for one in rig.simulator.labels}
    assert owners == {one.shipment_id for one in trackers(pages)}


async def test_a_parcel_is_followed_to_its_end(rig: Rig) -> None:
    """Read again while it is under way, once more when it has arrived, and no more then."""
    rig.labels(1)
    pages = await rig.pages(Kind.TRACKER)
    seen = [one.status for one in trackers(pages)]
    for _ in range(9):
        rig.later(hours=6)
        rig.simulator.advance()
        pages = await rig.pages(Kind.TRACKER, pages[-1].checkpoint)
        seen += [one.status for one in trackers(pages)]
    assert [TrackingStatus.UNKNOWN, TrackingStatus.LABEL_CREATED] == seen[:2]
    assert (TrackingStatus.CARRIER_PICKED_UP, TrackingStatus.DELIVERED) == (seen[2], seen[-1])
    assert 1 == seen.count(TrackingStatus.DELIVERED)


async def test_a_carrier_that_only_pushes_holds_up_no_pull(rig: Rig) -> None:
    """Asking is refused: a pull passes on, and a fetch says why, not that the parcel is gone."""
    rig.labels(1)
    (wanted,) = ids(await rig.pages(Kind.TRACKER))
    rig.simulator.mute.add("usps")
    assert [] == trackers(await rig.pages(Kind.TRACKER))
    (unread,) = await rig.client.fetch(Kind.TRACKER, [wanted])
    assert isinstance(unread, Unreadable)
    assert (wanted, "HTTP 400: Carrier with name 'usps' is not supported.") == (
        unread.external_id,
        unread.reason,
    )


async def test_purchases_that_came_to_nothing_have_no_parcel(rig: Rig) -> None:
    """A label is listed as failed; nothing is asked of a parcel that has no number."""
    rig.simulator.refusal = {"source": "UPS", "code": "120100", "text": "Invalid shipper number"}
    rig.labels(1)
    (record,) = shipments(await rig.pages(Kind.SHIPMENT))
    assert (ShipmentStatus.FAILED, "ERROR", ()) == (
        record.status,
        record.raw_status,
        record.tracking,
    )
    assert [] == trackers(await rig.pages(Kind.TRACKER))
    assert 0 == rig.count("GET", "/tracks")


async def test_fetch_reads_what_is_there_and_removes_what_is_not(rig: Rig) -> None:
    """One subject that is gone does not hide the others; what is no id of ours is not asked for."""
    (label,) = rig.labels(1)
    record, gone = await rig.client.fetch(Kind.SHIPMENT, [label, "none"])
    assert isinstance(record, ShipmentRecord)
    assert Removed(kind=Kind.SHIPMENT, external_id="none") == gone
    parcel = f"usps/{record.tracking[0].number}"
    absent = ["usps/9999", "9999", "/", "usps/"]
    found, *missing = await rig.client.fetch(Kind.TRACKER, [parcel, *absent])
    assert isinstance(found, TrackerRecord)
    assert [Removed(kind=Kind.TRACKER, external_id=one) for one in absent] == missing
    assert 2 == rig.count("GET", "/tracks")


async def test_an_odd_number_is_one_part_of_its_path(rig: Rig) -> None:
    """What a path would read as its end is written so that it does not."""
    rig.simulator.accept("94 00?#ü", HOME)
    (found,) = await rig.client.fetch(Kind.TRACKER, ["usps/94 00?#ü"])
    assert isinstance(found, TrackerRecord)
    assert "94 00?#ü" == found.tracking_number


async def test_the_next_page_is_asked_for_here_whatever_its_link_says(rig: Rig) -> None:
    """The link only says that there is one: no answer sends our token to another address."""
    rig.labels(130)
    rig.simulator.link = "http://127.0.0.1:9/transactions"
    assert 130 == len(ids(await rig.pages(Kind.SHIPMENT)))
