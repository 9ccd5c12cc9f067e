"""The pure half: samples, counters, refunds, what is malformed, the manifest."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.sdk import manifest
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.errors import Malformed
from connectors.sdk.http import parse_json
from connectors.sdk.records import KIND_OF, LineCounters
from connectors.shopify import webhooks
from connectors.shopify.mapping import catalog, orders, parts, payloads
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.mapping.counting import Moved, Ordered, counters
from connectors.shopify.requests.documents import operations
from connectors.shopify.requests.pulls import OVERLAP
from connectors.shopify.requests.writes import idempotency_key

FOLDER = Path(__file__).parent
SAMPLES = {
    path.relative_to(FOLDER / "samples").with_suffix("").as_posix(): json.loads(path.read_text())
    for path in sorted((FOLDER / "samples").rglob("*.json"))
}
READ_AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
MANIFEST = manifest.load(FOLDER / "manifest.toml")


def mapped(sample: dict[str, Any]) -> list[Change]:
    """Map a sample as its kind is mapped."""
    given = parse_json(json.dumps(sample["given"]))
    match sample["kind"]:
        case "webhook":
            body = json.dumps(given["payload"]).encode()
            headers = {webhooks.TOPIC: given["topic"]}
            return webhooks.decode(
                RawDelivery(url="https://we.example", headers=headers, body=body)
            )
        case "order":
            return orders.changes(Answer(given), READ_AT)
        case "product":
            return [catalog.product(Answer(given["product"]), given["currency"], READ_AT)]
        case "customer":
            return [catalog.customer(Answer(given), READ_AT)]
        case "location":
            return [catalog.location(Answer(given), READ_AT)]
        case "level":
            return [catalog.level(Answer(given), READ_AT)]
        case kind:
            raise AssertionError(f"no such kind of sample: {kind}")


def plain(value: Any) -> Any:
    """A change as plain JSON, without the facts that have their default value."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if not dataclasses.is_dataclass(value):
        return value
    stated = {
        one.name: plain(getattr(value, one.name))
        for one in dataclasses.fields(value)
        if one.default is dataclasses.MISSING or getattr(value, one.name) != one.default
    }
    is_change = type(value) in KIND_OF or type(value).__name__ in ("Touched", "Removed")
    return {"record": type(value).__name__, **stated} if is_change else stated


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_maps_as_it_says(name: str) -> None:
    """Every sample's payload gives exactly the changes it expects."""
    assert [plain(one) for one in mapped(SAMPLES[name])] == SAMPLES[name]["expect"]


def counted(ordered: int, current: int, *, is_canceled: bool = False, **units: int) -> LineCounters:
    """Counters of one line, from units by what happened to them."""
    moved = Moved()
    moved.shipped["a"], moved.delivered["a"] = units.get("shipped", 0), units.get("delivered", 0)
    moved.received["a"] = units.get("received", 0)
    for word in ("RETURN", "CANCEL", "NO_RESTOCK", "LEGACY_RESTOCK"):
        moved.refunded["a", word] = units.get(word, 0)
    line = Ordered(line_id="a", ordered=ordered, current=current, is_canceled=is_canceled)
    return counters(line, moved)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (counted(3, 3), LineCounters(ordered=3)),
        (counted(3, 1), LineCounters(ordered=3, canceled=2)),
        (counted(3, 2, CANCEL=1), LineCounters(ordered=3, canceled=1)),
        (counted(3, 1, CANCEL=1), LineCounters(ordered=3, canceled=2)),
        (counted(3, 2, shipped=3, NO_RESTOCK=1), LineCounters(ordered=3, fulfilled=3)),
        (counted(3, 2, NO_RESTOCK=1), LineCounters(ordered=3, canceled=1)),
        (
            counted(3, 0, shipped=1, NO_RESTOCK=3),
            LineCounters(ordered=3, canceled=2, fulfilled=1),
        ),
        (
            counted(3, 1, shipped=2, RETURN=1, CANCEL=1),
            LineCounters(ordered=3, canceled=1, fulfilled=2, returned=1),
        ),
        (
            counted(3, 2, shipped=3, RETURN=1, received=1),
            LineCounters(ordered=3, fulfilled=3, returned=1),
        ),
        (
            counted(3, 3, shipped=1, is_canceled=True),
            LineCounters(ordered=3, canceled=2, fulfilled=1),
        ),
        (
            counted(1, 1, shipped=2, delivered=2, received=2),
            LineCounters(ordered=1, fulfilled=1, delivered=1, returned=1),
        ),
    ],
)
def test_counters_add_up_whatever_refunds_say(found: LineCounters, expected: LineCounters) -> None:
    """``delivered <= fulfilled <= ordered - canceled`` holds throughout."""
    assert found == expected
    assert found.delivered <= found.fulfilled <= found.ordered - found.canceled


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["SUCCESS"], ("SUCCEEDED", 300)),
        (["PENDING"], ("PENDING", 300)),
        (["SUCCESS", "AWAITING_RESPONSE"], ("PENDING", 600)),
        (["FAILURE"], ("FAILED", 300)),
        (["ERROR", "FAILURE"], ("FAILED", 600)),
        (["FAILURE", "SUCCESS"], ("SUCCEEDED", 300)),
        (["UNKNOWN"], ("UNKNOWN", 300)),
    ],
)
def test_a_refund_is_what_its_payments_are(statuses: list[str], expected: tuple[str, int]) -> None:
    """A failed try counts only when there is nothing else."""
    amount = {"presentmentMoney": {"amount": "3.00", "currencyCode": "USD"}}
    payments = [{"status": one, "amountSet": amount, "parentTransaction": None} for one in statuses]
    stated = {
        "id": "gid://shopify/Refund/1",
        "refundLineItems": {"nodes": []},
        "transactions": {"nodes": payments},
    }
    [found] = parts.refund(Answer(stated), "gid://shopify/Order/1", READ_AT)
    assert (found.status.value, found.amount.minor) == expected


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        (None, (None, None)),
        ("Broken", ("Broken", None)),
        (parts.join_note("Broken", "key-1"), ("Broken", "key-1")),
        (parts.join_note("Two\nlines", "k 1"), ("Two\nlines", "k 1")),
        (parts.join_note("", "key-1"), (None, "key-1")),
        ("[ref: a] said the customer", ("[ref: a] said the customer", None)),
    ],
)
def test_a_refunds_note_keeps_our_key(
    note: str | None, expected: tuple[str | None, str | None]
) -> None:
    """At its end only; what people wrote stays what it was."""
    assert parts.split_note(note) == expected


