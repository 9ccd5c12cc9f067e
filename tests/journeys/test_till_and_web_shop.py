"""A shopper buys on the web, another at a till, a third on the telephone: one list of orders, and
the stock of each place as whoever handles it counts it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sdk.records import Kind
from gateway.auth.principal import Principal
from gateway.auth.scopes import MOST, Role
from gateway.orchestration import outbox
from tests.gateways import ADMIN, GatewayUnderTest
from tests.journeys.asked import happened_since, level_of, now_in_log, on_hand, order_of
from tests.journeys.connected import SHOP, WAREHOUSE, Systems, pull, still
from tests.shoppers import vendure as shop
from tests.shoppers.tryton import Staff

pytestmark = pytest.mark.systems

SKU = "HOOD-GRY-M"
PARCEL = "1ZTELEPHONE"
LIST = """query($since: DateTime!) { orders(filter: {placedFrom: $since}) { nodes {
  status fulfillmentStatus paymentStatus placedAt
  channel { kind } lines { sku quantity method }
  sourceRefs { connection externalId }
  fulfillmentOrders { status stage fulfiller location { code } }
  shipments { status tracking { number } sourceRefs { connection } } } } }"""


@pytest.fixture
async def gateway(systems: Systems, sqlite_url: str) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that reads the shop and the tills when it is told to."""
    these = {name: systems[name] for name in ("tryton", "vendure")}
    async with still(sqlite_url, these) as connected:
        yield connected


async def test_the_web_and_the_till_are_one_list(
    gateway: GatewayUnderTest, systems: Systems, staff: Staff
) -> None:
    """Newest first; the till's sale is done, belongs to its store, and takes from its shelf."""
    since = datetime.now(UTC)
    before = on_hand(await level_of(gateway, SKU, "STORE-NYC"))
    web = await shop.buy(systems["vendure"].url, SKU, 1, email="omar.haddad@example.com")
    till = await staff.sell_at_till("STORE-NYC", SKU, 2)

    await pull(gateway, SHOP, Kind.ORDER)
    await pull(gateway, WAREHOUSE, Kind.ORDER, Kind.LEVEL)

    at_till, on_web = await _orders(gateway, since)
    assert [("wms", f"sale.point.sale,{till}")] == _sources(at_till)
    assert [("shop", web.id)] == _sources(on_web)
    assert at_till["placedAt"] > on_web["placedAt"]
    assert ("POS", "WEB") == (at_till["channel"]["kind"], on_web["channel"]["kind"])
    assert [{"sku": SKU, "quantity": 2, "method": "IN_STORE"}] == at_till["lines"]
    assert [{"sku": SKU, "quantity": 1, "method": "SHIPPING"}] == on_web["lines"]
    assert ("COMPLETED", "PAID", "DELIVERED") == _statuses(at_till)
    assert ("CONFIRMED", "PAID", "UNFULFILLED") == _statuses(on_web)
    assert [] == at_till["fulfillmentOrders"]

    level = await level_of(gateway, SKU, "STORE-NYC")
    assert on_hand(level) == before | {"wms": before["wms"] - 2}
    assert level["onHand"] == before["wms"] - 2 == await staff.on_hand(SKU, "STORE-NYC")
    assert not level["isAgreed"]

    clerk = _clerk(level["location"]["id"])
    seen = (await gateway.query(LIST, {"since": since.isoformat()}, as_=clerk))["data"]
    assert [_sources(at_till)] == [_sources(one) for one in seen["orders"]["nodes"]]

    at_rest = await now_in_log(gateway)
    await pull(gateway, WAREHOUSE, Kind.ORDER, Kind.LEVEL)
    assert [] == await happened_since(gateway, at_rest)


async def test_what_the_warehouse_sells_and_sends_by_itself_is_seen_and_left_alone(
    gateway: GatewayUnderTest, staff: Staff
) -> None:
    """Staff write the sale, pick it, label it: the graph shows all of it, and tells nobody."""
    since = datetime.now(UTC)
    sale = await staff.sell("ada.okafor@example.com", "DC-RENO", {SKU: 3})
    await pull(gateway, WAREHOUSE, Kind.ORDER, Kind.FULFILLMENT_ORDER)
    [waiting] = await _orders(gateway, since)
    assert [("wms", f"sale.sale,{sale}")] == _sources(waiting)
    assert ("UNFULFILLED", []) == (waiting["fulfillmentStatus"], waiting["shipments"])
    [work] = waiting["fulfillmentOrders"]
    assert ("OPEN", "wms", "DC-RENO") == (
        work["status"],
        work["fulfiller"],
        work["location"]["code"],
    )

    [shipment] = await staff.shipments_of(sale)
    await staff.ship(shipment, PARCEL)
    await pull(gateway, WAREHOUSE, Kind.ORDER, Kind.FULFILLMENT_ORDER)

    [sent] = await _orders(gateway, since)
    assert "FULFILLED" == sent["fulfillmentStatus"]
    assert [
        {
            "status": "SHIPPED",
            "tracking": [{"number": PARCEL}],
            "sourceRefs": [{"connection": "wms"}],
        }
    ] == sent["shipments"]
    assert [("CLOSED", "SHIPPED")] == [
        (one["status"], one["stage"]) for one in sent["fulfillmentOrders"]
    ]
    order = await order_of(gateway, f"sale.sale,{sale}", "tryton")
    async with gateway.gateway.units.read() as unit:
        assert [] == list(await outbox.of_order(unit, order["id"]))


async def _orders(gateway: GatewayUnderTest, since: datetime) -> Any:
    found = await gateway.query(LIST, {"since": since.isoformat()}, as_=ADMIN)
    assert "errors" not in found, found["errors"]
    return found["data"]["orders"]["nodes"]


def _sources(order: Any) -> list[tuple[str, str]]:
    return [(one["connection"], one["externalId"]) for one in order["sourceRefs"]]


def _statuses(order: Any) -> tuple[str, str, str]:
    return order["status"], order["paymentStatus"], order["fulfillmentStatus"]


def _clerk(location_id: str) -> Principal:
    """Somebody who works in one store."""
    return Principal(
        role=Role.ASSOCIATE,
        subject="clerk@test",
        scopes=MOST[Role.ASSOCIATE],
        location_ids=frozenset({location_id}),
    )
