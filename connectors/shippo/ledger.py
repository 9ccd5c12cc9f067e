"""Which transactions bear which reference, as far as lists have told. Pure but for its memory.

Shippo filters by neither metadata nor time, so that a reference is looked for by reading the list
of transactions, newest first. It is remembered how far that was done: the first look reads a week
of labels, the others what was bought since.
"""

from datetime import datetime, timedelta

from connectors.sdk.errors import Malformed
from connectors.shippo.walk import Listing, created_at

KEPT = timedelta(days=7)
"""How long a reference is found again: far longer than a purchase is tried for."""
OVERLAP = timedelta(hours=1)
"""Read again each time: a purchase comes to the list only some time after it was begun."""


class Ledger:
    """One account's. Concurrency: any number of tasks; each reads for itself, and what they note is
    the same."""

    def __init__(self) -> None:
        self._made: dict[str, dict[str, datetime]] = {}
        self._newest: datetime | None = None

    def floor(self, now: datetime) -> datetime:
        """How far down the list is to be read."""
        return now - KEPT if self._newest is None else self._newest - OVERLAP

    def note(self, listing: Listing) -> None:
        """Remember what a page says. What cannot be read is nobody's reference."""
        for node in listing.nodes:
            made_at = created_at(node)
            try:
                reference, transaction_id = node.maybe_text("metadata"), node.text("object_id")
            except Malformed:
                continue
            if reference and made_at:
                self._made.setdefault(reference, {})[transaction_id] = made_at

    def close(self, newest: datetime | None, now: datetime) -> None:
        """The list was read down to the floor, from *newest*. What is too old is forgotten."""
        self._newest = newest or self._newest
        self._made = {
            reference: kept
            for reference, made in self._made.items()
            if (kept := {id: time for id, time in made.items() if time >= now - KEPT})
        }

    def of(self, reference: str) -> list[str]:
        """The transactions that bear *reference*, newest first."""
        made = self._made.get(reference, {})
        return sorted(made, key=made.__getitem__, reverse=True)
