"""Somebody buys on a marketplace. The seller's part is picked and shipped in Tryton with a label of
karrio, and the marketplace is told, once."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from connectors.flexmarket.tests.running.people import People
from connectors.sdk.records import Kind
from gateway.systems.declared import Connection
from tests.gateways import GatewayUnderTest, gateway_over
from tests.graph.mutations.cases import codes
from tests.journeys import asked
from tests.journeys.connected import CONFIGURATION, Systems, connections, pull
from tests.running import Running, System
from tests.shoppers import flexmarket
from tests.shoppers.tryton import Staff
from tests.trading import working

pytestmark = pytest.mark.systems

SKU = "CAP-NVY-OS"
CHANNEL = """
[channels.market]
kind = "MARKETPLACE"
name = "Market"
connection = "market"
fulfill_at = "DC-RENO"
carrier = "parcels"
"""
SOLD = """query($ref: SourceRefInput!) { order(ref: $ref) { seller commission { minor currencyCode }
  channel { kind } totals { total { minor } } } }"""


@pytest.fixture
def market(running: Running) -> System:
    return running("flexmarket")


@pytest.fixture
async def gateway(
    systems: Systems, market: System, sqlite_url: str
) -> AsyncIterator[GatewayUnderTest]:
    """A gateway over the marketplace, the warehouse and the carrier, which has read them."""
    tokens = market.info["tokens"]
    seller = Connection(
        id="market",
        connector="flexmarket",
        settings={
            "url": market.url,
            "token": tokens["seller"],
            "staff_token": tokens["admin"],
            "webhook_secret": "whsec-demo",
        },
    )
    others = connections({name: systems[name] for name in ("tryton", "karrio")})
    async with gateway_over(sqlite_url, [seller, *others], CONFIGURATION + CHANNEL) as connected:
        for connection in ("wms", "market", "parcels"):
            await connected.backfill(connection)
        yield connected


async def test_a_marketplace_order_is_sent_from_the_warehouse_and_told_as_shipped(
    gateway: GatewayUnderTest, systems: Systems, market: System, staff: Staff
) -> None:
    """Its number stands at the marketplace; the commission and the seller in the graph."""
    bought = await flexmarket.buy(market.info, SKU, 2, "farid.haddad")
    await pull(gateway, "market", Kind.ORDER)
    async with aiohttp.ClientSession() as http:
        people = People(http, market)
        part = await people.order(bought.number)
        order = await asked.order_of(gateway, part["id"], "flexmarket")
        variables = {"ref": {"system": "flexmarket", "externalId": part["id"]}}
        sold = (await gateway.data(SOLD, variables))["order"]
        assert ("MARKETPLACE", "Northwind Outfitters") == (sold["channel"]["kind"], sold["seller"])
        assert 0 < sold["commission"]["minor"] < sold["totals"]["total"]["minor"]
        [work] = order["fulfillmentOrders"]
        assert "wms" == work["fulfiller"]

        [shipment] = await staff.shipments_for(work["id"])
        await staff.bring_to(shipment, "picked")
        async with working(gateway):
            shipped = await asked.ship(gateway, "market", work["id"])
        assert [] == codes(shipped)
        [number] = [one["number"] for one in shipped["shipment"]["tracking"]]
        await gateway.settle()
        await pull(gateway, "market", Kind.ORDER)

        sent = await asked.order_of(gateway, part["id"], "flexmarket")
        assert "FULFILLED" == sent["fulfillmentStatus"]
        assert {"market", "wms", "parcels"} == _sources(sent)
        at_market = await people.order(bought.number)
        assert "shipped" == at_market["status"]
        assert [number] == await _parcels(people, bought.id)
        async with working(gateway):
            again = await asked.ship(gateway, "market", work["id"])
        assert again["shipment"] == shipped["shipment"]
        assert [number] == await _parcels(people, bought.id)


def _sources(order: Any) -> set[str]:
    return {one["connection"] for ship in order["shipments"] for one in ship["sourceRefs"]}


async def _parcels(people: People, order_id: str) -> list[str]:
    """The numbers of all parcels of a shopper's order, as the marketplace has them."""
    return [one["tracking_number"] for one in (await people.whole(order_id))["shipments"]]
