"""A shop is stopped and started again. Meanwhile every query is answered in time, the other shop
goes on, and afterwards nothing of what was bought is missing or there twice."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from connectors.sdk.errors import Unavailable
from connectors.sdk.records import Kind
from gateway.systems.declared import Connection
from tests.gateways import GatewayUnderTest, gateway_over
from tests.journeys.connected import pull
from tests.running import Kept, Running, System, kept
from tests.shoppers import medusa, vendure

pytestmark = pytest.mark.systems

SKU = "MUG-ENML-OS"
ANSWER_S = 4.0
"""The deadline of a live read is 2 s; the rest is for a busy machine."""
QUERIES = 5
HELD = """{ orders(first: 100) @freshness(maxAgeMs: 0) { nodes {
  sourceRefs { connection externalId stale } } } }"""


@pytest.fixture
def web(running: Running) -> System:
    return running("vendure")


@pytest.fixture
def boutique(running: Running) -> Iterator[Kept]:
    """A Medusa of this test's own; *running* has seen to it that real systems are wanted."""
    # Not pytest's own folder: Medusa's PostgreSQL runs as another user, who may not look in there.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with kept("medusa", Path(folder, "medusa")) as own:
            yield own


@pytest.fixture
async def gateway(web: System, boutique: Kept, sqlite_url: str) -> AsyncIterator[GatewayUnderTest]:
    shop = {"url": web.url, "api_key": web.info["apiKey"]}
    own = {"url": boutique.system.url, "api_key": boutique.system.info["apiKey"]}
    connections = [
        Connection(id="web", connector="vendure", settings=shop),
        Connection(id="boutique", connector="medusa", settings=own),
    ]
    async with gateway_over(sqlite_url, connections) as connected:
        for connection in connections:
            await connected.backfill(connection.id)
        yield connected


async def test_a_shop_that_was_stopped_catches_up_and_costs_nobody_else_anything(
    gateway: GatewayUnderTest, web: System, boutique: Kept
) -> None:
    """What was bought before it stopped and was not read yet is found when it is back."""
    known = await medusa.buy(boutique.system, SKU, 1)
    await pull(gateway, "boutique", Kind.ORDER)
    unheard = [await medusa.buy(boutique.system, SKU, 1) for _ in range(3)]

    boutique.stop()
    for number in range(QUERIES):
        sold = await vendure.buy(web.url, SKU, 1, email=f"visitor{number}@example.com")
        await pull(gateway, "web", Kind.ORDER)
        held = await _answered_in_time(gateway)
        assert ("web", sold.id, False) in held
        assert ("boutique", known.id, True) in held
    with pytest.raises(Unavailable):
        await pull(gateway, "boutique", Kind.ORDER)

    boutique.start()
    gateway.gateway.systems.get("boutique").resume()
    await pull(gateway, "boutique", Kind.ORDER)
    of_shop = [one for one in await _answered_in_time(gateway) if one[0] == "boutique"]
    expected = {("boutique", one.id, False) for one in (known, *unheard)}
    assert (expected, len(expected)) == (set(of_shop), len(of_shop))


async def _answered_in_time(gateway: GatewayUnderTest) -> list[tuple[str, str, bool]]:
    """All orders, read live where that can be: (connection, id there, whether it may be old)."""
    began = monotonic()
    answer: Any = await gateway.query(HELD)
    assert monotonic() - began < ANSWER_S
    assert "errors" not in answer, answer["errors"]
    refs = [one["sourceRefs"][0] for one in answer["data"]["orders"]["nodes"]]
    return [(one["connection"], one["externalId"], one["stale"]) for one in refs]
