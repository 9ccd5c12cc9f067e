"""Issues in SQL."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Index, String, select

from gateway.clock import micros
from gateway.domain.issues.model import OPEN, Issue
from gateway.store.documents import Documents, table
from gateway.store.paging import Keyset, Slice
from gateway.store.unit import Unit

_issues = table(
    "issues",
    Column("code", String(64), nullable=False),
    Column("status", String(32), nullable=False),
    Column("category", String(32), nullable=False),
    Column("order_id", String(48)),
    Column("connection", String(64)),
    Column("opened_at", BigInteger, nullable=False),
    Index("ix_issues_opened", "opened_at", "id"),
    Index("ix_issues_order", "order_id"),
)

issues: Documents[Issue] = Documents(
    _issues,
    Issue,
    lambda one: {
        "code": one.cause.code,
        "status": one.status,
        "category": one.cause.category,
        "order_id": one.cause.order_id,
        "connection": one.cause.connection,
        "opened_at": micros(one.opened_at),
    },
)
NEWEST = Keyset(_issues.c.opened_at, _issues.c.id)


async def of_orders(unit: Unit, order_ids: Sequence[str]) -> list[Issue]:
    query = select(_issues.c.document).where(_issues.c.order_id.in_(order_ids))
    return await issues.select(unit, query.order_by(_issues.c.opened_at, _issues.c.id))


async def open_of(unit: Unit, code: str, connection: str) -> list[Issue]:
    """Return the open issues of one code that came up at a connection."""
    query = select(_issues.c.document).where(
        _issues.c.status.in_(OPEN), _issues.c.code == code, _issues.c.connection == connection
    )
    return await issues.select(unit, query.order_by(_issues.c.id))


async def page(unit: Unit, slice: Slice, *, open_only: bool, category: str | None) -> list[Issue]:
    query = select(_issues.c.document)
    if open_only:
        query = query.where(_issues.c.status.in_(OPEN))
    if category:
        query = query.where(_issues.c.category == category)
    return await issues.select(unit, NEWEST.cut(query, slice))
