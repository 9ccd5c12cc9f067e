"""RequestFulfillment and CancelFulfillment, exactly once, on a running Odoo."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.odoo.running.live import (
    ADA,
    GRACE,
    Live,
    between,
    number,
    only,
    with_each_reply_lost,
)
from connectors.sdk.commands import CancelFulfillment, RequestFulfillment
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records import FulfillmentOrderRecord
from connectors.sdk.records.states import FulfillmentOrderStatus, RequestStatus, Stage
from connectors.sdk.values import Address, Money

pytestmark = pytest.mark.systems

SALE = ("state", "note", "partner_id", "partner_shipping_id", "amount_tax", "amount_total")
SKU = "JEAN-IND-30"


async def sales(live: Live, command: RequestFulfillment) -> list[dict[str, Any]]:
    domain = [["client_order_ref", "=", command.reference]]
    return await live.staff.find("sale.order", domain, *SALE)


async def people(live: Live) -> int:
    return len(await live.staff.find("res.partner", []))


def cancel(external_id: str | None) -> CancelFulfillment:
    assert external_id
    return CancelFulfillment(
        key=f"cancel-{external_id}", fulfillment_order_id=external_id, reason="customer"
    )


async def test_a_request_becomes_work_for_the_warehouse(live: Live) -> None:
    """A sale with our reference, its recipient in the address book, and a delivery to pick."""
    before = (await live.level(SKU)).quantities
    command = await live.request({SKU: 2, "JEAN-IND-32": 1})

    outcome = await live.client.perform(command)

    work = only(FulfillmentOrderRecord, outcome.changes)
    assert outcome.external_id == work.external_id
    assert (work.reference, work.order_id, work.stage) == (command.reference, None, Stage.NEW)
    assert work.request_status is RequestStatus.SUBMITTED
    assert work.location_id == command.location_id
    assert {(one.sku, one.quantity) for one in work.lines} == {(SKU, 2), ("JEAN-IND-32", 1)}
    [sale] = await sales(live, command)
    assert (sale["state"], sale["note"]) == ("sale", "Order #1001 (Standard)")
    assert (sale["amount_tax"], sale["amount_total"]) == (0, 57)
    assert sale["partner_id"][1] == "Grace Kim"
    after = (await live.level(SKU)).quantities
    assert (after.on_hand, after.committed) == (before.on_hand, (before.committed or 0) + 2)


async def test_a_request_again_changes_nothing(live: Live) -> None:
    """The same command a second time finds the first one's sale."""
    command = await live.request({SKU: 1})
    first = await live.client.perform(command)

    second = await live.client.perform(command)

    assert second.external_id == first.external_id
    assert len(await sales(live, command)) == 1


async def test_whatever_reply_is_lost_there_is_one_delivery(live: Live) -> None:
    """Asked by its reference, and gone on with from where it stood."""
    before = (await live.level(SKU)).quantities

    async def command() -> RequestFulfillment:
        ship_to = replace(GRACE, email=f"{id(object())}@example.com", phone=None)
        return await live.request({SKU: 1}, ship_to=ship_to)

    given = await with_each_reply_lost(live, command)

    assert len(given) == 4, "a partner, a sale and its confirmation can be lost"
    for one, outcome in given:
        assert isinstance(one, RequestFulfillment)
        assert [sale["state"] for sale in await sales(live, one)] == ["sale"]
        assert await live.staff.deliveries_for(one.reference) == [number(outcome.external_id)]
    after = (await live.level(SKU)).quantities
    assert after.committed == (before.committed or 0) + len(given)


async def test_a_lost_reply_leaves_one_partner(live: Live) -> None:
    """Whom nothing reaches is found by name and address."""
    masked = Address(name="Marketplace Buyer", line1="1 Oak St", city="Reno", country_code="US")
    elsewhere = replace(masked, line1="2 Oak St")
    before = await people(live)

    for ship_to in (masked, masked, elsewhere):
        await live.client.perform(await live.request({SKU: 1}, ship_to=ship_to))

    assert await people(live) == before + 2


async def test_looking_up_tells_a_request_from_a_draft(live: Live) -> None:
    """A sale that got stuck half-way is not what was asked for; performing again finishes it."""
    command = await live.request({SKU: 1})
    nothing = await live.client.look_up(command)
    draft = await live.staff.draft(ADA, "DC-RENO", {SKU: 1}, client_order_ref=command.reference)
    stuck = await live.client.look_up(command)
    outcome = await live.client.perform(command)

    assert (nothing, stuck) == (None, None)
    assert await live.staff.deliveries_of(draft) == [number(outcome.external_id)]
    found = await live.client.look_up(command)
    assert found is not None
    assert found.external_id == outcome.external_id


