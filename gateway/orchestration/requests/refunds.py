"""Refunds: money given back by whoever took it, never more than was taken."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.sdk.commands import CreateRefund
from connectors.sdk.records.states import TransactionKind, TransactionStatus
from connectors.sdk.values import LineQuantity, Money
from gateway.domain.orders import service as orders
from gateway.domain.orders.model import Order
from gateway.domain.returns import model as returns
from gateway.domain.returns import repository as return_rows
from gateway.errors import InvalidInput
from gateway.orchestration import outbox
from gateway.orchestration.asking import Asked, Asking, Led, check_version
from gateway.orchestration.idempotency import Request
from gateway.orchestration.outbox import Effect
from gateway.store.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWanted:
    """Money to give back. *payment_id*: the system's own; None: the payment that was captured.
    *lines*: what for, as (our line id, units)."""

    order_id: str
    amount: Money
    reason: str
    payment_id: str | None = None
    lines: tuple[tuple[str, int], ...] = ()
    expected_version: int | None = None


async def create(asking: Asking, request: Request, wanted: RefundWanted) -> Asked:
    """Give money back on an order, never more than was taken, in-flight refunds counted.

    Raises: NotFound, InvalidInput, AmountTooLarge, VersionConflict, CapabilityMissing,
    IdempotencyConflict.

    Concurrency: the order's row is locked, so that two refunds do not both fit in what is left.
    """

    async def decide(unit: Unit) -> Led:
        order = await orders.lock(unit, wanted.order_id)
        check_version(order.version, wanted.expected_version)
        in_flight = await _in_flight_minor(unit, order)
        returns.check_amount(order, wanted.amount, in_flight)
        connection = order.source.connection
        asking.require(connection, "create_refund")
        command = CreateRefund(
            key=request.command_key,
            order_id=order.external_id,
            payment_id=wanted.payment_id or _captured_payment(order),
            amount=wanted.amount,
            lines=units_of(order, wanted.lines),
            reason=wanted.reason,
        )
        effect = await asking.enqueue(unit, connection, command, order.id, order.id)
        return Led(subject=order.id, effects=(effect,))

    return await asking.ask(request, decide)


def _captured_payment(order: Order) -> str | None:
    taken = (TransactionKind.CAPTURE, TransactionKind.SALE)
    return next(
        (
            one.external_id
            for one in order.transactions
            if one.kind in taken and one.status is TransactionStatus.SUCCESS
        ),
        None,
    )


def units_of(order: Order, wanted: Sequence[tuple[str, int]]) -> tuple[LineQuantity, ...]:
    """Name units as the shop does. Raises: InvalidInput for what the order does not have."""
    by_id = {line.id: line for line in order.lines}
    found = []
    for number, (line_id, quantity) in enumerate(wanted):
        line = by_id.get(line_id)
        if line is None or not 0 < quantity <= line.quantity:
            raise InvalidInput("no such units in this order", path=("lines", str(number)))
        found.append(LineQuantity(line_id=line.external_id, sku=line.sku, quantity=quantity))
    return tuple(found)


async def _in_flight_minor(unit: Unit, order: Order) -> int:
    """Units: minor. What was asked for, here or there, and may still go through: effects whose end
    is not known, and refunds that their system has not settled. One that is both counts once."""
    known = await return_rows.refunds_of_orders(unit, [order.id])
    stated = {one.reference for one in known}
    effects: Sequence[Effect] = await outbox.of_order(unit, order.id, only_unsettled=True)
    asked = sum(
        one.command.amount.minor
        for one in effects
        if isinstance(one.command, CreateRefund) and one.command.key not in stated
    )
    return asked + returns.under_way_minor(known)
