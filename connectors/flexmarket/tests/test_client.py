"""The client against a stand-in: what is asked, what is refused, what answers mean."""

from datetime import timedelta

import pytest
from aiohttp import web

from connectors.flexmarket.asked import by_number
from connectors.flexmarket.mapping import LOCATION, shipment_id
from connectors.flexmarket.tests import rows
from connectors.flexmarket.tests.conftest import Connect, Lists
from connectors.sdk.commands import (
    CancelOrder,
    Command,
    CreateRefund,
    ReceivedLine,
    ReceiveReturn,
    RecordDelivery,
    RecordShipment,
    SetInventory,
)
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    Unavailable,
    Unsupported,
)
from connectors.sdk.records import Kind, OrderRecord, Tracking
from connectors.sdk.records.states import Disposition
from connectors.sdk.values import LineQuantity, Money

ORDERS = "/api/vendors/me/orders/"
OWN_ID = rows.order_id(1)
SHIP = RecordShipment(
    key="k",
    order_id=OWN_ID,
    lines=(LineQuantity(sku="KETTLE-2L", quantity=2),),
    tracking=Tracking(number="AP-1"),
)
STAFFS: tuple[Command, ...] = (
    RecordDelivery(key="k", order_id=OWN_ID, shipment_id=shipment_id(OWN_ID)),
    SetInventory(key="k", item_id="v", sku="S", location_id=LOCATION, quantity=1),
    ReceiveReturn(key="k", return_id="r"),
    CancelOrder(key="k", order_id=OWN_ID, reason="x"),
)


@pytest.mark.parametrize("command", STAFFS, ids=lambda one: type(one).__name__)
async def test_command_for_staff_is_refused_without_their_token(
    command: Command, connect: Connect, lists: Lists
) -> None:
    """Performed or looked up: the setting is named, and nothing is sent."""
    client = await connect()
    for ask in (client.perform, client.look_up):
        with pytest.raises(Misconfigured, match="staff_token: is not set"):
            await ask(command)
    assert [] == lists.seen


@pytest.mark.parametrize("kind", [Kind.LEVEL, Kind.RETURN])
async def test_read_for_staff_is_refused_without_their_token(
    kind: Kind, connect: Connect, lists: Lists
) -> None:
    """Pulled or fetched: the setting is named, and nothing is sent."""
    client = await connect(staff_token="")
    with pytest.raises(Misconfigured, match="staff_token: is not set"):
        await client.fetch(kind, ["any"])
    with pytest.raises(Misconfigured, match="staff_token: is not set"):
        client.pull(kind, None)
    assert [] == lists.seen


async def test_what_a_seller_cannot_do_is_unsupported(connect: Connect, lists: Lists) -> None:
    """Refunds are the marketplace's; nothing is sent."""
    client = await connect(staff_token="theirs")
    refund = CreateRefund(
        key="k",
        order_id=OWN_ID,
        payment_id=None,
        amount=Money(minor=1, currency="USD"),
        reason="x",
    )
    with pytest.raises(Unsupported):
        await client.perform(refund)
    assert [] == lists.seen


async def test_each_token_opens_its_own_doors(connect: Connect, lists: Lists) -> None:
    """A refusal at the staff's door names the staff's token."""
    refused = web.json_response({"detail": "Invalid token."}, status=401)
    lists.answers["GET /api/inventory/"] = refused
    with pytest.raises(Misconfigured, match="staff_token: "):
        await (await connect(staff_token="theirs")).check()
    assert "Kettle & Co" == (await (await connect()).check()).name


@pytest.mark.parametrize("status", ["pending", "rejected", "suspended"])
async def test_seller_who_is_not_approved_reads_nothing(
    status: str, connect: Connect, lists: Lists
) -> None:
    """The operator is told what the marketplace says of the seller."""
    profile = {"id": "v", "name": "Kettle & Co", "slug": "kettle-co", "status": status}
    lists.answers["GET /api/vendors/me/"] = web.json_response(profile)
    client = await connect()
    with pytest.raises(Misconfigured, match=status):
        await client.fetch(Kind.ORDER, [OWN_ID])
    assert not [asked for asked in lists.seen if ORDERS in asked]


