"""Webhooks, really received."""

from dataclasses import replace

import pytest

from connectors.karrio import requests
from connectors.karrio.running.live import (
    NOON,
    Live,
    label,
    number,
    receiving,
    serial,
    shipment_of,
    tracker_of,
)
from connectors.sdk.commands import VoidLabel
from connectors.sdk.errors import (
    SignatureInvalid,
)
from connectors.sdk.records import ShipmentRecord, TrackerRecord
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from tests.shoppers import karrio as carrier

pytestmark = pytest.mark.systems


async def test_a_parcels_whole_life_is_told_by_webhooks(live: Live) -> None:
    """Bought, scanned, on the van, delivered: full records, and no delivery event of a shipment."""
    async with receiving(live) as hooks:
        bought = await live.client.perform(label())
        await carrier.deliver(live.url, live.token, number(bought), NOON)
        topics = [hooks.verified(each).topic for each in hooks.deliveries]
        changes = [change for each in hooks.deliveries for change in hooks.decoded(each)]
    assert topics[:2] == ["shipment_purchased", "tracker_created"]
    assert topics.count("tracker_updated") == 5
    assert topics.count("shipment_fulfilled") == 1
    assert topics.count("shipment_out_for_delivery") == 1
    assert not [topic for topic in topics if "delivered" in topic]
    trackers = [change for change in changes if isinstance(change, TrackerRecord)]
    assert [tracker.status for tracker in trackers] == [
        TrackingStatus.LABEL_CREATED,
        TrackingStatus.CARRIER_PICKED_UP,
        TrackingStatus.IN_TRANSIT,
        TrackingStatus.IN_TRANSIT,
        TrackingStatus.OUT_FOR_DELIVERY,
        TrackingStatus.DELIVERED,
    ]
    last = await live.tracker(bought)
    assert replace(trackers[-1], revised_at=last.revised_at) == last


async def test_a_purchase_is_announced_before_it_has_a_tracker(live: Live) -> None:
    """It is told from inside the transaction: number and label are there already."""
    async with receiving(live) as hooks:
        bought = await live.client.perform(label())
        (first, *_) = hooks.deliveries
        (told,) = hooks.decoded(first)
    assert isinstance(told, ShipmentRecord)
    assert replace(told, revised_at=shipment_of(bought).revised_at) == shipment_of(bought)


async def test_a_voided_label_is_told_with_its_tracker(live: Live) -> None:
    """One delivery, two changes."""
    bought = await live.client.perform(label())
    async with receiving(live) as hooks:
        await live.client.perform(VoidLabel(key="v", label_id=bought.external_id or ""))
        (told,) = hooks.deliveries
        shipment, tracker = hooks.decoded(told)
    assert isinstance(shipment, ShipmentRecord)
    assert shipment.status is ShipmentStatus.CANCELED
    assert isinstance(tracker, TrackerRecord)
    assert tracker.status is TrackingStatus.CANCELED
    assert tracker.external_id == tracker_of(bought).external_id


async def test_webhooks_are_unsigned_and_x_event_id_is_the_secret(live: Live) -> None:
    """The same for every event: no event has an id, and a body that was changed looks genuine."""
    async with receiving(live) as hooks:
        await live.client.perform(label())
        sent = [each.headers["x-event-id"] for each in hooks.deliveries]
        forged = replace(hooks.deliveries[0], headers={"x-event-id": "whsec_guessed"})
        changed = replace(hooks.deliveries[0], body=b'{"event":"order_created","data":{}}')
        assert sent == [hooks.secret] * 2
        with pytest.raises(SignatureInvalid):
            hooks.verified(forged)
        assert hooks.verified(changed).topic == "unreadable"


async def test_the_same_event_sent_twice_has_one_id(live: Live) -> None:
    """Two registrations, as while a secret is exchanged: two deliveries of each event."""
    async with receiving(live) as hooks:
        second = await carrier.register(live.url, live.token, hooks.url)
        await live.client.perform(label())
        secrets = [hooks.secret, second]
        ids = [live.client.verify(each, secrets, NOON).id for each in hooks.deliveries]
    assert (len(ids), len(set(ids))) == (4, 2)


async def test_karrio_gives_a_receiver_up_that_failed_six_times(live: Live) -> None:
    """It sends no more, for good, until somebody enables the webhook again."""
    async with receiving(live) as hooks:
        hooks.status = 500
        for _ in range(8):
            body = {"tracking_number": f"FL{next(serial)}", "carrier_name": "acme"}
            await live.call("POST", "/v1/trackers", body)
        (held,) = (await live.call("GET", "/v1/webhooks"))["results"]
        assert (len(hooks.deliveries), held["disabled"]) == (6, True)


async def test_a_karrio_order_is_of_no_interest(live: Live) -> None:
    """order_created is understood, and states nothing."""
    body = {
        "order_id": f"O-{next(serial)}",
        "source": "API",
        "shipping_to": requests.rates(label(), ()).json["recipient"],
        "line_items": [{"sku": "MUG", "quantity": 1, "weight": 0.3, "weight_unit": "KG"}],
    }
    async with receiving(live) as hooks:
        await live.call("POST", "/v1/orders", body)
        (told,) = hooks.deliveries
        assert hooks.verified(told).topic == "order_created"
        assert hooks.decoded(told) == []
