"""What good callers notice of hostile ones, and what these cost the process.

    python -m benchmarks.hostile [GOOD_REQUESTS]

A gateway of its own process on SQLite. Alone first, then beside 300 peers that send half a request
and wait, then beside peers that send each kind of rubbish over and over.
"""

import asyncio
import sys
import time

import aiohttp

from benchmarks.support.rubbish import BODIES, GOOD, HALF, headers_of
from benchmarks.support.served import Served, gateway
from benchmarks.support.table import ms, quantile, show

HALVES = 300


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
    async with aiohttp.ClientSession(headers=headers_of(body)) as session:
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
            writer.write(HALF)
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
