"""RequestFulfillment and CancelFulfillment, exactly once, on a running Tryton."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.sdk.commands import CancelFulfillment, RequestFulfillment
from connectors.sdk.errors import Conflict, Misconfigured, Missing, Rejected
from connectors.sdk.records import FulfillmentOrderRecord
from connectors.sdk.records.states import FulfillmentOrderStatus, RequestStatus, Stage
from connectors.sdk.values import Address, Money
from connectors.tryton.running.live import (
    ADA,
    GRACE,
    Live,
    between,
    number,
    only,
    with_each_reply_lost,
)

pytestmark = pytest.mark.systems

SALE = ("state", "description", "invoices", "shipments", "party.name", "shipment_address.street")


async def sales(live: Live, command: RequestFulfillment) -> list[dict[str, Any]]:
    return await live.staff.find("sale.sale", [["reference", "=", command.reference]], *SALE)


async def parties(live: Live) -> int:
    return len(await live.staff.find("party.party", []))


def cancel(external_id: str | None) -> CancelFulfillment:
    assert external_id
    return CancelFulfillment(
        key=f"cancel-{external_id}", fulfillment_order_id=external_id, reason="customer"
    )


async def test_a_request_becomes_work_for_the_warehouse(live: Live) -> None:
    """A sale with our reference, its recipient in the address book, and a shipment to pick."""
    before = (await live.level("JEAN-IND-30")).quantities
    command = await live.request({"JEAN-IND-30": 2, "JEAN-IND-32": 1})

    outcome = await live.client.perform(command)

    work = only(FulfillmentOrderRecord, outcome.changes)
    assert outcome.external_id == work.external_id
    assert (work.reference, work.stage) == (command.reference, Stage.NEW)
    assert work.request_status is RequestStatus.SUBMITTED
    assert work.location_id == command.location_id
    assert {(one.sku, one.quantity) for one in work.lines} == {
        ("JEAN-IND-30", 2),
        ("JEAN-IND-32", 1),
    }
    [sale] = await sales(live, command)
    assert sale["description"] == "Order #1001 (Standard)"
    assert sale["invoices"] == []
    assert sale["party"]["name"] == GRACE.name
    assert sale["shipment_address"]["street"] == "7 Elm Street\nApt 4"
    after = (await live.level("JEAN-IND-30")).quantities
    assert (after.on_hand, after.committed) == (before.on_hand, (before.committed or 0) + 2)


async def test_a_request_again_changes_nothing(live: Live) -> None:
    """The same command a second time finds the first one's sale."""
    command = await live.request({"JEAN-IND-30": 1})
    first = await live.client.perform(command)

    second = await live.client.perform(command)

    assert second.external_id == first.external_id
    assert len(await sales(live, command)) == 1


async def test_a_sale_that_an_earlier_attempt_made_late_is_gone_on_with(live: Live) -> None:
    """Its reply was lost and it came after we had looked: ours is taken back again."""
    command = await live.request({"JEAN-IND-30": 1})
    late: list[int] = []

    async def arrive() -> None:
        lines = {"JEAN-IND-30": 1}
        late.append(await live.staff.draft(ADA, "DC-RENO", lines, reference=command.reference))

    async with between(live) as line:
        line.meanwhile["model/sale.sale"] = arrive
        outcome = await live.opened(url=line.url).perform(command)

    assert await live.staff.shipments_of(late[0]) == [number(outcome.external_id)]
    assert [one["id"] for one in await sales(live, command)] == late


async def test_whatever_reply_is_lost_there_is_one_shipment(live: Live) -> None:
    """Asked by its reference, and gone on with from where it stood."""

    async def command() -> RequestFulfillment:
        ship_to = replace(GRACE, email=f"{id(object())}@example.com", phone=None)
        return await live.request({"JEAN-IND-30": 1}, ship_to=ship_to)

    for given, outcome in await with_each_reply_lost(live, command):
        assert isinstance(given, RequestFulfillment)
        working = [one for one in await sales(live, given) if one["state"] != "draft"]
        assert [len(one["shipments"]) for one in working] == [1]
        assert outcome.external_id


