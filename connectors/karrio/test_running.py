"""Against a running karrio server: what is claimed, and each of karrio's traps by name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.karrio import CONNECTOR, errors, requests
from connectors.karrio.checkpoint import Checkpoint
from connectors.karrio.connector import Client
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change, Removed
from connectors.sdk.commands import BuyLabel, CancelOrder, Outcome, VoidLabel
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    SignatureInvalid,
    Unavailable,
    Unsupported,
)
from connectors.sdk.http import Http
from connectors.sdk.records import Kind, ShipmentRecord, TrackerRecord
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.sdk.values import Address, Money, Parcel
from tests.running import Running
from tests.shoppers import karrio as carrier

pytestmark = pytest.mark.systems

STORE = Address(
    name="Shipping desk",
    company="Northwind",
    line1="1 Main St",
    city="Reno",
    province="NV",
    postal_code="89502",
    country_code="US",
    phone="+17755550100",
)
HOME = Address(
    name="Ada Vale",
    line1="5 Elm St",
    city="Austin",
    province="TX",
    postal_code="78701",
    country_code="US",
    email="ada@example.com",
)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A running karrio, and a connector to it that may use the carrier Acme only."""

    url: str
    token: str
    session: aiohttp.ClientSession
    client: Client

    def opened(self, **changed: str) -> Client:
        settings = {"url": self.url, "token": self.token, "carrier_ids": "acme-parcel", **changed}
        return CONNECTOR.open(settings, Http(self.session, settings["url"]))

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        return await carrier.call(self.url, self.token, method, path, body)

    async def bought(self, reference: str) -> list[dict[str, Any]]:
        return await carrier.shipments(self.url, self.token, reference)

    async def scan(self, outcome: Outcome, status: str, at: datetime = NOON) -> None:
        await carrier.scan(self.url, self.token, number(outcome), status, at)

    async def tracker(self, outcome: Outcome) -> TrackerRecord:
        """The tracker of a bought label, read again."""
        (change,) = await self.client.fetch(Kind.TRACKER, [tracker_of(outcome).external_id])
        assert isinstance(change, TrackerRecord)
        return change


@pytest.fixture
async def live(running: Running) -> AsyncIterator[Live]:
    system = running("karrio")
    async with aiohttp.ClientSession() as session:
        settings = {"url": system.url, "token": system.info["token"], "carrier_ids": "acme-parcel"}
        client = CONNECTOR.open(settings, Http(session, system.url))
        yield Live(url=system.url, token=settings["token"], session=session, client=client)


def label(**changed: Any) -> BuyLabel:
    """A command that nobody gave before: 0.8 kg from Reno to Austin by express."""
    mine = f"GW-{next(_numbers)}-{datetime.now(UTC):%H%M%S%f}"
    stated: dict[str, Any] = {
        "key": f"key-{mine}",
        "reference": mine,
        "ship_from": STORE,
        "ship_to": HOME,
        "parcels": (Parcel(weight_g=800, length_mm=300, width_mm=200, height_mm=100),),
        "service": "acme_express",
    }
    return BuyLabel(**{**stated, **changed})


def number(outcome: Outcome) -> str:
    assert outcome.label
    return outcome.label.tracking.number


def shipment_of(outcome: Outcome) -> ShipmentRecord:
    (found,) = [change for change in outcome.changes if isinstance(change, ShipmentRecord)]
    return found


def tracker_of(outcome: Outcome) -> TrackerRecord:
    (found,) = [change for change in outcome.changes if isinstance(change, TrackerRecord)]
    return found


async def pulled(client: Client, kind: Kind, since: str | None) -> tuple[list[Change], str]:
    """Everything a pull gives, and its last checkpoint."""
    changes: list[Change] = []
    async for page in client.pull(kind, since):
        changes += page.changes
        since = page.checkpoint
    assert since is not None
    return changes, since


def about(changes: list[Change], external_id: str) -> list[Change]:
    """What *changes* say of one subject, without repeats."""
    found = {
        type(change).__name__: change
        for change in changes
        if getattr(change, "external_id", None) == external_id
    }
    return list(found.values())


# --- the account


