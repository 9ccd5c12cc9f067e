"""What is pure of the ShipBob connector: payloads, deliveries, refusals, declarations."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sdk import registry
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.errors import Conflict, Malformed, Misconfigured, Rejected
from connectors.sdk.http import Http, Response, parse_json
from connectors.sdk.records import Record
from connectors.sdk.records.states import ShipmentStatus
from connectors.shipbob import CONNECTOR, checkpoints, errors, mapping, requests, webhooks
from connectors.shipbob.checkpoints import Mark
from connectors.shipbob.errors import Operation
from connectors.shipbob.mapping import Node

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))
READ_AT = datetime(2026, 1, 10, 12, tzinfo=UTC)

_MAPPERS: dict[str, Callable[[Node], Iterable[Record]]] = {
    "order": lambda raw: mapping.order(raw, READ_AT),
    "shipment": lambda raw: [mapping.shipment(raw, READ_AT)],
    "location": lambda raw: [mapping.location(raw, READ_AT)],
    "product": lambda raw: [mapping.product(raw, READ_AT)],
    "level": lambda raw: mapping.levels(raw, READ_AT),
    "return": lambda raw: mapping.goods_back(raw, READ_AT, "fo-77"),
    "tracker": lambda raw: mapping.tracker(raw, READ_AT),
}


def states(sample: dict[str, Any]) -> list[dict[str, Any]]:
    """What a sample's payload states, as plain dicts without defaults."""
    payload = sample["given"]
    if sample["kind"] == "webhook":
        body = json.dumps(payload["body"]).encode()
        headers = {"x-webhook-topic": payload["topic"]}
        found: Iterable[Any] = webhooks.decode(RawDelivery(url="", headers=headers, body=body))
    else:
        found = _MAPPERS[sample["kind"]](Node(parse_json(json.dumps(payload))))
    return [{"record": type(each).__name__, **_plain(each)} for each in found]


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: _plain(getattr(value, each.name))
            for each in fields(value)
            if each.default is MISSING or getattr(value, each.name) != each.default
        }
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.value if isinstance(value, Enum) else value


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_a_sample_states_what_it_says(file: Path) -> None:
    """Our own payloads, with what each of them means."""
    sample = json.loads(file.read_text())
    assert states(sample) == sample["expect"]


def test_the_manifest_promises_the_overlap_that_is_read() -> None:
    """What the gateway is told of a pull is what the requests do."""
    reads = registry.discover()["shipbob"].reads.values()
    overlaps = {each.overlap_s for each in reads if each.incremental != "none"}
    assert overlaps == {requests.OVERLAP.total_seconds()}


def test_the_budget_never_exceeds_shipbobs_in_any_minute() -> None:
    """A full burst and a minute of the rate are the 150 calls that ShipBob allows."""
    limits = registry.discover()["shipbob"].limits
    assert limits.burst + 60 * limits.requests_per_s == 150


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("url", ""),
        ("token", ""),
        ("channel_id", ""),
        ("channel_id", "main"),
        ("webhook_secret", "hush"),
        ("webhook_secret", "whsec_"),
        ("webhook_secret", "whsec_not base64!"),
    ],
)
async def test_a_setting_that_cannot_be_right_is_named(setting: str, value: str) -> None:
    """Before anything is sent."""
    known = {"url": "http://127.0.0.1:9", "token": "t", "channel_id": "7", setting: value}
    async with ClientSession() as session:
        with pytest.raises(Misconfigured, match=f"^{setting}:"):
            CONNECTOR.open(known, Http(session, "http://127.0.0.1:9"))


def _answer(status: int, body: object) -> Response:
    return Response(status=status, headers={}, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("operation", "status", "body", "expected"),
    [
        (
            Operation.CREATE,
            422,
            {"": ["Cannot insert order with existing ReferenceId"]},
            (Conflict, "duplicate_reference", None),
        ),
        (Operation.CREATE, 422, {"Type": ["is wrong"]}, (Rejected, "unprocessable", "Type")),
        (Operation.CREATE, 400, {"errors": ["no"]}, (Rejected, "bad_request", None)),
        (Operation.CANCEL, 422, {"": ["too late"]}, (Conflict, "not_cancellable", None)),
        (Operation.READ, 422, {"detail": "no"}, (Rejected, "unprocessable", None)),
        (Operation.READ, 418, "a teapot", (Rejected, "http_418", None)),
    ],
)
def test_a_refusal_is_what_the_table_says(
    operation: Operation, status: int, body: object, expected: tuple[type, str, str | None]
) -> None:
    """The same status means different things to different requests."""
    with pytest.raises(Rejected) as caught:
        errors.raise_for(operation, _answer(status, body))
    refusal = caught.value
    assert (type(refusal), refusal.code, refusal.field) == expected


