"""Stages: a simulator served over HTTP on a free port, and a connector's client of it.

async with staging(subject) as new_stage:
    stage = new_stage()                 # a simulator as good as new, behind the same port
    await stage.fill()
    pages = await stage.pull(Kind.ORDER)
"""

import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import urlsplit

import aiohttp
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sdk.changes import Change, Page
from connectors.sdk.commands import Command
from connectors.sdk.conformance.kit import arranges, fills, knows
from connectors.sdk.conformance.serving import serving
from connectors.sdk.conformance.subject import Client, Subject
from connectors.sdk.conformance.world import WORLD
from connectors.sdk.errors import ConnectorError
from connectors.sdk.http import Bounds, Http
from connectors.sdk.records import Kind
from connectors.sdk.simulator import Simulator

HOOK = "https://gateway.example/webhooks/conformance"

PATIENT = Bounds(request_s=10, connect_s=5, first_backoff_s=0, longest_wait_s=0)
"""Repeats what is safe at once, and leaves every Retry-After to the caller: nothing here sleeps."""
HASTY = Bounds(request_s=10, connect_s=5, safe_attempts=1, first_backoff_s=0, longest_wait_s=0)
"""Repeats nothing, so that one fault is one failure."""


@dataclass(slots=True)
class Clock:
    """The simulator's clock. It stands until it is turned; at first it says what ours does."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> None:
        self.now += by


@dataclass(slots=True)
class Turnstile:
    """The gate of an account whose budget never ends. Counts what goes out."""

    entered: int = 0

    async def enter(self, lane: str) -> None:
        self.entered += 1

    def leave(self, error: ConnectorError | None, headers: Mapping[str, str]) -> None:
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A simulator, its clock, and the connector's client of it. *gate* counts what was sent."""

    subject: Subject
    simulator: Simulator
    clock: Clock
    client: Client
    gate: Turnstile
    open: Callable[[Mapping[str, str]], Client]
    """Make another client, with some settings changed."""

    async def fill(self) -> None:
        """Make subjects of every kind."""
        await fills(self.subject.kit()).fill(self.simulator, self.client)

    async def pull(self, kind: Kind, since: str | None = None) -> list[Page]:
        return [page async for page in self.client.pull(kind, since)]

    def present(self, kind: Kind) -> set[str]:
        """The ids of everything of *kind* that is there."""
        return set(knows(self.subject.kit()).present(kind, self.simulator))

    async def arrange(self, way: str) -> Command:
        """Make one command possible, and return it. *way* is its name, or one of its `ways`."""
        kit = arranges(self.subject.kit())
        return await kit.arrange(way, self.simulator, self.client)

    def effects(self, command: Command) -> int:
        return arranges(self.subject.kit()).effects(command, self.simulator)

    @property
    def arrived(self) -> int:
        """How many requests the simulator has had."""
        return len(self.simulator.faults.requests)


NewStage = Callable[..., Stage]
"""``new_stage(bounds=HASTY, began=timedelta(days=-3))``"""


def changes_of(pages: list[Page]) -> list[Change]:
    return [change for page in pages for change in page.changes]


class _Board:
    """The ASGI app behind the port: whichever simulator plays."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@asynccontextmanager
async def staging(subject: Subject) -> AsyncIterator[NewStage]:
    """Serve *subject*'s simulator; give what makes a new one, and a new client with it."""
    assert subject.simulator is not None, "simulator.py: a simulator is needed here"
    make, board = subject.simulator(), _Board()
    async with serving(board) as address, aiohttp.ClientSession() as session:
        addresses = addresses_at(subject, address)

        def new_stage(bounds: Bounds = PATIENT, began: timedelta = timedelta()) -> Stage:
            clock = Clock()
            clock.turn(began)
            simulator = make(WORLD, clock)
            simulator.register(HOOK)
            board.app = simulator.faults
            gate = Turnstile()

            def open(changed: Mapping[str, str]) -> Client:
                settings = {**addresses, **simulator.settings, **changed}
                door = Http(session, addresses["url"], gate=gate, bounds=bounds)
                return cast(Client, subject.connector().open(settings, door))

            return Stage(
                subject=subject,
                simulator=simulator,
                clock=clock,
                client=open({}),
                gate=gate,
                open=open,
            )

        yield new_stage


def addresses_at(subject: Subject, address: str) -> dict[str, str]:
    """Every setting that is an address (of the API, of where tokens are had): *address*, with the
    path of the manifest's example."""
    examples = {name: one.example or "" for name, one in subject.manifest.settings.items()}
    return {
        name: address + urlsplit(example).path
        for name, example in examples.items()
        if name == "url" or example.startswith("http")
    }


def stand_ins(subject: Subject) -> dict[str, str]:
    """A value for every setting, of the right form: the simulator's where there is one."""
    settings = subject.manifest.settings
    values = {name: one.example or f"any-{name}" for name, one in settings.items()}
    if subject.simulator is None:
        return values
    return {**values, **subject.simulator()(WORLD, Clock()).settings}


@asynccontextmanager
async def nowhere(
    subject: Subject, changed: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Client, Turnstile]]:
    """A client of an address where nothing listens, and its gate. *changed*: settings to set."""
    with socket.socket() as held:
        # Bound and not listening: connections are refused, and nobody else gets the port.
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        async with aiohttp.ClientSession() as session:
            gate = Turnstile()
            door = Http(session, url, gate=gate, bounds=HASTY)
            settings = {**stand_ins(subject), **addresses_at(subject, url), **(changed or {})}
            yield cast(Client, subject.connector().open(settings, door)), gate
