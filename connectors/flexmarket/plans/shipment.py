"""Record that the goods left: all of the seller's lines at once, in one parcel."""

from dataclasses import dataclass

from connectors.flexmarket import mapping, requests
from connectors.flexmarket.mapping.orders import CANCELED, PENDING
from connectors.flexmarket.plans import subject
from connectors.flexmarket.plans.plan import Do, State
from connectors.sdk.changes import Change
from connectors.sdk.commands import RecordShipment
from connectors.sdk.errors import Conflict, Rejected


@dataclass(frozen=True, slots=True)
class Shipment:
    """One step. A seller's order is shipped once and there is no field for a key: when nothing is
    left to ship, it was done. With the staff's token the parcels can be seen, and one of another
    number is not taken for ours."""

    command: RecordShipment

    @property
    def needs_staff(self) -> bool:
        return False

    def require(self) -> None:
        if not self.command.lines:
            raise Rejected("a shipment needs lines", code="LINES", field="lines")
        subject.require_counts(self.command.lines)

    def decide(self, state: State) -> Do | None:
        order = subject.order_in(state)
        items = order.rows("items")
        ordered = {item.text("order_item_id"): item.count("quantity") for item in items}
        left = subject.left_to_ship(order)
        named = subject.allot(order, self.command.lines, left or ordered)
        if order.text("status") == CANCELED:
            raise Conflict("the order is canceled", code="ORDER_CANCELED", field="order_id")
        if not left:
            self._require_ours(state)
            return None
        if order.text("status") == PENDING:
            raise Conflict("the order is not paid for", code="ORDER_PENDING", field="order_id")
        if named is None:
            raise Conflict("fewer units are left to ship", code="NOT_OPEN", field="lines")
        if named != left:
            message = "the marketplace ships all that is left of a seller's order at once"
            raise Rejected(message, code=subject.PART, field="lines")
        return Do(ask=requests.ship(self.command.order_id, self.command.tracking), is_last=True)

    def _require_ours(self, state: State) -> None:
        """Raise Conflict when the goods can be seen to have left in other parcels than ours."""
        if state.parent is None:
            return
        numbers = {parcel.maybe("tracking_number") for parcel in subject.own_parcels(state)}
        if (self.command.tracking.number.strip() or None) not in numbers:
            raise Conflict("the goods left in another parcel", code="SHIPPED", field="tracking")

    def report(self, state: State) -> list[Change]:
        return subject.records(state)

    def made(self, state: State) -> str | None:
        return mapping.shipment_id(self.command.order_id)
