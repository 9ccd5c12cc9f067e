"""What a plan costs to make and to keep, and where the time of a list goes.

    python -m benchmarks.plans [ORDERS]

A plan is made once for a document and the values of its @skip and @include. Bytes are those of
Python's allocator (tracemalloc), the parsed document not counted.
"""

import asyncio
import cProfile
import pstats
import sys
import time
import tracemalloc
from typing import Any

from graphql import OperationDefinitionNode, get_variable_values, parse

from benchmarks.reads import DETAIL, LIST, Runner
from benchmarks.support.table import ms, quantile, show
from benchmarks.support.world import world
from gateway.execution.engine.plans import REMEMBERED_FIELDS, Plans
from gateway.store.codec import REMEMBERED_CHARACTERS
from resolvers.schema import SCHEMA

ROUNDS = 60
VIEWS: dict[str, tuple[str, dict[str, Any]]] = {
    "list of 50": (LIST, {}),
    "detail": (DETAIL, {"id": "order_x"}),
}


async def main(orders: int) -> None:
    rows = [(name, *_cost(text, variables)) for name, (text, variables) in VIEWS.items()]
    show(
        f"a plan; {REMEMBERED_FIELDS:,} fields of all plans and {REMEMBERED_CHARACTERS:,} "
        "characters of decoded documents are kept",
        ("view", "fields", "made in", "kept in", "bytes a field"),
        rows,
    )
    async with world(orders) as held:
        run = Runner(held)
        await run.once(LIST, {})
        show("where the time of a list goes", ("share", "where"), await _profile(run))


def _cost(text: str, variables: dict[str, Any]) -> tuple[str, str, str, str]:
    took = []
    for _ in range(ROUNDS):
        parsed = _parsed(text, variables)
        plans = Plans(SCHEMA._schema)
        began = time.process_time()
        plans.get(*parsed)
        took.append(time.process_time() - began)
    held = [_parsed(text, variables) for _ in range(20)]
    tracemalloc.start()
    plans = Plans(SCHEMA._schema)
    for document, operation, coerced in held:
        plans.get(document, operation, coerced)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    fields = plans.fields // len(held)
    each = size // len(held)
    return str(fields), ms(quantile(took, 0.5)), f"{each:,} B", f"{each // fields:,}"


def _parsed(text: str, variables: dict[str, Any]) -> Any:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    coerced = get_variable_values(SCHEMA._schema, operation.variable_definitions or (), variables)
    return document, operation, coerced


async def _profile(run: Runner) -> list[tuple[str, str]]:
    """Return the share of each part of the code in the CPU of this thread."""
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(10):
        await run.once(LIST, {})
    profile.disable()
    spent: dict[str, float] = {}
    stats: Any = pstats.Stats(profile)
    for (path, _, name), (_, _, own, _, _) in stats.stats.items():
        if "poll" not in name:
            part = _part(path)
            spent[part] = spent.get(part, 0) + own
    total = sum(spent.values())
    return [
        (f"{100 * own / total:.0f} %", part)
        for part, own in sorted(spent.items(), key=lambda one: -one[1])
        if own / total >= 0.01
    ]


def _part(path: str) -> str:
    for part in ("execution/engine", "execution", "store", "domain", "resolvers"):
        if f"/{part}/" in path:
            return part
    for library in ("aiodataloader", "sqlalchemy", "asyncio", "graphql", "strawberry"):
        if f"/{library}/" in path:
            return library
    return "Python's own (C)" if path == "~" else "other"


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
