"""Shippo's webhooks: whether one is genuine, and what it states. Pure.

Shippo signs nothing unless its staff set that up for an account, whose rule is not in the contract
that this was written against. What every account has is a token in the address that the webhook was
registered with: ``https://we.example/webhooks/shippo?token=...``. It proves who sends, and neither
what is sent nor when.

``{"event": "track_updated", "test": false, "data": {...}}``, without an id of the event.

Source: docs.goshippo.com/tracking/webhook-security and /webhooks; models.json, WebhookPayload*.
"""

import hashlib
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from connectors.sdk import changes, signatures
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.errors import Malformed
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.shippo.mapping import tracking
from connectors.shippo.mapping.reading import Node

TOKEN = "token"  # noqa: S105 (the parameter's name)
TRACK = "track_updated"
TRANSACTIONS = ("transaction_created", "transaction_updated")
SILENT = ("batch_created", "batch_purchased")
"""Documented, and of nothing that we keep: a batch's labels have events of their own."""


def verify(delivery: RawDelivery, secrets: Sequence[str]) -> Verified:
    """Prove that a delivery came to the registered address. Its id is made of its bytes: Shippo
    sends the same ones again when it is not answered.

    Raises: SignatureInvalid.
    """
    signatures.require_secrets(secrets)
    signatures.require_match(_token(delivery.url), filter(None, secrets), "the address's token")
    digest = hashlib.sha256(delivery.body).hexdigest()
    try:
        return Verified(id=digest, topic=Node.of(parse_json(delivery.body)).text("event"))
    except Malformed:
        return Verified(id=digest, topic="")


def _token(url: str) -> str | None:
    """The one token of an address; several are none, as nobody registered that."""
    found = parse_qs(urlsplit(url).query).get(TOKEN, [])
    return found[0] if len(found) == 1 else None


def decode(delivery: RawDelivery, is_test: bool | None) -> list[changes.Change]:
    """Return what an event states. A Track comes whole; of a transaction only that it moved, as the
    price and the carrier of it stand elsewhere.

    *is_test* says which mode the account's token is of, None when it does not show. What is said of
    the other mode states nothing here: a test label is no label.

    Raises: Malformed, also for an event that Shippo does not document.
    """
    event = Node.of(parse_json(delivery.body))
    topic = event.text("event")
    if topic in SILENT:
        return []
    if topic != TRACK and topic not in TRANSACTIONS:
        raise Malformed(f"$.event: no such event: {topic[:40]!r}")
    data = event.node("data")
    if is_test is not None and _mode(event, data) not in (None, is_test):
        return []
    if topic == TRACK:
        return [tracking.tracker(data)]
    return [changes.Touched(kind=Kind.SHIPMENT, external_id=data.text("object_id"))]


def _mode(event: Node, data: Node) -> bool | None:
    """True for a test, False for the real thing, None when neither the event nor its subject
    says so."""
    stated = event.maybe_flag("test")
    return data.maybe_flag("test") if stated is None else stated