async def test_check_names_the_active_carriers_and_the_version(live: Live) -> None:
    """An operator sees what the token can buy from."""
    account = await live.client.check()
    assert (account.name, account.version) == ("acme-parcel, own-fleet", "2026.1.32")


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"token": "key_of_nobody"}, "credentials"), ({"carrier_ids": "acme-parcel, ups"}, "ups")],
)
async def test_check_finds_a_wrong_setting(live: Live, changed: dict[str, str], named: str) -> None:
    """A token that is none; a carrier that is not connected."""
    with pytest.raises(Misconfigured, match=named):
        await live.opened(**changed).check()


async def test_check_finds_an_address_that_is_no_karrio(live: Live) -> None:
    """Something answers there, and it is something else."""
    async with serving(web.Application()) as url:
        with pytest.raises(Misconfigured, match=r"^url: "):
            await live.opened(url=url).check()


# --- buying


async def test_a_label_is_bought_with_the_service_asked_for(live: Live) -> None:
    """The outcome names label, price and number; karrio holds exactly one shipment of it."""
    command = label()
    outcome = await live.client.perform(command)
    (held,) = await live.bought(command.reference)
    assert outcome.label
    assert outcome.label.id == outcome.external_id == held["id"]
    assert outcome.label.tracking.number == held["tracking_number"]
    assert (outcome.label.service, outcome.label.tracking.carrier) == ("acme_express", "acme")
    assert outcome.label.cost == Money(minor=1499, currency="USD")
    assert held["parcels"][0]["weight"] == 0.8
    assert [held["parcels"][0][side] for side in ("length", "width", "height")] == [30, 20, 10]


async def test_a_purchase_tells_of_its_shipment_and_its_tracker(live: Live) -> None:
    """Both come with the outcome, as a read would give them."""
    command = label()
    outcome = await live.client.perform(command)
    shipment = shipment_of(outcome)
    assert (shipment.status, shipment.raw_status) == (ShipmentStatus.LABEL_PURCHASED, "created")
    assert shipment.reference == command.reference
    tracker = tracker_of(outcome)
    assert (tracker.tracking_number, tracker.carrier) == (number(outcome), "acme")
    assert [event.status for event in tracker.events] == [TrackingStatus.LABEL_CREATED]
    (read,) = await live.client.fetch(Kind.SHIPMENT, [shipment.external_id])
    assert isinstance(read, ShipmentRecord)
    assert replace(read, revised_at=shipment.revised_at) == shipment


async def test_without_a_service_the_cheapest_that_fits_is_bought(live: Live) -> None:
    """0.8 kg: Acme's standard at 5.99, express at 14.99, overnight at 29.00."""
    outcome = await live.client.perform(label(service=None))
    assert outcome.label
    assert outcome.label.service == "acme_standard"
    assert outcome.label.cost == Money(minor=599, currency="USD")


async def test_what_does_not_fit_is_not_offered(live: Live) -> None:
    """29 kg: overnight takes ten at most, and the dearest tier of standard applies."""
    command = label(service=None, parcels=(Parcel(weight_g=29_000),))
    outcome = await live.client.perform(command)
    assert outcome.label
    assert outcome.label.cost == Money(minor=1649, currency="USD")


async def test_all_carriers_compete_where_none_is_named(live: Live) -> None:
    """The own fleet costs nothing, is called generic afterwards, and has no tracker."""
    outcome = await live.opened(carrier_ids="").perform(label(service=None))
    assert outcome.label
    assert (outcome.label.service, outcome.label.cost.minor) == ("standard_service", 0)
    assert outcome.label.tracking.carrier == "own_fleet"
    assert [type(change) for change in outcome.changes] == [ShipmentRecord]


async def test_every_parcel_of_a_shipment_is_tracked(live: Live) -> None:
    """karrio makes a tracker for the first parcel only; the connector adds the others, once."""
    command = label(parcels=(Parcel(weight_g=500), Parcel(weight_g=700)))
    outcome = await live.client.perform(command)
    again = await live.client.perform(command)
    numbers = [tracking.number for tracking in shipment_of(outcome).tracking]
    assert len(set(numbers)) == 2
    for each in (outcome, again):
        found = [change for change in each.changes if isinstance(change, TrackerRecord)]
        assert [tracker.tracking_number for tracker in found] == numbers
    listed = await live.call("GET", "/v1/trackers?limit=100")
    assert sorted(
        one["tracking_number"] for one in listed["results"] if one["tracking_number"] in numbers
    ) == sorted(numbers)


