"""Asking ShipBob for fulfillment: one order, whatever happens on the way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.sdk.commands import (
    CancelFulfillment,
    Command,
    RequestFulfillment,
    SetInventory,
    ShipFulfillmentOrder,
)
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    ConnectorError,
    Misconfigured,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.http import Http, parse_json
from connectors.sdk.records import FulfillmentOrderRecord, ShipmentRecord, Tracking
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    RequestStatus,
    ShipmentStatus,
    Stage,
)
from connectors.sdk.values import Address, LineQuantity, Money
from connectors.shipbob import CONNECTOR
from connectors.shipbob.tests.conftest import ADA, Rig, line, order_of

Ask = Callable[..., RequestFulfillment]
ORDER = "/2026-01/order"


async def test_a_request_becomes_one_order_with_our_reference(rig: Rig, ask: Ask) -> None:
    """The outcome names ShipBob's order, and the record carries what joins it to ours."""
    began = datetime.now(UTC)
    outcome = await rig.client.perform(ask())
    order, shipment = outcome.changes
    assert isinstance(order, FulfillmentOrderRecord)
    assert isinstance(shipment, ShipmentRecord)
    assert began <= order.revised_at <= datetime.now(UTC)
    assert replace(order, revised_at=began) == FulfillmentOrderRecord(
        external_id="100000001",
        revised_at=began,
        order_id=None,
        reference="fo-1",
        status=FulfillmentOrderStatus.IN_PROGRESS,
        raw_status="Processing",
        request_status=RequestStatus.ACCEPTED,
        stage=Stage.ACCEPTED,
        location_id="1",
        lines=(LineQuantity(line_id="70000001", sku="TEE-S", quantity=2),),
        created_at=rig.clock.now,
    )
    assert outcome.external_id == "100000001"
    assert (shipment.fulfillment_order_id, shipment.reference) == ("100000001", "fo-1")
    assert shipment.status is ShipmentStatus.PENDING
    assert len(rig.everything()) == 1


async def test_what_is_sent_is_what_was_asked(rig: Rig, ask: Ask) -> None:
    """Prices go as exact numbers, and what is not known is left out, not sent as null."""
    await rig.client.perform(ask(shipping_method="Two Day"))
    [exchange] = rig.sent("POST")
    assert parse_json(exchange.body) == parse_json(
        b"""{
          "reference_id": "fo-1", "order_number": "#1001", "type": "DTC",
          "shipping_method": "Two Day", "location_id": 1,
          "recipient": {
            "name": "Ada Lind", "email": "ada@shopper.example",
            "phone_number": "+1 775 555 0142",
            "address": {"address1": "12 Juniper Way", "city": "Sparks", "country": "US",
                        "state": "NV", "zip_code": "89431"}},
          "products": [{"reference_id": "TEE-S", "sku": "TEE-S", "name": "Canvas Tee S",
                        "quantity": 2, "unit_price": 19.99}]
        }"""
    )
    assert exchange.headers["shipbob_channel_id"] == rig.shipbob.settings["channel_id"]


async def test_a_price_in_another_currency_is_left_out(rig: Rig, ask: Ask) -> None:
    """ShipBob has no field for a price's currency and counts in dollars."""
    yen = line(unit_price=Money(minor=2400, currency="JPY"))
    await rig.client.perform(ask(lines=(yen,)))
    [exchange] = rig.sent("POST")
    assert "unit_price" not in parse_json(exchange.body)["products"][0]


async def test_asking_twice_makes_one_order(rig: Rig, ask: Ask) -> None:
    """A second request with the reference is refused by ShipBob, and finds the order there is."""
    first = await rig.client.perform(ask())
    second = await rig.client.perform(ask())
    assert second.external_id == first.external_id
    assert [each.status for each in rig.sent("POST")] == [201, 422]
    assert len(rig.everything()) == 1


