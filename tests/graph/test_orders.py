"""One list of orders over all systems."""

from typing import Any

import pytest

from connectors.sdk.records import LineCounters, Tracking
from connectors.sdk.records.states import OrderStatus, TransactionKind
from connectors.sdk.values import Money
from tests import records
from tests.gateways import GatewayUnderTest
from tests.graph.counting import statements
from tests.toys import Toy

PAGE = """query($first: Int, $after: String, $last: Int, $before: String, $query: String) {
  orders(first: $first, after: $after, last: $last, before: $before, query: $query) {
    nodes { number } edges { cursor }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
WHOLE = """query($first: Int) { orders(first: $first) { nodes {
  id number status totals { total { amount } }
  customer { id email identities { system } } channel { name }
  lines { sku quantity counters { fulfilled } variant { id inventoryLevels { available } } }
  fulfillmentOrders { id } shipments { id deliveries { status events { status } } }
  returns { id } refunds { id } exceptions { code } sourceRefs { system stale } } } }"""


async def numbers(gateway: GatewayUnderTest, **variables: Any) -> list[str]:
    page = (await gateway.data(PAGE, variables))["orders"]
    return [node["number"] for node in page["nodes"]]


async def test_orders_of_three_systems_are_one_list_newest_first(
    gateway: GatewayUnderTest, shop: Toy, till: Toy, market: Toy
) -> None:
    """Systems take turns in the list, by when their orders were placed."""
    shop.hold(records.order("s1", 1), records.order("s2", 4))
    till.hold(records.order("t1", 2))
    market.hold(records.order("m1", 3), records.order("m2", 5))
    for toy in (shop, till, market):
        await gateway.backfill(toy.id)
    assert ["#m2", "#s2", "#m1", "#t1", "#s1"] == await numbers(gateway)


async def test_a_page_read_again_skips_and_repeats_nothing_while_orders_arrive(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """A cursor names a place between rows: what is placed later moves nothing."""
    shop.hold(*(records.order(f"{minute}", minute) for minute in range(6)))
    await gateway.backfill("shop")
    first = (await gateway.data(PAGE, {"first": 3}))["orders"]
    shop.hold(records.order("new", 60))
    await gateway.backfill("shop")
    after = first["pageInfo"]["endCursor"]
    assert ["#5", "#4", "#3"] == [node["number"] for node in first["nodes"]]
    assert ["#2", "#1", "#0"] == await numbers(gateway, first=3, after=after)
    assert ["#2", "#1", "#0"] == await numbers(gateway, first=3, after=after)
    before = first["edges"][1]["cursor"]
    assert ["#5"] == await numbers(gateway, last=1, before=before)
    assert ["#new", "#5"] == await numbers(gateway, last=9, before=before)


async def test_pages_say_what_is_before_and_after_them(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """hasNextPage and hasPreviousPage hold in both directions, and for an empty list."""
    empty = (await gateway.data(PAGE, {"first": 2}))["orders"]["pageInfo"]
    assert (False, False, None) == (
        empty["hasNextPage"],
        empty["hasPreviousPage"],
        empty["endCursor"],
    )
    shop.hold(*(records.order(f"{minute}", minute) for minute in range(3)))
    await gateway.backfill("shop")
    head = (await gateway.data(PAGE, {"first": 2}))["orders"]["pageInfo"]
    tail = (await gateway.data(PAGE, {"first": 2, "after": head["endCursor"]}))["orders"]
    assert (True, False) == (head["hasNextPage"], head["hasPreviousPage"])
    assert (False, True) == (tail["pageInfo"]["hasNextPage"], tail["pageInfo"]["hasPreviousPage"])
    end = (await gateway.data(PAGE, {"last": 2}))["orders"]
    assert ["#1", "#0"] == [node["number"] for node in end["nodes"]]
    assert (False, True) == (end["pageInfo"]["hasNextPage"], end["pageInfo"]["hasPreviousPage"])


@pytest.mark.parametrize(
    ("variables", "argument"),
    [
        ({"first": -1}, "first"),
        ({"first": 251}, "first"),
        ({"last": -1}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"after": "rubbish"}, "after"),
        ({"after": "é"}, "after"),
        ({"after": ""}, "after"),
        ({"before": "AAAAAAAAWyJvcmRlcnMiLDEsIm9yZGVyXzAiXQ"}, "before"),
    ],
)
async def test_a_page_that_makes_no_sense_is_refused_by_its_argument(
    gateway: GatewayUnderTest, variables: dict[str, Any], argument: str
) -> None:
    """A size out of bounds or a made-up cursor never silently becomes another page."""
    error = (await gateway.query(PAGE, variables))["errors"][0]
    assert ("INVALID_INPUT", argument) == (
        error["extensions"]["code"],
        error["extensions"]["argument"],
    )


async def test_a_cursor_of_another_list_is_refused(gateway: GatewayUnderTest, shop: Toy) -> None:
    """A genuine cursor opens only the list that it is of."""
    shop.hold(records.product())
    await gateway.backfill("shop")
    products = await gateway.data("{ products(first: 1) { pageInfo { endCursor } } }")
    cursor = products["products"]["pageInfo"]["endCursor"]
    error = (await gateway.query(PAGE, {"after": cursor}))["errors"][0]
    assert "not a cursor of this list" == error["message"]


@pytest.mark.parametrize(
    "query",
    [
        "#1001",
        "1001",
        "ADA@example.com",
        "okafor",
        "+1(212)555-0101",
        "tee-blk-s",
        "1Z999",
        "ext-1",
        "ada 1001",
        "oka",
    ],
)
async def test_an_order_is_found_by_every_word_it_is_known_by(
    gateway: GatewayUnderTest, shop: Toy, query: str
) -> None:
    """Number, e-mail, name, phone, SKU, tracking number, external id, or how one begins."""
    found = records.order("ext-1", number="#1001", phone="+12125550101")
    other = records.order(
        "ext-2",
        5,
        number="#2002",
        email="ben@example.com",
        shipping_address=None,
        lines=(records.line(sku="CAP"),),
    )
    shop.hold(found, other, records.shipment("sh1", "ext-1", "1Z999AA1"))
    await gateway.backfill("shop")
    assert ["#1001"] == await numbers(gateway, query=query)


async def test_an_order_is_found_by_what_its_system_calls_it(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """The same external id in two systems names two orders."""
    shop.hold(records.order("1", number="#S"))
    till.hold(records.order("1", number="#T"))
    await gateway.backfill("shop")
    await gateway.backfill("till")
    document = "query($ref: SourceRefInput!) { order(ref: $ref) { number } }"
    found = await gateway.data(document, {"ref": {"system": "till", "externalId": "1"}})
    assert "#T" == found["order"]["number"]
    none = await gateway.data(document, {"ref": {"system": "till", "externalId": "2"}})
    assert none["order"] is None


async def test_statements_do_not_grow_with_the_orders(gateway: GatewayUnderTest, shop: Toy) -> None:
    """A hundred orders with all that belongs to them cost as many statements as two."""
    shop.hold(records.location(), records.product(), records.level(7), records.customer())
    for minute in range(100):
        shop.hold(records.order(f"{minute}", minute))
        shop.hold(records.shipment(f"sh{minute}", f"{minute}", f"1Z{minute}"))
    await gateway.backfill("shop")
    with statements() as few:
        await gateway.data(WHOLE, {"first": 2})
    with statements() as many:
        whole = await gateway.data(WHOLE, {"first": 100})
    assert 100 == len(whole["orders"]["nodes"])
    assert len(few) == len(many)
    assert len(many) <= 25


async def test_roll_ups_follow_quantities_and_money_not_status_words(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """Half the units gone and the money only authorized, whatever the shop calls it."""
    authorized = records.paid(Money(minor=4000, currency="USD"))
    half = records.line(
        quantity=4, counters=LineCounters(ordered=4, fulfilled=2), total=records.usd(4000)
    )
    held = records.order(
        "1",
        lines=(half,),
        raw_status="whatever",
        transactions=(records.replace(authorized, kind=TransactionKind.AUTHORIZATION),),
    )
    shop.hold(held)
    await gateway.backfill("shop")
    document = "{ orders { nodes { fulfillmentStatus paymentStatus refundable { minor } } } }"
    node = (await gateway.data(document))["orders"]["nodes"][0]
    assert {
        "fulfillmentStatus": "PARTIALLY_FULFILLED",
        "paymentStatus": "AUTHORIZED",
        "refundable": {"minor": 0},
    } == node


async def test_an_unknown_status_is_shown_raised_and_crashes_nothing(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """The system's own word is kept, and people in operations are told once."""
    for id in ("1", "2"):
        shop.hold(records.order(id, status=OrderStatus.UNKNOWN, raw_status="Teleported"))
    await gateway.backfill("shop")
    document = """{ orders { nodes { status rawStatus } }
      exceptions { nodes { code message category } } }"""
    shown = await gateway.data(document)
    assert [{"status": "UNKNOWN", "rawStatus": "Teleported"}] * 2 == shown["orders"]["nodes"]
    codes = [one["code"] for one in shown["exceptions"]["nodes"]]
    assert 1 == codes.count("UNKNOWN_STATUS")


