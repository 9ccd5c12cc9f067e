"""Returns and refunds in SQL."""

from sqlalchemy import BigInteger, Column, Index, String, select

from gateway.clock import micros
from gateway.domain.returns.model import Refund, Return
from gateway.store.documents import Documents, table
from gateway.store.paging import Keyset, Slice
from gateway.store.unit import Unit

_refunds = table(
    "refunds",
    Column("order_id", String(48)),
    Column("status", String(32), nullable=False),
    Index("ix_refunds_order", "order_id"),
)
_returns = table(
    "returns",
    Column("order_id", String(48)),
    Column("status", String(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_returns_order", "order_id"),
    Index("ix_returns_created", "created_at", "id"),
)

refunds: Documents[Refund] = Documents(
    _refunds, Refund, lambda one: {"order_id": one.parent_id, "status": one.status}
)
returns: Documents[Return] = Documents(
    _returns,
    Return,
    lambda one: {
        "order_id": one.parent_id,
        "status": one.status,
        "created_at": micros(one.created_at or one.source.fetched_at),
    },
)
NEWEST = Keyset(_returns.c.created_at, _returns.c.id)


refunds_of_orders = refunds.by(_refunds.c.order_id, _refunds.c.id)
returns_of_orders = returns.by(_returns.c.order_id, _returns.c.created_at, _returns.c.id)


async def return_page(unit: Unit, slice: Slice, order_ids: list[str] | None) -> list[Return]:
    query = select(_returns.c.document)
    if order_ids is not None:
        query = query.where(_returns.c.order_id.in_(order_ids))
    return await returns.select(unit, NEWEST.cut(query, slice))
