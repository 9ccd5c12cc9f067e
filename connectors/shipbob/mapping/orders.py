"""A ShipBob order is work it was asked to do; its shipments are the packages that come of it."""

from collections.abc import Mapping
from datetime import datetime

from connectors.sdk.records import FulfillmentOrderRecord, Record, ShipmentRecord, Tracking
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    RequestStatus,
    ShipmentStatus,
    Stage,
)
from connectors.sdk.values import LineQuantity
from connectors.shipbob.mapping.reading import Node

# Source: openapi-2026-01.json Orders.OrderStatus; developer.shipbob.com/status-reference says that
# an order's status is imputed from those of its shipments.
_ORDER = {
    "Processing": (FulfillmentOrderStatus.IN_PROGRESS, RequestStatus.ACCEPTED),
    "Exception": (FulfillmentOrderStatus.ON_HOLD, RequestStatus.ACCEPTED),
    "ImportReview": (FulfillmentOrderStatus.ON_HOLD, RequestStatus.SUBMITTED),
    "PartiallyFulfilled": (FulfillmentOrderStatus.IN_PROGRESS, RequestStatus.ACCEPTED),
    "Fulfilled": (FulfillmentOrderStatus.CLOSED, RequestStatus.CLOSED),
    "Cancelled": (FulfillmentOrderStatus.CANCELED, RequestStatus.CANCELLATION_ACCEPTED),
}

# Source: openapi-2026-01.json Orders.OrderStatusEnum. Exception and OnHold wait for stock or for an
# answer, nothing has failed for good. CleanSweeped is in the enum and explained nowhere: UNKNOWN.
_SHIPMENT = {
    "None": ShipmentStatus.PENDING,
    "Processing": ShipmentStatus.PENDING,
    "Exception": ShipmentStatus.PENDING,
    "OnHold": ShipmentStatus.PENDING,
    "ImportReview": ShipmentStatus.PENDING,
    "LabeledCreated": ShipmentStatus.LABEL_PURCHASED,
    "Completed": ShipmentStatus.SHIPPED,
    "Cancelled": ShipmentStatus.CANCELED,
}


# How far a shipment that is Processing has come.
# Source: developer.shipbob.com/status-reference (status details 100-102).
_STAGE = {"Picked": Stage.PICKED, "Packed": Stage.PACKED, "Labeled": Stage.PACKED}

_WAITING = {"Exception", "OnHold", "ImportReview"}
_STAGES = list(Stage)


def order(raw: Node, read_at: datetime) -> list[Record]:
    """Return one order as its fulfillment order, followed by its shipments."""
    ordered = _ordered_of_only_shipment(raw)
    shipments = [shipment(each, read_at, ordered) for each in raw["shipments"]]
    return [fulfillment_order(raw, read_at), *shipments]


def fulfillment_order(raw: Node, read_at: datetime) -> FulfillmentOrderRecord:
    """Return the work itself. No time of ShipBob's covers every change of it, so *read_at* does."""
    status, request_status = _status(raw)
    return FulfillmentOrderRecord(
        external_id=raw["id"].id(),
        revised_at=read_at,
        order_id=None,
        reference=raw["reference_id"].text(),
        status=status,
        raw_status=raw["status"].text() or "",
        request_status=request_status,
        stage=_stage(raw),
        location_id=_only_location(raw),
        lines=tuple(_ordered_line(each) for each in raw["products"]),
        created_at=raw["created_date"].moment(),
    )


def shipment(
    raw: Node, revised_at: datetime, ordered: Mapping[str, int] | None = None
) -> ShipmentRecord:
    """Return one package. *ordered*: units by product id, where it is its order's only one."""
    status = _shipment_status(raw)
    return ShipmentRecord(
        external_id=raw["id"].id(),
        revised_at=revised_at,
        order_id=None,
        fulfillment_order_id=raw["order_id"].optional_id(),
        reference=raw["reference_id"].text(),
        status=status,
        raw_status="/".join(filter(None, (raw["status"].text(), *_details(raw)))),
        tracking=_tracking(raw["tracking"]),
        service=raw["tracking"]["carrier_service"].text() or raw["ship_option"].text(),
        lines=_shipped_lines(raw, ordered or {}),
        location_id=raw["location"]["id"].optional_id(),
        # Invoiced days later, and often on the bill only.
        cost=raw["invoice_amount"].money(raw["invoice_currency_code"].text()),
        shipped_at=_shipped_at(raw, status),
        delivered_at=raw["delivery_date"].moment(),
        created_at=raw["created_date"].moment(),
    )


def is_canceled(raw: Node) -> bool:
    """True for an order (or a shipment) that will not be fulfilled any more."""
    return raw["status"].text() == "Cancelled"


def past_recall(raw: Node) -> tuple[str, ...]:
    """Return the ids of an order's shipments that can no longer be canceled.

    Source: openapi-2026-01.json, shipment:batchCancel: "not picked, packed, or shipped yet".
    """
    return tuple(
        each["id"].id()
        for each in raw["shipments"]
        if not is_canceled(each) and _rank(_stage_of(each)) >= _rank(Stage.PICKED)
    )


def has_tracking(raw: Node) -> bool:
    """True for a shipment whose parcel a carrier can be asked about."""
    return raw["tracking"]["tracking_number"].text() is not None


