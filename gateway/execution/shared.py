"""What many followers of one event ask for alike: worked out once, given to all.

payload = await shared.once((cursor, order_id, rows), read)
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

REMEMBERED = 256
"""Results kept: followers are at most a few events apart, or work things out themselves."""


class Shared:
    """Results by key, the latest kept; a key must name all that its result depends on.

    Concurrency: one event loop. Whoever comes first begins the work, and it goes on when they
    leave. What it raises is raised to all who wait, and forgotten: who comes back tries again.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._held: OrderedDict[Hashable, asyncio.Task[Any]] = OrderedDict()

    async def once(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return what *make* gives, called at most once for *key* while it is remembered."""
        task: asyncio.Task[T] | None = self._held.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(_made(make))
            task.add_done_callback(partial(self._settled, key))
            self._held[key] = task
            if len(self._held) > self._remembered:
                self._held.popitem(last=False)
        return await asyncio.shield(task)

    def _settled(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        """Forget what failed: the store may have been away, and followers resume at this event."""
        has_failed = task.cancelled() or task.exception() is not None
        if has_failed and self._held.get(key) is task:
            del self._held[key]


async def _made(make: Callable[[], Awaitable[T]]) -> T:
    return await make()
