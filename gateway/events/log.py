"""The event log: append in the caller's unit, read in commit order.

The table is the only truth. On SQLite the one writer makes the row number the commit order. On
PostgreSQL a sequence is *not* commit order (a later number can commit first; a reader of it skips
rows), so rows are numbered after they commit, by `gateway.events.sequencer`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    func,
    select,
)

from gateway import ids
from gateway.clock import micros, moment
from gateway.events.event import Event, Logged
from gateway.store.codec import decode, encode
from gateway.store.metadata import METADATA, Serial
from gateway.store.unit import Unit

PAGE = 500
"""Events read at once: a bound on memory, not on what a reader gets in the end."""

events = Table(
    "events",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("cursor", BigInteger, unique=True),
    Column("event_id", String(48), nullable=False, unique=True),
    Column("type", String(80), nullable=False),
    Column("subject", String(48), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Index("ix_events_subject", "subject", "sequence", unique=True),
    sqlite_autoincrement=True,
)
unnumbered = Index("ix_events_unnumbered", events.c.id, postgresql_where=events.c.cursor.is_(None))


async def append(unit: Unit, new: Sequence[Event], recorded_at: datetime) -> None:
    """Add *new* at the end, in this unit. One statement, run for all of them.

    Raises: IntegrityError when a subject's sequence is taken: two writers of one subject, of whom
    one must begin again.
    """
    if not new:
        return
    await unit.connection.execute(events.insert(), [_row(one, recorded_at) for one in new])
    unit.announce()


async def after(
    unit: Unit, cursor: int, *, until: int | None = None, limit: int = PAGE
) -> list[Logged]:
    """Return up to *limit* events after *cursor* (and up to *until*), in commit order."""
    order = _order(unit)
    query = select(events, order.label("position")).where(order > cursor)
    if until is not None:
        query = query.where(order <= until)
    rows = await unit.connection.execute(query.order_by(order).limit(limit))
    return [_logged(row) for row in rows.mappings()]


async def of_subject(unit: Unit, subject: str, after_sequence: int, limit: int) -> list[Logged]:
    """Return up to *limit* events of one subject, oldest first, that have been numbered."""
    query = (
        select(events, _order(unit).label("position"))
        .where(events.c.subject == subject, events.c.sequence > after_sequence)
        .where(_order(unit).is_not(None))
        .order_by(events.c.sequence)
        .limit(limit)
    )
    rows = await unit.connection.execute(query)
    return [_logged(row) for row in rows.mappings()]


async def newest_of(unit: Unit, subjects: Sequence[str]) -> dict[str, Event]:
    """Return the last event of each subject, numbered or not."""
    newest = (
        select(events.c.subject, func.max(events.c.sequence).label("sequence"))
        .where(events.c.subject.in_(sorted(set(subjects))))
        .group_by(events.c.subject)
        .subquery()
    )
    is_newest = (events.c.subject == newest.c.subject) & (events.c.sequence == newest.c.sequence)
    rows = await unit.connection.execute(select(events.c.document).join(newest, is_newest))
    found = (decode(Event, row.document) for row in rows)
    return {one.subject: one for one in found}


async def last(unit: Unit) -> int:
    """Return the newest cursor, 0 for an empty log."""
    return await unit.connection.scalar(select(func.max(_order(unit)))) or 0


def _order(unit: Unit) -> Any:
    return events.c.id if unit.connection.dialect.name == "sqlite" else events.c.cursor


def _row(event: Event, recorded_at: datetime) -> dict[str, Any]:
    return {
        "event_id": ids.derive(ids.EVENT, event.subject, str(event.sequence)),
        "type": event.type,
        "subject": event.subject,
        "sequence": event.sequence,
        "recorded_at": micros(recorded_at),
        "document": encode(event),
    }


def _logged(row: RowMapping) -> Logged:
    return Logged(
        cursor=row["position"],
        id=row["event_id"],
        recorded_at=moment(row["recorded_at"]),
        event=decode(Event, row["document"]),
    )
