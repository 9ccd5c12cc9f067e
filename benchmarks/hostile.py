"""What good callers notice of hostile ones, and what these cost the process.

    python -m benchmarks.hostile [GOOD_REQUESTS]

A gateway of its own process on SQLite. Alone first, then beside 300 peers that send half a request
and wait, then beside peers that send each kind of rubbish over and over.
"""

import asyncio
import gzip
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.support.table import ms, quantile, show
from gateway.store import migrate
from tests.integration.cli.processes import command

HALVES = 300
GOOD = {"query": "{ orders(first: 10) { nodes { id number } } }"}
DEEP = b"[" * 200_000 + b"]" * 200_000
BODIES = {
    "null": b"null",
    "200,000 deep": b'{"query": "{ a }", "variables": ' + DEEP + b"}",
    "1 MB and more": b'{"query": "' + b" " * 1_100_000 + b'"}',
    "invalid UTF-8": b'{"query": "\xff"}',
    "3,000 aliases": json.dumps(
        {"query": f"{{ {' '.join(f'a{n}: __typename' for n in range(3_000))} }}"}
    ).encode(),
    "5,000 deep": json.dumps({"query": "{a" * 5_000 + "}" * 5_000}).encode(),
    "batch of 5,000": json.dumps([GOOD] * 5_000).encode(),
    "gzip bomb": gzip.compress(b" " * 50_000_000),
}
HEADERS = {"content-type": "application/json"}


@dataclass(frozen=True)
class Served:
    url: str
    token: str
    pid: int

    def rss_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@asynccontextmanager
async def gateway() -> AsyncIterator[Served]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/hostile.sqlite3"
        await migrate.upgrade(url)
        env = {"GATEWAY_DATABASE_URL": url, "GATEWAY_SECRET_KEY": "benchmark" * 4}
        async with command("token", "--role", "admin", env=env) as minted:
            assert minted.process.stdout
            token = (await minted.process.stdout.read()).decode().split()[-1]
        async with command("serve", "--port", "0", env=env) as running:
            stated = await running.ready()
            yield Served(stated["graphql"], token, running.process.pid)


async def good(served: Served, requests: int) -> list[float]:
    """Return how long each took, one after the other on one connection."""
    headers = {"authorization": f"Bearer {served.token}"}
    took = []
    async with aiohttp.ClientSession(headers=headers) as session:
        for _ in range(requests):
            began = time.perf_counter()
            async with session.post(served.url, json=GOOD) as answer:
                assert answer.status == 200, await answer.text()
                await answer.read()
            took.append(time.perf_counter() - began)
    return took


async def rubbish(served: Served, body: bytes, statuses: set[int], took: list[float]) -> None:
    async with aiohttp.ClientSession(headers=HEADERS) as session:
        while True:
            began = time.perf_counter()
            try:
                async with session.post(served.url, data=body) as answer:
                    statuses.add(answer.status)
            except aiohttp.ClientError:
                continue  # it was answered and let go while it was still sending
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.05)


async def main(requests: int) -> None:
    rows = []
    async with gateway() as served:
        await good(served, requests)
        rows.append(_row("alone", await good(served, requests), served, "", []))
        host, port = served.url.split("/")[2].split(":")
        halves = [await asyncio.open_connection(host, int(port)) for _ in range(HALVES)]
        for _, writer in halves:
            writer.write(b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
        rows.append(_row(f"{HALVES} half-sent", await good(served, requests), served, "", []))
        for _, writer in halves:
            writer.close()
        for name, body in BODIES.items():
            statuses: set[int] = set()
            took: list[float] = []
            hostile = asyncio.create_task(rubbish(served, body, statuses, took))
            beside = await good(served, requests)
            hostile.cancel()
            await asyncio.gather(hostile, return_exceptions=True)
            rows.append(_row(name, beside, served, str(sorted(statuses)), took))
    show(
        f"{requests} good requests",
        ("beside", "p50", "p99", "RSS MB", "refused with", "refused p50"),
        rows,
    )


def _row(
    name: str, took: list[float], served: Served, statuses: str, refused: list[float]
) -> tuple[str, ...]:
    median = ms(quantile(refused, 0.5)) if refused else ""
    rss = f"{served.rss_mb():.0f}"
    return name, ms(quantile(took, 0.5)), ms(quantile(took, 0.99)), rss, statuses, median


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
