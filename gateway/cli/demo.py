"""``gateway demo``: everything, with nothing set up."""

import asyncio
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import processes
from gateway.cli.serving import Host, Port, listen
from gateway.cli.words import err, ready
from gateway.telemetry import logs

if TYPE_CHECKING:
    from gateway.demo.running import Options

ORDERS = 150
SEED = 7


def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    orders: Annotated[
        int, typer.Option(min=0, max=5_000, help="Orders of the last weeks (at least two).")
    ] = ORDERS,
    seed: Annotated[int, typer.Option(help="Another seed, another town.")] = SEED,
    speed: Annotated[
        float, typer.Option(min=0.01, max=100.0, help="How fast life goes on from there.")
    ] = 1.0,
) -> None:
    """Run the gateway over simulated systems, with shoppers who keep buying.

    A web shop, tills, a 3PL and a carrier, each speaking its vendor's wire format over HTTP.
    Nothing is kept: everything is gone when it ends.
    """
    from gateway.demo.running import Options

    options = Options(orders=orders, seed=seed, speed=speed)
    with listen(host, port) as listener:
        processes.run(lambda stop: _run(options, listener, stop))


async def _run(options: "Options", listener: socket.socket, stop: asyncio.Event) -> None:
    from gateway.demo import running
    from gateway.web.server import Manners

    logs.configure("error", "console")  # the rest is for operators, of whom a demo has none
    err.print("Opening shops, filling shelves…")
    async with running.opened(options, listener) as opened:
        err.print(f"Open {opened.url}/ in a browser. Ctrl-C ends it; nothing is kept.")
        manners = Manners(
            on_ready=lambda: ready(opened.announcement),
            on_stop=opened.gateway.readiness.drain,
            on_close=opened.gateway.readiness.close,
            grace_s=running.GRACE_S,
        )
        processes.settle_memory()
        await processes.until(asyncio.Event(), *opened.loops(stop, manners))
