"""Locations and stock levels, each with every system's view of it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from connectors.sdk.records import Kind, LevelRecord, LocationRecord, Quantities
from connectors.sdk.records.states import LocationType
from connectors.sdk.values import Address
from gateway import ids
from gateway.domain.identity.model import Source, is_news
from gateway.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A location as one system states it."""

    source: Source
    record: LocationRecord
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One place, joined over the systems by its code: ``DC-RENO``."""

    id: str
    version: int
    code: str
    placed: tuple[Placed, ...]
    created_at: datetime
    updated_at: datetime

    @property
    def first(self) -> LocationRecord:
        """The word of the system that is believed first."""
        return min(self.placed, key=lambda one: (one.rank, one.source.connection)).record

    @property
    def name(self) -> str:
        return self.first.name

    @property
    def type(self) -> LocationType:
        return self.first.type

    @property
    def is_active(self) -> bool:
        return self.first.is_active

    @property
    def address(self) -> Address | None:
        return next((one.record.address for one in self.placed if one.record.address), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A level as one system counts it. *rank*: a lower one is believed first."""

    source: Source
    record: LevelRecord
    rank: int

    @property
    def quantities(self) -> Quantities:
        return self.record.quantities


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The stock of one variant at one location. *quantities* are those of the authority: of all who
    count it, whoever is believed first (a warehouse before a till before a shop). *counted* is
    empty when all who counted it call it by another SKU now; there is none of it then."""

    id: str
    version: int
    variant_id: str
    sku: str | None
    location_id: str
    counted: tuple[Counted, ...]
    created_at: datetime
    updated_at: datetime

    @property
    def authority(self) -> Counted | None:
        if len(self.counted) == 1:  # as most are, and lists ask this of thousands
            return self.counted[0]
        return min(self.counted, key=lambda one: (one.rank, one.source.connection), default=None)

    @property
    def quantities(self) -> Quantities:
        believed = self.authority
        return complete(believed.quantities if believed else Quantities(on_hand=0))

    @property
    def is_agreed(self) -> bool:
        """True when every system that counts on-hand stock counts the same."""
        counts = {one.quantities.on_hand for one in self.counted}
        return len(counts - {None}) <= 1


def strays(level: Level, connection: str) -> Counted | None:
    """Return what *connection* counts, when the authority counts otherwise and both say so."""
    believed = level.authority
    if believed is None or believed.source.connection == connection:
        return None
    theirs = [one for one in level.counted if one.source.connection == connection]
    held = complete(believed.quantities).on_hand
    return next((one for one in theirs if _differs(complete(one.quantities).on_hand, held)), None)


def _differs(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one != other


def location_id(code: str) -> str:
    return ids.derive(ids.LOCATION, code.strip().upper())


def level_id(variant_id: str, location_id: str) -> str:
    return ids.derive(ids.LEVEL, variant_id, location_id)


@lru_cache(maxsize=10_000)
def complete(stated: Quantities) -> Quantities:
    """Work out AVAILABLE or ON_HAND where the system states only one of them.

    ``available = on hand - committed - reserved - safety stock - quality control - damaged``.
    """
    held_back = sum(
        one or 0
        for one in (
            stated.committed,
            stated.reserved,
            stated.safety_stock,
            stated.quality_control,
            stated.damaged,
        )
    )
    if stated.available is None and stated.on_hand is not None:
        return replace(stated, available=stated.on_hand - held_back)
    if stated.on_hand is None and stated.available is not None:
        return replace(stated, on_hand=stated.available + held_back)
    return stated


def place(held: Location | None, seen: Placed, now: datetime) -> Location | None:
    """Return the location with *seen* among what the systems say; None when nothing is new."""
    if held is None:
        code = seen.record.code.strip()
        return Location(
            id=location_id(code),
            version=1,
            code=code,
            placed=(seen,),
            created_at=now,
            updated_at=now,
        )
    known = {one.source.key: one for one in held.placed}
    before = known.get(seen.source.key)
    if before and not is_news(before.record, seen.record):
        return None
    known[seen.source.key] = seen
    return replace(held, version=held.version + 1, placed=tuple(known.values()), updated_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Which level a record is about, as our ids."""

    variant_id: str
    sku: str | None
    location_id: str

    @property
    def level_id(self) -> str:
        return level_id(self.variant_id, self.location_id)


def count(held: Level | None, spot: Spot, seen: Counted, now: datetime) -> Level | None:
    """Return the level with *seen* among what the systems count; None when nothing is new."""
    if held is None:
        return Level(
            id=spot.level_id,
            version=1,
            variant_id=spot.variant_id,
            sku=spot.sku,
            location_id=spot.location_id,
            counted=(seen,),
            created_at=now,
            updated_at=now,
        )
    known = {one.source.key: one for one in held.counted}
    before = known.get(seen.source.key)
    if before and before.rank == seen.rank and not is_news(before.record, seen.record):
        return None
    known[seen.source.key] = seen
    return replace(held, version=held.version + 1, counted=tuple(known.values()), updated_at=now)


def uncount(held: Level, key: tuple[str, Kind, str], now: datetime) -> Level:
    """Return the level without what one system counts under another SKU now."""
    counted = tuple(one for one in held.counted if one.source.key != key)
    return replace(held, version=held.version + 1, counted=counted, updated_at=now)


def location_event(location: Location) -> Event:
    return Event(
        type="location.created" if location.version == 1 else "location.updated",
        subject=location.id,
        sequence=location.version,
        occurred_at=location.updated_at,
        connection=location.placed[-1].source.connection,
        data={"code": location.code},
    )


def level_event(held: Level | None, level: Level) -> Event:
    """``inventory.changed`` when the believed quantities moved, else ``inventory.restated``."""
    moved = held is None or held.quantities != level.quantities
    before = held.quantities if held else Quantities()
    return Event(
        type="inventory.changed" if moved else "inventory.restated",
        subject=level.id,
        sequence=level.version,
        occurred_at=level.updated_at,
        related=(level.location_id, level.variant_id),
        connection=level.authority.source.connection if level.authority else None,
        data={
            "sku": level.sku,
            "locationId": level.location_id,
            "available": level.quantities.available,
            "onHand": level.quantities.on_hand,
            "availableBefore": before.available,
            "onHandBefore": before.on_hand,
        },
    )
