"""Both sides of our wire against ShipBob's own files. Skipped where these are not to be had."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.sdk import registry
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.commands import CancelFulfillment, RequestFulfillment
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind, Record
from connectors.sdk.records.states import FulfillmentOrderStatus, ShipmentStatus, TrackingStatus
from connectors.shipbob import mapping, webhooks
from connectors.shipbob.mapping import Node
from connectors.shipbob.tests import contract
from connectors.shipbob.tests.conftest import Rig
from connectors.shipbob.tests.contract import Broken, Contract, Exchange

Ask = Callable[..., RequestFulfillment]
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def _file(*parts: str) -> Any:
    """Parse a file of the contracts, or skip."""
    file = contract.FOLDER.joinpath(*parts)
    if not file.exists():
        pytest.skip(contract.WHY_NOT)
    return parse_json(file.read_bytes())


async def test_a_whole_story_fits_the_contract(rig: Rig, vendor: Contract, ask: Ask) -> None:
    """Everything we send and everything the simulator answers, for each thing we can do."""
    await rig.client.check()
    asked = await rig.client.perform(ask())
    again = await rig.client.perform(ask())
    assert again.external_id == asked.external_id
    cancel = CancelFulfillment(key="c", fulfillment_order_id="100000001", reason="no")
    await rig.client.perform(replace(cancel, fulfillment_order_id=str(rig.order().id)))
    for _ in range(5):
        rig.shipbob.advance()
    rig.shipbob.warehouse.send_back(rig.shipbob.warehouse.orders[100000001].shipments[0])
    kinds = registry.discover()["shipbob"].reads
    for kind in kinds:
        since = await rig.checkpoint(kind)
        ids = [getattr(each, "external_id", "") for each in await rig.pull(kind, since)]
        await rig.client.fetch(kind, ids or ["1"])
    for exchange in rig.recorder.exchanges:
        vendor.judge(exchange)
    seen = {(each.method, each.path.split("/")[2]) for each in rig.recorder.exchanges}
    assert len(seen) == 9


def _exchange(posted: dict[str, Any] | None, **parts: Any) -> Exchange:
    """A request that was refused for want of a token, so that only the request counts."""
    whole = {
        "method": "POST",
        "path": "/2026-01/order",
        "query": "",
        "headers": {"shipbob_channel_id": "1"},
        "body": json.dumps(posted).encode() if posted else b"",
        "status": 401,
        "answer": b"",
        **parts,
    }
    return Exchange(**whole)


async def test_the_judge_is_not_asleep(rig: Rig, vendor: Contract, ask: Ask) -> None:
    """A property too many, one too few, a wrong parameter and a missing header are all found."""
    await rig.client.perform(ask())
    [sent] = rig.sent("POST")
    good = json.loads(sent.body)
    vendor.judge(_exchange(good))
    bad_product = {**good, "products": [{**good["products"][0], "colour": "red"}]}
    headless = _exchange(good, headers={})
    misspelled = _exchange(None, method="GET", query="Pages=1")
    too_many = _exchange(None, method="GET", query="Limit=251")
    no_such = _exchange(None, method="GET", path="/2026-01/orders")
    for broken in (
        _exchange({**good, "note": "hello"}),
        _exchange({name: good[name] for name in good if name != "type"}),
        _exchange(bad_product),
        headless,
        misspelled,
        too_many,
        no_such,
    ):
        with pytest.raises(Broken):
            vendor.judge(broken)


_EXAMPLES: dict[str, Callable[[Node], Iterable[Record]]] = {
    "get_2026-01.order__200": lambda raw: mapping.order(raw, NOW),
    "get_2026-01.order.orderId__200": lambda raw: mapping.order(raw, NOW),
    "post_2026-01.order__201": lambda raw: mapping.order(raw, NOW),
    "get_2026-01.shipment.shipmentId__200": lambda raw: [mapping.shipment(raw, NOW)],
    "get_2026-01.order.orderId.shipment__200": lambda raw: [mapping.shipment(raw, NOW)],
    "get_2026-01.location__200": lambda raw: [mapping.location(raw, NOW)],
    "get_2026-01.product__200": lambda raw: [mapping.product(raw, NOW)],
    "get_2026-01.inventory-level.locations__200": lambda raw: mapping.levels(raw, NOW),
    "get_2026-01.return__200": lambda raw: mapping.goods_back(raw, NOW, None),
    "get_2026-01.shipments-tracking__200": lambda raw: mapping.tracker(raw, NOW),
}


@pytest.mark.parametrize("name", sorted(_EXAMPLES))
def test_an_example_of_the_contract_is_read(name: str) -> None:
    """Each answer that we read, as ShipBob's file shows it, states at least one record."""
    body = _file("examples", "openapi", f"{name}.json")
    if isinstance(body, dict) and "items" in body:
        body = body["items"]
    for item in Node(body if isinstance(body, list) else [body]):
        assert [*_EXAMPLES[name](item)]


