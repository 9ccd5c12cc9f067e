"""Ingest: changes that a system states become what we hold to be true, in one unit.

Kinds go in an order in which what is referred to comes first: locations and products before levels,
orders before their shipments. What cannot be taken in is set aside with its reason, and the rest of
the batch goes on.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from connectors.sdk.changes import Change, Removed, Touched, Unreadable
from connectors.sdk.records import (
    KIND_OF,
    CustomerRecord,
    FulfillmentOrderRecord,
    Kind,
    LevelRecord,
    LocationRecord,
    OrderRecord,
    ProductRecord,
    Record,
    RefundRecord,
    ReturnRecord,
    ShipmentRecord,
    TrackerRecord,
)
from gateway.domain.catalog import service as catalog
from gateway.domain.customers import service as customers
from gateway.domain.customers.model import Identity
from gateway.domain.fulfillment import intake
from gateway.domain.identity import service as identity
from gateway.domain.identity.model import Origin, Source, source_of
from gateway.domain.inventory import service as inventory
from gateway.domain.inventory.model import Counted, Placed
from gateway.domain.issues import service as issues
from gateway.domain.issues.model import Category, Cause, Severity
from gateway.domain.orders import service as orders
from gateway.domain.returns import service as returns
from gateway.errors import VersionConflict
from gateway.store.unit import Unit, Units
from gateway.sync import quarantine
from gateway.sync.cards import without_cards

CONFLICT_TRIES = 5
R = TypeVar("R", bound=Record)


@dataclass(slots=True)
class _Sorted:
    """A batch by type, each subject once: of two records of one subject the later counts."""

    records: dict[tuple[type, str], Record] = field(default_factory=dict)
    removed: list[Removed] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)

    def of(self, type_: type[R]) -> list[R]:
        return [record for record in self.records.values() if isinstance(record, type_)]


async def commit(units: Units, work: Callable[[Unit], Awaitable[None]]) -> None:
    """Do *work*, which takes changes in, in a unit of its own; again when somebody was faster.

    Raises: VersionConflict when somebody was each of CONFLICT_TRIES times; the errors of *work*.
    """
    for attempt in range(CONFLICT_TRIES):
        try:
            async with units.write() as unit:
                await work(unit)
            return
        except VersionConflict:
            if attempt + 1 == CONFLICT_TRIES:
                raise


async def apply(unit: Unit, changes: Sequence[Change], origin: Origin, now: datetime) -> None:
    """Take in *changes* of one connection. Touched subjects must have been read before.

    After a crash: all or nothing, with the rest of the unit. Doing it again changes nothing.

    Raises: VersionConflict when another process took in the same subject; begin the unit again.
    """
    batch = _sort(changes, origin)
    await _nouns(unit, batch, origin, now)
    await _goods(unit, batch, origin, now)
    await _set_aside(unit, batch, origin, now)


async def _nouns(unit: Unit, batch: _Sorted, origin: Origin, now: datetime) -> None:
    """What things are: places, products, people, stock."""
    placed = [
        Placed(source=source, record=record, rank=origin.rank)
        for record, source in _sourced(batch.of(LocationRecord), origin, now)
    ]
    await inventory.observe_locations(unit, placed, now)
    await catalog.observe(unit, _sourced(batch.of(ProductRecord), origin, now), now)
    people = [
        Identity(key=f"{origin.connection}:{record.external_id}", source=source, record=record)
        for record, source in _sourced(batch.of(CustomerRecord), origin, now)
    ]
    await customers.observe(unit, people, now)
    counted = [
        Counted(source=source, record=record, rank=origin.rank)
        for record, source in _sourced(batch.of(LevelRecord), origin, now)
    ]
    unplaced = await inventory.observe_levels(unit, counted, now)
    batch.unreadable.extend(_not_placed(one.record) for one in unplaced)


async def _goods(unit: Unit, batch: _Sorted, origin: Origin, now: datetime) -> None:
    """What happens: orders, then what belongs to them."""
    sold = [
        (record, source, origin) for record, source in _sourced(batch.of(OrderRecord), origin, now)
    ]
    await orders.observe(unit, sold, now)
    moved = intake.Batch(
        work=_sourced(batch.of(FulfillmentOrderRecord), origin, now),
        shipments=_sourced(batch.of(ShipmentRecord), origin, now),
        trackers=_sourced(batch.of(TrackerRecord), origin, now),
    )
    await intake.take_in(unit, moved, now)
    await returns.observe_refunds(unit, _sourced(batch.of(RefundRecord), origin, now), now)
    await returns.observe_returns(unit, _sourced(batch.of(ReturnRecord), origin, now), now)


async def _set_aside(unit: Unit, batch: _Sorted, origin: Origin, now: datetime) -> None:
    await quarantine.put(unit, origin.connection, batch.unreadable, now)
    aside = {(one.external_id, one.kind) for one in batch.unreadable}
    read = [(record.external_id, KIND_OF[type(record)]) for record in batch.records.values()]
    taken_in = [one for one in read if one not in aside]
    await quarantine.release(unit, origin.connection, taken_in, now)
    gone = [await _gone(unit, removed, origin) for removed in batch.removed]
    unknown = [_unknown(record, origin) for record in batch.records.values() if _is_unknown(record)]
    await issues.open(unit, [*(cause for cause in gone if cause), *unknown], now)


async def _gone(unit: Unit, removed: Removed, origin: Origin) -> Cause | None:
    """Nothing is deleted here because it is gone there: people are told, the last known stays.

    A tracker that goes is no news: carriers forget parcels, and void labels with their trackers.
    """
    if removed.kind is Kind.TRACKER:
        return None
    found = await identity.find(unit, origin.connection, removed.kind, [removed.external_id])
    subject = found.get(removed.external_id)
    if subject is None:
        return None
    return Cause(
        code="REMOVED_AT_SOURCE",
        key=subject,
        category=Category.SYNC,
        severity=Severity.LOW,
        message=f"{origin.connection} no longer has this {removed.kind}; the last known stays",
        subject=subject,
        order_id=subject if removed.kind is Kind.ORDER else None,
        connection=origin.connection,
    )


def _is_unknown(record: Record) -> bool:
    """A carrier that does not know yet where a parcel is has said so: that is no unknown word."""
    is_parcel = isinstance(record, TrackerRecord)
    return not is_parcel and getattr(record, "status", None) == "UNKNOWN"


def _unknown(record: Record, origin: Origin) -> Cause:
    """One issue a word: the mapping needs a line, whichever records the word comes with."""
    kind = KIND_OF[type(record)]
    word = getattr(record, "raw_status", "")
    return Cause(
        code="UNKNOWN_STATUS",
        key=f"{origin.connection}/{kind}/{word}",
        category=Category.DATA_MAPPING,
        severity=Severity.MEDIUM,
        message=f"{origin.connection} uses a status of {kind} that we do not know: {word!r}",
        connection=origin.connection,
    )


def _sort(changes: Iterable[Change], origin: Origin) -> _Sorted:
    """All that comes in passes here once: card numbers stay out, SKUs become ours."""
    batch = _Sorted()
    for change in changes:
        match change:
            case Removed():
                batch.removed.append(change)
            case Unreadable():
                batch.unreadable.append(without_cards(change))
            case Touched():
                raise ValueError(f"{change.kind} {change.external_id}: read it before ingest")
            case _:
                _keep_later(batch.records, origin.skus.inward(without_cards(change)))
    return batch


def _keep_later(records: dict[tuple[type, str], Record], record: Record) -> None:
    key = (type(record), record.external_id)
    held = records.get(key)
    if held is None or record.revised_at >= held.revised_at:
        records[key] = record


def _sourced(records: Sequence[R], origin: Origin, now: datetime) -> list[tuple[R, Source]]:
    return [(record, source_of(record, origin, now)) for record in records]


def _not_placed(record: LevelRecord) -> Unreadable:
    return Unreadable(
        kind=Kind.LEVEL,
        external_id=record.external_id,
        reason=f"its location {record.location_id} or item {record.item_id} is not known here",
        payload="",
    )