async def test_looking_up_tells_a_request_from_a_draft(live: Live) -> None:
    """A sale that got stuck half-way is not what was asked for; performing again finishes it."""
    command = await live.request({"JEAN-IND-30": 1})
    nothing = await live.client.look_up(command)
    draft = await live.staff.draft(ADA, "DC-RENO", {"JEAN-IND-30": 1}, reference=command.reference)
    stuck = await live.client.look_up(command)
    outcome = await live.client.perform(command)

    assert (nothing, stuck) == (None, None)
    assert await live.staff.shipments_of(draft) == [number(outcome.external_id)]
    found = await live.client.look_up(command)
    assert found is not None
    assert found.external_id == outcome.external_id


async def test_somebody_known_is_not_written_down_again(live: Live) -> None:
    """Found by mail address in whatever case; another address is added to the same party."""
    known = replace(GRACE, email="dev.patel@EXAMPLE.com", name="Dev Patel")
    [dev] = await live.staff.find("party.party", [["name", "=", "Dev Patel"]], "addresses")
    await live.client.perform(await live.request({"JEAN-IND-30": 1}, ship_to=known))
    before = await parties(live)

    command = await live.request({"JEAN-IND-30": 1}, ship_to=known)
    await live.client.perform(command)

    assert await parties(live) == before
    [after] = await live.staff.find("party.party", [["name", "=", "Dev Patel"]], "addresses")
    assert len(after["addresses"]) == len(dev["addresses"]) + 1
    [sale] = await sales(live, command)
    assert sale["party"]["id"] == dev["id"]


async def test_the_parcel_names_its_recipient_not_the_owner_of_the_mail_address(
    live: Live,
) -> None:
    """A present: ordered with Elena's mail address, sent to her father."""
    present = replace(GRACE, email="elena.rossi@example.com", name="Aldo Rossi")

    command = await live.request({"JEAN-IND-30": 1}, ship_to=present)
    await live.client.perform(command)

    [sale] = await live.staff.find(
        "sale.sale",
        [["reference", "=", command.reference]],
        "party.name",
        "shipment_address.party_name",
    )
    assert sale["party"]["name"] == "Elena Rossi"
    assert sale["shipment_address"]["party_name"] == "Aldo Rossi"


async def test_a_recipient_without_mail_and_phone_is_found_by_name_and_address(
    live: Live,
) -> None:
    """Marketplaces often give neither; two orders make one party, another house another."""
    masked = Address(name="Marketplace Buyer", line1="1 Oak St", city="Reno", country_code="US")
    elsewhere = replace(masked, line1="2 Oak St")
    before = await parties(live)

    for ship_to in (masked, masked, elsewhere):
        await live.client.perform(await live.request({"JEAN-IND-30": 1}, ship_to=ship_to))

    assert await parties(live) == before + 2


async def test_tryton_takes_what_it_does_not_have(live: Live) -> None:
    """It is for the gateway not to ask: available goes below zero."""
    before = (await live.level("SNKR-WHT-8", "STORE-NYC")).quantities
    command = await live.request({"SNKR-WHT-8": (before.on_hand or 0) + 3}, "STORE-NYC")

    outcome = await live.client.perform(command)

    after = (await live.level("SNKR-WHT-8", "STORE-NYC")).quantities
    assert (after.on_hand, after.available) == (before.on_hand, -3)
    await live.client.perform(cancel(outcome.external_id))


async def test_an_unknown_product_is_refused_and_nothing_is_written(live: Live) -> None:
    """Neither by its id nor by its SKU; the refusal names the SKU."""
    command = await live.request({"JEAN-IND-30": 1})
    unknown = replace(command.lines[0], item_id="99999", sku="NO-SUCH")
    before = await parties(live)

    with pytest.raises(Rejected) as caught:
        await live.client.perform(replace(command, lines=(unknown,)))

    assert (caught.value.code, caught.value.field) == ("unknown_product", "NO-SUCH")
    assert await sales(live, command) == []
    assert await parties(live) == before


