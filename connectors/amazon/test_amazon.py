"""What is pure of the Amazon connector: tokens, settings, refusals, money and counters."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession

from connectors.amazon import CONNECTOR, errors
from connectors.amazon.errors import Operation
from connectors.amazon.mapping import orders
from connectors.amazon.reading import Node
from connectors.amazon.requests import checkpoint, login
from connectors.amazon.requests import orders as order_requests
from connectors.amazon.requests.checkpoint import Mark
from connectors.amazon.simulator import SETTINGS
from connectors.sdk import registry
from connectors.sdk.conformance import levels
from connectors.sdk.errors import Conflict, Malformed, Misconfigured, Missing, Rejected
from connectors.sdk.http import Http, Response, parse_json
from connectors.sdk.records import Kind, OrderRecord
from connectors.sdk.records.states import Method, OrderStatus

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
HOME = "ATVPDKIKX0DER"


def _answer(status: int, body: object) -> Response:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status=status, headers={}, body=text)


def _money(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": amount, "currencyCode": currency}


def _parts(**amounts: str) -> dict[str, Any]:
    return {"breakdowns": [{"type": name, "subtotal": _money(x)} for name, x in amounts.items()]}


def _order(*items: dict[str, Any], **parts: Any) -> OrderRecord:
    """An order of *items*, each with a few facts of its own."""
    raw = {
        "orderId": "112-1234567-1234567",
        "createdTime": "2026-01-05T10:00:00Z",
        "lastUpdatedTime": "2026-01-05T10:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": HOME},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "orderItems": [
            {"orderItemId": str(place), "quantityOrdered": 2, "product": {}, **item}
            for place, item in enumerate(items or ({},))
        ],
        **parts,
    }
    return orders.record(Node(parse_json(json.dumps(raw))))


def test_a_token_is_good_for_as_long_as_amazon_says() -> None:
    """An hour; and what claims a year is believed for a day."""
    answer = {"access_token": "Atza|1", "token_type": "bearer", "expires_in": 3600}
    token = login.read(_answer(200, answer), NOW)
    assert (token.value, token.expires_at - NOW) == ("Atza|1", timedelta(hours=1))
    long = login.read(_answer(200, {**answer, "expires_in": 31_536_000}), NOW)
    assert long.expires_at - NOW == timedelta(days=1)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"error": "invalid_grant", "error_description": "Atzr|secret"}, "invalid_grant"),
        ({"error": "Atzr|secret"}, "HTTP 400"),
        ({"error": 7}, "HTTP 400"),
        (b"<html>", "HTTP 400"),
    ],
)
def test_a_refused_login_names_the_settings_and_no_secret(body: object, says: str) -> None:
    """Only a word that can be an error's is repeated."""
    with pytest.raises(Misconfigured, match=f"refresh_token: {says}") as refusal:
        login.read(_answer(400, body), NOW)
    assert "secret" not in str(refusal.value).replace("client_secret", "")


@pytest.mark.parametrize("body", [{}, {"access_token": "", "expires_in": 1}, [], b"<html>"])
def test_a_login_that_answers_something_else_is_malformed(body: object) -> None:
    """No token is made up."""
    with pytest.raises(Malformed):
        login.read(_answer(200, body), NOW)


