"""RequestReturn: a return that the merchant opens, who needs nobody's approval."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from connectors.sdk.commands import Outcome, RequestReturn
from connectors.sdk.errors import Conflict, Missing
from connectors.shopify.mapping import parts
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.requests.documents import Call
from connectors.shopify.requests.flow import Flow, outcome_now, read_order, refuse

NOTE_LENGTH = 255
"""Source: admin-2026-10.graphql, ReturnLineItemInput.returnReasonNote."""

_LIVE = ("OPEN", "CLOSED")
"""Return states whose units are taken. Of a mere request Shopify does not say which they are."""


def request(command: RequestReturn) -> Flow[Outcome]:
    """Open the return, keeping our key in the note of its lines.

    Where the units are to come Shopify is told when they are received, not before.

    After a crash: a return whose note has the key is ours, and is not opened again.
    """
    order = yield from read_order(command.order_id)
    earlier = _opened(command, order.stated)
    if earlier is not None:
        return order.outcome(earlier)
    units = _allocate(command, order.stated)
    reason_id = yield from _reason(command)
    lines = [_line(command, reason_id, *one) for one in units.items()]
    stated = {"orderId": command.order_id, "returnLineItems": lines}
    answered = yield Call(name="ReturnCreate", variables={"return": stated})
    payload = answered.data["returnCreate"]
    refuse(payload)
    return (yield from outcome_now(command.order_id, payload["return"]["id"].text))


def find_requested(command: RequestReturn) -> Flow[Outcome | None]:
    try:
        order = yield from read_order(command.order_id)
    except Missing:
        return None
    earlier = _opened(command, order.stated)
    return None if earlier is None else order.outcome(earlier)


def _opened(command: RequestReturn, order: Answer) -> str | None:
    """The id of the return that this command opened, if it did."""
    for back in order["returns"].nodes:
        for line in back["returnLineItems"].nodes:
            if parts.split_note(line["returnReasonNote"].text_or_none)[1] == command.key:
                return back["id"].text
    return None


def _reason(command: RequestReturn) -> Flow[str | None]:
    """The id of Shopify's definition of our reason, where its library has one; the note has our
    own word in any case.

    Source: shopify.dev/docs/api/admin-graphql/2026-10/objects/ReturnReasonDefinition: handles are
    like "arrived-late" and "too-tight", and stable; all of them are published nowhere.
    """
    handle = command.reason.value.lower().replace("_", "-")
    wanted = list(dict.fromkeys((handle, handle.removeprefix("size-"))))
    answered = yield Call(name="ReturnReasons", variables={"handles": wanted})
    found = answered.data["returnReasonDefinitions"].nodes
    ids = {one["handle"].text: one["id"].text for one in found}
    return next((ids[one] for one in wanted if one in ids), None)


def _line(
    command: RequestReturn, reason_id: str | None, item_id: str, units: int
) -> dict[str, Any]:
    line = {"fulfillmentLineItemId": item_id, "quantity": units, "returnReasonNote": _note(command)}
    return line | ({"returnReasonDefinitionId": reason_id} if reason_id else {})


def _note(command: RequestReturn) -> str:
    text = ": ".join(filter(None, (command.reason.value, command.note)))
    room = NOTE_LENGTH - len(parts.join_note("", command.key))
    return parts.join_note(text[:room], command.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """Units of a line that left in one fulfillment, and are not coming back."""

    item_id: str
    line_id: str
    sku: str | None
    left: int


def _allocate(command: RequestReturn, order: Answer) -> Counter[str]:
    """Units by fulfillment line item, which is what Shopify takes back.

    Raises: Conflict when the customer has fewer.
    """
    rows, taken = _sent(order), Counter[str]()
    for one in command.lines:
        lacking = one.quantity
        for row in rows:
            if row.line_id == one.line_id or (one.line_id is None and row.sku == one.sku):
                units = min(row.left - taken[row.item_id], lacking)
                taken[row.item_id] += units
                lacking -= units
        if lacking:
            message = f"{lacking} units are not with the customer"
            raise Conflict(message, code="NOT_RETURNABLE", field="lines")
    return +taken


def _sent(order: Answer) -> list[_Sent]:
    skus = {one["id"].text: one["sku"].text_or_none for one in order["lineItems"].nodes}
    coming: Counter[str] = Counter()
    for back in order["returns"].nodes:
        for line in parts.coming_back(back) if back["status"].text in _LIVE else ():
            item_id = line["fulfillmentLineItem"]["id"].text_or_none or ""
            coming[item_id] += line["totalQuantity"].whole
    return [
        _Sent(
            item_id=item["id"].text,
            line_id=item["lineItem"]["id"].text,
            sku=skus.get(item["lineItem"]["id"].text),
            left=max(0, item["quantity"].whole - coming[item["id"].text]),
        )
        for shipment in order["fulfillments"].items
        if shipment["status"].text == "SUCCESS"
        for item in shipment["fulfillmentLineItems"].nodes
    ]
