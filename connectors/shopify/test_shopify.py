"""The pure half: samples, counters, errors, signatures, topics, the manifest."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.sdk import manifest
from connectors.sdk.capabilities import RawDelivery, Verified
from connectors.sdk.changes import Change
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    ConnectorError,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    SignatureInvalid,
    Throttled,
    Unavailable,
)
from connectors.sdk.http import Response, parse_json
from connectors.sdk.records import KIND_OF, LineCounters
from connectors.sdk.signatures import sha256_base64
from connectors.shopify import webhooks
from connectors.shopify.errors import TooCostly, data_of, raise_refusal
from connectors.shopify.mapping import catalog, orders, parts
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.mapping.counting import Moved, Ordered, counters
from connectors.shopify.requests.documents import operations
from connectors.shopify.requests.pulls import OVERLAP
from connectors.shopify.requests.writes import idempotency_key

FOLDER = Path(__file__).parent
SAMPLES = {
    path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "samples").glob("*.json"))
}
READ_AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
SECRET = "client secret"
MANIFEST = manifest.load(FOLDER / "manifest.toml")


def delivery(topic: str, body: bytes, **headers: str) -> RawDelivery:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawDelivery(
        url="https://we.example/hook", headers={"x-shopify-topic": topic, **named}, body=body
    )


def signed(topic: str = "orders/updated", body: bytes = b"{}", **headers: str) -> RawDelivery:
    signature = sha256_base64(SECRET.encode(), body)
    return delivery(topic, body, x_shopify_hmac_sha256=signature, **headers)


def mapped(sample: dict[str, Any]) -> list[Change]:
    """Map a sample as its kind is mapped."""
    given = parse_json(json.dumps(sample["given"]))
    match sample["kind"]:
        case "webhook":
            body = json.dumps(given["payload"]).encode()
            return webhooks.decode(delivery(given["topic"], body))
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


# Errors


def answered(status: int = 200, **body: Any) -> Response:
    return Response(status=status, headers={}, body=json.dumps(body).encode())


def failed(code: str | None, **more: Any) -> Response:
    extensions = {"extensions": {"code": code}} if code else {}
    return answered(errors=[{"message": "no", **extensions}], **more)


@pytest.mark.parametrize(
    ("response", "is_safe", "expected"),
    [
        (failed("ACCESS_DENIED"), True, Misconfigured),
        (failed("ACCESS_DENIED"), False, Misconfigured),
        (failed("SHOP_INACTIVE"), True, Misconfigured),
        (failed("THROTTLED"), False, Throttled),
        (failed("MAX_COST_EXCEEDED"), True, TooCostly),
        (failed("INTERNAL_SERVER_ERROR"), True, Unavailable),
        (failed("INTERNAL_SERVER_ERROR"), False, Ambiguous),
        (failed("undefinedField"), True, Malformed),
        (failed("argumentLiteralsIncompatible"), False, Rejected),
        (failed(None), False, Rejected),
        (failed(None, data={"order": {}}), True, Malformed),
        (answered(data=None), True, Malformed),
        (answered(data=None), False, Ambiguous),
        (answered(status=402), True, Misconfigured),
        (answered(status=404), True, Misconfigured),
        (answered(status=423), False, Misconfigured),
        (answered(status=430), True, Throttled),
        (answered(status=400), True, Malformed),
        (answered(status=400), False, Rejected),
        (Response(status=200, headers={}, body=b"<html>"), True, Malformed),
        (Response(status=200, headers={}, body=b"<html>"), False, Ambiguous),
        (Response(status=200, headers={}, body=b"[]"), True, Malformed),
        (answered(errors="[API] not what it was"), True, Malformed),
    ],
)
def test_an_answer_that_is_none_says_what_to_do_next(
    response: Response, *, is_safe: bool, expected: type[ConnectorError]
) -> None:
    """The exact kind of error, for reads and for writes."""
    with pytest.raises(ConnectorError) as caught:
        data_of(response, is_safe=is_safe)
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        ({"requestedQueryCost": 752, "throttleStatus": _STATUS}, expected)
        for _STATUS, expected in [
            ({"currentlyAvailable": 666, "restoreRate": 50.0}, 1.72),
            ({"currentlyAvailable": 900, "restoreRate": 50.0}, 0.0),
            ({"currentlyAvailable": 666, "restoreRate": 0}, None),
            ({}, None),
        ]
    ]
    + [({}, None)],
)
def test_a_throttled_request_says_for_how_long(cost: Any, expected: float | None) -> None:
    """(requested - available) / restore rate; None when it does not say."""
    response = failed("THROTTLED", extensions={"cost": cost})
    with pytest.raises(Throttled) as caught:
        data_of(response, is_safe=True)
    assert caught.value.retry_after_s == expected


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("CHANGE_FROM_QUANTITY_STALE", "", Conflict),
        ("NOT_FOUND", "", Missing),
        ("INVALID_LOCATION", "", Missing),
        ("IDEMPOTENCY_CONCURRENT_REQUEST", "", Unavailable),
        (None, "This request is currently in progress, please try again.", Unavailable),
        ("A_WORD_OF_TOMORROW", "", Rejected),
        (None, "Order cannot be refunded", Rejected),
    ],
)
def test_a_refusal_is_the_kind_its_code_says(
    code: str | None, message: str, expected: type[ConnectorError]
) -> None:
    """An unknown code is a refusal with Shopify's own word."""
    with pytest.raises(ConnectorError) as caught:
        raise_refusal([{"code": code, "message": message, "field": ["input", "amount"]}])
    assert type(caught.value) is expected
    if isinstance(caught.value, Rejected):
        assert (caught.value.code, caught.value.field) == (code or "USER_ERROR", "input.amount")


