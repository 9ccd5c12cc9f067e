"""Reactions: when X has happened, then Y. The table is all of them.

Each is a function of one event that writes what is to be done into the same unit that moves the
reader on: an event is reacted to exactly once, and reacting again after a crash finds nothing done.
Keys of commands follow from nouns, so the same fact never causes the same command twice.
"""

import structlog
from sqlalchemy import BigInteger, Column, String, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.clock import Clock
from gateway.domain.fulfillment import events as happened
from gateway.domain.issues import service as issues
from gateway.domain.issues.model import Category, Cause, Severity
from gateway.domain.orders import events as ordered
from gateway.errors import VersionConflict
from gateway.events import log as event_log
from gateway.events.event import Logged
from gateway.orchestration.workflows import heal, recall, request, ship, write_back
from gateway.orchestration.world import Reaction, World
from gateway.store.metadata import METADATA
from gateway.store.unit import Unit, Units
from gateway.sync.reconcile import RECONCILED

REACTIONS: dict[str, tuple[Reaction, ...]] = {
    ordered.PLACED: (request.open_work,),
    ordered.CONFIRMED: (request.open_work,),
    ordered.PAYMENT_CHANGED: (request.open_work,),
    ordered.UPDATED: (request.rename_work,),
    ordered.CANCELED: (recall.recall_order,),
    happened.OPENED: (request.ask_fulfiller,),
    happened.WORK_UPDATED: (request.ask_fulfiller, recall.recall_work),
    happened.SHIP_REQUESTED: (ship.buy_label,),
    happened.SHIPMENT_CREATED: (ship.hand_over,),
    happened.SHIPMENT_UPDATED: (ship.hand_over, write_back.tell_shop),
    happened.SHIPMENT_SHIPPED: (
        write_back.tell_shop,
        write_back.close_work,
        ship.settle_failures,
    ),
    happened.DELIVERED: (write_back.tell_delivered,),
    "effect.failed": (ship.undo_shipping,),
    RECONCILED: (heal.stock,),
}

BATCH = 100
"""Events in one unit: a bound on how long it holds the writer."""
CONFLICT_TRIES = 5

log = structlog.get_logger()

_readers = Table(
    "readers",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("cursor", BigInteger, nullable=False),
)


class Reactor:
    """Reads the log and reacts. Any number of processes may run one: the reader's row is locked."""

    NAME = "reactions"

    def __init__(self, units: Units, world: World, clock: Clock) -> None:
        self._units = units
        self._world = world
        self._clock = clock

    async def step(self) -> int:
        """React to the next events; return how many there were. Somebody else who saved a noun of
        theirs meanwhile makes the unit begin again."""
        for _ in range(CONFLICT_TRIES - 1):
            try:
                return await self._react_to_next()
            except VersionConflict:
                continue
        return await self._react_to_next()

    async def _react_to_next(self) -> int:
        async with self._units.write() as unit:
            cursor = await self._lock(unit)
            if cursor is None:
                return 0
            batch = await event_log.after(unit, cursor, limit=BATCH)
            for logged in batch:
                await self._react(unit, logged)
            if batch:
                await unit.connection.execute(
                    update(_readers)
                    .where(_readers.c.name == self.NAME)
                    .values(cursor=batch[-1].cursor)
                )
            return len(batch)

    async def _lock(self, unit: Unit) -> int | None:
        """Return where the reader stands; None when another process is at it."""
        is_sqlite = unit.connection.dialect.name == "sqlite"
        insert = sqlite.insert if is_sqlite else postgresql.insert
        fresh = insert(_readers).values(name=self.NAME, cursor=0)
        await unit.connection.execute(fresh.on_conflict_do_nothing())
        query = select(_readers.c.cursor).where(_readers.c.name == self.NAME)
        if not is_sqlite:
            query = query.with_for_update(skip_locked=True)
        cursor: int | None = await unit.connection.scalar(query)
        return cursor

    async def _react(self, unit: Unit, logged: Logged) -> None:
        """Each reaction in a savepoint: one that fails undoes its own and holds up no other."""
        for reaction in REACTIONS.get(logged.event.type, ()):
            try:
                async with unit.connection.begin_nested():
                    await reaction(unit, logged.event, self._world, self._clock())
            except VersionConflict:
                raise  # somebody else moved it: the whole unit begins again
            except Exception as error:
                log.exception("reaction.failed", event=logged.id, type=logged.event.type)
                await issues.open(unit, [_cause(logged, reaction, error)], self._clock())


def _cause(logged: Logged, reaction: Reaction, error: Exception) -> Cause:
    name = getattr(reaction, "__name__", "reaction")
    return Cause(
        code="REACTION_FAILED",
        key=f"{logged.id}/{name}",
        category=Category.FULFILLMENT,
        severity=Severity.CRITICAL,
        message=f"{name} after {logged.event.type} failed: {type(error).__name__}",
        subject=logged.event.subject,
        connection=logged.event.connection,
    )
