"""The pure half: samples, the rules for measured goods, webhooks, errors, keys, the manifest."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.sdk import manifest
from connectors.sdk.capabilities import RawDelivery, Verified
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
from connectors.sdk.http import Request, Response
from connectors.sdk.records import OrderRecord, ReturnRecord
from connectors.sdk.values import LineQuantity
from connectors.square import errors, webhooks
from connectors.square.kit import KIT
from connectors.square.mapping import (
    inventory,
    orders,
    payments,
    returns,
)
from connectors.square.reading import Node
from connectors.square.requests import writes
from connectors.square.requests.checkpoint import OVERLAP_S, load

FOLDER = Path(__file__).parent
SAMPLES = {
    path.relative_to(FOLDER / "samples").with_suffix("").as_posix(): json.loads(path.read_text())
    for path in sorted((FOLDER / "samples").rglob("*.json"))
}
AS_OF = datetime(2026, 3, 3, tzinfo=UTC)
URL = "https://we.example/webhooks/square"


def delivered(body: bytes, signature: str = "") -> RawDelivery:
    return RawDelivery(url=URL, headers={webhooks.HEADER: signature}, body=body)


def plain(value: Any) -> Any:
    """Return a change as JSON would have it, without what has its default value."""
    if dataclasses.is_dataclass(value):
        stated = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
        defaults = {one.name: one.default for one in dataclasses.fields(value)}
        return {key: plain(one) for key, one in stated.items() if one != defaults[key]}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return msgspec.to_builtins(value)


def sold(*, quantity: str, **more: Any) -> dict[str, Any]:
    """A completed order of one line."""
    price = {"amount": 100, "currency": "USD"}
    line = {"uid": "l1", "quantity": quantity, "base_price_money": price, "total_money": price}
    return {
        "id": "ord-1",
        "location_id": "L-1",
        "state": "COMPLETED",
        "line_items": [line],
        "total_money": price,
        **more,
    }


def taken_back(quantity: str, *, measured: bool = True) -> Node:
    """A return order of one line of ``ord-1``."""
    line: dict[str, Any] = {"uid": "r1", "source_line_item_uid": "l1", "quantity": quantity}
    if measured:
        line["quantity_unit"] = {"measurement_unit": {"weight_unit": "IMPERIAL_POUND"}}
    back = {"uid": "b", "source_order_id": "ord-1", "return_line_items": [line]}
    return Node.of({"id": "ord-2", "state": "COMPLETED", "returns": [back]}, "order")


@pytest.mark.parametrize("name", SAMPLES)
async def test_a_sample_maps_to_what_it_says(name: str) -> None:
    """Each sample's given gives exactly its expect."""
    sample = SAMPLES[name]
    found = [{"record": type(one).__name__, **plain(one)} for one in KIT.read(sample)]
    assert sample["expect"] == found


async def test_a_measured_piece_returned_whole_is_one_unit() -> None:
    """The sale says that 1.500 was all of it."""
    sale = Node.of(sold(quantity="1.500"), "sale")
    back = taken_back("1.5")
    assert {"ord-1"} == returns.needed(back)
    [record] = orders.changes(back, {"ord-1": sale}, AS_OF)
    assert isinstance(record, ReturnRecord)
    assert (LineQuantity(line_id="l1", quantity=1),) == record.lines


@pytest.mark.parametrize("part", ["0.5", "1"])
async def test_part_of_a_measured_piece_is_never_rounded(part: str) -> None:
    """A pound of a piece of a pound and a half is no number of units."""
    sale = Node.of(sold(quantity="1.500"), "sale")
    back = taken_back(part)
    assert {"ord-1"} == returns.needed(back)
    with pytest.raises(Malformed, match=r"of 1\.500 is a fraction of a unit"):
        orders.changes(back, {"ord-1": sale}, AS_OF)


async def test_whole_units_of_plain_goods_need_no_look_at_the_sale() -> None:
    """Nothing was measured: two are two."""
    back = taken_back("2", measured=False)
    assert set() == returns.needed(back)
    [record] = orders.changes(back, {}, AS_OF)
    assert isinstance(record, ReturnRecord)
    assert (LineQuantity(line_id="l1", quantity=2),) == record.lines


