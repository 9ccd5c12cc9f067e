"""Whether memory stays flat and good callers are served as well while hostile ones go on and on.

    python -m benchmarks.soak [MINUTES]

A gateway of its own process on SQLite. Good traffic goes on all the time; beside it, in turns of 10
and 50 seconds, there is nobody, and a process of hostile peers that do everything that
`benchmarks.support.rubbish` knows. Before that, what is bounded is filled. MINUTES are those of
mixed traffic; all takes a fifth longer.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.support.rubbish import PROTOCOL, new_text
from benchmarks.support.served import Served, gateway
from benchmarks.support.table import ms, quantile, show

ORDERS = 500
GOOD_PER_S = 20.0
HOSTILE_PER_S = 10.0
QUIET_S, MIXED_S = 10.0, 50.0
WARM_S = 45.0
"""What is held of those who hold things is the same from then on."""
TEXTS, LONG_TEXTS, PADDING = 600, 110, 90_000
"""So many documents, and so many long ones, that the gateway remembers no more."""
LIST = """query($after: String) { orders(first: 20, after: $after) {
  nodes { id number status placedAt totals { total { amount } } lines { id quantity } }
  pageInfo { endCursor } } }"""
DETAIL = """query($id: ID!) { order(id: $id) { id number status customer { id email }
  lines { id quantity variant { sku title inventoryLevels { location { code } available } } }
  shipments { id status deliveries { events { status occurredAt } } } } }"""
REFUSED = """mutation($id: ID!) { orderCancel(
  input: {id: $id, reason: "soak", expectedVersion: 9999, idempotencyKey: "soak"}
) { userErrors { code } } }"""
FOLLOW = "subscription($id: ID!) { orderUpdated(id: $id) { cursor order { number } } }"

Times = dict[str, list[float]]


@dataclass
class Good:
    """Callers that behave. *statuses*: how often each was answered."""

    served: Served
    session: aiohttp.ClientSession
    ids: list[str] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    done: int = 0

    async def look(self) -> str:
        """Find what there is to ask for; return the log's first cursor."""
        after = None
        while len(self.ids) < ORDERS:
            page = (await self.post(LIST, after=after))["orders"]
            self.ids += [node["id"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            self.cursors.append(after)
        del self.cursors[-1]
        log = await self.post("{ events(first: 1) { edges { cursor } } }")
        first: str = log["events"]["edges"][0]["cursor"]
        return first

    async def keep_on(self, seconds: float) -> Times:
        """Call at a fixed rate, however long answers take; return how long each kind took."""
        kinds: dict[str, Callable[[str], Awaitable[None]]] = {
            "list of 20": self._list,
            "detail": self._detail,
            "mutation, refused": self._mutation,
            "WebSocket, to the first event": self._socket,
            "event stream, to the first event": self._stream,
        }
        times: Times = defaultdict(list)
        until = time.perf_counter() + seconds
        calls = set()
        while time.perf_counter() < until:
            name, call = list(kinds.items())[self.done % len(kinds)]
            id = self.ids[self.done % len(self.ids)]
            calls.add(asyncio.create_task(_timed(call(id), times[name])))
            self.done += 1
            await asyncio.sleep(1 / GOOD_PER_S)
        await asyncio.gather(*calls)
        return times

    async def post(self, query: str, **variables: Any) -> Any:
        asked = {"query": query, "variables": variables}
        async with self.session.post(self.served.url, json=asked) as answer:
            self.statuses[answer.status] += 1
            said = await answer.json()
        assert "errors" not in said, said
        return said["data"]

    async def fill(self) -> None:
        """Have as many documents remembered as ever are."""
        for number in range(TEXTS + LONG_TEXTS):
            asked = new_text(PADDING if number < LONG_TEXTS else 0)
            async with self.session.post(self.served.url, json=asked) as answer:
                assert answer.status == 200, await answer.text()

    async def _list(self, _: str) -> None:
        await self.post(LIST, after=self.cursors[self.done % len(self.cursors)])

    async def _detail(self, id: str) -> None:
        await self.post(DETAIL, id=id)

    async def _mutation(self, id: str) -> None:
        assert (await self.post(REFUSED, id=id))["orderCancel"]["userErrors"]

    async def _socket(self, id: str) -> None:
        async with self.session.ws_connect(self.served.url, protocols=[PROTOCOL]) as opened:
            await opened.send_json({"type": "connection_init"})
            await opened.receive_json()
            asked = {"query": FOLLOW, "variables": {"id": id}}
            await opened.send_json({"id": "1", "type": "subscribe", "payload": asked})
            assert (await opened.receive_json())["type"] == "next"
            await opened.send_json({"id": "1", "type": "complete"})

    async def _stream(self, id: str) -> None:
        asked = {"query": FOLLOW, "variables": {"id": id}}
        headers = {"accept": "text/event-stream"}
        async with self.session.post(self.served.url, json=asked, headers=headers) as answer:
            self.statuses[answer.status] += 1
            while not (await answer.content.readline()).startswith(b"data:"):
                pass


async def _timed(call: Awaitable[None], times: list[float]) -> None:
    began = time.perf_counter()
    await call
    times.append(time.perf_counter() - began)


@dataclass
class Hostile:
    """The process of the hostile peers."""

    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, served: Served, cursor: str) -> "Hostile":
        words = ("benchmarks.support.rubbish", served.url, served.hostile_token, cursor)
        pipe = asyncio.subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", *words, str(HOSTILE_PER_S), stdin=pipe, stdout=pipe
            )
        )

    def go(self) -> None:
        assert self.process.stdin
        self.process.stdin.write(b"go\n")

    async def stop(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(b"stop\n")
        assert await self.process.stdout.readline() == b"stopped\n"

    async def end(self) -> list[tuple[str, str, int]]:
        """Return what it did, what it was answered, and how often."""
        said, _ = await self.process.communicate(b"")
        return [tuple(one) for one in json.loads(said)]


@dataclass
class Samples:
    """What the served process held, once a second. Units: MB."""

    served: Served
    rss: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)

    async def keep_on(self) -> None:
        while True:
            self.rss.append(self.served.rss_mb())
            self.descriptors.append(self.served.descriptors())
            await asyncio.sleep(1)


