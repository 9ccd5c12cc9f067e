"""Payments, captures and refunds. A payment at Medusa is an authorization; we state movements."""

from collections.abc import Iterator
from decimal import Decimal

from connectors.medusa import marks
from connectors.medusa.mapping.reading import Reading
from connectors.medusa.mapping.shape import Node
from connectors.sdk.records import RefundRecord, TransactionRecord
from connectors.sdk.records.states import RefundStatus, TransactionKind, TransactionStatus


def payments(order: Node) -> Iterator[Node]:
    """Give every payment of an order; an edit or a second attempt makes another collection."""
    for collection in order.items("payment_collections"):
        yield from collection.items("payments")


def captured(payment: Node) -> Decimal:
    """Units: major, with all digits."""
    return sum((each.amount("amount") for each in payment.items("captures")), Decimal(0))


def refunded(payment: Node) -> Decimal:
    """Units: major, with all digits."""
    return sum((each.amount("amount") for each in payment.items("refunds")), Decimal(0))


def is_authorized(payment: Node) -> bool:
    """Say whether money stands behind it, taken or not."""
    return payment.find("canceled_at") is None or captured(payment) > 0


def is_awaited(payment: Node) -> bool:
    """Say whether more of it may yet be captured."""
    return payment.find("canceled_at") is None and captured(payment) < payment.amount("amount")


def transactions(order: Node) -> tuple[TransactionRecord, ...]:
    """Return every movement of money of an order, under Medusa's own ids.

    ``pay_…`` AUTHORIZATION, ``pay_…:void`` VOID, ``capt_…`` CAPTURE, ``ref_…`` REFUND.
    """
    return tuple(each for payment in payments(order) for each in _movements(payment))


def _movements(payment: Node) -> Iterator[TransactionRecord]:
    own_id = payment["id"].text()
    kinds = TransactionKind
    yield _movement(payment, payment, (own_id, kinds.AUTHORIZATION, "authorized", "created_at"))
    if not is_authorized(payment):
        yield _movement(payment, payment, (f"{own_id}:void", kinds.VOID, "canceled", "canceled_at"))
    for each in payment.items("captures"):
        named = (each["id"].text(), kinds.CAPTURE, "captured", "created_at")
        yield _movement(payment, each, named)
    for each in payment.items("refunds"):
        named = (each["id"].text(), kinds.REFUND, "refunded", "created_at")
        yield _movement(payment, each, named)


_Named = tuple[str, TransactionKind, str, str]
"""Id, kind, raw word, and the member that has its time."""


def _movement(payment: Node, what: Node, named: _Named) -> TransactionRecord:
    external_id, kind, word, moved_at = named
    return TransactionRecord(
        external_id=external_id,
        kind=kind,
        status=TransactionStatus.SUCCESS,
        raw_status=word,
        amount=what.money("amount", payment["currency_code"].text()),
        gateway=payment.optional("provider_id"),
        occurred_at=what.time_of(moved_at),
    )


def refunds(order: Node, reading: Reading) -> list[RefundRecord]:
    """Return the refunds of an order's payments. One that a processor refused leaves none."""
    return [
        _refund(order, payment, each, reading)
        for payment in payments(order)
        for each in payment.items("refunds")
    ]


def _refund(order: Node, payment: Node, refund: Node, reading: Reading) -> RefundRecord:
    note, key = marks.split(refund.optional("note"))
    reason = refund.find("refund_reason")
    return RefundRecord(
        external_id=refund["id"].text(),
        revised_at=reading.read_at,
        order_id=order["id"].text(),
        status=RefundStatus.SUCCEEDED,
        raw_status="refunded",
        amount=refund.money("amount", payment["currency_code"].text()),
        reason=note or (reason.optional("label") if reason else None),
        payment_id=payment["id"].text(),
        created_at=refund.time_of("created_at"),
        reference=key,
    )
