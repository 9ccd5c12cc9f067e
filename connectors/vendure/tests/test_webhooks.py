"""Webhooks: what is genuine, and what it says."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Touched
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.manifest import load
from connectors.sdk.records import Kind
from connectors.vendure import webhooks
from connectors.vendure.tests import samples

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = "between-shop-and-gateway"
BODY = b'{"id":"d-1","type":"order.state","createdAt":"2026-11-22T12:00:00.000Z","data":{}}'


def _signature(secret: str, timestamp: str, body: bytes) -> str:
    """The plugin's scheme, written a second time: HMAC over timestamp, full stop, body."""
    signed = f"{timestamp}.".encode() + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _delivery(body: bytes = BODY, at: datetime = NOW, **headers: str) -> RawDelivery:
    timestamp = str(int(at.timestamp()))
    sent = {
        "x-vendure-event": "order.state",
        "x-vendure-delivery": "d-1",
        "x-vendure-timestamp": timestamp,
        "x-vendure-signature": _signature(SECRET, timestamp, body),
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawDelivery(url="https://gw.example/hooks/shop", headers=sent | named, body=body)


def test_signature_matches_a_vector_computed_elsewhere() -> None:
    """One fixed vector (openssl dgst -sha256 -hmac), so that both sides cannot be wrong alike."""
    delivery = RawDelivery(
        url="",
        headers={
            "x-vendure-timestamp": "1795348800",
            "x-vendure-signature": "sha256="
            "c721d1399bf81a50c7ed8aa847d67faafc5c5d228b9aa7305074cb70b8f10e9c",
        },
        body=b'{"id":"d-1","type":"order.placed"}',
    )
    at = datetime.fromtimestamp(1795348800, UTC)
    assert Verified(id="d-1", topic="order.placed") == webhooks.verify(delivery, ["s3cret"], at)


def test_genuine_delivery_is_named_by_its_signed_body() -> None:
    """The id header is not signed: another one there does not make it another delivery."""
    forged = _delivery(x_vendure_delivery="d-2", x_vendure_event="customer.updated")
    assert Verified(id="d-1", topic="order.state") == webhooks.verify(forged, [SECRET], NOW)


def test_second_secret_is_good_while_secrets_rotate() -> None:
    """A delivery signed under either of two secrets is genuine."""
    found = webhooks.verify(_delivery(), ["the-new-one", SECRET], NOW)
    assert Verified(id="d-1", topic="order.state") == found


@pytest.mark.parametrize(
    "delivery",
    [
        _delivery(x_vendure_signature=""),
        _delivery(x_vendure_signature="sha256="),
        _delivery(x_vendure_signature=_signature("other", str(int(NOW.timestamp())), BODY)),
        _delivery(x_vendure_signature=_signature(SECRET, str(int(NOW.timestamp())), BODY)[:-1]),
        _delivery(x_vendure_signature=_signature(SECRET, str(int(NOW.timestamp())), BODY + b" ")),
        _delivery(x_vendure_signature="sha256=é"),
        _delivery(x_vendure_timestamp=str(int(NOW.timestamp()) + 1)),
        _delivery(x_vendure_timestamp="soon", x_vendure_signature=_signature(SECRET, "soon", BODY)),
        _delivery(at=NOW - timedelta(seconds=301)),
        _delivery(at=NOW + timedelta(seconds=301)),
    ],
    ids=(
        "none empty other-secret cut other-body not-ascii moved-time no-time stale future"
    ).split(),
)
def test_delivery_that_is_not_genuine_is_refused(delivery: RawDelivery) -> None:
    """Absent, wrong, cut, over another body or time, or signed too long ago: never accepted."""
    with pytest.raises(SignatureInvalid):
        webhooks.verify(delivery, [SECRET], NOW)


def test_delivery_is_fresh_for_five_minutes() -> None:
    """The last second of the tolerance still counts."""
    delivery = _delivery(at=NOW - timedelta(seconds=300))
    assert "d-1" == webhooks.verify(delivery, [SECRET], NOW).id


@pytest.mark.parametrize("secrets", [[], [""]])
def test_connection_without_a_secret_takes_nothing(secrets: list[str]) -> None:
    """An empty secret would be everyone's."""
    body_signed_with_nothing = _delivery(
        x_vendure_signature=_signature("", str(int(NOW.timestamp())), BODY)
    )
    with pytest.raises(SignatureInvalid):
        webhooks.verify(body_signed_with_nothing, secrets, NOW)


def test_genuine_delivery_that_is_no_json_goes_by_its_headers() -> None:
    """It is taken, so that quarantine has it; decoding then says what is wrong."""
    delivery = _delivery(body=b"not json")
    assert Verified(id="d-1", topic="order.state") == webhooks.verify(delivery, [SECRET], NOW)
    with pytest.raises(Malformed):
        webhooks.decode(delivery, NOW)


def _decode(topic: str, data: object) -> list[Change]:
    body = json.dumps({"id": "d-1", "type": topic, "data": data}).encode()
    return webhooks.decode(_delivery(body=body), NOW)


ORDER = {"id": "7", "code": "ABC", "state": "PaymentSettled", "updatedAt": "2026-11-22T12:00:00Z"}


@pytest.mark.parametrize(
    ("topic", "data", "expected"),
    [
        ("order.placed", {"order": ORDER}, [(Kind.ORDER, "7")]),
        ("payment.state", {"order": ORDER, "paymentId": "3"}, [(Kind.ORDER, "7")]),
        ("refund.created", {"order": ORDER, "refundId": "1"}, [(Kind.ORDER, "7")]),
        ("fulfillment.created", {"orders": [ORDER]}, [(Kind.ORDER, "7")]),
        ("fulfillment.created", {"orders": []}, []),
        ("order.updated", {"order": ORDER | {"state": "AddingItems"}}, []),
        ("customer.deleted", {"id": "4"}, [(Kind.CUSTOMER, "4")]),
        ("product.created", {"id": "9"}, [(Kind.PRODUCT, "9")]),
        ("variant.updated", {"variants": [{"id": "19"}]}, [(Kind.PRODUCT, "variant:19")]),
        (
            "stock.moved",
            {"movements": [{"variantId": "19", "stockLocationId": "2"}]},
            [(Kind.LEVEL, "19@2")],
        ),
    ],
)
def test_event_names_what_to_read_again(
    topic: str, data: object, expected: list[tuple[Kind, str]]
) -> None:
    """Every event is thin; a cart's changes are of no interest."""
    changes = [Touched(kind=kind, external_id=own_id) for kind, own_id in expected]
    assert changes == _decode(topic, data)


@pytest.mark.parametrize(
    ("topic", "data", "message"),
    [
        ("order.eaten", {}, "body.type: no topic of the webhook plugin"),
        ("order.state", {}, "body.data.order is missing"),
        ("order.state", {"order": {"id": 7, "state": "Shipped"}}, "body.data.order.id is not a"),
        ("stock.moved", {"movements": None}, ""),
    ],
)
def test_event_of_the_wrong_shape_says_where(topic: str, data: object, message: str) -> None:
    """What the plugin does not write is named by its path; no movements are none."""
    if not message:
        assert [] == _decode(topic, data)
        return
    with pytest.raises(Malformed, match=message):
        _decode(topic, data)


def test_manifest_names_every_topic_and_no_other() -> None:
    """What is declared is what is decoded."""
    declared = load(samples.FOLDER.parent / "manifest.toml").webhooks
    assert declared
    assert sorted(webhooks.TOPICS) == sorted(declared.topics)
