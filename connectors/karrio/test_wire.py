"""What goes out and what comes back: requests, refusals, webhooks, checkpoints, settings."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.karrio import CONNECTOR, errors, requests, webhooks
from connectors.karrio.checkpoint import Checkpoint
from connectors.sdk import manifest
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.commands import BuyLabel
from connectors.sdk.errors import (
    Conflict,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    SignatureInvalid,
)
from connectors.sdk.http import Response
from connectors.sdk.values import Address, Parcel

HERE = Path(__file__).parent
AT = datetime(2026, 10, 22, 12, tzinfo=UTC)
URL = "https://karrio.example"
SECRET = "whsec_of_this_test"


def sample(name: str) -> dict[str, Any]:
    return dict(json.loads((HERE / "samples" / f"{name}.json").read_text()))


def delivery(body: Any, secret: str | None = SECRET) -> RawDelivery:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if secret is None else {"x-event-id": secret}
    return RawDelivery(url="https://gateway.example/webhooks/karrio", headers=headers, body=raw)


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
    news = {**body, "data": {**body["data"], "estimated_delivery": "2026-10-26"}}
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


def test_settings_print_without_the_token() -> None:
    """A repr ends up in logs."""
    assert "key_1" not in repr(requests.Settings.of({"url": URL, "token": "key_1"}))


def test_carriers_are_listed_with_commas() -> None:
    """Blanks and empty parts are nothing."""
    given_ids = {"url": URL, "token": "key_1", "carrier_ids": "a, b,,"}
    assert requests.Settings.of(given_ids).carrier_ids == ("a", "b")


def test_the_connector_opens_without_any_request() -> None:
    """It refuses a missing token, and has no session to speak through."""
    with pytest.raises(Misconfigured):
        CONNECTOR.open({"url": URL}, None)  # type: ignore[arg-type]
