"""Take in the goods of a return."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.medusa import marks, requests
from connectors.medusa.mapping import Node
from connectors.medusa.plans import subject
from connectors.medusa.plans.plan import Do, Done, Touched
from connectors.medusa.plans.request_return import require_stocked
from connectors.medusa.requests import Call
from connectors.sdk.commands import ReceiveReturn
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records.states import Disposition
from connectors.sdk.values import LineQuantity

_CHANGE = "return_receive"
_RECEIVED = "RECEIVE_RETURN_ITEM"
_DAMAGED = "RECEIVE_DAMAGED_RETURN_ITEM"
_ACTIONS = {Disposition.RESTOCKED: _RECEIVED, Disposition.DAMAGED: _DAMAGED}
"""What Medusa can say of a unit that came back."""


@dataclass(frozen=True, slots=True)
class ReturnReceipt:
    """Up to five steps: begin a receipt, with our key in its note, say where if that is elsewhere,
    put the good units in, put the damaged ones in, confirm.

    Until it is confirmed nothing moves, and no other change of the order can be made; an attempt
    that died in between is taken up again.
    """

    command: ReceiveReturn

    def look(self, seen: Sequence[Node]) -> Call | None:
        if any(line.disposition not in _ACTIONS for line in self.command.lines):
            raise Rejected(
                "Medusa knows units on sale again and damaged ones",
                code="DISPOSITION",
                field="lines",
            )
        subject.require_counts([_plain(line.line_id, line.quantity) for line in self.command.lines])
        match len(seen):
            case 0:
                return requests.RETURNS.by_ids([self.command.return_id])
            case 1:
                return subject.order(self._return_row(seen)["order_id"].text())
            case 2:
                return requests.changes(self._return_row(seen)["order_id"].text())
            case 3:
                items = subject.touched(self._order(seen)).items
                return requests.ITEMS.by_ids(items) if items else None
        return None

    def decide(self, seen: Sequence[Node]) -> Do | Done:
        changes = seen[2].rows("order_changes")
        ours = [each for each in changes if _key(each, self.command) == self.command.key]
        if any(each["status"].value == "confirmed" for each in ours):
            return Done()
        active = subject.active_change(changes)
        if active is None:
            self._require_receivable(seen)
            note = marks.mark("", self.command.key)
            return Do(call=requests.begin_receipt(self.command.return_id, note))
        if _key(active, self.command) != self.command.key:
            raise Conflict("another change of the order is under way", code="CHANGE_UNDER_WAY")
        return self._go_on(active, seen)

    def touched(self, seen: Sequence[Node]) -> Touched:
        return subject.touched(self._order(seen))

    def made(self, seen: Sequence[Node]) -> str | None:
        return self.command.return_id

    def _go_on(self, change: Node, seen: Sequence[Node]) -> Do:
        """Name the first step that a receipt under way lacks."""
        own_id, row = self.command.return_id, self._return_row(seen)
        place = self.command.location_id
        if place and row.optional("location_id") != place:
            return Do(call=requests.move_return(own_id, place))
        wanted = self._wanted(seen)
        good, damaged = wanted[_RECEIVED], wanted[_DAMAGED]
        if good and not subject.actions(change, _RECEIVED):
            return Do(call=requests.receive_items(own_id, good))
        if damaged and not subject.actions(change, _DAMAGED):
            return Do(call=requests.dismiss_items(own_id, damaged))
        return Do(call=requests.confirm_receipt(own_id), is_last=True)

    def _require_receivable(self, seen: Sequence[Node]) -> None:
        """Raises: Conflict, Missing, Rejected: all that Medusa would refuse or fail at later."""
        row = self._return_row(seen)
        if row["status"].value == "canceled":
            raise Conflict("the return was canceled", code="RETURN_CANCELED", field="return_id")
        if row["status"].value == "open":
            raise Conflict("the return is not asked for yet", code="RETURN_OPEN", field="return_id")
        order = self._order(seen)
        place = self.command.location_id or row.optional("location_id")
        if place is None:
            raise Rejected("the return has no place", code="LOCATION", field="location_id")
        wanted = self._wanted(seen)
        stocked = seen[3].rows("inventory_items") if len(seen) > 3 else []
        lines = {**wanted[_RECEIVED], **wanted[_DAMAGED]}
        require_stocked(stocked, subject.items_of(order, lines), place)

    def _wanted(self, seen: Sequence[Node]) -> dict[str, dict[str, int]]:
        """Return units by line id for each kind of action. Raises: Conflict, Missing."""
        order, expected = self._order(seen), self._expected(seen)
        if not self.command.lines:
            if not expected:
                raise Conflict("everything of it is here", code="RECEIVED", field="return_id")
            return {_RECEIVED: expected, _DAMAGED: {}}
        named = {line.line_id for line in self.command.lines}
        subject.require_known(order, [_plain(each, 1) for each in named])
        wanted: dict[str, Counter[str]] = {_RECEIVED: Counter(), _DAMAGED: Counter()}
        for line in self.command.lines:
            wanted[_ACTIONS[line.disposition]][line.line_id] += line.quantity
        total = wanted[_RECEIVED] + wanted[_DAMAGED]
        if any(units > expected.get(line_id, 0) for line_id, units in total.items()):
            raise Conflict("fewer units are to come", code="NOT_EXPECTED", field="lines")
        return {kind: dict(units) for kind, units in wanted.items()}

    def _expected(self, seen: Sequence[Node]) -> dict[str, int]:
        """Return units by line id that are still to come.

        The log counts: the return's own number of received units is that of the last receipt.
        """
        expected: Counter[str] = Counter()
        for each in self._return(seen).items("items"):
            expected[each["item_id"].text()] += each.units("quantity")
        for change in seen[2].rows("order_changes"):
            is_receipt = _is_of(change, self.command) and change["status"].value == "confirmed"
            for kind in _ACTIONS.values() if is_receipt else ():
                expected -= Counter(subject.actions(change, kind))
        return dict(expected)

    def _return_row(self, seen: Sequence[Node]) -> Node:
        rows = seen[0].rows("returns")
        if not rows:
            raise Missing("there is no such return", code="RETURN_NOT_FOUND", field="return_id")
        return rows[0]

    def _order(self, seen: Sequence[Node]) -> Node:
        return subject.order_in(seen[1], self._return_row(seen)["order_id"].text())

    def _return(self, seen: Sequence[Node]) -> Node:
        """Return the return as its order states it: with its units."""
        for each in self._order(seen).items("returns"):
            if each["id"].value == self.command.return_id:
                return each
        raise Missing("the order has no such return", code="RETURN_NOT_FOUND", field="return_id")


def _plain(line_id: str, quantity: int) -> LineQuantity:
    return LineQuantity(line_id=line_id, quantity=quantity)


def _is_of(change: Node, command: ReceiveReturn) -> bool:
    is_receipt = change["change_type"].value == _CHANGE
    return is_receipt and change["return_id"].value == command.return_id


def _key(change: Node, command: ReceiveReturn) -> str | None:
    """Return the key of a receipt of this return; None for any other change."""
    if not _is_of(change, command):
        return None
    return marks.split(change.optional("internal_note"))[1]
