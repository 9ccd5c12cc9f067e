"""Batch reads of work, shipments and deliveries."""

from aiodataloader import DataLoader

from gateway.domain.fulfillment import repository
from gateway.domain.fulfillment.model import Delivery, FulfillmentOrder, Shipment
from resolvers.context import Context
from resolvers.grouping import by


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
