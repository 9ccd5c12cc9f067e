"""Payments and refunds. Vendure has one payment that moves through states; we state movements."""

from connectors.sdk.records import RefundRecord, TransactionRecord
from connectors.sdk.records.states import (
    RefundStatus,
    TransactionKind,
    TransactionStatus,
)
from connectors.sdk.values import LineQuantity
from connectors.vendure.mapping import marks, states
from connectors.vendure.mapping.history import History
from connectors.vendure.mapping.reading import Reading
from connectors.vendure.mapping.shape import Node


def transactions(order: Node, history: History, reading: Reading) -> tuple[TransactionRecord, ...]:
    """Return every movement of money of an order.

    The money itself has the payment's own id, which is what a refund takes: ``"3"`` SALE or
    CAPTURE. Beside it stand ``"3:authorization"``, ``"3:void"`` and ``"refund:1"``.
    """
    found: list[TransactionRecord] = []
    for payment in order["payments"].items():
        found += _payment(payment, order["currencyCode"].text(), history, reading)
        found += _refunds(payment, order["currencyCode"].text(), reading)
    return tuple(found)


def payment_id(transaction_id: str) -> str:
    """Return the payment that a transaction belongs to: ``"3:authorization"`` gives ``"3"``."""
    return transaction_id.partition(":")[0]


def refunds(order: Node, reading: Reading) -> list[RefundRecord]:
    """Return the refunds of an order's payments."""
    skus = {
        line["id"].text(): line["productVariant"].optional("sku") for line in order["lines"].items()
    }
    return [
        _refund(order, payment, refund, skus, reading)
        for payment in order["payments"].items()
        for refund in payment["refunds"].items()
    ]


def _payment(
    payment: Node, currency: str, history: History, reading: Reading
) -> list[TransactionRecord]:
    own_id, state = payment["id"].text(), payment["state"].text()
    was_authorized = history.payment(own_id, "Authorized") is not None
    return [
        TransactionRecord(
            external_id=own_id + suffix,
            kind=kind,
            status=status,
            raw_status=state,
            amount=reading.money(payment["amount"].whole(), currency),
            gateway=payment.optional("method"),
            occurred_at=history.payment(own_id, reached) or payment["createdAt"].time(),
        )
        for suffix, kind, status, reached in _movements(state, was_authorized=was_authorized)
    ]


_Movement = tuple[str, TransactionKind, TransactionStatus, str]
"""Id suffix, kind, status, and the payment state whose time it has."""

_AUTHORIZED: _Movement = (
    ":authorization",
    TransactionKind.AUTHORIZATION,
    TransactionStatus.SUCCESS,
    "Authorized",
)
_VOIDED: _Movement = (":void", TransactionKind.VOID, TransactionStatus.SUCCESS, "Cancelled")


def _movements(state: str, *, was_authorized: bool) -> list[_Movement]:
    """Return the movements that brought a payment to *state*."""
    if state == "Authorized":
        return [_AUTHORIZED]
    status = states.PAYMENT.get(state, TransactionStatus.UNKNOWN)
    if not was_authorized:
        return [("", TransactionKind.SALE, status, state)]
    if state == "Cancelled":
        return [_AUTHORIZED, _VOIDED]
    return [_AUTHORIZED, ("", TransactionKind.CAPTURE, status, state)]


def _refunds(payment: Node, currency: str, reading: Reading) -> list[TransactionRecord]:
    return [
        TransactionRecord(
            external_id=f"refund:{refund['id'].text()}",
            kind=TransactionKind.REFUND,
            status=states.REFUND_TRANSACTION.get(state, TransactionStatus.UNKNOWN),
            raw_status=state,
            amount=reading.money(refund["total"].whole(), currency),
            gateway=payment.optional("method"),
            occurred_at=refund["createdAt"].time(),
        )
        for refund in payment["refunds"].items()
        for state in [refund["state"].text()]
    ]


def _refund(
    order: Node, payment: Node, refund: Node, skus: dict[str, str | None], reading: Reading
) -> RefundRecord:
    state = refund["state"].text()
    reason, key = marks.split(refund.optional("reason"))
    return RefundRecord(
        external_id=refund["id"].text(),
        revised_at=reading.read_at,
        order_id=order["id"].text(),
        status=states.REFUND.get(state, RefundStatus.UNKNOWN),
        raw_status=state,
        amount=reading.money(refund["total"].whole(), order["currencyCode"].text()),
        reason=reason,
        payment_id=payment["id"].text(),
        lines=tuple(
            LineQuantity(
                line_id=line["orderLineId"].text(),
                sku=skus.get(line["orderLineId"].text()),
                quantity=line["quantity"].count(),
            )
            for line in refund["lines"].items()
        ),
        created_at=refund["createdAt"].time(),
        reference=key,
    )
