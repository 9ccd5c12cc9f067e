"""A warehouse that calls the shop's goods by numbers of its own."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from connectors.sdk.commands import RequestFulfillment
from tests import records, trading
from tests.gateways import GatewayUnderTest, gateway_over
from tests.toys import outside
from tests.trading import Trade

OURS, THEIRS = "TEE-BLK-S", "0042"
MAP = f'{trading.CONFIGURATION}\n[skus.depot]\n{OURS} = "{THEIRS}"\n'
OPEN = "{ exceptions { nodes { code } } }"
WORK = "{ orders { nodes { fulfillmentOrders { lines { sku quantity } requestStatus } } } }"


@pytest.fixture
def trade() -> Trade:
    """The three, of which the warehouse numbers its goods."""
    trade = Trade()
    trade.depot.records.clear()
    trade.depot.changed_at.clear()
    trade.depot.hold(records.location(), records.product(THEIRS), records.level(40, sku=THEIRS))
    return trade


def opened(
    store_url: str, trade: Trade, configuration: str
) -> AbstractAsyncContextManager[GatewayUnderTest]:
    world = outside(*trade.toys, clock=trade.clock)
    connections = [toy.connection for toy in trade.toys]
    return gateway_over(store_url, connections, configuration, trade.clock, world)


async def test_a_warehouse_is_asked_for_what_it_calls_the_goods(
    store_url: str, trade: Trade
) -> None:
    """And what it answers is of the shop's."""
    async with opened(store_url, trade, MAP) as gateway:
        await gateway.backfill("depot")
        await gateway.backfill("shop")
        await trade.sell(gateway, "1001")
        shown = (await gateway.data(WORK))["orders"]["nodes"]
    [asked] = [one for one in trade.depot.performed if isinstance(one, RequestFulfillment)]
    [line] = asked.lines
    assert replace(line, item_id=f"v-{THEIRS}", sku=THEIRS) == line
    work = {"lines": [{"sku": OURS, "quantity": 1}], "requestStatus": "ACCEPTED"}
    assert [{"fulfillmentOrders": [work]}] == shown


async def test_what_a_map_names_too_late_is_asked_for_when_it_is_read_again(
    store_url: str, trade: Trade
) -> None:
    """The shop has another word for it: nobody could be asked, until the map said whose it is."""
    word = "black-small"
    async with opened(store_url, trade, MAP) as gateway:
        await gateway.backfill("depot")
        await trade.sell(gateway, "1001", lines=(records.line(sku=word, variant_id=None),))
        raised = {one["code"] for one in (await gateway.data(OPEN))["exceptions"]["nodes"]}
        assert {"UNMAPPED_SKU", "NOT_FULFILLABLE"} == raised
    assert [] == trade.depot.performed
    async with opened(store_url, trade, f'{MAP}[skus.shop]\n{OURS} = "{word}"\n') as gateway:
        await gateway.backfill("shop")
        assert [] == (await gateway.data(OPEN))["exceptions"]["nodes"]
    [asked] = [one for one in trade.depot.performed if isinstance(one, RequestFulfillment)]
    assert [THEIRS] == [one.sku for one in asked.lines]
