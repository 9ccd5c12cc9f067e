"""Labels bought and given back, whatever happens to the answers."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.sdk import errors
from connectors.sdk.changes import Touched
from connectors.sdk.commands import BuyLabel, CancelOrder, Outcome, VoidLabel
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import Kind, ShipmentRecord
from connectors.sdk.records.states import ShipmentStatus
from connectors.sdk.values import Address, Money, Parcel
from connectors.shippo import requests
from connectors.shippo.tests.conftest import BUY, GOAL, Rig, received

TIMEOUT = {"source": "UPS", "code": "carrier_timeout", "text": "UPS API did not respond."}
NUMBER = {"source": "UPS", "code": "120100", "text": "Invalid shipper number"}


def shipment(outcome: Outcome | None) -> ShipmentRecord:
    assert outcome is not None
    (found,) = outcome.changes
    assert isinstance(found, ShipmentRecord)
    return found


# Buying


async def test_buying_gives_the_cheapest_label_and_its_record(rig: Rig) -> None:
    """453 g: 4.79 and 4.53 times 0.25 make 5.92 dollars."""
    outcome = await rig.client.perform(BUY)
    label, record = outcome.label, shipment(outcome)
    assert label
    assert (Money(minor=592, currency="USD"), "usps_ground_advantage") == (
        label.cost,
        label.service,
    )
    assert (label.id, label.tracking, label.url, label.cost) == (
        record.external_id,
        record.tracking[0],
        record.label_url,
        record.cost,
    )
    assert (ShipmentStatus.LABEL_PURCHASED, "ship-1001-1") == (record.status, record.reference)
    assert 1 == rig.bought


async def test_what_is_sent_is_what_was_asked_for(rig: Rig) -> None:
    """Grams and millimetres go as they are, the reference twice, and answers are waited for."""
    await rig.client.perform(BUY)
    (made,), (bought,) = rig.simulator.shipments, rig.simulator.labels
    box = made["parcels"][0]
    assert ("453.0000", "g", "254.0000", "mm") == (
        box["weight"],
        box["mass_unit"],
        box["length"],
        box["distance_unit"],
    )
    assert ("ship-1001-1", "ship-1001-1") == (made["metadata"], bought["metadata"])
    create, buy = requests.create(BUY).json, requests.buy("r", "ref").json
    assert (False, False) == (create["async"], buy["async"])


async def test_a_named_service_is_bought(rig: Rig) -> None:
    """A dearer service is bought when it is asked for, by Shippo's token of it."""
    outcome = await rig.client.perform(replace(BUY, service="usps_priority_express"))
    assert "usps_priority_express" == shipment(outcome).service


async def test_performing_again_gives_the_same_label(rig: Rig) -> None:
    """The second time it is found by its reference; nothing is sent but questions."""
    first, again = await rig.client.perform(BUY), await rig.client.perform(BUY)
    other = await rig.open().perform(BUY)
    assert (first.label, first.label, 1) == (again.label, other.label, rig.bought)
    assert 1 == rig.count("POST", "/transactions")


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER])
async def test_a_lost_answer_to_a_purchase_leaves_exactly_one_label(rig: Rig, fault: Fault) -> None:
    """The outcome is unknown, then looked up, and performing again buys nothing: also after a
    restart, which forgets what was read."""
    rig.simulator.faults.plan(Planned(fault=fault, path="/transactions", method="POST"))
    with pytest.raises(errors.Ambiguous):
        await rig.client.perform(BUY)
    found = await rig.client.look_up(BUY)
    again = await rig.open().perform(BUY)
    assert found
    assert (found.label, 1, 1) == (again.label, rig.bought, rig.count("POST", "/transactions"))


@pytest.mark.parametrize("path", ["/shipments", "/transactions"])
@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NOT_JSON])
async def test_a_purchase_that_did_not_happen_is_looked_up_as_none(
    rig: Rig, fault: Fault, path: str
) -> None:
    """Nothing was bought; the next attempt buys one label."""
    rig.simulator.faults.plan(Planned(fault=fault, path=path, method="POST"))
    with pytest.raises(errors.Ambiguous):
        await rig.client.perform(BUY)
    assert (None, 0) == (await rig.client.look_up(BUY), rig.bought)
    assert (await rig.client.perform(BUY)).label
    assert 1 == rig.bought


