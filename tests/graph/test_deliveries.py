"""Parcels: one vocabulary, and a status that does not run backwards wrongly."""

from itertools import permutations

import pytest

from connectors.sdk.records.states import TrackingStatus
from tests import records
from tests.gateways import GatewayUnderTest
from tests.toys import Toy

DELIVERY = """query($number: String!) { delivery(trackingNumber: $number) {
  status events { status } order { number fulfillmentStatus } shipment { status } } }"""
PICKED_UP = records.scan(TrackingStatus.CARRIER_PICKED_UP, 1)
IN_TRANSIT = records.scan(TrackingStatus.IN_TRANSIT, 2)
OUT = records.scan(TrackingStatus.OUT_FOR_DELIVERY, 3)
DELIVERED = records.scan(TrackingStatus.DELIVERED, 4)
LATE = records.scan(TrackingStatus.IN_TRANSIT, 5)
BACK = records.scan(TrackingStatus.RETURNING, 6)


async def told(gateway: GatewayUnderTest, shop: Toy, *trackers: records.TrackerRecord) -> str:
    for number, one in enumerate(trackers):
        shop.hold(one)
        body, headers = shop.delivery(f"d{number}", ("tracker", one.external_id))
        assert 202 == await gateway.post("/webhooks/shop", body, headers)
        await gateway.settle()
    found = await gateway.data(DELIVERY, {"number": "1Z1"})
    return str(found["delivery"]["status"])


@pytest.mark.parametrize("order", list(permutations((0, 1, 2))))
async def test_trackers_in_any_order_end_in_the_newest_state(
    gateway: GatewayUnderTest, shop: Toy, order: tuple[int, ...]
) -> None:
    """Three statements of one parcel, delivered in every order."""
    stated = (
        records.tracker("1Z1", PICKED_UP, minutes=1),
        records.tracker("1Z1", IN_TRANSIT, PICKED_UP, minutes=2),
        records.tracker("1Z1", DELIVERED, OUT, IN_TRANSIT, PICKED_UP, minutes=4),
    )
    assert "DELIVERED" == await told(gateway, shop, *(stated[place] for place in order))


async def test_a_late_scan_does_not_take_a_delivery_back(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """Only a return, a loss or a correction leaves DELIVERED."""
    late = records.tracker("1Z1", DELIVERED, LATE, minutes=5)
    assert "DELIVERED" == await told(gateway, shop, late)


async def test_a_parcel_that_comes_back_is_returning(gateway: GatewayUnderTest, shop: Toy) -> None:
    """DELIVERED can be left by a return."""
    back = records.tracker("1Z1", DELIVERED, BACK, minutes=6)
    assert "RETURNING" == await told(gateway, shop, back)


async def test_a_carrier_may_correct_itself(gateway: GatewayUnderTest, shop: Toy) -> None:
    """A newer statement without the delivery takes it back, for good."""
    wrong = records.tracker("1Z1", IN_TRANSIT, DELIVERED, minutes=4)
    right = records.tracker("1Z1", IN_TRANSIT, OUT, minutes=5)
    assert "OUT_FOR_DELIVERY" == await told(gateway, shop, wrong, right)
    shop.hold(wrong)
    await gateway.post("/webhooks/shop", *shop.delivery("again", ("tracker", wrong.external_id)))
    await gateway.settle()
    found = await gateway.data(DELIVERY, {"number": "1Z1"})
    assert "OUT_FOR_DELIVERY" == found["delivery"]["status"]


async def test_a_delivered_parcel_makes_its_order_delivered(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """The carrier knows before the shop does, whichever of the two is heard first."""
    till.hold(records.tracker("1Z1", DELIVERED))
    await gateway.backfill("till")
    shop.hold(records.order("1"), records.shipment("a", "1", "1Z1"))
    await gateway.backfill("shop")
    found = (await gateway.data(DELIVERY, {"number": " 1z1"}))["delivery"]
    assert {"number": "#1", "fulfillmentStatus": "DELIVERED"} == found["order"]