async def main(minutes: float) -> None:
    turns = max(1, round(minutes * 60 / MIXED_S))
    async with gateway(ORDERS) as served:
        headers = {"authorization": f"Bearer {served.token}"}
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
            good = Good(served, session)
            hostile = await Hostile.start(served, await good.look())
            await good.fill()
            await _beside(hostile, good, WARM_S)
            quiet, mixed, samples = await _turns(turns, served, good, hostile)
            rubbish = await hostile.end()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    _show_times(turns, quiet, mixed)
    _show_memory(samples)
    _show_answers(good, rubbish)


async def _turns(
    turns: int, served: Served, good: Good, hostile: Hostile
) -> tuple[Times, Times, Samples]:
    quiet: Times = defaultdict(list)
    mixed: Times = defaultdict(list)
    samples = Samples(served)
    for _ in range(turns):
        _join(quiet, await good.keep_on(QUIET_S))
        sampling = asyncio.create_task(samples.keep_on())
        _join(mixed, await _beside(hostile, good, MIXED_S))
        sampling.cancel()
    return quiet, mixed, samples


async def _beside(hostile: Hostile, good: Good, seconds: float) -> Times:
    hostile.go()
    times = await good.keep_on(seconds)
    await hostile.stop()
    return times


def _join(into: Times, times: Times) -> None:
    for name, some in times.items():
        into[name] += some


def _show_times(turns: int, quiet: Times, mixed: Times) -> None:
    rows = []
    everything = [one for name in mixed for one in mixed[name]]
    before = [one for name in quiet for one in quiet[name]]
    for name, was, now in [
        *((name, quiet[name], mixed[name]) for name in mixed),
        ("all", before, everything),
    ]:
        p50, p99 = ([quantile(some, share) for some in (was, now)] for share in (0.5, 0.99))
        ratios = (f"{now / was:.2f}" for was, now in (p50, p99))
        calls = f"{len(was):,} / {len(now):,}"
        rows.append((name, calls, *map(ms, p50), *map(ms, p99), *ratios))
    show(
        f"{GOOD_PER_S:g} good requests/s; {turns} times {QUIET_S:g} s alone and {MIXED_S:g} s "
        f"beside {HOSTILE_PER_S:g} hostile ones/s",
        ("", "calls", "p50 quiet", "mixed", "p99 quiet", "mixed", "ratio of p50", "of p99"),
        rows,
    )


def _show_memory(samples: Samples) -> None:
    """Say where the first and the last tenth of the samples lie, and the line through all."""
    rows = []
    for name, some in (("RSS, MB", samples.rss), ("descriptors", samples.descriptors)):
        tenth = max(1, len(some) // 10)
        first, last = statistics.median(some[:tenth]), statistics.median(some[-tenth:])
        slope, start = statistics.linear_regression(range(len(some)), some)
        drift = f"{(last - first) / first:+.1%}"
        line = f"{slope * len(some) / start:+.1%}"
        rows.append((name, f"{first:.1f}", f"{last:.1f}", drift, line, f"{max(some):.1f}"))
    show(
        f"the gateway in {len(samples.rss)} s of mixed traffic",
        ("", "first tenth", "last tenth", "drift", "of the line through all", "most"),
        rows,
    )


def _show_answers(good: Good, rubbish: Sequence[tuple[str, str, int]]) -> None:
    answers: dict[str, dict[str, int]] = defaultdict(dict)
    for name, answer, times in rubbish:
        answers[name][answer] = times
    answers["good"] = {str(status): times for status, times in good.statuses.items()}
    said = [(status, times) for some in answers.values() for status, times in some.items()]
    bugs = sum(times for status, times in said if len(status) == 3 and status[0] == "5")
    rows = [
        (name, ", ".join(f"{answer}: {times:,}" for answer, times in some.items()))
        for name, some in answers.items()
    ]
    show("answers", ("to", "times"), [*rows, ("5xx in all", str(bugs))])


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 10))
