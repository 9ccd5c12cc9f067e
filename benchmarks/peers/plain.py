"""The baseline: the same graph in plain Strawberry over SQLAlchemy, as its documentation has it.

Objects, data loaders (one a request), one statement a loader and level; uvicorn with uvloop and
httptools. DATABASE_URL and PORT come from the environment.
"""

import os
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import strawberry
import uvicorn
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import InstrumentedAttribute
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from benchmarks.peers import tables

sessions = async_sessionmaker(create_async_engine(os.environ["DATABASE_URL"], pool_size=10))
Load = Callable[[list[Any]], Awaitable[Sequence[Any]]]


def _one(key: InstrumentedAttribute[Any]) -> Load:
    async def load(keys: list[Any]) -> list[Any]:
        async with sessions() as session:
            found = await session.scalars(select(key.class_).where(key.in_(keys)))
            by_key = {getattr(row, key.key): row for row in found}
        return [by_key.get(value) for value in keys]

    return load


def _many(key: InstrumentedAttribute[Any], order_by: InstrumentedAttribute[Any]) -> Load:
    async def load(keys: list[Any]) -> list[list[Any]]:
        groups = defaultdict(list)
        statement = select(key.class_).where(key.in_(keys)).order_by(order_by)
        async with sessions() as session:
            for row in await session.scalars(statement):
                groups[getattr(row, key.key)].append(row)
        return [groups[value] for value in keys]

    return load


class Loaders:
    """The loaders of one request."""

    def __init__(self) -> None:
        self.customers = DataLoader(_one(tables.Customers.id))
        self.variants = DataLoader(_one(tables.Variants.sku))
        self.locations = DataLoader(_one(tables.Locations.code))
        self.lines = DataLoader(_many(tables.OrderLines.order_id, tables.OrderLines.position))
        self.levels = DataLoader(_many(tables.Levels.sku, tables.Levels.position))
        self.shipments = DataLoader(_many(tables.Shipments.order_id, tables.Shipments.position))
        self.trackings = DataLoader(_many(tables.Trackings.shipment_id, tables.Trackings.position))
        self.deliveries = DataLoader(_many(tables.Deliveries.shipment_id, tables.Deliveries.id))
        self.events = DataLoader(_many(tables.Events.delivery_id, tables.Events.position))
        self.sources = DataLoader(_many(tables.SourceRefs.order_id, tables.SourceRefs.position))


Info = strawberry.Info[Loaders, None]


@strawberry.type
class Money:
    amount: str
    currency_code: str


@strawberry.type
class Totals:
    total: Money


@strawberry.type
class Customer:
    id: strawberry.ID
    first_name: str | None
    email: str | None


@strawberry.type
class Location:
    code: str


@strawberry.type
class Level:
    location_code: strawberry.Private[str]
    available: int

    @strawberry.field
    async def location(self, info: Info) -> Location:
        row = await info.context.locations.load(self.location_code)
        return Location(code=row.code)


@strawberry.type
class Variant:
    sku: str
    title: str

    @strawberry.field
    async def inventory_levels(self, info: Info) -> list[Level]:
        rows = await info.context.levels.load(self.sku)
        return [Level(location_code=row.location_code, available=row.available) for row in rows]


@strawberry.type
class Line:
    id: strawberry.ID
    quantity: int
    unit_price: Money
    sku: strawberry.Private[str]

    @strawberry.field
    async def variant(self, info: Info) -> Variant | None:
        row = await info.context.variants.load(self.sku)
        return Variant(sku=row.sku, title=row.title) if row else None


@strawberry.type
class Event:
    status: str
    occurred_at: str
    location: str | None


@strawberry.type
class Delivery:
    id: strawberry.Private[int]

    @strawberry.field
    async def events(self, info: Info) -> list[Event]:
        rows = await info.context.events.load(self.id)
        return [
            Event(status=row.status, occurred_at=row.occurred_at, location=row.location)
            for row in rows
        ]


@strawberry.type
class Tracking:
    carrier: str


@strawberry.type
class Shipment:
    id: strawberry.ID
    status: str

    @strawberry.field
    async def tracking(self, info: Info) -> list[Tracking]:
        rows = await info.context.trackings.load(self.id)
        return [Tracking(carrier=row.carrier) for row in rows]

    @strawberry.field
    async def deliveries(self, info: Info) -> list[Delivery]:
        return [Delivery(id=row.id) for row in await info.context.deliveries.load(self.id)]


@strawberry.type
class SourceRef:
    system: str
    stale: bool


@strawberry.type
class Order:
    id: strawberry.ID
    number: str
    status: str
    placed_at: str
    totals: Totals
    customer_id: strawberry.Private[str]

    @strawberry.field
    async def customer(self, info: Info) -> Customer | None:
        row = await info.context.customers.load(self.customer_id)
        return Customer(id=row.id, first_name=row.first_name, email=row.email) if row else None

    @strawberry.field
    async def lines(self, info: Info) -> list[Line]:
        return [_line(row) for row in await info.context.lines.load(self.id)]

    @strawberry.field
    async def shipments(self, info: Info) -> list[Shipment]:
        rows = await info.context.shipments.load(self.id)
        return [Shipment(id=row.id, status=row.status) for row in rows]

    @strawberry.field
    async def source_refs(self, info: Info) -> list[SourceRef]:
        rows = await info.context.sources.load(self.id)
        return [SourceRef(system=row.system, stale=row.stale) for row in rows]


@strawberry.type
class PageInfo:
    end_cursor: str | None


@strawberry.type
class OrderConnection:
    nodes: list[Order]
    page_info: PageInfo


@strawberry.type
class Query:
    @strawberry.field
    async def orders(self, first: int, after: str | None = None) -> OrderConnection:
        statement = select(tables.Orders).where(tables.Orders.position > int(after or 0))
        async with sessions() as session:
            found = await session.scalars(statement.order_by(tables.Orders.position).limit(first))
            rows = found.all()
        cursor = str(rows[-1].position) if rows else None
        page = PageInfo(end_cursor=cursor)
        return OrderConnection(nodes=[_order(row) for row in rows], page_info=page)

    @strawberry.field
    async def order(self, id: strawberry.ID) -> Order | None:
        async with sessions() as session:
            row = await session.scalar(select(tables.Orders).where(tables.Orders.id == id))
        return _order(row) if row else None


def _order(row: tables.Orders) -> Order:
    return Order(
        id=strawberry.ID(row.id),
        number=row.number,
        status=row.status,
        placed_at=row.placed_at,
        totals=Totals(total=Money(amount=row.amount, currency_code=row.currency_code)),
        customer_id=row.customer_id,
    )


def _line(row: tables.OrderLines) -> Line:
    price = Money(amount=row.unit_amount, currency_code=row.currency_code)
    return Line(id=strawberry.ID(row.id), quantity=row.quantity, unit_price=price, sku=row.sku)


class Plain(GraphQL[Loaders, None]):
    async def get_context(self, request: object, response: object) -> Loaders:
        return Loaders()


if __name__ == "__main__":
    app = Plain(strawberry.Schema(Query), graphql_ide=None)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
    )
