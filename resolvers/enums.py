"""The words of the graph that the domain and the records already have: named, described, shared."""

import strawberry

from connectors.sdk.records.states import (
    Disposition,
    FulfillmentOrderStatus,
    LocationType,
    OrderStatus,
    ProductStatus,
    RefundStatus,
    RequestStatus,
    ReturnReason,
    ReturnStatus,
    ShipmentStatus,
    Stage,
    TrackingStatus,
    TransactionKind,
    TransactionStatus,
)
from connectors.sdk.records.states import Method as FulfillmentMethod
from gateway.domain.customers.model import Evidence
from gateway.domain.issues.model import Category as ExceptionCategory
from gateway.domain.issues.model import IssueStatus as ExceptionStatus
from gateway.domain.issues.model import Severity as ExceptionSeverity
from gateway.domain.orders.states import FulfillmentStatus, LineStatus, PaymentStatus
from gateway.domain.orders.states import ReturnStatus as OrderReturnStatus
from gateway.orchestration.outbox import State as EffectState
from gateway.systems.health import Status as ConnectionStatus

__all__ = [
    "ConnectionStatus",
    "Disposition",
    "EffectState",
    "Evidence",
    "ExceptionCategory",
    "ExceptionSeverity",
    "ExceptionStatus",
    "FulfillmentMethod",
    "FulfillmentOrderStatus",
    "FulfillmentStatus",
    "LineStatus",
    "LocationType",
    "OrderReturnStatus",
    "OrderStatus",
    "PaymentStatus",
    "ProductStatus",
    "RefundStatus",
    "RequestStatus",
    "ReturnReason",
    "ReturnStatus",
    "ShipmentStatus",
    "Stage",
    "TrackingStatus",
    "TransactionKind",
    "TransactionStatus",
]

_DESCRIBED = {
    OrderStatus: ("OrderStatus", "The life cycle of an order, and nothing else."),
    FulfillmentStatus: ("FulfillmentStatus", "How far the goods are, summed over the lines."),
    PaymentStatus: ("PaymentStatus", "How far the money is, summed over the transactions."),
    OrderReturnStatus: ("OrderReturnStatus", "How much of an order came back."),
    LineStatus: ("OrderLineStatus", "How far one line is."),
    FulfillmentMethod: ("FulfillmentMethod", "How goods reach the customer."),
    TransactionKind: ("TransactionKind", "What a movement of money does."),
    TransactionStatus: ("TransactionStatus", "How a movement of money ended."),
    ProductStatus: ("ProductStatus", "Whether a product is sold."),
    Evidence: ("IdentityEvidence", "Why an identity is a customer's."),
    ExceptionCategory: ("ExceptionCategory", "What part of the business it is of."),
    ExceptionSeverity: ("ExceptionSeverity", "How much it matters."),
    ExceptionStatus: ("ExceptionStatus", "Whether somebody is at it."),
    EffectState: ("EffectState", "Whether a system has done what it was told."),
    ConnectionStatus: ("ConnectionStatus", "How a connection is."),
    FulfillmentOrderStatus: ("FulfillmentOrderStatus", "Where the work at a location stands."),
    RequestStatus: ("FulfillmentRequestStatus", "What whoever does the work answered."),
    Stage: ("FulfillmentStage", "How far the work at a location is."),
    ShipmentStatus: ("ShipmentStatus", "How far the goods of a shipment are."),
    TrackingStatus: ("TrackingStatus", "Where a parcel is: one vocabulary for all carriers."),
    LocationType: ("LocationType", "What kind of place it is."),
    RefundStatus: ("RefundStatus", "Whether the money went back."),
    ReturnStatus: ("ReturnStatus", "How far goods are on their way back."),
    ReturnReason: ("ReturnReason", "Why goods come back."),
    Disposition: ("Disposition", "What becomes of units that came back."),
}
"""Enum -> its name in the graph, and what it says."""

for _enum, (_name, _description) in _DESCRIBED.items():
    strawberry.enum(_enum, name=_name, description=_description)
