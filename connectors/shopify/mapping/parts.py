"""What hangs on an order: fulfillment orders, shipments, refunds, returns."""

import re
from collections.abc import Iterable
from datetime import datetime

from connectors.sdk.records import (
    FulfillmentOrderRecord,
    RefundRecord,
    ReturnRecord,
    ShipmentRecord,
    Tracking,
)
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    Method,
    RefundStatus,
    RequestStatus,
    ReturnStatus,
    ShipmentStatus,
    Stage,
)
from connectors.sdk.values import LineQuantity, Money
from connectors.shopify.mapping import words
from connectors.shopify.mapping.answer import Answer

_REFERENCE = re.compile(r"\n?\[ref: (?P<key>[^\]\n]+)\]\Z")
"""How our idempotency key stands at the end of a refund's note."""

_HANDED_OVER = (Method.PICKUP, Method.IN_STORE, Method.PICKUP_POINT)
_FAILED = {"FAILURE", "ERROR"}
_PENDING = {"PENDING", "AWAITING_RESPONSE"}


def work(stated: Answer, order_id: str, read_at: datetime) -> FulfillmentOrderRecord:
    raw, request = stated["status"].text, stated["requestStatus"].text
    status = words.WORK.get(raw, FulfillmentOrderStatus.UNKNOWN)
    request_status = words.REQUEST.get(request, RequestStatus.UNSUBMITTED)
    return FulfillmentOrderRecord(
        external_id=stated["id"].text,
        revised_at=read_at,
        order_id=order_id,
        status=status,
        raw_status=raw,
        request_status=request_status,
        stage=_stage(status, request_status, method(stated)),
        method=method(stated),
        location_id=stated["assignedLocation"]["location"]["id"].text_or_none,
        lines=line_quantities(stated["lineItems"], "totalQuantity"),
        created_at=stated["createdAt"].time,
    )


def method(stated: Answer) -> Method:
    """How the goods of this fulfillment order reach the customer; null means shipping."""
    return words.METHOD.get(
        stated["deliveryMethod"]["methodType"].text_or_none or "", Method.SHIPPING
    )


def _stage(status: FulfillmentOrderStatus, request: RequestStatus, how: Method) -> Stage:
    if status is FulfillmentOrderStatus.CLOSED:
        return Stage.HANDED_OVER if how in _HANDED_OVER else Stage.SHIPPED
    if status is FulfillmentOrderStatus.IN_PROGRESS or request is RequestStatus.ACCEPTED:
        return Stage.ACCEPTED
    return Stage.NEW


def shipment(stated: Answer, order_id: str, read_at: datetime) -> ShipmentRecord:
    status, raw = _shipment_status(stated)
    orders = stated["fulfillmentOrders"].nodes
    is_sent = stated["status"].text_or_none == "SUCCESS"
    return ShipmentRecord(
        external_id=stated["id"].text,
        revised_at=read_at,
        order_id=order_id,
        fulfillment_order_id=orders[0]["id"].text if orders else None,
        status=status,
        raw_status=raw,
        tracking=tuple(_tracking(stated["trackingInfo"].items)),
        lines=line_quantities(stated["fulfillmentLineItems"], "quantity"),
        location_id=stated["location"]["id"].text_or_none,
        shipped_at=stated["createdAt"].time if is_sent else None,
        delivered_at=stated["deliveredAt"].time_or_none,
        created_at=stated["createdAt"].time,
    )


def _shipment_status(stated: Answer) -> tuple[ShipmentStatus, str]:
    """Read both of Shopify's words; once SUCCESS, where the parcel is, is the display status's."""
    raw, shown = stated["status"].text, stated["displayStatus"].text_or_none
    status = words.FULFILLMENT.get(raw, ShipmentStatus.UNKNOWN)
    if status is not ShipmentStatus.SHIPPED or shown is None:
        return status, raw
    if stated["deliveredAt"]:
        return ShipmentStatus.DELIVERED, shown
    return words.SENT.get(shown, ShipmentStatus.UNKNOWN), shown


def is_delivered(stated: Answer) -> bool:
    """True when the carrier or the shop said so."""
    return _shipment_status(stated)[0] is ShipmentStatus.DELIVERED


def _tracking(stated: Iterable[Answer]) -> Iterable[Tracking]:
    """Numbers; a fulfillment without one (a hand-over) gives entries that are all null."""
    for one in stated:
        if number := one["number"].text_or_none:
            carrier, url = one["company"].text_or_none, one["url"].text_or_none
            yield Tracking(number=number, carrier=carrier, url=url)


def line_quantities(connection: Answer, quantity: str) -> tuple[LineQuantity, ...]:
    """``{"lineItem": {"id"}, quantity: n}`` for each; null and 0 are none."""
    return tuple(
        LineQuantity(line_id=one["lineItem"]["id"].text, quantity=one[quantity].whole)
        for one in connection.nodes
        if one[quantity] and one[quantity].whole
    )