@pytest.mark.parametrize(
    ("word", "expected"), [("paid", "open/PAID"), ("Layaway", "open/Layaway"), (None, "open")]
)
def test_a_webhooks_word_is_the_apis_unless_nobody_knows_it(
    word: str | None, expected: str
) -> None:
    """Both forms of one order say the same; a word that is not documented is kept as it came."""
    payload = SAMPLES["webhooks/new_order"]["given"]["payload"]
    found = payloads.order(Answer(payload | {"financial_status": word}))
    assert found.raw_status == expected


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "$.id: expected text, found NoneType"),
        ({"id": 7}, "$.id: expected text, found int"),
        ([], "$: expected an object, found list"),
        (
            {"id": "gid://shopify/Order/1", "returns": {"nodes": 7}},
            "$.returns.nodes: expected a list, found int",
        ),
    ],
)
def test_what_is_wrong_says_where(given: object, why: str) -> None:
    """A payload of another shape names the path and what it found."""
    with pytest.raises(Malformed) as caught:
        orders.changes(Answer(given), READ_AT)
    assert str(caught.value) == why


@pytest.mark.parametrize(
    "value", ["2026-10-01T12:00:00", "yesterday", 1790000000, "2026-13-01T00:00:00Z"]
)
def test_a_time_needs_its_zone(value: object) -> None:
    """Anything else is no time."""
    with pytest.raises(Malformed):
        _ = Answer({"at": value})["at"].time


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "ten", True, None, {}])
def test_an_amount_is_a_number(amount: object) -> None:
    """Anything else is no money."""
    stated = {"presentmentMoney": {"amount": amount, "currencyCode": "USD"}}
    with pytest.raises(Malformed):
        _ = Answer(stated).shown


def test_a_key_is_always_the_same_uuid() -> None:
    """Shopify asks for UUIDs; the same key must be the same one, another another."""
    assert idempotency_key("a") == idempotency_key("a") != idempotency_key("b")
    assert len(idempotency_key("a")) == 36


# The manifest


def test_the_manifest_declares_the_overlap_that_pulls_take() -> None:
    """Every incremental read says how far it looks back."""
    overlaps = {one.overlap_s for one in MANIFEST.reads.values() if one.incremental != "none"}
    assert overlaps == {OVERLAP.seconds}


def test_every_topic_asked_for_is_understood() -> None:
    """Understood and not asked for: disputes, which no record has, and what others say as well."""
    assert MANIFEST.webhooks
    asked = set(MANIFEST.webhooks.topics)
    assert asked - set(webhooks.TOPICS) == set()
    assert set(webhooks.TOPICS) - asked == {
        "disputes/create",
        "disputes/update",
        "fulfillment_holds/added",
        "fulfillment_holds/released",
    }


def test_every_operation_is_loaded_from_its_file() -> None:
    """Queries may be repeated, mutations may not."""
    unsafe = {one.name for one in operations().values() if not one.is_safe}
    assert unsafe == {
        "FulfillmentCreate",
        "FulfillmentDelivered",
        "InventorySet",
        "OrderCancel",
        "OrderEditBegin",
        "OrderEditCommit",
        "OrderEditSetQuantity",
        "OrderMarkSet",
        "RefundCreate",
        "ReturnCreate",
        "ReturnDispose",
    }
