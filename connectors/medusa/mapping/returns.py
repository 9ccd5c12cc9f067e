"""Returns, as an order's JSON states them."""

from connectors.medusa import marks
from connectors.medusa.mapping import states
from connectors.medusa.mapping.reading import Reading
from connectors.medusa.mapping.shape import Node
from connectors.sdk.records import ReturnRecord
from connectors.sdk.records.states import ReturnStatus
from connectors.sdk.values import LineQuantity


def returns(order: Node, reading: Reading) -> list[ReturnRecord]:
    return [
        _return(order, each, reading)
        for each in order.items("returns")
        if each["status"].value != states.OPEN_RETURN
    ]


def _return(order: Node, found: Node, reading: Reading) -> ReturnRecord:
    lines = {line["id"].text(): line for line in order.items("items")}
    word = found["status"].text()
    metadata = found.find("metadata")
    return ReturnRecord(
        external_id=found["id"].text(),
        revised_at=reading.read_at,
        order_id=order["id"].text(),
        status=_status(lines, found, word),
        raw_status=word,
        lines=tuple(
            LineQuantity(
                line_id=item["item_id"].text(),
                sku=line.optional("variant_sku") if line else None,
                quantity=item.units("quantity"),
            )
            for item in found.items("items")
            for line in [lines.get(item["item_id"].text())]
        ),
        reason=_reason(found, reading),
        created_at=found.time_of("created_at"),
        location_id=found.optional("location_id"),
        reference=metadata.optional(marks.KEY) if metadata else None,
    )


def _status(lines: dict[str, Node], found: Node, word: str) -> ReturnStatus:
    """Return what the units say: all are here once none of these lines is awaited any more.

    A return received in two goes stays ``partially_received`` at Medusa, and its own count of
    received units is that of the last time. Source: Medusa 2.21.2, ``core-flows``
    ``order/workflows/return/confirm-receive-return-request``.
    """
    if word != "partially_received":
        return states.RETURN.get(word, ReturnStatus.UNKNOWN)
    ids = [item["item_id"].text() for item in found.items("items")]
    awaited = sum(
        lines[each]["detail"].units("return_requested_quantity") if each in lines else 1
        for each in ids
    )
    return ReturnStatus.PARTIALLY_RECEIVED if awaited else ReturnStatus.RECEIVED


def names_reasons(order: Node) -> bool:
    """Say whether a return of the order has a reason of the shop's, by id."""
    returned = [item for each in order.items("returns") for item in each.items("items")]
    return any(item.find("reason_id") for item in returned)


def _reason(found: Node, reading: Reading) -> str | None:
    """Return why: the first item's reason, or else its note."""
    for item in found.items("items"):
        said = reading.reasons.get(item.optional("reason_id") or "") or item.optional("note")
        if said:
            return said
    return None
