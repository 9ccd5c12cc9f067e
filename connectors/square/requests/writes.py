"""Requests that change something.

Source: openapi.json, Square-Version 2025-08-20.
"""

import base64
import hashlib
from typing import Any
from urllib.parse import quote

from connectors.sdk.commands import CancelOrder, CreateRefund, RecordShipment, SetInventory
from connectors.sdk.http import Request
from connectors.square.mapping.fulfillments import details_key
from connectors.square.reading import Node

LONGEST_KEY = 45
"""Characters of an idempotency key that every endpoint takes; RefundPayment allows the fewest."""
LONGEST_REASON = 192
LONGEST_CANCEL_REASON = 100


def idempotency_key(key: str, *steps: object) -> str:
    """Return *key* where Square takes it, else its digest; *steps* tell one command's calls apart.

    Always the same for the same arguments: that is what makes a repeated call harmless.
    """
    full = ":".join([key, *map(str, steps)])
    if full.isascii() and len(full) <= LONGEST_KEY:
        return full
    return base64.urlsafe_b64encode(hashlib.sha256(full.encode()).digest()).decode().rstrip("=")


def refund(command: CreateRefund, payment_id: str) -> Request:
    """Give money back; Square keeps an amount and a reason, never lines."""
    body = {
        "idempotency_key": idempotency_key(command.key),
        "payment_id": payment_id,
        "amount_money": {"amount": command.amount.minor, "currency": command.amount.currency},
        "reason": command.reason[:LONGEST_REASON],
    }
    return _send("POST", "/v2/refunds", body)


def cancel_payment(payment_id: str) -> Request:
    """Void an approved payment. Square takes no key here: look at the payment first."""
    path = f"/v2/payments/{quote(payment_id, safe='')}/cancel"
    return Request(method="POST", path=path, is_safe=False)


def cancel_fulfillments(order: Node, live: tuple[Node, ...], command: CancelOrder) -> Request:
    """Cancel the *live* fulfillments of *order*, which must go before the order can."""
    sparse = [
        {
            "uid": one.text("uid"),
            "state": "CANCELED",
            **_cancel_reason(one, command.reason[:LONGEST_CANCEL_REASON]),
        }
        for one in live
    ]
    return _update(order, {"fulfillments": sparse}, command.key)


def cancel_order(order: Node, command: CancelOrder) -> Request:
    return _update(order, {"state": "CANCELED"}, command.key)


def ship(order: Node, fulfillment: Node, command: RecordShipment) -> Request:
    """Complete a SHIPMENT fulfillment and say which parcel it went in."""
    tracking = command.tracking
    stated = {
        "carrier": tracking.carrier,
        "tracking_number": tracking.number,
        "tracking_url": tracking.url,
    }
    sparse = {
        "uid": fulfillment.text("uid"),
        "state": "COMPLETED",
        "shipment_details": {name: text for name, text in stated.items() if text},
    }
    return _update(order, {"fulfillments": [sparse]}, command.key)


def count_stock(command: SetInventory, occurred_at: str) -> Request:
    """Write down a physical count under our own reference.

    An unchanged count is written too: else there would be nothing to find the reference on.
    """
    key = idempotency_key(command.key)
    count = {
        "reference_id": key,
        "catalog_object_id": command.item_id,
        "location_id": command.location_id,
        "state": "IN_STOCK",
        "quantity": str(command.quantity),
        "occurred_at": occurred_at,
    }
    body = {
        "idempotency_key": key,
        "changes": [{"type": "PHYSICAL_COUNT", "physical_count": count}],
        "ignore_unchanged_counts": False,
    }
    return _send("POST", "/v2/inventory/changes/batch-create", body)


def _cancel_reason(fulfillment: Node, reason: str) -> dict[str, Any]:
    key = details_key(fulfillment)
    return {key: {"cancel_reason": reason}} if key and reason else {}


def _update(order: Node, sparse: dict[str, Any], key: str) -> Request:
    """Change what *sparse* names, if the order still has the version that was read.

    The key names the version: Square answers an update under a used key with 200 and does nothing.
    Source: developer.squareup.com/docs/orders-api/manage-orders/update-orders.
    """
    order_id, version = order.text("id"), order.optional_whole("version")
    changed = {"location_id": order.text("location_id"), "version": version, **sparse}
    body = {"order": changed, "idempotency_key": idempotency_key(key, version)}
    return _send("PUT", f"/v2/orders/{quote(order_id, safe='')}", body)


def _send(method: str, path: str, body: dict[str, Any]) -> Request:
    return Request(method=method, path=path, is_safe=False, json=body)
