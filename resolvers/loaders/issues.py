"""Reads of exceptions."""

from aiodataloader import DataLoader

from gateway.auth.scopes import Scope
from gateway.domain.issues import repository
from gateway.domain.issues.model import Issue
from resolvers.access import looks_across
from resolvers.context import Context
from resolvers.loaders.grouping import by


def issues_of_order(context: Context) -> DataLoader[str, list[Issue]]:
    async def load(order_ids: list[str]) -> list[list[Issue]]:
        async with context.units.read() as unit:
            found = await repository.of_orders(unit, order_ids)
        return by(order_ids, found, lambda one: one.cause.order_id)

    return DataLoader(load)


def issues_by_id(context: Context) -> DataLoader[str, Issue | None]:
    async def load(ids: list[str]) -> list[Issue | None]:
        async with context.units.read() as unit:
            found = await repository.issues.by_ids(unit, ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)


async def find_issue(context: Context, id: str) -> Issue | None:
    """Return an exception that the caller may see."""
    if not looks_across(context) or not context.principal.may(Scope.EXCEPTIONS_READ):
        return None
    return await context.loader(issues_by_id).load(id)
