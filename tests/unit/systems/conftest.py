"""What the tests of systems share: time that is turned, a store, manifests of made-up systems."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from connectors.sdk.manifest import Manifest
from gateway.store.metadata import METADATA
from gateway.store.unit import Units, open_units
from gateway.systems.stored import connections


class Timer:
    """One callback to come."""

    def __init__(self, at: float, act: Callable[[], None]) -> None:
        self.at = at
        self.act = act
        self.is_canceled = False

    def cancel(self) -> None:
        self.is_canceled = True


class Turned:
    """Time that stands until it is turned: a clock, its ticks, and the callbacks that fall due."""

    def __init__(self) -> None:
        self.ticked = 1000.0
        self._timers: list[Timer] = []

    def __call__(self) -> datetime:
        return datetime(2026, 1, 5, tzinfo=UTC) + timedelta(seconds=self.ticked)

    def ticks(self) -> float:
        return self.ticked

    def later(self, delay_s: float, act: Callable[[], None]) -> Timer:
        timer = Timer(self.ticked + delay_s, act)
        self._timers.append(timer)
        return timer

    def forward(self, seconds: float) -> None:
        """Turn to *seconds* from now, and act on everything that falls due, when it does."""
        until = self.ticked + seconds
        while self.step(until):
            pass

    def step(self, until: float) -> bool:
        """Act on the first thing that falls due up to *until*; False when there is none."""
        due = [one for one in self._timers if not one.is_canceled and one.at <= until]
        if not due:
            self.ticked = until
            return False
        first = min(due, key=lambda timer: timer.at)
        self._timers.remove(first)
        self.ticked = max(self.ticked, first.at)
        first.act()
        return True


def manifest(**changed: object) -> Manifest:
    """A shop's manifest, with some parts changed."""
    whole = {
        "name": "Shop",
        "kinds": ["shop"],
        "api": "1",
        "docs": "https://docs.example",
        "settings": {
            "url": {"description": "Its address."},
            "token": {"description": "An API token.", "secret": True},
            "webhook_secret": {"description": "Signs.", "secret": True, "required": False},
            "region": {"description": "Where.", "required": False},
        },
        "reads": {"order": {"pull": True, "fetch": True}, "product": {"pull": True}},
        "webhooks": {"topics": ["order"]},
        "commands": {
            "cancel_order": {"delivery": "idempotent"},
            "create_refund": {"delivery": "askable"},
        },
        "limits": {"requests_per_s": 10, "burst": 10, "concurrency": 4},
        "quality": {"level": "bronze", "evidence": "contract"},
    }
    return msgspec.convert(whole | changed, Manifest)


@pytest.fixture
def turned() -> Turned:
    """Time, standing."""
    return Turned()


@pytest.fixture
def manifests() -> dict[str, Manifest]:
    """Two connectors: a shop, and a carrier that sells labels."""
    commands = {"buy_label": {"delivery": "askable"}}
    carrier = manifest(name="Post", kinds=["carrier"], commands=commands, webhooks=None, reads={})
    depot = manifest(
        name="Depot", kinds=["warehouse"], commands={"request_fulfillment": {"delivery": "askable"}}
    )
    return {"shop": manifest(), "post": carrier, "depot": depot}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the store's file is."""
    return tmp_path / "gateway.sqlite3"


@pytest.fixture
async def units(database: Path) -> AsyncIterator[Units]:
    """An empty store."""
    units = open_units(f"sqlite+aiosqlite:///{database}")
    async with units.write() as unit:
        await unit.connection.run_sync(METADATA.create_all, tables=[connections])
    yield units
    await units.close()
