"""Cancel an order: the shopper's whole order, and so only one that is all this seller's."""

from dataclasses import dataclass

from connectors.flexmarket import requests
from connectors.flexmarket.mapping.orders import CANCELED
from connectors.flexmarket.mapping.returns import own_items
from connectors.flexmarket.plans import subject
from connectors.flexmarket.plans.plan import Do, State
from connectors.sdk.changes import Change
from connectors.sdk.commands import CancelOrder
from connectors.sdk.errors import Conflict, Rejected

LONGEST_REASON = 255


@dataclass(frozen=True, slots=True)
class Cancel:
    """One step; the marketplace refuses to cancel twice."""

    command: CancelOrder

    @property
    def needs_staff(self) -> bool:
        return True

    def require(self) -> None:
        subject.require_counts(self.command.lines)
        if not self.command.restock:
            message = "the marketplace always puts canceled units back"
            raise Rejected(message, code="RESTOCK", field="restock")

    def decide(self, state: State) -> Do | None:
        order = subject.order_in(state)
        ordered = {
            each.text("order_item_id"): each.count("quantity") for each in order.rows("items")
        }
        named = subject.allot(order, self.command.lines, ordered)
        if self.command.lines and named != ordered:
            message = "the marketplace cancels orders as a whole"
            raise Rejected(message, code=subject.PART, field="lines")
        if order.text("status") == CANCELED:
            return None
        parent = subject.parent_in(state)
        if len(own_items(parent, state.shop)) < len(parent.rows("items")):
            message = "the shopper's order holds other sellers' goods, which would be canceled too"
            raise Rejected(message, code="SHARED_ORDER", field="order_id")
        if subject.left_to_ship(order) != ordered:
            raise Conflict("goods of it have left", code="SHIPPED", field="order_id")
        ask = requests.cancel(parent.text("id"), self.command.reason[:LONGEST_REASON])
        return Do(ask=ask, is_last=True)

    def report(self, state: State) -> list[Change]:
        return subject.records(state)

    def made(self, state: State) -> str | None:
        return self.command.order_id