async def test_somebody_known_is_not_written_down_again(live: Live) -> None:
    """Found by mail address in whatever case; another address is added to the same partner, once,
    and the parcel goes by the name that was given."""
    present = replace(GRACE, email="elena.rossi@EXAMPLE.com", name="Aldo Rossi")
    before = await people(live)

    commands = [await live.request({SKU: 1}, ship_to=present) for _ in range(2)]
    for command in commands:
        await live.client.perform(command)

    assert await people(live) == before + 1
    elena = await live.staff.partner("elena.rossi@example.com")
    for command in commands:
        [sale] = await sales(live, command)
        assert sale["partner_id"][0] == elena
        shipped = await live.staff.read(
            "res.partner", sale["partner_shipping_id"][0], "name", "street", "type"
        )
        assert (shipped["name"], shipped["street"]) == ("Aldo Rossi", "7 Elm Street")
        assert shipped["type"] == "delivery"


async def test_odoo_takes_what_it_does_not_have(live: Live) -> None:
    """It is for the gateway not to ask: available goes below zero."""
    before = (await live.level("SNKR-WHT-8", "STORE-NYC")).quantities
    command = await live.request({"SNKR-WHT-8": (before.available or 0) + 3}, "STORE-NYC")

    outcome = await live.client.perform(command)

    after = (await live.level("SNKR-WHT-8", "STORE-NYC")).quantities
    assert (after.on_hand, after.available) == (before.on_hand, -3)
    await live.client.perform(cancel(outcome.external_id))
    assert (await live.level("SNKR-WHT-8", "STORE-NYC")).quantities == before


async def test_an_unknown_product_is_refused_and_nothing_is_written(live: Live) -> None:
    """Neither by its id nor by its SKU; the refusal names the SKU."""
    command = await live.request({SKU: 1})
    unknown = replace(command.lines[0], item_id="99999", sku="NO-SUCH")
    before = await people(live)

    with pytest.raises(Rejected) as caught:
        await live.client.perform(replace(command, lines=(unknown,)))

    assert (caught.value.code, caught.value.field) == ("unknown_product", "NO-SUCH")
    assert (await people(live), await sales(live, command)) == (before, [])


@pytest.mark.parametrize("location_id", ["99999", "DC-RENO"])
async def test_an_unknown_warehouse_is_refused_and_nobody_written_down(
    live: Live, location_id: str
) -> None:
    """None of that number, and what is no id."""
    command = replace(await live.request({SKU: 1}), location_id=location_id)
    before = await people(live)

    with pytest.raises(Rejected) as caught:
        await live.client.perform(command)

    assert (caught.value.code, caught.value.field) == ("unknown_location", "location_id")
    assert (await people(live), await sales(live, command)) == (before, [])


async def test_an_unknown_country_is_refused_and_nobody_written_down(live: Live) -> None:
    """A parcel without its country would go astray."""
    abroad = replace(GRACE, email="far@example.com", phone=None, country_code="ZZ")
    command = await live.request({SKU: 1}, ship_to=abroad)
    before = await people(live)

    with pytest.raises(Rejected) as caught:
        await live.client.perform(command)

    assert (caught.value.code, caught.value.field) == ("unknown_country", "ship_to.country_code")
    assert (await people(live), await sales(live, command)) == (before, [])


async def test_an_unknown_currency_is_refused(live: Live) -> None:
    """A sale has its currency from a price list, and there is none in this one."""
    command = await live.request({SKU: 1})
    line = replace(command.lines[0], unit_price=Money(minor=1900, currency="CHF"))

    with pytest.raises(Rejected) as caught:
        await live.client.perform(replace(command, lines=(line,)))

    assert caught.value.code == "unknown_currency"
    assert await sales(live, command) == []


async def test_a_line_without_an_id_is_found_by_its_sku(live: Live) -> None:
    """The gateway may know the SKU only."""
    command = await live.request({SKU: 1})
    line = replace(command.lines[0], item_id=None)

    outcome = await live.client.perform(replace(command, lines=(line,)))

    assert [one.sku for one in only(FulfillmentOrderRecord, outcome.changes).lines] == [SKU]


async def test_a_request_goes_with_the_delivery_method_of_the_settings(live: Live) -> None:
    """And costs nothing for it: the shop has been paid."""
    carrier = live.staff.info["carriers"]["Acme Express"]
    command = await live.request({SKU: 1})

    outcome = await live.opened(carrier=str(carrier)).perform(command)

    row = await live.staff.read("stock.picking", number(outcome.external_id), "carrier_id")
    assert row["carrier_id"][0] == carrier
    assert [sale["amount_total"] for sale in await sales(live, command)] == [19]


async def test_a_request_that_was_canceled_is_not_made_again(live: Live) -> None:
    """Its reference is used up."""
    command = await live.request({SKU: 1})
    outcome = await live.client.perform(command)
    await live.client.perform(cancel(outcome.external_id))

    with pytest.raises(Conflict) as caught:
        await live.client.perform(command)

    assert caught.value.code == "cancel"
    assert [one["state"] for one in await sales(live, command)] == ["cancel"]
    assert await live.client.look_up(command) is None


