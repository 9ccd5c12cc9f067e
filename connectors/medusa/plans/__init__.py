"""How each command is carried out. Pure: a plan looks at what is and names the next step, so that a
command begun and interrupted goes on where it stood, under the same key."""

from collections.abc import Callable
from typing import Any

from connectors.medusa.plans.cancel import Cancel
from connectors.medusa.plans.delivery import Delivery
from connectors.medusa.plans.inventory import Inventory
from connectors.medusa.plans.plan import Do, Done, Plan
from connectors.medusa.plans.receive_return import ReturnReceipt
from connectors.medusa.plans.refund import Refund
from connectors.medusa.plans.request_return import ReturnRequest
from connectors.medusa.plans.shipment import Shipment
from connectors.sdk import commands
from connectors.sdk.errors import Unsupported

_PLANS: dict[type, Callable[[Any], Plan]] = {
    commands.CancelOrder: Cancel,
    commands.RecordShipment: Shipment,
    commands.RecordDelivery: Delivery,
    commands.SetInventory: Inventory,
    commands.CreateRefund: Refund,
    commands.RequestReturn: ReturnRequest,
    commands.ReceiveReturn: ReturnReceipt,
}


def plan_of(command: commands.Command) -> Plan:
    """Return the plan of *command*. Raises: Unsupported for one that Medusa cannot take."""
    plan = _PLANS.get(type(command))
    if plan is None:
        raise Unsupported(f"not for Medusa: {type(command).__name__}", code="UNSUPPORTED")
    return plan(command)


__all__ = ["Do", "Done", "Plan", "plan_of"]
