"""Acme's webhooks: whether one is genuine, and what it states. Pure.

    X-Acme-Timestamp: 1772703000
    X-Acme-Signature: hex of HMAC-SHA256(secret, timestamp + "." + body)
    {"id": "evt_1", "topic": "order.updated", "order_id": 1042}

Source: acme.example/docs/webhooks.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from connectors.sdk import signatures
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Touched
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.sdk.template.mapping import read

TIMESTAMP = "x-acme-timestamp"
SIGNATURE = "x-acme-signature"
TOPICS = ("order.created", "order.updated", "order.canceled")


class _Event(msgspec.Struct):
    id: str
    topic: str
    order_id: int


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Over the very bytes: a body that was parsed and written again is another."""
    return signatures.sha256(secret.encode(), timestamp.encode(), b".", body).hex()


def verify(delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
    """Prove a delivery genuine. Raises: SignatureInvalid."""
    signatures.require_secrets(secrets)
    timestamp = delivery.headers.get(TIMESTAMP, "")
    # Two secrets are valid while one replaces the other; an empty one would sign for anybody.
    expected = [sign(secret, timestamp, delivery.body) for secret in secrets if secret]
    signatures.require_match(delivery.headers.get(SIGNATURE), expected, SIGNATURE)
    signatures.require_fresh(_sent_at(timestamp), now)
    return _identity(delivery.body)


def _sent_at(timestamp: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SignatureInvalid(f"{TIMESTAMP} is no time") from error


def _identity(body: bytes) -> Verified:
    """Name the event: the id is what is taken in once only, so it must be within what is signed.
    A genuine delivery that cannot be read goes by its bytes; `decode` then sends it aside."""
    try:
        event = read(parse_json(body), _Event)
    except Malformed:
        return Verified(id=hashlib.sha256(body).hexdigest(), topic="")
    return Verified(id=event.id, topic=event.topic)


def decode(delivery: RawDelivery, received_at: datetime) -> list[Change]:
    """Say which order moved. Events come out of order and state nothing of it, so that it is read
    again. Raises: Malformed, also for a topic that nobody documents."""
    event = read(parse_json(delivery.body), _Event)
    if event.topic not in TOPICS:
        raise Malformed(f"$.topic: none that is documented: {event.topic[:40]!r}")
    return [Touched(kind=Kind.ORDER, external_id=str(event.order_id))]
