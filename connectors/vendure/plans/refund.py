"""Give money back on one payment."""

from dataclasses import dataclass

from connectors.sdk.changes import Change
from connectors.sdk.commands import CreateRefund
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.vendure import requests
from connectors.vendure.mapping import Node, Reading, marks, payments
from connectors.vendure.plans import subject
from connectors.vendure.plans.plan import Do, Done
from connectors.vendure.requests import Call


@dataclass(frozen=True, slots=True)
class Refund:
    """Two steps: the refund, with our key in its reason, and its settlement.

    Where a payment processor made the refund it has a transaction id, and the processor's word
    settles it. Without one, Vendure only keeps the books: whoever told us to give the money back
    moves it, and the refund is settled under our key.
    """

    command: CreateRefund

    def look(self) -> Call:
        if self.command.amount.minor < 1:
            raise Rejected("nothing to give back", code="AMOUNT", field="amount")
        subject.require_counts(self.command.lines)
        return requests.order_for_command(self.command.order_id)

    def decide(self, root: Node, reading: Reading) -> Do | Done:
        order = subject.order_in(root, self.command.order_id)
        ours = _ours(order, self.command.key)
        if ours is None:
            return Do(call=_make(order, self.command, reading))
        if ours["state"].value == "Failed":
            raise Rejected("the payment processor refused the refund", code="REFUND_FAILED")
        is_open = ours["state"].value == "Pending" and not ours.optional("transactionId")
        if not is_open or not reading.options.settles_refunds:
            return Done()
        return Do(call=requests.settle_refund(ours["id"].text(), self.command.key), is_last=True)

    def report(self, root: Node, reading: Reading) -> list[Change]:
        return subject.records(subject.order_in(root, self.command.order_id), reading)

    def made(self, root: Node) -> str | None:
        ours = _ours(subject.order_in(root, self.command.order_id), self.command.key)
        return ours["id"].text() if ours else None


def _ours(order: Node, key: str) -> Node | None:
    return next(
        (
            refund
            for payment in order["payments"].items()
            for refund in payment["refunds"].items()
            if marks.split(refund.optional("reason"))[1] == key
        ),
        None,
    )


def _make(order: Node, command: CreateRefund, reading: Reading) -> Call:
    amount = _amount(order, command, reading)
    subject.require_known(order, command.lines)
    ordered = {
        line["id"].text(): max(line["orderPlacedQuantity"].count(), line["quantity"].count())
        for line in order["lines"].items()
    }
    lines = subject.allot(order, command.lines, ordered)
    if lines is None:
        raise Rejected("more units than were ordered", code="QUANTITY", field="lines")
    reason = marks.mark(command.reason, command.key)
    return requests.refund_order(_payment(order, command, amount), amount, lines, reason)


def _amount(order: Node, command: CreateRefund, reading: Reading) -> int:
    """Return the amount as Vendure writes it. Raises: Rejected when it cannot."""
    currency = order["currencyCode"].text()
    if command.amount.currency != currency:
        raise Rejected(f"the order is in {currency}", code="CURRENCY", field="amount")
    units = reading.units_of(command.amount)
    if reading.money(units, currency) != command.amount:
        raise Rejected("finer than the shop keeps amounts", code="AMOUNT", field="amount")
    return units


def _payment(order: Node, command: CreateRefund, amount: int) -> str:
    """Return the payment to refund: the one named, or the first that has *amount* left.

    Asked for more than a payment has left, Vendure would go on to the order's other payments; with
    an amount it refuses. It does not look whether the payment was ever captured
    (Source: Vendure 3.7.3, PaymentService.createRefund), so we do.

    Raises: Missing, Conflict.
    """
    held = {payment["id"].text(): payment for payment in order["payments"].items()}
    if command.payment_id is not None:
        named = payments.payment_id(command.payment_id)
        if named not in held:
            raise Missing(
                "the order has no such payment", code="PAYMENT_NOT_FOUND", field="payment_id"
            )
        if held[named]["state"].value != "Settled":
            raise Conflict("the payment took no money", code="NOT_CAPTURED", field="payment_id")
        return named
    for payment_id, payment in held.items():
        if _left(payment) >= amount:
            return payment_id
    raise Conflict("no payment has that much left", code="REFUND_AMOUNT_ERROR", field="amount")


def _left(payment: Node) -> int:
    """Return what may still be refunded of a payment; nothing of one that never took money."""
    if payment["state"].value != "Settled":
        return 0
    refunded = sum(
        refund["total"].whole()
        for refund in payment["refunds"].items()
        if refund["state"].value != "Failed"
    )
    return payment["amount"].whole() - refunded
