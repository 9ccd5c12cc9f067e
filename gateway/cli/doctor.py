"""``gateway doctor``: is everything there that the gateway needs? One line each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import typer
from redis.asyncio import Redis
from redis.exceptions import RedisError

from connectors.sdk.errors import ConnectorError
from gateway import settings as setting
from gateway.cli import stores
from gateway.cli.words import out
from gateway.settings import Configuration, ConfigurationError, Settings, one_line
from gateway.store.state import StoreAway, StoreBehind, require_migrated, revisions
from gateway.systems import egress
from gateway.systems.connections import Connected, Systems

CHECK_S = 20.0
"""How long one check may take: longer than every time-out of a connection's one request."""


class Wrong(Exception):
    """What a check found. One line."""


_EXPECTED = (Wrong, ConfigurationError, StoreAway, StoreBehind, ConnectorError, TimeoutError)
Check = Callable[[], Awaitable[str]]


def doctor() -> None:
    """Check settings, store, Redis and every connection. Exit code 1 when something is wrong."""
    if not asyncio.run(_all()):
        raise typer.Exit(1)


async def _all() -> bool:
    """Check one thing after the other; what the settings do not say cannot be checked."""
    try:
        settings = setting.load()
        settings.keys("any")
        configuration = setting.read_file(settings.config)
    except ConfigurationError as error:
        _line("settings", str(error), is_good=False)
        return False
    _line("settings", "complete", is_good=True)
    is_good = await _look("store", lambda: _store(settings))
    if settings.redis_url:
        is_good &= await _look("redis", lambda: _redis(settings.redis_url or ""))
    if is_good:
        async for is_connected in _connections(settings, configuration):
            is_good &= is_connected
    return is_good


async def _store(settings: Settings) -> str:
    await require_migrated(settings.database_url)
    kind = settings.database_url.partition("+")[0]
    return f"{kind}, at {revisions()[-1]}"


async def _redis(url: str) -> str:
    redis: Redis = Redis.from_url(url)
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        raise Wrong(f"{type(error).__name__}: {error}") from error
    finally:
        await redis.aclose()
    return "answers"


async def _connections(settings: Settings, configuration: Configuration) -> AsyncIterator[bool]:
    async with (
        stores.opened(settings) as units,
        egress.open_session(settings.private_networks) as session,
    ):
        try:
            found = await stores.connections(units, settings, configuration)
        except ConfigurationError as error:
            yield _line("connections", str(error), is_good=False)
            return
        for connected in Systems(found, session).all():
            yield await _look(connected.id, partial(_connection, connected))


async def _connection(connected: Connected) -> str:
    """Ask the system who we are; one that is switched off is not asked."""
    if not connected.enabled:
        return f"{connected.connector}, switched off"
    account = await connected.client.check()
    return (
        f"{connected.connector}, {account.name}{f' {account.version}' if account.version else ''}"
    )


async def _look(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_S):
            return _line(name, await check(), is_good=True)
    except _EXPECTED as error:
        return _line(name, str(error) or type(error).__name__, is_good=False)


def _line(name: str, what: str, *, is_good: bool) -> bool:
    out.print(f"{'ok  ' if is_good else 'FAIL'}  {name}: {one_line(what)}", markup=False)
    return is_good
