"""What callers say about orders."""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

import strawberry

from gateway.clock import micros
from gateway.domain.orders import service
from gateway.domain.orders.repository import Criteria, narrowed
from resolvers.enums import FulfillmentStatus, OrderStatus, PaymentStatus


@strawberry.enum(description="How orders are sorted; newest first either way.")
class OrderSort(Enum):
    PLACED_AT = "PLACED_AT"
    UPDATED_AT = "UPDATED_AT"


@strawberry.input(description="Which orders; everything given must hold.")
class OrderFilter:
    status: list[OrderStatus] | None = strawberry.field(
        default=None, description="Any of these life-cycle states."
    )
    fulfillment_status: list[FulfillmentStatus] | None = strawberry.field(
        default=None, description="Any of these."
    )
    payment_status: list[PaymentStatus] | None = strawberry.field(
        default=None, description="Any of these."
    )
    connections: list[str] | None = strawberry.field(
        default=None, description="Taken by any of these connections."
    )
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Through any of these channels."
    )
    placed_from: datetime | None = strawberry.field(
        default=None, description="Placed then or later."
    )
    placed_to: datetime | None = strawberry.field(default=None, description="Placed before then.")


def criteria(own: Criteria, filter: OrderFilter | None, query: str | None) -> Criteria:
    """Return the rows that are one's *own* and meet what was asked."""
    words = service.search_words(query) if query else ()
    if filter is None:
        return narrowed(own, words=words)
    return narrowed(
        own,
        words=words,
        statuses=_values(filter.status),
        fulfillment_statuses=_values(filter.fulfillment_status),
        payment_statuses=_values(filter.payment_status),
        connections=_values(filter.connections),
        channel_ids=_values(filter.channel_ids),
        placed_from=micros(filter.placed_from) if filter.placed_from else None,
        placed_to=micros(filter.placed_to) if filter.placed_to else None,
    )


def _values(given: Iterable[str] | None) -> tuple[str, ...] | None:
    return tuple(str(one) for one in given) if given is not None else None


@strawberry.input(description="Cancel what of an order has not left.")
class OrderCancelInput:
    idempotency_key: str = strawberry.field(
        description="The same key with the same input is the same request, also after a restart."
    )
    id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why, for people and the shop.")
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the order's version still is this."
    )
