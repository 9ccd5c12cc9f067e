"""Record that a shipment arrived."""

from dataclasses import dataclass

from connectors.sdk.changes import Change
from connectors.sdk.commands import RecordDelivery
from connectors.sdk.errors import Conflict, Missing
from connectors.vendure import requests
from connectors.vendure.mapping import Node, Reading
from connectors.vendure.plans import subject
from connectors.vendure.plans.plan import Do, Done
from connectors.vendure.requests import Call


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mutation, which Vendure refuses for what is delivered already: done once at most."""

    command: RecordDelivery

    def look(self) -> Call:
        return requests.order_for_command(self.command.order_id)

    def decide(self, root: Node, reading: Reading) -> Do | Done:
        order = subject.order_in(root, self.command.order_id)
        fulfillments = {each["id"].text(): each for each in order["fulfillments"].items()}
        if self.command.shipment_id not in fulfillments:
            raise Missing(
                f"order {self.command.order_id} has no fulfillment {self.command.shipment_id}",
                code="FULFILLMENT_NOT_FOUND",
                field="shipment_id",
            )
        state = fulfillments[self.command.shipment_id]["state"].text()
        if state == "Delivered":
            return Done()
        if state == "Cancelled":
            raise Conflict("the fulfillment was canceled", code="FULFILLMENT_CANCELED")
        return Do(
            call=requests.move_fulfillment(self.command.shipment_id, "Delivered"), is_last=True
        )

    def report(self, root: Node, reading: Reading) -> list[Change]:
        return subject.records(subject.order_in(root, self.command.order_id), reading)

    def made(self, root: Node) -> str | None:
        return self.command.shipment_id
