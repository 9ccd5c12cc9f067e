"""Effects and workers that die: every one happens, and none happens twice."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest
from sqlalchemy import text

from connectors.sdk.commands import CancelOrder
from connectors.sdk.manifest import Delivery
from gateway.orchestration import outbox
from gateway.orchestration.outbox import Job
from gateway.store.unit import Units
from tests.faults import worker
from tests.running import ROOT, free_port

KILLS = 20
A_LIFE = 30
"""Effects that are added for each worker to die over."""
LANES = 40


@pytest.fixture
async def upstream() -> AsyncIterator[str]:
    """The other system, in a process of its own, which nobody kills."""
    port = free_port()
    command = ("-m", "tests.faults.upstream", str(port))
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(30), aiohttp.ClientSession() as http:
            while True:
                try:
                    async with http.get(f"{url}/counts"):
                        break
                except aiohttp.ClientConnectorError:
                    await asyncio.sleep(0.05)
        yield url
    finally:
        process.kill()
        await process.wait()


async def enqueue(units: Units, first: int) -> None:
    async with units.write() as unit:
        for number in range(first, first + A_LIFE):
            lane = f"order_{number % LANES}"
            command = CancelOrder(key=f"{lane}/{number:05}", order_id=lane, reason="test")
            job = Job(connection="shop", command=command, lane=lane)
            await outbox.enqueue(unit, job, worker.clock())


async def states(units: Units) -> dict[str, int]:
    async with units.read() as unit:
        rows = await unit.connection.execute(
            text("SELECT state, count(*) AS n FROM effects GROUP BY state")
        )
        return {row.state: row.n for row in rows}


@pytest.mark.parametrize("rule", [Delivery.IDEMPOTENT, Delivery.ASKABLE])
async def test_workers_that_are_killed_lose_and_double_nothing(
    store_url: str, units: Units, upstream: str, rule: Delivery
) -> None:
    """Twenty kills in the middle of calls, some of which go on after their caller's death."""
    draw = random.Random(3)
    setup = worker.Setup(store_url, worker.remote, (upstream, rule))
    for life in range(KILLS):
        await enqueue(units, life * A_LIFE)
        await worker.live_and_die(setup, draw)
    with worker.working(setup):
        async with asyncio.timeout(60):
            while "OPEN" in await states(units):
                await asyncio.sleep(0.1)
    async with aiohttp.ClientSession() as http, http.get(f"{upstream}/counts") as answer:
        happened: dict[str, int] = await answer.json()
    assert {"DONE": KILLS * A_LIFE} == await states(units)
    assert {1} == set(happened.values())
    assert KILLS * A_LIFE == len(happened)
    for lane in range(LANES):
        order = [key for key in happened if key.startswith(f"order_{lane}/")]
        assert sorted(order) == order
