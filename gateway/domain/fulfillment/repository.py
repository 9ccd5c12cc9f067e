"""Fulfillment orders, shipments and deliveries in SQL."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Index, String, select

from gateway.clock import micros
from gateway.domain.fulfillment.deliveries import Delivery
from gateway.domain.fulfillment.model import FulfillmentOrder
from gateway.domain.fulfillment.shipments import Shipment
from gateway.domain.fulfillment.tracking import FINAL
from gateway.store.documents import Documents, table
from gateway.store.paging import Keyset, Slice
from gateway.store.unit import Unit

_work = table(
    "fulfillment_orders",
    Column("order_id", String(48)),
    Column("location_id", String(48)),
    Column("status", String(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_fulfillment_orders_order", "order_id"),
    Index("ix_fulfillment_orders_created", "created_at", "id"),
    Index("ix_fulfillment_orders_location", "location_id", "status", "created_at", "id"),
)
_shipments = table(
    "shipments",
    Column("order_id", String(48)),
    Column("fulfillment_order_id", String(48)),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_shipments_order", "order_id"),
    Index("ix_shipments_work", "fulfillment_order_id"),
)
_deliveries = table(
    "deliveries",
    Column("order_id", String(48)),
    Column("shipment_id", String(48)),
    Column("status", String(32), nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_deliveries_order", "order_id"),
    Index("ix_deliveries_shipment", "shipment_id"),
    Index("ix_deliveries_updated", "updated_at", "id"),
)

work: Documents[FulfillmentOrder] = Documents(
    _work,
    FulfillmentOrder,
    lambda one: {
        "order_id": one.order_id,
        "location_id": one.location_id,
        "status": one.status,
        "created_at": micros(one.created_at),
    },
)
shipments: Documents[Shipment] = Documents(
    _shipments,
    Shipment,
    lambda one: {
        "order_id": one.order_id,
        "fulfillment_order_id": one.fulfillment_order_id,
        "created_at": micros(one.created_at),
    },
)
deliveries: Documents[Delivery] = Documents(
    _deliveries,
    Delivery,
    lambda one: {
        "order_id": one.order_id,
        "shipment_id": one.shipment_id,
        "status": one.status,
        "updated_at": micros(one.updated_at),
    },
)
NEWEST_WORK = Keyset(_work.c.created_at, _work.c.id)
NEWEST_DELIVERY = Keyset(_deliveries.c.updated_at, _deliveries.c.id)


work_of_orders = work.by(_work.c.order_id, _work.c.created_at, _work.c.id)
shipments_of_orders = shipments.by(_shipments.c.order_id, _shipments.c.created_at, _shipments.c.id)
shipments_of_work = shipments.by(
    _shipments.c.fulfillment_order_id, _shipments.c.created_at, _shipments.c.id
)
deliveries_of_orders = deliveries.by(_deliveries.c.order_id, _deliveries.c.id)
deliveries_of_shipments = deliveries.by(_deliveries.c.shipment_id, _deliveries.c.id)


async def open_deliveries(unit: Unit, after: str, limit: int) -> list[Delivery]:
    """Return parcels whose way is not over, by id, beginning after one."""
    query = (
        select(_deliveries.c.document)
        .where(_deliveries.c.id > after, _deliveries.c.status.not_in(sorted(FINAL)))
        .order_by(_deliveries.c.id)
        .limit(limit)
    )
    return await deliveries.select(unit, query)


async def work_page(
    unit: Unit,
    slice: Slice,
    *,
    location_ids: Sequence[str] | None,
    statuses: Sequence[str] | None,
) -> list[FulfillmentOrder]:
    query = select(_work.c.document)
    if location_ids is not None:
        query = query.where(_work.c.location_id.in_(location_ids))
    if statuses is not None:
        query = query.where(_work.c.status.in_(statuses))
    return await work.select(unit, NEWEST_WORK.cut(query, slice))


async def delivery_page(
    unit: Unit,
    slice: Slice,
    *,
    order_ids: Sequence[str] | None,
    statuses: Sequence[str] | None,
) -> list[Delivery]:
    query = select(_deliveries.c.document)
    if order_ids is not None:
        query = query.where(_deliveries.c.order_id.in_(order_ids))
    if statuses is not None:
        query = query.where(_deliveries.c.status.in_(statuses))
    return await deliveries.select(unit, NEWEST_DELIVERY.cut(query, slice))
