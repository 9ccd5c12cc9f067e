"""EasyPost's webhooks: whether one is genuine, and what it states. Pure.

The signed X-Hmac-Signature has no time in it, so an old delivery stays genuine; what comes again is
known by its event's id. A second signature, X-Hmac-Signature-V2, is not read: its rule could not be
had from EasyPost, and accounts of it differ.

Source: docs.easypost.com/docs/webhooks and /events; EasyPost/easypost-python validate_webhook.
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from connectors.easypost import mapping
from connectors.easypost.mapping import Node
from connectors.sdk import changes, signatures
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.errors import Malformed
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind

HEADER = "x-hmac-signature"

SILENT = ("batch", "claim", "claims", "insurance", "payment", "report", "scan_form")
"""Families of events that state nothing we keep (docs.easypost.com/docs/events)."""


def sign(secret: str, body: bytes) -> str:
    """Return the header's value for the very bytes of *body*.

    The bytes matter: EasyPost writes ``"weight": 614.0``, which a JSON library gives back as 614.
    """
    key = unicodedata.normalize("NFKD", secret).encode()
    return f"hmac-sha256-hex={signatures.sha256(key, body).hex()}"


def verify(delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
    """Prove a delivery genuine; its id is the event's. Raises: SignatureInvalid."""
    signatures.require_secrets(secrets)
    expected = [sign(secret, delivery.body) for secret in secrets if secret]
    signatures.require_match(delivery.headers.get(HEADER), expected, HEADER)
    return _identity(delivery.body)


def _identity(body: bytes) -> Verified:
    """Name the event; a genuine delivery without a name goes by its bytes, into quarantine."""
    try:
        event = Node.of(parse_json(body))
        return Verified(id=event.text("id"), topic=event.text("description"))
    except Malformed:
        return Verified(id=hashlib.sha256(body).hexdigest(), topic="")


def decode(delivery: RawDelivery, received_at: datetime) -> list[changes.Change]:
    """Return what an event states. A tracker comes whole; of a shipment only that it moved, as
    nothing in it says which of two deliveries is the later one.

    Raises: Malformed, also for a family of events that EasyPost does not document.
    """
    event = Node.of(parse_json(delivery.body))
    family = event.text("description").partition(".")[0]
    if family in SILENT:
        return []
    if family not in ("tracker", "refund", "shipment"):
        raise Malformed(f"$.description: no such family of events: {family[:40]!r}")
    # An event read over the API has no result; a delivery has.
    result = event.maybe_node("result")
    if result is None:
        return []
    if family == "tracker":
        return [mapping.tracker(result)]
    return [changes.Touched(kind=Kind.SHIPMENT, external_id=_shipment_id(result))]


def _shipment_id(result: Node) -> str:
    """Name the shipment of a Refund or a ShipmentInvoice, or the Shipment itself."""
    is_shipment = result.value.get("object") == "Shipment"
    return result.text("id" if is_shipment else "shipment_id")