async def test_address_where_no_marketplace_answers_is_named(
    connect: Connect, lists: Lists
) -> None:
    """A web page, other JSON, no such path."""
    client = await connect()
    for answer in (
        web.Response(text="<h1>Hello</h1>", content_type="text/html"),
        web.json_response([]),
        web.Response(text="<h1>Not Found</h1>", status=404, content_type="text/html"),
    ):
        lists.answers["GET /api/vendors/me/"] = answer
        with pytest.raises(Misconfigured, match="url: "):
            await client.check()


async def test_profile_and_currency_are_read_once_for_many_requests(
    connect: Connect, lists: Lists
) -> None:
    """And anew when the connection is checked."""
    client = await connect()
    for _ in range(3):
        await client.fetch(Kind.ORDER, [OWN_ID])
    assert 1 == lists.seen.count("GET /api/vendors/me/")
    await client.check()
    assert 2 == lists.seen.count("GET /api/vendors/me/")


async def test_look_for_somebody_elses_order_ends_where_it_would_be(
    connect: Connect, lists: Lists
) -> None:
    """One page of three; without the time, all; and nothing comes of it."""
    lists.rows[ORDERS] = rows.newest_first(*range(230))
    client = await connect()
    for asked, pages in ((by_number("FC-THEIRS", rows.placed_at(200)), 1), ("number:FC-X", 3)):
        lists.seen.clear()
        assert [] == await client.fetch(Kind.ORDER, [asked])
        assert pages == len([each for each in lists.seen if ORDERS in each])


async def test_order_asked_for_by_id_and_by_number_comes_once(
    connect: Connect, lists: Lists
) -> None:
    """The number's time may be a little later than the seller's part says."""
    lists.rows[ORDERS] = rows.newest_first(*range(120))
    asked = [rows.order_id(5), by_number("FC5", rows.placed_at(5))]
    changes = await (await connect()).fetch(Kind.ORDER, asked)
    assert ["FC5"] == [each.number for each in changes if isinstance(each, OrderRecord)]


async def test_order_a_little_older_than_its_event_says_is_found(
    connect: Connect, lists: Lists
) -> None:
    """It is the first of the second page, and the first page is older than the event already."""
    lists.rows[ORDERS] = rows.newest_first(*range(120))
    at = rows.placed_at(19)
    lists.rows[ORDERS][99] = rows.order(20, created_at=(at + timedelta(seconds=1)).isoformat())
    asked = by_number("FC19", at + timedelta(seconds=30))
    [order] = await (await connect()).fetch(Kind.ORDER, [asked])
    assert rows.order_id(19) == order.external_id


async def test_checkpoint_of_somebody_else_is_malformed(connect: Connect) -> None:
    """Of every kind that has one."""
    client = await connect(staff_token="theirs")
    for kind in (Kind.ORDER, Kind.RETURN, Kind.PRODUCT, Kind.LEVEL):
        with pytest.raises(Malformed):
            [page async for page in client.pull(kind, "{no")]


async def test_shipment_whose_answer_is_no_marketplaces_is_ambiguous(
    connect: Connect, lists: Lists
) -> None:
    """A page of some proxy with status 200: who knows what happened."""
    lists.rows[ORDERS] = [rows.order(1)]
    page = web.Response(text="<h1>Hello</h1>", content_type="text/html")
    lists.answers[f"POST {ORDERS}{OWN_ID}/ship/"] = page
    with pytest.raises(Ambiguous):
        await (await connect()).perform(SHIP)


async def test_order_that_cannot_be_read_makes_a_command_unavailable(
    connect: Connect, lists: Lists
) -> None:
    """Nothing was sent that changes anything."""
    lists.rows[ORDERS] = [rows.order(1, items=None)]
    client = await connect()
    for ask in (client.perform, client.look_up):
        with pytest.raises(Unavailable):
            await ask(SHIP)
    assert not [asked for asked in lists.seen if "/ship/" in asked]


REFUSALS = [
    (400, {"error": "not_shippable", "detail": "Not ready.", "extra": {}}, Conflict, None),
    (400, {"error": "nothing_to_ship", "detail": "Nothing.", "extra": {}}, Conflict, None),
    (404, {"error": "not_found", "detail": "Not found.", "extra": {}}, Missing, None),
    (409, {"error": "invalid_order_transition", "detail": "No."}, Conflict, None),
    (400, {"error": "validation_error", "detail": ["No UUID."]}, Rejected, None),
    (400, {"tracking_url": ["Enter a valid URL."]}, Rejected, "tracking_url"),
    (404, {"detail": "No Order matches the given query."}, Missing, None),
    (409, {"error": "something_new", "detail": "No."}, Conflict, None),
    (400, {}, Rejected, None),
]


