"""Medusa's words for states, as tables. A word that is not here maps to UNKNOWN.

Source: Medusa 2.21.2, ``@medusajs/utils`` ``OrderStatus``, ``ReturnStatus``, ``ProductStatus``.
"""

from connectors.sdk.records.states import OrderStatus, ProductStatus, ReturnStatus

ORDER = {
    "draft": OrderStatus.DRAFT,
    "pending": OrderStatus.CONFIRMED,
    "requires_action": OrderStatus.PENDING,
    "completed": OrderStatus.COMPLETED,
    "archived": OrderStatus.COMPLETED,
    "canceled": OrderStatus.CANCELED,
}
"""``pending`` is every order that is placed and not over: see ``orders.status``."""

RETURN = {
    "requested": ReturnStatus.REQUESTED,
    "partially_received": ReturnStatus.PARTIALLY_RECEIVED,
    "received": ReturnStatus.RECEIVED,
    "canceled": ReturnStatus.CANCELED,
}
OPEN_RETURN = "open"
"""A return that somebody has begun and not yet asked for: it has no units, and is none."""

PRODUCT = {
    "published": ProductStatus.ACTIVE,
    "draft": ProductStatus.DRAFT,
    "proposed": ProductStatus.DRAFT,
    "rejected": ProductStatus.DRAFT,
}
