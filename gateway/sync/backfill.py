"""Backfill: everything that a connection holds, once, in pages; a page is all that memory holds."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import cast

from connectors.sdk.records import Kind
from gateway.sync.pull import BACKFILL, Progress, Puller
from gateway.systems.connections import Connected

Pages = AsyncGenerator[Progress, None]


def kinds(connected: Connected, only: Sequence[Kind] = ()) -> list[Kind]:
    """Return what can be pulled, what others refer to first: places before stock, orders before
    what left of them. *only* these, unless it is empty."""
    return [one for one in Kind if connected.can_pull(one) and (one in only or not only)]


async def run(
    puller: Puller, connected: Connected, only: Sequence[Kind] = ()
) -> AsyncIterator[Progress]:
    """Read everything, giving the progress after each page.

    After a crash: it goes on at the last page that was kept. A kind that another process reads now
    is left to it, and gives nothing.

    Raises: the errors of `Pulls.pull`; what was read before stays.
    """
    for kind in kinds(connected, only):
        async with aclosing(cast(Pages, puller.run(connected, kind, BACKFILL))) as pages:
            async for progress in pages:
                yield progress
