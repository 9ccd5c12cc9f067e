"""What is pure: samples, wrong shapes, refusals, checkpoints, and what is written into Tryton."""

import base64
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.sdk import errors as sdk
from connectors.sdk.commands import RequestedLine, RequestFulfillment
from connectors.sdk.conformance.checks.samples import stated
from connectors.sdk.errors import Conflict, Malformed, Misconfigured
from connectors.sdk.http import Http, Response
from connectors.sdk.records import Kind
from connectors.sdk.values import Address, LineQuantity, Money
from connectors.tryton import CONNECTOR, documents, errors, feeds, requests
from connectors.tryton.feeds import Checkpoint, Cursor, Feed
from connectors.tryton.kit import KIT
from connectors.tryton.mapping import picking, sales, stock, wire
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Rest, Search

SAMPLES = Path(__file__).parent / "samples"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_samples_become_what_they_expect(path: Path) -> None:
    """Every sample's answers map to exactly the records it states."""
    sample = json.loads(path.read_text())

    assert [stated(change) for change in KIT.read(sample)] == sample["expect"]


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


@pytest.mark.parametrize(
    ("name", "path", "value", "place"),
    [
        ("order", ("sale.sale", 0, "create_date"), "2026-02-27", "$[0].create_date: not a time"),
        ("order", ("sale.sale", 0, "create_date"), {"year": 2026}, "$[0].create_date: not a time"),
        ("order", ("sale.sale", 0, "state"), None, "$[0].state: not a text"),
        ("order", ("sale.sale", 0, "tax_amount"), 43.08, "$[0].tax_amount: not a decimal"),
        ("order", ("sale.sale", 0, "party"), 17, "$[0].party: not a record"),
        ("order", ("sale.sale", 0, "lines"), None, "$[0].lines: not a list"),
        (
            "order",
            ("sale.sale", 0, "lines", 1, "quantity"),
            1.5,
            "$[0].lines[1].quantity: not a whole number of units",
        ),
        ("order", ("sale.sale", 0, "origin"), "sale.sale", "$[0].origin: not a reference"),
        ("product", ("product.template", 0, "active"), "yes", "$[0].active: not true or false"),
        ("product", ("product.template", 0, "weight"), "2.5", "$[0].weight: not a number"),
        ("level", ("product.product@5", 0, "quantity"), True, "$[0].quantity: not a whole number"),
        ("location", ("stock.location", 0, "storage_location"), None, "without a storage zone"),
    ],
)
def test_a_wrong_shape_is_malformed_and_its_place_is_named(
    name: str, path: tuple[Any, ...], value: object, place: str
) -> None:
    """So that one bad record of a page can be put aside, and found."""
    given = sample(name)
    at: Any = given["given"]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value

    with pytest.raises(Malformed) as caught:
        KIT.read(given)

    assert place in str(caught.value)


def test_a_field_that_was_not_answered_is_malformed() -> None:
    """Null is a value; nothing is none."""
    with pytest.raises(Malformed, match=r"\$\.state: not there"):
        Row({"id": 1}).text("state")


@pytest.mark.parametrize("answer", [None, {}, "x", [1]])
def test_an_answer_that_is_no_list_is_malformed(answer: object) -> None:
    """Whatever a proxy may say."""
    with pytest.raises(Malformed, match="not a list of records"):
        wire.rows(answer)


def test_whole_numbers_come_with_and_without_a_point() -> None:
    """Quantities are floats in Tryton's JSON."""
    row = Row({"a": 3, "b": Decimal("3.0"), "c": Decimal(-2)})

    assert [row.units(name) for name in "abc"] == [3, 3, -2]


# --- refusals


def answered(status: int, message: str | None) -> Response:
    body = {"status": status, "message": message, "description": ""}
    text = json.dumps(body) if message is not None else "<!doctype html>"
    return Response(status=status, headers={}, body=text.encode())


