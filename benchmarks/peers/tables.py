"""The data as tables: what the peers on a database serve, and what the plain one is written with.

Positions are keys, so that whoever reads in the order of the key answers in the gateway's order.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ForeignKey, insert
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Table -> its rows."""


class Row(DeclarativeBase):
    """A table."""


class Customers(Row):
    __tablename__ = "customers"
    id: Mapped[str] = mapped_column(primary_key=True)
    first_name: Mapped[str | None]
    email: Mapped[str | None]


class Orders(Row):
    __tablename__ = "orders"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str]
    status: Mapped[str]
    placed_at: Mapped[str]
    amount: Mapped[str]
    currency_code: Mapped[str]
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)


class Variants(Row):
    __tablename__ = "variants"
    sku: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]


class Locations(Row):
    __tablename__ = "locations"
    code: Mapped[str] = mapped_column(primary_key=True)


class OrderLines(Row):
    __tablename__ = "order_lines"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(unique=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    quantity: Mapped[int]
    unit_amount: Mapped[str]
    currency_code: Mapped[str]
    sku: Mapped[str] = mapped_column(ForeignKey("variants.sku"), index=True)


class Levels(Row):
    __tablename__ = "levels"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sku: Mapped[str] = mapped_column(ForeignKey("variants.sku"), index=True)
    location_code: Mapped[str] = mapped_column(ForeignKey("locations.code"), index=True)
    available: Mapped[int]


class Shipments(Row):
    __tablename__ = "shipments"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(unique=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    status: Mapped[str]


class Trackings(Row):
    __tablename__ = "trackings"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    shipment_id: Mapped[str] = mapped_column(ForeignKey("shipments.id"), index=True)
    carrier: Mapped[str]


class Deliveries(Row):
    __tablename__ = "deliveries"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    shipment_id: Mapped[str] = mapped_column(ForeignKey("shipments.id"), index=True)


class Events(Row):
    __tablename__ = "events"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), index=True)
    status: Mapped[str]
    occurred_at: Mapped[str]
    location: Mapped[str | None]


class SourceRefs(Row):
    __tablename__ = "source_refs"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    system: Mapped[str]
    stale: Mapped[bool]


async def fill(url: str, rows: Rows) -> None:
    """Make the tables in the empty database at *url*, put *rows* in, and let it count them."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(Row.metadata.create_all)
        for table in Row.metadata.sorted_tables:
            await connection.execute(insert(table), list(rows[table.name]))
        await connection.exec_driver_sql("ANALYZE")
    await engine.dispose()
