"""Amazon's files and examples: the connector reads them, the simulator keeps them."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.amazon import webhooks
from connectors.amazon.client.handover import _GONE, _LABELED, _UNLABELED
from connectors.amazon.kit import KIT
from connectors.amazon.mapping import inventory, orders, packages
from connectors.amazon.reading import Node
from connectors.amazon.requests import orders as order_requests
from connectors.amazon.simulator import Simulator
from connectors.amazon.tests import contract
from connectors.amazon.tests.conftest import Rig
from connectors.amazon.tests.contract import Broken, Contract, Exchange
from connectors.sdk import registry
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Touched
from connectors.sdk.conformance.stage import Clock
from connectors.sdk.conformance.world import PURCHASE, WORLD
from connectors.sdk.http import parse_json
from connectors.sdk.records import (
    FulfillmentOrderRecord,
    Kind,
    LevelRecord,
    OrderRecord,
    ShipmentRecord,
)
from connectors.sdk.records.states import OrderStatus, ShipmentStatus
from connectors.sdk.simulator import Sells

HOME = "ATVPDKIKX0DER"
ORDERS = "orders_2026-01-01"


def _examples(folder: str, pattern: str) -> list[Path]:
    return sorted((contract.FOLDER / "examples" / folder).glob(pattern))


def _stated(path: Path) -> list[Node]:
    """The orders of an example, by themselves or in a list."""
    body = parse_json(path.read_text())
    body = body.get("response", body)
    return list(Node(body)["orders"]) or [Node(body)["order"]]


def test_every_order_that_amazon_shows_is_read(vendor: Contract) -> None:
    """The examples and sandbox answers: each order with its lines, packages and sums."""
    found = [
        change
        for path in _examples(ORDERS, "get_*__200__*.json")
        for raw in _stated(path)
        for change in orders.changes(raw, HOME)
    ]
    read = [one for one in found if isinstance(one, OrderRecord)]
    sent = [one for one in found if isinstance(one, ShipmentRecord)]
    assert (len(read), len(sent)) == (6, 3)
    for one in read:
        sums = one.totals
        assert sums.total.minor == sum(
            (sums.subtotal.minor, -sums.discount.minor, sums.shipping.minor, sums.tax.minor)
        )
        assert one.status is not OrderStatus.UNKNOWN
        assert one.customer_id is None


def test_the_documented_order_is_read_as_it_is_meant(vendor: Contract) -> None:
    """One with everything: an alias, taxes, a package under way, a fulfillment order."""
    [raw] = _stated(
        contract.FOLDER / "examples" / ORDERS / "get_2026-01-01.orders.orderId__200__doc.json"
    )
    order, work, shipment = orders.changes(raw, HOME)
    assert isinstance(order, OrderRecord)
    assert isinstance(work, FulfillmentOrderRecord)
    assert isinstance(shipment, ShipmentRecord)
    assert (order.status, order.raw_status) == (OrderStatus.CONFIRMED, "SHIPPED")
    sums = order.totals
    amounts = [one.minor for one in (sums.subtotal, sums.shipping, sums.tax, sums.total)]
    assert amounts == [8997, 1000, 400, 10397]
    [line] = order.lines
    assert (line.counters.ordered, line.counters.fulfilled, line.counters.delivered) == (3, 3, 0)
    assert (line.unit_price.minor, line.total.minor) == (2999, 8997)
    assert (shipment.status, shipment.raw_status) == (
        ShipmentStatus.SHIPPED,
        "IN_TRANSIT/OUT_FOR_DELIVERY",
    )
    assert work.external_id == "LdDv2jxM4"


def test_the_sandbox_is_asked_as_the_files_say(vendor: Contract) -> None:
    """What we ask with is among what the sandbox's cases are asked with."""
    case = contract.example(ORDERS, "get_2026-01-01.orders.orderId__200__sandbox1.json")
    parts = set(case["request"]["parameters"]["includedData"]["value"])
    assert set(order_requests.PARTS) <= parts
    parameters = {
        one["name"]: one
        for one in vendor.operation("GET", "/orders/2026-01-01/orders")[1]["parameters"]
    }
    known = parameters["includedData"]["items"]["enum"]
    assert set(order_requests.PARTS + order_requests.MORE_PARTS) <= set(known)


def test_every_word_of_the_files_is_known(vendor: Contract) -> None:
    """No documented status of an order, a package or a planned package is UNKNOWN."""
    words = vendor.words("orders_2026-01-01.json", "FulfillmentStatus")
    unknown = [
        word
        for word in words
        if orders._status(Node({"packages": []}), word) is OrderStatus.UNKNOWN
    ]
    statuses = vendor.words("orders_2026-01-01.json", "PackageStatus", "status")
    unknown += [
        word
        for word in statuses
        if packages.status(Node({"packageStatus": {"status": word}})) is ShipmentStatus.UNKNOWN
    ]
    planned = vendor.words("externalFulfillmentShipments_2024-09-11.json", "Package", "status")
    unknown += set(planned) - {*_UNLABELED, _LABELED, *_GONE, "CANCELLED"}
    assert (len(words), len(statuses), len(planned), unknown) == (7, 6, 7, [])


def test_a_batch_of_the_sandbox_is_read(vendor: Contract) -> None:
    """One place with stock, one SKU that the seller does not have."""
    case = contract.example(
        "externalFulfillmentInventory_2024-09-11",
        "post_inventory.2024-09-11.inventories__207__sandbox1.json",
    )
    places = [("efptestsku1", "EXSB"), ("efptestsku2", "EXSB")]
    held, none = inventory.answers(Node(case["response"]), places)
    level = inventory.our_level(held, places[0], Clock().now)
    assert isinstance(level, LevelRecord)
    assert (level.quantities.on_hand, level.quantities.available) == (25, 20)
    assert (inventory.status(none), inventory.reason(none)[0]) == (400, "INVALID_SKU")


