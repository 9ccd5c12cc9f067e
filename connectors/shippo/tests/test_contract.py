"""Shippo's own contract: recorded answers map, our words are its words, its tables our judge."""

import json
from typing import Any

import pytest

from connectors.sdk import errors
from connectors.sdk.http import parse_json
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.sdk.values import Address, Money, Parcel
from connectors.shippo import errors as refusals
from connectors.shippo import requests, webhooks
from connectors.shippo.mapping import labels, rates, tracking
from connectors.shippo.mapping.reading import Node
from connectors.shippo.simulator import Simulator
from connectors.shippo.tests import contract
from connectors.shippo.tests.conftest import BUY, GOAL, HOME, HOOK, NOWHERE, Rig
from connectors.shippo.walk import FIRST_EVER, Listing


@pytest.fixture(autouse=True)
def _contract() -> None:
    contract.require()


def answer(name: str, place: int = -1) -> Node:
    """A recorded answer, as the connector reads it."""
    body = contract.recorded(name)[place]["response"]["body"]
    return Node.of(parse_json(json.dumps(body)))


# Recorded answers (API 2017-03-29)


@pytest.mark.parametrize("name", ["track__create", "track__get_status"])
def test_the_recorded_parcel_is_delivered_with_all_its_scans(name: str) -> None:
    """No finer words yet in 2017: TRANSIT is IN_TRANSIT, whatever its sentence says."""
    record = tracking.tracker(answer(name))
    assert ("usps/9205590164917337534322", TrackingStatus.DELIVERED, "DELIVERED") == (
        record.external_id,
        record.status,
        record.raw_status,
    )
    statuses = [event.status for event in record.events]
    assert statuses == (
        [TrackingStatus.UNKNOWN] * 2 + [TrackingStatus.IN_TRANSIT] * 8 + [TrackingStatus.DELIVERED]
    )
    assert "Your shipment is out for delivery." == record.events[-2].description
    assert ("2016-12-09T01:40:17.515000+00:00", "2016-12-08T15:19:00+00:00") == (
        record.revised_at.isoformat(),
        record.events[-1].occurred_at.isoformat(),
    )


def test_the_recorded_unknown_number_is_a_parcel_of_which_nothing_is_said() -> None:
    """Shippo takes any number, and answers with a Track without a status."""
    record = tracking.tracker(answer("track__invalid_create"))
    assert (TrackingStatus.UNKNOWN, "", (), FIRST_EVER) == (
        record.status,
        record.raw_status,
        record.events,
        record.revised_at,
    )


def test_the_recorded_list_holds_every_sort_of_purchase() -> None:
    """Waiting, refused three times, and sold once; newest first; more pages follow."""
    listing = Listing.of(answer("transaction__list_all"))
    found = [labels.shipment(node, None, FIRST_EVER) for node in listing.nodes]
    failed, sold = ShipmentStatus.FAILED, ShipmentStatus.LABEL_PURCHASED
    assert [ShipmentStatus.PENDING, failed, failed, sold, failed] == [one.status for one in found]
    times = [one.created_at for one in found if one.created_at]
    assert (sorted(times, reverse=True), True) == (times, listing.has_more)
    assert ("9205590164917310132354", None) == (found[3].tracking[0].number, found[3].reference)
    assert "Customer ID 123456" == found[0].reference


def test_a_recorded_refusal_of_a_carrier_is_told_in_its_words() -> None:
    """The carrier's own code and sentence."""
    node = answer("transaction__list_all").nodes("results")[4]
    error = refusals.of_messages("label not bought", node.value["messages"])
    assert isinstance(error, errors.Rejected)
    assert ("120100", "label not bought: UPS: Hard: Missing or invalid shipper number") == (
        error.code,
        str(error),
    )


def test_the_cheapest_recorded_rate_is_chosen() -> None:
    """Of sixteen, by amount and not by its text; a named service in its place."""
    shipment = answer("shipment__create")
    prices = [rates.price(one) for one in shipment.nodes("rates")]
    cheapest = requests.choose(shipment, None)
    assert min(price.minor for price in prices) == rates.price(cheapest).minor
    named = requests.choose(shipment, "ups_next_day_air")
    assert (Money(minor=3598, currency="USD"), "ups") == (rates.price(named), rates.carrier(named))


def test_every_recorded_rate_names_a_carrier_by_its_token() -> None:
    """USPS, UPS and FedEx, as people write them, are usps, ups and fedex."""
    found = answer("shipment__create").nodes("rates")
    assert {"UPS": "ups", "USPS": "usps", "FedEx": "fedex"} == {
        one.text("provider"): rates.carrier(one) for one in found
    }


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("transaction__invalid_create", "rate"),
        ("parcel__invalid_create", "mass_unit"),
        ("shipment__invalid_create", "customs_declaration"),
        ("batch__invalid_create", None),
    ],
)
def test_recorded_refusals_name_the_first_field(name: str, field: str | None) -> None:
    """A refused request says field by field what is wrong, or one sentence."""
    response = contract.recorded(name)[0]["response"]
    error = refusals.refusal(response["status"], response["body"])
    assert isinstance(error, errors.Rejected)
    assert ("HTTP 400", field) == (error.code, error.field)


def test_the_recorded_parcel_that_is_not_there_is_missing() -> None:
    """A page of HTML, with 404."""
    response = contract.recorded("track__invalid_get_status")[1]["response"]
    assert isinstance(refusals.refusal(response["status"], response["body"]), errors.Missing)