async def test_a_fraction_returned_of_an_unseen_sale_is_malformed() -> None:
    """Without the sale nobody can tell whether the piece came back whole."""
    with pytest.raises(Malformed, match="of a line we cannot see"):
        orders.changes(taken_back("0.250"), {}, AS_OF)


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ({"id": None}, "order.id: absent"),
        ({"location_id": 7}, "order.location_id: not a text but int"),
        ({"total_money": {"amount": "5", "currency": "USD"}}, "order.total_money.amount: not an"),
        ({"total_money": {"currency": "USD"}}, "order.total_money.amount: absent"),
        ({"line_items": {}}, "order.line_items: not a list but dict"),
        ({"line_items": ["l1"]}, r"order.line_items\[0\]: not an object but str"),
        ({"line_items": [{"uid": "l1", "quantity": "many"}]}, "quantity: not a number: 'many'"),
        ({"line_items": [{"uid": "l1", "quantity": "NaN"}]}, "quantity: not a number: 'NaN'"),
        ({"line_items": [{"uid": "l1", "quantity": "-1"}]}, "quantity: negative: -1"),
        ({"line_items": [{"quantity": "1"}]}, r"order.line_items\[0\].uid: absent"),
        ({"created_at": "yesterday"}, "order.created_at: not a time: 'yesterday'"),
        ({"created_at": "2026-03-02T10:00:00"}, "order.created_at: a time without an offset"),
    ],
)
async def test_a_broken_order_says_where(broken: dict[str, Any], place: str) -> None:
    """Malformed names the JSON path."""
    node = Node.of({**sold(quantity="1"), **broken}, "order")
    with pytest.raises(Malformed, match=place):
        orders.changes(node, {}, AS_OF)


@pytest.mark.parametrize(
    ("fulfillment", "place"),
    [
        ({"entries": [{"line_item_uid": "zz", "quantity": "1"}]}, "line_item_uid: no such line"),
        ({"entries": [{"line_item_uid": "l1", "quantity": "2"}]}, "2 of 1 units fulfilled"),
        ({"entries": [{"line_item_uid": "l1", "quantity": "0.5"}]}, "is a fraction of a unit"),
    ],
)
async def test_a_fulfillment_beyond_its_order_is_malformed(
    fulfillment: dict[str, Any], place: str
) -> None:
    """Counters keep their order: fulfilled never exceeds ordered."""
    full = {"uid": "f", "type": "SHIPMENT", "state": "COMPLETED", **fulfillment}
    node = Node.of({**sold(quantity="1"), "fulfillments": [full]}, "order")
    with pytest.raises(Malformed, match=place):
        orders.changes(node, {}, AS_OF)


async def test_tax_of_both_kinds_still_adds_up() -> None:
    """Included tax stays within the prices, added tax is stated, and the sum is the total."""
    taxes = [
        {"type": "INCLUSIVE", "applied_money": {"amount": 9, "currency": "USD"}},
        {"type": "ADDITIVE", "applied_money": {"amount": 8, "currency": "USD"}},
    ]
    both = {"amount": 17, "currency": "USD"}
    order = sold(quantity="1", taxes=taxes, total_tax_money=both)
    order["total_money"] = {"amount": 108, "currency": "USD"}
    [record] = orders.changes(Node.of(order, "order"), {}, AS_OF)
    assert isinstance(record, OrderRecord)
    found = record.totals
    assert (100, 8, 108, False) == (
        found.subtotal.minor,
        found.tax.minor,
        found.total.minor,
        found.tax_included,
    )


@pytest.mark.parametrize(
    ("fulfillments", "tenders", "status"),
    [
        ([], [], "PENDING"),
        ([], [{"id": "p", "amount_money": {"amount": 100, "currency": "USD"}}], "CONFIRMED"),
        (["PROPOSED", "PROPOSED"], [], "PENDING"),
        (["PROPOSED", "RESERVED"], [], "CONFIRMED"),
        (["COMPLETED"], [], "CONFIRMED"),
    ],
)
async def test_an_open_order_is_pending_until_accepted_or_paid(
    fulfillments: list[str], tenders: list[dict[str, Any]], status: str
) -> None:
    """PROPOSED is not accepted; without fulfillments it is payment that counts."""
    made = [
        {"uid": f"f{i}", "type": "PICKUP", "state": state, "line_item_application": "ENTRY_LIST"}
        for i, state in enumerate(fulfillments)
    ]
    order = sold(quantity="1", fulfillments=made, tenders=tenders) | {"state": "OPEN"}
    [record, *_] = orders.changes(Node.of(order, "order"), {}, AS_OF)
    assert isinstance(record, OrderRecord)
    assert status == record.status