def test_a_success_is_no_refusal() -> None:
    """Nothing is raised below 400."""
    for status in (200, 201, 204):
        errors.raise_for(Operation.CREATE, _answer(status, None))


def test_an_error_repeats_nothing_of_a_person() -> None:
    """ShipBob quotes what it refuses; what was sent, addresses and numbers are left out."""
    reason = (
        "Address1 '12 Juniper Way' of ADA LIND is invalid, ask ada@shopper.example, 775 555 0142"
    )
    with pytest.raises(Rejected) as caught:
        errors.raise_for(
            Operation.CREATE,
            _answer(400, {"Recipient": [reason]}),
            ("Ada Lind", "12 Juniper Way"),
        )
    assert str(caught.value) == "Address1 '…' of … is invalid, ask … …"


def test_an_answer_without_a_reason_still_says_its_status() -> None:
    """An empty body is refused like any other."""
    with pytest.raises(Rejected, match="HTTP 404 without a reason"):
        errors.raise_for(Operation.READ, Response(status=404, headers={}, body=b""))


def test_a_checkpoint_reads_as_it_was_written() -> None:
    """The text that the gateway keeps is all there is of it."""
    for mark in (
        Mark(),
        Mark(since=READ_AT),
        Mark(since=READ_AT, began=READ_AT, step=1, query=(("Page", "3"), ("Limit", "250"))),
    ):
        assert checkpoints.read(checkpoints.write(mark)) == mark
    assert checkpoints.read(None) == Mark()


def test_a_link_back_to_its_own_page_is_malformed() -> None:
    """A list that never ends is ShipBob's fault, and not an endless loop of ours."""
    request = requests.products()
    body = {"items": [], "next": "/2026-01/product?PageSize=250"}
    with pytest.raises(Malformed, match="next"):
        requests.listing(request, _answer(200, body))


def test_a_short_page_is_the_last_one_where_no_header_says() -> None:
    """Without Total-Pages only a full page has another after it."""
    request = requests.orders("7")
    full = requests.listing(request, _answer(200, [{"id": 1}] * 250))
    assert full.following is not None
    assert dict(full.following.query)["Page"] == "2"
    assert requests.listing(request, _answer(200, [{"id": 1}] * 249)).following is None
    assert requests.listing(request, _answer(200, [])).following is None


@pytest.mark.parametrize(
    ("kind", "payload", "where"),
    [
        ("order", {"id": 1, "created_date": "9999-12-31T23:59:59-14:00"}, "$.created_date"),
        ("order", {"id": 1, "created_date": "soon"}, "$.created_date"),
        ("order", {"id": True}, "$.id"),
        ("order", {"id": 1, "shipments": {}}, "$.shipments"),
        ("shipment", {"id": 1, "invoice_amount": Decimal("1e999999")}, "$.invoice_amount"),
        ("shipment", {"id": 1, "tracking": "1Z"}, "$.tracking"),
        ("product", {"id": 1, "variants": [{"id": 2, "weight": {"weight": "5"}}]}, "$.variants[0]"),
        ("location", {"id": 1, "is_active": "yes"}, "$.is_active"),
        ("level", {"inventory_id": 1, "locations": [{"location_id": 2}]}, "$.locations[0]"),
        ("return", {"id": None}, "$.id"),
        ("tracker", [], "$: expected an object"),
    ],
)
def test_what_is_broken_is_said_with_its_place(kind: str, payload: object, where: str) -> None:
    """The path and the kind of thing, never the value: it may be a person's."""
    with pytest.raises(Malformed) as caught:
        list(_MAPPERS[kind](Node(payload)))
    assert str(caught.value).startswith(where)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", Decimal("1e999999")]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("id"), inner),
    max_leaves=5,
)


def _paths(value: Any) -> Iterator[tuple[str | int, ...]]:
    """Every place in a payload."""
    yield ()
    if not isinstance(value, dict | list):
        return
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from ((key, *path) for path in _paths(inner))