@pytest.mark.parametrize("location_id", ["3", "99999", "DC-RENO"])
async def test_an_unknown_warehouse_is_refused_and_nobody_written_down(
    live: Live, location_id: str
) -> None:
    """A zone inside one, none at all, and what is no id."""
    command = replace(await live.request({"JEAN-IND-30": 1}), location_id=location_id)
    before = await parties(live)

    with pytest.raises(Rejected) as caught:
        await live.client.perform(command)

    assert (caught.value.code, caught.value.field) == ("unknown_location", "location_id")
    assert (await parties(live), await sales(live, command)) == (before, [])


async def test_a_line_without_an_id_is_found_by_its_sku(live: Live) -> None:
    """The gateway may know the SKU only."""
    command = await live.request({"JEAN-IND-30": 1})
    line = replace(command.lines[0], item_id=None)

    outcome = await live.client.perform(replace(command, lines=(line,)))

    work = only(FulfillmentOrderRecord, outcome.changes)
    assert [one.sku for one in work.lines] == ["JEAN-IND-30"]


async def test_an_unknown_country_is_refused_and_nobody_written_down(live: Live) -> None:
    """A parcel without its country would go astray."""
    command = await live.request(
        {"JEAN-IND-30": 1},
        ship_to=replace(GRACE, email="far@example.com", phone=None, country_code="ZZ"),
    )
    before = await parties(live)

    with pytest.raises(Rejected) as caught:
        await live.client.perform(command)

    assert (caught.value.code, caught.value.field) == (
        "unknown_country",
        "ship_to.country_code",
    )
    assert (await parties(live), await sales(live, command)) == (before, [])


async def test_an_unknown_currency_is_refused(live: Live) -> None:
    """Nothing is sold in money that the company does not know."""
    command = await live.request({"JEAN-IND-30": 1})
    line = replace(command.lines[0], unit_price=Money(minor=1900, currency="CHF"))

    with pytest.raises(Rejected) as caught:
        await live.client.perform(replace(command, lines=(line,)))

    assert caught.value.code == "unknown_currency"
    assert await sales(live, command) == []


async def test_a_request_that_was_canceled_is_not_made_again(live: Live) -> None:
    """Its reference is used up."""
    command = await live.request({"JEAN-IND-30": 1})
    draft = await live.staff.draft(ADA, "DC-RENO", {"JEAN-IND-30": 1}, reference=command.reference)
    await live.staff.press("sale.sale", draft, "cancel")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(command)

    assert caught.value.code == "cancelled"
    assert len(await sales(live, command)) == 1


@pytest.mark.parametrize("state", ["waiting", "assigned", "picked", "packed"])
async def test_a_request_can_be_taken_back_until_it_left(live: Live, state: str) -> None:
    """Stock is free again, what was picked is back, and the sale asks nobody anything."""
    before = (await live.level("JEAN-IND-34")).quantities
    shipment = await live.requested({"JEAN-IND-34": 2})
    await live.staff.bring_to(shipment, state)
    [sale] = await live.staff.find("sale.sale", [["shipments", "=", shipment]], "shipment_state")

    outcome = await live.client.perform(cancel(f"stock.shipment.out,{shipment}"))

    work = only(FulfillmentOrderRecord, outcome.changes)
    assert work.status is FulfillmentOrderStatus.CANCELED
    settled = await live.staff.read("sale.sale", sale["id"], "shipment_state")
    assert settled["shipment_state"] == "none"
    assert (await live.level("JEAN-IND-34")).quantities == before
    assert await live.staff.on_hand("JEAN-IND-34", "DC-RENO", stock_assign=True) == before.on_hand


