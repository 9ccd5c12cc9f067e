"""Set a variant's stock to a counted number."""

from dataclasses import dataclass

from connectors.flexmarket import mapping, requests
from connectors.flexmarket.plans.plan import Do, State
from connectors.flexmarket.row import Row
from connectors.sdk.changes import Change
from connectors.sdk.commands import SetInventory
from connectors.sdk.errors import Conflict, Missing, Rejected

LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Stock:
    """One step. The note of the movement, written in one transaction with the number, holds our
    key: so a count that was made is not made again over what was sold since."""

    command: SetInventory

    @property
    def needs_staff(self) -> bool:
        return True

    def require(self) -> None:
        if self.command.location_id != mapping.LOCATION:
            message = "the marketplace counts no stock by location"
            raise Missing(message, code="LOCATION_NOT_FOUND", field="location_id")
        if self.command.quantity < 0:
            raise Rejected("stock cannot be less than none", code="QUANTITY", field="quantity")

    def decide(self, state: State) -> Do | None:
        stock = _stock(state)
        if any(self._mark in (each.maybe("note") or "") for each in state.movements):
            return None
        on_hand = stock.count("on_hand")
        if on_hand == self.command.quantity:
            return None
        if self.command.expected not in (None, on_hand):
            raise Conflict(f"{on_hand} units are on hand", code="EXPECTED", field="expected")
        ask = requests.adjust(stock.text("id"), self.command.quantity, self._note)
        return Do(ask=ask, is_last=True)

    @property
    def _mark(self) -> str:
        return f"[ref:{self.command.key}]"

    @property
    def _note(self) -> str:
        reason = (self.command.reason or "Counted")[: LONGEST_NOTE - len(self._mark) - 1]
        return f"{reason} {self._mark}"

    def report(self, state: State) -> list[Change]:
        return mapping.level(_stock(state), state.shop)

    def made(self, state: State) -> str | None:
        return mapping.level_id(self.command.item_id)


def _stock(state: State) -> Row:
    if state.stock is None:
        message = "the seller has no such variant, or its stock is not counted"
        raise Missing(message, code="VARIANT_NOT_FOUND", field="item_id")
    return state.stock
