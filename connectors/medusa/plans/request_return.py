"""Open a return of units that the customer has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.medusa import marks, requests
from connectors.medusa.mapping import Node, shipments
from connectors.medusa.plans import subject
from connectors.medusa.plans.plan import Do, Done, Touched
from connectors.medusa.requests import Call
from connectors.sdk.commands import RequestReturn
from connectors.sdk.errors import Conflict, Rejected

_ITEM = "RETURN_ITEM"


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """Three steps: begin it, with our key in its metadata, put the units in, ask for it.

    Begun and not asked for it blocks every other change of the order, so all that Medusa could
    refuse later is looked at first. An attempt that died in between is taken up again.
    """

    command: RequestReturn

    def look(self, seen: Sequence[Node]) -> Call | None:
        if not self.command.lines:
            raise Rejected("a return needs lines", code="LINES", field="lines")
        subject.require_counts(self.command.lines)
        match len(seen):
            case 0:
                return subject.order(self.command.order_id)
            case 1:
                return requests.changes(self._order(seen)["id"].text())
            case 2:
                return requests.RETURN_REASONS.all()
            case 3:
                items = subject.touched(self._order(seen)).items
                return requests.ITEMS.by_ids(items) if items else None
        return None

    def decide(self, seen: Sequence[Node]) -> Do | Done:
        order, ours = self._order(seen), self._ours(seen)
        if ours is None:
            return Do(call=self._begin(order, seen))
        own_id, status = ours["id"].text(), ours["status"].value
        if status == "canceled":
            raise Conflict(f"return {own_id} was canceled", code="RETURN_CANCELED")
        if status != "open":
            return Done()
        change = subject.active_change(seen[1].rows("order_changes"))
        if change is None or change["return_id"].value != own_id:
            raise Conflict(f"return {own_id} was given up", code="RETURN_CANCELED")
        if subject.actions(change, _ITEM):
            return Do(call=requests.request_return(own_id), is_last=True)
        lines = _returnable(order, self.command)
        return Do(call=requests.request_items(own_id, self._items(lines, seen[2])))

    def touched(self, seen: Sequence[Node]) -> Touched:
        return Touched(orders=(self.command.order_id,))

    def made(self, seen: Sequence[Node]) -> str | None:
        ours = self._ours(seen)
        return ours["id"].text() if ours else None

    def _order(self, seen: Sequence[Node]) -> Node:
        return subject.order_in(seen[0], self.command.order_id)

    def _ours(self, seen: Sequence[Node]) -> Node | None:
        return next(
            (
                each
                for each in self._order(seen).items("returns")
                if (metadata := each.find("metadata"))
                and (key := metadata.find(marks.KEY))
                and key.value == self.command.key
            ),
            None,
        )

    def _begin(self, order: Node, seen: Sequence[Node]) -> Call:
        """Raises: Missing, Conflict, Rejected."""
        subject.require_open(order)
        lines = _returnable(order, self.command)
        if subject.active_change(seen[1].rows("order_changes")):
            raise Conflict("another change of the order is under way", code="CHANGE_UNDER_WAY")
        location = self.command.location_id or _left_from(order, lines)
        if location is None:
            raise Rejected("a return needs a place", code="LOCATION", field="location_id")
        stocked = seen[3].rows("inventory_items") if len(seen) > 3 else []
        require_stocked(stocked, subject.items_of(order, lines), location)
        return requests.begin_return(self.command.order_id, location, {marks.KEY: self.command.key})

    def _items(self, lines: Mapping[str, int], reasons: Node) -> list[dict[str, object]]:
        """Return the units with the shop's own reason, where it has one of that name."""
        more: dict[str, object] = {}
        if self.command.note:
            more["internal_note"] = self.command.note
        for each in reasons.rows("return_reasons"):
            is_group = bool(each.items("return_reason_children"))
            if each["value"].text().upper() == self.command.reason.value and not is_group:
                more["reason_id"] = each["id"].text()
        return [{"id": line_id, "quantity": lines[line_id], **more} for line_id in lines]


def _returnable(order: Node, command: RequestReturn) -> dict[str, int]:
    """Return the units to come back, by line id. Raises: Missing, Conflict."""
    subject.require_known(order, command.lines)
    units = subject.allot(order, command.lines, subject.returnable_units(order))
    if units is None:
        raise Conflict("fewer units can come back", code="NOT_RETURNABLE", field="lines")
    return units


def _left_from(order: Node, lines: Mapping[str, int]) -> str | None:
    """Return where the goods left from. Medusa lets a return be without a place, and then fails
    to receive it."""
    return next(
        (
            place
            for each in order.items("fulfillments")
            if each.find("canceled_at") is None
            and set(shipments.units(order, each)) & set(lines)
            and (place := each.optional("location_id"))
        ),
        None,
    )


def require_stocked(items: Sequence[Node], wanted: Sequence[str], location_id: str) -> None:
    """Raises: Rejected unless the location has a level of every inventory item that is *wanted*:
    without one Medusa fails to take the goods in."""
    stocked = {
        each["id"].text()
        for each in items
        for level in each.items("location_levels")
        if level["location_id"].value == location_id
    }
    if set(wanted) - stocked:
        raise Rejected(
            "the location does not stock all of it", code="NOT_STOCKED", field="location_id"
        )