async def test_a_return_label_is_one_the_other_way_round_is_return_is_ignored(live: Live) -> None:
    """The customer ships to the store; karrio's REST API drops is_return."""
    command = label(ship_from=HOME, ship_to=STORE)
    await live.client.perform(command)
    (held,) = await live.bought(command.reference)
    assert (held["shipper"]["person_name"], held["recipient"]["city"]) == ("Ada Vale", "Reno")
    flagged = requests.buy(label(), "acme_express", (), "PDF").json | {"is_return": True}
    body = {**flagged, "parcels": [{"weight": 1, "weight_unit": "KG"}]}
    assert (await live.call("POST", "/v1/shipments", body))["is_return"] is False


@pytest.mark.parametrize(("kind", "begins"), [("PDF", b"%PDF"), ("ZPL", b"^XA")])
async def test_a_label_is_fetched_in_the_kind_asked_for(
    live: Live, kind: str, begins: bytes
) -> None:
    """The address in the outcome gives the document, to the account's token only."""
    outcome = await live.opened(label_type=kind).perform(label())
    assert outcome.label
    assert outcome.label.url
    assert outcome.label.url.startswith(live.url)
    headers = {"authorization": f"Token {live.token}"}
    async with live.session.get(outcome.label.url, headers=headers) as answer:
        assert (await answer.read()).lstrip().startswith(begins)
    async with live.session.get(outcome.label.url) as answer:
        assert answer.status == 403


async def test_the_labels_extension_does_not_convert(live: Live) -> None:
    """A PDF label asked for as .zpl is the same PDF: label_type is chosen when buying."""
    outcome = await live.client.perform(label())
    assert outcome.label
    assert outcome.label.url
    headers = {"authorization": f"Token {live.token}"}
    async with live.session.get(outcome.label.url.replace(".pdf", ".zpl"), headers=headers) as got:
        assert (await got.read()).startswith(b"%PDF")


# --- refusals: nothing is bought


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        (
            {"parcels": (Parcel(weight_g=200_000),)},
            "invalid_weight",
            "acme-parcel: the weight exceeds service acme_express max weight",
        ),
        (
            {"parcels": (Parcel(weight_g=200_000),), "service": None},
            "no_rates",
            "no carrier has a rate for this parcel",
        ),
        (
            {"parcels": (Parcel(weight_g=0),), "service": None},
            "SHIPPING_SDK_INTERNAL_ERROR",
            "acme-parcel: '<' not supported between instances of 'NoneType' and 'float'",
        ),
        (
            {"service": "acme_teleport"},
            "service_unavailable",
            "The service you selected is not available for this shipment.",
        ),
        (
            {"ship_to": replace(HOME, postal_code="ZZ")},
            "validation",
            "recipient.postal_code: The American postal code must match 12345 or 12345-6789",
        ),
        (
            {"reference": "x" * 101},
            "validation",
            "reference: Ensure this field has no more than 100 characters.",
        ),
    ],
    ids=[
        "too heavy",
        "rates empty with 200",
        "all carriers failed",
        "no such service",
        "postal code",
        "reference",
    ],
)
async def test_a_refusal_says_why_and_leaves_nothing(
    live: Live, changed: dict[str, Any], code: str, said: str
) -> None:
    """The carrier's or karrio's own words; no shipment, no draft."""
    before = (await live.call("GET", "/v1/shipments?limit=1"))["count"]
    with pytest.raises(Rejected) as raised:
        await live.client.perform(label(**changed))
    assert (raised.value.code, str(raised.value)) == (code, said)
    assert (await live.call("GET", "/v1/shipments?limit=1"))["count"] == before


async def test_a_carrier_that_fails_does_not_stop_the_others(live: Live) -> None:
    """Acme's adapter breaks on 0 g, the own fleet has a price: 207, with messages beside rates."""
    command = label(service=None, parcels=(Parcel(weight_g=0),))
    door = Http(live.session, live.url, {"authorization": f"Token {live.token}"})
    answer = await door.send(requests.rates(command, ()))
    assert answer.status == 207
    assert [said["carrier_id"] for said in answer.json()["messages"]] == ["acme-parcel"]
    outcome = await live.opened(carrier_ids="").perform(command)
    assert outcome.label
    assert outcome.label.service == "standard_service"


