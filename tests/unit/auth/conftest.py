"""What the tests of auth share: a clock that is turned, a store with the table of keys."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.auth.api_keys import api_keys
from gateway.store.metadata import METADATA
from gateway.store.unit import Units, open_units


class Turned:
    """A clock that stands until it is turned; also the ticks of it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def ticks(self) -> float:
        return self.now.timestamp()

    def forward(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@pytest.fixture
def clock() -> Turned:
    """Noon, until turned."""
    return Turned()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the store's file is."""
    return tmp_path / "gateway.sqlite3"


@pytest.fixture
async def units(database: Path) -> AsyncIterator[Units]:
    """An empty store."""
    units = open_units(f"sqlite+aiosqlite:///{database}")
    async with units.write() as unit:
        await unit.connection.run_sync(METADATA.create_all, tables=[api_keys])
    yield units
    await units.close()
