"""Webhooks. Medusa has none: a subscriber in the shop posts its events, signed (see README). Pure.

Signature: ``x-medusa-signature: sha256=HEX``, HMAC-SHA256 with the secret over timestamp, a full
stop and the body; ``x-medusa-timestamp`` has whole seconds. The body names delivery and topic:
``{"id": "...", "type": "order.placed", "createdAt": "...", "data": {...}}``. What an event's id
cannot be looked up by, the subscriber adds: ``level``, ``reservation``, ``payment``,
``fulfillment``, null where it is gone already.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from connectors.medusa.mapping.shape import Node
from connectors.medusa.mapping.stock import level_id
from connectors.sdk import signatures
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Touched
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind

VARIANT = "variant:"
"""Before a variant's id where a product's is due: an event of a variant does not name its product,
which ``fetch`` finds."""


def verify(delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
    """Prove a delivery genuine. Raises: SignatureInvalid."""
    signatures.require_secrets(secrets)
    timestamp = delivery.headers.get("x-medusa-timestamp", "")
    expected = [
        "sha256="
        + signatures.sha256(secret.encode(), timestamp.encode(), b".", delivery.body).hex()
        for secret in secrets
        if secret
    ]
    given = delivery.headers.get("x-medusa-signature")
    signatures.require_match(given, expected, "x-medusa-signature")
    signatures.require_fresh(_time(timestamp), now)
    return _verified(delivery)


def decode(delivery: RawDelivery, received_at: datetime) -> list[Change]:
    """Return what a verified delivery says has changed: everything is thin and read again.

    Raises: Malformed.
    """
    body = Node(parse_json(delivery.body), "body")
    topic = body["type"].text()
    if topic not in TOPICS:
        raise Malformed("body.type: no topic of the webhook subscriber")
    return TOPICS[topic](body["data"])


def _time(timestamp: str) -> datetime:
    """Read the signed seconds since 1970."""
    try:
        return datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SignatureInvalid("x-medusa-timestamp is no time") from error


def _verified(delivery: RawDelivery) -> Verified:
    """Name a genuine delivery by its signed body: headers, the id among them, are not signed, so
    whoever holds one delivery could send it again under as many ids as he likes."""
    try:
        body = Node(parse_json(delivery.body), "body")
        return Verified(id=body["id"].text(), topic=body["type"].text())
    except Malformed:
        # Genuine all the same; it goes to quarantine under the name that it came with.
        headers = delivery.headers
        return Verified(
            id=headers.get("x-medusa-delivery", ""), topic=headers.get("x-medusa-event", "")
        )


def _order(data: Node) -> list[Change]:
    """Some events of an order name it by ``order_id``, others by ``id``."""
    named = data.find("order_id") or data["id"]
    return [Touched(kind=Kind.ORDER, external_id=named.text())]


def _payment(data: Node) -> list[Change]:
    """A payment that was made for a cart belongs to no order yet, or never will."""
    payment = data.find("payment")
    collection = payment.find("payment_collection") if payment else None
    return _order_of(collection)


def _fulfillment(data: Node) -> list[Change]:
    """The parcel of a return is a fulfillment too, and belongs to no order."""
    return _order_of(data.find("fulfillment"))


def _order_of(owner: Node | None) -> list[Change]:
    order = owner.find("order") if owner else None
    return [Touched(kind=Kind.ORDER, external_id=order["id"].text())] if order else []


def _level(data: Node) -> list[Change]:
    return _stock(data.find("level"))


def _reservation(data: Node) -> list[Change]:
    return _stock(data.find("reservation"))


def _stock(found: Node | None) -> list[Change]:
    """One that is gone names neither item nor place; an event of its level comes beside it."""
    if found is None:
        return []
    own_id = level_id(found["inventory_item_id"].text(), found["location_id"].text())
    return [Touched(kind=Kind.LEVEL, external_id=own_id)]


def _customer(data: Node) -> list[Change]:
    return [Touched(kind=Kind.CUSTOMER, external_id=data["id"].text())]


def _product(data: Node) -> list[Change]:
    return [Touched(kind=Kind.PRODUCT, external_id=data["id"].text())]


def _variant(data: Node) -> list[Change]:
    return [Touched(kind=Kind.PRODUCT, external_id=VARIANT + data["id"].text())]


def _location(data: Node) -> list[Change]:
    return [Touched(kind=Kind.LOCATION, external_id=data["id"].text())]


def _nothing(data: Node) -> list[Change]:
    return []


_Decode = Callable[[Node], list[Change]]

_WRITTEN = ("created", "updated", "deleted")
_OF_ORDER = (
    "placed",
    "updated",
    "canceled",
    "completed",
    "archived",
    "fulfillment_created",
    "fulfillment_canceled",
    "return_requested",
    "return_received",
    "claim_created",
    "exchange_created",
    "transfer_requested",
)

TOPICS: dict[str, _Decode] = {
    **{f"order.{word}": _order for word in _OF_ORDER},
    **{f"order-edit.{word}": _order for word in ("requested", "confirmed", "canceled")},
    "payment.captured": _payment,
    "payment.refunded": _payment,
    "shipment.created": _fulfillment,
    "delivery.created": _fulfillment,
    **{f"inventory-level.{word}": _level for word in _WRITTEN},
    **{f"inventory.inventory-level.{word}": _level for word in _WRITTEN},
    **{f"reservation-item.{word}": _reservation for word in _WRITTEN},
    **{f"customer.{word}": _customer for word in _WRITTEN},
    **{f"product.{word}": _product for word in _WRITTEN},
    **{f"product-variant.{word}": _variant for word in _WRITTEN},
    **{f"stock-location.stock-location.{word}": _location for word in _WRITTEN},
    **{f"inventory-item.{word}": _nothing for word in _WRITTEN},
    **{f"sales-channel.{word}": _nothing for word in _WRITTEN},
    **{f"region.{word}": _nothing for word in _WRITTEN},
}
"""Every topic that the subscriber sends unless told otherwise, as in the manifest."""
