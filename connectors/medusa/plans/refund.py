"""Give money back on one payment."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.medusa import marks, requests
from connectors.medusa.mapping import Node, payments
from connectors.medusa.plans import subject
from connectors.medusa.plans.plan import Do, Done, Touched
from connectors.medusa.requests import Call
from connectors.sdk.commands import CreateRefund
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.values import Money


@dataclass(frozen=True, slots=True)
class Refund:
    """One request, with our key at the end of the refund's note. Medusa asks the payment's
    processor for it; where nothing is owed it books a credit line beside it. It has no place for
    what the refund is for: the lines are not kept."""

    command: CreateRefund

    def look(self, seen: Sequence[Node]) -> Call | None:
        if self.command.amount.minor < 1:
            raise Rejected("nothing to give back", code="AMOUNT", field="amount")
        subject.require_counts(self.command.lines)
        return None if seen else subject.order(self.command.order_id)

    def decide(self, seen: Sequence[Node]) -> Do | Done:
        order = self._order(seen)
        if _ours(order, self.command.key):
            return Done()
        subject.require_known(order, self.command.lines)
        return Do(call=_make(order, self.command), is_last=True)

    def touched(self, seen: Sequence[Node]) -> Touched:
        return Touched(orders=(self.command.order_id,))

    def made(self, seen: Sequence[Node]) -> str | None:
        ours = _ours(self._order(seen), self.command.key)
        return ours["id"].text() if ours else None

    def _order(self, seen: Sequence[Node]) -> Node:
        return subject.order_in(seen[0], self.command.order_id)


def _ours(order: Node, key: str) -> Node | None:
    return next(
        (
            refund
            for payment in payments.payments(order)
            for refund in payment.items("refunds")
            if marks.split(refund.optional("note"))[1] == key
        ),
        None,
    )


def _make(order: Node, command: CreateRefund) -> Call:
    currency = order["currency_code"].text().upper()
    if command.amount.currency != currency:
        raise Rejected(f"the order is in {currency}", code="CURRENCY", field="amount")
    payment = _payment(order, command)
    note = marks.mark(command.reason, command.key)
    return requests.refund(payment["id"].text(), _amount(payment, command.amount), note)


def _payment(order: Node, command: CreateRefund) -> Node:
    """Return the payment named, by its own id or that of a capture of it; or the first that has
    the amount left. Raises: Missing, Conflict."""
    held = list(payments.payments(order))
    if command.payment_id is not None:
        held = [each for each in held if command.payment_id in _names(each)]
        if not held:
            raise Missing(
                "the order has no such payment", code="PAYMENT_NOT_FOUND", field="payment_id"
            )
    for payment in held:
        if _left(payment, command.amount.currency).minor >= command.amount.minor:
            return payment
    most = max((_left(each, command.amount.currency).minor for each in held), default=0)
    left = Money(minor=most, currency=command.amount.currency)
    raise Conflict(
        f"at most {left.amount} {left.currency} was captured and not given back",
        code="NOT_CAPTURED",
        field="amount",
    )


def _names(payment: Node) -> set[str]:
    return {payment["id"].text(), *(each["id"].text() for each in payment.items("captures"))}


def _exact_left(payment: Node) -> Decimal:
    return payments.captured(payment) - payments.refunded(payment)


def _left(payment: Node, currency: str) -> Money:
    return Money.of(_exact_left(payment), currency)


def _amount(payment: Node, amount: Money) -> Decimal:
    """Return the amount in major units; all digits of what is left where all of it goes back, as
    Medusa keeps more than money has, and else owes a part of a cent for ever."""
    is_all = _left(payment, amount.currency) == amount
    return _exact_left(payment) if is_all else amount.amount
