"""How Tryton is asked, how it says no, and what a checkpoint remembers."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.sdk import errors as sdk
from connectors.sdk.http import Response
from connectors.sdk.records import Kind
from connectors.tryton import errors, feeds, requests
from connectors.tryton.feeds import Checkpoint, Cursor, Feed
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Rest, Search

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


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