async def test_an_unmapped_sku_is_raised_and_closed_by_the_product(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """The line stays; the exception is open until some system lists the SKU."""
    document = """query($open: Boolean!) { orders { nodes { lines { sku variant { sku } } } }
      exceptions(openOnly: $open) { nodes { code status } } }"""
    shop.hold(records.order("1"))
    await gateway.backfill("shop")
    before = await gateway.data(document, {"open": True})
    assert [{"sku": "TEE-BLK-S", "variant": None}] == before["orders"]["nodes"][0]["lines"]
    assert [{"code": "UNMAPPED_SKU", "status": "OPEN"}] == before["exceptions"]["nodes"]
    shop.hold(records.product("TEE-BLK-S"))
    await gateway.backfill("shop")
    after = await gateway.data(document, {"open": False})
    variant = after["orders"]["nodes"][0]["lines"][0]["variant"]
    assert {"sku": "TEE-BLK-S"} == variant
    assert [{"code": "UNMAPPED_SKU", "status": "RESOLVED"}] == after["exceptions"]["nodes"]


async def test_money_is_exact_in_every_currency(gateway: GatewayUnderTest, shop: Toy) -> None:
    """Yen have no cents and dinars have three digits."""
    for currency, minor in (("USD", 1999), ("JPY", 500), ("KWD", 1234)):
        amount = Money(minor=minor, currency=currency)
        totals = records.TotalsRecord(
            subtotal=amount, discount=amount, shipping=amount, tax=amount, total=amount
        )
        shop.hold(records.order(currency, currency=currency, totals=totals, transactions=()))
    await gateway.backfill("shop")
    document = "{ orders { nodes { totals { total { amount minor currencyCode } } } } }"
    nodes = (await gateway.data(document))["orders"]["nodes"]
    found = {one["totals"]["total"]["currencyCode"]: one["totals"]["total"] for one in nodes}
    assert ("19.99", "500", "1.234") == (
        found["USD"]["amount"],
        found["JPY"]["amount"],
        found["KWD"]["amount"],
    )


async def test_an_older_statement_changes_nothing(gateway: GatewayUnderTest, shop: Toy) -> None:
    """Deliveries out of order end in the newest state, and the same again makes no event."""
    new = records.later(records.order("1", number="#new"), 5)
    old = records.order("1", number="#old")
    for held in (new, old, new):
        shop.hold(held)
        await gateway.post("/webhooks/shop", *shop.delivery(f"d{held.number}", ("order", "1")))
        await gateway.settle()
    document = "{ orders { nodes { number version events { nodes { type sequence } } } } }"
    assert [
        {
            "number": "#new",
            "version": 1,
            "events": {"nodes": [{"type": "order.placed", "sequence": 1}]},
        }
    ] == (await gateway.data(document))["orders"]["nodes"]


async def test_a_shipment_of_a_warehouse_and_a_shop_is_one(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """Joined by order and tracking number, however the number is spelled."""
    shop.hold(records.order("1"), records.shipment("a", "1", "1z999 "))
    shop.hold(records.shipment("b", "1", "1Z999", tracking=(Tracking(number="1Z999"),)))
    await gateway.backfill("shop")
    document = """{ orders { nodes { fulfillmentStatus
      shipments { tracking { number } sourceRefs { externalId } } } } }"""
    node = (await gateway.data(document))["orders"]["nodes"][0]
    assert "FULFILLED" == node["fulfillmentStatus"]
    assert 1 == len(node["shipments"])
    assert ["a", "b"] == [one["externalId"] for one in node["shipments"][0]["sourceRefs"]]
