"""Transactions -> shipments. Pure.

A Transaction is a label, or the attempt to buy one; the price, the carrier and the service of it
stand in its Rate.

Source: models.json, Transaction, TransactionStatusEnum, Refund.
"""

from datetime import datetime

from connectors.sdk.commands import Label
from connectors.sdk.records import ShipmentRecord, Tracking
from connectors.sdk.records.states import ShipmentStatus
from connectors.shippo.mapping.rates import carrier, price, service
from connectors.shippo.mapping.reading import Node

WAITING = ("WAITING", "QUEUED")
"""Statuses of a purchase that the carrier has not answered."""
REFUSED = "ERROR"
GIVEN_BACK = ("REFUNDPENDING", "REFUNDED")
"""Statuses of a label that was given back, whatever the carrier says in the end."""
REFUND_REFUSED = "REFUNDREJECTED"
BOUGHT = ("SUCCESS", *GIVEN_BACK, REFUND_REFUSED)
INVALID = "INVALID"

# tracking_status of a transaction -> the shipment's status. None and UNKNOWN: no scan yet.
SHIPPED = {
    "UNKNOWN": ShipmentStatus.LABEL_PURCHASED,
    "PRE_TRANSIT": ShipmentStatus.LABEL_PURCHASED,
    "TRANSIT": ShipmentStatus.SHIPPED,
    "DELIVERED": ShipmentStatus.DELIVERED,
    "RETURNED": ShipmentStatus.RETURNED,
    "FAILURE": ShipmentStatus.FAILED,
}

# Refund.status -> the status that its transaction has from then on.
REFUNDED = {
    "QUEUED": "REFUNDPENDING",
    "PENDING": "REFUNDPENDING",
    "SUCCESS": "REFUNDED",
    "ERROR": REFUND_REFUSED,
}


def shipment(node: Node, rate: Node | None, read_at: datetime) -> ShipmentRecord:
    """Read a Transaction, and the Rate that it was bought at, while Shippo still has that.

    *read_at* is the revision: nothing says that a scan moves a transaction's object_updated.
    """
    return ShipmentRecord(
        external_id=node.text("object_id"),
        revised_at=read_at,
        order_id=None,
        reference=node.maybe_text("metadata"),
        status=_shipment_status(node),
        raw_status="/".join(filter(None, (_said(node), tracked(node)))),
        tracking=_tracking(node, rate),
        service=None if rate is None else service(rate),
        label_url=node.maybe_text("label_url"),
        cost=None if rate is None else price(rate),
        created_at=node.time("object_created"),
    )


def is_bought(node: Node) -> bool:
    """True when the transaction is a label, also one given back."""
    return node.text("status") in BOUGHT and not _is_invalid(node)


def is_waiting(node: Node) -> bool:
    """True while the carrier has not answered."""
    return node.text("status") in WAITING and not _is_invalid(node)


def is_refused(node: Node) -> bool:
    """True when there is no label, nor will be."""
    return node.text("status") == REFUSED or _is_invalid(node)


def is_given_back(node: Node) -> bool:
    """True when a refund was asked for, and was not refused."""
    return node.text("status") in GIVEN_BACK


def tracked(node: Node) -> str | None:
    """The word for where the parcel is. API 2017-03-29 had a whole object there."""
    found = node.value.get("tracking_status")
    if isinstance(found, dict):
        return Node.of(found, f"{node.path}.tracking_status").maybe_text("status")
    return node.maybe_text("tracking_status")


def refunded(node: Node, refund: Node) -> Node:
    """The transaction as it is after *refund*. A word that is not documented leaves it as it is."""
    status = REFUNDED.get(refund.text("status"), node.text("status"))
    return Node(value={**node.value, "status": status}, path=node.path)


def label(node: Node, rate: Node) -> Label:
    """Read what was bought. VoidLabel takes the transaction's id. A service without tracking has
    no number."""
    found = _tracking(node, rate)
    return Label(
        id=node.text("object_id"),
        tracking=found[0] if found else Tracking(number="", carrier=carrier(rate)),
        service=service(rate),
        cost=price(rate),
        url=node.maybe_text("label_url"),
    )


def _is_invalid(node: Node) -> bool:
    return node.value.get("object_state") == INVALID


def _said(node: Node) -> str:
    status = node.text("status")
    return f"{status}, {INVALID}" if _is_invalid(node) else status


def _shipment_status(node: Node) -> ShipmentStatus:
    """A label given back is canceled until the parcel moves all the same: then it was used."""
    if is_refused(node):
        return ShipmentStatus.FAILED
    if is_waiting(node):
        return ShipmentStatus.PENDING
    if not is_bought(node):
        return ShipmentStatus.UNKNOWN
    found = SHIPPED.get(tracked(node) or "UNKNOWN", ShipmentStatus.UNKNOWN)
    if is_given_back(node) and found is ShipmentStatus.LABEL_PURCHASED:
        return ShipmentStatus.CANCELED
    return found


def _tracking(node: Node, rate: Node | None) -> tuple[Tracking, ...]:
    number = node.maybe_text("tracking_number")
    if number is None:
        return ()
    url = node.maybe_text("tracking_url_provider")
    return (Tracking(number=number, carrier=None if rate is None else carrier(rate), url=url),)
