"""Commands whose replies are lost on the way: the shop did it, and nobody was told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from connectors.sdk.commands import (
    CancelOrder,
    Command,
    CreateRefund,
    RecordDelivery,
    RecordShipment,
    SetInventory,
)
from connectors.sdk.errors import Ambiguous
from connectors.sdk.http import Http
from connectors.sdk.records import Tracking
from connectors.sdk.values import LineQuantity, Money
from connectors.vendure import CONNECTOR
from connectors.vendure.connector import Client
from connectors.vendure.tests.running.staff import Staff
from tests.running import System
from tests.shoppers import vendure

pytestmark = pytest.mark.systems

SKU = "SNKR-WHT-10"


@dataclass
class Line:
    """A line to the shop that passes every write on and hangs up before the answer, while
    *is_cut*; or before the write, while *is_dead*. Reads come through."""

    target: str
    session: aiohttp.ClientSession
    is_cut: bool = True
    is_dead: bool = False
    written: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        is_write = body["query"].startswith("mutation")
        if is_write and self.is_dead:
            return _hang_up(request)
        headers = {"vendure-api-key": request.headers["vendure-api-key"]}
        async with self.session.post(self.target, json=body, headers=headers) as answer:
            text = await answer.text()
        if is_write:
            self.written.append(body["query"].partition("(")[0])
            if self.is_cut:
                return _hang_up(request)
        return web.Response(text=text, content_type="application/json")


def _hang_up(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.abort()
    return web.Response()


@pytest.fixture
async def line(shop: System, session: aiohttp.ClientSession) -> AsyncIterator[tuple[Line, Client]]:
    """The line, and a client at the end of it."""
    line = Line(target=shop.info["adminApi"], session=session)
    app = web.Application()
    app.router.add_post("/admin-api", line.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings = {"url": url, "api_key": shop.info["apiKey"]}
    yield line, CONNECTOR.open(settings, Http(session, url))
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


async def test_shipment_with_every_reply_lost_is_made_once(
    shop: System, staff: Staff, line: tuple[Line, Client]
) -> None:
    """Three writes, three lost replies, one fulfillment, claimed once and shipped."""
    bought = await vendure.buy(shop.url, SKU, 2, "lost-ship@example.com")
    command = RecordShipment(
        key="lost-1",
        order_id=bought.id,
        lines=(LineQuantity(sku=SKU, quantity=1),),
        tracking=Tracking(number="1Z-LOST", carrier="UPS Ground"),
    )
    assert 3 == await _insist(line[1], command)
    order = await staff.order(bought.id)
    assert ["Shipped"] == [each["state"] for each in order["fulfillments"]]
    notes = [entry for entry in order["history"]["items"] if entry["type"] == "ORDER_NOTE"]
    assert 1 == len(notes)
    writes = ["mutation AddFulfillment", "mutation AddNote", "mutation MoveFulfillment"]
    assert writes == line[0].written


async def test_cancellation_with_its_reply_lost_is_made_once(
    shop: System, staff: Staff, line: tuple[Line, Client]
) -> None:
    """One unit of three, not two."""
    bought = await vendure.buy(shop.url, SKU, 3, "lost-cancel@example.com")
    command = CancelOrder(
        key="lost-2",
        order_id=bought.id,
        lines=(LineQuantity(sku=SKU, quantity=1),),
        reason="one less",
    )
    assert 1 == await _insist(line[1], command)
    (bought_line,) = (await staff.order(bought.id))["lines"]
    assert (2, ["mutation CancelOrder"]) == (bought_line["quantity"], line[0].written)


async def test_refund_with_every_reply_lost_is_made_once(
    shop: System, staff: Staff, line: tuple[Line, Client]
) -> None:
    """The money goes back once."""
    bought = await vendure.buy(shop.url, SKU, 1, "lost-refund@example.com")
    command = CreateRefund(
        key="lost-3",
        order_id=bought.id,
        payment_id=None,
        amount=Money(minor=700, currency="USD"),
        reason="dented",
    )
    assert 2 == await _insist(line[1], command)
    (payment,) = (await staff.order(bought.id))["payments"]
    assert [("Settled", 700)] == [(each["state"], each["total"]) for each in payment["refunds"]]
    assert ["mutation RefundOrder", "mutation SettleRefund"] == line[0].written


async def test_delivery_with_its_reply_lost_is_recorded_once(
    shop: System, staff: Staff, line: tuple[Line, Client]
) -> None:
    """Asked again, it finds the parcel delivered and sends nothing."""
    bought = await vendure.buy(shop.url, SKU, 1, "lost-delivery@example.com")
    (bought_line,) = (await staff.order(bought.id))["lines"]
    parcel = await staff.fulfill({bought_line["id"]: 1}, "1Z-LOST-2")
    command = RecordDelivery(key="lost-4", order_id=bought.id, shipment_id=parcel)
    with pytest.raises(Ambiguous):
        await line[1].perform(command)
    assert parcel == (await line[1].perform(command)).external_id
    assert ["mutation MoveFulfillment"] == line[0].written


async def test_stock_with_its_reply_lost_is_set_once(
    staff: Staff, line: tuple[Line, Client]
) -> None:
    """Asked again, it finds the number there, which is no longer the one expected."""
    held = (await staff.stock("SOCK-GRY-OS"))["3"][0]
    listed = await staff.ask(
        '{ productVariants(options: { filter: { sku: { eq: "SOCK-GRY-OS" } } }) { items { id } } }'
    )
    command = SetInventory(
        key="lost-5",
        item_id=listed["items"][0]["id"],
        sku="SOCK-GRY-OS",
        location_id="3",
        quantity=held + 1,
        expected=held,
    )
    with pytest.raises(Ambiguous):
        await line[1].perform(command)
    await line[1].perform(command)
    assert held + 1 == (await staff.stock("SOCK-GRY-OS"))["3"][0]
    assert ["mutation SetStock"] == line[0].written


async def test_write_that_never_arrived_is_found_missing_and_made(
    shop: System, staff: Staff, line: tuple[Line, Client]
) -> None:
    """A line that hung up before the shop heard: looked up, it is not there; then it is made."""
    bought = await vendure.buy(shop.url, SKU, 2, "lost-before@example.com")
    command = CancelOrder(
        key="lost-6",
        order_id=bought.id,
        lines=(LineQuantity(sku=SKU, quantity=1),),
        reason="one less",
    )
    cutting, client = line
    cutting.is_dead = True
    with pytest.raises(Ambiguous):
        await client.perform(command)
    assert await client.look_up(command) is None
    cutting.is_dead = cutting.is_cut = False
    await client.perform(command)
    (bought_line,) = (await staff.order(bought.id))["lines"]
    assert (1, ["mutation CancelOrder"]) == (bought_line["quantity"], cutting.written)
