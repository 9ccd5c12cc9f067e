"""Commands as flows. Each looks at the state first and goes on from there, so that doing it again
after any crash or lost answer comes to the same end and never doubles anything.
"""

from uuid import NAMESPACE_URL, uuid5

from connectors.sdk.changes import Touched
from connectors.sdk.commands import (
    CancelOrder,
    Command,
    CreateRefund,
    Outcome,
    ReceiveReturn,
    RecordDelivery,
    RecordShipment,
    RequestReturn,
    SetInventory,
)
from connectors.sdk.errors import Conflict, ConnectorError, Missing, Rejected, Unsupported
from connectors.sdk.manifest import NAME_OF
from connectors.sdk.records import Kind
from connectors.shopify.mapping import catalog, parts
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.requests import cancel, receipts, returns, shipments
from connectors.shopify.requests.documents import Call
from connectors.shopify.requests.flow import (
    Flow,
    ReadOrder,
    outcome_now,
    read_order,
    refuse,
)

# Words that inventorySetQuantities takes as a reason; any other text becomes "correction".
# Source: shopify.dev/docs/apps/build/inventory-management-apps/manage-quantities-states.
_STOCK_REASONS = frozenset(
    "correction cycle_count_available damaged movement_canceled movement_created movement_received "
    "movement_updated other promotion quality_control received reservation_created "
    "reservation_deleted reservation_updated restock safety_stock shrinkage".split()
)


def perform(command: Command) -> Flow[Outcome]:
    """Raises: Unsupported before anything is asked."""
    match command:
        case CancelOrder():
            return cancel.perform(command)
        case RecordShipment():
            return shipments.ship(command)
        case RecordDelivery():
            return shipments.deliver(command)
        case SetInventory():
            return set_inventory(command)
        case CreateRefund():
            return create_refund(command)
        case RequestReturn():
            return returns.request(command)
        case ReceiveReturn():
            return receipts.receive(command)
        case _:
            raise _unsupported(command)


def look_up(command: Command) -> Flow[Outcome | None]:
    """Say whether *command* took effect. Raises: Unsupported for one that is simply sent again."""
    match command:
        case CancelOrder():
            return cancel.look_up(command)
        case RecordShipment():
            return shipments.find_shipped(command)
        case RecordDelivery():
            return shipments.find_delivered(command)
        case RequestReturn():
            return returns.find_requested(command)
        case ReceiveReturn():
            return receipts.find_received(command)
        case _:
            raise _unsupported(command)


def _unsupported(command: Command) -> Unsupported:
    name = NAME_OF[type(command)]
    return Unsupported(f"Shopify: {name} is not declared for this", code="UNSUPPORTED")


def idempotency_key(key: str) -> str:
    """Our key as a UUID, the form that Shopify asks for: the same for the same key.

    Source: shopify.dev/docs/api/usage/implementing-idempotency: kept for 24 hours.
    """
    return str(uuid5(NAMESPACE_URL, f"unified-commerce:{key}"))


def set_inventory(command: SetInventory) -> Flow[Outcome]:
    """Set on-hand stock, by Shopify's own compare-and-set where a number is expected.

    Concurrency: `changeFromQuantity` is checked by Shopify as it writes.
    After a crash: the key answers with the first result for 24 hours; later, a stock that no longer
    is what was expected but already is what was wanted counts as done.
    """
    try:
        answered = yield _set_call(command)
        refuse(answered.data["inventorySetQuantities"])
    except Conflict:
        level, outcome = yield from _level_now(command)
        if level is None or level != command.quantity:
            raise
        return outcome
    try:
        _, outcome = yield from _level_now(command)
    except ConnectorError:
        level_id = catalog.level_id(command.item_id, command.location_id)
        touched = Touched(kind=Kind.LEVEL, external_id=level_id)
        return Outcome(external_id=level_id, changes=(touched,))
    return outcome


