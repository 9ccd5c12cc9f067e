"""Set the stock of one inventory item at one location."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.medusa import requests
from connectors.medusa.mapping import Node, level_id
from connectors.medusa.plans.plan import Do, Done, Touched
from connectors.medusa.requests import Call
from connectors.sdk.commands import SetInventory
from connectors.sdk.errors import Conflict, Missing, Rejected


@dataclass(frozen=True, slots=True)
class Inventory:
    """One request, absolute: the second time finds the number there and sends nothing.

    Concurrency: Medusa has no compare-and-set. *expected* is checked against a read made right
    before the write; a sale fulfilled in the milliseconds between is overwritten, and shows as a
    difference at the next count.
    """

    command: SetInventory

    def look(self, seen: Sequence[Node]) -> Call | None:
        if self.command.quantity < 0:
            raise Rejected("stock cannot be below zero", code="QUANTITY", field="quantity")
        if not seen:
            return requests.ITEMS.by_ids([self.command.item_id])
        return requests.LOCATIONS.by_ids([self.command.location_id]) if len(seen) == 1 else None

    def decide(self, seen: Sequence[Node]) -> Do | Done:
        held = _on_hand(seen, self.command)
        if held == self.command.quantity:
            return Done()
        expected = self.command.expected
        if expected is not None and (held or 0) != expected:
            raise Conflict(
                f"stock on hand is {held or 0}, not {expected}", code="STALE", field="expected"
            )
        call = requests.set_stock(
            self.command.item_id,
            self.command.location_id,
            self.command.quantity,
            is_new=held is None,
        )
        return Do(call=call, is_last=True)

    def touched(self, seen: Sequence[Node]) -> Touched:
        return Touched(items=(self.command.item_id,))

    def made(self, seen: Sequence[Node]) -> str | None:
        return level_id(self.command.item_id, self.command.location_id)


def _on_hand(seen: Sequence[Node], command: SetInventory) -> int | None:
    """Return the units on hand; None where the item has no level at the location. Raises: Missing.

    The location is looked for, since Medusa makes a level at one that does not exist.
    """
    items = seen[0].rows("inventory_items")
    if not items:
        raise Missing("there is no such inventory item", code="ITEM_NOT_FOUND", field="item_id")
    if not seen[1].rows("stock_locations"):
        raise Missing("there is no such location", code="LOCATION_NOT_FOUND", field="location_id")
    for level in items[0].items("location_levels"):
        if level["location_id"].value == command.location_id:
            return level["stocked_quantity"].whole()
    return None
