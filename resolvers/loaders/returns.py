"""Batch reads of returns and refunds."""

from aiodataloader import DataLoader

from gateway.domain.returns import repository
from gateway.domain.returns.model import Refund, Return
from resolvers.context import Context
from resolvers.grouping import by


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
