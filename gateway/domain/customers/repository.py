"""Customers in SQL: documents, and one row for each identity."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.clock import micros
from gateway.domain.customers.model import Customer
from gateway.store.documents import Documents, table
from gateway.store.metadata import METADATA, Word, fit
from gateway.store.paging import Keyset, Slice
from gateway.store.unit import Unit

LONGEST_KEY = 400

_customers = table(
    "customers",
    Column("is_merged", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_customers_created", "created_at", "id"),
)
_identities = Table(
    "customer_identities",
    METADATA,
    Column("key", Word(LONGEST_KEY), primary_key=True),
    Column("customer_id", String(48), nullable=False),
    Column("email", Word(320)),
    Column("phone", Word(32)),
    Column("is_verified", Boolean, nullable=False),
    Index("ix_customer_identities_customer", "customer_id"),
    Index("ix_customer_identities_email", "email"),
    Index("ix_customer_identities_phone", "phone"),
)

customers: Documents[Customer] = Documents(
    _customers,
    Customer,
    lambda one: {
        "is_merged": one.merged_into is not None,
        "created_at": micros(one.created_at),
    },
)
NEWEST = Keyset(_customers.c.created_at, _customers.c.id)


async def ids_by_key(unit: Unit, keys: Iterable[str]) -> dict[str, str]:
    """Return customer ids by identity key. One statement."""
    asked = {fit(key, LONGEST_KEY): key for key in keys}
    rows = await unit.connection.execute(
        select(_identities.c.key, _identities.c.customer_id).where(
            _identities.c.key.in_(sorted(asked))
        )
    )
    return {asked[row.key]: row.customer_id for row in rows}


async def keys_of(unit: Unit, customer_ids: Iterable[str]) -> dict[str, list[str]]:
    """Return identity keys by customer id. One statement."""
    rows = await unit.connection.execute(
        select(_identities.c.key, _identities.c.customer_id)
        .where(_identities.c.customer_id.in_(sorted(set(customer_ids))))
        .order_by(_identities.c.key)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.customer_id, []).append(row.key)
    return found


async def sharing(unit: Unit, emails: Iterable[str], phones: Iterable[str]) -> list[Customer]:
    """Return customers of whom an identity has one of these addresses. One statement."""
    either = or_(
        _identities.c.email.in_(sorted(set(emails))),
        _identities.c.phone.in_(sorted(set(phones))),
    )
    wanted = select(_identities.c.customer_id).where(either)
    return await customers.where(
        unit, _customers.c.id.in_(wanted), _customers.c.is_merged.is_(False)
    )


async def page(
    unit: Unit, slice: Slice, *, email: str | None, only_ids: Sequence[str] | None
) -> list[Customer]:
    query = select(_customers.c.document).where(_customers.c.is_merged.is_(False))
    if email is not None:
        held = select(_identities.c.customer_id).where(_identities.c.email == email.lower())
        query = query.where(_customers.c.id.in_(held))
    if only_ids is not None:
        query = query.where(_customers.c.id.in_(only_ids))
    return await customers.select(unit, NEWEST.cut(query, slice))


async def save(unit: Unit, changed: Sequence[Customer]) -> None:
    """Save the documents and point their identities at them."""
    await customers.save(unit, changed)
    rows = [row for one in changed if not one.merged_into for row in _rows(one)]
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    for start in range(0, len(rows), 1000):
        statement = insert(_identities).values(rows[start : start + 1000])
        updated = {
            name: statement.excluded[name]
            for name in ("customer_id", "email", "phone", "is_verified")
        }
        await unit.connection.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_=updated)
        )


def _rows(customer: Customer) -> list[dict[str, Any]]:
    return [
        {
            "key": identity.key,
            "customer_id": customer.id,
            "email": identity.email,
            "phone": identity.phone,
            "is_verified": identity.record.email_verified or identity.record.phone_verified,
        }
        for identity in customer.identities
    ]
