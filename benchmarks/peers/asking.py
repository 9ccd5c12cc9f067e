"""One client over HTTP: what the servers answer, and how many answers they give in a while."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from benchmarks.peers.processes import Process, cpu_s
from benchmarks.peers.roster import Peer

CONNECTIONS = 8
READY_S = 60.0
ADDRESS = "http://127.0.0.1"


class WrongAnswer(Exception):
    """Not what was asked for."""


@dataclass(slots=True, kw_only=True)
class Running:
    """A peer that answers. Bodies are what it is asked for in turn, by view."""

    peer: Peer
    process: Process
    http: aiohttp.ClientSession
    bodies: dict[str, Sequence[bytes]]

    async def ask(self, document: str, **variables: object) -> Any:
        """Return the data. Raises: WrongAnswer for anything but a full answer."""
        async with self.http.post("/graphql", data=_body(document, variables)) as answer:
            text = await answer.text()
        told = json.loads(text) if answer.status == 200 else None
        if not told or told.get("errors"):
            said = f"{answer.status} {text[:500]}; it wrote: {self.process.last_words}"
            raise WrongAnswer(f"{self.peer.name}: {said}")
        return told["data"]

    def will_ask(self, view: str, document: str, variables: Sequence[dict[str, object]]) -> None:
        """Keep requests for *view*."""
        self.bodies[view] = [_body(document, one) for one in variables]

    async def cost_s(self, view: str, seconds: float) -> float:
        """CPU seconds of a request, the mean over *seconds* of them over kept connections."""
        roots = [self.process.handle.pid]
        if self.peer.database_pid is not None:
            roots.append(self.peer.database_pid)
        turns = itertools.cycle(self.bodies[view])
        before, until = cpu_s(roots), time.monotonic() + seconds
        counts = await asyncio.gather(
            *[self._keep_asking(turns, until) for _ in range(CONNECTIONS)]
        )
        return (cpu_s(roots) - before) / sum(counts)

    async def _keep_asking(self, turns: "itertools.cycle[bytes]", until: float) -> int:
        count = 0
        while not count or time.monotonic() < until:
            async with self.http.post("/graphql", data=next(turns)) as answer:
                told = await answer.read()
            if answer.status != 200 or b'"errors"' in told:
                raise WrongAnswer(f"{self.peer.name}: {answer.status} {told[:500]!r}")
            count += 1
        return count


@asynccontextmanager
async def running(peer: Peer, process: Process) -> AsyncIterator[Running]:
    """Wait until *peer* answers. Raises: TimeoutError, saying what it wrote."""
    headers = {"content-type": "application/json", "accept": "application/json", **peer.headers}
    async with aiohttp.ClientSession(
        f"{ADDRESS}:{process.port}",
        headers=headers,
        connector=aiohttp.TCPConnector(limit=CONNECTIONS),
    ) as http:
        found = Running(peer=peer, process=process, http=http, bodies={})
        await _ready(found)
        yield found


async def _ready(found: Running) -> None:
    until = time.monotonic() + READY_S
    while True:
        try:
            await found.ask("{ __typename }")
            return
        except (aiohttp.ClientError, WrongAnswer) as error:
            ended = found.process.handle.poll() is not None
            if ended or time.monotonic() > until:
                raise TimeoutError(f"{found.process.last_words or error}") from None
            await asyncio.sleep(0.1)


def _body(document: str, variables: object) -> bytes:
    return json.dumps({"query": document, "variables": variables}).encode()
