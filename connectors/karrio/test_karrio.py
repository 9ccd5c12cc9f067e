"""What is pure: mapping, requests, webhooks, refusals, checkpoints, settings."""

import dataclasses
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.karrio import CONNECTOR, errors, mapping, requests, webhooks
from connectors.karrio.checkpoint import Checkpoint
from connectors.karrio.document import Document
from connectors.sdk import manifest
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import BuyLabel
from connectors.sdk.errors import (
    Conflict,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    SignatureInvalid,
)
from connectors.sdk.http import Response, parse_json
from connectors.sdk.records import Kind
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.sdk.values import Address, Money, Parcel

HERE = Path(__file__).parent
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "https://karrio.example"
SECRET = "whsec_of_this_test"


def sample(name: str) -> dict[str, Any]:
    return dict(json.loads((HERE / "samples" / f"{name}.json").read_text()))


def given(name: str) -> Document:
    """A sample as it comes off the wire: numbers with a point as Decimal."""
    return Document.of(parse_json(json.dumps(sample(name)["given"])))


def delivery(body: Any, secret: str | None = SECRET) -> RawDelivery:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if secret is None else {"x-event-id": secret}
    return RawDelivery(url="https://gateway.example/webhooks/karrio", headers=headers, body=raw)


def plain(change: Change) -> dict[str, Any]:
    """A change as JSON has it, without the fields that have their default value."""
    stated = {
        field.name: getattr(change, field.name)
        for field in dataclasses.fields(change)
        if field.default is dataclasses.MISSING or getattr(change, field.name) != field.default
    }
    return {"record": type(change).__name__, **json.loads(msgspec.json.encode(stated))}


def answer(body: Any, status: int = 400) -> Response:
    return Response(status=status, headers={}, body=json.dumps(body).encode())


def label(**changed: Any) -> BuyLabel:
    store = Address(
        company="Northwind", line1="1 Main St", city="Reno", province="NV", postal_code="89502",
        country_code="US", phone="+17755550100",
    )  # fmt: skip
    home = Address(name="Ada Vale", line1="5 Elm St", city="Austin", country_code="US")
    stated = {
        "key": "key-77",
        "reference": "GW-77",
        "ship_from": store,
        "ship_to": home,
        "parcels": (Parcel(weight_g=1200),),
    }
    return BuyLabel(**{**stated, **changed})


def rate(charge: float | str | None, **changed: Any) -> Document:
    stated = {"service": "s", "carrier_id": "c", "currency": "USD", "transit_days": 3}
    return Document.of(parse_json(json.dumps({**stated, "total_charge": charge, **changed})))


@pytest.mark.parametrize("path", sorted((HERE / "samples").glob("*.json")), ids=lambda p: p.stem)
def test_samples_become_what_they_expect(path: Path) -> None:
    """Every sample's payload maps to exactly the changes it states."""
    wanted = sample(path.stem)
    document = given(path.stem)
    match wanted["kind"]:
        case "tracker":
            changes: list[Change] = [mapping.tracker(document, AT)]
        case "shipment":
            changes = [mapping.shipment(document, URL, AT)]
        case _:
            changes = webhooks.decode(delivery(wanted["given"]), AT, URL)
    assert [plain(change) for change in changes] == wanted["expect"]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", TrackingStatus.LABEL_CREATED),
        ("picked_up", TrackingStatus.CARRIER_PICKED_UP),
        ("in_transit", TrackingStatus.IN_TRANSIT),
        ("out_for_delivery", TrackingStatus.OUT_FOR_DELIVERY),
        ("ready_for_pickup", TrackingStatus.READY_FOR_PICKUP),
        ("delivered", TrackingStatus.DELIVERED),
        ("on_hold", TrackingStatus.ON_HOLD),
        ("delivery_delayed", TrackingStatus.DELAYED),
        ("delivery_failed", TrackingStatus.ATTEMPTED),
        ("return_to_sender", TrackingStatus.RETURNING),
        ("cancelled", TrackingStatus.CANCELED),
        ("unknown", TrackingStatus.UNKNOWN),
        ("beamed_up", TrackingStatus.UNKNOWN),
    ],
)
def test_every_tracker_status_has_its_word(word: str, status: TrackingStatus) -> None:
    """The twelve words of karrio map as documented, an unheard-of one to UNKNOWN with the word."""
    fields = {**given("tracker_under_way").fields, "status": word}
    record = mapping.tracker(Document.of(fields), AT)
    assert (record.status, record.raw_status) == (status, word)