@pytest.mark.parametrize(("status", "body", "error", "field"), REFUSALS)
async def test_refusal_is_named_by_who_must_act(
    status: int,
    body: dict[str, object],
    error: type[Rejected],
    field: str | None,
    connect: Connect,
    lists: Lists,
) -> None:
    """In each of the shapes in which the marketplace says no."""
    lists.rows[ORDERS] = [rows.order(1)]
    lists.answers[f"POST {ORDERS}{OWN_ID}/ship/"] = web.json_response(body, status=status)
    with pytest.raises(error) as refused:
        await (await connect()).perform(SHIP)
    code = body.get("error") or ("invalid" if field else f"HTTP {status}")
    assert (error, code, field) == (type(refused.value), refused.value.code, refused.value.field)


async def test_web_page_that_says_no_is_missing(connect: Connect, lists: Lists) -> None:
    """Where no route leads, which an id that is no UUID comes to."""
    lists.rows[ORDERS] = [rows.order(1)]
    with pytest.raises(Missing) as refused:
        await (await connect()).perform(SHIP)
    assert "HTTP 404" == refused.value.code


UNDOABLE: tuple[tuple[Command, str], ...] = (
    (RecordShipment(key="k", order_id=OWN_ID, lines=(), tracking=SHIP.tracking), "LINES"),
    (
        RecordShipment(
            key="k",
            order_id=OWN_ID,
            lines=(LineQuantity(sku="S", quantity=0),),
            tracking=SHIP.tracking,
        ),
        "QUANTITY",
    ),
    (
        SetInventory(key="k", item_id="v", sku="S", location_id="elsewhere", quantity=1),
        "LOCATION_NOT_FOUND",
    ),
    (SetInventory(key="k", item_id="v", sku="S", location_id=LOCATION, quantity=-1), "QUANTITY"),
    (
        ReceiveReturn(
            key="k",
            return_id="r",
            lines=(
                ReceivedLine(line_id="1", quantity=1),
                ReceivedLine(line_id="2", quantity=1, disposition=Disposition.DAMAGED),
            ),
        ),
        "DISPOSITION",
    ),
    (ReceiveReturn(key="k", return_id="r", location_id="elsewhere"), "LOCATION_NOT_FOUND"),
    (CancelOrder(key="k", order_id=OWN_ID, reason="x", restock=False), "RESTOCK"),
)


@pytest.mark.parametrize(("command", "code"), UNDOABLE, ids=lambda one: str(one)[:30])
async def test_what_can_never_be_done_is_refused_before_anything_is_sent(
    command: Command, code: str, connect: Connect, lists: Lists
) -> None:
    """Whatever the state of the order."""
    with pytest.raises(Rejected) as refused:
        await (await connect(staff_token="theirs")).perform(command)
    assert (code, []) == (refused.value.code, lists.seen)


@pytest.mark.parametrize(("name", "value"), [("token", "zoë"), ("staff_token", "k\x07")])
async def test_token_that_no_header_can_hold_is_named(
    name: str, value: str, connect: Connect, lists: Lists
) -> None:
    """Before anything is sent."""
    with pytest.raises(Misconfigured, match=f"^{name}: "):
        await connect(**{name: value})
    assert [] == lists.seen


async def test_address_with_a_path_is_left_as_it_is(connect: Connect, lists: Lists) -> None:
    """The marketplace may mount its API elsewhere; without a path it is /api."""
    await (await connect()).check()
    assert "GET /api/vendors/me/" == lists.seen[0]
    lists.seen.clear()
    with pytest.raises(Misconfigured):
        await (await connect(path="/market/v1/")).check()
    assert "GET /market/v1/vendors/me/" == lists.seen[0]


@pytest.mark.parametrize(
    "url",
    [
        "https://[",
        "market.example.com",
        "ftp://market.example.com",
        "https://me:word@market.example",
    ],
)
async def test_address_that_is_none_is_named(url: str, connect: Connect, lists: Lists) -> None:
    """Before anything is sent; one with a password too, which is not told."""
    with pytest.raises(Misconfigured, match="url") as refused:
        await connect(url=url)
    assert ([], False) == (lists.seen, "word" in str(refused.value))
