"""Record that a shipment arrived."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.medusa import requests
from connectors.medusa.mapping import Node
from connectors.medusa.plans import subject
from connectors.medusa.plans.plan import Do, Done, Touched
from connectors.medusa.requests import Call
from connectors.sdk.commands import RecordDelivery
from connectors.sdk.errors import Conflict, Missing


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request, which Medusa refuses for what is delivered already: done once at most."""

    command: RecordDelivery

    def look(self, seen: Sequence[Node]) -> Call | None:
        return None if seen else subject.order(self.command.order_id)

    def decide(self, seen: Sequence[Node]) -> Do | Done:
        order = self._order(seen)
        fulfillments = {each["id"].text(): each for each in order.items("fulfillments")}
        ours = fulfillments.get(self.command.shipment_id)
        if ours is None:
            raise Missing(
                f"order {self.command.order_id} has no fulfillment {self.command.shipment_id}",
                code="FULFILLMENT_NOT_FOUND",
                field="shipment_id",
            )
        if ours.find("delivered_at"):
            return Done()
        if ours.find("canceled_at"):
            raise Conflict("the fulfillment was canceled", code="FULFILLMENT_CANCELED")
        call = requests.deliver(self.command.order_id, self.command.shipment_id)
        return Do(call=call, is_last=True)

    def touched(self, seen: Sequence[Node]) -> Touched:
        return Touched(orders=(self.command.order_id,))

    def made(self, seen: Sequence[Node]) -> str | None:
        return self.command.shipment_id

    def _order(self, seen: Sequence[Node]) -> Node:
        return subject.order_in(seen[0], self.command.order_id)
