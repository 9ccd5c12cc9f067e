"""What waits, and what was found, by connection."""

import strawberry
from aiodataloader import DataLoader

from gateway import ids
from gateway.events import log
from gateway.events.event import Event
from gateway.orchestration import outbox
from gateway.sync import inbox, pull, quarantine
from gateway.sync.pull import Progress
from resolvers.context import Context
from resolvers.loaders.grouping import by


@strawberry.type(description="What waits for a connection, and what waits to be read of it.")
class Backlog:
    deliveries: int = strawberry.field(description="Webhooks that are kept and not yet taken in.")
    quarantined: int = strawberry.field(description="Subjects and webhooks that cannot be read.")
    effects: int = strawberry.field(description="Commands that are still to be done.")
    failed_effects: int = strawberry.field(description="Commands that it refused.")
    unknown_effects: int = strawberry.field(
        description="Commands of which nobody knows whether they happened."
    )


def backlog_of(context: Context) -> DataLoader[str, Backlog]:
    async def load(connections: list[str]) -> list[Backlog]:
        async with context.units.read() as unit:
            waiting = await inbox.backlog(unit)
            aside = await quarantine.counts(unit)
            told = await outbox.backlog(unit)
        return [
            Backlog(
                deliveries=waiting.get((one, "PENDING"), 0),
                quarantined=aside.get(one, 0) + waiting.get((one, "QUARANTINED"), 0),
                effects=told.get((one, "OPEN"), 0),
                failed_effects=told.get((one, "FAILED"), 0),
                unknown_effects=told.get((one, "UNKNOWN"), 0),
            )
            for one in connections
        ]

    return DataLoader(load)


def pulls_of(context: Context) -> DataLoader[str, list[Progress]]:
    async def load(connections: list[str]) -> list[list[Progress]]:
        async with context.units.read() as unit:
            found = await pull.completed(unit)
        return by(connections, found, lambda one: one.connection)

    return DataLoader(load)


def reconciled(context: Context) -> DataLoader[str, Event | None]:
    """By connection: what its last reconciliation found."""

    async def load(connections: list[str]) -> list[Event | None]:
        subjects = [ids.derive(ids.CONNECTION, one) for one in connections]
        async with context.units.read() as unit:
            found = await log.newest_of(unit, subjects)
        return [found.get(one) for one in subjects]

    return DataLoader(load)
