"""Notifications, as an EventBridge rule posts them to us. Pure.

Amazon itself delivers to SQS or EventBridge only (notifications.json DestinationResource). There a
rule for the partner's events, with an API destination, posts each event: Amazon's notification in
an envelope, or alone where the rule takes only ``$.detail``. Nothing is signed: EventBridge sends
the API key of its connection, a secret that both sides know, and the transport keeps it.

Source: amazon-sp-api/notification-schemas (the notification);
docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html (the envelope).
"""

import hashlib
from collections.abc import Callable, Sequence

from connectors.amazon.mapping import inventory
from connectors.amazon.reading import Node
from connectors.sdk import signatures
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change, Touched
from connectors.sdk.errors import Malformed
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind

HEADER = "x-api-key"
"""What the API key of the EventBridge connection must be named."""


def verify(delivery: RawDelivery, secrets: Sequence[str]) -> Verified:
    """Compare the API key. The id is Amazon's NotificationId; of a notification without one (FBA's
    schema has none) EventBridge's own; and of anything else what it says, letter by letter.

    Raises: SignatureInvalid.
    """
    signatures.require_secrets(secrets)
    known = [secret for secret in secrets if secret]
    signatures.require_match(delivery.headers.get(HEADER), known, HEADER)
    try:
        envelope = Node(parse_json(delivery.body))
        notification = _notification(envelope)
        topic = _type(notification) or ""
        found = _id(notification) or envelope["id"].text()
    except Malformed:
        topic, found = "", None
    return Verified(id=found or hashlib.sha256(delivery.body).hexdigest(), topic=topic)


def decode(delivery: RawDelivery, home: str) -> list[Change]:
    """Return what is to be read again. Raises: Malformed; also for a type that is not documented.

    *home*: the marketplace whose FBA stock is read.
    """
    notification = _notification(Node(parse_json(delivery.body)))
    topic = _type(notification)
    if topic in _UNUSED:
        return []
    if topic not in _READERS:
        raise Malformed(f"NotificationType: not a documented one: {(topic or 'none')[:80]}")
    return _READERS[topic](notification["Payload"], home)


def _notification(envelope: Node) -> Node:
    """Return Amazon's notification, out of EventBridge's envelope when it is in one."""
    return envelope if envelope["detail"].is_null else envelope["detail"]


def _type(notification: Node) -> str | None:
    """Return the type; newer notifications spell every name with a small letter."""
    return notification["NotificationType"].text() or notification["notificationType"].text()


def _id(notification: Node) -> str | None:
    old, new = notification["NotificationMetadata"], notification["notificationMetadata"]
    return old["NotificationId"].text() or new["notificationId"].text()


def _order_change(payload: Node, home: str) -> list[Change]:
    """An order is read again: the notification has v0's words, and of the items only counts."""
    order_id = payload["OrderChangeNotification"]["AmazonOrderId"].id()
    return [Touched(kind=Kind.ORDER, external_id=order_id)]


def _outbound(payload: Node, home: str) -> list[Change]:
    order_id = payload["FBAOutboundShipmentStatusNotification"]["AmazonOrderId"].id()
    return [Touched(kind=Kind.ORDER, external_id=order_id)]


def _availability(payload: Node, home: str) -> list[Change]:
    """A SKU's stock is read again, when it is our marketplace's that moved."""
    sku = payload["SKU"].id()
    listed = payload["FulfillmentInventoryByMarketplace"]
    if home not in [one["MarketplaceId"].text() for one in listed]:
        return []
    return [Touched(kind=Kind.LEVEL, external_id=inventory.level_id(sku, home))]


_READERS: dict[str, Callable[[Node, str], list[Change]]] = {
    "ORDER_CHANGE": _order_change,
    "FBA_OUTBOUND_SHIPMENT_STATUS": _outbound,
    "FBA_INVENTORY_AVAILABILITY_CHANGES": _availability,
}
_UNUSED = frozenset(
    {
        "FEED_PROCESSING_FINISHED",
        "FULFILLMENT_ORDER_STATUS",
        "ITEM_INVENTORY_EVENT_CHANGE",
        "LISTINGS_ITEM_ISSUES_CHANGE",
        "LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
        "LISTINGS_ITEM_STATUS_CHANGE",
        "REPORT_PROCESSING_FINISHED",
        "SHIPMENT_TRACKING_MILESTONE_CHANGED",
        "TRANSACTION_UPDATE",
    }
)
"""Documented, and about nothing that is read here."""
TOPICS = tuple(sorted(_READERS))
