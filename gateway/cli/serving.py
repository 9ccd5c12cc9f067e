"""``gateway serve`` and ``gateway worker``: what answers, and what runs without being asked.

On PostgreSQL they are processes of their own, as many as are wanted. SQLite is for one process, so
there ``serve`` does the work of both.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import typer

from gateway import settings as setting
from gateway.cli import processes, stores, workers
from gateway.cli.words import ready
from gateway.settings import Configuration, ConfigurationError, Settings
from gateway.store import engine

DRAIN_S = 2.0
"""How long ``/readyz`` says no before the door closes: two checks of a balancer that looks each
second. With what answers under way may take it is less than the ten seconds that orchestrators
wait before they kill."""

Host = Annotated[str, typer.Option(help="The address to listen at.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """What a web process needs: all of it can be handed to a process of its own."""

    settings: Settings
    configuration: Configuration
    with_worker: bool

    async def __call__(
        self, listener: socket.socket, stop: asyncio.Event, on_ready: Callable[[], None]
    ) -> None:
        """Answer until *stop* is set."""
        from gateway.app import create_app, open_gateway
        from gateway.web import server
        from gateway.web.connection import Bounds

        processes.configure_logs(self.settings)
        if not await processes.await_store(self.settings, stop):
            return
        async with open_gateway(self.settings, self.configuration) as gateway:
            manners = server.Manners(
                on_ready=on_ready,
                on_stop=gateway.readiness.drain,
                on_close=gateway.readiness.close,
                drain_s=DRAIN_S,
            )
            bounds = Bounds(connections=self.settings.max_connections)
            loops = [gateway.relay.run()]
            if self.with_worker:
                loops.append(gateway.background.run())
            app = create_app(gateway)
            processes.settle_memory()
            serving = server.serve(app, listener, stop, manners, bounds)
            await processes.until(asyncio.Event(), serving, *loops)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers_: Annotated[int, typer.Option("--workers", min=1, help="How many web processes.")] = 1,
    with_worker: Annotated[
        bool | None,
        typer.Option(
            "--with-worker/--without-worker",
            help="Also do the work of `gateway worker`. On SQLite that is the default.",
        ),
    ] = None,
) -> None:
    """Answer queries, mutations and subscriptions, and take webhooks in."""
    settings, configuration = load()
    is_sqlite = engine.is_sqlite(settings.database_url)
    if workers_ > 1 and is_sqlite:
        raise ConfigurationError("GATEWAY_DATABASE_URL: SQLite is for one process; use PostgreSQL")
    with listen(host, port) as listener:
        url = _address(listener)
        given: dict[str, object] = {"processes": max(settings.processes, workers_)}
        if "public_url" not in settings.model_fields_set:
            given["public_url"] = url
        web = Web(
            settings=settings.model_copy(update=given),
            configuration=configuration,
            with_worker=is_sqlite if with_worker is None else with_worker,
        )
        _serve(web, listener, workers_, url)


def _serve(web: Web, listener: socket.socket, count: int, url: str) -> None:
    announce = lambda: ready({"url": url, "graphql": f"{url}/graphql", "console": f"{url}/"})  # noqa: E731
    if count == 1:
        processes.run(lambda stop: web(listener, stop, announce))
        return
    # Said once here, not by each of them.
    processes.run(lambda stop: check(web.settings, web.configuration, stop))
    workers.run(web, listener, count, announce)


def worker() -> None:
    """Take in, react and send out: everything that runs without being asked."""
    settings, configuration = load()
    processes.run(lambda stop: _work(settings, configuration, stop))


async def check(settings: Settings, configuration: Configuration, stop: asyncio.Event) -> None:
    """Return when the store answers and every connection is sound.

    Raises: ConfigurationError, StoreBehind; typer.Exit when told to stop.
    """
    if not await processes.await_store(settings, stop):
        raise typer.Exit
    async with stores.opened(settings) as units:
        await stores.connections(units, settings, configuration)


async def _work(settings: Settings, configuration: Configuration, stop: asyncio.Event) -> None:
    from gateway.app import open_gateway

    processes.configure_logs(settings)
    if not await processes.await_store(settings, stop):
        return
    async with open_gateway(settings, configuration) as gateway:
        processes.settle_memory()
        await processes.until(stop, gateway.relay.run(), gateway.background.run())


def load() -> tuple[Settings, Configuration]:
    """Read the environment and the file. Raises: ConfigurationError, also without a secret key."""
    settings = setting.load()
    settings.keys("any")
    return settings, setting.read_file(settings.config)


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket. Raises: ConfigurationError when the address is taken."""
    from gateway.web import server

    try:
        return server.listen(host, port)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise ConfigurationError(f"cannot listen at {host}:{port}: {reason}") from error


def _address(listener: socket.socket) -> str:
    from gateway.web import server

    return server.address(listener)