@pytest.mark.parametrize("state", ["shipped", "done"])
async def test_what_has_left_cannot_be_taken_back(live: Live, state: str) -> None:
    """An administrator's key could: Tryton would book goods back that the carrier has."""
    shipment = await live.requested({"JEAN-IND-34": 1})
    await live.staff.bring_to(shipment, state)
    before = await live.staff.on_hand("JEAN-IND-34", "DC-RENO")

    with pytest.raises(Conflict) as caught:
        await live.client.perform(cancel(f"stock.shipment.out,{shipment}"))

    assert caught.value.code == state
    assert await live.staff.state_of(shipment) == state
    assert await live.staff.on_hand("JEAN-IND-34", "DC-RENO") == before


async def test_goods_that_leave_in_the_meanwhile_stay_sent(live: Live) -> None:
    """Between our look and our button the staff ship: the button is refused."""
    shipment = await live.requested({"JEAN-IND-34": 1})
    await live.staff.bring_to(shipment, "packed")

    async with between(live) as line:
        line.meanwhile["out.cancel"] = lambda: live.staff.bring_to(shipment, "done")
        with pytest.raises(Conflict) as caught:
            await live.opened(url=line.url).perform(cancel(f"stock.shipment.out,{shipment}"))

    assert caught.value.code == "ConcurrencyException"
    assert await live.staff.state_of(shipment) == "done"


async def test_taking_back_again_changes_nothing(live: Live) -> None:
    """A second time finds it canceled and settled."""
    shipment = await live.requested({"JEAN-IND-34": 1})
    command = cancel(f"stock.shipment.out,{shipment}")
    nothing = await live.client.look_up(command)
    first = await live.client.perform(command)
    second = await live.client.perform(command)
    found = await live.client.look_up(command)

    assert nothing is None
    assert first.external_id == second.external_id
    assert found is not None


async def test_whatever_reply_is_lost_a_request_is_taken_back_once(live: Live) -> None:
    """Canceled and not settled is gone on with."""
    before = (await live.level("JEAN-IND-34")).quantities

    async def command() -> CancelFulfillment:
        return cancel(f"stock.shipment.out,{await live.requested({'JEAN-IND-34': 1})}")

    for given, _ in await with_each_reply_lost(live, command):
        assert isinstance(given, CancelFulfillment)
        shipment = number(given.fulfillment_order_id)
        [sale] = await live.staff.find(
            "sale.sale", [["shipments", "=", shipment]], "shipment_state"
        )
        assert (await live.staff.state_of(shipment), sale["shipment_state"]) == (
            "cancelled",
            "none",
        )
    assert (await live.level("JEAN-IND-34")).quantities == before


async def test_without_an_account_nothing_is_sent(live: Live) -> None:
    """The settings that are missing are named, and Tryton hears nothing."""
    shipment = await live.requested({"JEAN-IND-34": 1})

    async with between(live) as line:
        client = live.opened(url=line.url, user="", password="")
        with pytest.raises(Misconfigured, match="user, password"):
            await client.perform(cancel(f"stock.shipment.out,{shipment}"))

    assert line.writes == []
    assert await live.staff.state_of(shipment) == "waiting"


async def test_a_clerks_account_takes_back(live: Live) -> None:
    """No administrator is needed for the wizard either."""
    client = live.opened(**await live.staff.hire())
    shipment = await live.requested({"JEAN-IND-34": 1})

    await client.perform(cancel(f"stock.shipment.out,{shipment}"))

    [sale] = await live.staff.find("sale.sale", [["shipments", "=", shipment]], "shipment_state")
    assert sale["shipment_state"] == "none"


async def test_a_wrong_password_is_misconfigured(live: Live) -> None:
    """401, as everywhere."""
    shipment = await live.requested({"JEAN-IND-34": 1})

    with pytest.raises(Misconfigured):
        await live.opened(password="wrong").perform(cancel(f"stock.shipment.out,{shipment}"))

    assert await live.staff.state_of(shipment) == "waiting"


@pytest.mark.parametrize("external_id", ["stock.shipment.out,99999", "sale.sale,1", "7"])
async def test_taking_back_what_is_not_there_is_missing(live: Live, external_id: str) -> None:
    """The gateway reconciles that subject then."""
    with pytest.raises(Missing):
        await live.client.perform(cancel(external_id))
