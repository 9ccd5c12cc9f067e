"""Vendure's words for states, as tables. A shop adds words of its own: those map to UNKNOWN.

Source: Vendure 3.7.3, ``defaultOrderProcess``, ``defaultPaymentProcess``,
``defaultFulfillmentProcess``, ``defaultRefundProcess``.
"""

from connectors.sdk.records.states import (
    OrderStatus,
    RefundStatus,
    ShipmentStatus,
    TransactionStatus,
)

ORDER = {
    "Created": OrderStatus.DRAFT,
    "Draft": OrderStatus.DRAFT,
    "AddingItems": OrderStatus.DRAFT,
    "ArrangingPayment": OrderStatus.PENDING,
    "PaymentAuthorized": OrderStatus.PENDING,
    "PaymentSettled": OrderStatus.CONFIRMED,
    "PartiallyShipped": OrderStatus.CONFIRMED,
    "Shipped": OrderStatus.CONFIRMED,
    "PartiallyDelivered": OrderStatus.CONFIRMED,
    "Modifying": OrderStatus.CONFIRMED,
    "ArrangingAdditionalPayment": OrderStatus.CONFIRMED,
    "Delivered": OrderStatus.COMPLETED,
    "Cancelled": OrderStatus.CANCELED,
}

FINAL_ORDER = ("Delivered", "Cancelled")

SHIPMENT = {
    "Created": ShipmentStatus.PENDING,
    "Pending": ShipmentStatus.PENDING,
    "Shipped": ShipmentStatus.SHIPPED,
    "Delivered": ShipmentStatus.DELIVERED,
    "Cancelled": ShipmentStatus.CANCELED,
}

NOT_FULFILLED = ("Created", "Cancelled")
"""A fulfillment in these states holds no units: its stock is not taken yet, or put back."""

PAYMENT = {
    "Created": TransactionStatus.PENDING,
    "Settled": TransactionStatus.SUCCESS,
    "Declined": TransactionStatus.FAILURE,
    "Error": TransactionStatus.FAILURE,
    "Cancelled": TransactionStatus.FAILURE,
}
"""Of the money itself; an authorization is a movement of its own."""

REFUND = {
    "Pending": RefundStatus.PENDING,
    "Settled": RefundStatus.SUCCEEDED,
    "Failed": RefundStatus.FAILED,
}

REFUND_TRANSACTION = {
    "Pending": TransactionStatus.PENDING,
    "Settled": TransactionStatus.SUCCESS,
    "Failed": TransactionStatus.FAILURE,
}
