"""Commands whose replies are lost on the way: the marketplace did it, and nobody was told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from connectors.flexmarket import CONNECTOR
from connectors.flexmarket.connector import Client
from connectors.flexmarket.mapping import LOCATION, shipment_id
from connectors.flexmarket.tests.running.people import People
from connectors.flexmarket.tests.running.work import level_of, shipping
from connectors.sdk.commands import (
    CancelOrder,
    Command,
    ReceiveReturn,
    RecordDelivery,
    SetInventory,
)
from connectors.sdk.errors import Ambiguous
from connectors.sdk.http import Http
from tests.running import System
from tests.shoppers import flexmarket
from tests.shoppers.flexmarket import Shopper

pytestmark = pytest.mark.systems

SKU = "SNKR-WHT-10"
CALCULATION = "/api/pricing/calculate/"
"""A POST that changes nothing."""


@dataclass
class Line:
    """A line to the marketplace that passes every write on and hangs up before the answer, while
    *is_cut*; or before the write, while *is_dead*. Reads come through."""

    target: str
    session: aiohttp.ClientSession
    is_cut: bool = True
    is_dead: bool = False
    written: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        is_write = request.method != "GET" and request.path != CALCULATION
        if is_write and self.is_dead:
            return _hang_up(request)
        headers = {"authorization": request.headers["authorization"]}
        headers["content-type"] = "application/json"
        url, body = self.target + request.path_qs, await request.read()
        async with self.session.request(request.method, url, data=body, headers=headers) as answer:
            text, status = await answer.text(), answer.status
        if is_write:
            self.written.append(request.path.rstrip("/").rpartition("/")[2])
            if self.is_cut:
                return _hang_up(request)
        return web.Response(text=text, status=status, content_type="application/json")


def _hang_up(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.abort()
    return web.Response()


@pytest.fixture
async def line(
    market: System, settings: dict[str, str], session: aiohttp.ClientSession
) -> AsyncIterator[tuple[Line, Client]]:
    """The line, and a client at the end of it."""
    line = Line(target=market.url, session=session)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", line.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield line, CONNECTOR.open({**settings, "url": url}, Http(session, url))
    await runner.cleanup()


async def _insist(client: Client, command: Command) -> int:
    """Perform *command* until it is answered; return how many replies were lost on the way.

    As the outbox does: after a lost reply look it up, and perform again only what is not there.
    """
    lost = 0
    while await client.look_up(command) is None:
        try:
            await client.perform(command)
        except Ambiguous:
            lost += 1
            assert lost < 10
    return lost


async def test_shipment_with_its_reply_lost_is_one_parcel(
    market: System, people: People, line: tuple[Line, Client]
) -> None:
    """Looked up it is there, by its number."""
    bought = await flexmarket.buy(market.info, SKU, 2)
    own_id = (await people.order(bought.number))["id"]
    assert 1 == await _insist(line[1], shipping("lost-1", own_id, {SKU: 2}, "AP-LOST"))
    parcels = (await people.whole(bought.id))["shipments"]
    assert (["AP-LOST"], ["ship"]) == (
        [each["tracking_number"] for each in parcels],
        line[0].written,
    )


async def test_shipment_with_its_reply_lost_is_found_without_the_staffs_token(
    market: System, people: People, line: tuple[Line, Client], session: aiohttp.ClientSession
) -> None:
    """The seller sees no parcel, but that nothing is left to ship."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    own_id = (await people.order(bought.number))["id"]
    command = shipping("lost-2", own_id, {SKU: 1}, "AP-LOST-2")
    with pytest.raises(Ambiguous):
        await line[1].perform(command)
    own = {"url": market.url, "token": market.info["tokens"]["seller"]}
    found = await CONNECTOR.open(own, Http(session, market.url)).look_up(command)
    assert found
    assert (shipment_id(own_id), 1) == (
        found.external_id,
        len((await people.whole(bought.id))["shipments"]),
    )


async def test_delivery_with_its_reply_lost_is_recorded_once(
    market: System, people: People, line: tuple[Line, Client]
) -> None:
    """The marketplace would add another event, and move the time of delivery."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    own_id = (await people.order(bought.number))["id"]
    await people.send("seller", own_id, "AP-LOST-3")
    command = RecordDelivery(key="lost-3", order_id=own_id, shipment_id=shipment_id(own_id))
    with pytest.raises(Ambiguous):
        await line[1].perform(command)
    assert shipment_id(own_id) == (await line[1].perform(command)).external_id
    [parcel] = (await people.whole(bought.id))["shipments"]
    assert (["dispatched", "delivered"], ["events"]) == (
        [event["status"] for event in parcel["events"]],
        line[0].written,
    )


async def test_stock_with_its_reply_lost_is_counted_once(
    market: System, people: People, line: tuple[Line, Client]
) -> None:
    """A sale comes before anybody looks: it is not undone by setting the number again."""
    sku = "MUG-ENML-OS"
    level, held = await level_of(line[1], sku), await people.on_hand(sku)
    command = SetInventory(
        key="lost-4",
        item_id=level.item_id,
        sku=sku,
        location_id=LOCATION,
        quantity=held + 10,
        expected=held,
    )
    with pytest.raises(Ambiguous):
        await line[1].perform(command)
    await flexmarket.buy(market.info, sku, 1)
    assert 0 == await _insist(line[1], command)
    await line[1].perform(command)
    assert (held + 9, ["adjust"]) == (await people.on_hand(sku), line[0].written)
    assert 1 == len(await people.movements(sku, "adjustment"))


async def test_return_with_every_reply_lost_is_taken_in_once(
    market: System, people: People, line: tuple[Line, Client]
) -> None:
    """Two writes, two lost replies, one unit back on sale."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    await people.send("seller", (await people.order(bought.number))["id"], "AP-LOST-5")
    await people.deliver(bought.id)
    async with Shopper(market.info) as ada:
        return_id = await ada.send_back(bought.id, {bought.lines[SKU]: 1})
    held = await people.on_hand(SKU)
    assert 2 == await _insist(line[1], ReceiveReturn(key="lost-5", return_id=return_id))
    assert (held + 1, ["approve", "receive"]) == (await people.on_hand(SKU), line[0].written)


async def test_cancellation_with_its_reply_lost_puts_stock_back_once(
    market: System, people: People, line: tuple[Line, Client]
) -> None:
    """Looked up it is there."""
    held = await people.on_hand(SKU)
    bought = await flexmarket.buy(market.info, SKU, 2)
    own_id = (await people.order(bought.number))["id"]
    assert 1 == await _insist(line[1], CancelOrder(key="lost-6", order_id=own_id, reason="x"))
    assert (held, ["cancel"]) == (await people.on_hand(SKU), line[0].written)


async def test_write_that_never_arrived_is_found_missing_and_made(
    market: System, people: People, line: tuple[Line, Client]
) -> None:
    """A line that hung up before the marketplace heard: looked up, it is not there."""
    bought = await flexmarket.buy(market.info, SKU, 1)
    own_id = (await people.order(bought.number))["id"]
    command = shipping("lost-7", own_id, {SKU: 1}, "AP-LOST-7")
    cutting, client = line
    cutting.is_dead = True
    with pytest.raises(Ambiguous):
        await client.perform(command)
    assert await client.look_up(command) is None
    cutting.is_dead = cutting.is_cut = False
    await client.perform(command)
    assert (1, ["ship"]) == (
        len((await people.whole(bought.id))["shipments"]),
        cutting.written,
    )