async def test_nothing_is_found_before_anything_was_asked(rig: Rig, ask: Ask) -> None:
    """A look-up of a command that never left says so."""
    cancel = CancelFulfillment(key="c-1", fulfillment_order_id="100000001", reason="no")
    assert await rig.client.look_up(ask()) is None
    assert await rig.client.look_up(cancel) is None


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER])
async def test_a_lost_reply_is_looked_up_and_never_doubled(
    rig: Rig, ask: Ask, fault: Fault
) -> None:
    """The order was made and nobody told us: look_up finds it, and asking again does too."""
    rig.shipbob.faults.plan(Planned(fault=fault, path=ORDER, method="POST"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(ask())
    found = order_of(await rig.client.look_up(ask()))
    assert (found.external_id, found.reference) == ("100000001", "fo-1")
    again = await rig.client.perform(ask())
    assert again.external_id == found.external_id
    assert len(rig.everything()) == 1


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON])
async def test_an_answer_that_says_nothing_is_looked_up(rig: Rig, ask: Ask, fault: Fault) -> None:
    """Nothing was made, and the answer does not tell: look_up does, and asking again makes one."""
    rig.shipbob.faults.plan(Planned(fault=fault, path=ORDER, method="POST"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(ask())
    assert await rig.client.look_up(ask()) is None
    assert rig.everything() == []
    assert (await rig.client.perform(ask())).external_id == "100000001"
    assert len(rig.everything()) == 1


@pytest.mark.parametrize(
    ("fault", "retry_after_s"), [(Fault.THROTTLED, 1.0), (Fault.THROTTLED_BARE, None)]
)
async def test_a_throttled_request_waits_its_turn(
    rig: Rig, ask: Ask, fault: Fault, retry_after_s: float | None
) -> None:
    """A write is tried once here; the one who asked learns how long to wait, where ShipBob says."""
    rig.shipbob.faults.plan(Planned(fault=fault, path=ORDER, method="POST"))
    with pytest.raises(Throttled) as caught:
        await rig.client.perform(ask())
    assert caught.value.retry_after_s == retry_after_s
    assert len(rig.sent()) == 1
    assert rig.everything() == []


async def test_shipbobs_own_limit_says_how_long_to_wait(rig: Rig, ask: Ask) -> None:
    """Its header is X-Retry-After, and it counts."""
    rig.shipbob.calls_per_minute = 1
    await rig.client.perform(ask())
    with pytest.raises(Throttled) as caught:
        await rig.client.perform(ask(reference="fo-2"))
    assert caught.value.retry_after_s == 25.0
    assert [each.status for each in rig.sent()] == [201, 429]
    rig.clock.turn(minutes=1)
    assert (await rig.client.perform(ask(reference="fo-2"))).external_id == "100000002"


async def test_refused_credentials_pause_the_connection(rig: Rig, ask: Ask) -> None:
    """A 401 is the operator's to mend, and nothing is made."""
    rig.shipbob.faults.plan(Planned(fault=Fault.UNAUTHORIZED, method="POST"))
    with pytest.raises(Misconfigured):
        await rig.client.perform(ask())
    assert rig.everything() == []


async def test_a_closed_door_is_known_not_to_have_taken_the_request(rig: Rig, ask: Ask) -> None:
    """Where nobody listens, nothing was asked."""
    nowhere = "http://127.0.0.1:9"
    settings = {**rig.shipbob.settings, "url": nowhere}
    client = CONNECTOR.open(settings, Http(rig.session, nowhere))
    with pytest.raises(Unavailable):
        await client.perform(ask())


async def test_a_reference_of_another_channel_is_a_conflict(rig: Rig, ask: Ask) -> None:
    """References are taken for the whole account: one that another channel has is not ours."""
    made = rig.order()
    made.channel_id = 1
    before = rig.everything()
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(ask(reference=made.reference_id))
    assert caught.value.code == "duplicate_reference"
    assert rig.everything() == before


async def test_a_taken_reference_that_no_list_has_yet_is_tried_again(rig: Rig, ask: Ask) -> None:
    """ShipBob's list may be behind its own refusal: no conflict, and the next try finds it."""
    first = await rig.client.perform(ask())
    rig.shipbob.unlisted.add(int(first.external_id or 0))
    with pytest.raises(Unavailable):
        await rig.client.perform(ask())
    rig.shipbob.unlisted.clear()
    assert (await rig.client.perform(ask())).external_id == first.external_id
    assert len(rig.everything()) == 1


async def test_a_refusal_says_why_and_makes_nothing(rig: Rig, ask: Ask) -> None:
    """A location that ShipBob does not have is its reason, and its field."""
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(ask(location_id="99"))
    refusal = caught.value
    assert type(refusal) is Rejected
    assert (str(refusal), refusal.code, refusal.field) == (
        "Location is not available",
        "unprocessable",
        "location_id",
    )
    assert rig.everything() == []


@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("reference", {"reference": "one,two"}),
        ("reference", {"reference": ""}),
        ("reference", {"reference": "x" * 301}),
        ("location_id", {"location_id": "DC-RENO"}),
        ("lines", {"lines": ()}),
        ("lines.quantity", {"lines": (line(quantity=0),)}),
        ("lines.sku", {"lines": (line(sku=""),)}),
        ("ship_to.line1", {"ship_to": replace(ADA.address, line1=None)}),
        ("ship_to.city", {"ship_to": replace(ADA.address, city=None)}),
        ("ship_to.country_code", {"ship_to": replace(ADA.address, country_code=None)}),
        ("ship_to.name", {"ship_to": Address(line1="1", city="Reno", country_code="US")}),
    ],
)
async def test_what_shipbob_could_not_take_is_refused_here(
    rig: Rig, ask: Ask, field: str, parts: dict[str, object]
) -> None:
    """A comma would make the order unfindable, the rest unacceptable: nothing is sent."""
    with pytest.raises(Rejected) as caught:
        await rig.client.perform(ask(**parts))
    assert caught.value.field == field
    assert rig.sent() == []


