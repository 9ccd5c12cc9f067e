"""The simulator: work goes on by itself, stock follows it, and webhooks tell of it."""

from collections.abc import Callable

import pytest

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Touched
from connectors.sdk.commands import RequestFulfillment
from connectors.sdk.errors import SignatureInvalid
from connectors.sdk.records import FulfillmentOrderRecord, Kind, ShipmentRecord
from connectors.sdk.records.states import FulfillmentOrderStatus, ShipmentStatus, Stage
from connectors.sdk.simulator import Post, Ships
from connectors.shipbob.simulator import Simulator
from connectors.shipbob.tests.conftest import WORLD, Clock, Rig

URL = "https://gateway.example/hooks/shipbob"
Ask = Callable[..., RequestFulfillment]


def _as_ships(simulator: Simulator) -> Ships:
    """What mypy checks: the simulator is one of those that fulfill by themselves."""
    return simulator


def _delivery(post: Post) -> RawDelivery:
    return RawDelivery(url=post.url, headers=post.headers, body=post.body)


async def test_work_goes_on_to_the_customers_door(rig: Rig, ask: Ask) -> None:
    """Accepted, picked, packed, shipped with a number, out for delivery, delivered."""
    asked = await rig.client.perform(ask())
    assert asked.external_id is not None
    seen = []
    for _ in range(6):
        [order, shipment] = await rig.client.fetch(Kind.FULFILLMENT_ORDER, [asked.external_id])
        assert isinstance(order, FulfillmentOrderRecord)
        assert isinstance(shipment, ShipmentRecord)
        seen.append((order.status, order.stage, shipment.status, len(shipment.tracking)))
        _as_ships(rig.shipbob).advance()
    working, closed = FulfillmentOrderStatus.IN_PROGRESS, FulfillmentOrderStatus.CLOSED
    assert seen == [
        (working, Stage.ACCEPTED, ShipmentStatus.PENDING, 0),
        (working, Stage.PICKED, ShipmentStatus.PENDING, 0),
        (working, Stage.PACKED, ShipmentStatus.PENDING, 0),
        (closed, Stage.SHIPPED, ShipmentStatus.SHIPPED, 1),
        (closed, Stage.SHIPPED, ShipmentStatus.SHIPPED, 1),
        (closed, Stage.SHIPPED, ShipmentStatus.DELIVERED, 1),
    ]


async def test_stock_is_committed_by_an_order_and_falls_when_it_leaves(rig: Rig) -> None:
    """On hand until the door, committed from the order on, and back with a return."""
    order = rig.order("TEE-M", 4)
    stock = rig.shipbob.warehouse.stock[8000002, 1]
    counts = []
    for _ in range(5):
        counts.append((stock.on_hand, stock.committed))
        rig.shipbob.advance()
    assert counts == [(10, 4), (10, 4), (10, 4), (6, 0), (6, 0)]
    rig.shipbob.warehouse.send_back(order.shipments[0])
    for _ in range(4):
        rig.shipbob.advance()
    assert (stock.on_hand, stock.committed) == (10, 0)


async def test_what_waits_for_stock_goes_on_once_there_is_some(rig: Rig) -> None:
    """Exception until the shelf is filled, then picked like any other."""
    order = rig.order("TEE-L", 2)
    [shipment] = order.shipments
    rig.shipbob.advance()
    assert (shipment.status, shipment.detail) == (
        "Exception",
        (303, "OutOfStock", "No Stock On Hand For Sku"),
    )
    rig.shipbob.warehouse.receive("TEE-L", 1, 2)
    rig.shipbob.advance()
    assert (shipment.status, shipment.step) == ("Processing", 0)
    rig.shipbob.advance()
    assert shipment.step == 1


async def test_what_is_on_hold_waits_until_it_is_released(rig: Rig) -> None:
    """Nothing is picked for an address that cannot be right."""
    order = rig.order()
    [shipment] = order.shipments
    rig.shipbob.warehouse.hold(shipment)
    rig.shipbob.advance()
    assert (shipment.status, shipment.step) == ("OnHold", 0)
    rig.shipbob.warehouse.release(shipment)
    rig.shipbob.advance()
    assert shipment.step == 1


async def test_every_step_that_counts_is_told(rig: Rig) -> None:
    """Webhooks in the order of events, each genuine to our connector, each read without error."""
    rig.shipbob.register(URL)
    order = rig.order()
    for _ in range(5):
        rig.shipbob.advance()
    goods_back = rig.shipbob.warehouse.send_back(order.shipments[0])
    for _ in range(3):
        rig.shipbob.advance()
    topics, decoded = [], []
    for post in rig.shipbob.posts:
        secret = rig.shipbob.settings["webhook_secret"]
        verified = rig.client.verify(_delivery(post), [secret], rig.clock.now)
        topics.append(verified.topic)
        decoded.append(rig.client.decode(_delivery(post), rig.clock.now))
    assert topics == [
        "order.shipped",
        "order.shipment.tracking.updated",
        "order.shipment.delivered",
        "return.created",
        "return.updated",
        "return.updated",
        "return.completed",
    ]
    again = Touched(kind=Kind.FULFILLMENT_ORDER, external_id=str(order.id))
    states = [each[0].status for each in decoded[:3] if isinstance(each[0], ShipmentRecord)]
    assert states == [ShipmentStatus.SHIPPED, ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED]
    assert [each[1:] for each in decoded[:3]] == [[again]] * 3
    assert decoded[3:] == [[Touched(kind=Kind.RETURN, external_id=str(goods_back.id))]] * 4
    assert len({post.headers["webhook-id"] for post in rig.shipbob.posts}) == 7


async def test_trouble_is_told_too(rig: Rig) -> None:
    """Out of stock, on hold, canceled."""
    rig.shipbob.register(URL)
    rig.order("TEE-L")
    held = rig.order()
    rig.shipbob.warehouse.hold(held.shipments[0])
    rig.shipbob.warehouse.cancel(held)
    assert [post.headers["x-webhook-topic"] for post in rig.shipbob.posts] == [
        "order.shipment.exception",
        "order.shipment.on_hold",
        "order.shipment.cancelled",
    ]


async def test_a_webhook_of_another_secret_is_refused(rig: Rig) -> None:
    """Signed by the library of the standard, checked by our own code: they agree on this too."""
    rig.shipbob.register(URL)
    rig.order("TEE-L")
    [post] = rig.shipbob.posts
    with pytest.raises(SignatureInvalid):
        rig.client.verify(_delivery(post), ["whsec_YW5vdGhlcg=="], rig.clock.now)


def test_nobody_is_told_before_anybody_asked() -> None:
    """Without a subscription there are no webhooks."""
    shipbob = Simulator(WORLD, Clock())
    shipbob.advance()
    assert shipbob.posts == []


async def test_every_answer_says_how_many_calls_are_left(rig: Rig) -> None:
    """The budget learns from X-Remaining-Calls."""
    rig.shipbob.calls_per_minute = 3
    left = []
    for _ in range(3):
        async with rig.session.get(
            rig.url + "/2026-01/location",
            headers={"authorization": f"Bearer {rig.shipbob.settings['token']}"},
        ) as answer:
            left.append(answer.headers["x-remaining-calls"])
    assert left == ["2", "1", "0"]