def test_no_refusal_is_none() -> None:
    """An empty list of errors is success."""
    raise_refusal([])


def test_a_key_is_always_the_same_uuid() -> None:
    """Shopify asks for UUIDs; the same key must be the same one, another another."""
    assert idempotency_key("a") == idempotency_key("a") != idempotency_key("b")
    assert len(idempotency_key("a")) == 36


# Webhooks


@pytest.mark.parametrize("secrets", [[SECRET], ["new", SECRET], [SECRET, "", "new"]])
def test_a_delivery_signed_with_any_secret_is_genuine(secrets: list[str]) -> None:
    """Two are valid while one is replaced by the other."""
    found = webhooks.verify(signed(x_shopify_event_id="e1"), secrets)
    assert found.topic == "orders/updated"


@pytest.mark.parametrize(
    "given",
    [
        delivery("orders/updated", b"{}"),
        delivery("orders/updated", b"{}", x_shopify_hmac_sha256=""),
        delivery("orders/updated", b"{}", x_shopify_hmac_sha256="c2hvcnQ="),
        dataclasses.replace(signed(), body=b'{"id": 1}'),
        delivery("orders/updated", b"{}", x_shopify_hmac_sha256=sha256_base64(b"other", b"{}")),
        delivery(
            "orders/updated",
            b"{}",
            x_shopify_hmac_sha256=sha256_base64(SECRET.encode(), b"{}")[:-1],
        ),
    ],
)
def test_a_delivery_of_somebody_else_is_refused(given: RawDelivery) -> None:
    """Missing, empty, short, cut, made with another secret, or over another body."""
    with pytest.raises(SignatureInvalid):
        webhooks.verify(given, [SECRET])


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_genuine(secrets: list[str]) -> None:
    """Deny by default: an empty secret signs nothing."""
    body = b"{}"
    given = delivery("orders/updated", body, x_shopify_hmac_sha256=sha256_base64(b"", body))
    with pytest.raises(SignatureInvalid):
        webhooks.verify(given, secrets)


def test_the_same_delivery_again_has_the_same_id_and_others_of_its_event_have_not() -> None:
    """Retries and second subscriptions repeat event, topic and body; other subjects do not."""
    first = signed(body=b'{"id":1}', x_shopify_event_id="e1", x_shopify_webhook_id="w1")
    second_subscription = signed(
        body=b'{"id":1}', x_shopify_event_id="e1", x_shopify_webhook_id="w2"
    )
    other_subject = signed(body=b'{"id":2}', x_shopify_event_id="e1")
    other_topic = signed("orders/paid", b'{"id":1}', x_shopify_event_id="e1")
    ids = [
        webhooks.verify(one, [SECRET]).id
        for one in (first, second_subscription, other_subject, other_topic)
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_without_an_event_the_delivery_itself_is_the_id() -> None:
    """X-Shopify-Webhook-Id stays the same over retries."""
    found = webhooks.verify(signed(x_shopify_webhook_id="w1"), [SECRET])
    assert found == Verified(id="w1", topic="orders/updated")


@pytest.mark.parametrize(
    "topic", ["", "orders", "orders/eaten", "ORDERS_UPDATED", "parcels/create"]
)
def test_a_topic_that_shopify_does_not_document_is_malformed(topic: str) -> None:
    """It is quarantined, not dropped."""
    with pytest.raises(Malformed):
        webhooks.decode(delivery(topic, b"{}"))


@pytest.mark.parametrize("topic", MANIFEST.webhooks.topics if MANIFEST.webhooks else ())
@pytest.mark.parametrize("body", [b"", b"nothing", b"[]", b"7", b'{"id": "x"}'])
def test_a_payload_of_another_shape_is_malformed_or_says_nothing(topic: str, body: bytes) -> None:
    """Never a crash, for any topic we ask for."""
    try:
        found = webhooks.decode(delivery(topic, body))
    except Malformed:
        return
    assert found == []


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
    }