async def test_rates_are_200_although_a_service_was_refused(live: Live) -> None:
    """One connection, two services, one too light for the parcel: only the messages say so."""
    body = {
        **requests.rates(label(), ("acme-parcel",)).json,
        "parcels": [{"weight": 20, "weight_unit": "KG"}],
        "services": ["acme_overnight", "acme_standard"],
    }
    answer = await live.call("POST", "/v1/proxy/rates", body)
    assert [rate["service"] for rate in answer["rates"]] == ["acme_standard"]
    assert [said["code"] for said in answer["messages"]] == ["invalid_weight"]


async def test_no_connected_carrier_is_a_refusal_not_a_missing_subject(live: Live) -> None:
    """karrio answers 404, which means something else elsewhere."""
    client = live.opened(carrier_ids="nobody")
    for service in ("acme_express", None):
        with pytest.raises(Rejected) as raised:
            await client.perform(label(service=service))
        assert (type(raised.value), raised.value.code) == (Rejected, "not_found")


async def test_what_karrio_cannot_do_is_refused_before_anything_is_sent(live: Live) -> None:
    """Nobody listens at the address: a request would be Unavailable."""
    client = live.opened(url="http://127.0.0.1:9")
    command = CancelOrder(key="k", order_id="1", reason="none")
    for refused in (client.perform(command), client.look_up(command)):
        with pytest.raises(Unsupported):
            await refused
    with pytest.raises(Unsupported):
        await client.fetch(Kind.ORDER, ["1"])
    with pytest.raises(Unsupported):
        await pulled(client, Kind.ORDER, None)
    with pytest.raises(Unavailable):
        await client.perform(label())


# --- doing it again


async def test_the_same_key_again_gives_the_same_label(live: Live) -> None:
    """One shipment at karrio, the outcome twice."""
    command = label()
    first = await live.client.perform(command)
    again = await live.client.perform(command)
    assert (again.external_id, again.label) == (first.external_id, first.label)
    assert len(await live.bought(command.reference)) == 1


async def test_another_key_with_the_same_reference_is_another_label(live: Live) -> None:
    """A second parcel of an order is bought for the same reference."""
    first = label()
    second = replace(first, key=first.key + "-b")
    await live.client.perform(first)
    assert await live.client.look_up(second) is None
    await live.client.perform(second)
    assert len(await live.bought(first.reference)) == 2


async def test_a_reference_that_is_part_of_another_is_not_mistaken_for_it(live: Live) -> None:
    """karrio's reference filter finds GW-10 for GW-1."""
    longer = label()
    await live.client.perform(longer)
    shorter = replace(longer, reference=longer.reference[:-1], key=longer.key[:-1])
    assert await live.client.look_up(shorter) is None


async def test_a_lost_answer_is_looked_up_and_never_bought_twice(live: Live) -> None:
    """The purchase happened, the answer was cut off: ambiguous, found, and not repeated."""
    command = label()
    async with between(live) as line:
        client = live.opened(url=line.url)
        line.cut_after = ("POST", "/v1/shipments")
        with pytest.raises(Ambiguous):
            await client.perform(command)
        found = await client.look_up(command)
        again = await client.perform(command)
    (held,) = await live.bought(command.reference)
    assert found
    assert found.label
    assert found.label.id == again.external_id == held["id"]


async def test_a_lost_request_is_looked_up_and_bought_once(live: Live) -> None:
    """The request never arrived: ambiguous too, and the look-up says that nothing happened."""
    command = label()
    async with between(live) as line:
        client = live.opened(url=line.url)
        line.cut_before = ("POST", "/v1/shipments")
        with pytest.raises(Ambiguous):
            await client.perform(command)
        assert await client.look_up(command) is None
        assert await live.bought(command.reference) == []
        await client.perform(command)
    assert len(await live.bought(command.reference)) == 1


async def test_a_lost_tracker_does_not_lose_the_label(live: Live) -> None:
    """The label is bought when its tracker is read: the pull will bring it."""
    async with between(live) as line:
        line.broken = "/v1/trackers"
        outcome = await live.opened(url=line.url).perform(label())
    assert outcome.label
    assert [type(change) for change in outcome.changes] == [ShipmentRecord]


