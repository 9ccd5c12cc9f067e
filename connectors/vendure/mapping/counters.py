"""Units of order lines, counted from quantities and fulfillments, whatever any state says."""

from collections import Counter
from dataclasses import dataclass
from typing import Self

from connectors.sdk.records import LineCounters
from connectors.vendure.mapping import states
from connectors.vendure.mapping.shape import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilled:
    """Units by line id that an order's fulfillments hold."""

    made: Counter[str]
    delivered: Counter[str]

    @classmethod
    def of(cls, order: Node) -> Self:
        made: Counter[str] = Counter()
        delivered: Counter[str] = Counter()
        for fulfillment in order["fulfillments"].items():
            state = fulfillment["state"].text()
            if state not in states.NOT_FULFILLED:
                made += units(fulfillment)
            if state == "Delivered":
                delivered += units(fulfillment)
        return cls(made=made, delivered=delivered)


def units(owner: Node) -> Counter[str]:
    """Return units by line id of a fulfillment's or a refund's lines."""
    found: Counter[str] = Counter()
    for line in owner["lines"].items():
        found[line["orderLineId"].text()] += line["quantity"].count()
    return found


def open_units(order: Node) -> Counter[str]:
    """Return units by line id that are neither canceled nor in a fulfillment."""
    made = Fulfilled.of(order).made
    return Counter(
        {
            line["id"].text(): max(0, line["quantity"].count() - made[line["id"].text()])
            for line in order["lines"].items()
        }
    )


def count(*, placed: int, quantity: int, made: int, delivered: int) -> LineCounters:
    """Return the counters of a line of which *placed* units were bought and *quantity* remain.

    Vendure knows no return: a return is a cancellation of delivered units, so what is delivered
    and no longer part of the line came back. Units in a fulfillment that was never delivered and
    canceled all the same (lost, sent back) count as canceled. An order modified upwards has more
    units than were placed, and lines with none.
    """
    ordered = max(placed, quantity)
    made = min(made, ordered)
    delivered = min(delivered, made)
    beyond = max(0, made - quantity)
    returned = min(beyond, delivered)
    return LineCounters(
        ordered=ordered,
        canceled=ordered - quantity - returned,
        fulfilled=made - (beyond - returned),
        delivered=delivered,
        returned=returned,
    )
