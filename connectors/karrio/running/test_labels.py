"""Labels: bought once, refused with the carrier's words, voided."""

from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from connectors.karrio import requests
from connectors.karrio.running.live import (
    HOME,
    STORE,
    Live,
    between,
    label,
    number,
    pulled,
    serving,
    shipment_of,
    tracker_of,
)
from connectors.sdk.changes import Removed
from connectors.sdk.commands import CancelOrder, VoidLabel
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    Misconfigured,
    Missing,
    Rejected,
    Unavailable,
    Unsupported,
)
from connectors.sdk.http import Http
from connectors.sdk.records import Kind, ShipmentRecord, TrackerRecord
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.sdk.values import Money, Parcel

pytestmark = pytest.mark.systems


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


async def test_a_voided_labels_tracker_ends_canceled(live: Live) -> None:
    """karrio deletes the tracker without a word: the outcome says what became of the parcel."""
    bought = await live.client.perform(label())
    tracker_id = tracker_of(bought).external_id
    outcome = await live.client.perform(VoidLabel(key="v", label_id=bought.external_id or ""))
    assert shipment_of(outcome).status is ShipmentStatus.CANCELED
    ended = tracker_of(outcome)
    assert (ended.external_id, ended.tracking_number) == (tracker_id, number(bought))
    assert (ended.status, ended.carrier) == (TrackingStatus.CANCELED, "acme")
    assert await live.client.fetch(Kind.TRACKER, [tracker_id]) == [
        Removed(kind=Kind.TRACKER, external_id=tracker_id)
    ]


async def test_voiding_several_parcels_ends_all_their_trackers(live: Live) -> None:
    """The second parcel's tracker is of our making, and karrio would follow it on."""
    bought = await live.client.perform(label(parcels=(Parcel(weight_g=500), Parcel(weight_g=700))))
    outcome = await live.client.perform(VoidLabel(key="v", label_id=bought.external_id or ""))
    made, ended = (
        {one.tracking_number: one.external_id for one in changes if isinstance(one, TrackerRecord)}
        for changes in (bought.changes, outcome.changes)
    )
    assert len(made) == 2
    assert ended == made
    assert await live.client.fetch(Kind.TRACKER, list(made.values())) == [
        Removed(kind=Kind.TRACKER, external_id=each) for each in made.values()
    ]


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
