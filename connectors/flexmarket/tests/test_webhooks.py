"""Webhooks: what is genuine, and what it says."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.flexmarket import webhooks
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Touched
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.manifest import load
from connectors.sdk.records import Kind
from connectors.sdk.registry import ROOT

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = "between-market-and-gateway"
BODY = b'{"id":"d-1","event":"order.shipped","created_at":"2026-11-22T12:00:00+00:00","data":{}}'
PLACED = "2026-11-22T11:58:00.250000+00:00"


def _header(secret: str, at: datetime, body: bytes) -> str:
    """The marketplace's scheme, written a second time."""
    seconds = str(int(at.timestamp()))
    signed = f"{seconds}.".encode() + body
    return f"t={seconds},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def _delivery(body: bytes = BODY, at: datetime = NOW, **headers: str) -> RawDelivery:
    sent = {
        "x-flexcommerce-event": "order.shipped",
        "x-flexcommerce-delivery": "d-1",
        "x-flexcommerce-signature": _header(SECRET, at, body),
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawDelivery(url="https://gw.example/hooks/market", headers=sent | named, body=body)


def _decoded(event: str, data: dict[str, Any], *, has_staff: bool = True) -> list[Change]:
    body = json.dumps({"id": "d-1", "event": event, "created_at": PLACED, "data": data}).encode()
    return webhooks.decode(RawDelivery(url="", headers={}, body=body), has_staff=has_staff)


def _order(*vendors: str | None) -> dict[str, Any]:
    items = [{"sku": "S", "quantity": 1, "vendor_id": vendor} for vendor in vendors]
    return {"id": "o-1", "order_number": "FC1", "created_at": PLACED, "items": items}


def test_signature_matches_a_vector_computed_elsewhere() -> None:
    """One fixed vector (openssl dgst -sha256 -hmac), so that both sides cannot be wrong alike."""
    proof = "3059258754d76ed8a4d9bdf0759dbcc8cd63c360b295a0c6aa3cef0837b0885a"
    delivery = RawDelivery(
        url="",
        headers={"x-flexcommerce-signature": f"t=1795348800,v1={proof}"},
        body=b'{"id":"d-1","event":"order.created"}',
    )
    at = datetime.fromtimestamp(1795348800, UTC)
    assert Verified(id="d-1", topic="order.created") == webhooks.verify(delivery, ["s3cret"], at)


def test_delivery_is_named_by_its_signed_body() -> None:
    """The id header is not signed: another one there does not make it another delivery."""
    forged = _delivery(x_flexcommerce_delivery="d-2", x_flexcommerce_event="order.created")
    assert Verified(id="d-1", topic="order.shipped") == webhooks.verify(forged, [SECRET], NOW)


def test_genuine_delivery_that_names_nothing_has_the_name_it_came_with() -> None:
    """It goes to quarantine under it."""
    delivery = _delivery(b"[]")
    assert Verified(id="d-1", topic="order.shipped") == webhooks.verify(delivery, [SECRET], NOW)


def test_repeated_delivery_is_the_same_at_any_time() -> None:
    """A retry is signed anew, minutes later, and has the id of the first."""
    later = NOW + timedelta(minutes=64)
    first = webhooks.verify(_delivery(), [SECRET], NOW)
    assert first == webhooks.verify(_delivery(at=later), [SECRET], later)


@pytest.mark.parametrize("away", [-301, 301])
def test_stale_delivery_is_refused(away: int) -> None:
    """More than five minutes from ours, either way; within them it is taken."""
    moment = timedelta(seconds=away)
    with pytest.raises(SignatureInvalid):
        webhooks.verify(_delivery(), [SECRET], NOW + moment)
    near = moment - timedelta(seconds=away // 300)
    assert "d-1" == webhooks.verify(_delivery(), [SECRET], NOW + near).id


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "v1=" + "0" * 64,
        "t=1795348800",
        "t=\u0661,v1=x",
        "t=\ud800,v1=x",
        "t=" + "9" * 5000 + ",v1=x",
    ],
)
def test_header_that_is_no_signature_is_refused(header: str) -> None:
    """Whatever stands in it, with no other error."""
    with pytest.raises(SignatureInvalid):
        webhooks.verify(_delivery(x_flexcommerce_signature=header), [SECRET], NOW)


def test_signed_time_that_is_none_is_refused() -> None:
    """Even by who knows the secret."""
    seconds = "9" * 30
    header = webhooks.signed(BODY, SECRET, seconds)
    with pytest.raises(SignatureInvalid):
        webhooks.verify(_delivery(x_flexcommerce_signature=header), [SECRET], NOW)


def test_order_of_some_seller_is_named_by_its_number_and_time() -> None:
    """Whose it is, reading it with our token tells: the vendor's id is not asked for here."""
    wanted = [Touched(kind=Kind.ORDER, external_id=f"number:FC1@{PLACED}")]
    for topic in webhooks.SELLERS:
        assert wanted == _decoded(topic, _order("a-vendor", None), has_staff=False)


def test_order_of_no_seller_is_no_news() -> None:
    """All of it is the marketplace's own."""
    assert [] == _decoded("order.created", _order(None, None))


def test_stock_and_returns_are_news_with_the_staffs_token_alone() -> None:
    """Without it they cannot be read again."""
    returned, stock = {"return_id": "r-1"}, {"product_id": "v-1", "sku": "S"}
    assert [Touched(kind=Kind.RETURN, external_id="r-1")] == _decoded("return.updated", returned)
    level = Touched(kind=Kind.LEVEL, external_id="v-1@marketplace")
    assert [level] == _decoded("inventory.low_stock", stock)
    for topic, data in (("return.updated", returned), ("inventory.low_stock", stock)):
        assert [] == _decoded(topic, data, has_staff=False)


def test_topics_of_no_interest_are_understood_and_unknown_ones_set_aside() -> None:
    """A topic that the marketplace does not have is Malformed, with the staff's token or not."""
    for topic in webhooks.OTHERS:
        assert [] == _decoded(topic, {})
    for has_staff in (True, False):
        with pytest.raises(Malformed):
            _decoded("order.teleported", _order("a-vendor"), has_staff=has_staff)


def test_manifest_names_every_topic_that_is_heard() -> None:
    """And no other."""
    hooks = load(ROOT / "flexmarket" / "manifest.toml").webhooks
    assert hooks
    assert {*webhooks.SELLERS, *webhooks.STAFFS} == set(hooks.topics)
