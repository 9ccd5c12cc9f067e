"""Returns: goods on their way back to a fulfillment center, and what became of them."""

from datetime import datetime

from connectors.sdk.records import ReturnRecord
from connectors.sdk.records.states import ReturnStatus
from connectors.sdk.values import LineQuantity
from connectors.shipbob.mapping.reading import Node

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
