"""What a list of 50 orders and one order cost, from the store, through the whole pipeline.

    python -m benchmarks.reads [ORDERS]

CPU of this process for each request, HTTP left out. The list has its customers, lines with product
and stock at five locations, shipments with scans: about 2,400 leaves.
"""

import asyncio
import sys
import time
from typing import Any

import msgspec

from benchmarks.support.table import ms, quantile, show
from benchmarks.support.world import ADMIN, World, world
from gateway.execution.pipeline import Operation, Pipeline
from resolvers.context import Context
from resolvers.schema import SCHEMA

LIST = """query($after: String) { orders(first: 50, after: $after) { nodes {
  id number status placedAt totals { total { amount currencyCode } } customer { id firstName email }
  lines { id quantity unitPrice { amount }
    variant { sku title inventoryLevels { location { code } available } } }
  shipments { id status tracking { carrier } deliveries { events { status occurredAt location } } }
} pageInfo { endCursor } } }"""
DETAIL = """query($id: ID!) { order(id: $id) {
  id number status placedAt totals { total { amount currencyCode } } customer { id firstName email }
  lines { id quantity unitPrice { amount }
    variant { sku title inventoryLevels { location { code } available } } }
  shipments { id status tracking { carrier } deliveries { events { status occurredAt location } } }
  sourceRefs { system stale } } }"""
ROUNDS = 40


async def main(orders: int) -> None:
    async with world(orders) as held:
        run = Runner(held)
        first = await run.once(LIST, {})
        assert 50 == len(first["orders"]["nodes"])
        ids = [node["id"] for node in first["orders"]["nodes"]]
        after = first["orders"]["pageInfo"]["endCursor"]
        lists = await run.timed(LIST, [{"after": after}] * ROUNDS)
        details = await run.timed(DETAIL, [{"id": id} for id in ids])
        rate = f"{3 * orders / held.seconds:,.0f} records/s" if held.seconds else "-"
        rows = [
            (
                "list of 50",
                ms(quantile(lists, 0.5)),
                ms(quantile(lists, 0.95)),
                str(_leaves(first)),
            ),
            ("detail", ms(quantile(details, 0.5)), ms(quantile(details, 0.95)), "-"),
        ]
        show(
            f"{orders:,} orders in SQLite, taken in at {rate}",
            ("view", "CPU p50", "CPU p95", "leaves"),
            rows,
        )


class Runner:
    def __init__(self, held: World) -> None:
        self._services = held.gateway.services
        self._pipeline = Pipeline(SCHEMA._schema)

    async def once(self, document: str, variables: dict[str, Any]) -> Any:
        context = Context(services=self._services, principal=ADMIN)
        operation = Operation(query=document, variables=variables)
        response = await self._pipeline.run(operation, context)
        assert "errors" not in response, response["errors"]
        return msgspec.json.decode(msgspec.json.encode(response["data"]))

    async def timed(self, document: str, variables: list[dict[str, Any]]) -> list[float]:
        """CPU seconds of each run, threads of the database driver included."""
        took = []
        for one in variables:
            began = time.process_time()
            await self.once(document, one)
            took.append(time.process_time() - began)
        return took


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_leaves(one) for one in value.values())
    if isinstance(value, list):
        return sum(_leaves(one) for one in value)
    return 1


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
