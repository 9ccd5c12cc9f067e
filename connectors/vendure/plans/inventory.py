"""Set the stock of one variant at one location."""

from dataclasses import dataclass

from connectors.sdk.changes import Change
from connectors.sdk.commands import SetInventory
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.vendure import mapping, requests
from connectors.vendure.mapping import Node, Reading
from connectors.vendure.plans.plan import Do, Done
from connectors.vendure.requests import Call


@dataclass(frozen=True, slots=True)
class Inventory:
    """One mutation, absolute: the second time finds the number there and sends nothing.

    Concurrency: Vendure has no compare-and-set. *expected* is checked against a read made right
    before the write; a sale fulfilled in the milliseconds between is overwritten, and shows as a
    difference at the next count.
    """

    command: SetInventory

    def look(self) -> Call:
        if self.command.quantity < 0:
            raise Rejected("stock cannot be below zero", code="QUANTITY", field="quantity")
        return requests.level(self.command.item_id, self.command.location_id)

    def decide(self, root: Node, reading: Reading) -> Do | Done:
        held = _on_hand(root, self.command)
        if held == self.command.quantity:
            return Done()
        if self.command.expected is not None and held != self.command.expected:
            raise Conflict(
                f"stock on hand is {held}, not {self.command.expected}",
                code="STALE",
                field="expected",
            )
        call = requests.set_stock(
            self.command.item_id, self.command.location_id, self.command.quantity
        )
        return Do(call=call, is_last=True)

    def report(self, root: Node, reading: Reading) -> list[Change]:
        own_id = mapping.level_id(self.command.item_id, self.command.location_id)
        levels = mapping.levels(root["productVariant"], reading)
        return [level for level in levels if getattr(level, "external_id", None) == own_id]

    def made(self, root: Node) -> str | None:
        return mapping.level_id(self.command.item_id, self.command.location_id)


def _on_hand(root: Node, command: SetInventory) -> int:
    """Return the units on hand; 0 where the variant never lay at the location. Raises: Missing.

    Both are looked for beforehand, since an unknown location comes back from the write as a
    complaint of the database.
    """
    variant = root.find("productVariant")
    if variant is None:
        raise Missing("there is no such variant", code="VARIANT_NOT_FOUND", field="item_id")
    if root.find("stockLocation") is None:
        raise Missing("there is no such location", code="LOCATION_NOT_FOUND", field="location_id")
    for level in variant["stockLevels"].items():
        if level["stockLocation"]["id"].value == command.location_id:
            return level["stockOnHand"].whole()
    return 0
