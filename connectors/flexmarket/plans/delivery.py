"""Record that the goods arrived: each parcel that holds this seller's goods alone."""

from dataclasses import dataclass

from connectors.flexmarket import mapping, requests
from connectors.flexmarket.plans import subject
from connectors.flexmarket.plans.plan import Do, State
from connectors.sdk.changes import Change
from connectors.sdk.commands import RecordDelivery
from connectors.sdk.errors import Conflict, Missing

ARRIVED = "delivered"
UNDER_WAY = ("pending", "dispatched", "in_transit", "out_for_delivery")
"""Source: flexcommerce-orders 1.0.0, ``Shipment.STATUS_CHOICES``; what failed or was returned is
not delivered by us."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One step a parcel, of which the marketplace's staff may have made several."""

    command: RecordDelivery

    @property
    def needs_staff(self) -> bool:
        return True

    def require(self) -> None:
        if self.command.shipment_id != mapping.shipment_id(self.command.order_id):
            raise Missing(
                "the order has no such shipment", code="SHIPMENT_NOT_FOUND", field="shipment_id"
            )

    def decide(self, state: State) -> Do | None:
        subject.order_in(state)
        parent, parcels = subject.parent_in(state), subject.own_parcels(state)
        if not parcels:
            raise Conflict("nothing of it has left in a parcel of its own", code="NOT_SHIPPED")
        waiting = [parcel for parcel in parcels if parcel.text("status") != ARRIVED]
        if not waiting:
            return None
        if waiting[0].text("status") not in UNDER_WAY:
            raise Conflict("the parcel came back, or was lost", code="NOT_UNDER_WAY")
        ask = requests.deliver(parent.text("id"), waiting[0].text("id"))
        return Do(ask=ask, is_last=len(waiting) == 1)

    def report(self, state: State) -> list[Change]:
        return subject.records(state)

    def made(self, state: State) -> str | None:
        return self.command.shipment_id
