"""A warehouse that calls the shop's goods by numbers of its own."""

from dataclasses import replace

from connectors.sdk.commands import RequestFulfillment
from connectors.sdk.records import Kind
from tests import records, trading
from tests.gateways import gateway_over
from tests.toys import outside
from tests.trading import Trade

OURS, THEIRS = "TEE-BLK-S", "0042"
MAP = f'{trading.CONFIGURATION}\n[skus.depot]\n{OURS} = "{THEIRS}"\n'
WORK = "{ orders { nodes { fulfillmentOrders { lines { sku quantity } requestStatus } } } }"


async def test_a_warehouse_is_asked_for_what_it_calls_the_goods(store_url: str) -> None:
    """And what it answers is of the shop's."""
    trade = Trade()
    trade.depot.records.pop((Kind.PRODUCT, f"p-{OURS}"))
    trade.depot.records.pop((Kind.LEVEL, f"v-{OURS}@at-DC-RENO"))
    trade.depot.changed_at.clear()
    trade.depot.hold(records.location(), records.product(THEIRS), records.level(40, sku=THEIRS))
    world = outside(*trade.toys, clock=trade.clock)
    connections = [toy.connection for toy in trade.toys]
    async with gateway_over(store_url, connections, MAP, trade.clock, world) as gateway:
        await gateway.backfill("depot")
        await gateway.backfill("shop")
        await trade.sell(gateway, "1001")
        shown = (await gateway.data(WORK))["orders"]["nodes"]
    [asked] = [one for one in trade.depot.performed if isinstance(one, RequestFulfillment)]
    [line] = asked.lines
    assert replace(line, item_id=f"v-{THEIRS}", sku=THEIRS) == line
    work = {"lines": [{"sku": OURS, "quantity": 1}], "requestStatus": "ACCEPTED"}
    assert [{"fulfillmentOrders": [work]}] == shown