@pytest.mark.parametrize(
    ("status", "message", "error", "code"),
    [
        (400, 'You can not call "pick" on "4" of "Shipment".', sdk.Conflict, "state"),
        (400, 'The shipment "1" does not have a carrier set.', sdk.Rejected, "no_carrier"),
        (400, 'You are not allowed to modify the field "Number".', sdk.Rejected, "not_allowed"),
        (400, 'A value is required for field "Type" in record "3".', sdk.Rejected, "required"),
        (400, 'The value "5" is not valid according to its domain.', sdk.Rejected, "domain"),
        (400, "Something that nobody has seen yet.", sdk.Rejected, "400"),
        (400, None, sdk.Rejected, "400"),
        (404, None, sdk.Missing, "404"),
        (409, None, sdk.Conflict, "UserWarning"),
        (423, None, sdk.Conflict, "ConcurrencyException"),
        (416, None, sdk.Rejected, "416"),
    ],
)
def test_each_refusal_of_rest_is_its_error(
    status: int, message: str | None, error: type[sdk.Rejected], code: str
) -> None:
    """One table; exactly that class, not a wider one."""
    with pytest.raises(sdk.Rejected) as caught:
        errors.raise_for_status(answered(status, message))

    assert (type(caught.value), caught.value.code) == (error, code)


def test_numbers_that_collided_are_tried_again() -> None:
    """Nothing was written: a moment later it works."""
    with pytest.raises(sdk.Unavailable):
        errors.raise_for_status(answered(400, "The code on party must be unique."))


def test_an_answer_of_success_is_no_refusal() -> None:
    """200, and 204 of a deletion."""
    errors.raise_for_status(answered(200, "fine"))
    errors.raise_for_status(answered(204, None))


def test_a_refusal_names_fields_and_nobody() -> None:
    """Tryton quotes records and values in its messages: people's names and addresses."""
    said = 'The value "ada@example.com" for field "Value" in record "Ada Okafor" of "Contact".'

    refused = errors.refusal(said, "400")

    assert isinstance(refused, sdk.Rejected)
    assert str(refused) == 'The value … for field "Value" in record … of "Contact".'
    assert refused.field == "Value"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"error": ["UserError", ['You can not call "x" on "1".', "", None]]}, sdk.Conflict),
        ({"error": ["UserError", ["records that don't exist.", "", None]]}, sdk.Missing),
        ({"error": ["UserWarning", ["name", "message", ""]]}, sdk.Conflict),
        ({"error": ["ConcurrencyException", "Records were modified"]}, sdk.Conflict),
        ({"error": ["LoginException", ["otp", "Code", "char"]]}, sdk.Misconfigured),
        ({"error": ["'nosuch'", ""]}, sdk.Ambiguous),
        ({"id": 0}, sdk.Malformed),
        ([], sdk.Malformed),
    ],
)
def test_each_failure_of_json_rpc_is_its_error(
    answer: object, error: type[sdk.ConnectorError]
) -> None:
    """All of them came with HTTP 200."""
    with pytest.raises(sdk.ConnectorError) as caught:
        errors.result(answer)

    assert type(caught.value) is error


def test_a_result_of_json_rpc_may_be_null() -> None:
    """As that of a button."""
    assert errors.result({"id": 0, "result": None}) is None


# --- requests


def decoded(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text))


def test_every_rest_request_names_the_company_and_asks_for_english() -> None:
    """Without the one prices are null, without the other refusals cannot be told apart."""
    rest = Rest(company=3)
    search = Search(model="sale.sale", fields=("state",), context={"locations": [5]})
    sent = [
        rest.search(search),
        rest.create("sale.sale", {}, ()),
        rest.write("sale.sale", 1, {}, ()),
        rest.press("sale.sale", 1, "quote", ()),
        rest.delete("sale.sale", 1),
    ]

    contexts = [decoded(request.headers["x-tryton-context"]) for request in sent]
    assert contexts == [{"company": 3, "locations": [5]}, *[{"company": 3}] * 4]
    assert {request.headers["accept-language"] for request in sent} == {"en"}
    assert [(request.method, request.path, request.is_safe) for request in sent] == [
        ("GET", "/rest/model/sale.sale", True),
        ("POST", "/rest/model/sale.sale", False),
        ("PUT", "/rest/model/sale.sale/1", False),
        ("POST", "/rest/model/sale.sale/1/quote", False),
        ("DELETE", "/rest/model/sale.sale/1", False),
    ]


def test_a_search_is_bounded_and_in_the_order_of_ids() -> None:
    """Tryton gives everything, in an order of its own, unless it is told."""
    search = Search(model="sale.sale", fields=("state", "number"), domain=[["id", ">", 7]])

    query = Rest(company=1).search(search).query

    assert [(name, value) for name, value in query if name in "fs"] == [
        ("f", "state"),
        ("f", "number"),
        ("s", "250"),
    ]
    [domain], [order] = [
        [decoded(value) for name, value in query if name == wanted] for wanted in "do"
    ]
    assert (domain, order) == ([["id", ">", 7]], [["id", "ASC"]])


