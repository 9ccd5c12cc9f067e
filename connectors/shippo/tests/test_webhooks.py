"""Webhooks: a token in the registered address proves who sends, and what is said is understood."""

import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Touched
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.records import Kind, ShipmentRecord, TrackerRecord
from connectors.sdk.records.states import ShipmentStatus, TrackingStatus
from connectors.shippo import webhooks
from connectors.shippo.tests.conftest import BUY, HOME, HOOK, Rig, received

SECRET = "aToken0fOurs"
EVENT = {"event": "batch_created", "test": True, "data": "batch 4a created"}


def delivery(url: str, event: Any = EVENT) -> RawDelivery:
    return RawDelivery(url=url, headers={}, body=json.dumps(event).encode())


def is_genuine(url: str, *secrets: str) -> bool:
    try:
        webhooks.verify(delivery(url), secrets or [SECRET])
    except SignatureInvalid:
        return False
    return True


# Who sends


@pytest.mark.parametrize(
    "url",
    [
        f"{HOOK}?token={SECRET}",
        f"{HOOK}?shop=us&token={SECRET}",
        f"{HOOK}?token={SECRET}#there",
        f"{HOOK}?token=%61Token0fOurs",
    ],
)
def test_the_token_is_taken_wherever_it_stands_in_the_query(url: str) -> None:
    """An address may say other things as well, in any spelling."""
    assert is_genuine(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        HOOK,
        f"{HOOK}?token=",
        f"{HOOK}?token",
        f"{HOOK}?Token={SECRET}",
        f"{HOOK}?secret={SECRET}",
        f"{HOOK}/{SECRET}",
        f"{HOOK}#token={SECRET}",
        f"{HOOK}?token={SECRET}&token={SECRET}",
        f"{HOOK}?token=another&token={SECRET}",
        f"{HOOK}?token={SECRET}%00",
        f"{HOOK}?token={SECRET}+",
        f"{HOOK}?token=%C3%A4",
        f"{HOOK}?token=%ff",
        f"https://user:{SECRET}@we.example/webhooks/shippo",
    ],
)
def test_an_address_that_was_not_registered_is_refused(url: str) -> None:
    """No token, an empty one, one elsewhere, or more than one."""
    assert not is_genuine(url)


def test_200_forged_tokens_are_refused() -> None:
    """One letter another, cut short, or longer: whatever is not the token is none."""
    luck = Random(1)
    for _ in range(200):
        place = luck.randrange(len(SECRET))
        other = luck.choice([one for one in "abc0123ABC-" if one != SECRET[place]])
        flipped = SECRET[:place] + other + SECRET[place + 1 :]
        for forged in (flipped, SECRET[:place], SECRET + luck.choice("ab0=-")):
            assert not is_genuine(f"{HOOK}?token={forged}"), forged


def test_either_of_two_tokens_will_do_and_no_token_none() -> None:
    """Two are valid in rotation; an empty setting proves nothing."""
    assert is_genuine(f"{HOOK}?token={SECRET}", "other", SECRET)
    assert is_genuine(f"{HOOK}?token=other", "other", SECRET)
    assert not is_genuine(f"{HOOK}?token=other", SECRET)
    for secrets in ([], [""], ["", ""]):
        with pytest.raises(SignatureInvalid):
            webhooks.verify(delivery(f"{HOOK}?token="), secrets)


def test_a_refusal_tells_no_token() -> None:
    """Neither ours nor the forged one is in the reason."""
    with pytest.raises(SignatureInvalid) as refused:
        webhooks.verify(delivery(f"{HOOK}?token=forged"), [SECRET])
    assert "the address's token does not match" == str(refused.value)


def test_what_is_sent_is_not_proven() -> None:
    """Nothing is signed, as the manifest says: whoever knows the token may say anything."""
    genuine = delivery(f"{HOOK}?token={SECRET}")
    other = replace(genuine, body=genuine.body.replace(b"4a", b"4b"))
    ids = [webhooks.verify(one, [SECRET]).id for one in (genuine, other)]
    assert 2 == len(set(ids))


async def test_every_post_is_genuine_and_is_known_when_it_comes_again(rig: Rig) -> None:
    """Shippo names no event: the same bytes are the same delivery, and no others are."""
    await rig.client.perform(BUY)
    for _ in range(3):
        rig.later(hours=6)
        rig.simulator.advance()
    posts, secret = rig.simulator.posts, rig.simulator.settings["webhook_secret"]
    named = [rig.client.verify(received(p), ["other", secret], rig.now) for p in [*posts, posts[0]]]
    assert ["transaction_created", *["track_updated"] * 3, "transaction_created"] == [
        one.topic for one in named
    ]
    assert (4, named[0]) == (len({one.id for one in named}), named[-1])


