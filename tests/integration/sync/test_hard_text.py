"""What systems write into their fields is taken in whatever it is, over both stores the same.

PostgreSQL keeps no NUL and no text longer than its column: a shop's odd order number must not hold
up the page that it comes on.
"""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from connectors.sdk.changes import Unreadable
from connectors.sdk.records import Record
from gateway.domain.identity import repository as identity
from gateway.domain.identity.model import Origin
from gateway.domain.orders import repository as orders
from gateway.domain.orders.model import Order
from gateway.events import log
from gateway.store.unit import Units
from gateway.sync import ingest, quarantine
from tests import records
from tests.records import NOON

ORIGIN = Origin(connection="shop", system="toys", rank=2, channel_id="channel_1")
HARD = {"nul": "a\x00b", "long": "x" * 5000, "long and no ASCII": "☂" * 3000}


def hard_records(text: str) -> list[Record]:
    """One of each, with *text* wherever a system chooses the words."""
    return [
        records.location(text, name=text),
        records.product(text, title=text),
        records.customer(text, email=f"{text}@shop.example", phone=text, first_name=text),
        records.level(5, sku=text, code=text),
        records.order(
            text,
            number=text,
            raw_status=text,
            customer_id=text,
            email=f"{text}@shop.example",
            phone=text,
            lines=(records.line(text, sku=text, title=text),),
        ),
        records.shipment(text, text, text),
        records.tracker(text),
    ]


async def take_in(units: Units, changes: list[Record | Unreadable]) -> None:
    async with units.write() as unit:
        await ingest.apply(unit, changes, ORIGIN, NOON)


async def all_orders(units: Units) -> list[Order]:
    async with units.read() as unit:
        return await orders.orders.where(unit)


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
async def test_whatever_a_system_writes_is_taken_in_once(units: Units, text: str) -> None:
    """As it was written; a second time changes nothing, a revision changes the same order."""
    given = hard_records(text)
    await take_in(units, [*given, records.order("plain")])
    first = await all_orders(units)
    assert sorted(one.number for one in first) == sorted([text, "#plain"])
    async with units.read() as unit:
        logged = await unit.connection.scalar(select(func.count()).select_from(log.events))
    await take_in(units, [*given])
    async with units.read() as unit:
        assert await unit.connection.scalar(select(func.count()).select_from(log.events)) == logged
    assert await all_orders(units) == first
    [order] = [one for one in given if isinstance(one, type(records.order("x")))]
    await take_in(units, [records.later(order, note=text)])
    assert sorted(one.version for one in await all_orders(units)) == [1, 2]


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
async def test_what_cannot_be_read_waits_whatever_it_is(units: Units, text: str) -> None:
    """In quarantine, once, and it goes when it has been read."""
    unreadable = Unreadable(
        kind=ingest.KIND_OF[type(records.order("x"))],
        external_id=text,
        reason=text,
        payload=text,
    )
    await take_in(units, [unreadable])
    await take_in(units, [replace(unreadable, reason="again")])
    async with units.read() as unit:
        assert [one.reason for one in await quarantine.waiting(unit, "shop")] == ["again"]
    await take_in(units, [records.order(text)])
    async with units.read() as unit:
        assert await quarantine.waiting(unit, "shop") == []


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
async def test_a_link_is_found_by_the_id_that_the_system_gave(units: Units, text: str) -> None:
    """Two that begin alike are two; one is forgotten without the other."""
    pair = [text, f"{text}!"]
    await take_in(units, [records.order(one) for one in pair])
    kind = ingest.KIND_OF[type(records.order("x"))]
    async with units.read() as unit:
        found = await identity.find(unit, "shop", kind, pair)
    assert sorted(found) == sorted(pair)
    assert len(set(found.values())) == 2
    async with units.write() as unit:
        await identity.remove(unit, [("shop", kind, text)])
        assert await identity.find(unit, "shop", kind, pair) == {pair[1]: found[pair[1]]}
