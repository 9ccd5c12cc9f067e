"""Webhooks. Vendure has none: a plugin in the shop posts its events, signed (see README). Pure.

Signature: ``x-vendure-signature: sha256=HEX``, HMAC-SHA256 with the secret over timestamp, a full
stop and the body; ``x-vendure-timestamp`` has whole seconds. The body names delivery and topic:
``{"id": "...", "type": "order.state", "createdAt": "...", "data": {...}}``.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from connectors.sdk import signatures
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Touched
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.vendure.mapping.shape import Node
from connectors.vendure.mapping.stock import level_id

VARIANT = "variant:"
"""Before a variant's id where a product's is due: an event of a variant does not name its product,
which ``fetch`` finds."""

_CARTS = ("Created", "AddingItems", "Draft")
"""States of what is no order yet: every change of every cart is an event."""


def verify(delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
    """Prove a delivery genuine. Raises: SignatureInvalid."""
    signatures.require_secrets(secrets)
    timestamp = delivery.headers.get("x-vendure-timestamp", "")
    expected = [
        "sha256="
        + signatures.sha256(secret.encode(), timestamp.encode(), b".", delivery.body).hex()
        for secret in secrets
        if secret
    ]
    given = delivery.headers.get("x-vendure-signature")
    signatures.require_match(given, expected, "x-vendure-signature")
    signatures.require_fresh(_time(timestamp), now)
    return _verified(delivery)


def decode(delivery: RawDelivery, received_at: datetime) -> list[Change]:
    """Return what a verified delivery says has changed: everything is thin and read again.

    Raises: Malformed.
    """
    body = Node(parse_json(delivery.body), "body")
    topic = body["type"].text()
    if topic not in TOPICS:
        raise Malformed("body.type: no topic of the webhook plugin")
    touched = TOPICS[topic](body["data"])
    return list(dict.fromkeys(touched))


def _time(timestamp: str) -> datetime:
    """Read the signed seconds since 1970."""
    try:
        return datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SignatureInvalid("x-vendure-timestamp is not a time in seconds") from error


def _verified(delivery: RawDelivery) -> Verified:
    """Name the delivery by its signed body: its headers, the id among them, are not signed, so
    whoever holds one delivery could send it again under as many ids as he likes."""
    try:
        body = Node(parse_json(delivery.body), "body")
        return Verified(id=body["id"].text(), topic=body["type"].text())
    except Malformed:
        # Genuine all the same; it goes to quarantine under the name that it came with.
        headers = delivery.headers
        return Verified(
            id=headers.get("x-vendure-delivery", ""), topic=headers.get("x-vendure-event", "")
        )


def _order(data: Node) -> list[Change]:
    return _placed(data["order"])


def _orders(data: Node) -> list[Change]:
    return [change for order in data["orders"].items() for change in _placed(order)]


def _placed(order: Node) -> list[Change]:
    if order["state"].text() in _CARTS:
        return []
    return [Touched(kind=Kind.ORDER, external_id=order["id"].text())]


def _levels(data: Node) -> list[Change]:
    return [
        Touched(
            kind=Kind.LEVEL,
            external_id=level_id(move["variantId"].text(), move["stockLocationId"].text()),
        )
        for move in data["movements"].items()
    ]


def _customer(data: Node) -> list[Change]:
    return [Touched(kind=Kind.CUSTOMER, external_id=data["id"].text())]


def _product(data: Node) -> list[Change]:
    return [Touched(kind=Kind.PRODUCT, external_id=data["id"].text())]


def _variants(data: Node) -> list[Change]:
    return [
        Touched(kind=Kind.PRODUCT, external_id=VARIANT + variant["id"].text())
        for variant in data["variants"].items()
    ]


_Decode = Callable[[Node], list[Change]]

_WRITTEN = ("created", "updated", "deleted")

TOPICS: dict[str, _Decode] = {
    "order.placed": _order,
    "order.state": _order,
    **{f"order.{word}": _order for word in _WRITTEN},
    "payment.state": _order,
    "refund.created": _order,
    "refund.state": _order,
    "fulfillment.created": _orders,
    "fulfillment.state": _orders,
    "stock.moved": _levels,
    **{f"customer.{word}": _customer for word in _WRITTEN},
    **{f"product.{word}": _product for word in _WRITTEN},
    **{f"variant.{word}": _variants for word in _WRITTEN},
}
"""Every topic of the plugin, as in the manifest."""
