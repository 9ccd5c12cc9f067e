"""A gateway as a process of its own, on SQLite, and what it takes of the machine."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.support.world import SECRET_KEY, fill
from tests.integration.cli.processes import command


@dataclass(frozen=True)
class Served:
    """Where it answers. *token*: an admin's. *hostile_token*: one of somebody else, an agent."""

    url: str
    token: str
    hostile_token: str
    pid: int

    def rss_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def descriptors(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())


@asynccontextmanager
async def gateway(orders: int = 0) -> AsyncIterator[Served]:
    """Serve a store with *orders* orders until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/benchmark.sqlite3"
        await fill(url, orders)
        env = {"GATEWAY_DATABASE_URL": url, "GATEWAY_SECRET_KEY": SECRET_KEY}
        token, hostile_token = await _token("admin", env), await _token("agent", env)
        async with command("serve", "--port", "0", env=env) as running:
            stated = await running.ready()
            yield Served(stated["graphql"], token, hostile_token, running.process.pid)


async def _token(role: str, env: dict[str, str]) -> str:
    async with command("token", "--role", role, "--subject", f"{role}@benchmark", env=env) as one:
        assert one.process.stdout
        said = await one.process.stdout.read()
        await one.process.wait()
        return said.decode().split()[-1]