def test_every_documented_notification_is_heard(vendor: Contract) -> None:
    """A type that has a schema is never malformed; those that name something say what to read."""
    found = {}
    for path in _examples("notifications", "[A-Z]*.json"):
        body = path.read_bytes()
        delivery = RawDelivery(url="", headers={}, body=body)
        changes = webhooks.decode(delivery, HOME)
        notification = json.loads(body)
        topic = notification.get("NotificationType") or notification["notificationType"]
        found[topic] = [one.external_id for one in changes if isinstance(one, Touched)]
    named = {topic: ids for topic, ids in found.items() if ids}
    assert (len(found), named) == (
        11,
        {
            "ORDER_CHANGE": ["903-8868176-2219830"],
            "FBA_OUTBOUND_SHIPMENT_STATUS": ["113-2646096-4474645"],
        },
    )


def test_the_topics_of_the_manifest_have_schemas(vendor: Contract) -> None:
    """What we say we hear is what the schemas name, and what is decoded."""
    hooks = registry.discover()["amazon"].webhooks
    assert hooks is not None
    assert sorted(hooks.topics) == sorted(contract.NOTIFICATIONS) == list(webhooks.TOPICS)


async def test_everything_that_passes_fits_the_files(vendor: Contract, rig: Rig) -> None:
    """The whole of a filled simulator, and each command once: judged when the test is over."""
    await KIT.fill(rig.amazon, rig.client)
    for kind in (Kind.ORDER, Kind.LEVEL, Kind.LOCATION):
        await rig.pages(kind)
    for command in ("record_shipment", "set_inventory", "ship_fulfillment_order"):
        await rig.client.perform(await KIT.arrange(command, rig.amazon, rig.client))
    await rig.client.fetch(Kind.LEVEL, ["TEE-S@DC-1", "TEE-S@NOWHERE", "NONE@ATVPDKIKX0DER"])
    await rig.client.fetch(Kind.ORDER, ["112-0000000-0000000"])
    paths = {one.path.rpartition("/")[0] for one in rig.sent()}
    topics = {json.loads(post.body)["detail-type"] for post in rig.amazon.posts}
    assert (len(paths), len(topics)) == (8, 3)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"query": "includedData=BUYERS"}, "includedData"),
        ({"query": "verbose=true"}, "no parameter verbose"),
        ({"path": "/orders/2026-01-01/order/1"}, "no operation"),
        ({"status": 418}, "never answers 418"),
        ({"answer": b'{"order": {"orderId": "1"}}'}, "createdTime"),
        ({"status": 404, "answer": b'{"errors": [], "more": 1}'}, "more"),
        ({"body": b"{}"}, "a body, or none"),
    ],
)
def test_the_judge_can_tell(vendor: Contract, change: dict[str, Any], says: str) -> None:
    """A judge that lets everything pass would prove nothing."""
    good: dict[str, Any] = {
        "method": "GET",
        "path": "/orders/2026-01-01/orders/112-1234567-1234567",
        "query": "includedData=BUYER,PACKAGES",
        "body": b"",
        "status": 404,
        "answer": b'{"errors": [{"code": "NotFound", "message": "no"}]}',
    }
    vendor.judge(Exchange(**good))
    status = {"status": 200} if "answer" in change else {}
    with pytest.raises(Broken, match=says):
        vendor.judge(Exchange(**{**good, **status, **change}))


def test_the_budget_exceeds_no_plan_of_the_orders_operations(vendor: Contract) -> None:
    """Read out of the descriptions: getOrder's rate, and no burst that a plan does not have."""
    limits = registry.discover()["amazon"].limits
    plans = {}
    for path in ("/orders/2026-01-01/orders/1", "/orders/v0/orders/1/shipmentConfirmation"):
        method = "POST" if path.endswith("Confirmation") else "GET"
        rows = vendor.operation(method, path)[1]["description"].splitlines()
        rate, burst = next(row.strip("| ").split(" | ") for row in rows if row[2:3].isdigit())
        plans[path] = (float(rate), int(burst))
    assert limits.requests_per_s == min(rate for rate, _ in plans.values())
    assert limits.burst == min(burst for _, burst in plans.values())


def test_a_simulator_is_the_same_from_the_same_seed() -> None:
    """The demo's world comes out alike each time, and another seed makes another."""
    made: list[Sells] = [Simulator(WORLD, Clock(), seed=seed) for seed in (7, 7, 8)]
    ids = [list(_bought(one)) for one in made]
    assert ids[0] == ids[1] != ids[2]


def _bought(simulator: Sells) -> list[tuple[str, str]]:
    assert isinstance(simulator, Simulator)
    ids = [simulator.buy(PURCHASE) for _ in range(12)]
    by = [(id, simulator.seller.orders[id].by) for id in ids]
    assert {who for _, who in by} == {"AMAZON", "MERCHANT"}
    return by


def test_what_amazon_has_not_is_shipped_by_the_seller() -> None:
    """However long a demo runs, no stock goes below nothing."""
    simulator = Simulator(WORLD, Clock())
    for _ in range(600):
        simulator.buy(PURCHASE)
    assert min(one.fulfillable for one in simulator.seller.fba.values()) == 0
    assert {one.by for one in list(simulator.seller.orders.values())[-20:]} == {"MERCHANT"}
