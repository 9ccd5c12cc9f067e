"""Start all, hold their answers against ours, measure them in turn, print the table."""

import argparse
import asyncio
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.peers import data, roster, tables
from benchmarks.peers.asking import ADDRESS, CONNECTIONS, Running, running
from benchmarks.peers.databases import Sqlite, postgresql
from benchmarks.peers.processes import started
from benchmarks.peers.roster import OURS, Peer
from benchmarks.support.table import show
from benchmarks.support.world import fill

VIEWS = ("list", "detail")
DETAILS = 1_000
WARM_S = {"list": 4.0, "detail": 2.0}
"""Enough for V8 and graphql-jit to compile what they will."""
EQUAL = 1.05
"""A ratio below it is noise."""

Costs = dict[str, dict[str, list[float]]]
"""View -> peer -> CPU seconds of a request, round by round."""


class Bench:
    """One run. What cannot be started is left out, and the table says so."""

    def __init__(self, given: argparse.Namespace, stack: AsyncExitStack) -> None:
        self._given = given
        self._stack = stack
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.peers: list[Running] = []
        self.left_out: list[str] = []

    async def prepare(self) -> None:
        """Fill every store and start every server."""
        ours = Sqlite(path=self._folder / "gateway.sqlite3")
        await fill(ours.url, self._given.orders)
        first = await self._start(roster.gateway(OURS[0], ours))
        assert first, self.left_out
        orders, pages = await self._orders(first)
        rows = data.rows(orders)
        for one in await self._others(rows):
            await self._start(one)
        await self._start_federated(orders)
        for running_ in self.peers:
            await self._check(running_, orders, pages)

    async def measure(self) -> Costs:
        costs: Costs = {view: {one.peer.name: [] for one in self.peers} for view in VIEWS}
        for view in VIEWS:
            for one in self.peers:
                await one.cost_s(view, WARM_S[view])
        for number in range(self._given.rounds):
            turn = self.peers if number % 2 == 0 else self.peers[::-1]
            for view in VIEWS:
                for one in turn:
                    cost = await one.cost_s(view, self._given.seconds)
                    costs[view][one.peer.name].append(cost)
        return costs

    async def _start(self, peer: Peer) -> Running | None:
        if not self._wanted(peer):
            return None
        log = self._folder / f"{peer.name.replace('/', '-')}.log"
        try:
            process = self._stack.enter_context(started(peer.command, peer.environment, log))
            found = await self._stack.enter_async_context(running(peer, process))
        except (OSError, TimeoutError) as error:
            self.left_out.append(f"{peer.name}: does not start: {error}")
            return None
        self.peers.append(found)
        return found

    def _wanted(self, peer: Peer) -> bool:
        only = self._given.only
        return not only or peer.name in OURS or any(word in peer.name.lower() for word in only)

    async def _others(self, rows: tables.Rows) -> list[Peer]:
        written = self._folder / "rows.json"
        written.write_text(json.dumps(rows))
        small = Sqlite(path=self._folder / "plain.sqlite3")
        await tables.fill(small.url, rows)
        held, plain, graphile = [self._stack.enter_context(postgresql()) for _ in range(3)]
        await fill(held.url, self._given.orders)
        for one in (plain, graphile):
            await tables.fill(one.url, rows)
        return [
            roster.gateway(OURS[1], held),
            *roster.in_memory(written),
            roster.plain("Strawberry + SQLAlchemy / SQLite", small, OURS[0]),
            roster.postgraphile(graphile),
            roster.plain("Strawberry + SQLAlchemy / PostgreSQL", plain, OURS[1]),
        ]

    async def _start_federated(self, orders: Sequence[Any]) -> None:
        """Start the services, compose the graph over them, start its gateway."""
        supergraph, held = self._folder / "supergraph.graphql", self._folder / "services.json"
        peer = roster.hive(supergraph)
        if not self._wanted(peer):
            return
        held.write_text(json.dumps(data.services(orders)))
        try:
            command, given = roster.upstream(held)
            services = self._stack.enter_context(started(command, given, self._folder / "rest.log"))
            command, given = roster.compose(supergraph, f"{ADDRESS}:{services.port}")
            environment = {**os.environ, **given}
            subprocess.run(
                command, cwd=roster.NODE, env=environment, check=True, capture_output=True
            )
        except OSError as error:
            self.left_out.append(f"{peer.name}: does not start: {error}")
        except subprocess.CalledProcessError as error:
            self.left_out.append(f"{peer.name}: cannot be composed: {error.stderr[-300:]!r}")
        else:
            await self._start(peer)

    async def _orders(self, ours: Running) -> tuple[list[Any], int]:
        found: list[Any] = []
        after, pages = None, 0
        while len(found) < self._given.orders:
            page = (await ours.ask(data.FULL, after=after))["orders"]
            found += page["nodes"]
            after, pages = page["pageInfo"]["endCursor"], pages + 1
        assert len(found) == self._given.orders
        return found, pages

    async def _check(self, one: Running, orders: Sequence[Any], pages: int) -> None:
        """Walk every page and many details: leaf for leaf what ours said; keep the requests."""
        cursors: list[str | None] = [None]
        listed = [{name: order[name] for name in order if name != "sourceRefs"} for order in orders]
        for begin, end in pairwise(range(0, len(orders) + 1, data.PAGE)):
            page = (await one.ask(one.peer.list, after=cursors[-1]))["orders"]
            _same(one, page["nodes"], listed[begin:end])
            cursors.append(page["pageInfo"]["endCursor"])
        chosen = orders[:DETAILS]
        for order in chosen[::10]:
            answer = await one.ask(one.peer.detail, id=order["id"])
            last = order["sourceRefs"]
            shown = {name: order[name] for name in order if name != "sourceRefs"}
            _same(one, answer, [shown, last])
        one.will_ask("list", one.peer.list, [{"after": after} for after in cursors[:pages]])
        one.will_ask("detail", one.peer.detail, [{"id": order["id"]} for order in chosen])


