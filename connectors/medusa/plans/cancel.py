"""Cancel an order."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.medusa import requests
from connectors.medusa.mapping import Node
from connectors.medusa.plans import subject
from connectors.medusa.plans.plan import Do, Done, Touched
from connectors.medusa.requests import Call
from connectors.sdk.commands import CancelOrder
from connectors.sdk.errors import Conflict, Rejected, Unsupported


@dataclass(frozen=True, slots=True)
class Cancel:
    """One request, which Medusa refuses for what is canceled already: done once at most.

    It takes the whole order, lets go what was reserved, voids what was authorized and gives back
    what was captured: all of that is Medusa's own doing, and cannot be left out. Some lines of an
    order could be taken off by an edit, but an edit that lowers the total voids the authorization
    of what remains, so it is refused.
    """

    command: CancelOrder

    def look(self, seen: Sequence[Node]) -> Call | None:
        if not self.command.restock:
            raise Unsupported("Medusa always puts stock back", code="RESTOCK", field="restock")
        subject.require_counts(self.command.lines)
        return None if seen else subject.order(self.command.order_id)

    def decide(self, seen: Sequence[Node]) -> Do | Done:
        order = self._order(seen)
        if order.find("canceled_at"):
            return Done()
        _require_whole(order, self.command)
        if any(each.find("canceled_at") is None for each in order.items("fulfillments")):
            raise Conflict("units of it are in a fulfillment", code="FULFILLED", field="order_id")
        return Do(call=requests.cancel_order(self.command.order_id), is_last=True)

    def touched(self, seen: Sequence[Node]) -> Touched:
        return subject.touched(self._order(seen))

    def made(self, seen: Sequence[Node]) -> str | None:
        return None

    def _order(self, seen: Sequence[Node]) -> Node:
        return subject.order_in(seen[0], self.command.order_id)


def _require_whole(order: Node, command: CancelOrder) -> None:
    """Raises: Missing, Rejected unless the command names all there is, or nothing."""
    if not command.lines:
        return
    subject.require_known(order, command.lines)
    everything = {line["id"].text(): line.units("quantity") for line in order.items("items")}
    if subject.allot(order, command.lines, everything) != everything:
        raise Rejected(
            "Medusa cancels whole orders only", code="CANCELS_WHOLE_ORDERS", field="lines"
        )