async def test_a_refund_belongs_to_the_sale_not_to_the_return_order() -> None:
    """order_id names the return; its source, or the payment's order, is what was refunded."""
    sale = Node.of(sold(quantity="1", tenders=[{"id": "pay-1"}]), "sale")
    known = {"ord-1": sale, "ord-2": taken_back("1")}
    of_return = Node.of({"order_id": "ord-2", "payment_id": "pay-1"}, "refund")
    of_sale = Node.of({"order_id": "ord-1", "payment_id": "pay-1"}, "refund")
    elsewhere = Node.of({"order_id": "ord-1", "payment_id": "pay-9"}, "refund")
    unlinked = Node.of({}, "refund")
    found = [payments.sale_of(one, known) for one in (of_return, of_sale, elsewhere, unlinked)]
    assert ["ord-1", "ord-1", None, None] == found


async def test_a_fractional_count_is_unreadable_and_the_rest_is_read() -> None:
    """A level of 1.5 is not rounded, and not shown as something else."""
    states = [("VAR-1", "1.5"), ("VAR-2", "2")]
    counts = [
        {
            "catalog_object_id": item,
            "location_id": "L",
            "state": "IN_STOCK",
            "quantity": quantity,
            "calculated_at": "2026-03-01T10:00:00Z",
        }
        for item, quantity in states
    ]
    wanted = [("VAR-1", "L"), ("VAR-2", "L"), ("VAR-3", "L")]
    found = inventory.levels([Node.of(one, "count") for one in counts], wanted)
    assert ["Unreadable", "LevelRecord", "Removed"] == [type(one).__name__ for one in found]
    assert ["VAR-1@L", "VAR-2@L", "VAR-3@L"] == [one.external_id for one in found]


# Webhooks ----------------------------------------------------------------------------------------


async def test_a_signed_delivery_is_verified_under_either_secret() -> None:
    """During a rotation two keys are valid."""
    body = b'{"type":"order.updated","event_id":"e-1"}'
    delivery = delivered(body, webhooks.sign("new", URL, body))
    found = webhooks.verify(delivery, ["old", "new"], AS_OF)
    assert Verified(id="e-1", topic="order.updated") == found


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "nonsense",
        webhooks.sign("other", URL, b"{}"),
        webhooks.sign("key", "https://elsewhere.example", b"{}"),
        webhooks.sign("key", URL, b"{ }"),
        webhooks.sign("key", URL, b"{}")[:-1],
    ],
)
async def test_a_forged_delivery_is_refused(signature: str) -> None:
    """Another key, address or body, a cut signature or none: refused."""
    with pytest.raises(SignatureInvalid):
        webhooks.verify(delivered(b"{}", signature), ["key"], AS_OF)


@pytest.mark.parametrize("secrets", [[], [""]])
async def test_without_a_secret_nothing_is_genuine(secrets: list[str]) -> None:
    """An empty key must not verify what was signed with an empty key."""
    delivery = delivered(b"{}", webhooks.sign("", URL, b"{}"))
    with pytest.raises(SignatureInvalid):
        webhooks.verify(delivery, secrets, AS_OF)


async def test_a_genuine_delivery_without_an_id_goes_by_its_digest() -> None:
    """It can be kept in quarantine, once, however often it comes."""
    body = b"\xff not json"
    delivery = delivered(body, webhooks.sign("key", URL, body))
    first, second = (webhooks.verify(delivery, ["key"], AS_OF) for _ in range(2))
    assert first == second
    assert ("", 64) == (first.topic, len(first.id))


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b'{"type":"order.updated"}',
        b'{"type":"order.updated","data":{"id":7}}',
        b'{"type":"teapot.boiled"}',
        b'{"type":"refund.created","data":{"object":{}}}',
    ],
)
async def test_a_delivery_of_the_wrong_shape_is_malformed(body: bytes) -> None:
    """An unknown topic as well: it goes to quarantine, not to nowhere."""
    with pytest.raises(Malformed):
        webhooks.decode(delivered(body), AS_OF)


