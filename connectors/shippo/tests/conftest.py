"""A simulated Shippo, served over HTTP, and the connector's client of it. What was said over the
wire is held against the contract afterwards, in every test."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change, Page
from connectors.sdk.commands import BuyLabel
from connectors.sdk.conformance.serving import serving
from connectors.sdk.http import Bounds, Http
from connectors.sdk.records import Kind
from connectors.sdk.simulator import Carries, Post, World
from connectors.sdk.values import Address, Parcel
from connectors.shippo import CONNECTOR
from connectors.shippo.connector import Shippo
from connectors.shippo.simulator import Simulator
from connectors.shippo.tests import contract
from connectors.shippo.tests.contract import Recorder

NOWHERE = World(goods=(), places=(), shoppers=(), stock={})
HOOK = "https://we.example/webhooks/shippo"
PATIENT = Bounds(first_backoff_s=0, longest_wait_s=0)
"""Repeats what is safe at once: nothing here waits."""

DEPOT = Address(
    company="Northwind", line1="1 Depot Rd", city="Reno", province="NV", country_code="US"
)
HOME = Address(
    name="Ada Park",
    line1="9 Elm St",
    city="Bend",
    province="OR",
    postal_code="97701",
    country_code="US",
)
BUY = BuyLabel(
    key="key-1",
    reference="ship-1001-1",
    ship_from=DEPOT,
    ship_to=HOME,
    parcels=(Parcel(weight_g=453, length_mm=254, width_mm=203, height_mm=102),),
)
GOAL = {"street1": "9 Elm St", "city": "Bend", "state": "OR", "zip": "97701", "country": "US"}

CARRIER: type[Carries] = Simulator
"""Checked by mypy: the simulator is what the sdk calls a carrier."""


@dataclass(slots=True, kw_only=True)
class Rig:
    """A served simulator, its clock, and the connector's client of it."""

    simulator: Simulator
    recorder: Recorder
    client: Shippo
    session: aiohttp.ClientSession
    url: str
    now: datetime

    def open(self, **settings: str) -> Shippo:
        """Another client of the account, which remembers nothing."""
        given = {"url": self.url, **self.simulator.settings, **settings}
        return CONNECTOR.open(given, Http(self.session, self.url, bounds=PATIENT))

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What somebody else with the same token does at Shippo."""
        headers = {"authorization": f"ShippoToken {self.simulator.settings['api_token']}"}
        async with self.session.request(
            method, self.url + path, json=body, headers=headers
        ) as answer:
            return await answer.json()

    def later(self, **spans: float) -> None:
        self.now += timedelta(**spans)

    def labels(self, count: int) -> list[str]:
        """Buy labels at Shippo's own pages."""
        return [self.simulator.label_elsewhere(GOAL) for _ in range(count)]

    def count(self, method: str, part: str) -> int:
        """How many requests of this method arrived at paths that begin so."""
        arrived = self.simulator.faults.requests
        return len([1 for m, path in arrived if m == method and path.startswith(part)])

    @property
    def bought(self) -> int:
        """How many labels were bought in all."""
        return len([1 for one in self.simulator.labels if one["tracking_number"]])

    async def pages(self, kind: Kind, since: str | None = None) -> list[Page]:
        return [page async for page in self.client.pull(kind, since)]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A simulated account whose clock stands five days back."""
    simulator = Simulator(NOWHERE, lambda: found.now)
    simulator.register(HOOK)
    recorder = Recorder(simulator.faults)
    async with serving(recorder) as url, aiohttp.ClientSession() as session:
        settings = {"url": url, **simulator.settings}
        found = Rig(
            simulator=simulator,
            recorder=recorder,
            client=CONNECTOR.open(settings, Http(session, url, bounds=PATIENT)),
            session=session,
            url=url,
            now=datetime.now(UTC).replace(microsecond=0) - timedelta(days=5),
        )
        yield found
    if contract.is_there():
        assert [] == recorder.faults()


def changes_of(pages: list[Page]) -> list[Change]:
    return [change for page in pages for change in page.changes]


def received(post: Post) -> RawDelivery:
    return RawDelivery(url=post.url, headers=post.headers, body=post.body)