def test_likeness_is_escaped() -> None:
    """An underscore in a mail address stands for itself."""
    assert requests.like(r"a_b%c\d") == r"a\_b\%c\\d"


def test_a_session_is_known_by_user_id_and_token() -> None:
    """As Tryton's own client writes it."""
    header = requests.session_header("gateway", 7, "t0ken")

    kind, _, token = header.partition(" ")
    assert (kind, base64.b64decode(token)) == ("Session", b"gateway:7:t0ken")


# --- checkpoints


def rows(*ids: int) -> list[Row]:
    return [Row({"id": id}) for id in ids]


def test_a_scan_of_one_page_is_over() -> None:
    """The next looks from where this one began, and for ids above the newest seen."""
    cursor = Cursor(newest_id=7, known_until=NOON)

    after = cursor.advance(rows(5, 9), NOON + timedelta(minutes=1))

    assert after == Cursor(newest_id=9, known_until=NOON + timedelta(minutes=1))


def test_a_scan_of_several_pages_ends_where_it_began() -> None:
    """What changes while it goes on has a later time than its first page."""
    cursor = Cursor(newest_id=7, known_until=NOON)
    began, ended = NOON + timedelta(minutes=1), NOON + timedelta(minutes=9)

    first = cursor.advance(rows(*range(1, requests.PAGE + 1)), began)
    second = first.advance(rows(500), ended)

    assert first == Cursor(newest_id=7, known_until=NOON, after=requests.PAGE, began_at=began)
    assert second == Cursor(newest_id=500, known_until=began)


def test_a_scan_without_news_moves_on_in_time() -> None:
    """So that a quiet system is not read over and over for its last change."""
    cursor = Cursor(newest_id=7, known_until=NOON)

    after = cursor.advance([], NOON + timedelta(hours=1))

    assert after == Cursor(newest_id=7, known_until=NOON + timedelta(hours=1))


def test_a_checkpoint_is_what_it_was() -> None:
    """Written and read; half-way through the first reading, too."""
    checkpoint = Checkpoint(
        cursors={"sale.sale": Cursor(newest_id=7, known_until=NOON, after=3, began_at=NOON)},
        backfill=(1, 40),
    )

    assert feeds.decode(checkpoint.encode()) == checkpoint


@pytest.mark.parametrize("since", ["", "{}", "null", '{"cursors": 7}', "sale.sale,7"])
def test_what_is_no_checkpoint_of_ours_is_none(since: str) -> None:
    """Then everything is read anew."""
    assert feeds.decode(since) is None


def test_a_scan_looks_for_new_ids_and_for_late_times() -> None:
    """Three traces, the overlap off the time; going on after the last id seen."""
    plan = feeds.PLANS[Kind.LEVEL]
    cursor = Cursor(newest_id=7, known_until=NOON, after=3, began_at=NOON)

    search = feeds.changed(plan.feeds[0], plan, cursor)

    since = requests.time(NOON - timedelta(seconds=30))
    assert (search.model, search.fields) == ("stock.move", ("product",))
    assert search.domain == [
        ["OR", ["id", ">", 7], ["write_date", ">", since], ["create_date", ">", since]],
        ["id", ">", 3],
    ]


def test_the_journal_is_followed_by_its_order() -> None:
    """Entries above the last, those that may have been committed late, of the kind's models."""
    plan = feeds.PLANS[Kind.ORDER]
    journal = feeds.all_feeds(plan)[-1]

    search = feeds.changed(journal, plan, Cursor(newest_id=5000, known_until=NOON))

    since = requests.time(NOON - timedelta(seconds=30))
    assert search.domain == [
        ["OR", ["id", ">", 5000], [["id", ">", 4000], ["create_date", ">", since]]],
        ["id", ">", 0],
        ["OR", ["resource", "like", "sale.sale,%"], ["resource", "like", "sale.point.sale,%"]],
    ]


