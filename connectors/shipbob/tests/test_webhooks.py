"""Deliveries: genuine, fresh and readable, or refused."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Touched
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.records import Kind
from connectors.shipbob import webhooks

READ_AT = datetime(2026, 1, 10, 12, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a key of twenty-four byte").decode()
OTHER = "whsec_" + base64.b64encode(b"quite another signing key").decode()


def _delivery(
    body: bytes = b'{"order_id": 90}',
    *,
    secret: str = SECRET,
    at: datetime = READ_AT,
    **headers: str | None,
) -> RawDelivery:
    """A delivery signed by the published library; *headers* replace its own, None removes."""
    own = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body.decode()),
        "x-webhook-topic": "order.shipped",
    }
    other = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in {**own, **other}.items() if value is not None}
    return RawDelivery(url="https://gateway.example/hooks", headers=kept, body=body)


def test_a_genuine_delivery_is_verified() -> None:
    """Its id is what makes it the same delivery again, its topic what it is about."""
    verified = webhooks.verify(_delivery(), [SECRET], READ_AT)
    assert (verified.id, verified.topic) == ("msg_1", "order.shipped")


def test_either_secret_is_good_during_rotation() -> None:
    """Old and new side by side, in any order; a third is not."""
    for secret in (SECRET, OTHER):
        for secrets in ([SECRET, OTHER], [OTHER, SECRET]):
            assert webhooks.verify(_delivery(secret=secret), secrets, READ_AT).id == "msg_1"
    third = "whsec_" + base64.b64encode(b"a third").decode()
    with pytest.raises(SignatureInvalid):
        webhooks.verify(_delivery(secret=third), [SECRET, OTHER], READ_AT)


def test_one_good_signature_of_several_is_enough() -> None:
    """The header is a list; other versions and other keys' signatures stand beside ours."""
    good = _delivery().headers["webhook-signature"]
    header = f"v1a,abc {Webhook(OTHER).sign('msg_1', READ_AT, 'x')} {good}"
    assert webhooks.verify(_delivery(webhook_signature=header), [SECRET], READ_AT).id == "msg_1"


def test_padding_may_be_missing() -> None:
    """The documentation's own example of a signature has none."""
    bare = _delivery().headers["webhook-signature"].rstrip("=")
    assert webhooks.verify(_delivery(webhook_signature=bare), [SECRET], READ_AT).id == "msg_1"


_GOOD = _delivery().headers["webhook-signature"]


@pytest.mark.parametrize(
    "delivery",
    [
        _delivery(webhook_signature=None),
        _delivery(webhook_signature=""),
        _delivery(webhook_signature="v1,"),
        _delivery(webhook_signature="v1"),
        _delivery(webhook_signature=_GOOD[:-8]),
        _delivery(webhook_signature=_GOOD.replace("v1,", "v2,")),
        _delivery(webhook_signature=_GOOD.removeprefix("v1,")),
        _delivery(webhook_signature=_GOOD.swapcase()),
        _delivery(webhook_signature="v1,\u00e9"),
        _delivery(webhook_id="msg_2"),
        _delivery(webhook_id=None),
        _delivery(webhook_timestamp=None),
        _delivery(webhook_timestamp="yesterday"),
        _delivery(webhook_timestamp=f"{int(READ_AT.timestamp())}.5"),
        _delivery(webhook_timestamp="-1"),
        _delivery(webhook_timestamp="9" * 40),
        _delivery(webhook_timestamp=str(int(READ_AT.timestamp()) + 1)),
        RawDelivery(url="", headers=_delivery().headers, body=b'{"order_id": 91}'),
        RawDelivery(url="", headers={}, body=b""),
    ],
)
def test_a_delivery_that_is_not_genuine_is_refused(delivery: RawDelivery) -> None:
    """Missing, empty, cut short, of another version, over another body, id or time."""
    with pytest.raises(SignatureInvalid):
        webhooks.verify(delivery, [SECRET], READ_AT)


@pytest.mark.parametrize("secrets", [[], [""], ["hush"], ["whsec_%%%"]])
def test_nothing_is_genuine_without_a_secret(secrets: list[str]) -> None:
    """Deny by default: no secret, or none that is one."""
    with pytest.raises(SignatureInvalid):
        webhooks.verify(_delivery(), secrets, READ_AT)


@pytest.mark.parametrize(
    ("off_by_s", "is_fresh"), [(-301, False), (-300, True), (300, True), (301, False)]
)
def test_a_stale_delivery_is_refused(off_by_s: int, is_fresh: bool) -> None:
    """Five minutes either way, genuine or not."""
    now = READ_AT + timedelta(seconds=off_by_s)
    if is_fresh:
        assert webhooks.verify(_delivery(), [SECRET], now).id == "msg_1"
    else:
        with pytest.raises(SignatureInvalid):
            webhooks.verify(_delivery(), [SECRET], now)


@pytest.mark.parametrize(
    ("topic", "body", "where"),
    [
        (None, b"{}", "x-webhook-topic"),
        ("order_shipped", b"{}", "x-webhook-topic"),
        ("order.teleported", b"{}", "x-webhook-topic"),
        ("order.shipped", b"{", "JSON"),
        ("order.shipped", b"null", "shipment_id"),
        ("order.shipped", b"[]", "object"),
        ("order.shipped", b"{}", "shipment_id"),
        ("order.shipped", b'{"order_id": {}}', "order_id"),
        ("return.created", b"{}", "return_id"),
        ("order.shipped", b"[" * 200_000, "JSON"),
    ],
)
def test_a_delivery_that_cannot_be_read_says_where(
    topic: str | None, body: bytes, where: str
) -> None:
    """It is kept and looked at, and never a crash."""
    headers = {"x-webhook-topic": topic} if topic else {}
    with pytest.raises(Malformed, match=where):
        webhooks.decode(RawDelivery(url="", headers=headers, body=body))


@pytest.mark.parametrize(
    ("topic", "body", "changes"),
    [
        ("order.shipment.delivered", b'{"shipment_id": 331}', [(Kind.SHIPMENT, "331")]),
        ("order.shipped", b'{"order_id": 90, "id": 331}', [(Kind.FULFILLMENT_ORDER, "90")]),
        ("order.shipped", b'{"id": 90, "shipments": []}', [(Kind.FULFILLMENT_ORDER, "90")]),
        ("return.completed", b'{"id": 2900, "status": "Completed"}', [(Kind.RETURN, "2900")]),
        ("return.updated", b'{"return_id": "2900"}', [(Kind.RETURN, "2900")]),
        ("wro.completed", b'{"id": 1}', []),
        ("billing.charge.created", b"not even JSON", []),
    ],
)
def test_a_thin_delivery_says_what_to_read_again(
    topic: str, body: bytes, changes: list[tuple[Kind, str]]
) -> None:
    """An id is enough; goods coming in and bills concern nobody here."""
    delivery = RawDelivery(url="", headers={"x-webhook-topic": topic}, body=body)
    expected = [Touched(kind=kind, external_id=external_id) for kind, external_id in changes]
    assert webhooks.decode(delivery) == expected
