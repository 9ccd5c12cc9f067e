"""Returns at the running shop: asked for, received, refused without a trace."""

import pytest

from connectors.medusa.connector import Client
from connectors.medusa.tests.running.staff import Staff
from connectors.medusa.tests.running.work import only, receiving, returning
from connectors.sdk.changes import Removed
from connectors.sdk.commands import Command, ReceiveReturn
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records import Kind, LineCounters, OrderRecord, ReturnRecord
from connectors.sdk.records.states import ReturnReason, ReturnStatus
from connectors.sdk.values import LineQuantity
from tests.running import System
from tests.shoppers import medusa

pytestmark = pytest.mark.systems

SKU = "SNKR-WHT-9"


async def _refused(client: Client, kind: type[Rejected], command: Command) -> None:
    with pytest.raises(kind) as refusal:
        await client.perform(command)
    assert kind is refusal.type


async def test_return_is_requested_once(
    client: Client, shop: System, staff: Staff, reno: str
) -> None:
    """With the shop's own reason of that name, of which an order states only the id, and a note.
    Done again it changes nothing, and too much is refused without a trace."""
    bought = await medusa.buy(shop, SKU, 3, "returns@example.com")
    line = bought.lines[SKU]
    await staff.deliver(bought.id, {line: 3}, reno)
    await staff.post("/admin/return-reasons", label="Too small", value="size_too_small")
    new_york = shop.info["locations"]["STORE-NYC"]
    more = {"reason": ReturnReason.SIZE_TOO_SMALL, "note": "pinches", "location_id": new_york}
    request = returning("return-1", bought.id, 2, SKU, **more)
    assert await client.look_up(request) is None
    asked = [await client.perform(request), await client.perform(request)]
    found = await client.look_up(request)
    assert found
    assert 1 == len({each.external_id for each in (*asked, found)})
    (stated,) = (await staff.order(bought.id))["returns"]
    assert asked[0].external_id == stated["id"]
    assert {"id"} == set(stated["items"][0]["reason"])
    record = only(ReturnRecord, found.changes)
    lines = (LineQuantity(line_id=line, sku=SKU, quantity=2),)
    assert (ReturnStatus.REQUESTED, lines, "Too small", new_york, "return-1") == (
        record.status,
        record.lines,
        record.reason,
        record.location_id,
        record.reference,
    )
    log = await staff.changes(bought.id)
    await _refused(client, Conflict, returning("return-2", bought.id, 2, SKU))
    assert log == await staff.changes(bought.id)


async def test_goods_are_received_once(
    client: Client, shop: System, staff: Staff, reno: str
) -> None:
    """One unit goes on sale, one is broken. What is done again changes nothing, and too much, or
    what the shop cannot say, is refused without a trace."""
    bought = await medusa.buy(shop, SKU, 3, "receives@example.com")
    line = bought.lines[SKU]
    await staff.deliver(bought.id, {line: 3}, reno)
    new_york = shop.info["locations"]["STORE-NYC"]
    own_id = await staff.request_return(bought.id, {line: 2}, new_york)
    log = await staff.changes(bought.id)
    await _refused(client, Conflict, receiving("receipt-1", own_id, line, RESTOCKED=3))
    await _refused(client, Rejected, receiving("receipt-1", own_id, line, DESTROYED=1))
    await _refused(client, Missing, receiving("receipt-1", own_id, "ordli_none", RESTOCKED=1))
    assert log == await staff.changes(bought.id)
    before = await staff.stock(SKU)
    receipt = receiving("receipt-2", own_id, line, RESTOCKED=1, DAMAGED=1)
    assert await client.look_up(receipt) is None
    for _ in range(2):
        outcome = await client.perform(receipt)
        assert (own_id, ReturnStatus.RECEIVED) == (
            outcome.external_id,
            only(ReturnRecord, outcome.changes).status,
        )
        counters = LineCounters(ordered=3, fulfilled=3, delivered=3, returned=2, written_off=1)
        assert counters == only(OrderRecord, outcome.changes).lines[0].counters
    on_hand, committed = before[new_york]
    assert before | {new_york: (on_hand + 1, committed)} == await staff.stock(SKU)
    await _refused(client, Conflict, ReceiveReturn(key="receipt-3", return_id=own_id))


async def test_what_cannot_come_back_changes_nothing(
    client: Client, shop: System, staff: Staff, reno: str
) -> None:
    """What never left, a line of none, a place that does not stock it, a return that is not there;
    and anything while somebody changes the order."""
    bought = await medusa.buy(shop, SKU, 1, "returns-not@example.com")
    await _refused(client, Conflict, returning("return-3", bought.id, 1, SKU))
    await staff.deliver(bought.id, {bought.lines[SKU]: 1}, reno)
    made = await staff.post("/admin/stock-locations", name="NO-SHOES")
    elsewhere = made["stock_location"]["id"]
    log = await staff.changes(bought.id)
    await _refused(client, Missing, returning("return-3", bought.id, 1, "NO-SUCH-SKU"))
    command = returning("return-3", bought.id, 1, SKU, location_id=elsewhere)
    await _refused(client, Rejected, command)
    await _refused(client, Missing, ReceiveReturn(key="receipt-4", return_id="return_none"))
    assert log == await staff.changes(bought.id)
    await staff.post("/admin/order-edits", order_id=bought.id)
    log = await staff.changes(bought.id)
    await _refused(client, Conflict, returning("return-3", bought.id, 1, SKU))
    assert log == await staff.changes(bought.id)
    order = await staff.order(bought.id)
    assert [] == order["returns"]


async def test_return_that_was_given_up_is_canceled(
    client: Client, shop: System, staff: Staff, reno: str
) -> None:
    """It is read so, and neither asked for again under its key nor received."""
    bought = await medusa.buy(shop, SKU, 1, "returns-given-up@example.com")
    await staff.deliver(bought.id, {bought.lines[SKU]: 1}, reno)
    request = returning("return-4", bought.id, 1, SKU)
    own_id = (await client.perform(request)).external_id
    assert own_id
    await staff.post(f"/admin/returns/{own_id}/cancel")
    found, gone = await client.fetch(Kind.RETURN, [own_id, "return_none"])
    assert isinstance(found, ReturnRecord)
    assert ReturnStatus.CANCELED == found.status
    assert Removed(kind=Kind.RETURN, external_id="return_none") == gone
    log = await staff.changes(bought.id)
    await _refused(client, Conflict, request)
    await _refused(client, Conflict, ReceiveReturn(key="receipt-5", return_id=own_id))
    assert log == await staff.changes(bought.id)