@pytest.mark.parametrize(
    ("feed", "row", "subject"),
    [
        (Feed(model="sale.sale", of="sale.sale"), {"id": 4}, ("sale.sale", 4)),
        (Feed(model="sale.line", names="sale", of="sale.sale"), {"sale": 4}, ("sale.sale", 4)),
        (Feed(model="sale.line", names="sale", of="sale.sale"), {"sale": None}, None),
        (Feed(model="ir.model.log", names="resource", of=""), {"resource": None}, None),
        (
            Feed(model="ir.model.log", names="resource", of=""),
            {"resource": "sale.point.sale,4"},
            ("sale.point.sale", 4),
        ),
        (
            Feed(model="stock.move", names="shipment", of="stock.shipment.out"),
            {"shipment": "stock.shipment.in,4"},
            None,
        ),
        (
            Feed(model="x", names="product.template", of="sale.sale"),
            {"product": {"id": 1, "template": 4}},
            ("sale.sale", 4),
        ),
    ],
)
def test_what_a_feed_names(
    feed: Feed, row: dict[str, Any], subject: tuple[str, int] | None
) -> None:
    """The record to read again, once; nothing for a deletion and for another kind's record."""
    found = feeds.subjects(feed, [Row(row), Row(row)], feeds.PLANS[Kind.ORDER])

    assert found == ([subject] if subject else [])


# --- stock


def test_moves_inside_a_warehouse_promise_nothing() -> None:
    """Picking brings goods to another zone of the same warehouse."""
    places = stock.Places({}, {3: 5, 2: 5}, frozenset())
    move = {"product": 1, "internal_quantity": Decimal("4.0")}

    found = stock.planned([Row({**move, "from_location": 3, "to_location": 2})], places)

    assert found == {}


@pytest.mark.parametrize("external_id", ["7", "7@", "@5", "a@5", "7@5@9"])
def test_what_is_no_id_of_a_level(external_id: str) -> None:
    """It names nothing."""
    assert stock.parse_level_id(external_id) is None


def test_our_references_are_told_from_others() -> None:
    """By how they begin."""
    assert [sales.is_ours(one) for one in ("fo_1", "PO-1", "", None)] == [
        True,
        False,
        False,
        False,
    ]


# --- picking


def shipment(*, output: int = 2) -> Row:
    """Five lamps and one rug; the lamps lie on the shelf and in a bin."""

    def move(id: int, quantity: int, origin: str, code: str) -> dict[str, Any]:
        product = {"id": 1, "code": code}
        return {
            "id": id,
            "quantity": Decimal(quantity),
            "state": "draft",
            "origin": origin,
            "product": product,
        }

    return Row(
        {
            "warehouse_storage": 3,
            "warehouse_output": output,
            "outgoing_moves": [
                move(1, 5, "sale.line,71", "LAMP"),
                move(2, 1, "sale.line,72", "RUG"),
            ],
            "inventory_moves": [
                move(11, 5, "stock.move,1", "LAMP"),
                move(12, 1, "stock.move,2", "RUG"),
            ],
        }
    )


def test_everything_is_taken_unless_lines_are_named() -> None:
    """Whatever the staff have planned."""
    assert [(move.id, units) for move, units in picking.wanted(shipment(), ())] == [
        (11, 5),
        (12, 1),
    ]


@pytest.mark.parametrize(
    "line", [LineQuantity(line_id="71", quantity=2), LineQuantity(sku="LAMP", quantity=2)]
)
def test_named_lines_are_taken_and_no_others(line: LineQuantity) -> None:
    """By their ids or SKUs; what is not named takes nothing."""
    assert [(move.id, units) for move, units in picking.wanted(shipment(), [line])] == [
        (11, 2),
        (12, 0),
    ]
    assert not picking.is_as_wanted(shipment(), [line])


def test_a_warehouse_without_an_output_zone_has_no_inventory_moves() -> None:
    """There the outgoing moves themselves are written."""
    found = picking.wanted(shipment(output=3), [LineQuantity(sku="LAMP", quantity=2)])

    assert [(move.id, units) for move, units in found] == [(1, 2), (2, 0)]


def test_all_lines_named_is_everything() -> None:
    """As the gateway names them, when it knows them."""
    lines = [LineQuantity(line_id="71", quantity=5), LineQuantity(line_id="72", quantity=1)]

    assert picking.is_as_wanted(shipment(), lines)


