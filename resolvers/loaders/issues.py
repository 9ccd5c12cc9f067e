"""Batch reads of exceptions and effects."""

from aiodataloader import DataLoader

from gateway.domain.issues import repository
from gateway.domain.issues.model import Issue
from resolvers.context import Context
from resolvers.grouping import by


def issues_of_order(context: Context) -> DataLoader[str, list[Issue]]:
    async def load(order_ids: list[str]) -> list[list[Issue]]:
        async with context.units.read() as unit:
            found = await repository.of_orders(unit, order_ids)
        return by(order_ids, found, lambda one: one.cause.order_id)

    return DataLoader(load)
