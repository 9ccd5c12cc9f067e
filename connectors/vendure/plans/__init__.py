"""How each command is carried out. Pure: a plan looks at what is and names the next step, so that a
command begun and interrupted goes on where it stood, under the same key."""

from connectors.sdk.commands import (
    CancelOrder,
    Command,
    CreateRefund,
    RecordDelivery,
    RecordShipment,
    SetInventory,
)
from connectors.sdk.errors import Unsupported
from connectors.vendure.plans.cancel import Cancel
from connectors.vendure.plans.delivery import Delivery
from connectors.vendure.plans.inventory import Inventory
from connectors.vendure.plans.plan import Do, Done, Plan
from connectors.vendure.plans.refund import Refund
from connectors.vendure.plans.shipment import Shipment


def plan_of(command: Command) -> Plan:
    """Return the plan of *command*. Raises: Unsupported for one that Vendure cannot take."""
    match command:
        case CancelOrder():
            return Cancel(command)
        case RecordShipment():
            return Shipment(command)
        case RecordDelivery():
            return Delivery(command)
        case SetInventory():
            return Inventory(command)
        case CreateRefund():
            return Refund(command)
    raise Unsupported(f"not for Vendure: {type(command).__name__}", code="UNSUPPORTED")


__all__ = ["Do", "Done", "Plan", "plan_of"]
