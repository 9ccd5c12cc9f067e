"""Reads of customers; `find_customer` gives only whom the caller may see."""

from aiodataloader import DataLoader

from gateway.auth.scopes import Role, Scope
from gateway.domain.customers import repository, service
from gateway.domain.customers.model import Customer
from gateway.domain.orders import repository as order_rows
from resolvers.access import own_orders
from resolvers.context import Context

LATEST_BUYERS = 2_000
"""How many buyers of a store or channel its people can look up: those who bought there last."""


def customers_by_key(context: Context) -> DataLoader[str, Customer | None]:
    """By identity key, as an order names its buyer."""

    async def load(keys: list[str]) -> list[Customer | None]:
        async with context.units.read() as unit:
            found = await service.by_keys(unit, keys)
        return [found.get(key) for key in keys]

    return DataLoader(load)


def customers_by_id(context: Context) -> DataLoader[str, Customer | None]:
    async def load(ids: list[str]) -> list[Customer | None]:
        async with context.units.read() as unit:
            found = await service.by_ids(unit, ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)


def suggestions_of(context: Context) -> DataLoader[str, list[Customer]]:
    """By customer id: others who share an e-mail or telephone number without proof."""

    async def load(ids: list[str]) -> list[list[Customer]]:
        async with context.units.read() as unit:
            found = await service.suggestions(unit, ids)
        return [found.get(id, []) for id in ids]

    return DataLoader(load)


def customers_seen_by(context: Context) -> DataLoader[str, list[str]]:
    """The ids of those whose orders the caller may see; a bounded number, the latest buyers."""

    async def load(keys: list[str]) -> list[list[str]]:
        own = await own_orders(context)
        async with context.units.read() as unit:
            buyers = await order_rows.customer_keys(unit, own, LATEST_BUYERS)
            found = await repository.ids_by_key(unit, buyers)
        return [sorted(set(found.values()))] * len(keys)

    return DataLoader(load)


async def find_customer(context: Context, id: str) -> Customer | None:
    """Return a person whom the caller may see."""
    if not context.principal.may(Scope.CUSTOMERS_READ):
        return None
    customer = await context.loader(customers_by_id).load(id)
    only = await own_customers(context)
    return customer if customer and (only is None or customer.id in only) else None


async def own_customers(context: Context) -> list[str] | None:
    """Return whom the caller may see; None is everybody. A store's staff see who bought there."""
    principal = context.principal
    if principal.role in (Role.AGENT, Role.ADMIN):
        return None
    if principal.role is Role.SHOPPER:
        id = principal.customer_id
        person = await context.loader(customers_by_id).load(id) if id else None
        return [person.id] if person else []  # whoever they have been merged into
    return await context.loader(customers_seen_by).load("all")
