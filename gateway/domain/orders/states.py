"""The three roll-ups of an order, computed from quantities and money. Pure.

Four independent axes, never one status: *status* is the life cycle that the source states; these
are worked out, because line quantities and transactions tell the truth and status words do not.
"""

from collections.abc import Iterable
from enum import StrEnum

from connectors.sdk.records import LineCounters, TransactionRecord
from connectors.sdk.records.states import TransactionKind, TransactionStatus


class FulfillmentStatus(StrEnum):
    UNFULFILLED = "UNFULFILLED"
    SCHEDULED = "SCHEDULED"
    ON_HOLD = "ON_HOLD"
    IN_PROGRESS = "IN_PROGRESS"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    READY_FOR_PICKUP = "READY_FOR_PICKUP"
    FULFILLED = "FULFILLED"
    PARTIALLY_DELIVERED = "PARTIALLY_DELIVERED"
    DELIVERED = "DELIVERED"


class PaymentStatus(StrEnum):
    UNPAID = "UNPAID"
    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    OVERPAID = "OVERPAID"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    VOIDED = "VOIDED"
    EXPIRED = "EXPIRED"


class ReturnStatus(StrEnum):
    NONE = "NONE"
    REQUESTED = "REQUESTED"
    IN_PROGRESS = "IN_PROGRESS"
    PARTIALLY_RETURNED = "PARTIALLY_RETURNED"
    RETURNED = "RETURNED"
    INSPECTION_COMPLETE = "INSPECTION_COMPLETE"


class LineStatus(StrEnum):
    REMOVED = "REMOVED"
    PROCESSING = "PROCESSING"
    PARTIAL = "PARTIAL"
    FULFILLED = "FULFILLED"


def line_status(counters: LineCounters) -> LineStatus:
    """UCP's rule: nothing left -> REMOVED, all of it -> FULFILLED, some -> PARTIAL."""
    open_units = counters.ordered - counters.canceled
    if open_units <= 0:
        return LineStatus.REMOVED
    if counters.fulfilled >= open_units:
        return LineStatus.FULFILLED
    return LineStatus.PARTIAL if counters.fulfilled else LineStatus.PROCESSING


def fulfillment_status(lines: Iterable[LineCounters], is_worked_on: bool) -> FulfillmentStatus:
    """Sum the lines. *is_worked_on*: somebody has begun to pick."""
    held = list(lines)
    units = sum(max(0, line.ordered - line.canceled) for line in held)
    fulfilled = sum(line.fulfilled for line in held)
    delivered = sum(line.delivered for line in held)
    if units > 0 and delivered >= units:
        return FulfillmentStatus.DELIVERED
    if delivered:
        return FulfillmentStatus.PARTIALLY_DELIVERED
    if units > 0 and fulfilled >= units:
        return FulfillmentStatus.FULFILLED
    if fulfilled:
        return FulfillmentStatus.PARTIALLY_FULFILLED
    return FulfillmentStatus.IN_PROGRESS if is_worked_on else FulfillmentStatus.UNFULFILLED


def return_status(lines: Iterable[LineCounters]) -> ReturnStatus:
    """Sum the lines: what came back against what was delivered or left."""
    held = list(lines)
    returned = sum(line.returned for line in held)
    requested = sum(line.return_requested for line in held)
    left = sum(max(line.delivered, line.fulfilled) for line in held)
    if returned and returned >= left:
        return ReturnStatus.RETURNED
    if returned:
        return ReturnStatus.PARTIALLY_RETURNED
    return ReturnStatus.REQUESTED if requested else ReturnStatus.NONE


def captured_minor(transactions: Iterable[TransactionRecord]) -> int:
    """Units: minor. What was really taken: captures and sales that succeeded."""
    taken = (TransactionKind.CAPTURE, TransactionKind.SALE)
    return _sum(transactions, taken)


def refunded_minor(transactions: Iterable[TransactionRecord]) -> int:
    """Units: minor. What was really given back, as the transactions say."""
    return _sum(transactions, (TransactionKind.REFUND, TransactionKind.CHARGEBACK))


def payment_status(
    total_minor: int, transactions: tuple[TransactionRecord, ...], refunded: int
) -> PaymentStatus:
    """*refunded*: minor units given back, by transactions or refunds, whichever is more."""
    captured = captured_minor(transactions)
    if captured:
        return _after_capture(total_minor, captured, refunded)
    succeeded = {one.kind for one in transactions if one.status is TransactionStatus.SUCCESS}
    if TransactionKind.VOID in succeeded:
        return PaymentStatus.VOIDED
    if TransactionKind.AUTHORIZATION in succeeded:
        return PaymentStatus.AUTHORIZED
    if any(one.status is TransactionStatus.PENDING for one in transactions):
        return PaymentStatus.PENDING
    return PaymentStatus.PAID if total_minor == 0 else PaymentStatus.UNPAID


def _after_capture(total: int, captured: int, refunded: int) -> PaymentStatus:
    if refunded >= captured:
        return PaymentStatus.REFUNDED
    if refunded:
        return PaymentStatus.PARTIALLY_REFUNDED
    if captured == total:
        return PaymentStatus.PAID
    return PaymentStatus.OVERPAID if captured > total else PaymentStatus.PARTIALLY_PAID


def _sum(transactions: Iterable[TransactionRecord], kinds: tuple[TransactionKind, ...]) -> int:
    return sum(
        one.amount.minor
        for one in transactions
        if one.kind in kinds and one.status is TransactionStatus.SUCCESS
    )