async def test_an_unknown_sku_is_taken_and_waits(rig: Rig, ask: Ask) -> None:
    """ShipBob makes a product of it and has no stock: the work is on hold, not rejected."""
    outcome = await rig.client.perform(ask(lines=(line(sku="NEVER-SEEN"),)))
    order, shipment = outcome.changes
    assert isinstance(order, FulfillmentOrderRecord)
    assert isinstance(shipment, ShipmentRecord)
    assert (order.status, order.raw_status) == (FulfillmentOrderStatus.ON_HOLD, "Exception")
    assert (shipment.status, shipment.raw_status) == (
        ShipmentStatus.PENDING,
        "Exception/UnknownSku",
    )


async def test_a_look_up_that_cannot_be_read_is_unavailable(rig: Rig, ask: Ask) -> None:
    """ "I cannot tell" is never "it did not happen"."""
    rig.shipbob.faults.plan(Planned(fault=Fault.NOT_JSON, method="GET"))
    with pytest.raises(Unavailable):
        await rig.client.look_up(ask())


@pytest.mark.parametrize(
    "command",
    [
        SetInventory(key="k", item_id="8000001", sku="TEE-S", location_id="1", quantity=3),
        ShipFulfillmentOrder(
            key="k", fulfillment_order_id="100000001", tracking=Tracking(number="1Z")
        ),
    ],
)
async def test_what_a_3pl_does_by_itself_is_not_taken(rig: Rig, command: Command) -> None:
    """It counts its stock and ships: refused before anything is sent."""
    for attempt in (rig.client.perform, rig.client.look_up):
        with pytest.raises(Unsupported):
            await attempt(command)
    assert rig.sent() == []


async def test_no_error_of_a_command_is_outside_the_tree(rig: Rig, ask: Ask) -> None:
    """Each fault in turn raises something that the worker knows how to go on from. (A bad record
    is one of a list.)"""
    for fault in Fault:
        if fault in (Fault.HANG, Fault.BAD_RECORD):
            continue
        rig.shipbob.faults.plan(Planned(fault=fault, path=ORDER, method="POST"))
        with pytest.raises(ConnectorError):
            await rig.client.perform(ask(reference=f"each-{fault.name}"))
