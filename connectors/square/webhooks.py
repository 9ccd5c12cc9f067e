"""Square's webhooks: verified by HMAC over the address and the body, decoded mostly to Touched.

Source: developer.squareup.com/docs/webhooks/step3validate and /v2webhook-events-tech-ref;
openapi.json *Event, Square-Version 2025-08-20.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from connectors.sdk import signatures
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Removed, Touched
from connectors.sdk.errors import Malformed
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.square.mapping import customers, inventory
from connectors.square.reading import Node

HEADER = "x-square-hmacsha256-signature"

_UNUSED = frozenset(
    (
        "bank_account",
        "booking",
        "card",
        "catalog",  # names nothing that changed: the next pull reads it
        "device",
        "dispute",
        "gift_card",
        "invoice",
        "job",
        "labor",
        "loyalty",
        "merchant",
        "oauth",
        "online_checkout",
        "payout",
        "subscription",
        "team_member",
        "terminal",
        "transfer_order",
        "vendor",
        "webhooks",  # webhooks.test_notification
    )
)
"""Families of documented topics that state nothing of ours."""


def sign(key: str, url: str, body: bytes) -> str:
    """Return what Square sends in HEADER."""
    return signatures.sha256_base64(key.encode(), url.encode(), body)


def verify(delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
    """Prove a delivery genuine. The scheme has no time, so age is not judged.

    Raises: SignatureInvalid.
    """
    signatures.require_secrets(secrets)
    expected = [sign(key, delivery.url, delivery.body) for key in secrets if key]
    signatures.require_match(delivery.headers.get(HEADER), expected, HEADER)
    return _identity(delivery.body)


def decode(delivery: RawDelivery, received_at: datetime) -> list[Change]:
    """Return what a verified delivery states. Raises: Malformed, also for an unknown topic."""
    event = Node.of(parse_json(delivery.body), "event")
    topic = event.text("type")
    handler = _HANDLERS.get(topic)
    if handler is not None:
        return handler(event, received_at)
    if topic.partition(".")[0] in _UNUSED or ".custom_attribute" in topic:
        return []
    raise Malformed(f"event.type: not a documented topic: {topic!r}")


def _identity(body: bytes) -> Verified:
    """Take id and topic; a genuine delivery without them goes by its digest, to be quarantined."""
    digest = hashlib.sha256(body).hexdigest()
    try:
        event = Node.of(parse_json(body), "event")
        named, topic = event.optional_text("event_id"), event.optional_text("type")
    except Malformed:
        named, topic = None, None
    return Verified(id=named or digest, topic=topic or "")


def _order(event: Node, received_at: datetime) -> list[Change]:
    """An order event carries ids, a state and a version: the order has to be read."""
    return [Touched(kind=Kind.ORDER, external_id=event.node("data").text("id"))]


def _payment(event: Node, received_at: datetime) -> list[Change]:
    """A payment changes the tenders of its order; without an order there is nothing to read."""
    order_id = event.node("data").node("object").node("payment").optional_text("order_id")
    return [Touched(kind=Kind.ORDER, external_id=order_id)] if order_id else []


def _refund(event: Node, received_at: datetime) -> list[Change]:
    """The event has the whole refund, but not the sale it is for: only a look at orders tells."""
    refund = event.node("data").node("object").node("refund")
    return [Touched(kind=Kind.REFUND, external_id=refund.text("id"))]


def _counts(event: Node, received_at: datetime) -> list[Change]:
    """The event has the states that changed; a level is made of all of them."""
    counts = event.node("data").node("object").nodes("inventory_counts")
    pairs = dict.fromkeys(inventory.pair(count) for count in counts)
    return [Touched(kind=Kind.LEVEL, external_id=inventory.id_of(one)) for one in pairs if one]


def _location(event: Node, received_at: datetime) -> list[Change]:
    return [Touched(kind=Kind.LOCATION, external_id=event.node("data").text("id"))]


def _customer(event: Node, received_at: datetime) -> list[Change]:
    """Profiles come whole. Merging makes a new one of several, which are gone then."""
    stated = event.node("data").node("object")
    context = stated.optional_node("event_context")
    merge = context.optional_node("merge") if context else None
    profile = customers.record(stated.node("customer"), received_at)
    merged = merge.texts("from_customer_ids") if merge else ()
    gone = [one for one in merged if one != profile.external_id]
    return [profile, *(Removed(kind=Kind.CUSTOMER, external_id=one) for one in gone)]


def _customer_deleted(event: Node, received_at: datetime) -> list[Change]:
    return [Removed(kind=Kind.CUSTOMER, external_id=event.node("data").text("id"))]


_HANDLERS: dict[str, Callable[[Node, datetime], list[Change]]] = {
    "order.created": _order,
    "order.updated": _order,
    "order.fulfillment.updated": _order,
    "payment.created": _payment,
    "payment.updated": _payment,
    "refund.created": _refund,
    "refund.updated": _refund,
    "inventory.count.updated": _counts,
    "location.created": _location,
    "location.updated": _location,
    "customer.created": _customer,
    "customer.updated": _customer,
    "customer.deleted": _customer_deleted,
}