@pytest.mark.parametrize(
    "line",
    [
        LineQuantity(sku="LAMP", quantity=6),
        LineQuantity(sku="OTHER", quantity=1),
        LineQuantity(line_id="99", sku="LAMP", quantity=1),
    ],
)
def test_more_than_is_planned_is_a_conflict(line: LineQuantity) -> None:
    """The shipment is not what it was when the command was made."""
    with pytest.raises(Conflict):
        picking.wanted(shipment(), [line])


# --- documents

HOME = Address(
    name="Mia Berg",
    company="Lumen",
    line1="12 Harbor Road",
    line2="Gate 4",
    city="Portland",
    province="OR",
    postal_code="97201",
    country_code="US",
    phone="+15035550133",
    email="mia.berg@example.com",
)


def test_a_request_as_a_sale() -> None:
    """No invoice, no tax, no postage: the shop has been paid already."""
    line = RequestedLine(
        item_id="31",
        sku="LAMP",
        quantity=2,
        title="Lamp",
        unit_price=Money(minor=8990, currency="USD"),
    )
    command = RequestFulfillment(
        key="k",
        reference="fo_1",
        order_number="#1001",
        location_id="5",
        lines=(line,),
        ship_to=HOME,
    )
    parts = documents.Parts(party=17, address=40, currency=1, carrier=None, products=[(31, 1)])

    assert documents.sale(command, 1, parts) == {
        "company": 1,
        "party": 17,
        "invoice_address": 40,
        "shipment_address": 40,
        "warehouse": 5,
        "currency": 1,
        "reference": "fo_1",
        "description": "Order #1001",
        "carrier": None,
        "invoice_method": "manual",
        "shipment_method": "order",
        "shipment_cost_method": None,
        "lines": [
            [
                "create",
                [
                    {
                        "type": "line",
                        "product": 31,
                        "unit": 1,
                        "quantity": 2,
                        "unit_price": {"__class__": "Decimal", "decimal": "89.90"},
                    }
                ],
            ]
        ],
    }


def test_a_recipient_as_a_party() -> None:
    """With mail, phone and the address of the parcel."""
    place = documents.Place(country=1, subdivision=9)

    assert documents.party(HOME, place) == {
        "name": "Mia Berg",
        "addresses": [
            [
                "create",
                [
                    {
                        "party_name": "Mia Berg",
                        "street_unstructured": "Lumen\n12 Harbor Road\nGate 4",
                        "city": "Portland",
                        "postal_code": "97201",
                        "country": 1,
                        "subdivision": 9,
                    }
                ],
            ]
        ],
        "contact_mechanisms": [
            [
                "create",
                [
                    {"type": "email", "value": "mia.berg@example.com"},
                    {"type": "phone", "value": "+15035550133"},
                ],
            ]
        ],
    }


@pytest.mark.parametrize(
    ("province", "country", "code"),
    [
        ("OR", "US", "US-OR"),
        ("US-OR", "US", "US-OR"),
        (None, "US", None),
        ("OR", None, None),
    ],
)
def test_a_province_as_tryton_has_it(
    province: str | None, country: str | None, code: str | None
) -> None:
    """ISO 3166-2, with its country before it."""
    ship_to = Address(province=province, country_code=country)

    assert documents.subdivision_code(ship_to) == code


def test_an_address_is_the_same_as_it_was_read() -> None:
    """What was written in three lines is read as one and a rest, without company and province."""
    held = Address(
        name="mia berg",
        line1="Lumen",
        line2="12 Harbor Road, Gate 4",
        city="Portland",
        postal_code="97201",
        country_code="US",
    )

    assert documents.is_same(held, HOME)
    assert not documents.is_same(held, Address(name="Mia Berg", line1="13 Harbor Road"))


# --- settings


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"url": ""}, "url"),
        ({"rest_key": ""}, "rest_key"),
        ({"company": "Northwind"}, "company"),
        ({"carrier": "UPS"}, "carrier"),
        ({"package_type": "box"}, "package_type"),
        ({"user": "gateway"}, "user, password"),
        ({"password": "secret"}, "user, password"),
    ],
)
async def test_a_wrong_setting_is_named(changed: dict[str, str], named: str) -> None:
    """When the connection is opened, before anything is sent."""
    settings = {"url": "https://erp.example.com", "rest_key": "key", **changed}

    async with aiohttp.ClientSession() as session:
        with pytest.raises(Misconfigured, match=named):
            CONNECTOR.open(settings, Http(session, "https://erp.example.com"))