# What is said


async def test_a_scan_comes_whole_and_a_label_is_read_again(rig: Rig) -> None:
    """A transaction's price and carrier stand elsewhere, so that it is only named."""
    await rig.client.perform(BUY)
    rig.simulator.advance()
    (label,) = rig.simulator.labels
    touched, scan = [
        change
        for post in rig.simulator.posts
        for change in rig.client.decode(received(post), rig.now)
    ]
    assert Touched(kind=Kind.SHIPMENT, external_id=label["object_id"]) == touched
    assert isinstance(scan, TrackerRecord)
    assert [scan] == await rig.client.fetch(Kind.TRACKER, [scan.external_id])
    assert (label["object_id"], TrackingStatus.LABEL_CREATED) == (scan.shipment_id, scan.status)
    (read,) = await rig.client.fetch(Kind.SHIPMENT, [label["object_id"]])
    assert isinstance(read, ShipmentRecord)
    assert ShipmentStatus.LABEL_PURCHASED == read.status


async def test_a_parcel_labelled_elsewhere_is_told_of(rig: Rig) -> None:
    """It is in no list: webhooks and fetch are all there is of it."""
    rig.simulator.accept("9400111111111111111111", HOME)
    rig.simulator.advance()
    (scan,) = rig.client.decode(received(rig.simulator.posts[-1]), rig.now)
    assert isinstance(scan, TrackerRecord)
    assert ("usps/9400111111111111111111", None) == (scan.external_id, scan.shipment_id)


async def test_doubled_and_late_events_end_in_the_same_state(rig: Rig) -> None:
    """Taken in backwards and twice, by revision, deliveries give what a fetch gives."""
    rig.simulator.accept("94001", HOME)
    for _ in range(12):
        rig.later(hours=6)
        rig.simulator.advance()
    held: TrackerRecord | None = None
    for post in [*reversed(rig.simulator.posts), *rig.simulator.posts]:
        (change,) = rig.client.decode(received(post), rig.now)
        assert isinstance(change, TrackerRecord)
        if held is None or change.revised_at >= held.revised_at:
            held = change
    assert held
    assert TrackingStatus.DELIVERED == held.status
    assert [held] == await rig.client.fetch(Kind.TRACKER, [held.external_id])


TRANSACTION = {"event": "transaction_created", "data": {"object_id": "a1"}}
SAID = [Touched(kind=Kind.SHIPMENT, external_id="a1")]


@pytest.mark.parametrize(
    ("event", "subject", "is_test", "said"),
    [
        (True, None, False, []),
        (False, None, True, []),
        (None, True, False, []),
        (None, False, True, []),
        (True, None, True, SAID),
        (False, None, False, SAID),
        (None, None, False, SAID),
        (True, None, None, SAID),
        (False, True, False, SAID),
    ],
)
def test_a_delivery_of_the_other_mode_says_nothing(
    event: bool | None, subject: bool | None, is_test: bool | None, said: list[Touched]
) -> None:
    """A test label is no label to a live account: the event's word counts before its subject's.
    An old token does not say which mode it is of, and takes both."""
    data = {"object_id": "a1", "test": subject}
    body = {"event": "transaction_created", "test": event, "data": data}
    assert said == webhooks.decode(delivery(HOOK, body), is_test)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"data": {}}, "$.event: not a text"),
        ({"event": "track_updatet", "data": {}}, "$.event: no such event: 'track_updatet'"),
        ({"event": "all", "data": {}}, "$.event: no such event: 'all'"),
        ({"event": "track_updated"}, "$.data: not an object"),
        ({"event": "track_updated", "data": {"carrier": ""}}, "$.data.carrier: not a text"),
        ({"event": "transaction_created", "data": {}}, "$.data.object_id: not a text"),
        ({**TRANSACTION, "test": "yes"}, "$.test: not true or false"),
    ],
)
def test_what_breaks_the_contract_is_named(event: Any, reason: str) -> None:
    """It goes to quarantine, saying where it is wrong."""
    with pytest.raises(Malformed) as refused:
        webhooks.decode(delivery(HOOK, event), is_test=False)
    assert reason == str(refused.value)