async def test_a_voided_labels_key_buys_nothing_new(live: Live) -> None:
    """What the key bought is still what it bought."""
    command = label()
    first = await live.client.perform(command)
    assert first.external_id
    await live.client.perform(VoidLabel(key="v", label_id=first.external_id))
    again = await live.client.perform(command)
    assert again.external_id == first.external_id
    assert shipment_of(again).status is ShipmentStatus.CANCELED
    assert len(await live.bought(command.reference)) == 1


# --- voiding


async def test_a_voided_label_takes_its_tracker_with_it(live: Live) -> None:
    """karrio deletes the tracker without a word: the outcome says that it is gone."""
    bought = await live.client.perform(label())
    assert bought.external_id
    tracker_id = tracker_of(bought).external_id
    outcome = await live.client.perform(VoidLabel(key="v", label_id=bought.external_id))
    assert shipment_of(outcome).status is ShipmentStatus.CANCELED
    gone = Removed(kind=Kind.TRACKER, external_id=tracker_id)
    assert gone in outcome.changes
    assert await live.client.fetch(Kind.TRACKER, [tracker_id]) == [gone]


async def test_voiding_again_changes_nothing(live: Live) -> None:
    """Looked at before it is asked for."""
    bought = await live.client.perform(label())
    assert bought.external_id
    command = VoidLabel(key="v", label_id=bought.external_id)
    await live.client.perform(command)
    again = await live.client.perform(command)
    assert shipment_of(again).raw_status == "cancelled"


async def test_a_void_with_a_lost_answer_is_simply_done_again(live: Live) -> None:
    """Idempotent: ambiguous, and the second time nothing is left to do."""
    bought = await live.client.perform(label())
    assert bought.external_id
    command = VoidLabel(key="v", label_id=bought.external_id)
    async with between(live) as line:
        line.cut_after = ("POST", "/cancel")
        with pytest.raises(Ambiguous):
            await live.opened(url=line.url).perform(command)
    outcome = await live.client.perform(command)
    assert shipment_of(outcome).status is ShipmentStatus.CANCELED


async def test_a_label_under_way_cannot_be_voided(live: Live) -> None:
    """Conflict, in karrio's words, and the parcel goes on."""
    bought = await live.client.perform(label())
    assert bought.external_id
    await live.scan(bought, "in_transit")
    with pytest.raises(Conflict, match="'in_transit' and can not be cancelled") as raised:
        await live.client.perform(VoidLabel(key="v", label_id=bought.external_id))
    assert raised.value.code == "state_error"
    (held,) = await live.client.fetch(Kind.SHIPMENT, [bought.external_id])
    assert isinstance(held, ShipmentRecord)
    assert held.raw_status == "in_transit"


async def test_a_label_that_is_not_there_is_missing(live: Live) -> None:
    """404 about a shipment."""
    with pytest.raises(Missing):
        await live.client.perform(VoidLabel(key="v", label_id="shp_of_nobody"))


