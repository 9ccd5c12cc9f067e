"""What people ask for: checked, written down with its effects, carried out, and waited for.

Every use-case is one unit: look the request up by its key, check the rules, enqueue the commands,
store what it led to. Refusals raise `gateway.errors.Refused` and leave nothing behind.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec

from connectors.sdk.commands import CancelOrder, Command, CreateRefund, SetInventory
from connectors.sdk.records.states import TransactionKind, TransactionStatus
from connectors.sdk.values import LineQuantity, Money
from gateway.clock import Clock
from gateway.domain.fulfillment import service as fulfillment
from gateway.domain.fulfillment.service import Shipping
from gateway.domain.inventory import repository as inventory_rows
from gateway.domain.inventory.model import Counted, Level
from gateway.domain.orders import service as orders
from gateway.domain.orders.model import Order
from gateway.domain.returns import model as returns
from gateway.domain.returns import repository as return_rows
from gateway.errors import (
    CapabilityMissing,
    ConnectionPaused,
    IllegalTransition,
    InvalidInput,
    NotFound,
    VersionConflict,
)
from gateway.events.relay import Relay
from gateway.orchestration import idempotency, outbox
from gateway.orchestration.idempotency import Request
from gateway.orchestration.outbox import Effect, Job, State
from gateway.orchestration.workflows import ship
from gateway.orchestration.world import World
from gateway.store.codec import decode, encode
from gateway.store.unit import Unit, Units

WAIT_S = 15.0
"""How long a mutation waits for the systems it acts in; after that its effects go on without it."""
TRIES = 5
"""How often a unit begins again because somebody else saved one of its nouns meanwhile."""


class Led(msgspec.Struct, frozen=True, kw_only=True):
    """What a request led to: the noun it is about, and the effects that act on it."""

    subject: str
    effects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it stands: what it led to, and how its effects have ended so far."""

    subject: str
    effects: tuple[Effect, ...]
    expected: int
    """How many effects there will be; a reaction adds some of them a moment later."""

    @property
    def failed(self) -> tuple[Effect, ...]:
        return tuple(one for one in self.effects if one.state is State.FAILED)

    @property
    def is_settled(self) -> bool:
        ended = [one for one in self.effects if one.state is not State.OPEN]
        return len(ended) == self.expected


Decide = Callable[[Unit], Awaitable[Led]]