# Requests and errors -----------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["k", "k" * 45, "k" * 46, "schlüssel", "k" * 500])
async def test_an_idempotency_key_fits_every_endpoint(key: str) -> None:
    """At most 45 ASCII characters, the same each time, another for another step."""
    made = writes.idempotency_key(key)
    assert made == writes.idempotency_key(key)
    assert made.isascii()
    assert len(made) <= 45
    assert made != writes.idempotency_key(key, 2)
    assert (made == key) == (key.isascii() and len(key) <= 45)


READ = Request(method="POST", path="/v2/orders/search", is_safe=True)
WRITE = Request(method="PUT", path="/v2/orders/1", is_safe=False)


@pytest.mark.parametrize(
    ("request_", "category", "code", "error"),
    [
        (WRITE, "INVALID_REQUEST_ERROR", "VERSION_MISMATCH", Conflict),
        (WRITE, "INVALID_REQUEST_ERROR", "CONFLICT", Conflict),
        (READ, "INVALID_REQUEST_ERROR", "NOT_FOUND", Missing),
        (WRITE, "INVALID_REQUEST_ERROR", "IDEMPOTENCY_KEY_REUSED", Rejected),
        (WRITE, "REFUND_ERROR", "REFUND_AMOUNT_INVALID", Rejected),
        (WRITE, "NEW_ERROR", "SOMETHING_NEW", Rejected),
        (READ, "RATE_LIMIT_ERROR", "RATE_LIMITED", Throttled),
        (READ, "AUTHENTICATION_ERROR", "ACCESS_TOKEN_EXPIRED", Misconfigured),
        (READ, "INVALID_REQUEST_ERROR", "INSUFFICIENT_SCOPES", Misconfigured),
        (READ, "API_ERROR", "TEMPORARY_ERROR", Unavailable),
        (WRITE, "API_ERROR", "TEMPORARY_ERROR", Ambiguous),
    ],
)
async def test_an_error_says_who_acts_next(
    request_: Request, category: str, code: str, error: type[ConnectorError]
) -> None:
    """The table, with the code kept and the detail, which may name a person, left out."""
    stated = {"category": category, "code": code, "detail": "ada@example.com", "field": "f"}
    with pytest.raises(error) as caught:
        errors.answer(request_, response(400, {"errors": [stated]}))
    assert type(caught.value) is error
    assert "ada" not in str(caught.value)
    assert code in str(caught.value)


async def test_an_error_without_a_body_goes_by_its_status() -> None:
    """A 404 of a proxy is still not there."""
    with pytest.raises(Missing):
        errors.answer(READ, response(404, {}))
    with pytest.raises(Rejected) as caught:
        errors.answer(READ, response(418, {}))
    assert "HTTP_418" == caught.value.code


@pytest.mark.parametrize(("request_", "error"), [(READ, Malformed), (WRITE, Ambiguous)])
async def test_what_is_not_declared_json_is_no_answer(
    request_: Request, error: type[ConnectorError]
) -> None:
    """A page of a proxy must not pass for an empty list; after a write nobody knows."""
    page = Response(status=200, headers={"content-type": "text/html"}, body=b"{}")
    with pytest.raises(error):
        errors.answer(request_, page)


def response(status: int, body: dict[str, Any]) -> Response:
    headers = {"content-type": "application/json"}
    return Response(status=status, headers=headers, body=json.dumps(body).encode())


@pytest.mark.parametrize("text", ["", "2026", '{"since":7}', "[]"])
async def test_a_checkpoint_that_is_not_ours_is_malformed(text: str) -> None:
    """It never passes for the beginning."""
    with pytest.raises(Malformed, match="checkpoint"):
        load(text)


async def test_the_manifest_states_what_the_code_does() -> None:
    """Overlaps and topics are declared as they are."""
    stated = manifest.load(FOLDER / "manifest.toml")
    overlaps = {kind: read.overlap_s for kind, read in stated.reads.items() if read.overlap_s}
    assert OVERLAP_S == overlaps
    assert stated.webhooks is not None
    handled = {*webhooks._HANDLERS, "catalog.version.updated"}
    assert handled == set(stated.webhooks.topics)