# --- trackers


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
    events = [
        {"date": "2026-11-23", "time": "10:00", "code": "A", "status": "in_transit"},
        {"date": "2026-11-24", "time": "02:15 PM", "code": "B", "status": "in_transit"},
        {"timestamp": "2026-11-22T23:30:00.000-08:00", "code": "C", "status": "picked_up"},
    ]
    await carrier.report(live.url, live.token, number(bought), "in_transit", events)
    tracker = await live.tracker(bought)
    scans = [(event.raw_status, event.occurred_at) for event in tracker.events][:-1]
    assert scans != sorted(scans, key=lambda scan: scan[1], reverse=True)
    assert dict(scans) == {
        "C": datetime(2026, 11, 23, 7, 30, tzinfo=UTC),
        "B": datetime(2026, 11, 24, 14, 15, tzinfo=UTC),
        "A": datetime(2026, 11, 23, 10, tzinfo=UTC),
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


# --- fetching


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


# --- pulling


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
    second, since = await pulled(live.client, kind, since)
    third, _ = await pulled(live.client, kind, since)
    told = [about(changes, subject.external_id) for changes in (first, second)]
    assert [getattr(change, "status", None) for changes in told for change in changes] == [
        subject.status,
        "DELIVERED",
    ]
    # What ended within the overlap may come twice; it is not followed any more.
    assert subject.external_id not in Checkpoint.load(since).open_ids
    assert {getattr(one, "status", None) for one in about(third, subject.external_id)} <= {
        "DELIVERED"
    }


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


async def test_a_first_pass_goes_on_after_a_crash_and_skips_nothing_that_moved(live: Live) -> None:
    """Stopped after one page, five newer trackers deleted: the rest is still all given."""
    numbers = [f"PG{next(_numbers)}X{each}" for each in range(requests.PAGE_ROWS + 20)]
    added = [
        await live.call("POST", "/v1/trackers", {"tracking_number": each, "carrier_name": "acme"})
        for each in numbers
    ]
    pages = live.client.pull(Kind.TRACKER, None)
    first = await anext(pages)
    await pages.aclose()  # type: ignore[attr-defined]
    newest = added[-5:]
    for each in newest:
        await live.call("DELETE", f"/v1/trackers/{each['id']}")
    rest, since = await pulled(live.client, Kind.TRACKER, first.checkpoint)
    given = {getattr(change, "external_id", None) for change in [*first.changes, *rest]}
    assert len(first.changes) == requests.PAGE_ROWS
    assert first.total is not None
    assert first.total >= len(numbers)
    assert [each["id"] for each in added if each["id"] not in given] == []
    changes, _ = await pulled(live.client, Kind.TRACKER, since)
    gone = {change.external_id for change in changes if isinstance(change, Removed)}
    assert {each["id"] for each in newest} <= gone


async def test_a_pull_from_a_foreign_checkpoint_is_malformed(live: Live) -> None:
    """It does not silently begin from nothing."""
    with pytest.raises(Malformed):
        await pulled(live.client, Kind.TRACKER, "2026-11-22")


# --- webhooks


async def test_a_parcels_whole_life_is_told_by_webhooks(live: Live) -> None:
    """Bought, scanned, on the van, delivered: full records, and no delivery event of a shipment."""
    async with receiving(live) as hooks:
        bought = await live.client.perform(label())
        await carrier.deliver(live.url, live.token, number(bought), NOON)
        topics = [hooks.verified(each).topic for each in hooks.deliveries]
        changes = [change for each in hooks.deliveries for change in hooks.decoded(each)]
    assert topics[:2] == ["shipment_purchased", "tracker_created"]
    assert topics.count("tracker_updated") == 5
    assert topics.count("shipment_fulfilled") == 1
    assert topics.count("shipment_out_for_delivery") == 1
    assert not [topic for topic in topics if "delivered" in topic]
    trackers = [change for change in changes if isinstance(change, TrackerRecord)]
    assert [tracker.status for tracker in trackers] == [
        TrackingStatus.LABEL_CREATED,
        TrackingStatus.CARRIER_PICKED_UP,
        TrackingStatus.IN_TRANSIT,
        TrackingStatus.IN_TRANSIT,
        TrackingStatus.OUT_FOR_DELIVERY,
        TrackingStatus.DELIVERED,
    ]
    last = await live.tracker(bought)
    assert replace(trackers[-1], revised_at=last.revised_at) == last


async def test_a_purchase_is_announced_before_it_has_a_tracker(live: Live) -> None:
    """It is told from inside the transaction: number and label are there already."""
    async with receiving(live) as hooks:
        bought = await live.client.perform(label())
        (first, *_) = hooks.deliveries
        (told,) = hooks.decoded(first)
    assert isinstance(told, ShipmentRecord)
    assert replace(told, revised_at=shipment_of(bought).revised_at) == shipment_of(bought)


async def test_a_voided_label_is_told_with_its_tracker(live: Live) -> None:
    """One delivery, two changes."""
    bought = await live.client.perform(label())
    async with receiving(live) as hooks:
        await live.client.perform(VoidLabel(key="v", label_id=bought.external_id or ""))
        (told,) = hooks.deliveries
        shipment, tracker = hooks.decoded(told)
    assert isinstance(shipment, ShipmentRecord)
    assert shipment.status is ShipmentStatus.CANCELED
    assert tracker == Removed(kind=Kind.TRACKER, external_id=tracker_of(bought).external_id)


async def test_webhooks_are_unsigned_and_x_event_id_is_the_secret(live: Live) -> None:
    """The same for every event: no event has an id, and a body that was changed looks genuine."""
    async with receiving(live) as hooks:
        await live.client.perform(label())
        sent = [each.headers["x-event-id"] for each in hooks.deliveries]
        forged = replace(hooks.deliveries[0], headers={"x-event-id": "whsec_guessed"})
        changed = replace(hooks.deliveries[0], body=b'{"event":"order_created","data":{}}')
        assert sent == [hooks.secret] * 2
        with pytest.raises(SignatureInvalid):
            hooks.verified(forged)
        assert hooks.verified(changed).topic == "unreadable"


async def test_the_same_event_sent_twice_has_one_id(live: Live) -> None:
    """Two registrations, as while a secret is exchanged: two deliveries of each event."""
    async with receiving(live) as hooks:
        second = await carrier.register(live.url, live.token, hooks.url)
        await live.client.perform(label())
        secrets = [hooks.secret, second]
        ids = [live.client.verify(each, secrets, NOON).id for each in hooks.deliveries]
    assert (len(ids), len(set(ids))) == (4, 2)


async def test_a_karrio_order_is_of_no_interest(live: Live) -> None:
    """order_created is understood, and states nothing."""
    body = {
        "order_id": f"O-{next(_numbers)}",
        "source": "API",
        "shipping_to": requests.rates(label(), ()).json["recipient"],
        "line_items": [{"sku": "MUG", "quantity": 1, "weight": 0.3, "weight_unit": "KG"}],
    }
    async with receiving(live) as hooks:
        await live.call("POST", "/v1/orders", body)
        (told,) = hooks.deliveries
        assert hooks.verified(told).topic == "order_created"
        assert hooks.decoded(told) == []


# --- what stands between and beside


@dataclass(slots=True, kw_only=True)
class Hooks:
    """A receiver of webhooks. karrio waits for it inside the request that caused the event, so
    when that request is answered everything has arrived."""

    url: str
    client: Client
    secret: str = ""
    deliveries: list[RawDelivery] = field(default_factory=list)

    def verified(self, delivery: RawDelivery) -> Any:
        return self.client.verify(delivery, [self.secret], NOON)

    def decoded(self, delivery: RawDelivery) -> list[Change]:
        return self.client.decode(delivery, NOON)


@asynccontextmanager
async def receiving(live: Live) -> AsyncIterator[Hooks]:
    """Have karrio send every event to a receiver, for as long as this lasts."""

    async def receive(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        hooks.deliveries.append(RawDelivery(url=hooks.url, headers=headers, body=body))
        return web.Response()

    app = web.Application()
    app.router.add_post("/webhooks/karrio", receive)
    async with serving(app) as url:
        hooks = Hooks(url=f"{url}/webhooks/karrio", client=live.client)
        hooks.secret = await carrier.register(live.url, live.token, hooks.url)
        try:
            yield hooks
        finally:
            await carrier.unregister(live.url, live.token, hooks.url)


@dataclass(slots=True, kw_only=True)
class Line:
    """A bad line to karrio: once, it cuts a request off before or after it took effect. What has
    *broken* in its path is answered with 502."""

    url: str = ""
    cut_before: tuple[str, str] | None = None
    cut_after: tuple[str, str] | None = None
    broken: str | None = None


@asynccontextmanager
async def between(live: Live) -> AsyncIterator[Line]:
    """A proxy in front of karrio that can be told to fail."""
    line = Line()

    def meets(plan: tuple[str, str] | None, request: web.Request) -> bool:
        return plan is not None and plan[0] == request.method and request.path.endswith(plan[1])

    def cut(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.close()
        return web.Response()

    async def forward(request: web.Request) -> web.Response:
        if meets(line.cut_before, request):
            line.cut_before = None
            return cut(request)
        if line.broken and line.broken in request.path:
            return web.Response(status=502)
        kept = {name: request.headers[name] for name in ("authorization", "content-type")
                if name in request.headers}  # fmt: skip
        async with live.session.request(
            request.method, live.url + request.path_qs, data=await request.read(), headers=kept
        ) as answer:
            body = await answer.read()
        if meets(line.cut_after, request):
            line.cut_after = None
            return cut(request)
        return web.Response(status=answer.status, body=body, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", forward)
    async with serving(app) as line.url:
        yield line


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve *app* on a free port of 127.0.0.1."""
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