class Asking:
    """The use-cases behind mutations that act in other systems."""

    def __init__(self, units: Units, world: World, relay: Relay, clock: Clock) -> None:
        self._units = units
        self._world = world
        self._relay = relay
        self._clock = clock

    async def cancel_order(
        self, request: Request, order_id: str, reason: str, expected_version: int | None
    ) -> Asked:
        """Cancel what is not fulfilled of an order, in the system that sold it.

        Raises: NotFound, IllegalTransition, VersionConflict, CapabilityMissing,
        IdempotencyConflict.
        """

        async def decide(unit: Unit) -> Led:
            order = await orders.get(unit, order_id)
            check_version(order.version, expected_version)
            if not order.is_open:
                raise IllegalTransition(f"the order is {order.status}", path=("id",))
            if not any(line.open_quantity for line in order.lines):
                raise IllegalTransition("everything has left already", path=("id",))
            connection = order.source.connection
            self._require(connection, "cancel_order")
            command = CancelOrder(
                key=request.command_key, order_id=order.external_id, reason=reason
            )
            effect = await self._enqueue(unit, connection, command, order.id, order.id)
            return Led(subject=order.id, effects=(effect,))

        return await self._ask(request, decide)

    async def ship(
        self,
        request: Request,
        work_id: str,
        shipping: Shipping,
        expected_version: int | None,
    ) -> Asked:
        """Send the goods of a fulfillment order: label, hand-over and write-back follow as
        reactions (`gateway.orchestration.workflows.ship`).

        Raises: NotFound, IllegalTransition, VersionConflict, CapabilityMissing, InvalidInput.
        """

        async def decide(unit: Unit) -> Led:
            work = await fulfillment.get(unit, work_id)
            check_version(work.version, expected_version)
            order = await orders.get(unit, work.order_id or "")
            carrier = shipping.carrier or self._world.routes.carrier(order.channel_id)
            if shipping.parcel is None:
                if carrier is None:
                    raise InvalidInput(
                        "name a carrier connection or a tracking number", path=("carrier",)
                    )
                self._require(carrier, "buy_label")
            how = Shipping(
                carrier=None if shipping.parcel else carrier,
                service=shipping.service,
                parcel=shipping.parcel,
            )
            work = await fulfillment.request_shipping(unit, work.id, how, self._clock())
            return Led(subject=work.id, effects=ship.effects_of(work))

        return await self._ask(request, decide)

    async def set_inventory(self, request: Request, wanted: "Stock") -> Asked:
        """Make on-hand stock a number, at every system that counts it and can be told: the
        authority first, then those that show it.

        Raises: NotFound, VersionConflict (*expected* is not what is held), CapabilityMissing.
        """

        async def decide(unit: Unit) -> Led:
            level = await self._level(unit, wanted)
            held = level.quantities.on_hand
            if wanted.expected is not None and wanted.expected != held:
                raise VersionConflict(f"{held} are on hand", path=("expected",))
            self._require(level.authority.source.connection, "set_inventory")
            told = sorted(level.counted, key=lambda one: (one.rank, one.source.connection))
            effects = [
                await self._set(unit, level, one, request, wanted)
                for one in told
                if self._world.can(one.source.connection, "set_inventory")
            ]
            return Led(subject=level.id, effects=tuple(effects))

        return await self._ask(request, decide)

    async def refund(self, request: Request, wanted: "RefundWanted") -> Asked:
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
            self._require(connection, "create_refund")
            command = CreateRefund(
                key=request.command_key,
                order_id=order.external_id,
                payment_id=wanted.payment_id or _captured_payment(order),
                amount=wanted.amount,
                lines=_units_of(order, wanted.lines),
                reason=wanted.reason,
            )
            effect = await self._enqueue(unit, connection, command, order.id, order.id)
            return Led(subject=order.id, effects=(effect,))

        return await self._ask(request, decide)

    async def _ask(self, request: Request, decide: Decide) -> Asked:
        cursor = self._relay.cursor
        for attempt in range(TRIES):
            try:
                async with self._units.write() as unit:
                    led = await self._led(unit, request, decide)
                break
            except VersionConflict as conflict:
                if conflict.path or attempt + 1 == TRIES:
                    raise  # the caller's own expectation, or too many were faster
        return await self._settled(led, cursor)

    async def _led(self, unit: Unit, request: Request, decide: Decide) -> Led:
        before = await idempotency.take(unit, request, self._clock())
        if before is not None:
            return decode(Led, before)
        led = await decide(unit)
        await idempotency.keep(unit, request, encode(led))
        return led

    async def _settled(self, led: Led, cursor: int) -> Asked:
        """Wait for the effects to end, as long as a caller may be kept."""
        asked = await self._look(led)
        if not asked.is_settled:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._until_settled(led, cursor), WAIT_S)
        return await self._look(led)

    async def _until_settled(self, led: Led, cursor: int) -> None:
        async for logged in self._relay.follow(cursor):
            if logged.event.subject in led.effects and (await self._look(led)).is_settled:
                return

    async def _look(self, led: Led) -> Asked:
        async with self._units.read() as unit:
            effects = await outbox.by_ids(unit, led.effects)
        return Asked(
            subject=led.subject,
            effects=tuple(effects[id] for id in led.effects if id in effects),
            expected=len(led.effects),
        )

    def _require(self, connection: str, command: str) -> None:
        """Refuse, before anything is written, what the connection cannot do."""
        connected = self._world.systems.find(connection)
        if connected is None or not connected.enabled:
            raise ConnectionPaused(f"{connection} is not connected")
        if command not in connected.manifest.commands:
            raise CapabilityMissing(f"{connected.manifest.name} cannot {command}")

    async def _enqueue(
        self, unit: Unit, connection: str, command: Command, lane: str, subject: str
    ) -> str:
        job = Job(
            connection=connection,
            command=command,
            lane=lane,
            order_id=lane if lane.startswith("order_") else None,
            subject=subject,
        )
        return await outbox.enqueue(unit, job, self._clock())

    async def _level(self, unit: Unit, wanted: "Stock") -> Level:
        found = await inventory_rows.levels.by_ids(unit, [wanted.level_id])
        if wanted.level_id not in found:
            raise NotFound("nobody counts this item there", path=("id",))
        if wanted.quantity < 0:
            raise InvalidInput("stock is not negative", path=("quantity",))
        return found[wanted.level_id]

    async def _set(
        self, unit: Unit, level: Level, counted: Counted, request: Request, wanted: "Stock"
    ) -> str:
        connection = counted.source.connection
        is_authority = counted.source.key == level.authority.source.key
        command = SetInventory(
            key=f"{request.command_key}:{connection}",
            item_id=counted.record.item_id,
            sku=level.sku,
            location_id=counted.record.location_id,
            quantity=wanted.quantity,
            expected=wanted.expected if is_authority else None,
            reason=wanted.reason,
        )
        return await self._enqueue(unit, connection, command, level.id, level.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """On-hand units wanted at a level; *expected*: only if it still is that many."""

    level_id: str
    quantity: int
    expected: int | None = None
    reason: str | None = None


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


def check_version(held: int, expected: int | None) -> None:
    """Raise VersionConflict, with the version now, unless *expected* is None or *held*."""
    if expected is not None and expected != held:
        raise VersionConflict(f"the version is {held} now", path=("expectedVersion",))


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


def _units_of(order: Order, wanted: Sequence[tuple[str, int]]) -> tuple[LineQuantity, ...]:
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