async def test_a_label_is_found_behind_a_week_of_others(rig: Rig) -> None:
    """The first look reads as far as it must; the next one only what was bought since, and the
    label itself, as it is now."""
    done = await rig.client.perform(BUY)
    rig.later(hours=2)
    rig.labels(250)
    rig.later(hours=2)
    rig.labels(1)
    client = rig.open()
    counts = []
    for _ in range(2):
        before = rig.count("GET", "/transactions")
        found = await client.look_up(BUY)
        counts.append(rig.count("GET", "/transactions") - before)
        assert found
        assert done.label == found.label
    assert ([3, 2], 1) == (counts, rig.count("POST", "/transactions"))


async def test_another_purchase_reads_one_page_once_all_was_read(rig: Rig) -> None:
    """A week of 250 labels is three pages for the first, and one for those that follow."""
    rig.labels(250)
    rig.later(hours=3)
    rig.labels(1)
    counts = []
    for number in range(3):
        before = rig.count("GET", "/transactions")
        await rig.client.perform(replace(BUY, reference=f"ship-{number}"))
        counts.append(rig.count("GET", "/transactions") - before)
    assert [3, 1, 1] == counts


async def test_a_label_that_comes_to_the_list_late_is_found(rig: Rig) -> None:
    """A purchase is listed by when it was begun, below what is known already: an hour of that is
    read again."""
    rig.later(minutes=-30)
    rig.labels(120)
    rig.later(minutes=30)
    rig.labels(1)
    assert await rig.client.look_up(BUY) is None
    rig.later(minutes=-50)
    done = await rig.open().perform(BUY)
    found = await rig.client.look_up(BUY)
    assert found
    assert (done.label, 1) == (found.label, rig.count("POST", "/transactions"))


async def test_what_is_older_than_a_week_is_not_looked_for(rig: Rig) -> None:
    """The search ends somewhere: a reference is not used again after a week."""
    rig.later(days=-20)
    rig.labels(150)
    await rig.client.look_up(BUY)
    assert 1 == rig.count("GET", "/transactions")


async def test_a_look_that_was_cut_off_is_begun_again(rig: Rig) -> None:
    """What was read of it does not count as read: the label lies on the page that failed."""
    await rig.client.perform(BUY)
    rig.later(hours=2)
    rig.labels(100)
    rig.later(hours=2)
    rig.labels(1)
    client = rig.open()
    rig.simulator.faults.plan(Planned(fault=Fault.UNAUTHORIZED, path="/transactions", after=1))
    with pytest.raises(errors.Misconfigured):
        await client.perform(BUY)
    await client.perform(BUY)
    assert 1 == rig.count("POST", "/transactions")


async def test_a_purchase_that_waits_for_its_carrier_is_in_doubt(rig: Rig) -> None:
    """Neither bought nor not: never bought again meanwhile, and found when it is done."""
    rig.simulator.is_slow = True
    for _ in range(2):
        with pytest.raises(errors.Ambiguous):
            await rig.client.perform(BUY)
        with pytest.raises(errors.Unavailable):
            await rig.client.look_up(BUY)
    assert 1 == rig.count("POST", "/transactions")
    rig.simulator.advance()
    found, again = await rig.client.look_up(BUY), await rig.client.perform(BUY)
    assert found
    assert (found.label, 1) == (again.label, rig.bought)


@pytest.mark.parametrize(
    ("said", "error"), [(TIMEOUT, errors.Unavailable), (NUMBER, errors.Rejected)]
)
async def test_a_purchase_that_a_carrier_refuses_buys_nothing(
    rig: Rig, said: dict[str, str], error: type[errors.ConnectorError]
) -> None:
    """Answered with 201, and refused all the same; what asks to try again is tried again."""
    rig.simulator.refusal = said
    with pytest.raises(error, match=said["text"]):
        await rig.client.perform(BUY)
    assert (None, 0) == (await rig.client.look_up(BUY), rig.bought)
    rig.simulator.refusal = None
    await rig.client.perform(BUY)
    assert (1, 2) == (rig.bought, len(rig.simulator.labels))


