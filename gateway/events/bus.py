"""The bus: a hint that there is something new in the log. Never data, never truth.

A lost hint costs a poll interval, a doubled one an empty read.
"""

import asyncio
from typing import Protocol
from weakref import WeakSet

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

CHANNEL = "gateway:appended"
RECONNECT_S = 1.0

log = structlog.get_logger()


class Listener:
    """One reader's ear: hints that come while it is busy are not lost."""

    def __init__(self) -> None:
        self._hinted = asyncio.Event()

    def hint(self) -> None:
        self._hinted.set()

    async def wait(self, timeout_s: float) -> bool:
        """Return when hinted, or after *timeout_s*; True for a hint."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._hinted.wait()
        except TimeoutError:
            return False
        self._hinted.clear()
        return True


class Bus(Protocol):
    """Wakes every reader in every process."""

    def hint(self) -> None:
        """Say that something was appended. Returns at once; may get lost."""

    def listener(self) -> Listener:
        """Return a new ear; it hears as long as somebody holds it."""

    async def close(self) -> None: ...


class LocalBus:
    """For one process."""

    def __init__(self) -> None:
        self._listeners: WeakSet[Listener] = WeakSet()

    def hint(self) -> None:
        for listener in self._listeners:
            listener.hint()

    def listener(self) -> Listener:
        listener = Listener()
        self._listeners.add(listener)
        return listener

    async def close(self) -> None:
        return


class RedisBus(LocalBus):
    """For many processes, over Redis or Valkey publish/subscribe. Works on, by polling, while the
    server is away."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._redis: Redis = Redis.from_url(url)
        self._unsent = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._tasks = (loop.create_task(self._listen()), loop.create_task(self._send()))

    def hint(self) -> None:
        super().hint()
        self._unsent.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    async def _send(self) -> None:
        """One message for all hints since the last: others may have read since that one left."""
        while True:
            await self._unsent.wait()
            self._unsent.clear()
            try:
                await self._redis.publish(CHANNEL, b"")
            except (RedisError, OSError) as error:
                log.warning("bus.hint_lost", reason=type(error).__name__)
                await asyncio.sleep(RECONNECT_S)

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (RedisError, OSError) as error:
                log.warning("bus.away", reason=type(error).__name__)
                await asyncio.sleep(RECONNECT_S)

    async def _hear(self) -> None:
        async with self._redis.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            super().hint()  # whatever was missed while away
            async for message in channel.listen():
                if message["type"] == "message":
                    super().hint()
