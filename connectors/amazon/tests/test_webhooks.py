"""Deliveries: of whoever has the key, and readable, or refused."""

import json
from typing import Any

import pytest

from connectors.amazon import webhooks
from connectors.amazon.tests.conftest import Rig
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Touched
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.records import Kind

HOME = "ATVPDKIKX0DER"
ORDER_ID = "112-1234567-1234567"


def _notification(topic: str = "ORDER_CHANGE", **parts: Any) -> dict[str, Any]:
    change = {"AmazonOrderId": ORDER_ID}
    return {
        "NotificationType": topic,
        "Payload": {
            "OrderChangeNotification": change,
            "FBAOutboundShipmentStatusNotification": change,
        },
        "NotificationMetadata": {"NotificationId": "n-1"},
        **parts,
    }


def _delivery(body: object, key: str | None = "key") -> RawDelivery:
    headers = {} if key is None else {"x-api-key": key}
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawDelivery(url="https://gateway.example/hooks", headers=headers, body=text)


def _event(notification: dict[str, Any]) -> dict[str, Any]:
    return {"id": "e-1", "detail-type": "any", "detail": notification}


@pytest.mark.parametrize(
    ("body", "id", "topic"),
    [
        (_event(_notification()), "n-1", "ORDER_CHANGE"),
        (_notification(), "n-1", "ORDER_CHANGE"),
        (_event(_notification(NotificationMetadata=None)), "e-1", "ORDER_CHANGE"),
        (
            {"notificationType": "X_Y", "notificationMetadata": {"notificationId": "n-2"}},
            "n-2",
            "X_Y",
        ),
    ],
)
def test_a_delivery_is_named_by_its_notification(body: object, id: str, topic: str) -> None:
    """In an envelope or alone; by the envelope's own id where the notification has none."""
    verified = webhooks.verify(_delivery(body), ["key"])
    assert (verified.id, verified.topic) == (id, topic)


def test_a_delivery_without_any_id_is_named_by_what_it_says() -> None:
    """The same again is the same; another is another, readable or not."""
    bodies = (b"{", b'{"NotificationType": "ORDER_CHANGE"}', b"[]")
    ids = [webhooks.verify(_delivery(body), ["key"]).id for body in (*bodies, *bodies)]
    assert ids[:3] == ids[3:]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("key", "secrets"),
    [
        (None, ["key"]),
        ("", ["key"]),
        ("key ", ["key"]),
        ("KEY", ["key"]),
        ("ke", ["key"]),
        ("clé", ["key"]),
        ("key", []),
        ("", [""]),
        ("key", ["", "other"]),
    ],
)
def test_without_the_key_nothing_is_taken(key: str | None, secrets: list[str]) -> None:
    """None, a wrong one, or nothing to compare with: deny by default."""
    with pytest.raises(SignatureInvalid):
        webhooks.verify(_delivery(_notification(), key), secrets)


def test_either_key_is_good_while_it_is_changed() -> None:
    """EventBridge's connection is updated at its own time."""
    for key in ("old", "new"):
        delivery = _delivery(_notification(), key)
        assert webhooks.verify(delivery, ["old", "new"]).id == "n-1"


@pytest.mark.parametrize("topic", ["ORDER_CHANGE", "FBA_OUTBOUND_SHIPMENT_STATUS"])
def test_an_order_that_changed_is_read_again(topic: str) -> None:
    """What the notification says of it is v0's, and too little."""
    for body in (_notification(topic), _event(_notification(topic))):
        changes = webhooks.decode(_delivery(body), HOME)
        assert changes == [Touched(kind=Kind.ORDER, external_id=ORDER_ID)]


@pytest.mark.parametrize(
    ("marketplace", "ids"), [(HOME, [f"TEE-S@{HOME}"]), ("A2EUQ1WTGCTBG2", [])]
)
def test_stock_is_read_again_where_it_is_read_at_all(marketplace: str, ids: list[str]) -> None:
    """Amazon tells of every marketplace that a unit can be sold in."""
    listed = [{"MarketplaceId": marketplace, "FulfillmentInventory": {}}]
    payload = {"SKU": "TEE-S", "FulfillmentInventoryByMarketplace": listed}
    body = _notification("FBA_INVENTORY_AVAILABILITY_CHANGES", Payload=payload)
    changes = webhooks.decode(_delivery(body), HOME)
    assert changes == [Touched(kind=Kind.LEVEL, external_id=one) for one in ids]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"{", "JSON"),
        (b"null", "none"),
        (b"[]", "object"),
        (b"[" * 100_000, "JSON"),
        (_notification("EXTERNAL_FULFILLMENT_SHIPMENT_STATUS_CHANGE"), "NotificationType"),
        (_notification(Payload={}), "AmazonOrderId"),
        (_notification(Payload=[]), "Payload"),
        ({"detail": []}, "detail"),
        (_notification("FBA_INVENTORY_AVAILABILITY_CHANGES", Payload={"SKU": 7}), "SKU"),
    ],
)
def test_what_cannot_be_read_says_where(body: object, where: str) -> None:
    """It is set aside and looked at, and never a crash; so is a type that has no schema."""
    with pytest.raises(Malformed, match=where):
        webhooks.decode(_delivery(body), HOME)


async def test_everything_that_happens_is_told_once(rig: Rig) -> None:
    """A sale from Amazon's warehouse: the order, each SKU's stock, and that it was shipped."""
    order = rig.order("AMAZON")
    rig.amazon.advance()
    heard = []
    for post in rig.amazon.posts:
        delivery = RawDelivery(url=post.url, headers=post.headers, body=post.body)
        verified = rig.client.verify(delivery, [rig.amazon.settings["webhook_secret"]], rig.clock())
        found = rig.client.decode(delivery, rig.clock())
        heard.append((verified.id, verified.topic, tuple(found)))
    assert len({id for id, _, _ in heard}) == len(heard) == 7
    changes = [one for _, _, some in heard for one in some]
    touched = {one.external_id for one in changes if isinstance(one, Touched)}
    assert touched == {order.id, f"TEE-S@{HOME}", f"TEE-XL@{HOME}"}
