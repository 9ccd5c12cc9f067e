"""What every long-lived command does: begin with a store that answers, end when told to."""

import asyncio
import gc
import random
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress

import uvloop

from gateway.cli.words import say
from gateway.settings import ConfigurationError, Settings
from gateway.store import engine, state
from gateway.telemetry import logs

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0
"""A database that comes back is found within this."""
PSEUDONYMS = "pseudonyms"
"""Which keys of `Settings.keys` make the same subject the same word in every process's logs."""

COLLECTED_AFTER = (10_000, 20, 20)
"""Objects made before the youngest are looked through, and how often before the older ones: an
answer makes thousands that die with it. Python begins at 700."""

Main = Callable[[asyncio.Event], Coroutine[None, None, None]]


def run(main: Main) -> None:
    """Run *main*, and set the event it is given on SIGTERM or SIGINT. Both end in good order."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_told(main))


async def _told(main: Main) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    await main(stop)


def settle_memory() -> None:
    """Tell the garbage collector that what there is now stays.

    The schema and the code are some 160,000 objects that never die. Each full collection looked at
    all of them, 100 ms in which nobody was answered; now it looks at what came since.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def configure_logs(settings: Settings) -> None:
    """Send the logs where *settings* say. Raises: ConfigurationError without a secret key."""
    logs.configure(settings.log_level, settings.log_format, key=settings.keys(PSEUDONYMS)[0])


async def await_store(settings: Settings, stop: asyncio.Event) -> bool:
    """Wait until the store answers, saying so; False when told to stop meanwhile.

    Raises: StoreBehind; ConfigurationError for a file that cannot be opened: it never will.
    """
    wait_s = FIRST_WAIT_S
    while not stop.is_set():
        try:
            await state.require_migrated(settings.database_url)
            return True
        except state.StoreAway as error:
            if engine.is_sqlite(settings.database_url):
                raise ConfigurationError(f"GATEWAY_DATABASE_URL: {error}") from error
            say(f"the store does not answer ({error}); trying again in {wait_s:.1f} s")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait_s * random.uniform(0.8, 1.2))  # noqa: S311
        wait_s = min(LONGEST_WAIT_S, wait_s * 2)
    return False


async def until(stop: asyncio.Event, *endless: Awaitable[None]) -> None:
    """Run what is *endless* until *stop* is set. Raises: what one of them raises."""
    tasks = [asyncio.ensure_future(one) for one in endless]
    stopped = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        stopped.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