def test_the_example_of_a_cancellation_is_read() -> None:
    """Its order is an order, and its results are understood."""
    body = Node(_file("examples", "openapi", "post_2026-01.order.orderId.cancel__200.json"))
    assert not mapping.is_canceled(body["order"])
    assert body["canceled_shipment_results"]


def test_a_recorded_product_is_read() -> None:
    """The one payload that was recorded from ShipBob itself."""
    [raw] = Node(_file("examples", "recorded", "products_2_0.json"))
    product = mapping.product(raw, NOW)
    [variant] = product.variants
    assert (product.external_id, product.title, product.raw_status) == ("3216263", "test", "Active")
    assert (variant.external_id, variant.sku, variant.inventory_item_id, variant.weight_g) == (
        "15319517",
        "100",
        "8598495",
        None,
    )


def test_every_word_of_the_contract_is_known(vendor: Contract) -> None:
    """Only CleanSweeped is not: the contract has the word and nowhere its meaning."""
    orders = [
        word
        for word in vendor.enum("Orders.OrderStatus")
        if mapping.fulfillment_order(Node({"id": 1, "status": word}), NOW).status
        is FulfillmentOrderStatus.UNKNOWN
    ]
    shipments = [
        word
        for word in vendor.enum("Orders.OrderStatusEnum")
        if mapping.shipment(Node({"id": 1, "status": word}), NOW).status is ShipmentStatus.UNKNOWN
    ]
    assert (orders, shipments) == ([], ["CleanSweeped"])
    schema = vendor.spec["components"]["schemas"]["Tracking.ShipmentTrackingResponse"]
    for word in schema["properties"]["status"]["enum"]:
        raw = {"shipment_id": 1, "carrier": "UPS", "carrier_tracking_number": "1Z", "status": word}
        [tracker] = mapping.tracker(Node(raw), NOW)
        assert tracker.status is not TrackingStatus.UNKNOWN


def test_every_documented_topic_is_understood() -> None:
    """A topic of theirs is never malformed; of the older format there are none with a signature."""
    channels = _file("webhooks-asyncapi.json")["channels"]
    topics = [name for name in channels if not name.startswith("legacy.")]
    assert len(topics) == 23
    for topic in topics:
        delivery = RawDelivery(
            url="", headers={"x-webhook-topic": topic}, body=b'{"id": 1, "order_id": 2}'
        )
        webhooks.decode(delivery)
    declared = registry.discover()["shipbob"].webhooks
    assert declared is not None
    assert set(declared.topics) <= set(topics)


def test_the_golden_signature_is_genuine() -> None:
    """A signature that was computed by other hands."""
    file = contract.CONTRACTS / "webhook-signature-vectors.json"
    if not file.exists():
        pytest.skip(contract.WHY_NOT)
    [vector] = [each for each in json.loads(file.read_text()) if each["vendor"] == "shipbob"]
    headers = {
        "webhook-id": vector["webhook-id"],
        "webhook-timestamp": str(vector["webhook-timestamp"]),
        "webhook-signature": vector["signature"],
        "x-webhook-topic": "order.shipped",
    }
    delivery = RawDelivery(url="", headers=headers, body=vector["body"].encode())
    sent_at = datetime.fromtimestamp(vector["webhook-timestamp"], tz=UTC)
    verified = webhooks.verify(delivery, [vector["key"]], sent_at)
    assert (verified.id, verified.topic) == ("msg_1", "order.shipped")


def test_the_contract_is_the_version_we_speak(vendor: Contract) -> None:
    """The manifest, the paths and the file agree on the date."""
    assert vendor.spec["info"]["version"] == "2026-01"
    assert registry.discover()["shipbob"].api == "REST 2026-01"
    assert Kind.TRACKER in registry.discover()["shipbob"].reads
    assert Path(contract.FOLDER).name == "shipbob"
