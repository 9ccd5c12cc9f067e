"""karrio's webhooks. Pure.

karrio signs nothing. It sends the webhook's own secret, in a header named ``X-Event-Id``, and no id
of the event at all. The body is ``{"event": "tracker_updated", "data": {...}}`` with the whole
subject in it, as it was inside karrio's transaction: reading it again at once may still find the
old one, so the delivery itself is what counts.

Source: karrio server 2026.1.32, events/task_definitions/base/webhook.py and events/signals.py.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from connectors.karrio import mapping
from connectors.karrio.document import Document
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Removed
from connectors.sdk.errors import Malformed
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.sdk.signatures import require_match, require_secrets

TRACKER_TOPICS = frozenset({"tracker_created", "tracker_updated"})
SHIPMENT_TOPICS = frozenset(
    {
        "shipment_purchased",
        "shipment_fulfilled",
        "shipment_out_for_delivery",
        "shipment_needs_attention",
        "shipment_delivery_failed",
    }
)
CANCELED = "shipment_cancelled"
OTHER_TOPICS = frozenset(
    {
        "order_created",
        "order_updated",
        "order_fulfilled",
        "order_cancelled",
        "order_delivered",
        "pickup_scheduled",
        "pickup_cancelled",
        "pickup_closed",
        "batch_queued",
        "batch_running",
        "batch_completed",
        "batch_failed",
    }
)
"""Documented, and of no interest here."""


def verify(delivery: RawDelivery, secrets: Sequence[str]) -> Verified:
    """The id is made of what was said of whom: karrio's task queue sends a whole batch again when
    one receiver of it fails, word for word, minutes after newer news.

    Raises: SignatureInvalid.
    """
    require_secrets(secrets)
    require_match(delivery.headers.get("x-event-id"), filter(None, secrets), "x-event-id")
    digest = hashlib.sha256(delivery.body).hexdigest()
    try:
        topic, data = _envelope(delivery)
        subject, status = data.text("id"), data.text_or_none("status") or ""
    except Malformed:
        return Verified(id=digest, topic="unreadable")
    return Verified(id=f"{topic}:{subject}:{status}:{digest[:32]}", topic=topic)


def decode(delivery: RawDelivery, received_at: datetime, base_url: str) -> list[Change]:
    """Raises: Malformed, also for a topic that karrio does not document."""
    topic, data = _envelope(delivery)
    if topic in TRACKER_TOPICS:
        return [mapping.tracker(data, received_at)]
    if topic in SHIPMENT_TOPICS:
        return [mapping.shipment(data, base_url, received_at)]
    if topic == CANCELED:
        return _canceled(data, received_at, base_url)
    if topic in OTHER_TOPICS:
        return []
    raise Malformed(f"$.event: not a topic of karrio's: {topic[:100]!r}")


def _canceled(data: Document, received_at: datetime, base_url: str) -> list[Change]:
    """A voided label ends its tracker, of which nothing else is said. The same topic comes when
    karrio deletes a shipment for its age: that one is gone, not canceled."""
    if data.text("status") != "cancelled":
        return [Removed(kind=Kind.SHIPMENT, external_id=data.text("id"))]
    shipment = mapping.shipment(data, base_url, received_at)
    tracker_id, number = data.text_or_none("tracker_id"), data.text_or_none("tracking_number")
    if tracker_id is None or number is None:
        return [shipment]
    return [shipment, mapping.tracker_of_void(tracker_id, number, shipment, received_at)]


def _envelope(delivery: RawDelivery) -> tuple[str, Document]:
    envelope = Document.of(parse_json(delivery.body))
    return envelope.text("event"), envelope.one("data")
