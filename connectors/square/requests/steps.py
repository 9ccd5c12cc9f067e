"""What a command has to do next, decided from the order as it is now. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.sdk.commands import RecordShipment
from connectors.sdk.errors import Conflict, Rejected
from connectors.square.mapping import fulfillments, lines, payments
from connectors.square.reading import Node

_PAID = ("CAPTURED", "COMPLETED", "PENDING", None)
"""Tenders whose money has moved, or may have: None is cash and its like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """What stands between an order and its end. *is_done*: nothing, it is canceled."""

    is_done: bool
    authorized: tuple[str, ...] = ()
    """Payments approved but not taken: to be voided first."""
    live: tuple[Node, ...] = ()
    """Fulfillments to be canceled before the order."""


def cancellation(order: Node) -> Cancellation:
    """Return what canceling *order* still takes.

    Raises: Conflict when it is completed, paid, or part of it is fulfilled; Rejected when it was
    made at a till, whose orders have no version and cannot be changed.
    """
    if order.optional_text("state") == "CANCELED":
        return Cancellation(is_done=True)
    _require_open(order)
    tenders = [one for one in order.nodes("tenders") if one.money("amount_money").minor]
    if any(payments.tender_status(tender) in _PAID for tender in tenders):
        raise Conflict("the order is paid: refund it instead", code="ORDER_PAID")
    states = {fulfillments.state(one) for one in order.nodes("fulfillments")}
    if "COMPLETED" in states:
        raise Conflict("part of the order is fulfilled", code="ORDER_FULFILLED")
    return Cancellation(
        is_done=False,
        authorized=tuple(
            payments.payment_id(one)
            for one in tenders
            if payments.tender_status(one) == "AUTHORIZED"
        ),
        live=tuple(
            one
            for one in order.nodes("fulfillments")
            if fulfillments.state(one) not in fulfillments.ENDED
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipping:
    """The fulfillment to complete. *is_done*: it already is, with this very number."""

    fulfillment: Node
    is_done: bool


def shipping(order: Node, command: RecordShipment) -> Shipping:
    """Return the fulfillment that *command* is about.

    Raises: Rejected when there is none, or only part of it would ship; Conflict when it ended
    otherwise.
    """
    candidates = _shipments(order, command)
    for one in candidates:
        number = fulfillments.details(one).optional_text("tracking_number")
        if fulfillments.state(one) == "COMPLETED" and number == command.tracking.number:
            return Shipping(fulfillment=one, is_done=True)
    fulfillment = _only(candidates)
    raw = fulfillments.state(fulfillment)
    if raw in fulfillments.ENDED:
        raise Conflict(f"the fulfillment is {raw}", code=f"FULFILLMENT_{raw}")
    _require_open(order)
    _require_whole(order, fulfillment, command)
    return Shipping(fulfillment=fulfillment, is_done=False)


def refundable(order: Node) -> str:
    """Return the one payment of *order* that took money. Raises: Rejected when it is not one."""
    paid = [
        payments.payment_id(tender)
        for tender in order.nodes("tenders")
        if payments.tender_status(tender) in _PAID and tender.money("amount_money").minor
    ]
    if len(paid) != 1:
        text = f"the order has {len(paid)} payments: name one"
        raise Rejected(text, code="PAYMENT_NOT_NAMED", field="payment_id")
    return paid[0]


def _require_open(order: Node) -> None:
    state = order.optional_text("state") or "UNKNOWN"
    if state not in ("OPEN", "DRAFT"):
        raise Conflict(f"the order is {state}", code=f"ORDER_{state}")
    if order.optional_whole("version") is None:
        # Source: openapi.json Order.version.
        raise Rejected("an order made at the till cannot be changed", code="ORDER_NOT_UPDATABLE")


def _shipments(order: Node, command: RecordShipment) -> list[Node]:
    wanted = command.fulfillment_order_id
    return [
        one
        for one in order.nodes("fulfillments")
        if one.optional_text("type") == "SHIPMENT"
        and wanted in (None, fulfillments.id_of(order, one))
    ]


def _only(candidates: list[Node]) -> Node:
    """Return the one that is meant: the only one, or the only one that may still ship."""
    live = [one for one in candidates if fulfillments.state(one) not in fulfillments.ENDED]
    found = candidates if len(candidates) == 1 else live
    if len(found) != 1:
        text = f"the order has {len(found)} such fulfillments of type SHIPMENT"
        raise Rejected(text, code="FULFILLMENT_NOT_FOUND", field="fulfillment_order_id")
    return found[0]


def _require_whole(order: Node, fulfillment: Node, command: RecordShipment) -> None:
    planned: Mapping[str, int] = fulfillments.covered(fulfillment, lines.read(order))
    shipped: dict[str, int] = {}
    for line in command.lines:
        uid = line.line_id or ""
        shipped[uid] = shipped.get(uid, 0) + line.quantity
    if shipped != {uid: units for uid, units in planned.items() if units}:
        text = "Square ships a fulfillment whole: the lines must be all of its lines"
        raise Rejected(text, code="PARTIAL_SHIPMENT", field="lines")
