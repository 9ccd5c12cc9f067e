"""Track Alert: whether a scan is told by UPS, and of which parcel. Pure.

Nothing is signed. UPS fetches an access token from the operator's token endpoint and sends it with
every event, so a delivery is as genuine as that token is secret: it is the connection's
webhook_secret. The endpoint gives out this one token (README.md, Webhooks).

Source: UPSTrackAlert.json (2026-07) webhooks.TrackingEvent, security clientOauth2.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from connectors.sdk import signatures
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Touched
from connectors.sdk.errors import Malformed
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.ups.document import Node

HEADER = "authorization"

TOPICS = ("D", "I", "M", "MV", "U", "X")
"""Every activityStatus.type there is, by the contract."""


def verify(delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
    """Prove a delivery genuine. It has no id and goes by its bytes. Raises: SignatureInvalid."""
    signatures.require_secrets(secrets)
    expected = [f"Bearer {secret}" for secret in secrets if secret]
    signatures.require_match(delivery.headers.get(HEADER), expected, HEADER)
    return Verified(id=hashlib.sha256(delivery.body).hexdigest(), topic=_topic(delivery.body))


def _topic(body: bytes) -> str:
    """Name what happened; what cannot be read goes on without a name, into quarantine."""
    try:
        return _type(Node.of(parse_json(body)))
    except Malformed:
        return ""


def _type(event: Node) -> str:
    return event.node("activityStatus").text("type")


def decode(delivery: RawDelivery, received_at: datetime) -> list[Change]:
    """Return the parcel that was scanned, to be read: an event is one scan of many, without those
    before it, and nothing says which of two deliveries is the later one.

    Raises: Malformed, also for a type that UPS does not document.
    """
    event = Node.of(parse_json(delivery.body))
    kind = _type(event)
    if kind not in TOPICS:
        raise Malformed(f"$.activityStatus.type: no such type: {kind[:40]!r}")
    return [Touched(kind=Kind.TRACKER, external_id=event.text("trackingNumber"))]