def test_a_grant_is_a_form_and_tells_no_secret() -> None:
    """As RFC 6749 has it; the words are in the body, and in no text of ours."""
    credentials = login.Credentials(client_id="id", client_secret="s&1", refresh_token="Atzr|1")
    request = credentials.grant()
    assert request.content_type == "application/x-www-form-urlencoded"
    assert request.body == (
        b"grant_type=refresh_token&refresh_token=Atzr%7C1&client_id=id&client_secret=s%261"
    )
    assert repr(credentials) == "Credentials(client_id='id')"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("url", ""),
        ("auth_url", "login.example"),
        ("marketplace_ids", ","),
        ("marketplace_ids", "ATVPDKIKX0DER;A2"),
        ("marketplace_ids", ""),
        ("refresh_token", ""),
    ],
)
async def test_a_setting_that_cannot_be_right_is_named(setting: str, value: str) -> None:
    """Before anything is sent."""
    known = {"url": "http://127.0.0.1:9", **SETTINGS, setting: value}
    async with ClientSession() as session:
        with pytest.raises(Misconfigured, match=f"^{setting}:"):
            CONNECTOR.open(known, Http(session, "http://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("operation", "status", "body", "expected"),
    [
        (
            Operation.GET_ORDER,
            404,
            {"errors": [{"code": "NotFound", "message": "no"}]},
            (Missing, "NotFound", "no"),
        ),
        (
            Operation.CONFIRM_SHIPMENT,
            400,
            {"errors": [{"code": "InvalidInput", "message": "order already fulfilled"}]},
            (Conflict, "InvalidInput", "order already fulfilled"),
        ),
        (
            Operation.SEARCH_ORDERS,
            400,
            {"errors": [{"code": "InvalidInput", "message": "bad", "details": "token"}]},
            (Rejected, "InvalidInput", "bad token"),
        ),
        (Operation.PACKAGE_STATUS, 409, {}, (Conflict, "http_409", "HTTP 409 without a reason")),
        (Operation.GET_ORDER, 400, b"<html>", (Rejected, "http_400", "HTTP 400 without a reason")),
        (
            Operation.GET_ORDER,
            413,
            {"errors": []},
            (Rejected, "http_413", "HTTP 413 without a reason"),
        ),
        (
            Operation.GET_ORDER,
            422,
            {"errors": ["x"]},
            (Rejected, "http_422", "HTTP 422 without a reason"),
        ),
    ],
)
def test_a_refusal_is_told_by_who_must_act(
    operation: Operation, status: int, body: object, expected: tuple[type, str, str]
) -> None:
    """Amazon's code and sentence, whatever shape they come in."""
    with pytest.raises(Rejected) as refusal:
        errors.raise_for(operation, _answer(status, body))
    assert (type(refusal.value), refusal.value.code, str(refusal.value)) == expected


def test_totals_add_up_whatever_amazon_lists() -> None:
    """The stated total counts; a tip and gift wrap are in the subtotal; a discount comes off."""
    for discount in ("2.00", "-2.00"):
        parts = _parts(
            ITEM="20.00", DISCOUNT=discount, TAX="1.00", SHIPPING="4.00", GIFT_WRAP="3.00"
        )
        sums = _order(proceeds={"grandTotal": _money("26.00"), **parts}).totals
        amounts = (sums.subtotal, sums.discount, sums.shipping, sums.tax, sums.total)
        assert [one.minor for one in amounts] == [2300, 200, 400, 100, 2600]


def test_an_orders_sums_are_its_items_where_it_has_none() -> None:
    """Amazon leaves the order's own breakdown out."""
    item = {"proceeds": _parts(ITEM="20.00", TAX="1.00")}
    sums = _order(item, item).totals
    assert (sums.subtotal.minor, sums.tax.minor, sums.total.minor) == (4000, 200, 4200)


def test_a_line_is_goods_less_their_discount() -> None:
    """What is stated is for all units; without a price one unit's is worked out, half up."""
    [line] = _order({"proceeds": _parts(ITEM="9.99", DISCOUNT="1.00", TAX="0.80")}).lines
    assert (line.unit_price.minor, line.total.minor) == (500, 899)


def test_two_currencies_in_an_order_are_malformed() -> None:
    """Sums of both would be of neither."""
    item = {"product": {"price": {"unitPrice": _money("1", "EUR")}}}
    with pytest.raises(Malformed, match="EUR"):
        _order(item, proceeds={"grandTotal": _money("5.00")})


def test_an_order_of_no_known_currency_is_set_aside() -> None:
    """Without an amount, and of a marketplace that is not known: nothing is made up."""
    with pytest.raises(Malformed, match="currency"):
        _order(salesChannel={"channelName": "AMAZON", "marketplaceId": "A0NEW"})


@pytest.mark.parametrize(
    ("stated", "packed", "expected"),
    [
        ({"quantityFulfilled": 1, "quantityUnfulfilled": 1}, 0, (0, 1)),
        ({"quantityFulfilled": 1, "quantityUnfulfilled": 0}, 0, (1, 1)),
        ({"quantityFulfilled": 0, "quantityUnfulfilled": 0}, 0, (2, 0)),
        ({"quantityFulfilled": 2}, 1, (0, 2)),
        ({}, 1, (0, 1)),
        ({}, 5, (0, 2)),
        ({}, 0, (0, 0)),
    ],
)
def test_counters_come_from_quantities(
    stated: dict[str, int], packed: int, expected: tuple[int, int]
) -> None:
    """Of two units: canceled and left; from the packages where the item does not say."""
    package = {
        "packageReferenceId": "1",
        "packageStatus": {"status": "SHIPPED"},
        "packageItems": [{"orderItemId": "0", "quantity": packed}],
    }
    [line] = _order({"fulfillment": stated}, packages=[package]).lines
    assert (line.counters.canceled, line.counters.fulfilled) == expected


@pytest.mark.parametrize(
    "stated",
    [
        {"quantityFulfilled": 2, "quantityUnfulfilled": 1},
        {"quantityFulfilled": 3},
        {"quantityFulfilled": -1},
        {"quantityFulfilled": True},
        {"quantityFulfilled": "1"},
    ],
)
def test_units_that_do_not_add_up_are_malformed(stated: dict[str, Any]) -> None:
    """More than were ordered, or what is no number of units."""
    with pytest.raises(Malformed, match="orderItems"):
        _order({"fulfillment": stated})


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ([], OrderStatus.COMPLETED),
        (["DELIVERED", "CANCELLED"], OrderStatus.COMPLETED),
        (["DELIVERED", "IN_TRANSIT"], OrderStatus.CONFIRMED),
        (["UNDELIVERABLE"], OrderStatus.CONFIRMED),
        (["TELEPORTED"], OrderStatus.CONFIRMED),
    ],
)
def test_shipped_is_complete_when_nothing_is_under_way(
    statuses: list[str], status: OrderStatus
) -> None:
    """None listed: Amazon ships it, and has said its last word."""
    packages = [{"packageReferenceId": "1", "packageStatus": {"status": one}} for one in statuses]
    found = _order(fulfillment={"fulfillmentStatus": "SHIPPED"}, packages=packages)
    assert (found.status, found.raw_status) == (status, "SHIPPED")


