"""Transfers (`stock.picking`) of sales: work, goods that left, goods that come back.

What goes to the customer is a FulfillmentOrderRecord from the day it is planned, and a
ShipmentRecord too once it is *done*. A sale usually has one; when less is sent than was planned,
Odoo plans a second, the backorder, for the rest. A warehouse of two steps has a transfer of its own
for picking: it is no fulfillment order, and says only how far the work has come.
"""

from collections.abc import Iterable, Sequence

from connectors.odoo.mapping import catalog, sales, wire
from connectors.odoo.mapping.stock import Book
from connectors.odoo.mapping.wire import Row, Tables
from connectors.sdk.changes import Change
from connectors.sdk.records import (
    FulfillmentOrderRecord,
    ReturnRecord,
    ShipmentRecord,
    Tracking,
)
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    RequestStatus,
    ReturnStatus,
    ShipmentStatus,
    Stage,
)
from connectors.sdk.values import LineQuantity

MODEL = "stock.picking"
PREFIX = "picking"
"""Of the external ids of fulfillment orders, shipments and returns: ``"picking:7"``."""

FIELDS = (
    "name",
    "state",
    "sale_id",
    "picking_type_id",
    "location_id",
    "location_dest_id",
    "carrier_id",
    "carrier_tracking_ref",
    "carrier_tracking_url",
    "date_done",
    "create_date",
)
MOVE_FIELDS = (*sales.MOVE_FIELDS, "move_orig_ids")
SALE_FIELDS = ("client_order_ref",)

STATES = {
    "draft": (FulfillmentOrderStatus.OPEN, Stage.NEW, RequestStatus.SUBMITTED),
    "waiting": (FulfillmentOrderStatus.OPEN, Stage.NEW, RequestStatus.SUBMITTED),
    "confirmed": (FulfillmentOrderStatus.OPEN, Stage.NEW, RequestStatus.SUBMITTED),
    "assigned": (FulfillmentOrderStatus.OPEN, Stage.ACCEPTED, RequestStatus.ACCEPTED),
    "done": (FulfillmentOrderStatus.CLOSED, Stage.SHIPPED, RequestStatus.CLOSED),
    "cancel": (FulfillmentOrderStatus.CANCELED, Stage.NEW, RequestStatus.CLOSED),
}
"""*assigned* is that the goods are set aside, which Odoo does by itself: nobody need have begun."""
_UNKNOWN = (FulfillmentOrderStatus.UNKNOWN, Stage.NEW, RequestStatus.SUBMITTED)
_CLOSED = ("done", "cancel")

RETURN_STATUS = {
    "draft": ReturnStatus.APPROVED,
    "waiting": ReturnStatus.APPROVED,
    "confirmed": ReturnStatus.APPROVED,
    "assigned": ReturnStatus.APPROVED,
    "done": ReturnStatus.RECEIVED,
    "cancel": ReturnStatus.CANCELED,
}


def works(row: Row, book: Book) -> list[Change]:
    """Read a transfer to the customer: work, and the goods that left by it. Others give nothing."""
    if not book.places.is_customer(row.link("location_dest_id")):
        return []
    work = _work(row, book)
    return [work, _shipment(row, work)] if row.text("state") == "done" else [work]


def returns(row: Row, book: Book) -> list[Change]:
    """Read a transfer from the customer. Others give nothing."""
    if not book.places.is_customer(row.link("location_id")):
        return []
    order_id, reference = _owner(row, book.tables)
    state = row.text("state")
    record = ReturnRecord(
        external_id=wire.name(PREFIX, row.id),
        revised_at=book.asked_at,
        order_id=order_id,
        reference=reference,
        status=RETURN_STATUS.get(state, ReturnStatus.UNKNOWN),
        raw_status=state,
        lines=_lines(row, book.tables),
        created_at=row.moment("create_date"),
        location_id=book.places.home_id(row.link("location_dest_id")),
    )
    return [record]


