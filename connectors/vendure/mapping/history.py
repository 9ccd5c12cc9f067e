"""An order's history: when payments and fulfillments moved, and why units were canceled.

Every entry carries ids as the database has them; they equal the API's ids under Vendure's own id
strategies. Under a shop's own encoding nothing matches here, and only these extra times are lost.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from connectors.vendure.mapping import marks
from connectors.vendure.mapping.shape import Node

READ = ("ORDER_CANCELLATION", "ORDER_FULFILLMENT_TRANSITION", "ORDER_PAYMENT_TRANSITION")
"""What every order read asks for; a command adds ORDER_NOTE, staff's remarks being none of ours."""

_SUBJECT = {
    "ORDER_FULFILLMENT_TRANSITION": "fulfillmentId",
    "ORDER_PAYMENT_TRANSITION": "paymentId",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Units taken off the order, with what the one who did it wrote."""

    at: datetime
    reason: str | None
    key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """*moves*: (entry type, id, state) -> when it came to that state first."""

    moves: dict[tuple[str, str, str], datetime]
    cancellations: tuple[Cancellation, ...]
    """Oldest first."""
    notes: tuple[str, ...]

    @classmethod
    def of(cls, order: Node) -> Self:
        """Read the entries of an order; they come newest first."""
        entries = order["history"]["items"].items()[::-1]
        return cls(
            moves=_moves(entries),
            cancellations=tuple(map(_cancellation, _only(entries, "ORDER_CANCELLATION"))),
            notes=tuple(
                note
                for entry in _only(entries, "ORDER_NOTE")
                if (note := entry["data"].optional("note"))
            ),
        )

    def fulfillment(self, fulfillment_id: str, state: str) -> datetime | None:
        return self.moves.get(("ORDER_FULFILLMENT_TRANSITION", fulfillment_id, state))

    def payment(self, payment_id: str, state: str) -> datetime | None:
        return self.moves.get(("ORDER_PAYMENT_TRANSITION", payment_id, state))


def _only(entries: list[Node], kind: str) -> list[Node]:
    return [entry for entry in entries if entry["type"].value == kind]


def _moves(entries: list[Node]) -> dict[tuple[str, str, str], datetime]:
    moves: dict[tuple[str, str, str], datetime] = {}
    for kind, subject in _SUBJECT.items():
        for entry in _only(entries, kind):
            found, state = entry["data"].find(subject), entry["data"].optional("to")
            if found and state:
                moves.setdefault((kind, str(found.value), state), entry["createdAt"].time())
    return moves


def _cancellation(entry: Node) -> Cancellation:
    reason, key = marks.split(entry["data"].optional("reason"))
    return Cancellation(at=entry["createdAt"].time(), reason=reason, key=key)
