"""Webhooks beyond what the conformance kit tries."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.medusa import webhooks
from connectors.medusa.kit import KIT, READ_AT
from connectors.sdk import manifest
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change, Touched
from connectors.sdk.errors import Malformed
from connectors.sdk.records import Kind

FOLDER = Path(__file__).parent.parent


def _decoded(topic: str, data: Any) -> list[Change]:
    body = json.dumps({"id": "d-1", "type": topic, "createdAt": "", "data": data}).encode()
    return webhooks.decode(RawDelivery(url="", headers={}, body=body), READ_AT)


def test_manifest_declares_every_topic() -> None:
    """And no other."""
    hooks = manifest.load(FOLDER / "manifest.toml").webhooks
    assert hooks
    assert sorted(webhooks.TOPICS) == sorted(hooks.topics)


@pytest.mark.parametrize(
    ("topic", "data", "kind", "named"),
    [
        ("order.canceled", {"id": "order_1"}, Kind.ORDER, "order_1"),
        ("order.fulfillment_created", {"order_id": "order_1"}, Kind.ORDER, "order_1"),
        ("order-edit.confirmed", {"order_id": "order_1", "actions": []}, Kind.ORDER, "order_1"),
        ("customer.deleted", {"id": "cus_1"}, Kind.CUSTOMER, "cus_1"),
        ("product.updated", {"id": "prod_1"}, Kind.PRODUCT, "prod_1"),
        ("product-variant.deleted", {"id": "variant_1"}, Kind.PRODUCT, "variant:variant_1"),
        ("stock-location.stock-location.updated", {"id": "sloc_1"}, Kind.LOCATION, "sloc_1"),
        (
            "reservation-item.created",
            {"id": "r", "reservation": {"inventory_item_id": "i", "location_id": "l"}},
            Kind.LEVEL,
            "i@l",
        ),
    ],
)
def test_event_names_what_is_to_be_read(
    topic: str, data: dict[str, Any], kind: Kind, named: str
) -> None:
    """Whatever else it holds."""
    assert [Touched(kind=kind, external_id=named)] == _decoded(topic, data)


@pytest.mark.parametrize(
    ("topic", "data"),
    [
        ("payment.captured", {"id": "pay_1", "payment": None}),
        ("payment.captured", {"id": "pay_1", "payment": {"payment_collection": {"id": "c"}}}),
        ("shipment.created", {"id": "ful_1", "fulfillment": {"id": "ful_1", "order": None}}),
        ("inventory-level.deleted", {"id": "ilev_1", "level": None}),
        ("reservation-item.deleted", {"id": "resitem_1", "order_id": "order_1"}),
        ("region.updated", {"id": "reg_1"}),
    ],
)
def test_event_that_names_nothing_of_ours_is_understood(topic: str, data: dict[str, Any]) -> None:
    """A cart's payment, a return's parcel, what is gone already, what we do not read."""
    assert [] == _decoded(topic, data)


@pytest.mark.parametrize("data", [None, {}, {"id": 7}, [], {"id": ""}])
def test_event_without_an_id_is_malformed(data: Any) -> None:
    """It goes to quarantine."""
    with pytest.raises(Malformed):
        _decoded("order.placed", data)


def test_delivery_is_named_by_its_signed_body() -> None:
    """Not by a header, which anybody may write."""
    body = b'{"id":"d-7","type":"order.placed","data":{"id":"order_1"}}'
    signed = KIT.sign(body, "s", READ_AT)
    headers = {**signed.headers, "x-medusa-delivery": "other", "x-medusa-event": "other"}
    delivery = RawDelivery(url="", headers=headers, body=body)
    verified = webhooks.verify(delivery, ["s"], READ_AT)
    assert ("d-7", "order.placed") == (verified.id, verified.topic)
    broken = KIT.sign(b"{", "s", READ_AT)
    named = {**broken.headers, "x-medusa-delivery": "d-8", "x-medusa-event": "order.placed"}
    delivery = RawDelivery(url="", headers=named, body=b"{")
    assert "d-8" == webhooks.verify(delivery, ["s"], READ_AT).id
