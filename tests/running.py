"""A pytest plugin: real systems, started by the scripts under SYSTEMS_DIR, one each a session.

    async def test_it(running):
        vendure = running("vendure")       # System(port=..., info={"adminApi": ..., "apiKey": ...})

Tests that use it are marked ``systems``; they are skipped, saying why, where SYSTEMS_DIR (default:
``../shared/systems`` beside the repository) is absent or RUN_SYSTEMS is not set.
"""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SYSTEMS_DIR = Path(os.environ.get("SYSTEMS_DIR", ROOT / "../shared/systems")).resolve()
START_TIMEOUT_S = 900
"""The first start installs the system; later ones take seconds."""
END_TIMEOUT_S = 90
"""Odoo was seen to take half a minute on a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A running system: its *port* on 127.0.0.1, what its start script said of itself, and the
    group of its processes."""

    port: int
    info: dict[str, Any]
    process_group: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Let it hang: it takes connections and answers none, until this is left."""
        os.killpg(self.process_group, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process_group, signal.SIGCONT)


Running = Callable[[str], System]


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """Start systems on demand; end, by process group, what was started."""
    if os.environ.get("RUN_SYSTEMS") != "1":
        pytest.skip("real systems are started by `make test-systems` only")
    if not SYSTEMS_DIR.is_dir():
        pytest.skip(f"no systems at {SYSTEMS_DIR}: set SYSTEMS_DIR to the folder that starts them")
    started: dict[str, tuple[subprocess.Popen[str], System]] = {}

    def start(name: str) -> System:
        if name not in started:
            started[name] = _start(name)
        return started[name][1]

    yield start
    for process, _ in started.values():
        _end(process)


@dataclass(slots=True)
class Kept:
    """A system of a test's own, for those that keep their data (DATA_DIR): it can be stopped, and
    started again where it was. *system* is what runs now, or ran last."""

    name: str
    folder: Path
    port: int
    system: System
    _process: subprocess.Popen[str]

    def stop(self) -> None:
        """End every process of it."""
        _end(self._process)

    def start(self) -> None:
        """Start it again, on the same port, with what it knew."""
        self._process, self.system = _start(self.name, self.port, DATA_DIR=str(self.folder))


@contextmanager
def kept(name: str, folder: Path) -> Iterator[Kept]:
    """Start *name* for one test, its data in *folder*."""
    port = free_port()
    process, system = _start(name, port, DATA_DIR=str(folder))
    own = Kept(name, folder, port, system, process)
    try:
        yield own
    finally:
        if own._process.poll() is None:
            own.stop()


def _end(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(timeout=END_TIMEOUT_S)
    assert process.stdout
    process.stdout.close()


def _start(
    name: str, port: int | None = None, **environment: str
) -> tuple[subprocess.Popen[str], System]:
    port = port or free_port()
    process = subprocess.Popen(
        ["bash", str(SYSTEMS_DIR / name / "start.sh"), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={**os.environ, **environment},
    )
    assert process.stdout
    try:
        for line in process.stdout:
            if line.strip() == "READY":
                info = json.loads(process.stdout.readline())
                return process, System(port=port, info=info, process_group=process.pid)
    except BaseException:  # interrupted: what was begun is ended
        os.killpg(process.pid, signal.SIGTERM)
        raise
    pytest.fail(f"{name} did not start: exit code {process.wait(timeout=START_TIMEOUT_S)}")
