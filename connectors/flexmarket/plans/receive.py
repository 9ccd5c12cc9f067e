"""Take a return in: all that was to come, back on sale or not."""

from collections import Counter
from dataclasses import dataclass

from connectors.flexmarket import mapping, requests
from connectors.flexmarket.mapping import returns
from connectors.flexmarket.plans import subject
from connectors.flexmarket.plans.plan import Do, State
from connectors.flexmarket.row import Row
from connectors.sdk.changes import Change
from connectors.sdk.commands import ReceiveReturn
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records.states import Disposition


@dataclass(frozen=True, slots=True)
class Receive:
    """Two steps: approve what nobody has approved yet, and take it in. The marketplace does each
    once, under a lock of the order."""

    command: ReceiveReturn

    @property
    def needs_staff(self) -> bool:
        return True

    def require(self) -> None:
        if self.command.location_id not in (None, mapping.LOCATION):
            message = "the marketplace counts no stock by location"
            raise Missing(message, code="LOCATION_NOT_FOUND", field="location_id")
        if any(line.quantity < 1 for line in self.command.lines):
            raise Rejected("every line needs at least one unit", code="QUANTITY", field="lines")
        if len({line.disposition is Disposition.RESTOCKED for line in self.command.lines}) > 1:
            message = "the marketplace puts all of a return on sale again, or none"
            raise Rejected(message, code="DISPOSITION", field="lines")

    def decide(self, state: State) -> Do | None:
        row = self._row(state)
        self._require_all(row)
        return_id = row.text("id")
        match row.text("status"):
            case returns.RECEIVED | returns.REFUNDED:
                return None
            case returns.PENDING:
                return Do(ask=requests.approve(return_id))
            case returns.APPROVED:
                ask = requests.receive(return_id, restock=self._restock)
                return Do(ask=ask, is_last=True)
            case _:
                raise Conflict("the return was declined", code="DECLINED", field="return_id")

    @property
    def _restock(self) -> bool:
        return all(line.disposition is Disposition.RESTOCKED for line in self.command.lines)

    def _row(self, state: State) -> Row:
        """Return a return that is all this seller's. Raises: Missing, Rejected."""
        row = state.returned
        own = set(returns.own_items(state.parent, state.shop)) if state.parent else set()
        if row is None or not own.intersection(returns.units(row)):
            raise Missing("the seller has no such return", code="RETURN_NOT_FOUND")
        if not own.issuperset(returns.units(row)):
            message = "the return holds other sellers' goods, which would be taken in too"
            raise Rejected(message, code="SHARED_RETURN", field="return_id")
        return row

    def _require_all(self, row: Row) -> None:
        named = Counter[str]()
        for line in self.command.lines:
            named[line.line_id] += line.quantity
        if named and dict(named) != returns.units(row):
            message = "the marketplace takes in all of a return at once"
            raise Rejected(message, code=subject.PART, field="lines")

    def report(self, state: State) -> list[Change]:
        if state.parent is None or state.returned is None:
            return []
        order_id = state.order.text("id") if state.order else None
        return mapping.returned(state.returned, state.parent, order_id, state.shop)

    def made(self, state: State) -> str | None:
        return self.command.return_id