def _same(one: Running, answer: object, expected: object) -> None:
    said, meant = list(data.leaves(answer)), list(data.leaves(expected))
    assert said == meant, f"{one.peer.name} answers otherwise: {len(said)} leaves, not {len(meant)}"


def _row(one: Running, costs: Costs) -> list[str]:
    cells = list(one.peer.name.split(" / "))
    for view in VIEWS:
        own, ours = costs[view][one.peer.name], costs[view].get(one.peer.beside, [])
        cells += [f"{median(own) * 1000:.2f}", f"{min(own) * 1000:.2f}"]
        # Of each round: what slows the machine down slows both.
        ratio = median(theirs / mine for theirs, mine in zip(own, ours, strict=True))
        same = one.peer.name == one.peer.beside
        cells.append("" if same else _said(ratio))
    return cells


def _said(ratio: float) -> str:
    if 1 / EQUAL < ratio < EQUAL:
        return "the same"
    return f"{ratio:.1f} x less" if ratio >= 1 else f"{1 / ratio:.1f} x more"


async def main(given: argparse.Namespace) -> None:
    async with AsyncExitStack() as stack:
        bench = Bench(given, stack)
        await bench.prepare()
        costs = await bench.measure()
        rows = [_row(one, costs) for one in bench.peers]
        left_out = bench.left_out
    figures = ("median", "min", "gateway takes")
    head = ("server", "its data", *[f"{view}: {name}" for view in VIEWS for name in figures])
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    title = (
        f"CPU ms per request, {given.rounds} rounds of {given.seconds:g} s over {CONNECTIONS} kept "
        f"connections, {given.orders:,} orders; load {load} on {os.cpu_count()} CPUs"
    )
    show(title, head, rows)
    for line in left_out:
        print(f"left out: {line}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("--orders", type=int, default=1_000, help="a multiple of 50")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement")
    parser.add_argument("--only", nargs="*", default=[], help="words of the names of peers")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(_arguments()))