def _status(raw: Node) -> tuple[FulfillmentOrderStatus, RequestStatus]:
    word = raw["status"].text() or ""
    unknown = (FulfillmentOrderStatus.UNKNOWN, RequestStatus.SUBMITTED)
    status, request_status = _ORDER.get(word, unknown)
    live = _live(raw)
    waiting = [each for each in live if each["status"].text() in _WAITING]
    if word == "Processing" and live and waiting == live:
        status = FulfillmentOrderStatus.ON_HOLD
    is_over = bool(live) and all(_has_left(each) for each in live)
    if (word == "PartiallyFulfilled" and is_over) or (word == "Fulfilled" and _is_short(raw)):
        return FulfillmentOrderStatus.INCOMPLETE, RequestStatus.CLOSED
    return status, request_status


def _is_short(raw: Node) -> bool:
    """True when fewer units left than were ordered: ShipBob calls an order Fulfilled as well when
    it canceled the rest of it. (A canceled shipment may also have been replaced by another.)

    A product whose units some shipment does not state is not counted short.
    """
    sent: dict[str, int] = {}
    unstated = set()
    for each in raw["shipments"]:
        for product in each["products"]:
            product_id, units = product["id"].optional_id() or "", units_of(product)
            sent[product_id] = sent.get(product_id, 0) + (units if _has_left(each) else 0)
            if not units:
                unstated.add(product_id)
    return any(
        sent[product_id] < units
        for product_id, units in _ordered(raw).items()
        if product_id in sent.keys() - unstated
    )


def _live(raw: Node) -> list[Node]:
    return [each for each in raw["shipments"] if not is_canceled(each)]


def _has_left(raw: Node) -> bool:
    return raw["status"].text() == "Completed"


def _stage(raw: Node) -> Stage:
    """Return how far the slowest of the shipments has come: the work is done when it is."""
    stages = [_stage_of(each) for each in _live(raw)]
    return min(stages, key=_rank, default=Stage.NEW)


def _stage_of(raw: Node) -> Stage:
    word = raw["status"].text()
    if word == "Completed":
        return Stage.SHIPPED
    if word == "LabeledCreated":
        return Stage.PACKED
    if word == "ImportReview":
        return Stage.NEW
    stages = [_STAGE[name] for name in _details(raw) if name in _STAGE]
    return max(stages, key=_rank, default=Stage.ACCEPTED)


def _rank(stage: Stage) -> int:
    return _STAGES.index(stage)


def _details(raw: Node) -> list[str]:
    """Return the names of the status details: ``["Picked"]``."""
    return [name for each in raw["status_details"] if (name := each["name"].text())]


def _shipment_status(raw: Node) -> ShipmentStatus:
    """Return where the package is. Completed is "has left ShipBob": delivery is stated beside it,
    by a date, by a detail, or (the carrier's fault) by neither."""
    word = raw["status"].text() or ""
    if word == "Processing" and "Labeled" in _details(raw):
        return ShipmentStatus.LABEL_PURCHASED
    if word == "Completed" and (raw["delivery_date"].moment() or "Delivered" in _details(raw)):
        return ShipmentStatus.DELIVERED
    return _SHIPMENT.get(word, ShipmentStatus.UNKNOWN)


def _shipped_at(raw: Node, status: ShipmentStatus) -> datetime | None:
    """Return when the package left. ShipBob's date says "picked, packed, and label printed", so it
    is one only for a shipment that is Completed."""
    if status not in (ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED):
        return None
    return raw["actual_fulfillment_date"].moment()


def _only_location(raw: Node) -> str | None:
    """Return where the work is done; None when it is split over several places."""
    places = {each["location"]["id"].optional_id() for each in _live(raw)}
    return places.pop() if len(places) == 1 else None


def _tracking(raw: Node) -> tuple[Tracking, ...]:
    """Return the parcel's number; a freight shipment has a PRO number in its place."""
    number = raw["tracking_number"].text()
    if number is not None:
        url = raw["tracking_url"].text()
        return (Tracking(number=number, carrier=raw["carrier"].text(), url=url),)
    freight = raw["pro_number"].text()
    if freight is not None:
        carrier = raw["carrier"].text() or raw["scac"].text()
        return (Tracking(number=freight, carrier=carrier),)
    return ()


def _ordered_line(raw: Node) -> LineQuantity:
    return LineQuantity(
        line_id=raw["id"].optional_id(),
        sku=raw["sku"].text() or raw["reference_id"].text(),
        quantity=raw["quantity"].count(),
    )


def _ordered_of_only_shipment(raw: Node) -> dict[str, int]:
    """Return units ordered by product id when one shipment carries them all; else nothing."""
    return _ordered(raw) if len(_live(raw)) == 1 else {}


def _ordered(raw: Node) -> dict[str, int]:
    ordered: dict[str, int] = {}
    for each in raw["products"]:
        product_id = each["id"].optional_id()
        if product_id is not None:
            ordered[product_id] = ordered.get(product_id, 0) + each["quantity"].count()
    return ordered


def _shipped_lines(raw: Node, ordered: Mapping[str, int]) -> tuple[LineQuantity, ...]:
    lines = []
    for each in raw["products"]:
        product_id = each["id"].optional_id()
        quantity = units_of(each) or ordered.get(product_id or "")
        if quantity:
            sku = each["sku"].text() or each["reference_id"].text()
            lines.append(LineQuantity(line_id=product_id, sku=sku, quantity=quantity))
    return tuple(lines)


def units_of(product: Node) -> int:
    """Return how many of a product a shipment holds, which it states by inventory item only.

    Lots of one item add up. A bundle has several items, some of them more than once in each: the
    scarcest of them is how many bundles there are, where any is in it once.
    """
    by_item: dict[str, int] = {}
    for each in product["inventory_items"]:
        item = each["id"].id()
        by_item[item] = by_item.get(item, 0) + each["quantity"].count()
    return min(by_item.values(), default=0)
