"""Several web processes on one listening socket, and the one that watches over them."""

import asyncio
import multiprocessing
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Protocol

import typer

from gateway.cli import processes
from gateway.cli.words import SET_UP_WRONG, say
from gateway.settings import ConfigurationError, find_connectors
from gateway.store.state import StoreBehind

ENDS_WITHIN_S = 9.0
"""How long a process may take to end; one that hangs is killed."""
LOOKS_EVERY_S = 0.5
AGAIN_AFTER_S = 1.0
"""A process that keeps dying is not started more often."""

_spawn = multiprocessing.get_context("spawn")


class Serve(Protocol):
    """What each process does."""

    def __call__(
        self, listener: socket.socket, stop: asyncio.Event, on_ready: Callable[[], None]
    ) -> Coroutine[None, None, None]: ...


@dataclass(slots=True)
class _Child:
    process: BaseProcess
    ear: Connection
    is_ready: bool = False

    def listen(self) -> None:
        """Hear whether it is ready. A child that died closes its end, and then is not."""
        try:
            self.is_ready = self.is_ready or (self.ear.poll() and bool(self.ear.recv()))
        except EOFError:
            return


def run(serve: Serve, listener: socket.socket, count: int, announce: Callable[[], None]) -> None:
    """Keep *count* processes serving until SIGTERM or SIGINT; *announce* once all are ready.

    Raises: typer.Exit when one ends before it was ever ready: so would the next.
    """
    told: list[int] = []
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, _frame: told.append(number))
    children = [_start(serve, listener) for _ in range(count)]
    is_announced = False
    try:
        while not told:
            wait([child.process.sentinel for child in children], LOOKS_EVERY_S)
            for child in children:
                child.listen()
            if not is_announced and all(child.is_ready for child in children):
                announce()
                is_announced = True
            if not told:
                children = [_kept_or_begun(child, serve, listener) for child in children]
    finally:
        _end(children)


def _start(serve: Serve, listener: socket.socket) -> _Child:
    ear, mouth = _spawn.Pipe(duplex=False)
    process = _spawn.Process(target=_child, args=(serve, listener, mouth))
    process.start()
    mouth.close()
    return _Child(process, ear)


def _child(serve: Serve, listener: socket.socket, mouth: Connection) -> None:
    try:
        find_connectors()
        processes.run(lambda stop: serve(listener, stop, lambda: mouth.send(True)))
    except (ConfigurationError, StoreBehind) as error:
        say(error)
        sys.exit(SET_UP_WRONG)


def _kept_or_begun(child: _Child, serve: Serve, listener: socket.socket) -> _Child:
    if child.process.exitcode is None:
        return child
    if not child.is_ready:
        raise typer.Exit(child.process.exitcode if child.process.exitcode > 0 else 1)
    say(f"web process {child.process.pid} ended ({child.process.exitcode}); another takes over")
    time.sleep(AGAIN_AFTER_S)
    return _start(serve, listener)


def _end(children: list[_Child]) -> None:
    deadline = time.monotonic() + ENDS_WITHIN_S
    for child in children:
        child.process.terminate()
    for child in children:
        child.process.join(max(0.0, deadline - time.monotonic()))
        if child.process.exitcode is None:
            child.process.kill()
            child.process.join()
