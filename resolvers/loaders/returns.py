"""Reads of returns and refunds; `find_*` give only what the caller may see."""

from aiodataloader import DataLoader

from gateway.auth.scopes import Role
from gateway.domain.returns import repository
from gateway.domain.returns.model import Refund, Return
from resolvers.context import Context
from resolvers.loaders.grouping import by
from resolvers.loaders.orders import orders_by_id


def refunds_of_order(context: Context) -> DataLoader[str, list[Refund]]:
    async def load(ids: list[str]) -> list[list[Refund]]:
        async with context.units.read() as unit:
            found = await repository.refunds_of_orders(unit, ids)
        return by(ids, found, lambda one: one.parent_id)

    return DataLoader(load)


def returns_of_order(context: Context) -> DataLoader[str, list[Return]]:
    async def load(ids: list[str]) -> list[list[Return]]:
        async with context.units.read() as unit:
            found = await repository.returns_of_orders(unit, ids)
        return by(ids, found, lambda one: one.parent_id)

    return DataLoader(load)


def refunds_by_id(context: Context) -> DataLoader[str, Refund | None]:
    async def load(ids: list[str]) -> list[Refund | None]:
        async with context.units.read() as unit:
            found = await repository.refunds.by_ids(unit, ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)


def returns_by_id(context: Context) -> DataLoader[str, Return | None]:
    async def load(ids: list[str]) -> list[Return | None]:
        async with context.units.read() as unit:
            found = await repository.returns.by_ids(unit, ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)


async def find_return(context: Context, id: str) -> Return | None:
    """Return a return of an order that the caller may see."""
    found = await context.loader(returns_by_id).load(id)
    return found if found and await is_own(context, found.parent_id) else None


async def find_refund(context: Context, id: str) -> Refund | None:
    """Return a refund of an order that the caller may see."""
    found = await context.loader(refunds_by_id).load(id)
    return found if found and await is_own(context, found.parent_id) else None


async def is_own(context: Context, order_id: str | None) -> bool:
    """Say whether the caller may see the order; without one, who looks across may."""
    if order_id is None:
        return context.principal.role in (Role.AGENT, Role.ADMIN)
    return await context.loader(orders_by_id).load(order_id) is not None
