"""Track Alert: what is pushed, and what proves it."""

import pytest

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Touched
from connectors.sdk.errors import Malformed, SignatureInvalid
from connectors.sdk.records import Kind, TrackerRecord
from connectors.ups.tests.conftest import HOME, HOOK, Rig, received

NUMBER = "1Z999AA10000000001"


async def test_every_scan_is_pushed_under_its_type(rig: Rig) -> None:
    """Label and way: each event is genuine, has an id of its own, the same when it comes again, and
    names the parcel, which is read then."""
    rig.simulator.accept(NUMBER, HOME)
    for _ in range(3):
        rig.later(hours=6)
        rig.simulator.advance()
    posts, secret = rig.simulator.posts, rig.simulator.settings["webhook_secret"]
    heard = [rig.client.verify(received(p), ["other", secret], rig.now) for p in [*posts, posts[0]]]
    assert ["M", "I", "I", "I", "M"] == [one.topic for one in heard]
    assert (4, heard[0].id) == (len({one.id for one in heard}), heard[-1].id)
    changes = [change for p in posts for change in rig.client.decode(received(p), rig.now)]
    assert [Touched(kind=Kind.TRACKER, external_id=NUMBER)] * 4 == changes
    (record,) = await rig.fetch(NUMBER)
    assert isinstance(record, TrackerRecord)
    assert 4 == len(record.events)


@pytest.mark.parametrize(
    "header", [None, "", "simulated-access-token", "bearer simulated-access-token", "Bearer other"]
)
async def test_another_token_is_refused(rig: Rig, header: str | None) -> None:
    """Only the very header that UPS sends: the token after "Bearer"."""
    headers = {} if header is None else {"authorization": header}
    delivery = RawDelivery(url=HOOK, headers=headers, body=b"{}")
    with pytest.raises(SignatureInvalid):
        rig.client.verify(delivery, [rig.simulator.settings["webhook_secret"]], rig.now)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"[]", "not an object"),
        (b'{"trackingNumber": "1Z9"}', "activityStatus"),
        (b'{"trackingNumber": "1Z9", "activityStatus": {"type": "Q"}}', "no such type: 'Q'"),
        (b'{"activityStatus": {"type": "D"}}', "trackingNumber"),
    ],
)
async def test_an_event_without_its_parts_is_malformed(rig: Rig, body: bytes, says: str) -> None:
    """It says which part, and the delivery is set aside."""
    with pytest.raises(Malformed, match=says):
        rig.client.decode(RawDelivery(url=HOOK, headers={}, body=body), rig.now)
