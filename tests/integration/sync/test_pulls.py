"""Pulls: what was read stays, what was cut off goes on, and one reads at a time."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from connectors.sdk.changes import Page, Unreadable
from connectors.sdk.errors import Unavailable
from connectors.sdk.records import Kind
from gateway.sync import backfill, pull
from gateway.sync.pull import BACKFILL, INCREMENTAL, RECONCILE
from tests import records
from tests.gateways import GatewayUnderTest, gateway_over
from tests.toys import Toy, outside
from tests.trading import Hands


@pytest.fixture
def shop() -> Toy:
    return Toy(id="shop")


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def gateway(store_url: str, shop: Toy, clock: Hands) -> AsyncIterator[GatewayUnderTest]:
    world = outside(shop, clock=clock)
    async with gateway_over(store_url, [shop.connection], clock=clock, outside=world) as tested:
        yield tested


async def pull_all(gateway: GatewayUnderTest, mode: str, kind: Kind = Kind.ORDER) -> int:
    connected = gateway.gateway.systems.get("shop")
    return await gateway.gateway.background.puller.all(connected, kind, mode)


async def numbers(gateway: GatewayUnderTest) -> list[str]:
    page = await gateway.data("{ orders { nodes { number } } }")
    return sorted(node["number"] for node in page["orders"]["nodes"])


async def events(gateway: GatewayUnderTest) -> int:
    async with gateway.gateway.units.read() as unit:
        return await unit.connection.scalar(text("SELECT count(*) FROM events")) or 0


def watched(
    shop: Toy, monkeypatch: pytest.MonkeyPatch, *, dies_after: int | None = None
) -> list[Any]:
    """Note where each pull begins; let the first one die after so many pages."""
    began: list[Any] = []
    whole = shop.pull

    async def pull(kind: Kind, since: str | None) -> AsyncIterator[Page]:
        began.append(since)
        number = 0
        async for page in whole(kind, since):
            if len(began) == 1 and number == dies_after:
                raise Unavailable("cut off")
            number += 1
            yield page

    monkeypatch.setattr(shop, "pull", pull)
    return began


@pytest.mark.parametrize("mode", [BACKFILL, INCREMENTAL, RECONCILE])
async def test_a_pull_that_was_cut_off_goes_on_at_the_last_page_it_kept(
    gateway: GatewayUnderTest, shop: Toy, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """Two pages of three are kept; the rest is read from there, and nothing twice."""
    shop.hold(*(records.order(f"{n}", n) for n in range(6)))
    began = watched(shop, monkeypatch, dies_after=2)
    with pytest.raises(Unavailable):
        await pull_all(gateway, mode)
    assert ["#0", "#1", "#2", "#3"] == await numbers(gateway)
    assert 2 == await pull_all(gateway, mode)
    assert [None, "4"] == began
    assert ["#0", "#1", "#2", "#3", "#4", "#5"] == await numbers(gateway)


async def test_what_is_read_again_makes_no_event(gateway: GatewayUnderTest, shop: Toy) -> None:
    """An overlap, or a whole second backfill, says nothing new."""
    shop.hold(*(records.order(f"{n}", n) for n in range(5)), records.customer())
    await pull_all(gateway, BACKFILL)
    before = await events(gateway)
    async with gateway.gateway.units.write() as unit:
        await pull.forget(unit, "shop", BACKFILL)
    assert 5 == await pull_all(gateway, BACKFILL)
    assert before == await events(gateway)


async def test_increments_begin_where_the_backfill_ended(
    gateway: GatewayUnderTest, shop: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in between is missed, nothing before it is read again."""
    shop.hold(*(records.order(f"{n}", n) for n in range(3)))
    began = watched(shop, monkeypatch)
    await pull_all(gateway, BACKFILL)
    shop.hold(records.order("new", 9))
    assert 1 == await pull_all(gateway, INCREMENTAL)
    assert 0 == await pull_all(gateway, INCREMENTAL)
    assert [None, "3", "4"] == began


async def test_who_comes_second_reads_nothing(
    gateway: GatewayUnderTest, shop: Toy, clock: Hands
) -> None:
    """While one reads, another process leaves it to them; a silent one is taken over from."""
    shop.hold(*(records.order(f"{n}", n) for n in range(6)))
    connected = gateway.gateway.systems.get("shop")
    first: Any = gateway.gateway.background.puller.run(connected, Kind.ORDER, BACKFILL)
    assert 2 == (await anext(first)).records
    assert 0 == await pull_all(gateway, BACKFILL)
    clock.turn(seconds=pull.LEASE.total_seconds() + 1)
    assert 4 == await pull_all(gateway, BACKFILL)
    await first.aclose()
    assert ["#0", "#1", "#2", "#3", "#4", "#5"] == await numbers(gateway)


async def test_a_lease_is_renewed_with_each_page(
    gateway: GatewayUnderTest, shop: Toy, clock: Hands
) -> None:
    """A long pull is not taken away from who is at it."""
    shop.hold(*(records.order(f"{n}", n) for n in range(6)))
    connected = gateway.gateway.systems.get("shop")
    first: Any = gateway.gateway.background.puller.run(connected, Kind.ORDER, BACKFILL)
    for _ in range(3):
        await anext(first)
        clock.turn(seconds=pull.LEASE.total_seconds() - 1)
        assert 0 == await pull_all(gateway, BACKFILL)
    await first.aclose()


async def test_one_record_that_cannot_be_read_holds_up_no_other(
    gateway: GatewayUnderTest, shop: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is set aside with its reason; once it can be read it leaves by itself."""
    bad = Unreadable(kind=Kind.ORDER, external_id="7", reason="no total", payload="{}")

    async def pull(kind: Kind, since: str | None) -> AsyncIterator[Page]:
        yield Page(changes=(records.order("1"), bad, records.order("2", 1)), checkpoint="0")

    whole = shop.pull
    monkeypatch.setattr(shop, "pull", pull)
    await pull_all(gateway, BACKFILL)
    document = "{ exceptions { nodes { code message } } }"
    raised = (await gateway.data(document))["exceptions"]["nodes"]
    assert ["#1", "#2"] == await numbers(gateway)
    assert ["QUARANTINED"] == [one["code"] for one in raised if "no total" in one["message"]]
    monkeypatch.setattr(shop, "pull", whole)
    shop.hold(records.order("7", 7))
    await pull_all(gateway, INCREMENTAL)
    raised = (await gateway.data(document))["exceptions"]["nodes"]
    assert [] == [one for one in raised if one["code"] == "QUARANTINED"]


async def test_a_backfill_reads_what_others_refer_to_first(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """Places and products before stock, orders before their shipments: nothing waits for long."""
    shop.hold(records.shipment("s", "1", "1Z"), records.order("1"), records.level(3))
    shop.hold(records.product(), records.location())
    kinds = [
        progress.kind
        async for progress in backfill.run(
            gateway.gateway.background.puller, gateway.gateway.systems.get("shop")
        )
    ]
    assert kinds == sorted(kinds, key=list(Kind).index)
    shown = await gateway.data(
        "{ orders { nodes { shipments { id } } } inventoryLevels { nodes { onHand } } }"
    )
    assert 1 == len(shown["orders"]["nodes"][0]["shipments"])
    assert [{"onHand": 3}] == shown["inventoryLevels"]["nodes"]