@pytest.mark.parametrize("warehouse", ["DC-RENO", "STORE-CHI"])
async def test_a_request_can_be_taken_back(live: Live, warehouse: str) -> None:
    """Of a warehouse with two steps and of one with one: stock is free again, no transfer is left
    open, and the sale is canceled with it."""
    before = (await live.level("JEAN-IND-34", warehouse)).quantities
    command = await live.request({"JEAN-IND-34": 2}, warehouse)
    delivery = (await live.client.perform(command)).external_id

    outcome = await live.client.perform(cancel(delivery))

    work = only(FulfillmentOrderRecord, outcome.changes)
    assert (work.external_id, work.status) == (delivery, FulfillmentOrderStatus.CANCELED)
    assert [one["state"] for one in await sales(live, command)] == ["cancel"]
    assert (await live.level("JEAN-IND-34", warehouse)).quantities == before


async def test_what_was_picked_and_is_taken_back_waits_at_the_gate(live: Live) -> None:
    """Odoo puts nothing back by itself: it is not on the shelf, and not for sale, until staff do;
    the request is canceled all the same."""
    before = (await live.level("JEAN-IND-34")).quantities
    command = await live.request({"JEAN-IND-34": 2})
    delivery = (await live.client.perform(command)).external_id
    [sale] = await sales(live, command)
    await live.staff.pick(sale["id"])

    outcome = await live.client.perform(cancel(delivery))

    work = only(FulfillmentOrderRecord, outcome.changes)
    assert work.status is FulfillmentOrderStatus.CANCELED
    after = (await live.level("JEAN-IND-34")).quantities
    assert after.on_hand == (before.on_hand or 0) - 2
    assert (after.available, after.committed) == (after.on_hand, 0)
    with pytest.raises(Conflict):
        await live.client.perform(command)
    assert await live.staff.deliveries_for(command.reference) == [number(delivery)]


async def test_what_has_left_cannot_be_taken_back(live: Live) -> None:
    """The carrier has it."""
    delivery = await live.requested({"JEAN-IND-34": 1})
    await live.staff.ship(delivery, "1Z999")
    before = await live.staff.on_hand("JEAN-IND-34", "DC-RENO")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(cancel(f"picking:{delivery}"))

    assert caught.value.code == "done"
    assert await live.staff.state_of(delivery) == "done"
    assert await live.staff.on_hand("JEAN-IND-34", "DC-RENO") == before


@pytest.mark.parametrize(
    ("warehouse", "call"),
    [("DC-RENO", "sale.order.action_cancel"), ("STORE-CHI", "sale.order.action_cancel")],
)
async def test_goods_that_leave_in_the_meanwhile_stay_sent(
    live: Live, warehouse: str, call: str
) -> None:
    """Between our look and our call the staff ship: Odoo refuses the call as a whole."""
    delivery = await live.requested({"JEAN-IND-34": 1}, warehouse)

    async with between(live) as line:
        line.meanwhile[call] = lambda: live.staff.ship(delivery, "1Z999")
        with pytest.raises(Conflict) as caught:
            await live.opened(url=line.url).perform(cancel(f"picking:{delivery}"))

    assert (caught.value.code, line.writes) == ("done", [call])
    assert await live.staff.state_of(delivery) == "done"


async def test_the_rest_of_a_request_is_taken_back_and_what_left_stays(live: Live) -> None:
    """A backorder and its picking are canceled; the sale, of which a part has left, is not."""
    command = await live.request({"JEAN-IND-34": 3})
    delivery = number((await live.client.perform(command)).external_id)
    await live.staff.ship(delivery, "1Z999", most=1)
    [rest] = [one for one in await live.staff.deliveries_for(command.reference) if one != delivery]

    await live.client.perform(cancel(f"picking:{rest}"))

    assert await live.staff.state_of(rest) == "cancel"
    assert await live.staff.state_of(delivery) == "done"
    assert [one["state"] for one in await sales(live, command)] == ["sale"]


async def test_taking_back_again_changes_nothing(live: Live) -> None:
    """A second time finds it canceled."""
    delivery = await live.requested({"JEAN-IND-34": 1})
    command = cancel(f"picking:{delivery}")
    nothing = await live.client.look_up(command)
    first = await live.client.perform(command)
    second = await live.client.perform(command)
    found = await live.client.look_up(command)

    assert nothing is None
    assert first.external_id == second.external_id
    assert found is not None


async def test_whatever_reply_is_lost_a_request_is_taken_back_once(live: Live) -> None:
    """One call does all of it."""
    before = (await live.level("JEAN-IND-34")).quantities

    async def command() -> CancelFulfillment:
        return cancel(f"picking:{await live.requested({'JEAN-IND-34': 1})}")

    given = await with_each_reply_lost(live, command)

    assert len(given) == 2
    for one, _ in given:
        assert isinstance(one, CancelFulfillment)
        assert await live.staff.state_of(number(one.fulfillment_order_id)) == "cancel"
    assert (await live.level("JEAN-IND-34")).quantities == before


@pytest.mark.parametrize("external_id", ["picking:99999", "sale:1", "7"])
async def test_taking_back_what_is_not_there_is_missing(live: Live, external_id: str) -> None:
    """The gateway reconciles that subject then."""
    with pytest.raises(Missing):
        await live.client.perform(cancel(external_id))
