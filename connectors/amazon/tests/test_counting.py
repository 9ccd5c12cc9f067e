"""set_inventory: the units at a place of ours are made what was said, or nothing is changed."""

from typing import Any

import pytest

from connectors.amazon.client.reader import require_answered
from connectors.amazon.client.writer import _raise_for
from connectors.amazon.reading import Node
from connectors.amazon.tests.conftest import Rig, told
from connectors.sdk.commands import SetInventory
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    ConnectorError,
    Misconfigured,
    Missing,
    Rejected,
    Throttled,
    Unavailable,
)
from connectors.sdk.records import LevelRecord

BATCH = "/inventories"


def _command(**parts: Any) -> SetInventory:
    whole = {
        "key": "count-1",
        "item_id": "TEE-S",
        "sku": "TEE-S",
        "location_id": "DC-1",
        "quantity": 7,
        **parts,
    }
    return SetInventory(**whole)


async def test_units_are_read_and_then_set(rig: Rig) -> None:
    """With the number after the last: Amazon applies only what is greater."""
    rig.amazon.seller.count("TEE-S", "DC-1", 900, 41)
    outcome = await rig.client.perform(_command(expected=900))
    fetch, update = (body["requests"] for body in told(rig, "POST", BATCH))
    assert isinstance(fetch, list)
    assert isinstance(update, list)
    assert fetch[0]["uri"] == "/inventory/fetch?locationId=DC-1&skuId=TEE-S"
    assert update[0]["body"] == {"quantity": 7, "clientSequenceNumber": 42}
    [level] = outcome.changes
    assert isinstance(level, LevelRecord)
    assert (level.external_id, level.quantities.on_hand) == ("TEE-S@DC-1", 7)


async def test_a_sequence_may_be_a_time(rig: Rig) -> None:
    """Others count in milliseconds; the next number is still the next."""
    rig.amazon.seller.count("TEE-S", "DC-1", 900, 1_767_225_600_000)
    await rig.client.perform(_command())
    held = rig.amazon.seller.counts["TEE-S", "DC-1"]
    assert (held.on_hand, held.sequence) == (7, 1_767_225_600_001)


async def test_units_that_are_so_already_are_left(rig: Rig) -> None:
    """Done again, or done by somebody: one request, and no update."""
    await rig.client.perform(_command())
    outcome = await rig.client.perform(_command(expected=1000))
    assert outcome.external_id == "TEE-S@DC-1"
    assert rig.amazon.seller.counts["TEE-S", "DC-1"].updates == [7]


async def test_other_units_than_expected_are_a_conflict(rig: Rig) -> None:
    """They were decided on when there were others: nothing is set."""
    with pytest.raises(Conflict):
        await rig.client.perform(_command(expected=999))
    assert rig.amazon.seller.counts["TEE-S", "DC-1"].updates == []


@pytest.mark.parametrize("theirs", [1, 9])
async def test_whoever_comes_between_is_not_overwritten(rig: Rig, theirs: int) -> None:
    """Their number is as great as ours, or greater: Amazon lets ours be, without an error."""
    seller, before = rig.amazon.seller, rig.recorder.before

    def once_more() -> None:
        before[BATCH] = lambda: seller.count("TEE-S", "DC-1", 500, theirs)

    before[BATCH] = once_more
    with pytest.raises(Conflict):
        await rig.client.perform(_command())
    assert (seller.counts["TEE-S", "DC-1"].on_hand, seller.counts["TEE-S", "DC-1"].updates) == (
        500,
        [500],
    )


async def test_the_one_location_says_which_channel(rig: Rig) -> None:
    """Every marketplace has a DEFAULT: it is the first one's that is meant."""
    await rig.client.perform(_command(location_id="DEFAULT"))
    _, update = (body["requests"] for body in told(rig, "POST", BATCH))
    assert isinstance(update, list)
    assert update[0]["body"]["marketplaceAttributes"] == {
        "marketplaceId": "ATVPDKIKX0DER",
        "channelName": "MFN",
    }


@pytest.mark.parametrize(
    ("parts", "field"),
    [({"location_id": "ATVPDKIKX0DER"}, "location_id"), ({"quantity": -1}, "quantity")],
)
async def test_what_is_not_ours_to_count_is_not_sent(
    rig: Rig, parts: dict[str, Any], field: str
) -> None:
    """Amazon counts its own warehouses."""
    with pytest.raises(Rejected) as refusal:
        await rig.client.perform(_command(**parts))
    assert (refusal.value.field, rig.sent()) == (field, [])


@pytest.mark.parametrize(
    ("parts", "code"),
    [({"item_id": "NONE"}, "INVALID_SKU"), ({"location_id": "MOON"}, "INVALID_LOCATION")],
)
async def test_what_amazon_does_not_know_is_missing(
    rig: Rig, parts: dict[str, Any], code: str
) -> None:
    """By Amazon's own word for it, and nothing is set."""
    with pytest.raises(Missing) as refusal:
        await rig.client.perform(_command(**parts))
    assert (refusal.value.code, len(rig.sent("POST", BATCH))) == (code, 1)


def _response(status: int) -> Node:
    return Node({"status": {"statusCode": status, "reasonPhrase": "why"}, "body": {}})


@pytest.mark.parametrize(
    ("status", "reading", "writing"),
    [
        (400, None, Rejected),
        (403, Misconfigured, Rejected),
        (409, None, Conflict),
        (429, Throttled, Throttled),
        (500, Unavailable, Ambiguous),
    ],
)
def test_a_refusal_inside_a_batch_is_what_it_is_on_its_own(
    status: int, reading: type[ConnectorError] | None, writing: type[ConnectorError]
) -> None:
    """207 says nothing: each of its answers has a status of its own."""
    with pytest.raises(writing):
        _raise_for(_response(status))
    if reading is None:
        assert not require_answered(_response(status))
    else:
        with pytest.raises(reading):
            require_answered(_response(status))
    assert require_answered(_response(200))
