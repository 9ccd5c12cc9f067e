"""Shopify's words for states, as ours. A word that is not here maps to UNKNOWN, or where ours has
none to the choice named beside it; the raw word is always kept.

Source: admin-2026-10.graphql, the enums named in each comment.
"""

from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    Method,
    OrderStatus,
    ProductStatus,
    RequestStatus,
    ReturnStatus,
    ShipmentStatus,
    TransactionKind,
    TransactionStatus,
)

# OrderDisplayFinancialStatus, of an order that is neither canceled nor closed.
OPEN_ORDER = {
    "PENDING": OrderStatus.PENDING,
    "AUTHORIZED": OrderStatus.PENDING,
    "VOIDED": OrderStatus.PENDING,
    "EXPIRED": OrderStatus.EXPIRED,
    "PARTIALLY_PAID": OrderStatus.CONFIRMED,
    "PAID": OrderStatus.CONFIRMED,
    "PARTIALLY_REFUNDED": OrderStatus.CONFIRMED,
    "REFUNDED": OrderStatus.CONFIRMED,
}

# OrderTransactionKind. SUGGESTED_REFUND is a calculation, not a movement, and is left out. CHANGE
# is coins handed back over a counter: neither a sale nor a refund.
TRANSACTION_KIND = {
    "AUTHORIZATION": TransactionKind.AUTHORIZATION,
    "EMV_AUTHORIZATION": TransactionKind.AUTHORIZATION,
    "CAPTURE": TransactionKind.CAPTURE,
    "SALE": TransactionKind.SALE,
    "VOID": TransactionKind.VOID,
    "REFUND": TransactionKind.REFUND,
    "CHANGE": TransactionKind.ADJUSTMENT,
}
NOT_A_MOVEMENT = "SUGGESTED_REFUND"

# OrderTransactionStatus.
TRANSACTION_STATUS = {
    "SUCCESS": TransactionStatus.SUCCESS,
    "FAILURE": TransactionStatus.FAILURE,
    "ERROR": TransactionStatus.FAILURE,
    "PENDING": TransactionStatus.PENDING,
    "AWAITING_RESPONSE": TransactionStatus.PENDING,
    "UNKNOWN": TransactionStatus.UNKNOWN,
}

# FulfillmentStatus. SUCCESS is told apart by SENT.
FULFILLMENT = {
    "PENDING": ShipmentStatus.PENDING,
    "OPEN": ShipmentStatus.PENDING,
    "SUCCESS": ShipmentStatus.SHIPPED,
    "CANCELLED": ShipmentStatus.CANCELED,
    "ERROR": ShipmentStatus.FAILED,
    "FAILURE": ShipmentStatus.FAILED,
}

# FulfillmentDisplayStatus of a fulfillment whose status is SUCCESS.
SENT = {
    "SUBMITTED": ShipmentStatus.PENDING,
    "LABEL_PURCHASED": ShipmentStatus.LABEL_PURCHASED,
    "LABEL_PRINTED": ShipmentStatus.LABEL_PURCHASED,
    "LABEL_VOIDED": ShipmentStatus.PENDING,
    "CONFIRMED": ShipmentStatus.SHIPPED,
    "FULFILLED": ShipmentStatus.SHIPPED,
    "MARKED_AS_FULFILLED": ShipmentStatus.SHIPPED,
    "CARRIER_PICKED_UP": ShipmentStatus.SHIPPED,
    "IN_TRANSIT": ShipmentStatus.SHIPPED,
    "DELAYED": ShipmentStatus.SHIPPED,
    "OUT_FOR_DELIVERY": ShipmentStatus.SHIPPED,
    "ATTEMPTED_DELIVERY": ShipmentStatus.SHIPPED,
    "READY_FOR_PICKUP": ShipmentStatus.SHIPPED,
    "DELIVERED": ShipmentStatus.DELIVERED,
    "PICKED_UP": ShipmentStatus.DELIVERED,
    "FAILURE": ShipmentStatus.FAILED,
    "NOT_DELIVERED": ShipmentStatus.FAILED,
    "CANCELED": ShipmentStatus.CANCELED,
}

# FulfillmentOrderStatus.
WORK = {
    "SCHEDULED": FulfillmentOrderStatus.SCHEDULED,
    "OPEN": FulfillmentOrderStatus.OPEN,
    "IN_PROGRESS": FulfillmentOrderStatus.IN_PROGRESS,
    "ON_HOLD": FulfillmentOrderStatus.ON_HOLD,
    "INCOMPLETE": FulfillmentOrderStatus.INCOMPLETE,
    "CLOSED": FulfillmentOrderStatus.CLOSED,
    "CANCELLED": FulfillmentOrderStatus.CANCELED,
}

# FulfillmentOrderRequestStatus: word for word ours. An unknown one counts as not submitted.
REQUEST = {word.value: word for word in RequestStatus}

# DeliveryMethodType. An unknown one counts as shipping, as a line without work does.
METHOD = {
    "SHIPPING": Method.SHIPPING,
    "PICK_UP": Method.PICKUP,
    "PICKUP_POINT": Method.PICKUP_POINT,
    "LOCAL": Method.LOCAL_DELIVERY,
    "RETAIL": Method.IN_STORE,
    "NONE": Method.DIGITAL,
}

# ReturnStatus. OPEN is told apart by what has arrived.
RETURN = {
    "REQUESTED": ReturnStatus.REQUESTED,
    "OPEN": ReturnStatus.APPROVED,
    "CLOSED": ReturnStatus.CLOSED,
    "DECLINED": ReturnStatus.DECLINED,
    "CANCELED": ReturnStatus.CANCELED,
}

# ProductStatus. UNLISTED is on sale to whoever has the link.
PRODUCT = {
    "ACTIVE": ProductStatus.ACTIVE,
    "UNLISTED": ProductStatus.ACTIVE,
    "DRAFT": ProductStatus.DRAFT,
    "ARCHIVED": ProductStatus.ARCHIVED,
}
