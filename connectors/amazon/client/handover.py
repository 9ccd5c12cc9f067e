"""Handing over what Amazon planned: the package gets its parcel's number, and is told to have left.

Packages are made where they are packed, in Amazon's tool or by the warehouse's system: Amazon wants
each one's measures, and a command has none.
"""

from connectors.amazon.client.doubt import legible, require_empty
from connectors.amazon.client.exchange import Exchange
from connectors.amazon.reading import Node
from connectors.amazon.requests import external
from connectors.sdk.changes import Change, Touched
from connectors.sdk.commands import Outcome, ShipFulfillmentOrder
from connectors.sdk.errors import Ambiguous, Conflict, Malformed, Missing, Rejected, Unavailable
from connectors.sdk.records import Kind

# Source: externalFulfillmentShipments_2024-09-11.json Package.status, in the order of its steps.
_UNLABELED = ("CREATED", "PICKUP_SLOT_RETRIEVED", "INVOICE_GENERATED")
_LABELED = "SHIPLABEL_GENERATED"
_GONE = ("SHIPPED", "DELIVERED")


class Handover:
    """Shipments of External Fulfillment, one package each."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def perform(self, command: ShipFulfillmentOrder) -> Outcome:
        """Label the package with its number, then say that it left; what is done is not done again.

        After a crash: nothing, labeled, or left; the package's status says which.
        """
        with legible(Unavailable):
            found = await self._shipment(command.fulfillment_order_id)
            _require_whole(found, command)
            package = _package(found)
            package_id, status = package["id"].id(), package["status"].text() or "CREATED"
            outcome = _outcome(found)
        if status in _GONE:
            return outcome
        if status in _UNLABELED:
            await self._label(command, package_id)
        elif status != _LABELED:
            raise Conflict(f"the package is {status}", code="not_shippable")
        ask = external.shipped(command.fulfillment_order_id, package_id)
        require_empty(await self._exchange.ask(ask))
        return outcome

    async def _shipment(self, shipment_id: str) -> Node:
        try:
            return Node((await self._exchange.ask(external.shipment(shipment_id))).json())
        except Missing as error:
            raise Missing(str(error), code=error.code, field="fulfillment_order_id") from error

    async def _label(self, command: ShipFulfillmentOrder, package_id: str) -> None:
        ask = external.label(command.fulfillment_order_id, package_id, command.tracking)
        with legible(Ambiguous):
            answer = Node((await self._exchange.ask(ask)).json())
            [label] = _one(answer["packageShipLabelList"])
            if label["status"].text() == "FAILURE":
                details = label["errorDetails"]
                word = details["code"].text() or "FAILURE"
                raise Rejected(details["message"].text() or word, code=word)


def _require_whole(shipment: Node, command: ShipFulfillmentOrder) -> None:
    """Raise Rejected for some of a shipment: its packages leave whole."""
    units = sum(one["numberOfUnits"].count() for one in shipment["lineItems"])
    if command.lines and sum(line.quantity for line in command.lines) != units:
        raise Rejected("whole shipments only", code="partial", field="lines")


def _package(shipment: Node) -> Node:
    """Return the one package. Raises: Conflict when there is another number of them."""
    status = shipment["status"].text()
    if status == "CANCELLED":
        raise Conflict("the shipment is canceled", code="canceled")
    live = [one for one in shipment["packages"] if one["status"].text() != "CANCELLED"]
    if len(live) != 1:
        raise Conflict(
            f"{len(live)} packages, where one parcel's number is for one", code="not_one_package"
        )
    return live[0]


def _outcome(shipment: Node) -> Outcome:
    """Return what is to be read again: the order that the shipment belongs to."""
    shipment_id, order_id = shipment["id"].id(), shipment["shipmentInfo"]["buyerOrderId"].id()
    changes: tuple[Change, ...] = (Touched(kind=Kind.ORDER, external_id=order_id),)
    return Outcome(external_id=shipment_id, changes=changes)


def _one(labels: Node) -> list[Node]:
    found = list(labels)
    if len(found) != 1:
        raise Malformed(f"{labels.path}: {len(found)} labels for one package")
    return found
