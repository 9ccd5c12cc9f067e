"""Commands whose replies are lost on the way: the shop did it, and nobody was told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from connectors.medusa import CONNECTOR
from connectors.medusa.connector import Client
from connectors.medusa.tests.running.staff import Staff
from connectors.medusa.tests.running.work import receiving, refunding, returning, shipping
from connectors.sdk.commands import CancelOrder, Command, RecordDelivery, SetInventory
from connectors.sdk.errors import Ambiguous
from connectors.sdk.http import Http
from tests.running import System
from tests.shoppers import medusa

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
        is_write = request.method != "GET"
        if is_write and self.is_dead:
            return _hang_up(request)
        kept = ("authorization", "content-type")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        async with self.session.request(
            request.method,
            self.target + request.raw_path,
            data=await request.read(),
            headers=headers,
        ) as answer:
            text = await answer.text()
        if is_write:
            self.written.append(request.path.rpartition("/")[2])
            if self.is_cut:
                return _hang_up(request)
        return web.Response(status=answer.status, text=text, content_type="application/json")


def _hang_up(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.abort()
    return web.Response()


@pytest.fixture
async def line(shop: System, session: aiohttp.ClientSession) -> AsyncIterator[tuple[Line, Client]]:
    """The line, and a client at the end of it."""
    line = Line(target=shop.url, session=session)
    app = web.Application()
    app.router.add_route("*", "/admin/{path:.*}", line.handle)
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
    """Two writes, two lost replies, one fulfillment, shipped; stock left once."""
    before = sum(on_hand for on_hand, _ in (await staff.stock(SKU)).values())
    bought = await medusa.buy(shop, SKU, 2, "lost-ship@example.com")
    assert 2 == await _insist(line[1], shipping("lost-1", bought.id, 1, "1Z-LOST", SKU))
    (fulfillment,) = (await staff.order(bought.id))["fulfillments"]
    assert fulfillment["shipped_at"]
    assert ["1Z-LOST"] == [each["tracking_number"] for each in fulfillment["labels"]]
    assert before - 1 == sum(on_hand for on_hand, _ in (await staff.stock(SKU)).values())
    assert ["fulfillments", "shipments"] == line[0].written


async def test_cancellation_with_its_reply_lost_is_made_once(
    shop: System, staff: Staff, line: tuple[Line, Client]
) -> None:
    """The money goes back once, and nothing stays reserved."""
    before = await staff.stock(SKU)
    bought = await medusa.buy(shop, SKU, 3, "lost-cancel@example.com")
    await staff.capture(bought.id)
    command = CancelOrder(key="lost-2", order_id=bought.id, reason="changed mind")
    with pytest.raises(Ambiguous):
        await line[1].perform(command)
    await line[1].perform(command)
    payment = await staff.payment(bought.id)
    assert [payment["amount"]] == [each["amount"] for each in payment["refunds"]]
    assert (before, ["cancel"]) == (await staff.stock(SKU), line[0].written)


async def test_refund_with_its_reply_lost_is_made_once(
    shop: System, staff: Staff, line: tuple[Line, Client]
) -> None:
    """The money goes back once."""
    bought = await medusa.buy(shop, SKU, 1, "lost-refund@example.com")
    await staff.capture(bought.id)
    assert 1 == await _insist(line[1], refunding("lost-3", bought.id, 750))
    refunds = (await staff.payment(bought.id))["refunds"]
    assert [(7.5, "dented [ref:lost-3]")] == [(each["amount"], each["note"]) for each in refunds]
    assert ["refund"] == line[0].written


async def test_delivery_with_its_reply_lost_is_recorded_once(
    shop: System, staff: Staff, line: tuple[Line, Client], reno: str
) -> None:
    """Asked again, it finds the parcel delivered and sends nothing."""
    bought = await medusa.buy(shop, SKU, 1, "lost-delivery@example.com")
    parcel = await staff.fulfill(bought.id, {bought.lines[SKU]: 1}, reno)
    command = RecordDelivery(key="lost-4", order_id=bought.id, shipment_id=parcel)
    with pytest.raises(Ambiguous):
        await line[1].perform(command)
    assert parcel == (await line[1].perform(command)).external_id
    (bought_line,) = (await staff.order(bought.id))["items"]
    assert 1 == bought_line["detail"]["delivered_quantity"]
    assert ["mark-as-delivered"] == line[0].written


async def test_stock_with_its_reply_lost_is_set_once(
    staff: Staff, line: tuple[Line, Client], reno: str
) -> None:
    """Asked again, it finds the number there, which is no longer the one expected."""
    item = await staff.item("SOCK-GRY-OS")
    held = (await staff.stock("SOCK-GRY-OS"))[reno][0]
    command = SetInventory(
        key="lost-5",
        item_id=item["id"],
        sku="SOCK-GRY-OS",
        location_id=reno,
        quantity=held + 1,
        expected=held,
    )
    with pytest.raises(Ambiguous):
        await line[1].perform(command)
    await line[1].perform(command)
    assert held + 1 == (await staff.stock("SOCK-GRY-OS"))[reno][0]
    assert ["batch"] == line[0].written


async def test_return_with_every_reply_lost_is_requested_once(
    shop: System, staff: Staff, line: tuple[Line, Client], reno: str
) -> None:
    """Three writes, three lost replies, one return of one unit."""
    bought = await medusa.buy(shop, SKU, 3, "lost-return@example.com")
    await staff.deliver(bought.id, {bought.lines[SKU]: 3}, reno)
    assert 3 == await _insist(line[1], returning("lost-6", bought.id, 1, SKU))
    order = await staff.order(bought.id)
    assert ["requested"] == [each["status"] for each in order["returns"]]
    assert 1 == order["items"][0]["detail"]["return_requested_quantity"]
    assert ["returns", "request-items", "request"] == line[0].written


async def test_receipt_with_every_reply_lost_is_made_once(
    shop: System, staff: Staff, line: tuple[Line, Client], reno: str
) -> None:
    """Four writes, four lost replies; one unit on the shelf again, one written off."""
    bought = await medusa.buy(shop, SKU, 3, "lost-receipt@example.com")
    await staff.deliver(bought.id, {bought.lines[SKU]: 3}, reno)
    made = await staff.request_return(bought.id, {bought.lines[SKU]: 3}, reno)
    before = (await staff.stock(SKU))[reno][0]
    command = receiving("lost-7", made, bought.lines[SKU], RESTOCKED=1, DAMAGED=1)
    assert 4 == await _insist(line[1], command)
    detail = (await staff.order(bought.id))["items"][0]["detail"]
    counted = [
        detail[f"{name}_quantity"]
        for name in ("return_requested", "return_received", "return_dismissed", "written_off")
    ]
    assert [1, 1, 1, 1] == counted
    assert before + 1 == (await staff.stock(SKU))[reno][0]
    assert ["receive", "receive-items", "dismiss-items", "confirm"] == line[0].written


async def test_write_that_never_arrived_is_found_missing_and_made(
    shop: System, staff: Staff, line: tuple[Line, Client]
) -> None:
    """A line that hung up before the shop heard: looked up, it is not there; then it is made."""
    bought = await medusa.buy(shop, SKU, 1, "lost-before@example.com")
    await staff.capture(bought.id)
    command = refunding("lost-8", bought.id, 100)
    cutting, client = line
    cutting.is_dead = True
    with pytest.raises(Ambiguous):
        await client.perform(command)
    assert await client.look_up(command) is None
    cutting.is_dead = cutting.is_cut = False
    await client.perform(command)
    refunds = (await staff.payment(bought.id))["refunds"]
    assert ([1], ["refund"]) == ([each["amount"] for each in refunds], cutting.written)