def _set_call(command: SetInventory) -> Call:
    quantity = {
        "inventoryItemId": command.item_id,
        "locationId": command.location_id,
        "quantity": command.quantity,
        # Must be given; null skips the comparison. Source: InventoryQuantityInput, since 2026-04.
        "changeFromQuantity": command.expected,
    }
    reason = command.reason if command.reason in _STOCK_REASONS else "correction"
    return Call(
        name="InventorySet",
        variables={
            "key": idempotency_key(command.key),
            "input": {"name": "on_hand", "reason": reason, "quantities": [quantity]},
        },
    )


def _level_now(command: SetInventory) -> Flow[tuple[int | None, Outcome]]:
    """Return (on hand, the level as an outcome). Raises: Missing."""
    variables = {"ids": [command.item_id], "location": command.location_id}
    answered = yield Call(name="LevelsAt", variables=variables)
    stated = answered.data["nodes"].items[0]["inventoryLevel"]
    if not stated:
        raise Missing("not stocked at this location", code="NOT_FOUND", field="item_id")
    level = catalog.level(stated, answered.at)
    return level.quantities.on_hand, Outcome(external_id=level.external_id, changes=(level,))


def create_refund(command: CreateRefund) -> Flow[Outcome]:
    """Refund one payment, keeping our key in the note.

    After a crash: a refund whose note has the key is ours, and is not made again; within 24 hours
    Shopify refuses to double it by itself.
    """
    order = yield from read_order(command.order_id)
    for one in order.stated["refunds"].items:
        if parts.split_note(one["note"].text_or_none)[1] == command.key:
            return order.outcome(one["id"].text)
    answered = yield _refund_call(command, order)
    payload = answered.data["refundCreate"]
    refuse(payload)
    return (yield from outcome_now(command.order_id, payload["refund"]["id"].text))


def _refund_call(command: CreateRefund, order: ReadOrder) -> Call:
    currency = order.stated["presentmentCurrencyCode"].text
    if command.amount.currency != currency:
        raise Rejected(f"the order is in {currency}", code="CURRENCY_MISMATCH", field="amount")
    payment = _payment(command, order.stated)
    transaction = {
        "orderId": command.order_id,
        "parentId": payment["id"].text,
        "gateway": payment["gateway"].text,
        "kind": "REFUND",
        "amount": f"{command.amount.amount:f}",
    }
    lines = [
        {"lineItemId": line.line_id, "quantity": line.quantity, "restockType": "NO_RESTOCK"}
        for line in command.lines
        if line.line_id
    ]
    refund = {
        "orderId": command.order_id,
        "note": parts.join_note(command.reason, command.key),
        "currency": currency,
        "transactions": [transaction],
        "refundLineItems": lines,
    }
    key = idempotency_key(command.key)
    return Call(name="RefundCreate", variables={"key": key, "input": refund})


def _payment(command: CreateRefund, order: Answer) -> Answer:
    """The payment to refund: the one named, else the first that still holds the amount."""
    taken = _refunded_by_payment(order)
    for one in order["transactions"].items:
        if one["kind"].text not in ("SALE", "CAPTURE") or one["status"].text != "SUCCESS":
            continue
        payment_id = one["id"].text
        left = one["amountSet"].shown.minor - taken.get(payment_id, 0)
        if payment_id == command.payment_id or (
            command.payment_id is None and left >= command.amount.minor
        ):
            return one
    if command.payment_id is None:
        raise Conflict("no payment holds that much", code="NOTHING_TO_REFUND", field="amount")
    raise Missing("no such payment", code="NOT_FOUND", field="payment_id")


def _refunded_by_payment(order: Answer) -> dict[str, int]:
    """Minor units that went, or are going, back on each payment."""
    found: dict[str, int] = {}
    for refund in order["refunds"].items:
        for one in refund["transactions"].nodes:
            parent = one["parentTransaction"]["id"].text_or_none
            if parent and one["status"].text not in ("FAILURE", "ERROR"):
                found[parent] = found.get(parent, 0) + one["amountSet"].shown.minor
    return found
