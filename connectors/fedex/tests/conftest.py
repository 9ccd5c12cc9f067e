"""A simulated FedEx, served over HTTP, and the connector's client of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from connectors.fedex import CONNECTOR
from connectors.fedex.connector import Fedex
from connectors.fedex.simulator import Simulator
from connectors.fedex.tests.contract import Recorder
from connectors.sdk.changes import Change
from connectors.sdk.conformance.serving import serving
from connectors.sdk.http import Bounds, Http
from connectors.sdk.records import Kind
from connectors.sdk.simulator import Carries, World
from connectors.sdk.values import Address

NOWHERE = World(goods=(), places=(), shoppers=(), stock={})
HOME = Address(name="Ada Park", line1="9 Elm St", city="BEND", province="OR", country_code="US")
HASTY = Bounds(request_s=10, connect_s=5, safe_attempts=1, first_backoff_s=0, longest_wait_s=0)
GRANT, TRACK = "/oauth/token", "/track/v1/trackingnumbers"

CARRIER: type[Carries] = Simulator
"""Checked by mypy: the simulator is what the sdk calls a carrier."""


@dataclass(slots=True, kw_only=True)
class Rig:
    """A served simulator, its clock, all that went over the wire, and a client of it."""

    simulator: Simulator
    recorder: Recorder
    session: aiohttp.ClientSession
    url: str
    client: Fedex
    now: datetime

    def later(self, **spans: float) -> None:
        self.now += timedelta(**spans)

    def open(self, bounds: Bounds = HASTY, **changed: str) -> Fedex:
        """Make another client."""
        settings = {"url": self.url, **self.simulator.settings, **changed}
        return CONNECTOR.open(settings, Http(self.session, self.url, bounds=bounds))

    async def fetch(self, *numbers: str) -> list[Change]:
        return await self.client.fetch(Kind.TRACKER, numbers)

    def count(self, ending: str = "") -> int:
        """How many requests arrived at paths that end so."""
        return len([1 for _, path in self.simulator.faults.requests if path.endswith(ending)])


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A simulated account whose clock stands ten days back."""
    simulator = Simulator(NOWHERE, lambda: found.now)
    recorder = Recorder(simulator.faults)
    async with serving(recorder) as url, aiohttp.ClientSession() as session:
        settings = {"url": url, **simulator.settings}
        found = Rig(
            simulator=simulator,
            recorder=recorder,
            session=session,
            url=url,
            client=CONNECTOR.open(settings, Http(session, url, bounds=HASTY)),
            now=datetime.now(UTC).replace(microsecond=0) - timedelta(days=10),
        )
        yield found
