"""Retry: what was set aside is read again, after whoever is to blame has mended it."""

from dataclasses import dataclass

from gateway.clock import Clock
from gateway.store.unit import Units
from gateway.sync import inbox, ingest, quarantine, reread
from gateway.sync.origins import Origins
from gateway.systems.connections import Connected


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What was tried again: *deliveries* wait in the inbox now, *subjects* were read, and
    *waiting* of them still cannot be."""

    deliveries: int
    subjects: int
    waiting: int


async def run(units: Units, connected: Connected, origins: Origins, clock: Clock) -> Retried:
    """Let the quarantined deliveries of *connected* be taken in again, and read its subjects.

    Raises: the errors of `Fetches.fetch`.
    """
    async with units.write() as unit:
        deliveries = await inbox.retry(unit, connected.id, clock())
    async with units.read() as unit:
        waiting = await quarantine.waiting(unit, connected.id)
    touched = [one for one in quarantine.touched(waiting) if connected.can_fetch(one.kind)]
    for start in range(0, len(touched), reread.FETCH_AT_ONCE):
        changes = await reread.resolve(connected, touched[start : start + reread.FETCH_AT_ONCE])
        async with units.write() as unit:
            await ingest.apply(unit, changes, origins(connected), clock())
    async with units.read() as unit:
        left = await quarantine.count(unit, connected.id)
    return Retried(deliveries=deliveries, subjects=len(touched), waiting=left)
