"""Live reads: fresh where the source answers, the last known and the reason where it does not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectors.sdk.errors import Malformed, Misconfigured, Throttled, Unavailable
from connectors.sdk.records import Kind
from gateway.sync import live
from tests import records
from tests.gateways import GatewayUnderTest, gateway_over
from tests.toys import Toy, outside
from tests.trading import Hands

FRESH = """query($age: Int!) { orders @freshness(maxAgeMs: $age) { nodes {
  number sourceRefs { connection fetchedAt stale } } } }"""
HELD = "{ orders { nodes { number sourceRefs { connection fetchedAt stale } } } }"


DEADLINE_S = live.DEADLINE_S


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time enough on a busy machine: only the source that hangs is given up."""
    monkeypatch.setattr(live, "DEADLINE_S", 60.0)


@pytest.fixture
def shop() -> Toy:
    return Toy(id="shop")


@pytest.fixture
def till() -> Toy:
    return Toy(id="till")


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def gateway(
    store_url: str, shop: Toy, till: Toy, clock: Hands
) -> AsyncIterator[GatewayUnderTest]:
    """One order at each of two systems, read; both then change theirs, and nobody tells."""
    toys = (shop, till)
    world = outside(*toys, clock=clock)
    async with gateway_over(
        store_url, [toy.connection for toy in toys], clock=clock, outside=world
    ) as tested:
        for toy in toys:
            toy.hold(records.order(toy.id, number="#old"))
            await tested.backfill(toy.id)
            toy.hold(records.later(records.order(toy.id, number="#new")))
        clock.turn(minutes=1)
        yield tested


def shown(answer: Any) -> dict[str, tuple[str, bool]]:
    """By connection: the order's number, and whether it is marked stale."""
    refs = [(node["number"], node["sourceRefs"][0]) for node in answer["data"]["orders"]["nodes"]]
    return {ref["connection"]: (number, ref["stale"]) for number, ref in refs}


def sources(answer: Any) -> dict[str, str | None]:
    """By connection: the error of its live read."""
    return {one["connection"]: one["error"] for one in answer["extensions"]["sources"]}


async def test_what_is_older_than_allowed_is_read_from_its_source(
    gateway: GatewayUnderTest,
) -> None:
    """And what is young enough is not."""
    young = await gateway.query(FRESH, {"age": 61_000})
    assert {"shop": ("#old", False), "till": ("#old", False)} == shown(young)
    fresh = await gateway.query(FRESH, {"age": 59_000})
    assert {"shop": ("#new", False), "till": ("#new", False)} == shown(fresh)
    assert {"shop": None, "till": None} == sources(fresh)


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("away"),
        Throttled("slow down"),
        Misconfigured("bad key"),
        Malformed("$.id"),
        ZeroDivisionError("a bug"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_source_that_fails_costs_nothing_but_its_own_freshness(
    gateway: GatewayUnderTest, shop: Toy, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The last known comes back, marked, with the reason; the other source is fresh."""

    async def fetch(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(shop, "fetch", fetch)
    answer = await gateway.query(FRESH, {"age": 0})
    assert "errors" not in answer
    assert {"shop": ("#old", True), "till": ("#new", False)} == shown(answer)
    said = sources(answer)
    assert said["till"] is None
    assert said["shop"]
    assert ("bug_" in said["shop"]) is isinstance(error, ZeroDivisionError)


async def test_a_source_that_hangs_is_not_waited_for(
    gateway: GatewayUnderTest, shop: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline is the answer's, however long the source takes."""
    assert 2.0 == DEADLINE_S
    monkeypatch.setattr(live, "DEADLINE_S", 3.0)

    async def fetch(*_: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(shop, "fetch", fetch)
    answer = await gateway.query(FRESH, {"age": 0})
    assert {"shop": ("#old", True), "till": ("#new", False)} == shown(answer)
    assert {"shop": "no answer within 3 s", "till": None} == sources(answer)


async def test_what_was_read_live_is_kept(gateway: GatewayUnderTest) -> None:
    """The next query has it without asking anybody."""
    await gateway.query(FRESH, {"age": 0})
    answer = await gateway.query(HELD)
    assert {"shop": ("#new", False), "till": ("#new", False)} == shown(answer)


async def test_one_request_reads_all_that_a_page_shows_of_a_system(
    gateway: GatewayUnderTest, shop: Toy, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty orders are one fetch."""
    shop.hold(*(records.order(f"{n}", n) for n in range(20)))
    await gateway.backfill("shop")
    clock.turn(minutes=1)
    asked: list[Any] = []
    whole = shop.fetch

    async def fetch(kind: Kind, ids: Any) -> Any:
        asked.append((kind, len(ids)))
        return await whole(kind, ids)

    monkeypatch.setattr(shop, "fetch", fetch)
    await gateway.query(FRESH.replace("orders @", "orders(first: 50) @"), {"age": 0})
    assert [(Kind.ORDER, 21)] == asked
