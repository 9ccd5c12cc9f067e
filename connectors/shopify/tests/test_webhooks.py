"""Webhooks: signatures, what makes two deliveries the same, topics, payloads of any shape."""

import dataclasses
from pathlib import Path

import pytest

from connectors.sdk import manifest
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.signatures import sha256_base64
from connectors.shopify import webhooks

SECRET = "client secret"
MANIFEST = manifest.load(Path(__file__).parent.parent / "manifest.toml")


def delivery(topic: str, body: bytes, **headers: str) -> RawDelivery:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawDelivery(
        url="https://we.example/hook", headers={"x-shopify-topic": topic, **named}, body=body
    )


def signed(topic: str = "orders/updated", body: bytes = b"{}", **headers: str) -> RawDelivery:
    signature = sha256_base64(SECRET.encode(), body)
    return delivery(topic, body, x_shopify_hmac_sha256=signature, **headers)


@pytest.mark.parametrize("secrets", [[SECRET], ["new", SECRET], [SECRET, "", "new"]])
def test_a_delivery_signed_with_any_secret_is_genuine(secrets: list[str]) -> None:
    """Two are valid while one is replaced by the other."""
    found = webhooks.verify(signed(x_shopify_event_id="e1"), secrets)
    assert found.topic == "orders/updated"


@pytest.mark.parametrize(
    "given",
    [
        delivery("orders/updated", b"{}"),
        delivery("orders/updated", b"{}", x_shopify_hmac_sha256=""),
        delivery("orders/updated", b"{}", x_shopify_hmac_sha256="c2hvcnQ="),
        dataclasses.replace(signed(), body=b'{"id": 1}'),
        delivery("orders/updated", b"{}", x_shopify_hmac_sha256=sha256_base64(b"other", b"{}")),
        delivery(
            "orders/updated",
            b"{}",
            x_shopify_hmac_sha256=sha256_base64(SECRET.encode(), b"{}")[:-1],
        ),
    ],
)
def test_a_delivery_of_somebody_else_is_refused(given: RawDelivery) -> None:
    """Missing, empty, short, cut, made with another secret, or over another body."""
    with pytest.raises(SignatureInvalid):
        webhooks.verify(given, [SECRET])


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_genuine(secrets: list[str]) -> None:
    """Deny by default: an empty secret signs nothing."""
    body = b"{}"
    given = delivery("orders/updated", body, x_shopify_hmac_sha256=sha256_base64(b"", body))
    with pytest.raises(SignatureInvalid):
        webhooks.verify(given, secrets)


def test_the_same_delivery_again_has_the_same_id_and_others_of_its_event_have_not() -> None:
    """Retries and second subscriptions repeat event, topic and body; other subjects do not."""
    first = signed(body=b'{"id":1}', x_shopify_event_id="e1", x_shopify_webhook_id="w1")
    second_subscription = signed(
        body=b'{"id":1}', x_shopify_event_id="e1", x_shopify_webhook_id="w2"
    )
    other_subject = signed(body=b'{"id":2}', x_shopify_event_id="e1")
    other_topic = signed("orders/paid", b'{"id":1}', x_shopify_event_id="e1")
    ids = [
        webhooks.verify(one, [SECRET]).id
        for one in (first, second_subscription, other_subject, other_topic)
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_without_an_event_the_delivery_itself_is_the_id() -> None:
    """X-Shopify-Webhook-Id stays the same over retries."""
    found = webhooks.verify(signed(x_shopify_webhook_id="w1"), [SECRET])
    assert found == Verified(id="w1", topic="orders/updated")


@pytest.mark.parametrize(
    "topic", ["", "orders", "orders/eaten", "ORDERS_UPDATED", "parcels/create"]
)
def test_a_topic_that_shopify_does_not_document_is_malformed(topic: str) -> None:
    """It is quarantined, not dropped."""
    with pytest.raises(Malformed):
        webhooks.decode(delivery(topic, b"{}"))


@pytest.mark.parametrize("topic", ["themes/publish", "customer.tags_added", "app/uninstalled"])
def test_a_topic_of_no_interest_says_nothing(topic: str) -> None:
    """Whatever stands in it; some are written with a point."""
    assert webhooks.decode(delivery(topic, b"anything")) == []


@pytest.mark.parametrize("topic", MANIFEST.webhooks.topics if MANIFEST.webhooks else ())
@pytest.mark.parametrize("body", [b"", b"nothing", b"[]", b"7", b'{"id": "x"}'])
def test_a_payload_of_another_shape_is_malformed_or_says_nothing(topic: str, body: bytes) -> None:
    """Never a crash, for any topic we ask for."""
    try:
        found = webhooks.decode(delivery(topic, body))
    except Malformed:
        return
    assert found == []
