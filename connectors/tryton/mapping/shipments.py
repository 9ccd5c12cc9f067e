"""Customer shipments (`stock.shipment.out`): the work of a warehouse, and the goods that left it.

One Tryton record is both: a FulfillmentOrderRecord from the day it is planned, and a ShipmentRecord
too once its goods have left. A sale usually has one; when less is picked than was ordered, Tryton
plans a second for the rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.sdk.changes import Change
from connectors.sdk.records import FulfillmentOrderRecord, ShipmentRecord, Tracking
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    RequestStatus,
    ShipmentStatus,
    Stage,
)
from connectors.sdk.values import LineQuantity
from connectors.tryton.mapping import sales, wire
from connectors.tryton.mapping.wire import Row

MODEL = "stock.shipment.out"
LINE = "sale.line"

FIELDS = (
    "state",
    "create_date",
    "warehouse",
    "shipping_reference",
    "carrier.party.name",
    "packages.shipping_reference",
    "packages.shipping_tracking_url",
    "outgoing_moves.quantity",
    "outgoing_moves.state",
    "outgoing_moves.origin",
    "outgoing_moves.product.code",
)

OWNER = ("sale.reference",)
"""Of a `sale.line`: whose work it is."""

_STATES = {
    "draft": (FulfillmentOrderStatus.OPEN, Stage.NEW, RequestStatus.SUBMITTED),
    "waiting": (FulfillmentOrderStatus.OPEN, Stage.NEW, RequestStatus.SUBMITTED),
    "assigned": (FulfillmentOrderStatus.IN_PROGRESS, Stage.ACCEPTED, RequestStatus.ACCEPTED),
    "picked": (FulfillmentOrderStatus.IN_PROGRESS, Stage.PICKED, RequestStatus.ACCEPTED),
    "packed": (FulfillmentOrderStatus.IN_PROGRESS, Stage.PACKED, RequestStatus.ACCEPTED),
    "shipped": (FulfillmentOrderStatus.CLOSED, Stage.SHIPPED, RequestStatus.CLOSED),
    "done": (FulfillmentOrderStatus.CLOSED, Stage.SHIPPED, RequestStatus.CLOSED),
    "cancelled": (FulfillmentOrderStatus.CANCELED, Stage.NEW, RequestStatus.CLOSED),
}
_UNKNOWN = (FulfillmentOrderStatus.UNKNOWN, Stage.NEW, RequestStatus.SUBMITTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a shipment must be read with: *owners* by sale line, and when goods left by shipment."""

    owners: Mapping[int, Row]
    left_at: Mapping[int, datetime]


def changes(row: Row, context: Context, asked_at: datetime) -> list[Change]:
    """Read one shipment."""
    work = _fulfillment_order(row, context.owners, asked_at)
    if row.text("state") not in sales.LEFT:
        return [work]
    return [work, _shipment(row, work, context.left_at.get(row.id))]


def sale_lines(row: Row) -> list[int]:
    """Return the ids of the sale lines whose goods this shipment sends."""
    return [id for id in (_sale_line(move) for move in row.rows("outgoing_moves")) if id]


def tracking(row: Row) -> tuple[Tracking, ...]:
    """Read the parcels' numbers: they stand on packages, on the shipment, or on both."""
    party = row.find_row("carrier")
    carrier = party.row("party").find_text("name") if party else None
    found: dict[str, str | None] = {}
    for package in row.rows("packages"):
        number = package.find_text("shipping_reference")
        if number:
            found[number] = package.find_text("shipping_tracking_url")
    number = row.find_text("shipping_reference")
    if number:
        found.setdefault(number, None)
    return tuple(Tracking(number=one, carrier=carrier, url=url) for one, url in found.items())


def lines(row: Row) -> tuple[LineQuantity, ...]:
    """Sum the moves by sale line and SKU: assigning stock splits them over bins."""
    is_canceled = row.text("state") == "cancelled"
    found: dict[tuple[str | None, str | None], int] = {}
    for move in row.rows("outgoing_moves"):
        if move.text("state") == "cancelled" and not is_canceled:
            continue
        line = _sale_line(move)
        key = (None if line is None else str(line), move.row("product").find_text("code"))
        found[key] = found.get(key, 0) + move.units("quantity")
    return tuple(
        LineQuantity(line_id=line_id, sku=sku, quantity=quantity)
        for (line_id, sku), quantity in found.items()
        if quantity
    )


def left_at(journal: Iterable[Row]) -> dict[int, datetime]:
    """Read from the journal's transitions, oldest first, when each shipment's goods left."""
    found: dict[int, datetime] = {}
    for entry in journal:
        resource = entry.reference("resource")
        if resource and resource[0] == MODEL:
            found.setdefault(resource[1], entry.moment("create_date"))
    return found


def _fulfillment_order(
    row: Row, owners: Mapping[int, Row], asked_at: datetime
) -> FulfillmentOrderRecord:
    state = row.text("state")
    status, stage, request_status = _STATES.get(state, _UNKNOWN)
    sale = next((owners[line].row("sale") for line in sale_lines(row) if line in owners), None)
    reference = sale.find_text("reference") if sale else None
    is_ours = sales.is_ours(reference)
    return FulfillmentOrderRecord(
        external_id=wire.name(MODEL, row.id),
        revised_at=asked_at,
        order_id=wire.name(sales.MODEL, sale.id) if sale and not is_ours else None,
        reference=reference if is_ours else None,
        status=status,
        raw_status=state,
        request_status=request_status if is_ours else RequestStatus.UNSUBMITTED,
        stage=stage,
        location_id=str(row.link("warehouse")),
        lines=lines(row),
        created_at=row.moment("create_date"),
    )


def _shipment(row: Row, work: FulfillmentOrderRecord, left_at: datetime | None) -> ShipmentRecord:
    return ShipmentRecord(
        external_id=work.external_id,
        revised_at=work.revised_at,
        order_id=work.order_id,
        fulfillment_order_id=work.external_id,
        reference=work.reference,
        status=ShipmentStatus.SHIPPED,
        raw_status=work.raw_status,
        tracking=tracking(row),
        lines=work.lines,
        location_id=work.location_id,
        shipped_at=left_at,
        created_at=work.created_at,
    )


def _sale_line(move: Row) -> int | None:
    match move.reference("origin"):
        case ("sale.line", int() as id):
            return id
        case _:
            return None
