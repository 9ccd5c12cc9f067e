"""The outbox: commands for external systems, written in the unit of the fact that causes them.

    OPEN -> DONE        the system did it
         -> FAILED      the system said no, or never answered in MAX_ATTEMPTS
         -> UNKNOWN     it may have happened and nobody can tell: a person settles it, never we

An effect is claimed under a lease, tried, and settled with a fence (owner, attempt). What a crash
leaves behind is an attempt whose outcome nobody knows: the next claim finds *in_doubt* and asks the
system first. Effects of one *lane* (an order) run one by one, in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    exists,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from connectors.sdk.commands import Command
from connectors.sdk.manifest import COMMANDS, NAME_OF
from gateway import ids
from gateway.clock import micros, moment
from gateway.events import log
from gateway.events.event import Event
from gateway.store.codec import decode, encode
from gateway.store.metadata import METADATA, Prose, Serial, Word
from gateway.store.unit import Unit

MAX_ATTEMPTS = 12
"""With full jitter up to a minute this is about five minutes of trying."""


LONGEST_CODE = 64


class State(StrEnum):
    OPEN = "OPEN"
    DONE = "DONE"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


_effects = Table(
    "effects",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("effect_id", String(48), nullable=False, unique=True),
    Column("connection", String(64), nullable=False),
    Column("command", String(40), nullable=False),
    Column("lane", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("order_id", String(48)),
    Column("subject", String(48)),
    Column("actor", Word(120)),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("visible_at", BigInteger, nullable=False),
    Column("owner", String(64)),
    Column("is_sent", Boolean, nullable=False),
    Column("is_in_doubt", Boolean, nullable=False),
    Column("external_id", Word(255)),
    Column("error_code", Word(LONGEST_CODE)),
    Column("error", Prose),
    Column("sequence", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index(
        "ix_effects_due",
        "connection",
        "visible_at",
        postgresql_where=text("state = 'OPEN'"),
        sqlite_where=text("state = 'OPEN'"),
    ),
    Index(
        "ix_effects_lane",
        "lane",
        "id",
        postgresql_where=text("state = 'OPEN'"),
        sqlite_where=text("state = 'OPEN'"),
    ),
    Index("ix_effects_order", "order_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done: *command* at *connection*, after what its *lane* holds already."""

    connection: str
    command: Command
    lane: str
    order_id: str | None = None
    subject: str | None = None
    """The noun it is about, for people."""
    actor: str | None = None

    @property
    def effect_id(self) -> str:
        """Follows from the command's key: enqueuing twice is enqueuing once."""
        return ids.derive(ids.EFFECT, self.connection, self.command.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An effect as it stands."""

    row: int
    id: str
    connection: str
    command: Command
    command_name: str
    lane: str
    order_id: str | None
    subject: str | None
    state: State
    attempt: int
    owner: str | None
    is_in_doubt: bool
    """An earlier attempt may have taken effect: look before sending."""
    external_id: str | None
    error_code: str | None
    error: str | None
    sequence: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How an attempt ended. *retry_at* set: not over, try then; *was_sent* False: it certainly did
    not reach the system, so the next try is no more in doubt than this one was."""

    state: State
    external_id: str | None = None
    error_code: str | None = None
    error: str | None = None
    retry_at: datetime | None = None
    was_sent: bool = True


async def enqueue(unit: Unit, job: Job, now: datetime) -> str:
    """Add an effect in this unit; one with the same key is that one. Return its id."""
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    done = await unit.connection.execute(
        insert(_effects)
        .values(
            effect_id=job.effect_id,
            connection=job.connection,
            command=NAME_OF[type(job.command)],
            lane=job.lane,
            payload=encode(job.command),
            order_id=job.order_id,
            subject=job.subject,
            actor=job.actor,
            state=State.OPEN,
            attempt=0,
            visible_at=micros(now),
            is_sent=False,
            is_in_doubt=False,
            sequence=1,
            created_at=micros(now),
            updated_at=micros(now),
        )
        .on_conflict_do_nothing(index_elements=["effect_id"])
    )
    if done.rowcount == 1:
        await log.append(unit, [_requested(job, now)], now)
    return job.effect_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who takes effects, how many at most, and for how long."""

    owner: str
    limit: int
    duration: timedelta


async def claim(unit: Unit, connection: str, lease: Lease, now: datetime) -> list[Effect]:
    """Take due effects of *connection*, the first of their lanes, under *lease*.

    Concurrency: SKIP LOCKED on PostgreSQL, the one writer on SQLite.
    """
    earlier = _effects.alias("earlier")
    is_behind = exists().where(
        earlier.c.lane == _effects.c.lane,
        earlier.c.state == State.OPEN,
        earlier.c.id < _effects.c.id,
    )
    due = (
        select(_effects.c.id)
        .where(_effects.c.connection == connection, _effects.c.state == State.OPEN)
        .where(_effects.c.visible_at <= micros(now), ~is_behind)
        .order_by(_effects.c.visible_at, _effects.c.id)
        .limit(lease.limit)
    )
    if unit.connection.dialect.name != "sqlite":
        due = due.with_for_update(skip_locked=True)
    rows = await unit.connection.execute(
        update(_effects)
        .where(_effects.c.id.in_(due.scalar_subquery()))
        .values(
            owner=lease.owner,
            attempt=_effects.c.attempt + 1,
            visible_at=micros(now + lease.duration),
            is_in_doubt=_effects.c.is_sent,
            is_sent=True,
            updated_at=micros(now),
        )
        .returning(_effects)
    )
    return sorted((_effect(row._mapping) for row in rows), key=lambda one: one.row)


async def settle(unit: Unit, effect: Effect, how: Settlement, now: datetime) -> bool:
    """Record how an attempt ended; False when the lease was lost to another worker meanwhile."""
    is_over = how.retry_at is None
    done = await unit.connection.execute(
        update(_effects)
        .where(_effects.c.id == effect.row, _effects.c.owner == effect.owner)
        .where(_effects.c.attempt == effect.attempt, _effects.c.state == State.OPEN)
        .values(
            state=how.state if is_over else State.OPEN,
            external_id=how.external_id,
            error_code=how.error_code,
            error=how.error,
            is_sent=how.was_sent or effect.is_in_doubt,
            visible_at=micros(how.retry_at or now),
            sequence=effect.sequence + 1 if is_over else effect.sequence,
            updated_at=micros(now),
        )
    )
    if done.rowcount != 1:
        return False
    if is_over:
        await log.append(unit, [_settled(effect, how, now)], now)
    return True


async def by_ids(unit: Unit, effect_ids: Sequence[str]) -> dict[str, Effect]:
    """Return effects by id."""
    rows = await unit.connection.execute(
        select(_effects).where(_effects.c.effect_id.in_(sorted(set(effect_ids))))
    )
    found = (_effect(row._mapping) for row in rows)
    return {one.id: one for one in found}


async def of_order(unit: Unit, order_id: str, *, only_unsettled: bool = False) -> list[Effect]:
    """Return an order's effects, oldest first. Unsettled: OPEN or UNKNOWN."""
    query = select(_effects).where(_effects.c.order_id == order_id).order_by(_effects.c.id)
    if only_unsettled:
        query = query.where(_effects.c.state.in_((State.OPEN, State.UNKNOWN)))
    return [_effect(row._mapping) for row in await unit.connection.execute(query)]


async def backlog(unit: Unit) -> dict[tuple[str, str], int]:
    """Return how many effects are not DONE, by (connection, state)."""
    rows = await unit.connection.execute(
        text(
            "SELECT connection, state, count(*) AS n FROM effects"
            " WHERE state <> 'DONE' GROUP BY connection, state"
        )
    )
    return {(row.connection, row.state): row.n for row in rows}


def _effect(row: Any) -> Effect:
    return Effect(
        row=row["id"],
        id=row["effect_id"],
        connection=row["connection"],
        command=_command(row["command"], row["payload"]),
        command_name=row["command"],
        lane=row["lane"],
        order_id=row["order_id"],
        subject=row["subject"],
        state=State(row["state"]),
        attempt=row["attempt"],
        owner=row["owner"],
        is_in_doubt=row["is_in_doubt"],
        external_id=row["external_id"],
        error_code=row["error_code"],
        error=row["error"],
        sequence=row["sequence"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )


def _command(name: str, payload: str) -> Command:
    command: Command = decode(COMMANDS[name], payload)
    return command


def _requested(job: Job, now: datetime) -> Event:
    return Event(
        type="effect.requested",
        subject=job.effect_id,
        sequence=1,
        occurred_at=now,
        related=tuple(one for one in (job.order_id, job.subject) if one),
        connection=job.connection,
        actor=job.actor,
        data={"command": NAME_OF[type(job.command)]},
    )


def _settled(effect: Effect, how: Settlement, now: datetime) -> Event:
    return Event(
        type=f"effect.{how.state.lower()}",
        subject=effect.id,
        sequence=effect.sequence + 1,
        occurred_at=now,
        related=tuple(one for one in (effect.order_id, effect.subject) if one),
        connection=effect.connection,
        data={"command": effect.command_name, "error": how.error_code},
    )