async def test_an_invalid_label_is_none(rig: Rig) -> None:
    """object_state INVALID outdoes a status of SUCCESS."""
    await rig.client.perform(BUY)
    rig.simulator.labels[0]["object_state"] = "INVALID"
    assert await rig.client.look_up(BUY) is None
    (record,) = await rig.client.fetch(Kind.SHIPMENT, [rig.simulator.labels[0]["object_id"]])
    assert isinstance(record, ShipmentRecord)
    assert (ShipmentStatus.FAILED, "SUCCESS, INVALID/UNKNOWN") == (record.status, record.raw_status)


@pytest.mark.parametrize(("refusal", "is_slow"), [(NUMBER, False), (None, True)])
async def test_a_label_counts_before_a_purchase_that_is_none(
    rig: Rig, refusal: dict[str, str] | None, is_slow: bool
) -> None:
    """Of several of one reference the label, though a refused or a waiting one is newer."""
    done = await rig.client.perform(BUY)
    rig.later(hours=1)
    rated = await rig.ask("POST", "/shipments", requests.create(BUY).json)
    rig.simulator.refusal, rig.simulator.is_slow = refusal, is_slow
    body = requests.buy(rated["rates"][0]["object_id"], BUY.reference).json
    await rig.ask("POST", "/transactions", body)
    found = await rig.client.look_up(BUY)
    assert found
    assert done.external_id == found.external_id


@pytest.mark.parametrize(
    ("fault", "retry_after_s"), [(Fault.THROTTLED, 1.0), (Fault.THROTTLED_BARE, None)]
)
async def test_a_throttled_purchase_says_how_long_to_wait(
    rig: Rig, fault: Fault, retry_after_s: float | None
) -> None:
    """A write is not repeated here: the caller waits, and nothing was bought."""
    rig.simulator.faults.plan(Planned(fault=fault, path="/transactions", method="POST"))
    with pytest.raises(errors.Throttled) as refused:
        await rig.client.perform(BUY)
    assert (retry_after_s, 0) == (refused.value.retry_after_s, rig.bought)


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"ship_to": Address(name="Ada Park", city="Bend", country_code="US")}, "ERROR", None),
        ({"ship_to": Address()}, "HTTP 400", "address_to"),
        ({"parcels": (Parcel(weight_g=453),)}, "HTTP 400", "parcels.length"),
        ({"service": "teleport"}, "SERVICE", "service"),
    ],
)
async def test_a_refused_purchase_changes_nothing(
    rig: Rig, changed: dict[str, Any], code: str, field: str | None
) -> None:
    """A bad address, a parcel without its sizes, a service nobody has: refused, saying why."""
    with pytest.raises(errors.Rejected) as refused:
        await rig.client.perform(replace(BUY, **changed))
    assert (code, field) == (refused.value.code, refused.value.field)
    assert (0, []) == (rig.bought, rig.simulator.posts)


@pytest.mark.parametrize("reference", ["", "r" * 101])
async def test_a_reference_that_could_not_be_kept_is_refused(rig: Rig, reference: str) -> None:
    """Metadata takes 100 characters; nothing is sent that could not be looked up."""
    with pytest.raises(errors.Rejected) as refused:
        await rig.client.perform(replace(BUY, reference=reference))
    assert ("REFERENCE", []) == (refused.value.code, rig.simulator.faults.requests)


@pytest.mark.parametrize(
    "command",
    [
        replace(BUY, parcels=(*BUY.parcels, *BUY.parcels)),
        CancelOrder(key="k", order_id="1", reason="r"),
    ],
)
async def test_what_shippo_cannot_is_refused_before_it_is_sent(
    rig: Rig, command: BuyLabel | CancelOrder
) -> None:
    """Several parcels on one label, and commands of other systems, send nothing."""
    with pytest.raises(errors.Unsupported):
        await rig.client.perform(command)
    assert [] == rig.simulator.faults.requests


async def test_a_label_whose_rate_is_gone_is_not_said_to_be_none(rig: Rig) -> None:
    """It was bought; what it cost cannot be told: in doubt, and not bought again."""
    await rig.client.perform(BUY)
    rig.simulator.forget_rates()
    client = rig.open()
    with pytest.raises(errors.Unavailable):
        await client.look_up(BUY)
    with pytest.raises(errors.Ambiguous):
        await client.perform(BUY)
    assert 1 == rig.bought


# Giving back


async def bought(rig: Rig) -> VoidLabel:
    """Buy a label, and return the command that gives it back."""
    outcome = await rig.client.perform(BUY)
    return VoidLabel(key="key-2", label_id=outcome.external_id or "")