# Words


def test_every_word_for_where_a_parcel_is_has_one_of_ours() -> None:
    """The tables name exactly the words of the contract."""
    assert set(contract.words("TrackingStatusEnum")) == set(tracking.STATUS)
    assert set(contract.words("TrackingStatusEnum")) == set(labels.SHIPPED)
    assert set(tracking.REFINED) < set(tracking.STATUS)


def test_every_word_for_a_purchase_is_sorted() -> None:
    """Bought, waiting or refused: none is left, and none is two."""
    known = [*labels.BOUGHT, *labels.WAITING, labels.REFUSED]
    assert sorted(contract.words("TransactionStatusEnum")) == sorted(known)
    assert set(contract.words("RefundStatus")) == set(labels.REFUNDED)
    assert labels.INVALID in contract.words("ObjectStateEnum")


def test_every_event_is_told_of_or_known_to_be_silent() -> None:
    """``all`` registers for all of them, and is no event."""
    known = {webhooks.TRACK, *webhooks.TRANSACTIONS, *webhooks.SILENT, "all"}
    assert set(contract.words("WebhookEventTypeEnum")) == known


def test_every_carrier_is_known_and_nearly_every_service_names_its_own() -> None:
    """Of 38 carriers' services only some of three have tokens that do not begin with a carrier's:
    there the carrier's name counts."""
    assert set(contract.words("CarriersEnum")) == rates.CARRIERS
    tables = {name: one for name, one in contract.models().items() if "ServiceLevel" in name}
    unnamed = {
        name
        for name, table in tables.items()
        for token in table.get("enum", [])
        if rates.carrier(_rate(token)) == "some_carrier"
    }
    assert unnamed == {
        "ServiceLevelAPGEnum",
        "ServiceLevelCorreosEspanaEnum",
        "ServiceLevelSwyftEnum",
    }


def _rate(token: str) -> Node:
    return Node.of({"provider": "Some Carrier", "servicelevel": {"token": token}})


# Requests and the simulator


def test_every_operation_that_is_used_is_published() -> None:
    """Method and path, a slash at the end included."""
    assert set(contract.OPERATIONS) <= contract.operations()


def test_a_full_purchase_has_the_published_form() -> None:
    """Everything that a command can say, in properties that Shippo names."""
    everything = Address(
        name="n",
        company="c",
        line1="1",
        line2="2",
        city="c",
        province="NV",
        postal_code="1",
        country_code="US",
        phone="5",
        email="a@b.example",
    )
    parcel = Parcel(weight_g=436, length_mm=254, width_mm=200, height_mm=101)
    command = type(BUY)(
        key="k", reference="r", ship_from=everything, ship_to=everything, parcels=(parcel,)
    )
    assert [] == contract.faults("ShipmentCreateRequest", requests.create(command).json)
    assert [] == contract.faults("TransactionCreateRequest", requests.buy("r", "ref").json)
    assert [] == contract.faults("RefundRequestBody", requests.refund("t").json)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"status": "FINE"}, "$.status: 'FINE' is no TransactionStatusEnum"),
        ({"tracking_history": []}, "$.tracking_history: unknown to Transaction"),
        ({"test": "true"}, "$.test: a str, not a bool"),
        ({"messages": {}}, "$.messages: not a list"),
        ({"messages": [{"kode": "1"}]}, "$.messages[0].kode: unknown to ResponseMessage"),
        ({"rate": 7}, "$.rate: a int, not a str"),
    ],
)
def test_the_judge_finds_what_is_wrong(changed: dict[str, Any], fault: str) -> None:
    """Else that nothing is found would say nothing."""
    simulator = Simulator(NOWHERE, lambda: FIRST_EVER)
    simulator.label_elsewhere(GOAL)
    (transaction,) = simulator.labels
    assert [] == contract.faults("Transaction", transaction)
    assert [fault] == contract.faults("Transaction", {**transaction, **changed})
    assert "$.object_id: required" in contract.faults("Rate", {})


async def test_every_answer_and_webhook_of_a_whole_life_fits(rig: Rig) -> None:
    """Bought, tracked to the end, given back, registered from elsewhere: each object, each event.
    What goes over the wire is judged by the rig itself."""
    await rig.client.perform(BUY)
    rig.simulator.accept("9400111111111111111111", HOME)
    await rig.ask("POST", "/tracks", {"carrier": "usps", "tracking_number": "94002"})
    (label,) = rig.simulator.labels
    for _ in range(12):
        rig.later(hours=6)
        rig.simulator.advance()
        await rig.ask("GET", f"/tracks/usps/{label['tracking_number']}")
    await rig.ask("POST", "/refunds", {"transaction": label["object_id"], "async": False})
    rig.simulator.advance()
    await rig.ask("GET", f"/transactions/{label['object_id']}")
    models = {webhooks.TRACK: "WebhookPayloadTrack"}
    events = [json.loads(post.body) for post in rig.simulator.posts]
    found = [
        fault
        for one in events
        for fault in contract.faults(models.get(one["event"], "WebhookPayloadTransaction"), one)
    ]
    assert [] == found
    topics = {one["event"] for one in events}
    assert {"track_updated", "transaction_created", "transaction_updated"} == topics
    assert {f"{HOOK}?token=simulatedToken"} == {post.url for post in rig.simulator.posts}
