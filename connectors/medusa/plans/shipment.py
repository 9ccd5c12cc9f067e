"""Record that units left: a fulfillment, ours by its metadata, and its shipment."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.medusa import marks, requests
from connectors.medusa.mapping import Node, shipments
from connectors.medusa.plans import subject
from connectors.medusa.plans.plan import Do, Done, Touched
from connectors.medusa.requests import Call
from connectors.sdk.commands import RecordShipment
from connectors.sdk.errors import Conflict, Rejected


@dataclass(frozen=True, slots=True)
class Shipment:
    """Two steps: put the units into a fulfillment, with our key in its metadata, and ship it.

    The units leave from where they are reserved. Medusa takes them from any place that it is told,
    and moves the reservation of what remains there: so it is told only where all of them are in
    one place, and else takes each where it is.
    """

    command: RecordShipment

    def look(self, seen: Sequence[Node]) -> Call | None:
        if not self.command.lines:
            raise Rejected("a shipment needs lines", code="LINES", field="lines")
        subject.require_counts(self.command.lines)
        if not seen:
            return subject.order(self.command.order_id)
        if len(seen) == 1:
            lines = [line["id"].text() for line in self._order(seen).items("items")]
            return requests.RESERVATIONS.by_ids(lines, "line_item_id[]")
        return None

    def decide(self, seen: Sequence[Node]) -> Do | Done:
        order = self._order(seen)
        subject.require_known(order, self.command.lines)
        ours = self._ours(order)
        if ours is None:
            return Do(call=_fulfill(order, seen[1], self.command))
        own_id = ours["id"].text()
        if ours.find("canceled_at"):
            raise Conflict(f"fulfillment {own_id} was canceled", code="FULFILLMENT_CANCELED")
        if ours.find("shipped_at"):
            return Done()
        call = requests.ship(
            self.command.order_id,
            own_id,
            shipments.units(order, ours),
            _label(self.command),
            notifies=self.command.notify_customer,
        )
        return Do(call=call, is_last=True)

    def touched(self, seen: Sequence[Node]) -> Touched:
        return subject.touched(self._order(seen))

    def made(self, seen: Sequence[Node]) -> str | None:
        ours = self._ours(self._order(seen))
        return ours["id"].text() if ours else None

    def _order(self, seen: Sequence[Node]) -> Node:
        return subject.order_in(seen[0], self.command.order_id)

    def _ours(self, order: Node) -> Node | None:
        return next(
            (
                each
                for each in order.items("fulfillments")
                if (metadata := each.find("metadata"))
                and (key := metadata.find(marks.KEY))
                and key.value == self.command.key
            ),
            None,
        )


def _fulfill(order: Node, reserved: Node, command: RecordShipment) -> Call:
    """Raises: Conflict, Rejected. The last is what Medusa itself answers with a failure."""
    subject.require_open(order)
    units = subject.allot(order, command.lines, subject.open_units(order))
    if units is None:
        raise Conflict("fewer units are left to ship", code="NOT_OPEN", field="lines")
    if not any(each.find("shipping_option_id") for each in order.items("shipping_methods")):
        raise Rejected("the order has no shipping option to ship by", code="NO_SHIPPING_OPTION")
    metadata = {marks.KEY: command.key}
    if command.tracking.carrier:
        metadata[marks.CARRIER] = command.tracking.carrier
    return requests.fulfill(
        command.order_id,
        units,
        _location(reserved, units),
        metadata,
        notifies=command.notify_customer,
    )


def _location(reserved: Node, units: dict[str, int]) -> str | None:
    """Return the one place where all of these units are reserved."""
    places = {
        each["location_id"].text()
        for each in reserved.rows("reservations")
        if each.optional("line_item_id") in units
    }
    return places.pop() if len(places) == 1 else None


def _label(command: RecordShipment) -> dict[str, str] | None:
    """Return the parcel's label. Both addresses must be there, and may be empty."""
    number = command.tracking.number.strip()
    if not number:
        return None
    url = command.tracking.url or ""
    is_address = url.startswith(("http://", "https://"))
    return {
        "tracking_number": number,
        "tracking_url": url if is_address else "",
        "label_url": "",
    }