async def test_voiding_cancels_the_label_once(rig: Rig) -> None:
    """Not done, then done; again changes nothing; the refund that follows names the label."""
    void = await bought(rig)
    assert await rig.client.look_up(void) is None
    done, again = await rig.client.perform(void), await rig.client.perform(void)
    found = await rig.client.look_up(void)
    records = [shipment(one) for one in (done, again, found)]
    assert [ShipmentStatus.CANCELED] * 3 == [one.status for one in records]
    assert ["REFUNDPENDING/UNKNOWN"] * 3 == [one.raw_status for one in records]
    assert 1 == len(rig.simulator.refunds)
    rig.simulator.advance()
    (change,) = rig.client.decode(received(rig.simulator.posts[-1]), rig.now)
    assert Touched(kind=Kind.SHIPMENT, external_id=void.label_id) == change
    (record,) = await rig.client.fetch(Kind.SHIPMENT, [void.label_id])
    assert isinstance(record, ShipmentRecord)
    assert (ShipmentStatus.CANCELED, "REFUNDED/PRE_TRANSIT") == (record.status, record.raw_status)


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER, Fault.NOT_JSON])
async def test_a_lost_answer_to_a_void_is_looked_up(rig: Rig, fault: Fault) -> None:
    """The refund was asked for, or not; looking up says so, and it is asked for once."""
    void = await bought(rig)
    rig.simulator.faults.plan(Planned(fault=fault, path="/refunds"))
    with pytest.raises(errors.Ambiguous):
        await rig.client.perform(void)
    found = await rig.client.look_up(void)
    assert (found is not None) == bool(rig.simulator.refunds)
    await rig.client.perform(void)
    assert 1 == len(rig.simulator.refunds)


async def test_a_refund_refused_at_once_is_rejected(rig: Rig) -> None:
    """The label is as it was, and may be used."""
    void = await bought(rig)
    rig.simulator.refund_answer = "ERROR"
    with pytest.raises(errors.Rejected) as refused:
        await rig.client.perform(void)
    assert ("ERROR", None) == (refused.value.code, await rig.client.look_up(void))


async def test_a_refund_that_the_carrier_refused_is_not_asked_for_again(rig: Rig) -> None:
    """A label in use: the refund is taken, and refused days later. The parcel's way counts."""
    void = await bought(rig)
    for _ in range(3):
        rig.simulator.advance()
    done = await rig.client.perform(void)
    rig.simulator.advance()
    with pytest.raises(errors.Rejected) as refused:
        await rig.client.perform(void)
    assert ("REFUNDREJECTED", 1) == (refused.value.code, len(rig.simulator.refunds))
    assert (ShipmentStatus.SHIPPED, None) == (
        shipment(done).status,
        await rig.client.look_up(void),
    )


async def test_what_is_no_label_is_not_given_back(rig: Rig) -> None:
    """A purchase that was refused, or that waits; nothing is asked for."""
    rig.simulator.refusal = NUMBER
    refused_one = rig.simulator.label_elsewhere(GOAL)
    rig.simulator.refusal, rig.simulator.is_slow = None, True
    waiting = rig.simulator.label_elsewhere(GOAL)
    for label_id, code in ((refused_one, "ERROR"), (waiting, "QUEUED")):
        with pytest.raises(errors.Conflict) as refused:
            await rig.client.perform(VoidLabel(key="k", label_id=label_id))
        assert (code, []) == (refused.value.code, rig.simulator.refunds)


async def test_voiding_what_is_not_there_is_missing(rig: Rig) -> None:
    """A label that Shippo does not know cannot be given back, nor was it."""
    void = VoidLabel(key="key-2", label_id="none")
    with pytest.raises(errors.Missing):
        await rig.client.perform(void)
    assert (None, []) == (await rig.client.look_up(void), rig.simulator.refunds)


async def test_a_voided_reference_is_not_bought_again(rig: Rig) -> None:
    """The command took effect and was undone: doing it over is the caller's decision."""
    await rig.client.perform(await bought(rig))
    with pytest.raises(errors.Conflict) as refused:
        await rig.client.perform(BUY)
    assert ("GIVEN_BACK", 1) == (refused.value.code, rig.bought)
    assert ShipmentStatus.CANCELED == shipment(await rig.client.look_up(BUY)).status
