"""Webhooks from ShipBob: genuine or not, and what they say. Pure.

Source: webhooks-asyncapi.json (2026-01). The scheme is Standard Webhooks. Its library is not used:
it takes the time from the wall clock, and lets ValueError out for a header it cannot split.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.sdk import signatures
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Touched
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.shipbob import mapping
from connectors.shipbob.mapping import Node

SECRET_PREFIX = "whsec_"  # noqa: S105 (what every such secret begins with)

_ORDERS = frozenset(
    {
        "order.shipped",
        "order.shipment.tracking.updated",
        "order.shipment.delivered",
        "order.shipment.exception",
        "order.shipment.on_hold",
        "order.shipment.cancelled",
        "order.shipment.address.updated",
        "order.shipment.line_item.added",
        "order.shipment.line_item.removed",
        "order.shipment.line_item.updated",
        "order.shipment.shipping_service.updated",
    }
)
_RETURNS = frozenset({"return.created", "return.updated", "return.completed"})
_OF_NO_INTEREST = frozenset(
    {
        "wro.created",
        "wro.updated",
        "wro.completed",
        "wro.box.arrived",
        "wro.box.scanned",
        "wro.box.stowed",
        "billing.charge.created",
        "billing.refund.created",
        "billing.credit.created",
    }
)


def key_of(secret: str) -> bytes:
    """Return the signing key inside ``"whsec_<base64>"``. Raises: ValueError when there is none."""
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError("does not begin with whsec_")
    encoded = secret.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("is not base64") from error
    if not key:
        raise ValueError("is empty")
    return key


def verify(delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
    """Prove a delivery genuine: ``v1,`` and the HMAC of ``id.timestamp.body``, under any secret.

    The topic is in a header of its own, which nothing signs; it is only ever used to choose how to
    read the body.

    Raises: SignatureInvalid.
    """
    signatures.require_secrets(secrets)
    message_id = _header(delivery, "webhook-id")
    timestamp = _header(delivery, "webhook-timestamp")
    signatures.require_fresh(_time(timestamp), now)
    signed = f"{message_id}.{timestamp}.".encode()
    expected = [signatures.sha256_base64(key, signed, delivery.body) for key in _keys(secrets)]
    _require_any(_header(delivery, "webhook-signature"), expected)
    return Verified(id=message_id, topic=delivery.headers.get("x-webhook-topic", ""))


def decode(delivery: RawDelivery) -> list[Change]:
    """Return what a delivery states. Payloads "mirror the resource", and no schema is published, so
    their shape decides: a shipment or an order with a time of change of its own is taken as stated,
    anything less says which subject to read again.

    Deliveries come in any order, late ones signed anew: when one came, or was sent, dates nothing.

    Raises: Malformed.
    """
    topic = delivery.headers.get("x-webhook-topic", "")
    if topic in _OF_NO_INTEREST:
        return []
    if topic not in _ORDERS | _RETURNS:
        raise Malformed(f"header x-webhook-topic: not a topic of ShipBob's: {topic[:80]!r}")
    body = Node(parse_json(delivery.body))
    if topic in _RETURNS:
        return [Touched(kind=Kind.RETURN, external_id=_first_id(body, "id", "return_id"))]
    return _of_order(body)


def _of_order(body: Node) -> list[Change]:
    if not body["shipments"].is_null:
        return _whole_order(body)
    order_id = body["order_id"].optional_id()
    if order_id is None:
        shipment_id = _first_id(body, "shipment_id", "id")
        return [Touched(kind=Kind.SHIPMENT, external_id=shipment_id)]
    order = Touched(kind=Kind.FULFILLMENT_ORDER, external_id=order_id)
    changed_at = _changed_at(body)
    is_whole = not body["id"].is_null and not body["products"].is_null
    if changed_at is None or not is_whole:
        return [order]
    return [mapping.shipment(body, changed_at), order]


def _whole_order(body: Node) -> list[Change]:
    times = [at for each in body["shipments"] if (at := _changed_at(each))]
    if not times:
        return [Touched(kind=Kind.FULFILLMENT_ORDER, external_id=body["id"].id())]
    return [*mapping.order(body, max(times))]


def _changed_at(shipment: Node) -> datetime | None:
    """Return when a shipment last changed: at the warehouse or at the carrier."""
    times = (shipment["last_update_at"].moment(), shipment["last_tracking_update_at"].moment())
    return max(filter(None, times), default=None)


def _first_id(body: Node, *names: str) -> str:
    for name in names:
        found = body[name].optional_id()
        if found is not None:
            return found
    raise Malformed(f"{body.path}: has none of {', '.join(names)}")


def _keys(secrets: Sequence[str]) -> list[bytes]:
    """Return the keys of the secrets that have one; `ShipBob.open` told the operator of others."""
    keys = []
    for secret in secrets:
        try:
            keys.append(key_of(secret))
        except ValueError:
            continue
    return keys


def _require_any(header: str, expected: Sequence[str]) -> None:
    """Raise SignatureInvalid unless one of the header's ``v1,`` signatures is expected.

    Base64's padding may be missing: the documentation's own example has none.
    """
    bare = [one.rstrip("=") for one in expected]
    for given in header.split():
        version, _, signature = given.partition(",")
        if version != "v1":
            continue
        try:
            signatures.require_match(signature.rstrip("="), bare, "webhook-signature")
        except SignatureInvalid:
            continue
        return
    raise SignatureInvalid("webhook-signature does not match")


def _header(delivery: RawDelivery, name: str) -> str:
    value = delivery.headers.get(name, "")
    if not value:
        raise SignatureInvalid(f"no header {name}")
    return value


def _time(timestamp: str) -> datetime:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        raise SignatureInvalid("webhook-timestamp is no time")
    return datetime.fromtimestamp(int(timestamp), tz=UTC)
