"""How long after its commit an event is on the wire to its subscribers.

    python -m benchmarks.subscribers [SUBSCRIBERS] [EVENTS]

Subscribers follow `events` over WebSocket on 127.0.0.1; stock changes 100 times a second.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime

import aiohttp
import uvicorn

from benchmarks.support.table import ms, quantile, show
from benchmarks.support.world import ORIGIN, World, _level, world
from connectors.sdk.records import Quantities
from gateway.app import create_app
from gateway.sync import ingest

PORT = 18431
EVERY_S = 0.01
DOCUMENT = 'subscription { events(types: ["inventory.changed"]) { cursor sequence } }'


async def main(subscribers: int, events: int) -> None:
    async with world(10) as held:
        app = create_app(held.gateway)
        config = uvicorn.Config(app, host="127.0.0.1", port=PORT, log_level="error")
        server = uvicorn.Server(config)
        tasks = [
            asyncio.create_task(server.serve()),
            asyncio.create_task(held.gateway.relay.run()),
        ]
        while not server.started:
            await asyncio.sleep(0.01)
        committed: list[float] = []
        lags: list[float] = []
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            ready = asyncio.Barrier(subscribers + 1)
            listening = [
                asyncio.create_task(_listen(session, held, ready, events, committed, lags))
                for _ in range(subscribers)
            ]
            await ready.wait()
            await asyncio.sleep(0.5)
            await _change(held, events, committed)
            await asyncio.gather(*listening)
        server.should_exit = True
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        show(
            f"{events} events to {subscribers} subscribers over WebSocket",
            ("lag p50", "lag p99", "worst"),
            [(ms(quantile(lags, 0.5)), ms(quantile(lags, 0.99)), ms(max(lags)))],
        )


async def _change(held: World, events: int, committed: list[float]) -> None:
    for number in range(events):
        record = _level(number % 100, 0)
        moved = type(record)(
            external_id=record.external_id,
            revised_at=datetime.now(UTC),
            item_id=record.item_id,
            sku=record.sku,
            location_id=record.location_id,
            quantities=Quantities(on_hand=1_000 + number),
        )
        async with held.gateway.units.write() as unit:
            await ingest.apply(unit, [moved], ORIGIN, datetime.now(UTC))
        committed.append(time.perf_counter())
        await asyncio.sleep(EVERY_S)


async def _listen(
    session: aiohttp.ClientSession,
    held: World,
    ready: asyncio.Barrier,
    events: int,
    committed: list[float],
    lags: list[float],
) -> None:
    headers = {"authorization": f"Bearer {held.token()}"}
    url = f"http://127.0.0.1:{PORT}/graphql"
    async with session.ws_connect(
        url, protocols=["graphql-transport-ws"], headers=headers
    ) as socket:
        await socket.send_json({"type": "connection_init"})
        await socket.receive_json()
        await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": DOCUMENT}})
        await ready.wait()
        for number in range(events):
            await socket.receive_json()
            arrived = time.perf_counter()
            # An event can be on the wire before its committer has come round to note the time.
            lags.append(max(0.0, arrived - committed[number]) if number < len(committed) else 0.0)


if __name__ == "__main__":
    asyncio.run(
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else 50,
            int(sys.argv[2]) if len(sys.argv) > 2 else 500,
        )
    )
