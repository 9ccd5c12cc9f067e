"""Webhooks as the marketplace sends them: of every seller, about everything."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp import web

from connectors.flexmarket.connector import Client
from connectors.flexmarket.tests.running.people import People
from connectors.flexmarket.tests.running.work import of
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change, Removed, Touched
from connectors.sdk.records import Kind, LevelRecord, OrderRecord, ReturnRecord, ShipmentRecord
from tests.running import System
from tests.shoppers import flexmarket
from tests.shoppers.flexmarket import Checkout, Shopper

pytestmark = pytest.mark.systems

SECRET = "between-market-and-gateway"
SKU = "JEAN-IND-30"


@dataclass
class Receiver:
    """Takes every post. The marketplace sends each event before it answers whoever caused it."""

    people: People
    url: str = ""
    got: list[RawDelivery] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append(RawDelivery(url=self.url, headers=headers, body=await request.read()))
        return web.Response()

    @contextmanager
    def listening(self) -> Iterator[list[RawDelivery]]:
        """Hear what happens meanwhile."""
        self.got.clear()
        with self.people.hooked(self.url, SECRET):
            yield self.got


@pytest.fixture
async def receiver(people: People) -> AsyncIterator[Receiver]:
    receiver = Receiver(people)
    app = web.Application()
    app.router.add_post("/hook/{name}", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    receiver.url = f"http://127.0.0.1:{port}/hook/{datetime.now(UTC).timestamp()}"
    yield receiver
    await runner.cleanup()


def _topics(client: Client, got: list[RawDelivery]) -> list[str]:
    """Prove each genuine; return their topics in the order sent."""
    return [client.verify(each, [SECRET], datetime.now(UTC)).topic for each in got]


def _said(client: Client, got: list[RawDelivery], topic: str) -> list[Change]:
    """What the deliveries of one topic state."""
    return [
        change
        for each in got
        if each.headers["x-flexcommerce-event"] == topic
        for change in client.decode(each, datetime.now(UTC))
    ]


async def _fetched(client: Client, changes: list[Change]) -> list[Change]:
    """Read again what is touched, as the gateway does."""
    touched = [each for each in changes if isinstance(each, Touched)]
    assert len(touched) == len(changes) > 0
    return [
        change
        for each in dict.fromkeys(touched)
        for change in await client.fetch(each.kind, [each.external_id])
    ]


async def test_event_of_an_order_leads_to_the_sellers_part_of_it(
    seller: Client, market: System, people: People, receiver: Receiver
) -> None:
    """It names the shopper's order, whose id the seller never sees; the number is the bridge."""
    with receiver.listening() as got:
        bought = await flexmarket.buy(market.info, SKU, 2, how=Checkout(more={"RIVAL-LAMP": 1}))
    assert ["order.created", "order.confirmed"] == [
        topic for topic in _topics(seller, got) if topic.startswith("order.")
    ]
    [order] = await _fetched(seller, _said(seller, got, "order.confirmed"))
    assert isinstance(order, OrderRecord)
    assert ((await people.order(bought.number))["id"], bought.number, [SKU]) == (
        order.external_id,
        order.number,
        [line.sku for line in order.lines],
    )


async def test_event_of_another_sellers_order_comes_to_nothing(
    seller: Client, market: System, receiver: Receiver
) -> None:
    """It is sent to us too; read with our token, there is no such order: nothing, not even gone."""
    with receiver.listening() as got:
        await flexmarket.buy(market.info, "RIVAL-LAMP", 1)
    assert 1 == len(_said(seller, got, "order.confirmed"))
    assert [] == await _fetched(seller, _said(seller, got, "order.confirmed"))


async def test_events_of_a_whole_life_are_genuine_and_understood(
    client: Client, market: System, people: People, receiver: Receiver
) -> None:
    """Bought, sent, arrived, sent back, taken in, paid back: every topic is known, each delivery
    has the id that its body states, and no two have one."""
    with receiver.listening() as got:
        bought = await flexmarket.buy(market.info, SKU, 2)
        own_id = (await people.order(bought.number))["id"]
        await people.send("seller", own_id, "AP-EVENT")
        await people.deliver(bought.id)
        async with Shopper(market.info) as ada:
            return_id = await ada.send_back(bought.id, {bought.lines[SKU]: 1})
        for step in ("approve", "receive"):
            await people.call("admin", "POST", f"returns/{return_id}/{step}/", {"refund": False})
        await people.refund(bought.id, "5.00", {})
    verified = [client.verify(each, [SECRET], datetime.now(UTC)) for each in got]
    assert [json.loads(each.body)["id"] for each in got] == [each.id for each in verified]
    assert len(got) == len({each.id for each in verified})
    for each in got:
        client.decode(each, datetime.now(UTC))
    assert {
        "order.created",
        "order.confirmed",
        "shipment.created",
        "order.shipped",
        "shipment.updated",
        "order.delivered",
        "return.requested",
        "return.updated",
        "order.paid",
        "refund.requested",
        "refund.processed",
        "order.partially_refunded",
    } == {each.topic for each in verified}
    arrived = await _fetched(client, _said(client, got, "order.delivered"))
    assert (1, 1) == (len(of(OrderRecord, arrived)), len(of(ShipmentRecord, arrived)))
    [returned] = await _fetched(client, _said(client, got, "return.updated"))
    assert isinstance(returned, ReturnRecord)
    assert (return_id, own_id) == (returned.external_id, returned.order_id)


async def test_event_of_stock_leads_to_the_variants_level(
    client: Client, market: System, people: People, receiver: Receiver
) -> None:
    """At the marketplace's threshold, at nothing, and at something again."""
    sku = "JEAN-IND-36"
    with receiver.listening() as got:
        for on_hand in (3, 0, 9):
            await people.count(sku, on_hand)
    topics = ["inventory.low_stock", "inventory.out_of_stock", "inventory.restocked"]
    assert topics == _topics(client, got)
    [level] = await _fetched(client, _said(client, got, "inventory.restocked"))
    assert isinstance(level, LevelRecord)
    assert (sku, 9) == (level.sku, level.quantities.on_hand)


async def test_event_of_another_sellers_stock_brings_no_level(
    client: Client, people: People, receiver: Receiver
) -> None:
    """The staff's token could read it; it is none of this seller's."""
    held = await people.on_hand("RIVAL-LAMP")
    with receiver.listening() as got:
        await people.count("RIVAL-LAMP", 2)
    await people.count("RIVAL-LAMP", held)
    changes = await _fetched(client, _said(client, got, "inventory.low_stock"))
    assert [Removed] == [type(each) for each in changes]


async def test_event_of_what_only_staff_may_read_is_none_without_their_token(
    seller: Client, client: Client, people: People, receiver: Receiver
) -> None:
    """It could not be read again."""
    sku = "JEAN-IND-34"
    with receiver.listening() as got:
        await people.count(sku, 1)
    assert (0, 1) == (
        len(_said(seller, got, "inventory.low_stock")),
        len(_said(client, got, "inventory.low_stock")),
    )
    assert Kind.LEVEL == next(
        each.kind for each in _said(client, got, "inventory.low_stock") if isinstance(each, Touched)
    )
