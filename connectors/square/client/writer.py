"""Commands. Each looks at the order as it is, does the next step, and looks again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from connectors.sdk.changes import Touched
from connectors.sdk.commands import (
    CancelOrder,
    Command,
    CreateRefund,
    Outcome,
    RecordShipment,
    SetInventory,
)
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    Malformed,
    Missing,
    NotApplied,
    Rejected,
    Unavailable,
    Unsupported,
)
from connectors.sdk.http import Request
from connectors.sdk.records import Kind
from connectors.square import errors
from connectors.square.client.exchange import Exchange
from connectors.square.client.reader import Reader
from connectors.square.mapping import fulfillments, inventory, payments
from connectors.square.reading import Node
from connectors.square.requests import reads, steps, writes
from connectors.square.requests.checkpoint import stamp

LOOK_BACK = timedelta(days=7)
"""How far back a physical count of ours is looked for: longer than any command is retried."""
VERSION_TRIES = 3
"""Tries to change an order that someone else keeps changing, before the caller is told."""
_REFUSED = ("FAILED", "REJECTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """An order, and when the request that read it began."""

    order: Node
    asked_at: datetime


class Writer:
    """All commands of one account."""

    def __init__(self, exchange: Exchange, reader: Reader) -> None:
        self._exchange = exchange
        self._reader = reader

    async def perform(self, command: Command) -> Outcome:
        match command:
            case CancelOrder():
                return await _of_newest(partial(self._cancel, command))
            case CreateRefund():
                return await self._refund(command)
            case SetInventory():
                return await self._count(command)
            case RecordShipment():
                return await _of_newest(partial(self._ship, command))
            case _:
                raise Unsupported(f"no {type(command).__name__}", code="UNSUPPORTED")

    async def look_up(self, command: Command) -> Outcome | None:
        """Find the physical count that carries our reference; other commands repeat harmlessly.

        Raises: Unavailable also when an answer cannot be read: it tells neither yes nor no.
        """
        if not isinstance(command, SetInventory):
            raise Unsupported(f"no look-up of {type(command).__name__}", code="UNSUPPORTED")
        try:
            _, clock = await self._in_stock(command)
            count_id = await self._done(command, clock)
            return await self._outcome_of_count(command, count_id) if count_id else None
        except Malformed as error:
            raise Unavailable(f"answer not readable: {error}") from error

    # Orders --------------------------------------------------------------------------------------

    async def _cancel(self, command: CancelOrder) -> Outcome:
        """Void what is only authorized, cancel the fulfillments, then the order.

        After a crash: any prefix of these steps; performing again goes on behind it.
        """
        if command.lines:
            raise Unsupported("Square cancels whole orders", code="PARTIAL_CANCEL", field="lines")
        held = await self._order(command.order_id)
        plan = steps.cancellation(held.order)
        if plan.authorized:
            for payment_id in plan.authorized:
                await self._void(payment_id)
            held = await self._order(command.order_id)  # voiding has moved its version
        if plan.live:
            request = writes.cancel_fulfillments(held.order, plan.live, command)
            held = await self._update(request, _all_ended)
        if not plan.is_done:
            held = await self._update(writes.cancel_order(held.order, command), _is_canceled)
        return await self._order_outcome(held, command.order_id)

    async def _void(self, payment_id: str) -> None:
        """Cancel an approved payment; one that is canceled already is left as it is."""
        answer = await self._exchange.ask(reads.payment(payment_id))
        status = answer.body.node("payment").optional_text("status")
        if status == "CANCELED":
            return
        if status != "APPROVED":
            raise Conflict(f"the payment is {status}", code=f"PAYMENT_{status}")
        await self._exchange.ask(writes.cancel_payment(payment_id))

    async def _ship(self, command: RecordShipment) -> Outcome:
        held = await self._order(command.order_id)
        plan = steps.shipping(held.order, command)
        shipment_id = fulfillments.id_of(held.order, plan.fulfillment)
        if not plan.is_done:
            request = writes.ship(held.order, plan.fulfillment, command)
            took = partial(_is_completed, plan.fulfillment.text("uid"))
            held = await self._update(request, took)
        return await self._order_outcome(held, shipment_id)

    async def _order(self, order_id: str) -> _Held:
        asked_at = datetime.now(UTC)
        found = await self._reader.orders_by_id([order_id])
        if order_id not in found:
            raise Missing("no such order", code=errors.NOT_FOUND, field="order_id")
        return _Held(order=found[order_id], asked_at=asked_at)

    async def _update(self, request: Request, took: Callable[[Node], bool]) -> _Held:
        """Send an update and return the order. Square can answer 200 and change nothing.

        Raises: Rejected when it did just that.
        """
        answer = await self._exchange.ask(request)
        order = answer.body.node("order")
        if not took(order):
            raise Rejected("answered, and changed nothing", code="NOT_UPDATED")
        return _Held(order=order, asked_at=answer.asked_at)

    async def _order_outcome(self, held: _Held, external_id: str) -> Outcome:
        changes = await self._reader.order_changes([held.order], held.asked_at)
        return Outcome(external_id=external_id, changes=tuple(changes))

    # Money ---------------------------------------------------------------------------------------

    async def _refund(self, command: CreateRefund) -> Outcome:
        """Refund one payment. Square answers the same for the same key, so nothing is doubled."""
        payment_id = command.payment_id
        if payment_id is None:
            payment_id = steps.refundable((await self._order(command.order_id)).order)
        request = writes.refund(command, payment_id)
        answer = (await self._exchange.ask(request)).body
        refund = answer.node("refund")
        if refund.optional_text("status") in _REFUSED:
            codes = [one.optional_text("code") for one in answer.nodes("errors")]
            raise Rejected(
                "the refund was refused", code=next(filter(None, codes), "REFUND_FAILED")
            )
        record = payments.refund(refund, command.order_id)
        return Outcome(external_id=record.external_id, changes=(record,))

    # Stock ---------------------------------------------------------------------------------------

    async def _count(self, command: SetInventory) -> Outcome:
        """Write a physical count, once.

        The request carries the time it was made at, so a repetition is another request to Square's
        idempotency: whether an earlier attempt took effect is looked up by our reference instead.
        """
        in_stock, clock = await self._in_stock(command)
        if count_id := await self._done(command, clock):
            return await self._counted(command, count_id)
        if command.expected is not None and in_stock != command.expected:
            text = f"expected {command.expected} in stock, found {in_stock}"
            raise Conflict(text, code="QUANTITY_CHANGED", field="expected")
        try:
            answer = await self._exchange.ask(writes.count_stock(command, clock))
        except Rejected as error:
            if error.code == errors.KEY_REUSED:
                return await self._under_way(command, clock)
            raise
        made = [one.optional_node("physical_count") for one in answer.body.nodes("changes")]
        count_id = next((one.optional_text("id") for one in made if one), None)
        return await self._counted(command, count_id)

    async def _in_stock(self, command: SetInventory) -> tuple[Decimal, str]:
        """Return how many are in stock, and Square's clock: a count must not lie in its future."""
        answer = await self._exchange.ask(
            reads.counts([command.item_id], command.location_id, None)
        )
        counts = answer.body.nodes("counts")
        found = [one.quantity("quantity") for one in counts if one.text("state") == "IN_STOCK"]
        return sum(found, Decimal(0)), answer.clock

    async def _under_way(self, command: SetInventory, clock: str) -> Outcome:
        """An earlier attempt reached Square after we looked: look once more."""
        count_id = await self._done(command, clock)
        if count_id is None:
            raise Ambiguous("Square knows the key, and shows no count under it yet")
        return await self._counted(command, count_id)

    async def _done(self, command: SetInventory, clock: str) -> str | None:
        """Return the id of an earlier attempt's count: the one that carries our reference."""
        since = stamp(datetime.fromisoformat(clock) - LOOK_BACK)
        make = partial(reads.physical_counts, command.item_id, command.location_id, since)
        reference = writes.idempotency_key(command.key)
        for change in await self._exchange.every(make, "changes"):
            count = change.optional_node("physical_count")
            if count is not None and count.optional_text("reference_id") == reference:
                return count.text("id")
        return None

    async def _counted(self, command: SetInventory, count_id: str | None) -> Outcome:
        """Return the level as it is now; where it cannot be read, that it has to be."""
        try:
            return await self._outcome_of_count(command, count_id)
        except (NotApplied, Malformed):
            # The count is written: to say "not applied" now would be untrue.
            touched = Touched(kind=Kind.LEVEL, external_id=_level_id(command))
            return Outcome(external_id=count_id, changes=(touched,))

    async def _outcome_of_count(self, command: SetInventory, count_id: str | None) -> Outcome:
        changes = await self._reader.fetch(Kind.LEVEL, [_level_id(command)])
        return Outcome(external_id=count_id, changes=tuple(changes))


def _level_id(command: SetInventory) -> str:
    return inventory.id_of((command.item_id, command.location_id))


async def _of_newest(act: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Do *act* again, from the newest version, when the order changed between reading and writing.

    Square itself moves versions a moment after a payment: that is no reason to give up.
    """
    for _ in range(VERSION_TRIES - 1):
        try:
            return await act()
        except Conflict as error:
            if error.code != errors.VERSION_MISMATCH:
                raise
    return await act()


def _is_canceled(order: Node) -> bool:
    return order.optional_text("state") == "CANCELED"


def _all_ended(order: Node) -> bool:
    states = {fulfillments.state(one) for one in order.nodes("fulfillments")}
    return states <= fulfillments.ENDED


def _is_completed(uid: str, order: Node) -> bool:
    return any(
        one.optional_text("uid") == uid and fulfillments.state(one) == "COMPLETED"
        for one in order.nodes("fulfillments")
    )