def test_a_return_that_arrived_is_returned() -> None:
    """return_to_sender with the delivered flag means that the sender has it again."""
    fields = {**given("tracker_under_way").fields, "status": "return_to_sender", "delivered": True}
    assert mapping.tracker(Document.of(fields), AT).status is TrackingStatus.RETURNED


def test_the_latest_failed_attempt_gives_the_reason_not_the_first_listed() -> None:
    """Events are in no order: a loss that was found again is an attempt, if that came later."""
    fields = dict(given("tracker_lost").fields)
    lost, not_home = sample("tracker_lost")["given"]["events"]
    fields["events"] = [lost, {**not_home, "date": "2026-11-25"}]
    assert mapping.tracker(Document.of(fields), AT).status is TrackingStatus.ATTEMPTED


def test_an_events_unknown_word_is_kept_before_the_carriers_code() -> None:
    """raw_status names what could not be mapped."""
    event = {"date": "2026-11-22", "status": "teleported", "code": "TP"}
    fields = {**given("tracker_under_way").fields, "events": [event]}
    (found,) = mapping.tracker(Document.of(fields), AT).events
    assert (found.status, found.raw_status) == (TrackingStatus.UNKNOWN, "teleported")
    assert found.occurred_at == datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("word", sorted(mapping.SHIPMENT_STATUS))
def test_every_listed_shipment_status_is_known(word: str) -> None:
    """No word that karrio documents maps to UNKNOWN."""
    fields = {**given("shipment_of_two_parcels").fields, "status": word}
    assert mapping.shipment(Document.of(fields), URL, AT).status is not ShipmentStatus.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "known"),
    [(Kind.SHIPMENT, set(mapping.SHIPMENT_STATUS)), (Kind.TRACKER, set(mapping.TRACKING_STATUS))],
)
def test_a_poll_asks_for_every_status_once(kind: Kind, known: set[str]) -> None:
    """Open and final words together are all there are: nothing falls between two polls."""
    listing = requests.LISTINGS[kind]
    asked = [*listing.open_words, *listing.final_words]
    assert len(asked) == len(set(asked))
    assert set(asked) == known - {"created"} | ({"created"} if kind is Kind.SHIPMENT else set())


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"id": None}, "$.id: missing"),
        ({"id": 7}, "$.id: not a text"),
        ({"status": None}, "$.status: missing"),
        ({"events": {}}, "$.events: not a list"),
        ({"events": ["x"]}, "$.events[0]: not an object"),
        ({"events": [{"date": "soon"}]}, "$.events[0]: not a date and time"),
        ({"events": [{"date": "2026-11-22", "time": "25:61"}]}, "$.events[0]: not a date and"),
        ({"events": [{"timestamp": "0001-01-01T00:00:00+05:00"}]}, "$.events[0].timestamp: not a"),
        ({"estimated_delivery": "by evening"}, "$.estimated_delivery: not a time"),
    ],
)
def test_a_tracker_of_the_wrong_shape_is_malformed_and_says_where(
    changed: dict[str, Any], where: str
) -> None:
    """The JSON path names the fault."""
    fields = {**given("tracker_under_way").fields, **changed}
    with pytest.raises(Malformed) as raised:
        mapping.tracker(Document.of(fields), AT)
    assert str(raised.value).startswith(where)


@pytest.mark.parametrize("charge", ["twelve", True, "NaN", "1e999999", [1]])
def test_a_charge_that_is_no_amount_is_malformed(charge: Any) -> None:
    """Also 1e999999, which is a number, and as an integer a megabyte."""
    fields = dict(given("shipment_of_two_parcels").fields)
    fields["selected_rate"] = {"total_charge": charge, "currency": "USD"}
    with pytest.raises(Malformed):
        mapping.shipment(Document.of(fields), URL, AT)


