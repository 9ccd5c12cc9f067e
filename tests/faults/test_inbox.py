"""Deliveries doubled, shuffled and workers that die over them: the same picture as without."""

import asyncio
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from connectors.sdk.capabilities import RawDelivery, Verified
from gateway.settings import load
from gateway.store.unit import Units, open_units
from gateway.sync import inbox
from gateway.systems.envelopes import Envelopes
from tests.faults import worker
from tests.gateways import SECRET_KEY, gateway_over
from tests.stores import Sqlite
from tests.toys import outside

ORDERS = 100
MOMENTS = 10
KILLS = 5
OURS = {"version", "created_at", "updated_at", "fetched_at", "cursor"}
"""Of how and when it came here; the rest is what is so."""

ENVELOPES = Envelopes(load(secret_key=SECRET_KEY).keys)

Sent = tuple[str, int, int]


def deliveries() -> list[Sent]:
    """Every order at every moment: (id, order, moment)."""
    return [(f"d{n}-{m}", n, m) for n in range(ORDERS) for m in range(MOMENTS)]


async def arrive(units: Units, some: list[Sent]) -> int:
    """Take deliveries in as the webhook endpoint does; return how many were new."""
    new = 0
    for start in range(0, len(some), 50):
        async with units.write() as unit:
            for id, order, moment in some[start : start + 50]:
                body = msgspec.json.encode({"order": order, "moment": moment})
                raw = RawDelivery(url="http://test", headers={}, body=body)
                sealed = ENVELOPES.seal("shop", raw)
                verified = Verified(id=id, topic="stated")
                new += await inbox.accept(unit, "shop", verified, sealed, worker.clock())
    return new


async def waiting(units: Units) -> int:
    async with units.read() as unit:
        return (
            await unit.connection.scalar(text("SELECT count(*) FROM inbox WHERE state <> 'DONE'"))
            or 0
        )


async def picture(units: Units) -> dict[str, Any]:
    """Return every order, shipment and delivery, without what is only of how it came here."""
    found: dict[str, Any] = {}
    async with units.read() as unit:
        for table in ("orders", "shipments", "deliveries"):
            rows = await unit.connection.execute(text(f"SELECT id, document FROM {table}"))
            found |= {row.id: facts(msgspec.json.decode(row.document)) for row in rows}
    return found


def facts(value: Any) -> Any:
    match value:
        case dict():
            return {name: facts(one) for name, one in value.items() if name not in OURS}
        case list():
            return [facts(one) for one in value]
        case _:
            return value


@pytest.fixture
async def expected(_sqlite: Sqlite, tmp_path: Path) -> dict[str, Any]:
    """The picture that comes of every delivery once, in order, without a fault."""
    folder = tmp_path / "reference"
    folder.mkdir()
    url, system = _sqlite.create(folder), worker.telling()
    world = outside(system)
    async with gateway_over(url, [system.connection], clock=worker.clock, outside=world) as gateway:
        assert ORDERS * MOMENTS == await arrive(gateway.gateway.units, deliveries())
        await gateway.settle()
        return await picture(gateway.gateway.units)


async def test_doubled_shuffled_and_killed_gives_the_same_picture(
    store_url: str, expected: dict[str, Any]
) -> None:
    """1,000 deliveries and 300 repeats in random order, five kills: all facts, sums and counts."""
    draw = random.Random(5)
    sent = deliveries()
    sent += draw.sample(sent, len(sent) * 3 // 10)
    draw.shuffle(sent)
    units, setup = open_units(store_url), worker.Setup(store_url, worker.telling)
    size = len(sent) // KILLS
    new = 0
    for life in range(KILLS):
        new += await arrive(units, sent[life * size : (life + 1) * size])
        await worker.live_and_die(setup, draw)
    with worker.working(setup):
        async with asyncio.timeout(60):
            while await waiting(units):
                await asyncio.sleep(0.1)
    assert ORDERS * MOMENTS == new
    assert expected == await picture(units)
    await every_event_is_there_once(units)
    await units.close()


async def every_event_is_there_once(units: Units) -> None:
    """Each noun has as many events as versions, numbered from 1 without a gap."""
    async with units.read() as unit:
        for table in ("orders", "shipments", "deliveries"):
            rows = await unit.connection.execute(
                text(
                    f"SELECT n.id, n.version, count(*) AS events, min(e.sequence) AS low,"
                    f" max(e.sequence) AS high, count(DISTINCT e.sequence) AS apart"
                    f" FROM {table} n JOIN events e ON e.subject = n.id GROUP BY n.id, n.version"
                )
            )
            found = list(rows)
            assert found
            for row in found:
                assert (row.version, 1, row.version, row.version) == (
                    row.events,
                    row.low,
                    row.high,
                    row.apart,
                )
