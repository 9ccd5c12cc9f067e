"""Parcels of a carrier that tells nothing by itself are asked about until they have arrived."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from connectors.sdk.records import Kind, Tracking
from connectors.sdk.records.states import TrackingStatus
from gateway.sync.follow import is_followed
from tests import records
from tests.gateways import GatewayUnderTest, gateway_over
from tests.toys import Toy, outside

DELIVERIES = "{ deliveries { nodes { trackingNumber status } } }"


@pytest.fixture
def shop() -> Toy:
    return Toy(id="shop")


@pytest.fixture
def carrier() -> Toy:
    return Toy(id="carrier", reads=(Kind.TRACKER,), carries=("acme", "acme parcel"))


@pytest.fixture
async def gateway(store_url: str, shop: Toy, carrier: Toy) -> AsyncIterator[GatewayUnderTest]:
    """A shop whose order left in three parcels: two of the carrier's, one of somebody else's."""
    shop.hold(records.order("1"))
    for number, name in (("1Z1", "Acme"), ("1Z2", "ACME Parcel "), ("1Z3", "Other")):
        tracking = (Tracking(number=number, carrier=name),)
        shop.hold(records.shipment(f"s{number}", "1", number, tracking=tracking))
    world = outside(shop, carrier)
    toys = [shop.connection, carrier.connection]
    async with gateway_over(store_url, toys, outside=world) as tested:
        await tested.backfill("shop")
        yield tested


async def follow(gateway: GatewayUnderTest) -> int:
    connected = gateway.gateway.systems.get("carrier")
    return await gateway.gateway.background.follower.run(connected)


async def test_a_carrier_is_asked_about_its_own_parcels_until_they_arrive(
    gateway: GatewayUnderTest, carrier: Toy
) -> None:
    """What it does not know yet is asked again; what has arrived is not."""
    moving = records.scan(TrackingStatus.IN_TRANSIT, 0)
    carrier.hold(replace(records.tracker("1Z1", moving), external_id="1Z1"))
    assert 2 == await follow(gateway)
    assert ["1Z1", "1Z2"] == sorted(carrier.fetched)
    arrived = records.tracker("1Z1", moving, records.scan(TrackingStatus.DELIVERED, 60), minutes=60)
    carrier.hold(replace(arrived, external_id="1Z1"))
    assert 2 == await follow(gateway)
    shown = {
        one["trackingNumber"]: one["status"]
        for one in (await gateway.data(DELIVERIES))["deliveries"]["nodes"]
    }
    assert {"1Z1": "DELIVERED", "1Z2": "LABEL_CREATED", "1Z3": "LABEL_CREATED"} == shown
    carrier.fetched.clear()
    assert 1 == await follow(gateway)
    assert ["1Z2"] == carrier.fetched


async def test_who_carries_nothing_is_asked_nothing(gateway: GatewayUnderTest, shop: Toy) -> None:
    """A system that names no parcels as its own is not asked about anybody's."""
    systems = gateway.gateway.systems
    assert (True, False) == (is_followed(systems.get("carrier")), is_followed(systems.get("shop")))
