"""The server: a listening socket in, answers out, until told to stop.

uvicorn does the work; signals are left to whoever runs it, so that several servers share a process.
"""

import asyncio
import resource
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from gateway.web.connection import Bounds, Connection
from gateway.web.messages import MAX_BODY_BYTES
from gateway.web.streams.wire import SocketConnection

BACKLOG = 2048
"""Connections that may wait to be accepted: a burst of shoppers, not a queue."""
KEEP_ALIVE_S = 75
"""Longer than load balancers keep idle connections (60 s), so that it is they who close them."""
GRACE_S = 4.0
"""How long answers under way may take once no new request is let in."""
POLL_S = 0.01
OTHER_FILES = 256
"""Descriptors that are not a peer's: the store's, connected systems', files that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a server comes and goes. Units: seconds.

    *drain_s*: how long it goes on serving after it was told to stop, while ``/readyz`` says no:
    whoever spreads the load takes it off meanwhile.
    """

    on_ready: Callable[[], None] = field(default=lambda: None)
    on_stop: Callable[[], None] = field(default=lambda: None)
    on_close: Callable[[], None] = field(default=lambda: None)
    drain_s: float = 0.0
    grace_s: float = GRACE_S


class _Server(uvicorn.Server):
    """uvicorn's, which takes no signals."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 takes a free one. Raises: OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def address(listener: socket.socket) -> str:
    """Return the address under which *listener* is reached from this machine."""
    host, port = listener.getsockname()[:2]
    local = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 (read, not bound)
    return f"http://{f'[{local}]' if ':' in local and not local.startswith('[') else local}:{port}"


async def serve(
    app: ASGIApp,
    listener: socket.socket,
    stop: asyncio.Event,
    manners: Manners | None = None,
    bounds: Bounds | None = None,
) -> None:
    """Serve *app* until *stop* is set, then let answers under way end, and close *listener*."""
    manners = manners or Manners()
    server = _Server(_config(app, manners.grace_s, _affordable(bounds or Bounds())))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not running.done():  # noqa: ASYNC110 (uvicorn has no event)
            await asyncio.sleep(POLL_S)
        manners.on_ready()
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([running, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        manners.on_stop()
        if manners.drain_s and not running.done():
            await asyncio.sleep(manners.drain_s)
    finally:
        manners.on_close()
        server.should_exit = True
        await running


def _affordable(bounds: Bounds) -> Bounds:
    """Return *bounds* with no more connections than there are descriptors for.

    A process out of them can neither accept nor reach its store; most begin with 1,024 and may have
    more for the asking.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = bounds.connections + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return replace(bounds, connections=max(1, soft - OTHER_FILES))
    return bounds


def _config(app: ASGIApp, grace_s: float, bounds: Bounds) -> uvicorn.Config:
    connection: Any = partial(Connection, bounds=bounds)  # uvicorn only ever calls it
    return uvicorn.Config(
        app,
        http=connection,
        ws=SocketConnection,
        ws_max_size=2 * MAX_BODY_BYTES,  # what is larger than one is refused by the protocol's code
        ws_per_message_deflate=False,  # a compressor for each socket is more memory than the socket
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=round(grace_s),
        server_header=False,
        proxy_headers=False,
    )
