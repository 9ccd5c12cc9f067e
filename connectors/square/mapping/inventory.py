"""Inventory counts -> stock levels. A count is one state of one variation at one location."""

from collections.abc import Iterable, Sequence

from connectors.sdk.changes import Change, Removed, read
from connectors.sdk.errors import Malformed
from connectors.sdk.records import Kind, LevelRecord, Quantities
from connectors.square.reading import Node, is_whole, payload_of

Pair = tuple[str, str]
"""A variation and a location."""

STATES = ("IN_STOCK", "RESERVED_FOR_SALE", "WASTE", "IN_TRANSIT", "ORDERED_FROM_VENDOR")
"""What is asked for. States are apart: what is reserved or wasted has left IN_STOCK.

Source: openapi.json InventoryState, Square-Version 2025-08-20.
"""
_INCOMING = ("IN_TRANSIT", "ORDERED_FROM_VENDOR")


def id_of(subject: Pair) -> str:
    """``"<variation>@<location>"``."""
    return "@".join(subject)


def pair_of(external_id: str) -> Pair | None:
    """Take ``"<variation>@<location>"`` apart; None for what is no such id."""
    item, _, location = external_id.partition("@")
    return (item, location) if item and location else None


def pair(count: Node) -> Pair | None:
    """Return what *count* is about; None for an ITEM, which only Square's restaurants count.

    Raises: Malformed.
    """
    if count.optional_text("catalog_object_type") == "ITEM":
        return None
    return count.text("catalog_object_id"), count.text("location_id")


def levels(counts: Iterable[Node], wanted: Iterable[Pair]) -> list[Change]:
    """Return the level of every *wanted* pair, Removed where Square counts nothing.

    A quantity that is not whole makes its level Unreadable: units of something measured cannot be
    promised, and no number is ever rounded.
    """
    by_pair: dict[tuple[object, object], list[Node]] = {}
    for one in counts:
        subject = one.fields.get("catalog_object_id"), one.fields.get("location_id")
        by_pair.setdefault(subject, []).append(one)
    return [change for one in wanted for change in _changes(one, by_pair.get(one, []))]


def _changes(subject: Pair, counts: Sequence[Node]) -> list[Change]:
    if not counts:
        return [Removed(kind=Kind.LEVEL, external_id=id_of(subject))]
    payload = payload_of(*counts)
    return read(Kind.LEVEL, id_of(subject), payload, lambda: [_level(subject, counts)])


def _level(subject: Pair, counts: Sequence[Node]) -> LevelRecord:
    item, location = subject
    in_stock = _units(counts, "IN_STOCK")
    return LevelRecord(
        external_id=id_of(subject),
        # Every change of a state moves that state's own time, so the latest moves with each.
        revised_at=max(one.moment("calculated_at") for one in counts),
        item_id=item,
        sku=None,
        location_id=location,
        quantities=Quantities(
            on_hand=in_stock,
            available=in_stock,
            reserved=_units(counts, "RESERVED_FOR_SALE"),
            damaged=_units(counts, "WASTE"),
            incoming=_units(counts, *_INCOMING),
        ),
    )


def _units(counts: Sequence[Node], *states: str) -> int | None:
    """Units in any of *states*, None where Square states none of them."""
    stated = [one for one in counts if one.optional_text("state") in states]
    if not stated:
        return None
    numbers = [one.quantity("quantity") for one in stated]
    if not all(is_whole(number) for number in numbers):
        raise Malformed(f"{stated[0].at}.quantity: not whole units")
    return int(sum(numbers))