def test_a_charge_in_no_currency_is_malformed() -> None:
    """A currency that is no code is not guessed at."""
    with pytest.raises(Malformed, match="not an ISO 4217 code"):
        mapping.cheapest([rate(1, currency="dollars")])


def test_money_never_passes_a_float() -> None:
    """A charge with a point is exact."""
    fields = dict(given("shipment_of_two_parcels").fields)
    fields["selected_rate"] = parse_json('{"total_charge": 1.005, "currency": "USD"}')
    assert mapping.shipment(Document.of(fields), URL, AT).cost == Money(minor=101, currency="USD")


def test_the_cheapest_rate_wins_and_the_faster_of_two() -> None:
    """By price; then by days; one without a price is no offer."""
    rates = [
        rate(8.99, service="slow", transit_days=4),
        rate(None, service="unpriced"),
        rate(8.99, service="unsaid", transit_days=None),
        rate("8.99", service="fast", transit_days=2),
        rate(44, service="overnight", transit_days=1),
    ]
    chosen = mapping.cheapest(rates)
    assert chosen is not None
    assert chosen.text("service") == "fast"


def test_rates_in_several_currencies_are_compared_within_the_most_used() -> None:
    """500 yen is not more than 9 dollars, and not less either."""
    rates = [rate(9, service="a"), rate(8, service="b"), rate(5, service="c", currency="EUR")]
    chosen = mapping.cheapest(rates)
    assert chosen is not None
    assert chosen.text("service") == "b"


def test_no_rate_is_cheapest_when_none_has_a_price() -> None:
    """Nothing to choose from is None."""
    assert mapping.cheapest([rate(None)]) is None


@pytest.mark.parametrize(
    ("weight_g", "kg"),
    [(1200, "1.200"), (1, "0.001"), (30000, "30.000"), (100, "0.100"), (1005, "1.005")],
)
def test_grams_become_kilograms_without_float_artefacts(weight_g: int, kg: str) -> None:
    """A shift of the point, sent as a text."""
    body = requests.rates(label(parcels=(Parcel(weight_g=weight_g),)), ()).json
    assert msgspec.to_builtins(body["parcels"]) == [{"weight": kg, "weight_unit": "KG"}]


def test_millimetres_become_centimetres_and_only_those_stated() -> None:
    """A side that is not known is not sent as 0."""
    parcel = Parcel(weight_g=500, length_mm=305, height_mm=3)
    body = requests.rates(label(parcels=(parcel,)), ()).json
    assert body["parcels"] == [
        {
            "weight": Decimal("0.500"),
            "weight_unit": "KG",
            "length": Decimal("30.5"),
            "height": Decimal("0.3"),
            "dimension_unit": "CM",
        }
    ]


def test_a_label_is_bought_in_one_request_that_carries_reference_and_key() -> None:
    """What a look-up will ask for is in it; it is no request to repeat."""
    request = requests.buy(label(), "swift_ground", ("swift-west",), "ZPL")
    assert (request.method, request.path, request.is_safe) == ("POST", "/v1/shipments", False)
    assert {name: request.json[name] for name in request.json if name != "shipper"} == {
        "recipient": {
            "person_name": "Ada Vale",
            "address_line1": "5 Elm St",
            "city": "Austin",
            "country_code": "US",
        },
        "parcels": [{"weight": Decimal("1.200"), "weight_unit": "KG"}],
        "service": "swift_ground",
        "carrier_ids": ["swift-west"],
        "label_type": "ZPL",
        "reference": "GW-77",
        "metadata": {"gateway_key": "key-77"},
    }


def test_an_id_cannot_lead_to_another_path() -> None:
    """Ids come from outside."""
    assert requests.shipment("../webhooks?x=1").path == "/v1/shipments/..%2Fwebhooks%3Fx%3D1"
    assert requests.cancel("a/b").path == "/v1/shipments/a%2Fb/cancel"
    assert requests.tracker("a b").path == "/v1/trackers/a%20b"


