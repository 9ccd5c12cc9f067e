"""Tenders -> transactions, payment refunds -> refunds."""

from collections.abc import Mapping

from connectors.sdk.records import RefundRecord, TransactionRecord
from connectors.sdk.records.states import RefundStatus, TransactionKind, TransactionStatus
from connectors.square.reading import Node

# Source: openapi.json TenderCardDetailsStatus, TenderBankAccountDetailsStatus and their like.
_TENDER = {
    "AUTHORIZED": (TransactionKind.AUTHORIZATION, TransactionStatus.SUCCESS),
    "CAPTURED": (TransactionKind.SALE, TransactionStatus.SUCCESS),
    "COMPLETED": (TransactionKind.SALE, TransactionStatus.SUCCESS),
    "PENDING": (TransactionKind.SALE, TransactionStatus.PENDING),
    "VOIDED": (TransactionKind.VOID, TransactionStatus.SUCCESS),
    "FAILED": (TransactionKind.SALE, TransactionStatus.FAILURE),
}
_PAID = (TransactionKind.SALE, TransactionStatus.SUCCESS)
"""Cash, vouchers and the like have no status: their tender is there once the money is."""
_DETAILS = (
    "card_details",
    "bank_account_details",
    "buy_now_pay_later_details",
    "square_account_details",
)
# Source: openapi.json PaymentRefund.status; APPROVED is RefundStatus of the refunds in an order.
_REFUND = {
    "PENDING": RefundStatus.PENDING,
    "COMPLETED": RefundStatus.SUCCEEDED,
    "APPROVED": RefundStatus.SUCCEEDED,
    "REJECTED": RefundStatus.FAILED,
    "FAILED": RefundStatus.FAILED,
}


def transactions(order: Node) -> tuple[TransactionRecord, ...]:
    """Return an order's tenders; one of nothing (NO_SALE) moves no money. Raises: Malformed."""
    return tuple(
        _transaction(tender)
        for tender in order.nodes("tenders")
        if tender.money("amount_money").minor
    )


def payment_id(tender: Node) -> str:
    """Return what a refund names: payments before the v2 Payments API go by the tender's own id."""
    return tender.optional_text("payment_id") or tender.text("id")


def tender_status(tender: Node) -> str | None:
    """``"CAPTURED"``; None for a kind of tender that has no states."""
    details = (tender.optional_node(key) for key in _DETAILS)
    return next((one.optional_text("status") for one in details if one), None)


def refund(node: Node, order_id: str | None) -> RefundRecord:
    """Return a payment refund of the sale *order_id* (see `sale_of`). Raises: Malformed."""
    raw = node.optional_text("status") or ""
    created_at = node.optional_moment("created_at")
    return RefundRecord(
        external_id=node.text("id"),
        revised_at=node.optional_moment("updated_at") or node.moment("created_at"),
        order_id=order_id,
        status=_REFUND.get(raw, RefundStatus.UNKNOWN),
        raw_status=raw,
        amount=node.money("amount_money"),
        reason=node.optional_text("reason"),
        payment_id=node.optional_text("payment_id"),
        created_at=created_at,
    )


def sale_of(node: Node, orders: Mapping[str, Node]) -> str | None:
    """Return the order that refund *node* gives money back for, where *orders* tell.

    A refund's order_id is the *return* order that was made for it, not the sale.
    Source: developer.squareup.com/docs/refunds-api/retrieve-refunds.

    Raises: Malformed.
    """
    order = orders.get(node.optional_text("order_id") or "")
    if order is None:
        return None
    sources = {one.optional_text("source_order_id") for one in order.nodes("returns")} - {None}
    if len(sources) == 1:
        return sources.pop()
    tenders = {payment_id(tender) for tender in order.nodes("tenders")}
    return order.text("id") if node.optional_text("payment_id") in tenders else None


def _transaction(tender: Node) -> TransactionRecord:
    status, kind_of_tender = tender_status(tender), tender.optional_text("type") or "OTHER"
    unknown = (TransactionKind.SALE, TransactionStatus.UNKNOWN)
    kind, outcome = _PAID if status is None else _TENDER.get(status, unknown)
    return TransactionRecord(
        external_id=payment_id(tender),
        kind=kind,
        status=outcome,
        raw_status=status or kind_of_tender,
        amount=tender.money("amount_money"),
        gateway=kind_of_tender.lower(),
        occurred_at=tender.optional_moment("created_at"),
    )
