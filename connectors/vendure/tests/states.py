"""States that an attempt at a command may have left an order in, and what is decided on them."""

from typing import Any

from connectors.sdk.commands import (
    CancelOrder,
    Command,
    RecordDelivery,
    RecordShipment,
    SetInventory,
)
from connectors.sdk.records import Tracking
from connectors.sdk.values import LineQuantity
from connectors.vendure.kit import READ_AT
from connectors.vendure.mapping import Node, Options, Reading
from connectors.vendure.plans import Do, Done, plan_of
from connectors.vendure.tests import samples

Given = dict[str, Any]
CANCEL = CancelOrder(key="k1", order_id="71", reason="changed mind")
SHIP = RecordShipment(
    key="k1",
    order_id="71",
    lines=(LineQuantity(sku="KETTLE-BLU", quantity=2),),
    tracking=Tracking(number="1Z9", carrier="UPS Ground"),
)
DELIVER = RecordDelivery(key="k1", order_id="71", shipment_id="81")
STOCK = SetInventory(key="k1", item_id="19", sku=None, location_id="1", quantity=42, expected=40)
REFUND = samples.REFUND


def order_of(given_order: Given) -> Given:
    """Return the order itself, to be changed."""
    found: Given = given_order["orders"]["items"][0]
    return found


def made_fulfillment(number: str = "1Z9", state: str = "Pending", **units: int) -> Given:
    """A fulfillment of these units: ``_201=2`` is two of line 201."""
    lines = [{"orderLineId": line[1:], "quantity": count} for line, count in units.items()]
    times = {"createdAt": "2026-02-26T12:00:00Z", "updatedAt": "2026-02-26T12:00:00Z"}
    fixed = {"id": "81", "method": "UPS Ground", **times}
    return fixed | {"state": state, "trackingCode": number, "lines": lines}


def made_note(key: str, fulfillment_id: str = "81") -> Given:
    """The note by which *key* claims a fulfillment."""
    note = f"Shipment recorded as fulfillment {fulfillment_id} [ref:{key}]"
    return {"type": "ORDER_NOTE", "createdAt": "2026-02-26T12:01:00Z", "data": {"note": note}}


def made_cancellation(reason: str) -> Given:
    """What the history says of a cancellation."""
    data = {"reason": reason, "lines": []}
    return {"type": "ORDER_CANCELLATION", "createdAt": "2026-02-26T12:01:00Z", "data": data}


def made_refund(**changed: Any) -> Given:
    """A refund that waits for its settlement, with our key."""
    refund = {
        "id": "9",
        "state": "Pending",
        "total": 500,
        "reason": "dented [ref:k1]",
        "transactionId": None,
        "createdAt": "2026-02-26T12:01:00Z",
        "lines": [],
    }
    return refund | changed


def decided(given_: Given, command: Command, **options: Any) -> Do | Done:
    """Return the next step of *command* from the state *given_*."""
    plan = plan_of(command)
    plan.look()
    root = Node(given_, "data")
    return plan.decide(root, Reading.of(root, Options(**options), READ_AT))


def asked_for(step: Do | Done) -> Any:
    """Return document, input and whether it is the last step."""
    assert isinstance(step, Do)
    variables = step.call.variables
    return step.call.document, variables.get("input", variables), step.is_last