def _with(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    """A payload with something else at one place."""
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(copy[path[0]], path[1:], new)
    return copy


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_whatever_comes_is_read_or_malformed(data: st.DataObject) -> None:
    """Anything at all in any place of a payload is understood, or said to be broken."""
    sample = parse_json(data.draw(st.sampled_from(SAMPLES)).read_bytes())
    kind = sample["kind"] if sample["kind"] in _MAPPERS else "shipment"
    raw = sample["given"] if sample["kind"] in _MAPPERS else sample["given"]["body"]
    broken = _with(raw, data.draw(st.sampled_from(list(_paths(raw)))), data.draw(_JSON))
    try:
        assert all(record.external_id for record in _MAPPERS[kind](Node(broken)))
    except Malformed as error:
        assert str(error).startswith("$")


def test_a_label_is_not_yet_a_departure() -> None:
    """Still in the building, though ShipBob's date of fulfillment is set with the label."""
    raw = {
        "id": 1,
        "status": "Processing",
        "status_details": [{"name": "Labeled"}],
        "actual_fulfillment_date": "2026-01-05T10:00:00Z",
    }
    shipment = mapping.shipment(Node(raw), READ_AT)
    assert (shipment.status, shipment.shipped_at) == (ShipmentStatus.LABEL_PURCHASED, None)


@pytest.mark.parametrize(
    ("word", "shipments", "expected"),
    [
        ("ImportReview", None, ("ON_HOLD", "SUBMITTED", "NEW")),
        ("Processing", ["None"], ("IN_PROGRESS", "ACCEPTED", "ACCEPTED")),
        ("Processing", ["OnHold"], ("ON_HOLD", "ACCEPTED", "ACCEPTED")),
        ("Processing", ["OnHold", "Processing"], ("IN_PROGRESS", "ACCEPTED", "ACCEPTED")),
        ("Processing", ["LabeledCreated"], ("IN_PROGRESS", "ACCEPTED", "PACKED")),
        ("Exception", ["Exception", "Processing"], ("ON_HOLD", "ACCEPTED", "ACCEPTED")),
        ("PartiallyFulfilled", ["Completed", "None"], ("IN_PROGRESS", "ACCEPTED", "ACCEPTED")),
        ("PartiallyFulfilled", ["Completed", "Cancelled"], ("INCOMPLETE", "CLOSED", "SHIPPED")),
        ("PartiallyFulfilled", [], ("IN_PROGRESS", "ACCEPTED", "NEW")),
        ("Fulfilled", ["Completed", "Cancelled"], ("CLOSED", "CLOSED", "SHIPPED")),
        ("Cancelled", ["Cancelled"], ("CANCELED", "CANCELLATION_ACCEPTED", "NEW")),
        ("Hibernating", [], ("UNKNOWN", "SUBMITTED", "NEW")),
    ],
)
def test_an_orders_state_is_read_with_its_shipments(
    word: str, shipments: list[str] | None, expected: tuple[str, str, str]
) -> None:
    """The table of states, and the slowest live shipment for the stage."""
    each = [{"id": 1, "status": one} for one in shipments] if shipments is not None else None
    order = mapping.fulfillment_order(Node({"id": 1, "status": word, "shipments": each}), READ_AT)
    assert (order.status, order.request_status, order.stage) == expected


@pytest.mark.parametrize(
    ("left", "canceled", "status"),
    [
        ([{"id": 9, "quantity": 4}], [{"id": 9, "quantity": 4}], "CLOSED"),
        ([{"id": 9, "quantity": 3}], [{"id": 9, "quantity": 1}], "INCOMPLETE"),
        (None, [{"id": 9, "quantity": 1}], "CLOSED"),
    ],
)
def test_fulfilled_is_believed_unless_units_are_missing(
    left: object, canceled: object, status: str
) -> None:
    """A canceled shipment may have been replaced, or not; units not stated prove nothing."""
    raw = {
        "id": 1,
        "status": "Fulfilled",
        "products": [{"id": 5, "quantity": 4}],
        "shipments": [
            {"id": 2, "status": "Completed", "products": [{"id": 5, "inventory_items": left}]},
            {"id": 3, "status": "Cancelled", "products": [{"id": 5, "inventory_items": canceled}]},
        ],
    }
    assert mapping.fulfillment_order(Node(raw), READ_AT).status == status
