"""How fast a webhook is accepted (durable), and how soon what it says is in the graph.

    python -m benchmarks.webhooks [DELIVERIES] [PER_SECOND]

Square-signed `order.updated` deliveries come in over HTTP on 127.0.0.1; each names an order
that the gateway then reads at the simulator. Everything shares this one process and its core.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime

import aiohttp
import uvicorn

from benchmarks.support.table import ms, quantile, show
from benchmarks.support.world import World, world
from connectors.sdk import registry
from connectors.sdk.simulator import Good, Place, Purchase
from connectors.sdk.simulator import World as SharedWorld
from connectors.sdk.values import Address
from gateway.app import create_app
from gateway.systems.declared import Connection

PORT, SYSTEM_PORT = 18432, 18433
HOOK = f"http://127.0.0.1:{PORT}/webhooks/till"
NOWHERE = Address(line1="1 Main Street", city="Reno", province="NV", country_code="US")


async def main(deliveries: int, per_second: float) -> None:
    good = Good(
        sku="TEE",
        product="Tee",
        title="Tee",
        option="One size",
        barcode="2000000000015",
        price_minor=1900,
        weight_g=200,
    )
    place = Place(code="STORE", name="Store", is_store=True, address=NOWHERE)
    shared = SharedWorld(
        goods=(good,), places=(place,), shoppers=(), stock={("TEE", "STORE"): 10**6}
    )
    simulator = registry.simulator("square")(shared, lambda: datetime.now(UTC))
    settings = {**simulator.settings, "url": f"http://127.0.0.1:{SYSTEM_PORT}"}
    connection = Connection(id="till", connector="square", settings=settings)
    simulator.register(HOOK)
    async with world(0, [connection]) as held:
        object.__setattr__(held.gateway.settings, "public_url", f"http://127.0.0.1:{PORT}")
        servers = [
            _server(create_app(held.gateway), PORT),
            _server(simulator.faults, SYSTEM_PORT),
        ]
        tasks = [asyncio.create_task(server.serve()) for server in servers]
        while not all(server.started for server in servers):
            await asyncio.sleep(0.01)
        tasks.append(asyncio.create_task(held.gateway.relay.run()))
        tasks.append(asyncio.create_task(held.gateway.background.run()))
        await asyncio.sleep(2)
        await _measure(held, simulator, deliveries, per_second)
        for server in servers:
            server.should_exit = True
        for task in tasks[2:]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _server(app: object, port: int) -> uvicorn.Server:
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error")  # type: ignore[arg-type]
    return uvicorn.Server(config)


async def _measure(held: World, simulator: object, deliveries: int, per_second: float) -> None:
    accepted: list[float] = []
    sent: dict[str, float] = {}
    visible: dict[str, float] = {}
    watching = asyncio.create_task(_watch(held, deliveries, sent, visible))
    async with aiohttp.ClientSession() as session:
        for _ in range(deliveries):
            simulator.posts.clear()  # type: ignore[attr-defined]
            purchase = Purchase(shopper=None, items=(("TEE", 1),), place="STORE")
            order_id = simulator.buy(purchase)  # type: ignore[attr-defined]
            post = next(
                one
                for one in simulator.posts  # type: ignore[attr-defined]
                if b'"order.' in one.body
            )
            sent[order_id] = time.perf_counter()
            async with session.post(post.url, data=post.body, headers=post.headers) as answer:
                assert answer.status in (200, 202), answer.status
            accepted.append(time.perf_counter() - sent[order_id])
            await asyncio.sleep(max(0.0, 1 / per_second - accepted[-1]))
    async with asyncio.timeout(120):
        await watching
    lags = [visible[one] - sent[one] for one in sent]
    show(
        f"{deliveries} deliveries at up to {per_second:g}/s",
        ("", "p50", "p99"),
        [
            ("accepted, durable", ms(quantile(accepted, 0.5)), ms(quantile(accepted, 0.99))),
            ("in the graph", ms(quantile(lags, 0.5)), ms(quantile(lags, 0.99))),
        ],
    )


async def _watch(
    held: World, deliveries: int, sent: dict[str, float], visible: dict[str, float]
) -> None:
    """Note when each order's first event comes round."""
    from gateway.domain.orders import repository

    async for logged in held.gateway.relay.follow(held.gateway.relay.cursor):
        if logged.event.type == "order.placed":
            now = time.perf_counter()
            async with held.gateway.units.read() as unit:
                found = await repository.orders.by_ids(unit, [logged.event.subject])
            for order in found.values():
                if order.external_id in sent or len(visible) < deliveries:
                    visible.setdefault(order.external_id, now)
        if len(visible) >= deliveries:
            return


if __name__ == "__main__":
    asyncio.run(
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else 300,
            float(sys.argv[2]) if len(sys.argv) > 2 else 50,
        )
    )
