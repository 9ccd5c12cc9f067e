"""Events, as the graph shows them, and how subscriptions follow them: replay from the log, then
live; no gap, no repeat, the caller's credential checked each time."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from gateway.errors import InvalidInput
from gateway.events import log
from gateway.events.event import Logged
from resolvers.context import Context, Info

EVENTS = "events"
"""The name of the log in cursors."""


@strawberry.type(description="Something that happened, once, at a place in the log.")
class Event:
    """Resolved from `gateway.events.event.Logged`."""

    id: strawberry.ID = strawberry.field(description="The event's own; the same in every replay.")

    @strawberry.field(description="Its place in the log, in commit order: give it as `after`.")
    @staticmethod
    def cursor(root: strawberry.Parent[Logged], info: Info) -> str:
        return seal(info.context, root.cursor)

    @strawberry.field(description='What happened: "order.placed", "delivery.delivered".')
    @staticmethod
    def type(root: strawberry.Parent[Logged]) -> str:
        return root.event.type

    @strawberry.field(description="The id of the noun it happened to.")
    @staticmethod
    def subject(root: strawberry.Parent[Logged]) -> strawberry.ID:
        return strawberry.ID(root.event.subject)

    @strawberry.field(description="Counts the subject's events from 1, without gaps.")
    @staticmethod
    def sequence(root: strawberry.Parent[Logged]) -> int:
        return root.event.sequence

    @strawberry.field(description="When it happened, as far as its source says.")
    @staticmethod
    def occurred_at(root: strawberry.Parent[Logged]) -> datetime:
        return root.event.occurred_at

    @strawberry.field(description="When it was written here.")
    @staticmethod
    def recorded_at(root: strawberry.Parent[Logged]) -> datetime:
        return root.recorded_at

    @strawberry.field(description="The connection that stated it; null for what was done here.")
    @staticmethod
    def connection(root: strawberry.Parent[Logged]) -> str | None:
        return root.event.connection

    @strawberry.field(description="Other nouns that it concerns: a shipment's order.")
    @staticmethod
    def related(root: strawberry.Parent[Logged]) -> list[strawberry.ID]:
        return [strawberry.ID(id) for id in root.event.related]

    @strawberry.field(description="What changed, in few words: states and numbers, nobody's data.")
    @staticmethod
    def data(root: strawberry.Parent[Logged]) -> JSON:
        data: Any = dict(root.event.data)
        return JSON(data)


def seal(context: Context, position: int) -> str:
    """Return the cursor of a position in the log."""
    return context.services.cursors.seal(EVENTS, position)


async def unseal(context: Context, cursor: str) -> int:
    """Return the position that *cursor* names. Raises: InvalidInput when it is none, or lies in
    the future: then it is of another installation, or of a log that has been restored."""
    place = context.services.cursors.open(EVENTS, cursor, "after")
    position = int(place[0])
    if position > context.services.relay.cursor and position > await _end(context):
        raise InvalidInput("this cursor lies beyond the end of the log", path=("after",))
    return position


async def _end(context: Context) -> int:
    """The log's own end: another process may have been told of events before this one."""
    async with context.units.read() as unit:
        return await log.last(unit)


def resumed(context: Context, after: str | None) -> str | None:
    """Return the cursor to go on from: the transport's, which has seen more, before the caller's;
    None: the subscription is new and begins with a snapshot, where it has one."""
    return context.resume_after or after


async def follow(context: Context, after: str | None) -> AsyncIterator[Logged]:
    """Yield every event after the cursor *after*, or from now on, once, in commit order.

    The caller's loaders are renewed for each event, and its credential is checked again.

    Raises: InvalidInput for a cursor that is none; Unauthenticated once the credential ends.
    """
    relay = context.services.relay
    after = resumed(context, after)
    start = await unseal(context, after) if after is not None else relay.cursor
    context.cursor = seal(context, start)
    async for logged in relay.follow(start):
        context.renew()
        context.cursor = seal(context, logged.cursor)
        await context.recheck()
        yield logged


def concerns(logged: Logged, id: str) -> bool:
    """True when an event is of the noun *id*, or of something that belongs to it."""
    return logged.event.subject == id or id in logged.event.related
