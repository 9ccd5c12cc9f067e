"""What happens to orders. Pure; one event a version."""

from dataclasses import fields
from typing import Any

from connectors.sdk.records.states import OrderStatus
from gateway.domain.orders.states import FulfillmentStatus
from gateway.events.event import Event

PLACED = "order.placed"
CONFIRMED = "order.confirmed"
COMPLETED = "order.completed"
CANCELED = "order.canceled"
PAYMENT_CHANGED = "order.payment_changed"
FULFILLED = "order.fulfilled"
DELIVERED = "order.delivered"
UPDATED = "order.updated"

_BY_STATUS = {
    OrderStatus.CONFIRMED: CONFIRMED,
    OrderStatus.COMPLETED: COMPLETED,
    OrderStatus.CANCELED: CANCELED,
}
_BY_FULFILLMENT = {
    FulfillmentStatus.FULFILLED: FULFILLED,
    FulfillmentStatus.DELIVERED: DELIVERED,
}
_OURS = {"version", "updated_at", "created_at", "source", "revised_at"}


def event(held: Any, order: Any) -> Event:
    """Name what changed between two versions of one order; *held* is None for the first."""
    return Event(
        type=_type(held, order),
        subject=order.id,
        sequence=order.version,
        occurred_at=order.placed_at if held is None else order.updated_at,
        connection=order.source.connection,
        data={
            "status": order.status,
            "fulfillmentStatus": order.fulfillment_status,
            "paymentStatus": order.payment_status,
            "returnStatus": order.return_status,
            "changed": _changed(held, order),
        },
    )


def _type(held: Any, order: Any) -> str:
    if held is None:
        return PLACED
    if order.status != held.status and order.status in _BY_STATUS:
        return _BY_STATUS[order.status]
    if order.fulfillment_status != held.fulfillment_status:
        return _BY_FULFILLMENT.get(order.fulfillment_status, UPDATED)
    return PAYMENT_CHANGED if order.payment_status != held.payment_status else UPDATED


def _changed(held: Any, order: Any) -> list[str]:
    """Field names, as the graph spells them."""
    if held is None:
        return []
    names = [one.name for one in fields(order) if one.name not in _OURS]
    return [_camel(name) for name in names if getattr(held, name) != getattr(order, name)]


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)
