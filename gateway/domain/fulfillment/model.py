"""Fulfillment orders: work for one location, joined over the systems that speak of it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.sdk.records import (
    FulfillmentOrderRecord,
    Tracking,
)
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    Method,
    RequestStatus,
    Stage,
)
from connectors.sdk.values import LineQuantity
from gateway import ids
from gateway.domain.identity.model import Source, is_news
from gateway.domain.orders.model import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """Units of one order line to be sent from one place. *line_id* None: no order's here."""

    line_id: str | None
    sku: str | None
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A fulfillment order as one system states it."""

    source: Source
    record: FulfillmentOrderRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentOrder:
    """Work for one location. Made here for a shop that has no such thing, or stated by a system.

    *fulfiller* is the connection that does the work: the one that stated it or, once we asked
    another (*asked*), that one, whose word on the state then counts. *carrier* and *service* are
    what the label is to be bought of; *parcel* is set when the goods have a number already.
    """

    id: str
    version: int
    order_id: str | None
    location_id: str | None
    method: Method
    lines: tuple[WorkLine, ...]
    status: FulfillmentOrderStatus
    request_status: RequestStatus
    stage: Stage
    fulfiller: str | None
    asked: str | None = None
    carrier: str | None = None
    service: str | None = None
    parcel: Tracking | None = None
    ship_requested: bool = False
    worked: tuple[Worked, ...] = ()
    created_at: datetime
    updated_at: datetime

    @property
    def is_open(self) -> bool:
        return self.status in (
            FulfillmentOrderStatus.SCHEDULED,
            FulfillmentOrderStatus.OPEN,
            FulfillmentOrderStatus.IN_PROGRESS,
            FulfillmentOrderStatus.ON_HOLD,
        )

    def is_stated_by(self, connection: str) -> bool:
        """True when *connection* has this work, and said so."""
        return any(one.source.connection == connection for one in self.worked)

    @property
    def stated(self) -> FulfillmentOrderStatus:
        """What whoever does the work last said of it; OPEN while nobody has."""
        by = self.asked or self.fulfiller
        said = [one.record.status for one in self.worked if one.source.connection == by]
        return said[-1] if said else FulfillmentOrderStatus.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongs:
    """What a record of another system belongs to here, as far as that is known."""

    order: Order | None = None
    fulfillment_order: FulfillmentOrder | None = None
    location_id: str | None = None
    lines: tuple[WorkLine, ...] = field(default=())

    @property
    def order_id(self) -> str | None:
        if self.order:
            return self.order.id
        return self.fulfillment_order.order_id if self.fulfillment_order else None


def open_for(
    order: Order, location_id: str, fulfiller: str | None, now: datetime
) -> FulfillmentOrder | None:
    """Return the work that *order* makes at a location; None when nothing is left to send.

    The id follows from order and location: making it twice is making it once.
    """
    lines = tuple(
        WorkLine(line_id=line.id, sku=line.sku, quantity=line.open_quantity)
        for line in order.lines
        if line.open_quantity and line.method is Method.SHIPPING
    )
    if not lines:
        return None
    return FulfillmentOrder(
        id=ids.derive(ids.FULFILLMENT_ORDER, order.id, location_id),
        version=1,
        order_id=order.id,
        location_id=location_id,
        method=Method.SHIPPING,
        lines=lines,
        status=FulfillmentOrderStatus.OPEN,
        request_status=RequestStatus.UNSUBMITTED,
        stage=Stage.NEW,
        fulfiller=fulfiller,
        created_at=now,
        updated_at=now,
    )


def rename(held: FulfillmentOrder, order: Order, now: datetime) -> FulfillmentOrder | None:
    """Return work of ours that nobody was asked to do under the SKUs that *order* has now; None
    when it has them, or somebody does it."""
    if not held.is_open or held.asked or held.worked:
        return None
    skus = {line.id: line.sku for line in order.lines}
    lines = tuple(replace(one, sku=skus.get(one.line_id or "", one.sku)) for one in held.lines)
    if lines == held.lines:
        return None
    return replace(held, version=held.version + 1, lines=lines, updated_at=now)


def observe_work(
    held: FulfillmentOrder | None, seen: Worked, belongs: Belongs, now: datetime
) -> FulfillmentOrder | None:
    """Return the fulfillment order as *seen* makes it; None when that is nothing new.

    Whoever does the work says how far it is; what the gateway made stays its own in lines.
    """
    record = seen.record
    if held is None:
        return FulfillmentOrder(
            id=ids.derive(ids.FULFILLMENT_ORDER, seen.source.connection, record.external_id),
            version=1,
            order_id=belongs.order_id,
            location_id=belongs.location_id,
            method=record.method,
            lines=belongs.lines,
            status=record.status,
            request_status=record.request_status,
            stage=record.stage,
            fulfiller=seen.source.connection,
            worked=(seen,),
            created_at=record.created_at or now,
            updated_at=now,
        )
    known = {one.source.key: one for one in held.worked}
    before = known.get(seen.source.key)
    is_joined = held.order_id is None and belongs.order_id is not None
    if before and not is_joined and not is_news(before.record, record):
        return None
    known[seen.source.key] = seen
    joined = replace(
        held,
        version=held.version + 1,
        order_id=held.order_id or belongs.order_id,
        worked=tuple(known.values()),
        lines=held.lines or belongs.lines,
        location_id=held.location_id or belongs.location_id,
        updated_at=now,
    )
    return _as_stated(joined, seen)


def _as_stated(held: FulfillmentOrder, seen: Worked) -> FulfillmentOrder:
    """Whoever was asked to do the work says how far it is; of the origin only the end counts."""
    if held.asked not in (None, seen.source.connection):
        is_end = seen.record.status in _ENDS
        return replace(held, status=seen.record.status) if is_end else held
    record = _furthest_behind(held, seen.source.connection)
    return replace(
        held,
        status=record.status,
        request_status=record.request_status,
        stage=record.stage,
        fulfiller=seen.source.connection,
    )


_ENDS = (FulfillmentOrderStatus.CLOSED, FulfillmentOrderStatus.CANCELED)


def _furthest_behind(held: FulfillmentOrder, connection: str) -> FulfillmentOrderRecord:
    """A warehouse may split what it was asked for: the work is over when all its parts are."""
    parts = [one.record for one in held.worked if one.source.connection == connection]
    return max(parts, key=lambda record: (record.status not in _ENDS, record.revised_at))


def match_lines(order: Order | None, stated: Iterable[LineQuantity]) -> tuple[WorkLine, ...]:
    """Name *stated* units by our lines: by the shop's line id, else by SKU."""
    by_line = {line.external_id: line for line in order.lines} if order else {}
    by_sku = {line.sku: line for line in order.lines if line.sku} if order else {}
    found = []
    for one in stated:
        line = by_line.get(one.line_id or "") or by_sku.get(one.sku or "")
        found.append(
            WorkLine(
                line_id=line.id if line else None,
                sku=line.sku if line else one.sku,
                quantity=one.quantity,
            )
        )
    return tuple(found)