def refund(stated: Answer, order_id: str, read_at: datetime) -> list[RefundRecord]:
    """The refund; none when no money moved: Shopify also calls taking units off a refund."""
    payments = stated["transactions"].nodes
    if not payments:
        return []
    status, raw_status = _refund_status([one["status"].text for one in payments])
    reason, reference = split_note(stated["note"].text_or_none)
    parents = [one["parentTransaction"]["id"].text_or_none for one in payments]
    return [
        RefundRecord(
            external_id=stated["id"].text,
            revised_at=read_at,
            order_id=order_id,
            status=status,
            raw_status=raw_status,
            amount=_refunded(payments),
            reason=reason,
            payment_id=next((one for one in parents if one), None),
            lines=line_quantities(stated["refundLineItems"], "quantity"),
            created_at=stated["createdAt"].time_or_none,
            reference=reference,
        )
    ]


def _refund_status(stated: list[str]) -> tuple[RefundStatus, str]:
    found, raw = set(stated), "+".join(sorted(set(stated)))
    if found == {"SUCCESS"}:
        return RefundStatus.SUCCEEDED, raw
    if found <= _FAILED:
        return RefundStatus.FAILED, raw
    if found & _PENDING:
        return RefundStatus.PENDING, raw
    if found <= _FAILED | {"SUCCESS"}:
        return RefundStatus.SUCCEEDED, raw
    return RefundStatus.UNKNOWN, raw


def _refunded(payments: tuple[Answer, ...]) -> Money:
    """What goes back: failed tries count only when there is nothing else."""
    live = [one for one in payments if one["status"].text not in _FAILED] or list(payments)
    amounts = [one["amountSet"].shown for one in live]
    return Money(minor=sum(one.minor for one in amounts), currency=amounts[0].currency)


def join_note(reason: str, key: str) -> str:
    """Write a refund's note so that `split_note` finds our key in it again."""
    return f"{reason}\n[ref: {key}]"


def split_note(note: str | None) -> tuple[str | None, str | None]:
    """Return (what people wrote, our key)."""
    match = _REFERENCE.search(note or "")
    if note is None or match is None:
        return note, None
    return note[: match.start()] or None, match["key"]


def returned(
    stated: Answer, order_id: str, sole_line: str | None, read_at: datetime
) -> ReturnRecord:
    """A return; *sole_line* is the order's only line, where it has but one."""
    raw = stated["status"].text
    places = [
        one["location"]["id"].text_or_none
        for line in coming_back(stated)
        for one in line["dispositions"].items
    ]
    return ReturnRecord(
        external_id=stated["id"].text,
        revised_at=read_at,
        order_id=order_id,
        status=_return_status(raw, stated),
        raw_status=raw,
        lines=return_lines(stated, sole_line),
        reason=_reason(stated),
        created_at=stated["createdAt"].time,
        location_id=next((one for one in places if one), None),
    )


def coming_back(stated: Answer) -> tuple[Answer, ...]:
    """The lines of a return's reverse fulfillment orders: only these name the order's lines."""
    work = stated["reverseFulfillmentOrders"].nodes
    return tuple(line for one in work for line in one["lineItems"].nodes)


def arrived(line: Answer) -> int:
    """Units of a reverse line that somebody has in hand, whatever became of them."""
    found = line["dispositions"].items
    return sum(one["quantity"].whole for one in found if one["type"].text != "MISSING")


def return_lines(stated: Answer, sole_line: str | None) -> tuple[LineQuantity, ...]:
    """Units by order line. Before approval Shopify says how many, but not of which line: that is
    known only where there is but one."""
    lines = coming_back(stated)
    if not lines:
        asked = stated["returnLineItems"].nodes
        return tuple(
            LineQuantity(line_id=sole_line, quantity=one["quantity"].whole) for one in asked
        )
    return tuple(
        LineQuantity(
            line_id=line["fulfillmentLineItem"]["lineItem"]["id"].text_or_none,
            quantity=line["totalQuantity"].whole,
        )
        for line in lines
    )


def _return_status(raw: str, stated: Answer) -> ReturnStatus:
    """OPEN covers everything from approved to inspected: told apart by what arrived."""
    status = words.RETURN.get(raw, ReturnStatus.UNKNOWN)
    lines = coming_back(stated)
    here = sum(arrived(line) for line in lines)
    if status is not ReturnStatus.APPROVED or here == 0:
        return status
    if here < sum(line["totalQuantity"].whole for line in lines):
        return ReturnStatus.PARTIALLY_RECEIVED
    kinds = {one["type"].text for line in lines for one in line["dispositions"].items}
    return ReturnStatus.RECEIVED if "PROCESSING_REQUIRED" in kinds else ReturnStatus.INSPECTED


def _reason(stated: Answer) -> str | None:
    asked = stated["returnLineItems"].nodes
    reasons = {one["returnReasonDefinition"]["handle"].text_or_none for one in asked}
    return ", ".join(sorted(one for one in reasons if one)) or None
