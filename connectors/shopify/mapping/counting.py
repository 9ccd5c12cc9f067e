"""How many units of each line moved: the counters, which no status of Shopify's states."""

from collections import Counter
from dataclasses import dataclass, field

from connectors.sdk.records import LineCounters


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Units by line id. *refunded* goes by (line id, restock type); *returning* counts units
    of open returns that have not arrived, *received* those of any return that have."""

    shipped: Counter[str] = field(default_factory=Counter)
    delivered: Counter[str] = field(default_factory=Counter)
    refunded: Counter[tuple[str, str]] = field(default_factory=Counter)
    returning: Counter[str] = field(default_factory=Counter)
    received: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A line's own numbers: *ordered* with, *current* without refunded and removed units.
    Source: admin-2026-10.graphql, LineItem.quantity and currentQuantity."""

    line_id: str
    ordered: int
    current: int
    is_canceled: bool
    """The whole order is: what did not ship by then never will."""


def counters(line: Ordered, moved: Moved) -> LineCounters:
    """Counters that keep ``delivered <= fulfilled <= ordered - canceled``."""
    fulfilled = min(moved.shipped[line.line_id], line.ordered)
    returned = max(moved.received[line.line_id], moved.refunded[line.line_id, "RETURN"])
    return LineCounters(
        ordered=line.ordered,
        canceled=_canceled(line, moved, fulfilled),
        fulfilled=fulfilled,
        delivered=min(moved.delivered[line.line_id], fulfilled),
        return_requested=moved.returning[line.line_id],
        returned=min(returned, fulfilled),
    )


def _canceled(line: Ordered, moved: Moved, fulfilled: int) -> int:
    """Units that are gone and never shipped.

    Gone are removed units (order edits) and refunded ones, whatever was done with the goods. A
    refund says RETURN for goods that came back and CANCEL for goods that never left, but NO_RESTOCK
    (and LEGACY_RESTOCK of old) for either: it counts against units that shipped, so far as there
    are any, because a customer who keeps the goods is the usual reason for it.
    """
    unshipped = line.ordered - fulfilled
    if line.is_canceled:
        return unshipped
    returned = moved.refunded[line.line_id, "RETURN"]
    unclear = moved.refunded[line.line_id, "NO_RESTOCK"]
    unclear += moved.refunded[line.line_id, "LEGACY_RESTOCK"]
    kept = min(unclear, max(0, fulfilled - returned))
    return max(0, min(line.ordered - line.current - returned - kept, unshipped))
