"""The same command again: after success, a lost answer, a lost request."""

from dataclasses import replace

import pytest

from connectors.karrio.running.live import Live, between, label, serial, shipment_of, web_page
from connectors.sdk.commands import VoidLabel
from connectors.sdk.errors import (
    Ambiguous,
    Unavailable,
)
from connectors.sdk.records import ShipmentRecord
from connectors.sdk.records.states import ShipmentStatus

pytestmark = pytest.mark.systems


async def test_the_same_key_again_gives_the_same_label(live: Live) -> None:
    """One shipment at karrio, the outcome twice."""
    command = label()
    first = await live.client.perform(command)
    again = await live.client.perform(command)
    assert (again.external_id, again.label) == (first.external_id, first.label)
    assert len(await live.bought(command.reference)) == 1


async def test_another_key_with_the_same_reference_is_another_label(live: Live) -> None:
    """A second parcel of an order is bought for the same reference."""
    first = label()
    second = replace(first, key=first.key + "-b")
    await live.client.perform(first)
    assert await live.client.look_up(second) is None
    await live.client.perform(second)
    assert len(await live.bought(first.reference)) == 2


async def test_a_reference_that_is_part_of_another_is_not_mistaken_for_it(live: Live) -> None:
    """karrio's reference filter finds GW-10 for GW-1."""
    longer = label()
    await live.client.perform(longer)
    shorter = replace(longer, reference=longer.reference[:-1], key=longer.key[:-1])
    assert await live.client.look_up(shorter) is None


async def test_a_key_with_blanks_around_it_is_found_again(live: Live) -> None:
    """karrio strips what it is asked for, not what it stores."""
    command = label(key=f" key-{next(serial)} ")
    first = await live.client.perform(command)
    again = await live.client.perform(command)
    assert again.external_id == first.external_id


async def test_a_lost_answer_is_looked_up_and_never_bought_twice(live: Live) -> None:
    """The purchase happened, the answer was cut off: ambiguous, found, and not repeated."""
    command = label()
    async with between(live) as line:
        client = live.opened(url=line.url)
        line.cut_after = ("POST", "/v1/shipments")
        with pytest.raises(Ambiguous):
            await client.perform(command)
        found = await client.look_up(command)
        again = await client.perform(command)
    (held,) = await live.bought(command.reference)
    assert found
    assert found.label
    assert found.label.id == again.external_id == held["id"]


async def test_a_lost_request_is_looked_up_and_bought_once(live: Live) -> None:
    """The request never arrived: ambiguous too, and the look-up says that nothing happened."""
    command = label()
    async with between(live) as line:
        client = live.opened(url=line.url)
        line.cut_before = ("POST", "/v1/shipments")
        with pytest.raises(Ambiguous):
            await client.perform(command)
        assert await client.look_up(command) is None
        assert await live.bought(command.reference) == []
        await client.perform(command)
    assert len(await live.bought(command.reference)) == 1


async def test_a_lost_tracker_does_not_lose_the_label(live: Live) -> None:
    """The label is bought when its tracker is read: the pull will bring it."""
    async with between(live) as line:
        line.broken = "/v1/trackers"
        outcome = await live.opened(url=line.url).perform(label())
    assert outcome.label
    assert [type(change) for change in outcome.changes] == [ShipmentRecord]


async def test_a_voided_labels_key_buys_nothing_new(live: Live) -> None:
    """What the key bought is still what it bought."""
    command = label()
    first = await live.client.perform(command)
    assert first.external_id
    await live.client.perform(VoidLabel(key="v", label_id=first.external_id))
    again = await live.client.perform(command)
    assert again.external_id == first.external_id
    assert shipment_of(again).status is ShipmentStatus.CANCELED
    assert len(await live.bought(command.reference)) == 1


async def test_an_unreadable_answer_to_a_purchase_is_ambiguous(live: Live) -> None:
    """A web page with 201: the label is bought, found again, and not bought twice."""
    command = label()
    async with between(live) as line:
        line.rewritten, line.rewrite = ("POST", "/v1/shipments"), web_page
        client = live.opened(url=line.url)
        with pytest.raises(Ambiguous):
            await client.perform(command)
        again = await client.perform(command)
    (held,) = await live.bought(command.reference)
    assert again.external_id == held["id"]


async def test_an_unreadable_answer_to_a_void_is_ambiguous(live: Live) -> None:
    """The label is void, and voiding it again says so."""
    bought = await live.client.perform(label())
    command = VoidLabel(key="v", label_id=bought.external_id or "")
    async with between(live) as line:
        line.rewritten, line.rewrite = ("POST", "/cancel"), web_page
        with pytest.raises(Ambiguous):
            await live.opened(url=line.url).perform(command)
    assert shipment_of(await live.client.perform(command)).status is ShipmentStatus.CANCELED


@pytest.mark.parametrize("asked", [("GET", "/v1/shipments"), ("POST", "/v1/proxy/rates")])
async def test_an_unreadable_answer_before_a_purchase_buys_nothing(
    live: Live, asked: tuple[str, str]
) -> None:
    """Known not to have happened: tried again later."""
    command = label(service=None)
    async with between(live) as line:
        line.rewritten, line.rewrite = asked, web_page
        with pytest.raises(Unavailable):
            await live.opened(url=line.url).perform(command)
    assert await live.bought(command.reference) == []
