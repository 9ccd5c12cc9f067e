"""An order is canceled at its shop: whoever was to send its goods is told to stop, once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from connectors.sdk.commands import CancelFulfillment
from connectors.sdk.manifest import Delivery
from connectors.sdk.records import Kind, LineCounters
from connectors.sdk.records.states import OrderStatus
from tests import records, trading
from tests.gateways import GatewayUnderTest
from tests.trading import Trade

WORK = """{ orders { nodes { status fulfillmentOrders { status requestStatus } } }
  exceptions { nodes { code } } }"""


@pytest.fixture
def trade() -> Trade:
    return Trade()


@asynccontextmanager
async def opened(store_url: str, trade: Trade) -> AsyncIterator[GatewayUnderTest]:
    """A gateway over the three, which knows their places and goods."""
    async with trading.open_over(store_url, trade) as tested:
        for toy in trade.toys:
            await tested.backfill(toy.id)
        yield tested


@pytest.fixture
async def gateway(store_url: str, trade: Trade) -> AsyncIterator[GatewayUnderTest]:
    async with opened(store_url, trade) as tested:
        yield tested


def canceled(number: str) -> Any:
    """The order as its shop states it once nothing of it will be sent."""
    counters = LineCounters(ordered=1, canceled=1)
    return records.later(
        records.order(
            number,
            status=OrderStatus.CANCELED,
            raw_status="canceled",
            lines=(records.line(counters=counters),),
        )
    )


async def shown(gateway: GatewayUnderTest) -> tuple[Any, list[str]]:
    """The order's work, and the codes of what is open for people."""
    answer = await gateway.data(WORK)
    codes = [one["code"] for one in answer["exceptions"]["nodes"]]
    return answer["orders"]["nodes"][0]["fulfillmentOrders"], codes


async def test_the_warehouse_is_told_once_however_often_the_shop_says_it(
    store_url: str, trade: Trade
) -> None:
    """The work that it took on is taken back from it."""
    trade.depot.commands = {**trade.depot.commands, "cancel_fulfillment": Delivery.ASKABLE}
    async with opened(store_url, trade) as gateway:
        await trade.sell(gateway, "1")
        for minutes in (1, 2):
            trade.shop.hold(records.later(canceled("1"), minutes))
            await trading.hear(gateway, trade.shop, (Kind.ORDER, "1"))
    told = [one for one in trade.depot.performed if isinstance(one, CancelFulfillment)]
    requested = trade.depot.performed[0]
    assert [f"w-{requested.reference}"] == [one.fulfillment_order_id for one in told]  # type: ignore[union-attr]


async def test_a_warehouse_that_cannot_be_told_is_somebodys_work(
    gateway: GatewayUnderTest, trade: Trade
) -> None:
    """Nothing is sent that it does not declare; people are told once."""
    await trade.sell(gateway, "1")
    before = list(trade.depot.performed)
    trade.shop.hold(canceled("1"))
    await trading.hear(gateway, trade.shop, (Kind.ORDER, "1"))
    work, codes = await shown(gateway)
    assert before == trade.depot.performed
    assert ["NOT_RECALLABLE"] == codes
    assert "OPEN" == work[0]["status"]


async def test_an_order_that_came_canceled_makes_no_work(
    gateway: GatewayUnderTest, trade: Trade
) -> None:
    """Nobody is asked for anything."""
    trade.shop.hold(canceled("1"))
    await trading.hear(gateway, trade.shop, (Kind.ORDER, "1"))
    work, codes = await shown(gateway)
    assert ([], []) == (work, codes)
    assert [] == trade.depot.performed
