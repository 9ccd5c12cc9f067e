"""Who may see what: a scope on every root field and on what is private, rows by whose they are.

Scopes are declared where a field is (``directives=[Requires(scope=...)]``) and checked once for a
whole operation, before it runs (`gateway.execution.authorize`). Rows are limited in SQL.
"""

from typing import TypeVar

import strawberry
from aiodataloader import DataLoader
from strawberry.schema_directive import Location

from gateway.auth.scopes import Role, Scope
from gateway.domain.customers import repository as customer_rows
from gateway.domain.customers import service as customers
from gateway.domain.orders.repository import Criteria
from resolvers.context import Context

T = TypeVar("T")


@strawberry.schema_directive(
    name="requires",
    locations=[Location.FIELD_DEFINITION],
    description="The scope without which this field cannot be asked for.",
)
class Requires:
    scope: str
    unless: str | None = strawberry.UNSET


def requires(scope: Scope, *, unless: str | None = strawberry.UNSET) -> list[object]:
    """Return the directives of a field that needs *scope*, *unless* an argument is given that
    proves access by itself; its resolver must then check that it does."""
    return [Requires(scope=str(scope), unless=unless)]


def pii(context: Context, value: T | None) -> T | None:
    """Return what is somebody's own, or None for who may not see it."""
    return value if context.principal.may(Scope.PII_READ) else None


def looks_across(context: Context) -> bool:
    """The whole log and all exceptions are for who sees all orders; others ask by order."""
    return context.principal.role in (Role.AGENT, Role.ADMIN)


async def own_orders(context: Context) -> Criteria:
    """Return which orders the caller may see. An empty set is none, never all."""
    return await context.loader(_own_orders).load("orders")


async def own_locations(context: Context) -> tuple[str, ...] | None:
    """Return the locations whose work the caller may see; None is all."""
    principal = context.principal
    if principal.role in (Role.AGENT, Role.ADMIN):
        return None
    return tuple(sorted(principal.location_ids))


def _own_orders(context: Context) -> DataLoader[str, Criteria]:
    """Worked out once an operation."""

    async def load(keys: list[str]) -> list[Criteria]:
        return [await _criteria(context)] * len(keys)

    return DataLoader(load)


async def _criteria(context: Context) -> Criteria:
    principal = context.principal
    match principal.role:
        case Role.AGENT | Role.ADMIN:
            return Criteria()
        case Role.ASSOCIATE:
            return Criteria(only_location_ids=tuple(sorted(principal.location_ids)))
        case Role.PARTNER:
            return Criteria(only_channel_ids=tuple(sorted(principal.channel_ids)))
        case Role.SHOPPER if principal.order_id:
            return Criteria(only_order_ids=(principal.order_id,))
        case _:
            return Criteria(only_customer_keys=await _keys(context, principal.customer_id))


async def _keys(context: Context, customer_id: str | None) -> tuple[str, ...]:
    if customer_id is None:
        return ()
    async with context.units.read() as unit:
        found = await customers.by_ids(unit, [customer_id])  # whoever they have been merged into
        keys = await customer_rows.keys_of(unit, [one.id for one in found.values()])
    return tuple(key for each in keys.values() for key in each)
