"""ship_fulfillment_order: a planned shipment's package gets its number, and leaves, once."""

from typing import Any

import pytest

from connectors.amazon.simulated.model import Order, Planned
from connectors.amazon.tests.conftest import Rig, told
from connectors.sdk.changes import Touched
from connectors.sdk.commands import ShipFulfillmentOrder
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records import FulfillmentOrderRecord, Kind, ShipmentRecord, Tracking
from connectors.sdk.records.states import FulfillmentOrderStatus
from connectors.sdk.values import LineQuantity

SHIPMENTS = "/externalFulfillment/2024-09-11/shipments"


def _planned(rig: Rig, *, is_packed: bool = True) -> tuple[Order, Planned]:
    order = rig.order()
    planned = rig.amazon.seller.plan(order, "DC-1")
    if is_packed:
        rig.amazon.seller.pack(planned)
    return order, planned


def _command(planned: Planned, **parts: Any) -> ShipFulfillmentOrder:
    whole = {
        "key": "ship-1",
        "fulfillment_order_id": planned.id,
        "tracking": Tracking(number="1Z7", carrier="UPS"),
        **parts,
    }
    return ShipFulfillmentOrder(**whole)


def _methods(rig: Rig) -> list[str]:
    return [one.method for one in rig.sent("", SHIPMENTS)]


async def test_a_package_is_labeled_and_then_told_to_have_left(rig: Rig) -> None:
    """Its carrier and number first; the order has it as a package from then on."""
    order, planned = _planned(rig)
    outcome = await rig.client.perform(_command(planned))
    assert _methods(rig) == ["GET", "PUT", "PATCH"]
    [label] = told(rig, "PUT", "/shipLabels")
    assert label["courierSupportedAttributes"] == {"carrierName": "UPS", "trackingId": "1Z7"}
    assert outcome.external_id == planned.id
    assert outcome.changes == (Touched(kind=Kind.ORDER, external_id=order.id),)
    _, work, shipment = await rig.client.fetch(Kind.ORDER, [order.id])
    assert isinstance(work, FulfillmentOrderRecord)
    assert isinstance(shipment, ShipmentRecord)
    assert work.status is FulfillmentOrderStatus.CLOSED
    assert [one.number for one in shipment.tracking] == ["1Z7"]


async def test_what_is_done_is_not_done_again(rig: Rig) -> None:
    """Labeled already: only the leaving is told. Left already: nothing is."""
    _, planned = _planned(rig)
    rig.amazon.seller.label(planned, "UPS", "1Z7")
    await rig.client.perform(_command(planned))
    await rig.client.perform(_command(planned))
    assert _methods(rig) == ["GET", "PATCH", "GET"]
    assert rig.amazon.seller.handed_over == [planned.id]


async def test_what_is_not_packed_cannot_leave(rig: Rig) -> None:
    """Amazon wants a package's measures, and a command has none: that is for who packs it."""
    order, planned = _planned(rig, is_packed=False)
    with pytest.raises(Conflict) as refusal:
        await rig.client.perform(_command(planned))
    assert (refusal.value.code, _methods(rig), order.packages) == ("not_one_package", ["GET"], [])


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"lines": (LineQuantity(sku="TEE-S", quantity=1),)}, "lines"),
        ({"tracking": Tracking(number="1Z7")}, "tracking"),
    ],
)
async def test_what_amazon_would_refuse_is_not_sent(
    rig: Rig, parts: dict[str, Any], field: str
) -> None:
    """Some of the units, and a parcel of no carrier: looked at, and nothing more."""
    order, planned = _planned(rig)
    with pytest.raises(Rejected) as refusal:
        await rig.client.perform(_command(planned, **parts))
    assert (refusal.value.field, _methods(rig), order.packages) == (field, ["GET"], [])


async def test_a_canceled_shipment_does_not_leave(rig: Rig) -> None:
    """The shopper or Amazon was faster."""
    _, planned = _planned(rig)
    planned.status = "CANCELLED"
    with pytest.raises(Conflict) as refusal:
        await rig.client.perform(_command(planned))
    assert (refusal.value.code, _methods(rig)) == ("canceled", ["GET"])


async def test_a_shipment_that_is_not_there_is_missing(rig: Rig) -> None:
    """By the field that names it."""
    _, planned = _planned(rig)
    with pytest.raises(Missing) as refusal:
        await rig.client.perform(_command(planned, fulfillment_order_id="D0none"))
    assert refusal.value.field == "fulfillment_order_id"
