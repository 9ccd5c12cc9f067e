"""Acme, offline: what the kit cannot know of it.

The kit itself is put to it by ``gateway connector check``.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.sdk import errors, manifest
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.commands import CancelOrder
from connectors.sdk.http import Response
from connectors.sdk.records import Kind
from connectors.sdk.template import requests, webhooks
from connectors.sdk.template.errors import refusal
from connectors.sdk.values import LineQuantity

MANIFEST = manifest.load(Path(__file__).with_name("manifest.toml"))
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


def test_the_manifest_says_what_the_code_does() -> None:
    """Overlap and topics stand in both: the gateway reads one, the connector the other."""
    overlap = timedelta(seconds=MANIFEST.reads[Kind.ORDER].overlap_s)
    topics = MANIFEST.webhooks.topics if MANIFEST.webhooks else ()
    assert (requests.OVERLAP, webhooks.TOPICS) == (overlap, topics)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "not_found", errors.Missing),
        (404, None, errors.Misconfigured),
        (409, "order_shipped", errors.Conflict),
        (422, "a_new_code", errors.Rejected),
        (400, None, errors.Rejected),
    ],
)
def test_refusals_are_named_for_the_next_act(
    status: int, code: str | None, kind: type[errors.ConnectorError]
) -> None:
    """Each says what its caller must do. A body without a code is a proxy's."""
    body = json.dumps({"error": {"code": code}} if code else ["not", "ours"]).encode()
    assert kind is type(refusal(Response(status=status, headers={}, body=body)))


def test_an_id_that_is_no_number_is_not_asked_for() -> None:
    """The whole request would be refused for it."""
    ids = ["1001", "nobody", "", "²", "1002", "1001"]
    assert [["1001", "1002"]] == list(requests.batches(ids))


def test_many_ids_are_asked_for_in_batches() -> None:
    """As few requests as are allowed."""
    sizes = [len(batch) for batch in requests.batches([str(id) for id in range(101)])]
    assert [50, 50, 1] == sizes


def test_some_lines_cannot_be_canceled() -> None:
    """Refused before anything is sent: all of them would be canceled."""
    lines = (LineQuantity(line_id="104201", quantity=1),)
    with pytest.raises(errors.Unsupported) as refused:
        requests.cancel(CancelOrder(key="k", order_id="1042", lines=lines, reason="customer"))
    assert "lines" == refused.value.field


def test_a_foreign_checkpoint_is_refused() -> None:
    """What we did not write is not guessed at."""
    with pytest.raises(errors.Malformed):
        requests.start("page 7")


def test_a_signature_is_the_one_that_the_vendor_documents() -> None:
    """Of acme.example/docs/webhooks: here another hand than ours has signed."""
    body = b'{"id":"evt_1","topic":"order.updated","order_id":1042}'
    signature = "2137ac6593b3e5ca80859afb90436fa882d7ce0747cbc5471c9dad17de0f621b"
    headers = {webhooks.TIMESTAMP: "1772712000", webhooks.SIGNATURE: signature}
    delivery = RawDelivery(url="", headers=headers, body=body)
    verified = webhooks.verify(delivery, ["whsec-example"], NOW)
    assert ("evt_1", "order.updated") == (verified.id, verified.topic)
