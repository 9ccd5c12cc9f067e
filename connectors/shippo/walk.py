"""How far a reading of Shippo's list of transactions has come. Pure.

The list has pages by number, newest first, and no filter by time. What is bought while it is read
pushes the rest down: something comes twice then, and nothing is passed over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import msgspec
import msgspec.structs

from connectors.sdk.errors import Malformed
from connectors.sdk.records import Kind
from connectors.shippo.mapping import labels, tracking
from connectors.shippo.mapping.reading import Node

FIRST_EVER = tracking.LONG_AGO

OVERLAP = timedelta(minutes=10)
"""Clocks, and purchases that come to the list some time after they were begun."""

LONGEST_OPEN = {
    Kind.SHIPMENT: timedelta(days=60),  # twice what the slowest refund takes
    Kind.TRACKER: timedelta(days=30),  # each costs a request: beyond a parcel's ordinary journey
}
"""Older ones are not read again by a pull. Webhooks and fetch know no such age."""

PAGE_SIZE = {
    Kind.SHIPMENT: 100,
    Kind.TRACKER: 25,  # each costs a request, and a page that fails is begun again
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of the list."""

    nodes: tuple[Node, ...]
    has_more: bool

    @classmethod
    def of(cls, answer: Node) -> Self:
        """Raises: Malformed when it is no page. *next* only says whether there is more: its
        address is never followed, so that no answer sends our token elsewhere."""
        nodes = tuple(answer.nodes("results"))
        return cls(nodes=nodes, has_more=bool(nodes) and answer.maybe_text("next") is not None)

    def reaches_below(self, floor: datetime) -> bool:
        """True when the page ends with what is older than *floor*, as is all that follows. What
        does not say when it was made says nothing of that."""
        times = [time for time in map(created_at, self.nodes) if time]
        return bool(times) and times[-1] < floor

    def of_reference(self, reference: str) -> dict[str, Node]:
        """The transactions that bear *reference*, by their ids."""
        found = (one for one in self.nodes if one.value.get("metadata") == reference)
        return {str(one.value.get("object_id")): one for one in found}

    @property
    def newest(self) -> datetime | None:
        """When the newest of the page was made."""
        return max(filter(None, map(created_at, self.nodes)), default=None)


END = Listing(nodes=(), has_more=False)
"""What lies beyond the last page."""


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of the list; its text is the checkpoint.

    It began at *until*, goes down from the newest transaction to those made at *start*, and stands
    before *page*. The next walk goes down to the oldest one found that may still change (*open*),
    so that it is read again.
    """

    start: datetime
    until: datetime | None = None
    page: int = 1
    open: datetime | None = None

    @classmethod
    def begin(cls, since: str | None, now: datetime) -> Self:
        """Go on from checkpoint *since*: in the middle of a walk that was cut off, or anew.

        Raises: Malformed when *since* is none of ours.
        """
        try:
            walk = msgspec.json.decode(since, type=cls) if since else cls(start=FIRST_EVER)
        except msgspec.DecodeError as error:
            raise Malformed(f"not a checkpoint: {error}") from error
        return walk if walk.until else msgspec.structs.replace(walk, until=now)

    def within(self, listing: Listing) -> list[Node]:
        """The part of a page that this walk is to read."""
        return [one for one in listing.nodes if (created_at(one) or self.start) >= self.start]

    def after(self, kind: Kind, listing: Listing, read_at: datetime) -> Self:
        """Return the walk after a page: further down, or at the start of the next."""
        times = [_open_since(kind, one, read_at) for one in self.within(listing)]
        still = min([time for time in (self.open, *times) if time], default=None)
        if listing.has_more and not listing.reaches_below(self.start):
            return msgspec.structs.replace(self, page=self.page + 1, open=still)
        seen_to = (self.until or self.start) - OVERLAP
        return type(self)(start=min(seen_to, still or seen_to))

    @property
    def is_over(self) -> bool:
        return self.until is None

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


def created_at(node: Node) -> datetime | None:
    """When a transaction was made, None when it does not say so that it can be read."""
    try:
        return node.time("object_created")
    except Malformed:
        return None


def _open_since(kind: Kind, node: Node, read_at: datetime) -> datetime | None:
    """When the transaction was made, if it may change without a change of that time."""
    made_at = created_at(node)
    if made_at is None or read_at - made_at > LONGEST_OPEN[kind] or _is_final(node):
        return None
    return made_at


def _is_final(node: Node) -> bool:
    try:
        status, word = node.text("status"), labels.tracked(node)
    except Malformed:
        return False
    if labels.is_refused(node) or status == "REFUNDED":
        return True
    return word == "DELIVERED" and status != "REFUNDPENDING"
