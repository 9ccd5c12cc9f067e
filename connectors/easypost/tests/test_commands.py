"""Labels bought and given back, whatever happens to the answers."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from connectors.easypost import requests
from connectors.easypost.tests.conftest import BUY, Rig, received
from connectors.sdk import errors
from connectors.sdk.changes import Touched
from connectors.sdk.commands import BuyLabel, CancelOrder, Outcome, VoidLabel
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import Kind, ShipmentRecord
from connectors.sdk.records.states import ShipmentStatus
from connectors.sdk.values import Address, Money


def shipment(outcome: Outcome | None) -> ShipmentRecord:
    assert outcome is not None
    found = outcome.changes[0]
    assert isinstance(found, ShipmentRecord)
    return found


# Buying


async def test_buying_gives_the_cheapest_label_and_its_records(rig: Rig) -> None:
    """453 g are 16.0 oz: 4.99 and 16 times 0.07 make 6.11 dollars."""
    outcome = await rig.client.perform(BUY)
    label, record = outcome.label, shipment(outcome)
    assert label
    assert (Money(minor=611, currency="USD"), "GroundAdvantage") == (label.cost, label.service)
    assert (label.id, label.tracking, label.url) == (
        record.external_id,
        record.tracking[0],
        record.label_url,
    )
    assert (ShipmentStatus.LABEL_PURCHASED, "ship-1001-1") == (record.status, record.reference)
    assert 1 == rig.labels


async def test_a_named_service_is_bought(rig: Rig) -> None:
    """A dearer service is bought when it is asked for."""
    outcome = await rig.client.perform(replace(BUY, service="USPS:Express"))
    assert "Express" == shipment(outcome).service


async def test_performing_again_gives_the_same_label(rig: Rig) -> None:
    """The second time, the label is found by its reference; nothing is sent but questions."""
    first = await rig.client.perform(BUY)
    again = await rig.client.perform(BUY)
    assert (first.label, 1) == (again.label, rig.labels)
    assert 1 == rig.count("POST", "/buy")


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER])
async def test_a_lost_answer_to_buy_leaves_exactly_one_label(rig: Rig, fault: Fault) -> None:
    """The outcome is unknown, then looked up, and performing again buys nothing."""
    rig.simulator.faults.plan(Planned(fault=fault, path="/buy"))
    with pytest.raises(errors.Ambiguous):
        await rig.client.perform(BUY)
    found = await rig.client.look_up(BUY)
    again = await rig.client.perform(BUY)
    assert found
    assert (found.label, 1, 1) == (again.label, rig.labels, rig.count("POST", "/buy"))


@pytest.mark.parametrize("path", ["/buy", "/shipments"])
@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON])
async def test_a_purchase_that_did_not_happen_is_looked_up_as_none(
    rig: Rig, fault: Fault, path: str
) -> None:
    """Nothing was bought; the next attempt goes on and buys one label for one shipment."""
    rig.simulator.faults.plan(Planned(fault=fault, path=path, method="POST"))
    with pytest.raises(errors.Ambiguous):
        await rig.client.perform(BUY)
    assert (None, 0) == (await rig.client.look_up(BUY), rig.labels)
    assert (await rig.client.perform(BUY)).label
    assert (1, 1) == (rig.labels, len(rig.simulator.shipments))


async def test_a_lost_answer_to_create_is_gone_on_from(rig: Rig) -> None:
    """The shipment without postage is found by its reference and bought; no second is made."""
    rig.simulator.faults.plan(Planned(fault=Fault.CUT_AFTER, path="/shipments", method="POST"))
    with pytest.raises(errors.Ambiguous):
        await rig.client.perform(BUY)
    assert await rig.client.look_up(BUY) is None
    await rig.client.perform(BUY)
    assert (1, 1) == (rig.labels, len(rig.simulator.shipments))


async def test_a_bought_twin_is_found_behind_an_unbought_one(rig: Rig) -> None:
    """EasyPost does not keep references unique, and answers with either of two."""
    request = requests.create(BUY)
    unbought, other = [await rig.ask("POST", request.path, request.json) for _ in range(2)]
    await rig.ask(
        "POST", f"/shipments/{other['id']}/buy", {"rate": {"id": other["rates"][0]["id"]}}
    )
    assert unbought["id"] == (await rig.ask("GET", f"/shipments/{BUY.reference}"))["id"]
    found, again = await rig.client.look_up(BUY), await rig.client.perform(BUY)
    assert found
    assert (found.label, other["id"], 1) == (again.label, found.external_id, rig.labels)


async def test_two_at_once_buy_one_label(rig: Rig) -> None:
    """Both buy the one shipment; the second is told that postage exists, and reads it."""
    rig.simulator.faults.plan(Planned(fault=Fault.CUT_AFTER, path="/shipments", method="POST"))
    with pytest.raises(errors.Ambiguous):
        await rig.client.perform(BUY)
    rig.simulator.faults.slow_s = 0.05
    one, other = await asyncio.gather(rig.client.perform(BUY), rig.client.perform(BUY))
    assert (one.label, 1, 2) == (other.label, rig.labels, rig.count("POST", "/buy"))


@pytest.mark.parametrize(
    ("fault", "retry_after_s"), [(Fault.THROTTLED, 1.0), (Fault.THROTTLED_BARE, None)]
)
async def test_a_throttled_purchase_says_how_long_to_wait(
    rig: Rig, fault: Fault, retry_after_s: float | None
) -> None:
    """A write is not repeated here: the caller waits, and nothing was bought."""
    rig.simulator.faults.plan(Planned(fault=fault, path="/buy"))
    with pytest.raises(errors.Throttled) as refused:
        await rig.client.perform(BUY)
    assert (retry_after_s, 0) == (refused.value.retry_after_s, rig.labels)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ship_to": Address(name="Ada Park", city="Bend")}, "rate_error"),
        ({"ship_to": Address()}, "PARAMETER.REQUIRED"),
        ({"service": "Teleport"}, "SERVICE"),
    ],
)
async def test_a_refused_purchase_changes_nothing(
    rig: Rig, changed: dict[str, Any], code: str
) -> None:
    """A bad address or service is refused with the reason, and no label is bought."""
    with pytest.raises(errors.Rejected) as refused:
        await rig.client.perform(replace(BUY, **changed))
    assert (code, 0, []) == (refused.value.code, rig.labels, rig.simulator.posts)


@pytest.mark.parametrize("reference", ["", "ship/1", "ship.1"])
async def test_a_reference_that_could_not_be_found_again_is_refused(
    rig: Rig, reference: str
) -> None:
    """It is asked for as part of a path; nothing is sent that could not be looked up."""
    with pytest.raises(errors.Rejected) as refused:
        await rig.client.perform(replace(BUY, reference=reference))
    assert ("REFERENCE", []) == (refused.value.code, rig.simulator.faults.requests)


async def test_a_reference_with_odd_characters_is_found_again(rig: Rig) -> None:
    """What a path would read as its end is written so that it does not."""
    command = replace(BUY, reference="#1001 ?ü%23")
    await rig.client.perform(command)
    await rig.client.perform(command)
    assert (1, "#1001 ?ü%23") == (rig.labels, rig.simulator.shipments[0]["reference"])


@pytest.mark.parametrize(
    "command",
    [
        replace(BUY, parcels=(*BUY.parcels, *BUY.parcels)),
        CancelOrder(key="k", order_id="1", reason="r"),
    ],
)
async def test_what_easypost_cannot_is_refused_before_it_is_sent(
    rig: Rig, command: BuyLabel | CancelOrder
) -> None:
    """Several parcels on one label, and commands of other systems, send nothing."""
    with pytest.raises(errors.Unsupported):
        await rig.client.perform(command)
    assert [] == rig.simulator.faults.requests


# Giving back


async def bought(rig: Rig) -> VoidLabel:
    """Buy a label, and return the command that gives it back."""
    outcome = await rig.client.perform(BUY)
    return VoidLabel(key="key-2", label_id=outcome.external_id or "")


async def test_voiding_cancels_the_label_once(rig: Rig) -> None:
    """Not done, then done; again changes nothing; the refund that follows names the shipment."""
    void = await bought(rig)
    assert await rig.client.look_up(void) is None
    done, again = await rig.client.perform(void), await rig.client.perform(void)
    assert ShipmentStatus.CANCELED == shipment(done).status == shipment(again).status
    assert ShipmentStatus.CANCELED == shipment(await rig.client.look_up(void)).status
    assert 1 == rig.count("POST", "/refund")
    rig.simulator.advance()
    (change,) = rig.client.decode(received(rig.simulator.posts[-1]), rig.now)
    assert Touched(kind=Kind.SHIPMENT, external_id=void.label_id) == change


async def test_a_lost_answer_to_a_void_is_looked_up(rig: Rig) -> None:
    """The refund was asked for; looking up says so, and no second is asked for."""
    void = await bought(rig)
    rig.simulator.faults.plan(Planned(fault=Fault.CUT_AFTER, path="/refund"))
    with pytest.raises(errors.Ambiguous):
        await rig.client.perform(void)
    assert await rig.client.look_up(void)
    await rig.client.perform(void)
    assert 1 == rig.count("POST", "/refund")


async def test_a_label_in_use_is_not_given_back(rig: Rig) -> None:
    """Once the parcel was scanned the refund is refused, and the shipment is as it was."""
    void = await bought(rig)
    for _ in range(2):
        rig.simulator.advance()
    with pytest.raises(errors.Conflict) as refused:
        await rig.client.perform(void)
    assert ("SHIPMENT.REFUND.UNAVAILABLE", None) == (
        refused.value.code,
        rig.simulator.shipments[0]["refund_status"],
    )


@pytest.mark.parametrize("answer", ["rejected", "not_applicable"])
async def test_a_refund_refused_at_once_is_rejected(rig: Rig, answer: str) -> None:
    """The carrier's word is the reason: it says no, or bills on the first scan."""
    void = await bought(rig)
    rig.simulator.refund_answer = answer
    with pytest.raises(errors.Rejected) as refused:
        await rig.client.perform(void)
    assert (answer, None) == (refused.value.code, await rig.client.look_up(void))


async def test_voiding_what_is_not_there_is_missing(rig: Rig) -> None:
    """A label that EasyPost does not know cannot be given back, nor was it."""
    void = VoidLabel(key="key-2", label_id="shp_0")
    with pytest.raises(errors.Missing):
        await rig.client.perform(void)
    assert await rig.client.look_up(void) is None


async def test_a_voided_reference_is_not_bought_again(rig: Rig) -> None:
    """The command took effect and was undone: doing it over is the caller's decision."""
    await rig.client.perform(await bought(rig))
    with pytest.raises(errors.Conflict) as refused:
        await rig.client.perform(BUY)
    assert ("GIVEN_BACK", 1) == (refused.value.code, rig.labels)
    assert ShipmentStatus.CANCELED == shipment(await rig.client.look_up(BUY)).status
