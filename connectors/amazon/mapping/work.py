"""Work that is not the gateway's to give away: Amazon does it, or gave it a number of its own.

An order brings it along, so that nobody else is asked to send the same goods.
"""

from connectors.amazon.reading import Node
from connectors.sdk.records import FulfillmentOrderRecord, OrderRecord
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    OrderStatus,
    RequestStatus,
    Stage,
)
from connectors.sdk.values import LineQuantity

AMAZON = "AMAZON"


def records(order: Node, sold: OrderRecord, home: str) -> list[FulfillmentOrderRecord]:
    """Return an order's work: Amazon's own (FBA), or what it planned for the seller (Easy Ship).

    Nothing for any other order that the seller ships: where it is sent from is ours to say. Of
    several fulfillment orders Amazon does not say which has which items: then none has lines.
    """
    if order["fulfillment"]["fulfilledBy"].text() == AMAZON:
        return [_work(sold, sold.external_id, _units(sold), location_id=home)]
    planned = [one["fulfillmentOrderId"].id() for one in order["fulfillmentOrders"]]
    lines = _units(sold) if len(planned) == 1 else ()
    return [_work(sold, one, lines, location_id=None) for one in planned]


def _work(
    sold: OrderRecord, external_id: str, lines: tuple[LineQuantity, ...], location_id: str | None
) -> FulfillmentOrderRecord:
    status = _status(sold)
    is_over = status is FulfillmentOrderStatus.CLOSED
    return FulfillmentOrderRecord(
        external_id=external_id,
        revised_at=sold.revised_at,
        order_id=sold.external_id,
        status=status,
        raw_status=sold.raw_status,
        request_status=RequestStatus.CLOSED if is_over else RequestStatus.ACCEPTED,
        stage=Stage.SHIPPED if is_over else Stage.ACCEPTED,
        location_id=location_id,
        lines=lines,
        created_at=sold.placed_at,
    )


def _status(sold: OrderRecord) -> FulfillmentOrderStatus:
    """Return how far it is, by the units: what left, of what is to leave."""
    if sold.status is OrderStatus.CANCELED:
        return FulfillmentOrderStatus.CANCELED
    counters = [line.counters for line in sold.lines]
    wanted = sum(each.ordered - each.canceled for each in counters)
    gone = sum(each.fulfilled for each in counters)
    if wanted and gone >= wanted:
        return FulfillmentOrderStatus.CLOSED
    if sold.status is OrderStatus.PENDING:
        return FulfillmentOrderStatus.SCHEDULED
    if sold.status is OrderStatus.UNKNOWN:
        return FulfillmentOrderStatus.UNKNOWN
    return FulfillmentOrderStatus.IN_PROGRESS if gone else FulfillmentOrderStatus.OPEN


def _units(sold: OrderRecord) -> tuple[LineQuantity, ...]:
    units = ((line, line.counters.ordered - line.counters.canceled) for line in sold.lines)
    return tuple(
        LineQuantity(line_id=line.external_id, sku=line.sku, quantity=count)
        for line, count in units
        if count
    )
