"""Orders in SQL: documents, filter columns, and the words they are found by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Select, String, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.clock import micros
from gateway.domain.orders.model import Order
from gateway.store.documents import Documents, table
from gateway.store.metadata import METADATA, Word
from gateway.store.paging import Keyset, Slice
from gateway.store.unit import Unit

_orders = table(
    "orders",
    Column("connection", String(64), nullable=False),
    Column("number", Word(64), nullable=False),
    Column("status", String(32), nullable=False),
    Column("fulfillment_status", String(32), nullable=False),
    Column("payment_status", String(32), nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("channel_id", String(48)),
    Column("customer_key", Word(400)),
    Index("ix_orders_placed", "placed_at", "id"),
    Index("ix_orders_updated", "updated_at", "id"),
    Index("ix_orders_customer", "customer_key", "placed_at", "id"),
    Index("ix_orders_channel", "channel_id", "placed_at", "id"),
    Index("ix_orders_status", "status", "placed_at", "id"),
)
_terms = Table(
    "order_terms",
    METADATA,
    Column("term", Word(120, bytewise=True), primary_key=True),
    Column("order_id", String(48), primary_key=True),
    Index("ix_order_terms_order", "order_id"),
)
"""Every word an order is found by, in lower case; a prefix of a word is a range of the key."""

_places = Table(
    "order_locations",
    METADATA,
    Column("location_id", String(48), primary_key=True),
    Column("order_id", String(48), primary_key=True),
)
"""Where an order was taken or is worked on: whose associates may see it."""

orders: Documents[Order] = Documents(
    _orders,
    Order,
    lambda one: {
        "connection": one.source.connection,
        "number": one.number,
        "status": one.status,
        "fulfillment_status": one.fulfillment_status,
        "payment_status": one.payment_status,
        "placed_at": micros(one.placed_at),
        "updated_at": micros(one.updated_at),
        "channel_id": one.channel_id,
        "customer_key": one.customer_key,
    },
)
PLACED = Keyset(_orders.c.placed_at, _orders.c.id)
UPDATED = Keyset(_orders.c.updated_at, _orders.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Which orders; None = any. *only_* are the rows a principal may see, the rest what was asked.

    *words*: each must be the beginning of a word the order is found by.
    """

    words: tuple[str, ...] = ()
    statuses: tuple[str, ...] | None = None
    fulfillment_statuses: tuple[str, ...] | None = None
    payment_statuses: tuple[str, ...] | None = None
    connections: tuple[str, ...] | None = None
    channel_ids: tuple[str, ...] | None = None
    customer_keys: tuple[str, ...] | None = None
    placed_from: int | None = None
    placed_to: int | None = None
    only_customer_keys: tuple[str, ...] | None = None
    only_channel_ids: tuple[str, ...] | None = None
    only_location_ids: tuple[str, ...] | None = None
    only_order_ids: tuple[str, ...] | None = None


def narrowed(own: Criteria, **asked: Any) -> Criteria:
    """Return what is *asked* (fields of Criteria) of the rows that are one's *own*."""
    return replace(own, **asked)


async def page(unit: Unit, criteria: Criteria, keyset: Keyset, slice: Slice) -> list[Order]:
    """Return one page. One statement."""
    query = _where(select(_orders.c.document), criteria)
    return await orders.select(unit, keyset.cut(query, slice))


async def customer_keys(unit: Unit, criteria: Criteria, limit: int) -> list[str]:
    """Return who bought the latest *limit* orders that meet *criteria*."""
    query = _where(select(_orders.c.customer_key), criteria)
    query = query.where(_orders.c.customer_key.is_not(None))
    rows = await unit.connection.execute(query.order_by(_orders.c.placed_at.desc()).limit(limit))
    return [row.customer_key for row in rows]


async def visible(unit: Unit, ids: Iterable[str], criteria: Criteria) -> dict[str, Order]:
    """Return those of *ids* that *criteria* lets through."""
    query = select(_orders.c.document).where(_orders.c.id.in_(sorted(set(ids))))
    return {one.id: one for one in await orders.select(unit, _where(query, criteria))}


async def lock(unit: Unit, id: str) -> None:
    """Keep the row of *id* from other units until this one ends."""
    if unit.connection.dialect.name != "sqlite":
        await unit.connection.execute(
            select(_orders.c.id).where(_orders.c.id == id).with_for_update()
        )


async def add_terms(unit: Unit, terms: Sequence[tuple[str, str]]) -> None:
    """Let orders be found by these (term, order id) pairs; what is there stays."""
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    rows = [{"term": term[:120], "order_id": id} for term, id in sorted(set(terms))]
    for start in range(0, len(rows), 1000):
        some = rows[start : start + 1000]
        await unit.connection.execute(insert(_terms).values(some).on_conflict_do_nothing())


async def add_places(unit: Unit, places: Sequence[tuple[str, str]]) -> None:
    """Note (location id, order id) pairs; what is there stays."""
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    rows = [{"location_id": place, "order_id": id} for place, id in sorted(set(places))]
    if rows:
        await unit.connection.execute(insert(_places).values(rows).on_conflict_do_nothing())


async def open_ids(unit: Unit, connection: str, after: str, limit: int) -> list[str]:
    """Return ids of orders of *connection* that are not in a final state, by id, after *after*."""
    rows = await unit.connection.execute(
        select(_orders.c.id)
        .where(_orders.c.connection == connection, _orders.c.id > after)
        .where(_orders.c.status.in_(("PENDING", "CONFIRMED", "UNKNOWN")))
        .order_by(_orders.c.id)
        .limit(limit)
    )
    return [row.id for row in rows]


def _where(query: Select[Any], criteria: Criteria) -> Select[Any]:
    columns: list[tuple[Column[Any], tuple[str, ...] | None]] = [
        (_orders.c.status, criteria.statuses),
        (_orders.c.fulfillment_status, criteria.fulfillment_statuses),
        (_orders.c.payment_status, criteria.payment_statuses),
        (_orders.c.connection, criteria.connections),
        (_orders.c.channel_id, criteria.channel_ids),
        (_orders.c.customer_key, criteria.customer_keys),
        (_orders.c.customer_key, criteria.only_customer_keys),
        (_orders.c.channel_id, criteria.only_channel_ids),
        (_orders.c.id, criteria.only_order_ids),
    ]
    for column, values in columns:
        if values is not None:
            query = query.where(column.in_(values))
    if criteria.only_location_ids is not None:
        there = select(_places.c.order_id).where(
            _places.c.location_id.in_(criteria.only_location_ids)
        )
        query = query.where(_orders.c.id.in_(there))
    if criteria.placed_from is not None:
        query = query.where(_orders.c.placed_at >= criteria.placed_from)
    if criteria.placed_to is not None:
        query = query.where(_orders.c.placed_at < criteria.placed_to)
    for word in criteria.words:
        query = query.where(_orders.c.id.in_(_found_by(word)))
    return query


def _found_by(word: str) -> Select[Any]:
    """A range of the primary key: an exact word is its first row."""
    return select(_terms.c.order_id).where(_terms.c.term >= word, _terms.c.term < word + "\uffff")
