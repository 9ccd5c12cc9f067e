"""Returns: goods on their way back to a fulfillment center, and what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.sdk.records import ReturnRecord
from connectors.sdk.records.states import ReturnStatus
from connectors.sdk.values import LineQuantity
from connectors.shipbob.mapping.orders import units_of
from connectors.shipbob.mapping.reading import Node

LEFT = "Completed"
"""The status of a shipment that has left ShipBob."""

# Source: openapi-2026-01.json GET /return, field status ("Awaiting Arrival"); its filter spells the
# same words without the blank ("AwaitingArrival"). Completed is inspected and put away.
_STATUS = {
    "AwaitingArrival": ReturnStatus.APPROVED,
    "Arrived": ReturnStatus.RECEIVED,
    "Processing": ReturnStatus.RECEIVED,
    "Completed": ReturnStatus.CLOSED,
    "Cancelled": ReturnStatus.CANCELED,
}


def goods_back(raw: Node, read_at: datetime, reference: str | None) -> list[ReturnRecord]:
    """Return one return. *reference*: ours, of the request whose shipment comes back.

    ShipBob names the shipment only; whoever reads looks up the rest. Lines go by SKU: the ids here
    are inventory ids, and an order's are product ids.
    """
    word = raw["status"].text() or ""
    found = ReturnRecord(
        external_id=raw["id"].id(),
        revised_at=read_at,
        order_id=None,
        reference=reference,
        status=_STATUS.get(word.replace(" ", ""), ReturnStatus.UNKNOWN),
        raw_status=word,
        lines=tuple(
            LineQuantity(sku=each["sku"].text(), quantity=each["quantity"].count())
            for each in raw["inventory"]
        ),
        reason=_reason(raw),
        created_at=raw["insert_date"].moment(),
        location_id=raw["fulfillment_center"]["id"].optional_id(),
    )
    return [found]


def _reason(raw: Node) -> str | None:
    """Return why, where ShipBob knows: the carrier brought it back. A shopper's reasons it is not
    told."""
    kind = raw["return_type"].text()
    return None if kind == "Regular" else kind


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBack:
    """Units of one shipment, by inventory item: what a return is made of."""

    shipment_id: str
    location_id: str | None
    items: Mapping[str, int]


def sent_back(order: Node, lines: Sequence[LineQuantity]) -> SentBack | None:
    """Find the shipment of *order* that held all of *lines*: a return is of one. None: none did.

    Raises: Malformed.
    """
    for shipment in order["shipments"]:
        items = _items(shipment, lines) if shipment["status"].text() == LEFT else None
        if items:
            return SentBack(
                shipment_id=shipment["id"].id(),
                location_id=shipment["location"]["id"].optional_id(),
                items=items,
            )
    return None


def _items(shipment: Node, lines: Sequence[LineQuantity]) -> dict[str, int] | None:
    """Return the items that *lines* are, a bundle being several; None when they are not in it."""
    found: dict[str, int] = {}
    for line in lines:
        product = next((one for one in shipment["products"] if _is_of(one, line)), None)
        held = None if product is None else units_of(product)
        if product is None or not held or held < line.quantity:
            return None
        for item in product["inventory_items"]:
            some, rest = divmod(item["quantity"].count() * line.quantity, held)
            if rest:
                return None  # lots of an item, shared unevenly: nobody can say which come back
            found[item["id"].id()] = found.get(item["id"].id(), 0) + some
    return found


def _is_of(product: Node, line: LineQuantity) -> bool:
    if line.line_id is not None:
        return product["id"].optional_id() == line.line_id
    sku = product["sku"].text() or product["reference_id"].text()
    return sku is not None and sku == line.sku
