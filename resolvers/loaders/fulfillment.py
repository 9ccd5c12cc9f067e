"""Reads of work, shipments and deliveries; `find_*` give only what the caller may see."""

from aiodataloader import DataLoader

from gateway.auth.scopes import Scope
from gateway.domain.fulfillment import repository
from gateway.domain.fulfillment.deliveries import Delivery
from gateway.domain.fulfillment.model import FulfillmentOrder
from gateway.domain.fulfillment.shipments import Shipment
from resolvers.access import own_locations
from resolvers.context import Context
from resolvers.loaders.grouping import by
from resolvers.loaders.orders import orders_by_id


def work_of_order(context: Context) -> DataLoader[str, list[FulfillmentOrder]]:
    async def load(ids: list[str]) -> list[list[FulfillmentOrder]]:
        async with context.units.read() as unit:
            found = await repository.work_of_orders(unit, ids)
        return by(ids, found, lambda one: one.order_id)

    return DataLoader(load)


def shipments_of_order(context: Context) -> DataLoader[str, list[Shipment]]:
    async def load(ids: list[str]) -> list[list[Shipment]]:
        async with context.units.read() as unit:
            found = await repository.shipments_of_orders(unit, ids)
        return by(ids, found, lambda one: one.order_id)

    return DataLoader(load)


def shipments_of_work(context: Context) -> DataLoader[str, list[Shipment]]:
    async def load(ids: list[str]) -> list[list[Shipment]]:
        async with context.units.read() as unit:
            found = await repository.shipments_of_work(unit, ids)
        return by(ids, found, lambda one: one.fulfillment_order_id)

    return DataLoader(load)


def deliveries_of_shipment(context: Context) -> DataLoader[str, list[Delivery]]:
    async def load(ids: list[str]) -> list[list[Delivery]]:
        async with context.units.read() as unit:
            found = await repository.deliveries_of_shipments(unit, ids)
        return by(ids, found, lambda one: one.shipment_id)

    return DataLoader(load)


def work_by_id(context: Context) -> DataLoader[str, FulfillmentOrder | None]:
    async def load(ids: list[str]) -> list[FulfillmentOrder | None]:
        async with context.units.read() as unit:
            found = await repository.work.by_ids(unit, ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)


def shipments_by_id(context: Context) -> DataLoader[str, Shipment | None]:
    async def load(ids: list[str]) -> list[Shipment | None]:
        async with context.units.read() as unit:
            found = await repository.shipments.by_ids(unit, ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)


def deliveries_by_id(context: Context) -> DataLoader[str, Delivery | None]:
    async def load(ids: list[str]) -> list[Delivery | None]:
        async with context.units.read() as unit:
            found = await repository.deliveries.by_ids(unit, ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)


async def find_work(context: Context, id: str) -> FulfillmentOrder | None:
    """Return work that the caller may see: that of their locations, or of an order of theirs."""
    work = await context.loader(work_by_id).load(id)
    if work is None:
        return None
    if context.principal.may(Scope.FULFILLMENT_READ):
        own = await own_locations(context)
        if own is None or work.location_id in own:
            return work
    return work if await is_own(context, work.order_id) else None


async def find_delivery(context: Context, id: str) -> Delivery | None:
    """Return a parcel of an order that the caller may see; one of nobody to who looks across."""
    delivery = await context.loader(deliveries_by_id).load(id)
    if delivery is None:
        return None
    if delivery.order_id is None:
        return delivery if await sees_all(context) else None
    return delivery if await is_own(context, delivery.order_id) else None


async def is_own(context: Context, order_id: str | None) -> bool:
    """Say whether the caller may see the order."""
    return order_id is not None and await context.loader(orders_by_id).load(order_id) is not None


async def sees_all(context: Context) -> bool:
    """Say whether the caller looks across all locations."""
    is_staff = context.principal.may(Scope.FULFILLMENT_READ)
    return is_staff and await own_locations(context) is None