def tracking(row: Row) -> tuple[Tracking, ...]:
    """Read the parcels' numbers: several stand in one field with commas between them."""
    carrier, url = row.link_name("carrier_id"), row.find_text("carrier_tracking_url")
    numbers = [one.strip() for one in (row.find_text("carrier_tracking_ref") or "").split(",")]
    found = dict.fromkeys(one for one in numbers if one)
    link = url if len(found) == 1 else None
    return tuple(Tracking(number=one, carrier=carrier, url=link) for one in found)


def _work(row: Row, book: Book) -> FulfillmentOrderRecord:
    state = row.text("state")
    status, stage, request_status = STATES.get(state, _UNKNOWN)
    if state not in _CLOSED:
        status, stage = _begun(row, book.tables) or (status, stage)
    order_id, reference = _owner(row, book.tables)
    return FulfillmentOrderRecord(
        external_id=wire.name(PREFIX, row.id),
        revised_at=book.asked_at,
        order_id=order_id,
        reference=reference,
        status=status,
        raw_status=state,
        request_status=request_status if reference else RequestStatus.UNSUBMITTED,
        stage=stage,
        location_id=_warehouse(row, book),
        lines=_lines(row, book.tables),
        created_at=row.moment("create_date"),
    )


def _begun(row: Row, tables: Tables) -> tuple[FulfillmentOrderStatus, Stage] | None:
    """Tell how far the step before this one has come; None when it is the first or not begun."""
    before = feeding(row, tables)
    done = [one for one in before if one.text("state") == "done"]
    if not done:
        return None
    is_picked = all(one.text("state") in _CLOSED for one in before)
    return FulfillmentOrderStatus.IN_PROGRESS, Stage.PICKED if is_picked else Stage.PICKING


def feeding(row: Row, tables: Tables) -> list[Row]:
    """Return the moves inside the house that bring a transfer its goods, whose rows are at hand."""
    ids = [id for move in tables.owned(sales.MOVE, "picking_id", row.id) for id in _origins(move)]
    found = (tables.find(sales.MOVE, id) for id in dict.fromkeys(ids))
    return [one for one in found if one is not None]


def _origins(move: Row) -> Sequence[int]:
    return move.ids("move_orig_ids")


def _shipment(row: Row, work: FulfillmentOrderRecord) -> ShipmentRecord:
    return ShipmentRecord(
        external_id=work.external_id,
        revised_at=work.revised_at,
        order_id=work.order_id,
        fulfillment_order_id=work.external_id,
        reference=work.reference,
        status=ShipmentStatus.SHIPPED,
        raw_status=work.raw_status,
        tracking=tracking(row),
        service=row.link_name("carrier_id"),
        lines=work.lines,
        location_id=work.location_id,
        shipped_at=row.find_moment("date_done"),
        created_at=work.created_at,
    )


def _owner(row: Row, tables: Tables) -> tuple[str | None, str | None]:
    """Return the order that a transfer belongs to, or else our reference."""
    sale = tables.find(sales.MODEL, row.link("sale_id"))
    if sale is None:
        return None, None
    reference = sale.find_text("client_order_ref")
    if sales.is_ours(reference):
        return None, reference
    return wire.name(sales.PREFIX, sale.id), None


def _warehouse(row: Row, book: Book) -> str | None:
    warehouse = book.places.warehouse_of_type.get(row.link("picking_type_id") or 0)
    return None if warehouse is None else str(warehouse)


def _lines(row: Row, tables: Tables) -> tuple[LineQuantity, ...]:
    """Sum the moves by sale line and SKU."""
    is_canceled = row.text("state") == "cancel"
    found: dict[tuple[str | None, str | None], int] = {}
    for move in _counted(tables.owned(sales.MOVE, "picking_id", row.id), is_canceled=is_canceled):
        line = move.link("sale_line_id")
        product = tables.get(catalog.PRODUCT, move.link("product_id"))
        key = (None if line is None else str(line), product.find_text("default_code"))
        found[key] = found.get(key, 0) + move.units("product_qty")
    return tuple(
        LineQuantity(line_id=line_id, sku=sku, quantity=quantity)
        for (line_id, sku), quantity in found.items()
        if quantity
    )


def _counted(moves: Iterable[Row], *, is_canceled: bool) -> list[Row]:
    return [
        one
        for one in moves
        if (is_canceled or one.text("state") != "cancel") and not one.flag("scrapped")
    ]