def test_a_carriers_refusal_is_rejected_with_its_words() -> None:
    """424, with messages, is a carrier speaking."""
    said = {"carrier_id": "swift-west", "code": "too_heavy", "message": "30 kg at most"}
    error = errors.refusal(answer({"messages": [said]}, 424), errors.ABOUT_A_PURCHASE)
    assert (type(error), str(error)) == (Rejected, "swift-west: 30 kg at most")
    assert (error.code, error.field) == ("too_heavy", None)


def test_karrios_own_refusal_names_the_field() -> None:
    """Validation messages begin with the path of what is wrong."""
    said = {"code": "validation", "level": "error", "message": "recipient.postal_code: No"}
    error = errors.refusal(answer({"errors": [said]}), errors.ABOUT_A_PURCHASE)
    assert (error.code, error.field) == ("validation", "recipient.postal_code")


def test_a_carriers_name_is_not_taken_for_a_field() -> None:
    """Only karrio's validation speaks of fields."""
    said = {"carrier_id": "ups", "code": "9", "message": "address: unknown"}
    error = errors.refusal(answer({"messages": [said]}, 424), errors.ABOUT_A_PURCHASE)
    assert error.field is None


@pytest.mark.parametrize(
    ("status", "table", "kind"),
    [
        (404, errors.ABOUT_A_SHIPMENT, Missing),
        (409, errors.ABOUT_A_SHIPMENT, Conflict),
        (424, errors.ABOUT_A_SHIPMENT, Rejected),
        (404, errors.ABOUT_A_PURCHASE, Rejected),
        (409, errors.ABOUT_A_PURCHASE, Conflict),
    ],
)
def test_refusals_are_told_apart_by_what_was_asked(
    status: int, table: dict[int, type[Rejected]], kind: type[Rejected]
) -> None:
    """404 to a purchase means that no carrier is connected: nothing is missing that we had."""
    said = {"errors": [{"code": "x", "message": "no"}]}
    assert type(errors.refusal(answer(said, status), table)) is kind


@pytest.mark.parametrize("body", [None, [], {"errors": "no"}, {"messages": [None]}, "<html>"])
def test_a_refusal_that_says_nothing_readable_still_has_a_code(body: Any) -> None:
    """A proxy's error page is a refusal too."""
    error = errors.refusal(answer(body, 400), errors.ABOUT_A_SHIPMENT)
    assert (error.code, str(error)) == ("HTTP 400", "HTTP 400")


def test_a_refusal_does_not_repeat_who_lives_where() -> None:
    """Carriers echo addresses; errors are logged."""
    said = {"carrier_id": "swift-west", "code": "a", "message": "ada vale at 5 Elm St, TX: no such"}
    private = requests.private(label())
    error = errors.refusal(answer({"messages": [said]}, 424), errors.ABOUT_A_PURCHASE, private)
    assert str(error) == "swift-west: [...] at [...], TX: no such"


def test_a_refusal_is_bounded() -> None:
    """Some carriers answer with a web page."""
    said = {"code": "a", "message": "x" * 10_000}
    error = errors.refusal(answer({"errors": [said]}), errors.ABOUT_A_PURCHASE)
    assert len(str(error)) == errors.LONGEST_MESSAGE


def test_no_rates_at_all_is_a_refusal_with_a_code() -> None:
    """karrio answers 200 with two empty lists."""
    error = errors.no_rates(answer({"rates": [], "messages": []}, 200))
    assert (error.code, str(error)) == ("no_rates", "no carrier has a rate for this parcel")


def test_the_secret_itself_is_the_proof() -> None:
    """karrio signs nothing: X-Event-Id carries the webhook's secret; two are valid in rotation."""
    body = sample("webhook_tracker_updated")["given"]
    verified = webhooks.verify(delivery(body), ["whsec_old", SECRET])
    assert verified.topic == "tracker_updated"
    assert verified.id.startswith("tracker_updated:trk_0a1:delivered:")


