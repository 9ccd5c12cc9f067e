"""Reads of orders: only those that the caller may see."""

from typing import Any

from aiodataloader import DataLoader

from gateway.clock import micros
from gateway.domain.orders import repository
from gateway.domain.orders.model import Order
from gateway.domain.orders.repository import Criteria
from gateway.events import log
from gateway.events.event import Logged
from gateway.store.paging import Slice
from resolvers.access import own_orders
from resolvers.context import Context
from resolvers.paging import Connection, Paged, Window

EVENTS_EACH = 250


def orders_by_id(context: Context) -> DataLoader[str, Order | None]:
    async def load(ids: list[str]) -> list[Order | None]:
        criteria = await own_orders(context)
        async with context.units.read() as unit:
            found = await repository.visible(unit, ids, criteria)
        return [found.get(id) for id in ids]

    return DataLoader(load)


def events_of(context: Context) -> DataLoader[tuple[str, int, int], list[Logged]]:
    """By (subject, after sequence, limit)."""

    async def load(keys: list[tuple[str, int, int]]) -> list[list[Logged]]:
        async with context.units.read() as unit:
            return [await log.of_subject(unit, *key) for key in keys]

    return DataLoader(load)


PLACED: Paged[Order] = Paged("orders", lambda order: (micros(order.placed_at), order.id))
UPDATED: Paged[Order] = Paged("orders-updated", lambda order: (micros(order.updated_at), order.id))


async def order_page(
    context: Context, window: Window, criteria: Criteria, *, by_update: bool = False
) -> Connection[Any]:
    """Return a page of the orders that meet *criteria*. One statement."""
    keyset = repository.UPDATED if by_update else repository.PLACED

    async def read(slice: Slice) -> list[Order]:
        async with context.units.read() as unit:
            found = await repository.page(unit, criteria, keyset, slice)
        context.connections.update(order.source.connection for order in found)
        return found

    return await (UPDATED if by_update else PLACED).page(context, window, read)
