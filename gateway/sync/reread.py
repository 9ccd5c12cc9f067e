"""Reading again: subjects that a system only says moved, fetched outside any transaction."""

from collections import defaultdict
from collections.abc import Sequence

from connectors.sdk.changes import Change, Touched
from connectors.sdk.records import Kind
from gateway.systems.connections import Connected

FETCH_AT_ONCE = 50
"""Subjects in one request: what every vendor's batch read takes."""
DEPTH = 3
"""A subject that was read may name others; no vendor's names go deeper."""


async def resolve(connected: Connected, changes: Sequence[Change]) -> list[Change]:
    """Return *changes* with every Touched replaced by what the system says of it now.

    Raises: the errors of `Fetches.fetch`.
    """
    settled: list[Change] = []
    pending = list(changes)
    read: set[tuple[Kind, str]] = set()
    for _ in range(DEPTH):
        touched = [one for one in pending if isinstance(one, Touched)]
        settled += [one for one in pending if not isinstance(one, Touched)]
        new = {(one.kind, one.external_id) for one in touched} - read
        if not new:
            return settled
        read |= new
        pending = await fetch(connected, new)
    return settled + [one for one in pending if not isinstance(one, Touched)]


async def fetch(connected: Connected, subjects: set[tuple[Kind, str]]) -> list[Change]:
    """Read *subjects* now, each kind in as few requests as can be."""
    by_kind: dict[Kind, list[str]] = defaultdict(list)
    for kind, external_id in sorted(subjects):
        by_kind[kind].append(external_id)
    found: list[Change] = []
    for kind, ids in by_kind.items():
        client = connected.fetches(kind)
        for start in range(0, len(ids), FETCH_AT_ONCE):
            found += await client.fetch(kind, ids[start : start + FETCH_AT_ONCE])
    return found
