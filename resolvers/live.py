"""Subscriptions: replay from the log, then live; no gap, no repeat, access checked each time."""

from collections.abc import AsyncIterator

from gateway.events.event import Logged
from resolvers.context import Context
from resolvers.events import seal, unseal


async def follow(context: Context, after: str | None) -> AsyncIterator[Logged]:
    """Yield every event after the cursor *after*, or from now on, once, in commit order.

    The caller's loaders are renewed for each event, and its credential is checked again.

    Raises: InvalidInput for a cursor that is none; Unauthenticated once the credential ends.
    """
    relay = context.services.relay
    after = context.resume_after or after
    start = unseal(context, after) if after is not None else relay.cursor
    async for logged in relay.follow(start):
        context.renew()
        context.cursor = seal(context, logged.cursor)
        await context.services.authenticator.recheck(context.principal)
        yield logged


def concerns(logged: Logged, id: str) -> bool:
    """True when an event is of the noun *id*, or of something that belongs to it."""
    return logged.event.subject == id or id in logged.event.related
