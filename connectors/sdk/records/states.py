"""The words for states. A value a system states and we do not know maps to UNKNOWN, beside the
raw word; the gateway then raises an exception, it never guesses and never crashes."""

from enum import StrEnum, auto


class _Upper(StrEnum):
    """Members whose value is their name: ``OrderStatus.PENDING == "PENDING"``."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[str]) -> str:
        return name


class OrderStatus(_Upper):
    """Life cycle only. Payment, fulfillment and returns are axes of their own, computed."""

    DRAFT = auto()
    PENDING = auto()
    CONFIRMED = auto()
    COMPLETED = auto()
    CANCELED = auto()
    EXPIRED = auto()
    UNKNOWN = auto()


class FulfillmentOrderStatus(_Upper):
    """Shopify's machine, the only published standard."""

    SCHEDULED = auto()
    OPEN = auto()
    IN_PROGRESS = auto()
    ON_HOLD = auto()
    INCOMPLETE = auto()
    CLOSED = auto()
    CANCELED = auto()
    UNKNOWN = auto()


class RequestStatus(_Upper):
    """What the one who fulfills answered to our request."""

    UNSUBMITTED = auto()
    SUBMITTED = auto()
    ACCEPTED = auto()
    REJECTED = auto()
    CANCELLATION_REQUESTED = auto()
    CANCELLATION_ACCEPTED = auto()
    CANCELLATION_REJECTED = auto()
    CLOSED = auto()


class Stage(_Upper):
    """How far the work at the location has come."""

    NEW = auto()
    ACCEPTED = auto()
    PICKING = auto()
    PICKED = auto()
    PACKED = auto()
    READY_FOR_PICKUP = auto()
    CUSTOMER_ARRIVED = auto()
    HANDED_OVER = auto()
    SHIPPED = auto()


class Method(_Upper):
    """How goods reach the customer."""

    SHIPPING = auto()
    PICKUP = auto()
    CURBSIDE = auto()
    SHIP_TO_STORE = auto()
    LOCAL_DELIVERY = auto()
    PICKUP_POINT = auto()
    DIGITAL = auto()
    IN_STORE = auto()


class ShipmentStatus(_Upper):
    PENDING = auto()
    LABEL_PURCHASED = auto()
    SHIPPED = auto()
    DELIVERED = auto()
    FAILED = auto()
    RETURNED = auto()
    CANCELED = auto()
    UNKNOWN = auto()


class TrackingStatus(_Upper):
    """One vocabulary for all carriers."""

    UNKNOWN = auto()
    LABEL_CREATED = auto()
    CARRIER_PICKED_UP = auto()
    IN_TRANSIT = auto()
    OUT_FOR_DELIVERY = auto()
    ATTEMPTED = auto()
    READY_FOR_PICKUP = auto()
    DELIVERED = auto()
    DELAYED = auto()
    ON_HOLD = auto()
    RETURNING = auto()
    RETURNED = auto()
    LOST = auto()
    FAILED = auto()
    CANCELED = auto()


class TransactionKind(_Upper):
    AUTHORIZATION = auto()
    CAPTURE = auto()
    SALE = auto()
    VOID = auto()
    REFUND = auto()
    CHARGEBACK = auto()
    ADJUSTMENT = auto()


class TransactionStatus(_Upper):
    PENDING = auto()
    REQUIRES_ACTION = auto()
    SUCCESS = auto()
    FAILURE = auto()
    UNKNOWN = auto()


class RefundStatus(_Upper):
    PENDING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    CANCELED = auto()
    UNKNOWN = auto()


class ReturnStatus(_Upper):
    REQUESTED = auto()
    APPROVED = auto()
    IN_TRANSIT = auto()
    PARTIALLY_RECEIVED = auto()
    RECEIVED = auto()
    INSPECTED = auto()
    CLOSED = auto()
    DECLINED = auto()
    CANCELED = auto()
    EXPIRED = auto()
    UNKNOWN = auto()


class ReturnReason(_Upper):
    """Why goods come back. Source: Shopify's ReturnReason (Admin GraphQL 2026-10), the field's
    longest published list, and what carriers and marketplaces add to it."""

    SIZE_TOO_SMALL = auto()
    SIZE_TOO_LARGE = auto()
    UNWANTED = auto()
    NOT_AS_DESCRIBED = auto()
    WRONG_ITEM = auto()
    DEFECTIVE = auto()
    STYLE = auto()
    COLOR = auto()
    DAMAGED_IN_TRANSIT = auto()
    ARRIVED_LATE = auto()
    NOT_DELIVERED = auto()
    BETTER_PRICE = auto()
    OTHER = auto()
    UNKNOWN = auto()


class Disposition(_Upper):
    """What becomes of a unit that came back."""

    RESTOCKED = auto()
    """On sale again where it was received."""
    QUARANTINE = auto()
    """Somebody has to look at it first."""
    DAMAGED = auto()
    """Kept, not on sale."""
    DESTROYED = auto()
    """Gone."""


class LocationType(_Upper):
    WAREHOUSE = auto()
    STORE = auto()
    THREE_PL = auto()
    DROPSHIP = auto()
    MARKETPLACE_FC = auto()
    PICKUP_POINT = auto()
    TRANSIT = auto()
    VIRTUAL = auto()


class ProductStatus(_Upper):
    ACTIVE = auto()
    DRAFT = auto()
    ARCHIVED = auto()
    UNKNOWN = auto()
