"""Cancel what is not fulfilled."""

from dataclasses import dataclass

from connectors.sdk.changes import Change
from connectors.sdk.commands import CancelOrder
from connectors.sdk.errors import Conflict, Unsupported
from connectors.vendure import requests
from connectors.vendure.mapping import Node, Reading, counters, marks
from connectors.vendure.mapping.history import History
from connectors.vendure.plans import subject
from connectors.vendure.plans.plan import Do, Done
from connectors.vendure.requests import Call


@dataclass(frozen=True, slots=True)
class Cancel:
    """One mutation. Its history entry has our key in the reason, written in the same transaction:
    the key is there exactly if the units are canceled."""

    command: CancelOrder

    def look(self) -> Call:
        if not self.command.restock:
            raise Unsupported("Vendure always puts stock back", code="RESTOCK", field="restock")
        subject.require_counts(self.command.lines)
        return requests.order_for_command(self.command.order_id)

    def decide(self, root: Node, reading: Reading) -> Do | Done:
        """Name the lines, always: without lines Vendure cancels what was delivered as well."""
        order = subject.order_in(root, self.command.order_id)
        if self.command.key in {entry.key for entry in History.of(order).cancellations}:
            return Done()
        if not self.command.lines and order["state"].value == "Cancelled":
            return Done()
        units = _units(order, self.command)
        everything = {line["id"].text(): line["quantity"].count() for line in _held(order)}
        reason = marks.mark(self.command.reason, self.command.key)
        return Do(
            call=requests.cancel_order(
                self.command.order_id, units, reason, with_shipping=units == everything
            ),
            is_last=True,
        )

    def report(self, root: Node, reading: Reading) -> list[Change]:
        return subject.records(subject.order_in(root, self.command.order_id), reading)

    def made(self, root: Node) -> str | None:
        return None


def _held(order: Node) -> list[Node]:
    return [line for line in order["lines"].items() if line["quantity"].count()]


def _units(order: Node, command: CancelOrder) -> dict[str, int]:
    """Return the units to cancel by line id. Raises: Conflict, Missing."""
    available = counters.open_units(order)
    if not command.lines:
        units = dict(+available)
        if not units:
            raise Conflict("everything is fulfilled or canceled already", code="NOTHING_OPEN")
        return units
    subject.require_known(order, command.lines)
    allotted = subject.allot(order, command.lines, available)
    if allotted is None:
        left = ", ".join(f"line {line_id}: {count}" for line_id, count in sorted(available.items()))
        raise Conflict(f"fewer units can be canceled ({left})", code="NOT_OPEN", field="lines")
    return allotted
