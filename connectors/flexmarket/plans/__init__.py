"""How each command is carried out, as far as can be told without I/O."""

from connectors.flexmarket.plans.cancel import Cancel
from connectors.flexmarket.plans.delivery import Delivery
from connectors.flexmarket.plans.inventory import Stock
from connectors.flexmarket.plans.plan import Do, Plan, State
from connectors.flexmarket.plans.receive import Receive
from connectors.flexmarket.plans.shipment import Shipment
from connectors.sdk.commands import (
    CancelOrder,
    Command,
    ReceiveReturn,
    RecordDelivery,
    RecordShipment,
    SetInventory,
)
from connectors.sdk.errors import Unsupported

__all__ = ["Do", "Plan", "State", "plan_of"]


def plan_of(command: Command) -> Plan:
    """Return the plan for *command*. Raises: Unsupported."""
    match command:
        case RecordShipment():
            return Shipment(command)
        case RecordDelivery():
            return Delivery(command)
        case SetInventory():
            return Stock(command)
        case ReceiveReturn():
            return Receive(command)
        case CancelOrder():
            return Cancel(command)
        case _:
            name = type(command).__name__
            raise Unsupported(f"a seller cannot {name} at the marketplace", code="UNSUPPORTED")
