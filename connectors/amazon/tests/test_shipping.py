"""record_shipment: a package that left is told once, and only when its units can leave."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.amazon.requests import orders
from connectors.amazon.simulated.model import Order
from connectors.amazon.tests.conftest import Rig, shipping, told
from connectors.sdk.changes import Touched
from connectors.sdk.errors import Ambiguous, Conflict, Missing, Rejected
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import Kind, Tracking
from connectors.sdk.values import LineQuantity

CONFIRM = "/shipmentConfirmation"


def _state(order: Order) -> list[object]:
    return [[(one.shipped, one.canceled) for one in order.items], len(order.packages)]


async def test_a_package_is_told_with_all_that_amazon_wants(rig: Rig) -> None:
    """Its reference in quotes, the carrier as Amazon spells it, the order's own marketplace."""
    order = rig.order()
    command = shipping(order)
    outcome = await rig.client.perform(command)
    [body] = told(rig, "POST", CONFIRM)
    package = body["packageDetail"]
    assert isinstance(package, dict)
    reference = orders.package_reference(command.key)
    assert (package["packageReferenceId"], package["carrierCode"]) == (reference, "UPS")
    assert (package["trackingNumber"], body["marketplaceId"]) == ("1Z-key-1", "ATVPDKIKX0DER")
    assert outcome.external_id == f"{order.id}/{reference}"
    assert outcome.changes == (Touched(kind=Kind.ORDER, external_id=order.id),)
    assert order.status == "SHIPPED"


async def test_the_same_command_again_sends_nothing(rig: Rig) -> None:
    """The package is seen by its reference, which comes of the key alone."""
    order = rig.order()
    first = await rig.client.perform(shipping(order))
    again = await rig.client.perform(shipping(order))
    assert again.external_id == first.external_id
    assert len(rig.sent("POST", CONFIRM)) == 1


async def test_another_command_is_another_package(rig: Rig) -> None:
    """Two parcels of one item: two references, and each its units."""
    order = rig.order()
    await rig.client.perform(shipping(order, "one", units=1))
    await rig.client.perform(shipping(order, "two", units=1))
    assert [one.lines for one in order.packages] == [[(order.items[0].id, 1)]] * 2
    assert len({one.reference for one in order.packages}) == 2


async def test_a_carrier_that_amazon_does_not_know_is_told_by_name(rig: Rig) -> None:
    """As Other, whose name Amazon requires."""
    parcel = Tracking(number="Z1", carrier="Zippy Bikes")
    await rig.client.perform(replace(shipping(rig.order()), tracking=parcel))
    [body] = told(rig, "POST", CONFIRM)
    package = body["packageDetail"]
    assert isinstance(package, dict)
    assert (package["carrierCode"], package["carrierName"]) == ("Other", "Zippy Bikes")


async def test_lines_may_be_named_by_sku(rig: Rig) -> None:
    """Where the gateway has no item's id."""
    order = rig.order()
    lines = (LineQuantity(sku="TEE-XL", quantity=1),)
    await rig.client.perform(replace(shipping(order), lines=lines))
    assert order.packages[0].lines == [(order.items[1].id, 1)]


@pytest.mark.parametrize(
    ("by", "how", "code"),
    [
        ("AMAZON", {}, "fulfilled_by_amazon"),
        ("MERCHANT", {"is_paid": False}, "pending"),
    ],
)
async def test_what_may_not_leave_is_a_conflict(
    rig: Rig, by: str, how: dict[str, bool], code: str
) -> None:
    """What Amazon ships itself, and what is not paid yet: nothing is sent."""
    order = rig.order(by, **how)
    before = _state(order)
    with pytest.raises(Conflict) as refusal:
        await rig.client.perform(shipping(order))
    assert (refusal.value.code, _state(order)) == (code, before)
    assert rig.sent("POST") == []


async def test_units_that_left_or_were_canceled_do_not_leave_again(rig: Rig) -> None:
    """Amazon would take it for an update, or answer with a sentence: it is not asked."""
    order = rig.order()
    await rig.client.perform(shipping(order, "one", units=1))
    rig.amazon.seller.cancel(order)
    before = _state(order)
    with pytest.raises(Conflict) as refusal:
        await rig.client.perform(shipping(order, "two", units=1))
    assert (refusal.value.code, _state(order)) == ("nothing_left_to_ship", before)
    assert len(rig.sent("POST", CONFIRM)) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tracking": Tracking(number="1Z", carrier=None)}, "tracking"),
        ({"tracking": Tracking(number="", carrier="UPS")}, "tracking"),
        ({"lines": ()}, "lines"),
        ({"lines": (LineQuantity(line_id="0", quantity=1),)}, "lines"),
        ({"lines": (LineQuantity(sku="TEE-S", quantity=0),)}, "lines"),
    ],
)
async def test_what_amazon_would_refuse_is_not_sent(
    rig: Rig, change: dict[str, object], field: str
) -> None:
    """It says which part; nothing has changed."""
    order = rig.order()
    before = _state(order)
    with pytest.raises(Rejected) as refusal:
        await rig.client.perform(replace(shipping(order), **change))  # type: ignore[arg-type]
    assert (refusal.value.field, _state(order), rig.sent("POST")) == (field, before, [])


async def test_an_order_that_is_not_there_is_missing(rig: Rig) -> None:
    """Of the right form, and nobody's."""
    command = replace(shipping(rig.order()), order_id="112-0000000-0000000")
    with pytest.raises(Missing):
        await rig.client.perform(command)
    assert await rig.client.look_up(command) is None


async def test_another_who_was_faster_is_a_conflict(rig: Rig) -> None:
    """Between our look and our word all units left, as another's package: nothing is doubled."""
    order = rig.order()
    lines = [(one.id, one.ordered) for one in order.items]
    rig.recorder.before[CONFIRM] = lambda: rig.amazon.seller.ship(
        order, "1", ("UPS", "1Z-other"), lines
    )
    with pytest.raises(Conflict):
        await rig.client.perform(shipping(order))
    assert [one.number for one in order.packages] == ["1Z-other"]


async def test_our_own_word_that_was_not_shown_yet_is_found(rig: Rig) -> None:
    """An earlier attempt took effect after we looked; Amazon refuses the repeat, and it is ours."""
    order = rig.order()
    command = shipping(order)
    lines = [(one.id, one.ordered) for one in order.items]
    reference = orders.package_reference(command.key)
    rig.amazon.seller.refuses_repeats = True
    rig.recorder.before[CONFIRM] = lambda: rig.amazon.seller.ship(
        order, reference, ("UPS", "1Z-key-1"), lines
    )
    outcome = await rig.client.perform(command)
    assert outcome.external_id == f"{order.id}/{reference}"
    assert len(order.packages) == 1


async def test_an_answer_with_a_body_is_in_doubt(rig: Rig) -> None:
    """204 is the only yes that Amazon has; the look-up then tells."""
    order = rig.order()
    rig.amazon.faults.plan(Planned(fault=Fault.NOT_JSON, path=CONFIRM))
    rig.keeps_contract = False
    with pytest.raises(Ambiguous):
        await rig.client.perform(shipping(order))
    assert await rig.client.look_up(shipping(order)) is None
    assert _state(order) == [[(0, 0), (0, 0)], 0]


@given(st.text())
def test_a_reference_is_a_positive_number(key: str) -> None:
    """Of at most nine digits, in quotes, and always the same for a key."""
    found = orders.package_reference(key)
    assert found == orders.package_reference(key)
    assert found.isdecimal()
    assert 1 <= int(found) <= 999_999_999
