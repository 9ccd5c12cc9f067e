"""Servers as processes of their own on 127.0.0.1, and the CPU that they and theirs took."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STOPS_S = 10.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A server that was started: its *pid*, its *port*, and the file that it writes to."""

    handle: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def last_words(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return " ".join(lines[-20:])[-1500:]


@contextmanager
def started(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Process]:
    """Run *command*, its ``{port}`` filled in and in PORT, and end it and its children at exit."""
    port = free_port()
    with log.open("wb") as written:
        handle = subprocess.Popen(
            [part.replace("{port}", str(port)) for part in command],
            env={**os.environ, **environment, "PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Process(handle=handle, port=port, log=log)
    finally:
        _end(handle)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cpu_s(roots: Sequence[int]) -> float:
    """CPU seconds, in user and system mode, of *roots* and all that descends from them, ever."""
    ticks, parents = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended: its parent has its time
        pid = int(folder.name)
        # proc(5): after the name come the state and the parent; 11 to 14 are the times, of itself
        # and of its children that have ended.
        parents[pid] = int(stat[1])
        ticks[pid] = sum(int(value) for value in stat[11:15])
    return sum(ticks[pid] for pid in ticks if _descends(pid, roots, parents)) / TICKS_PER_S


def _descends(pid: int, roots: Sequence[int], parents: Mapping[int, int]) -> bool:
    while pid and pid not in roots:
        pid = parents.get(pid, 0)
    return pid in roots


def _end(handle: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(handle.pid, sign)
        except ProcessLookupError:
            break
        began = time.monotonic()
        while handle.poll() is None and time.monotonic() - began < STOPS_S:
            time.sleep(0.05)
    handle.wait()