def test_the_four_letters_null_are_no_address() -> None:
    """Recorded addresses have them in place of nothing."""
    address = {"name": "Ada Park", "addressLine2": "null", "city": "null", "municipality": "Bend"}
    found = _order(recipient={"deliveryAddress": address}).shipping_address
    assert found is not None
    assert (found.name, found.line2, found.city) == ("Ada Park", None, "Bend")
    nothing = {"addressLine1": "null", "city": ""}
    assert _order(recipient={"deliveryAddress": nothing}).shipping_address is None


@pytest.mark.parametrize(
    ("parts", "method"),
    [
        ({}, Method.SHIPPING),
        ({"programs": ["PRIME", "IN_STORE_PICK_UP"]}, Method.PICKUP),
        (
            {"recipient": {"deliveryAddress": {"addressType": "PICKUP_POINT"}}},
            Method.PICKUP_POINT,
        ),
    ],
)
def test_how_it_reaches_the_customer_is_told(parts: dict[str, Any], method: Method) -> None:
    """A store, a locker or a door."""
    assert [line.method for line in _order(**parts).lines] == [method]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"since": "yesterday"}', '{"since": 7}'])
def test_a_checkpoint_of_somebody_else_is_malformed(text: str) -> None:
    """And one of ours comes back as it was."""
    with pytest.raises(Malformed):
        checkpoint.read(text)
    mark = Mark(since=NOW, until=NOW, token="t")
    assert checkpoint.read(checkpoint.write(mark)) == mark
    assert checkpoint.read(None) == Mark()


def test_the_manifest_promises_the_overlap_that_is_read() -> None:
    """What the gateway is told of a pull is what the requests do."""
    overlap = registry.discover()["amazon"].reads[Kind.ORDER].overlap_s
    assert order_requests.OVERLAP == timedelta(seconds=overlap)


def test_pulls_leave_most_of_the_searches_to_pages() -> None:
    """One in three minutes is all there is: no more than a fifth of them begin a pull."""
    every_s = registry.discover()["amazon"].reads[Kind.ORDER].every_s
    assert every_s * 0.0056 >= 5


def test_the_level_is_earned() -> None:
    """What the manifest says is what the folder shows."""
    assert registry.discover()["amazon"].quality.level == levels.report("amazon").earned