@pytest.mark.parametrize("sent", [None, "", "whsec_of_this_tes", SECRET + "x", "ä", SECRET.upper()])
def test_any_other_secret_is_refused(sent: str | None) -> None:
    """Missing, empty, cut short, longer, not ASCII, in capitals."""
    with pytest.raises(SignatureInvalid):
        webhooks.verify(delivery({"event": "tracker_updated"}, sent), [SECRET])


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_genuine(secrets: list[str]) -> None:
    """An empty secret does not match an empty header."""
    with pytest.raises(SignatureInvalid):
        webhooks.verify(delivery({"event": "tracker_updated"}, ""), secrets)


def test_what_karrio_sends_again_has_the_same_id_and_news_have_another() -> None:
    """Its queue repeats a batch word for word; a new scan changes the body."""
    body = sample("webhook_tracker_updated")["given"]
    news = {**body, "data": {**body["data"], "estimated_delivery": "2026-11-26"}}
    first, again, other = (
        webhooks.verify(delivery(one), [SECRET]).id for one in (body, dict(body), news)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{", b"\xff", b'{"event": "x"}', b"[" * 9999]
)
def test_a_genuine_delivery_that_cannot_be_read_is_verified_and_then_malformed(body: bytes) -> None:
    """It is kept for a person to see, under an id of its own."""
    assert webhooks.verify(delivery(body), [SECRET]).topic == "unreadable"
    with pytest.raises(Malformed):
        webhooks.decode(delivery(body), AT, URL)


def test_a_topic_nobody_documents_is_malformed() -> None:
    """So that a new one is seen, not lost."""
    with pytest.raises(Malformed, match="not a topic of karrio's: 'parcel_eaten'"):
        webhooks.decode(delivery({"event": "parcel_eaten", "data": {"id": "x"}}), AT, URL)


def test_the_manifest_names_every_topic_that_is_decoded() -> None:
    """What an operator subscribes to is what is understood."""
    declared = manifest.load(HERE / "manifest.toml")
    assert declared.webhooks is not None
    decoded = webhooks.TRACKER_TOPICS | webhooks.SHIPMENT_TOPICS | {webhooks.CANCELED}
    assert set(declared.webhooks.topics) == decoded
    assert declared.webhooks.signed is False


def test_a_checkpoint_survives_being_stored() -> None:
    """What is dumped loads equal."""
    held = Checkpoint(began=AT, open_ids=("trk_1", "trk_2"), offset=90)
    assert Checkpoint.load(held.dump()) == held


@pytest.mark.parametrize("text", ["", "now", "[]", '{"began": "soon"}', '{"began": 1}'])
def test_a_foreign_checkpoint_is_malformed(text: str) -> None:
    """A checkpoint of another connector is not taken for ours."""
    with pytest.raises(Malformed):
        Checkpoint.load(text)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"token": ""}, "token"),
        ({"token": "key_1\r\nX-Evil: 1"}, "token"),
        ({"url": ""}, "url"),
        ({"label_type": "GIF"}, "label_type"),
    ],
)
def test_a_wrong_setting_is_named(changed: dict[str, str], named: str) -> None:
    """Before any request is sent."""
    with pytest.raises(Misconfigured, match=f"^{named}: "):
        requests.Settings.of({"url": URL, "token": "key_1", **changed})


def test_settings_have_their_defaults() -> None:
    """PDF, and all carriers."""
    settings = requests.Settings.of({"url": URL + "/", "token": " key_1 "})
    assert settings == requests.Settings(url=URL, token="key_1", carrier_ids=(), label_type="PDF")


def test_carriers_are_listed_with_commas() -> None:
    """Blanks and empty parts are nothing."""
    given_ids = {"url": URL, "token": "key_1", "carrier_ids": "a, b,,"}
    assert requests.Settings.of(given_ids).carrier_ids == ("a", "b")


def test_the_connector_opens_without_any_request() -> None:
    """It refuses a missing token, and has no session to speak through."""
    with pytest.raises(Misconfigured):
        CONNECTOR.open({"url": URL}, None)  # type: ignore[arg-type]
