"""Fetches: these very subjects, now, in as few requests as their cost allows."""

from collections.abc import Iterable

from connectors.sdk.changes import Change, Removed
from connectors.sdk.errors import Unsupported
from connectors.sdk.records import Kind
from connectors.shopify.errors import TooCostly
from connectors.shopify.requests.documents import Call
from connectors.shopify.requests.flow import Flow
from connectors.shopify.requests.reads import (
    LEVELS_A_FETCH,
    MAX_IDS,
    PARTS,
    SOURCES,
    Source,
    chunks,
    is_gid,
    level,
    level_id_of,
    records,
)


def fetch(kind: Kind, ids: Iterable[str]) -> Flow[list[Change]]:
    """Raises: Unsupported."""
    wanted = list(dict.fromkeys(ids))
    if kind is Kind.LEVEL:
        return _levels(wanted)
    if kind in PARTS:
        return _parts(kind, wanted)
    if kind in SOURCES:
        return _subjects(SOURCES[kind], wanted)
    raise Unsupported(f"no fetch of {kind}", code="UNSUPPORTED")


def _subjects(source: Source, ids: list[str]) -> Flow[list[Change]]:
    found: list[Change] = []
    for chunk in chunks([one for one in ids if is_gid(one, source.node)], source.size):
        found += yield from _chunk(source, chunk)
    strange = [one for one in ids if not is_gid(one, source.node)]
    return found + _removed(source.kind, strange)


def _chunk(source: Source, ids: list[str]) -> Flow[list[Change]]:
    """Read *ids* at once, or in two halves when Shopify finds that too costly."""
    try:
        answered = yield Call(name=source.by_id, variables={"ids": ids})
    except TooCostly:
        if len(ids) == 1:
            raise
        half = len(ids) // 2
        first = yield from _chunk(source, ids[:half])
        second = yield from _chunk(source, ids[half:])
        return first + second
    found: list[Change] = []
    for external_id, node in zip(ids, answered.data["nodes"].items, strict=True):
        if node:
            found += records(source, node, answered.data, answered.at)
        else:
            found += _removed(source.kind, [external_id])
    return found


def _removed(kind: Kind, ids: Iterable[str]) -> list[Change]:
    return [Removed(kind=kind, external_id=one) for one in ids]


def _parts(kind: Kind, ids: list[str]) -> Flow[list[Change]]:
    """Read the orders that these belong to: alone, a part would not move the order's counters."""
    owners: list[str] = []
    gone = [one for one in ids if not is_gid(one)]
    for chunk in chunks([one for one in ids if is_gid(one)], MAX_IDS):
        answered = yield Call(name="Owners", variables={"ids": chunk})
        for external_id, node in zip(chunk, answered.data["nodes"].items, strict=True):
            owner = node["order"]["id"].text_or_none or node["returned"]["id"].text_or_none
            if owner:
                owners.append(owner)
            else:
                gone.append(external_id)
    found = yield from _subjects(SOURCES[Kind.ORDER], list(dict.fromkeys(owners)))
    return found + _removed(kind, gone)


def _levels(ids: list[str]) -> Flow[list[Change]]:
    found: list[Change] = []
    seen: set[str] = set()
    for location_id, item_ids in _by_location(ids).items():
        for chunk in chunks(item_ids, LEVELS_A_FETCH):
            variables = {"ids": chunk, "location": location_id}
            answered = yield Call(name="LevelsAt", variables=variables)
            stated = [one["inventoryLevel"] for one in answered.data["nodes"].items]
            for one in filter(None, stated):
                found += level(one, answered.at)
                seen.add(level_id_of(one))
    return found + _removed(Kind.LEVEL, [one for one in ids if one not in seen])


def _by_location(level_ids: Iterable[str]) -> dict[str, list[str]]:
    """Group ``item@location`` ids: item ids by location id. Ids of another form are left out."""
    found: dict[str, list[str]] = {}
    for level_id in level_ids:
        item_id, _, location_id = level_id.partition("@")
        if is_gid(item_id, "InventoryItem") and is_gid(location_id, "Location"):
            found.setdefault(location_id, []).append(item_id)
    return found
