"""Inventory: use-cases. Each runs in the caller's unit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.sdk.records import Kind
from connectors.sdk.values import sku_key
from gateway.domain.catalog import repository as catalog_rows
from gateway.domain.catalog import service as catalog
from gateway.domain.identity import service as identity
from gateway.domain.inventory import model, repository
from gateway.domain.inventory.model import Counted, Level, Placed, Spot
from gateway.events import log
from gateway.store.unit import Unit


async def observe_locations(unit: Unit, seen: Sequence[Placed], now: datetime) -> None:
    """Take in locations; the same code in two systems is the same place."""
    held = await repository.locations.by_ids(
        unit, [model.location_id(one.record.code) for one in seen]
    )
    before = dict(held)
    for placed in seen:
        id = model.location_id(placed.record.code)
        location = model.place(held.get(id), placed, now)
        if location:
            first = before.get(id)
            held[id] = replace(location, version=first.version + 1 if first else 1)
    changed = [one for id, one in held.items() if one != before.get(id)]
    await repository.locations.save(unit, changed)
    await identity.add(unit, [(model.location_id(one.record.code), one.source) for one in seen])
    await log.append(unit, [model.location_event(one) for one in changed], now)


async def observe_levels(unit: Unit, seen: Sequence[Counted], now: datetime) -> list[Counted]:
    """Take in what one connection counts; return what could not be placed: its location or its item
    is not known (yet), and guessing would put stock where there is none. What it counted under
    another SKU before is there no longer."""
    placed, unplaced = await _place(unit, seen)
    moved = await _moved(unit, placed)
    ids = [spot.level_id for spot, _ in placed]
    held = await repository.levels.by_ids(unit, [*ids, *moved.values()])
    before = dict(held)
    for key, former in moved.items():
        if former in held:
            held[former] = _one_version_on(before, model.uncount(held[former], key, now))
    for spot, counted in placed:
        level = model.count(held.get(spot.level_id), spot, counted, now)
        if level:
            held[level.id] = _one_version_on(before, level)
    changed = [one for id, one in held.items() if one != before.get(id)]
    await _keep(unit, changed, before, now)
    await identity.remove(unit, list(moved))
    await identity.add(unit, [(spot.level_id, one.source) for spot, one in placed])
    return unplaced


def _one_version_on(before: Mapping[str, Level], level: Level) -> Level:
    """Several counts of one level in one unit are one save."""
    first = before.get(level.id)
    return replace(level, version=first.version + 1 if first else 1)


async def _moved(
    unit: Unit, placed: Sequence[tuple[Spot, Counted]]
) -> dict[tuple[str, Kind, str], str]:
    """Return our former level of what is another one now: its item has another SKU."""
    if not placed:
        return {}
    connection = placed[0][1].source.connection
    levels = {one.source.external_id: (one.source.key, spot.level_id) for spot, one in placed}
    held = await identity.find(unit, connection, Kind.LEVEL, levels)
    return {levels[id][0]: former for id, former in held.items() if former != levels[id][1]}


async def _keep(
    unit: Unit, changed: Sequence[Level], before: dict[str, Level], now: datetime
) -> None:
    await repository.levels.save(unit, changed)
    events = [model.level_event(before.get(one.id), one) for one in changed]
    await log.append(unit, events, now)


async def _place(
    unit: Unit, seen: Sequence[Counted]
) -> tuple[list[tuple[Spot, Counted]], list[Counted]]:
    """Find our variant (by the system's item id, else by SKU) and our location of each."""
    if not seen:
        return [], []
    connection = seen[0].source.connection
    locations = await identity.find(
        unit, connection, Kind.LOCATION, [one.record.location_id for one in seen]
    )
    items = await catalog.variants_of_items(unit, connection, [one.record.item_id for one in seen])
    skus = await catalog_rows.variants_by_sku(
        unit, [one.record.sku for one in seen if one.record.sku]
    )
    placed: list[tuple[Spot, Counted]] = []
    unplaced: list[Counted] = []
    for one in seen:
        by_sku = skus.get(sku_key(one.record.sku)) if one.record.sku else None
        variant_id = by_sku.id if by_sku else items.get(one.record.item_id)
        location_id = locations.get(one.record.location_id)
        if variant_id and location_id:
            spot = Spot(variant_id=variant_id, sku=one.record.sku, location_id=location_id)
            placed.append((spot, one))
        else:
            unplaced.append(one)
    return placed, unplaced
