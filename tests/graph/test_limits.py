"""What a caller may ask of the whole gateway: refused before anything runs, with a code and a
number; what is answered says what it cost."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from graphql import get_introspection_query

from benchmarks.reads import DETAIL, LIST
from gateway.auth.principal import Principal
from gateway.auth.scopes import MOST, Role
from gateway.execution.document import Documents
from gateway.execution.limits import sizes
from gateway.settings.limits import Budget
from resolvers.paging import DEFAULT_PAGE, LARGEST_PAGE
from resolvers.schema import SCHEMA
from tests.gateways import ADMIN, GatewayUnderTest, gateway_over, served
from tests.graph.counting import statements
from tests.graph.sending import send
from tests.graph.test_sockets import hear, ready, say
from tests.unit.execution import hostile

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
ADA = Principal(
    role=Role.SHOPPER, subject="ada", customer_id="customer_0", scopes=MOST[Role.SHOPPER]
)
QUERY = "{ viewer { role } }"
SHOPPERS = Budget(maximum=100, restore_per_s=1)


def cost(document: str, **variables: Any) -> int:
    (found,) = Documents(SCHEMA._schema).get(document).costs.values()
    return found.points.under(variables)


SPENDING = {"query": "{ nothing } # " + "x" * 1_400}
"""Costs its reader 70 points, and nobody else anything."""


@pytest.fixture
async def strict(sqlite_url: str) -> AsyncIterator[GatewayUnderTest]:
    """A gateway whose shoppers have little to spend."""
    async with gateway_over(sqlite_url, budget_shopper=SHOPPERS) as tested:
        yield tested


@pytest.mark.parametrize("who", [ADMIN, None], ids=["admin", "stranger"])
async def test_what_attackers_send_is_refused_before_anything_runs(
    sqlite_url: str, who: Principal | None
) -> None:
    """Whoever sends it: with the limit's name, and no statement is put to the store."""
    plenty = Budget(maximum=1_000_000, restore_per_s=1)
    async with gateway_over(sqlite_url, budget_anonymous=plenty) as gateway:
        with statements() as asked:
            for name, (document, limit) in hostile.DOCUMENTS.items():
                (error,) = (await gateway.query(document, as_=who))["errors"]
                found = (error["extensions"]["code"], error["extensions"]["limit"])
                assert (name, "LIMIT_EXCEEDED", limit) == (name, *found)
                assert len(error["message"]) <= 200
        assert [] == asked


async def test_who_sends_ever_new_documents_that_are_refused_has_to_wait(
    strict: GatewayUnderTest,
) -> None:
    """Reading them costs, whatever is in them; others are not kept waiting."""
    codes = []
    for number in range(6):
        document = f"{{ nothing }} # {number}{'x' * 400}"
        (error,) = (await strict.query(document, as_=ADA))["errors"]
        codes.append(error["extensions"]["code"])
    assert ["GRAPHQL_VALIDATION_FAILED"] * 5 + ["THROTTLED"] == codes
    assert "errors" not in await strict.query(QUERY)


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
async def test_a_refusal_says_the_limit_the_most_and_the_count(
    gateway: GatewayUnderTest, accept: str, status: int
) -> None:
    """In words and for programs."""
    document = "{ " + hostile.many(51, "a#: viewer { role }") + " }"
    answer = await send(gateway, json={"query": document}, headers={"accept": accept})
    message = "root fields: 50 at most, and this has 51 or more"
    extensions = {"code": "LIMIT_EXCEEDED", "limit": "root_fields", "max": 50, "actual": 51}
    error = {"message": message, "locations": [{"line": 1, "column": 1}], "extensions": extensions}
    assert (status, {"errors": [error]}) == (answer.status_code, answer.json())


async def test_a_page_of_pages_is_too_costly(gateway: GatewayUnderTest) -> None:
    """Sizes multiply: a page that is all right alone is not in each row of another."""
    document = """query($n: Int) { customers(first: $n) { nodes { orders(first: $n) { nodes {
        id } } } } }"""
    with statements() as asked:
        answer = await gateway.query(document, {"n": LARGEST_PAGE})
    expected = {"code": "TOO_COSTLY", "requested": 2 + 250 * (1 + 1 + 250), "max": 20_000}
    assert ([], expected) == (asked, answer["errors"][0]["extensions"])
    assert "errors" not in await gateway.query(document, {"n": 50})


async def test_a_page_beyond_all_bounds_is_too_costly(gateway: GatewayUnderTest) -> None:
    """A number that nobody could answer."""
    answer = await gateway.query("{ orders(first: 2000000000) { nodes { id } } }")
    expected = {"code": "TOO_COSTLY", "requested": 1_000_000_000, "max": 20_000}
    assert expected == answer["errors"][0]["extensions"]


def test_what_front_ends_ask_for_is_within_the_defaults() -> None:
    """A list of fifty orders with all that belongs to them, one order, the schema."""
    found = [cost(LIST), cost(DETAIL, id="x"), cost(get_introspection_query())]
    assert [4_953, 105, 1_001] == found


def test_the_sizes_that_cost_assumes_are_those_of_the_pages() -> None:
    """The engine knows no noun, so it says the page itself."""
    assert DEFAULT_PAGE == sizes.PAGE


def test_fields_say_what_they_cost_where_it_is_not_the_usual() -> None:
    """By directives of the schema, which whoever plans queries can read."""
    assert 1 + 2 * 1 == cost('{ order(id: "x") { shipments { id } } }') - 1
    assert 1 + 20 * (1 + 70) == cost("{ connectors { rules { name } } }")
    assert 1 + 5 * (1 + 10) == cost("{ connections { backlog { effects } } }")


async def test_what_an_answer_has_not_is_given_back(strict: GatewayUnderTest) -> None:
    """Pages are paid for by their size and charged by their rows; there are none here."""
    answer = await strict.query("{ products(first: 90) { nodes { id } } }", as_=ADA)
    cost = answer["extensions"]["cost"]
    assert (92, 2) == (cost["requested"], cost["actual"])
    assert cost["throttle"]["available"] > 90


async def test_an_answer_says_what_it_cost(strict: GatewayUnderTest) -> None:
    """And how the caller's budget is after it."""
    answer = await strict.query(QUERY, as_=ADA)
    throttle = {"maximum": 100, "available": 98, "restoreRate": 1}
    expected = {"cost": {"requested": 2, "actual": 2, "throttle": throttle}}
    assert expected == answer["extensions"]


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_a_spent_budget_is_429_with_the_time_to_wait(
    strict: GatewayUnderTest, accept: str
) -> None:
    """Nothing has run, and nobody else is kept waiting."""
    page = {"query": "{ products(first: 90) { nodes { id } } }"}
    headers = {"authorization": f"Bearer {strict.token(ADA)}", "accept": accept}
    await send(strict, json=SPENDING, headers=headers)
    with statements() as asked:
        refused = await send(strict, json=page, headers=headers)
    assert (429, []) == (refused.status_code, asked)
    (error,) = refused.json()["errors"]
    said = error["extensions"]
    assert ("THROTTLED", 92, 0) == (said["code"], said["cost"]["requested"], said["cost"]["actual"])
    assert 55 <= said["retryAfterS"] <= 64
    assert 55 <= int(refused.headers["retry-after"]) <= 64
    assert 100 == said["cost"]["throttle"]["maximum"]
    assert "errors" not in await strict.query(page["query"])


async def test_strangers_pay_too(sqlite_url: str) -> None:
    """From the budget of their address."""
    budget = Budget(maximum=3, restore_per_s=1)
    async with gateway_over(sqlite_url, budget_anonymous=budget) as tested:
        answer = await tested.query(QUERY, as_=None)
        assert {"maximum": 3, "available": 1, "restoreRate": 1} == (
            answer["extensions"]["cost"]["throttle"]
        )
        (error,) = (await tested.query(QUERY, as_=None))["errors"]
        assert "THROTTLED" == error["extensions"]["code"]


async def test_processes_share_budgets_through_redis(sqlite_url: str, redis_url: str) -> None:
    """Two gateways on one server: what is spent at one is gone at the other."""
    settings: dict[str, Any] = {"redis_url": redis_url, "budget_shopper": SHOPPERS}
    async with (
        gateway_over(sqlite_url, **settings) as here,
        gateway_over(sqlite_url, **settings) as there,
    ):
        page = "{ products(first: 58) { nodes { id } } }"
        await here.query(SPENDING["query"], as_=ADA)
        (error,) = (await there.query(page, as_=ADA))["errors"]
        assert "THROTTLED" == error["extensions"]["code"]


async def test_a_socket_is_told_what_its_queries_cost(gateway: GatewayUnderTest) -> None:
    """And is refused as anybody else; its other operations go on."""
    async with served(gateway) as running:
        socket = await ready(running)
        await say(socket, id="1", type="subscribe", payload={"query": QUERY})
        payload = (await hear(socket))["payload"]
        assert 2 == payload["extensions"]["cost"]["requested"]
        assert {"id": "1", "type": "complete"} == await hear(socket)
        deep = {"query": "{ orders(first: 2000000000) { nodes { id } } }"}
        await say(socket, id="2", type="subscribe", payload=deep)
        heard = await hear(socket)
        assert ("2", "error") == (heard["id"], heard["type"])
        assert "TOO_COSTLY" == heard["payload"][0]["extensions"]["code"]
        await socket.close()


async def test_an_event_stream_is_told_what_its_query_cost(gateway: GatewayUnderTest) -> None:
    """One event, one answer."""
    answer = await send(gateway, json={"query": QUERY}, headers={"accept": "text/event-stream"})
    assert '"cost":{"requested":2,"actual":2' in answer.text


async def test_a_stranger_learns_nothing_of_the_schema(gateway: GatewayUnderTest) -> None:
    """Neither by asking for it nor by guessing; who has a token may ask."""
    with statements() as asked:
        (refused,) = (await gateway.query(get_introspection_query(), as_=None))["errors"]
        (guessed,) = (await gateway.query("{ viewr { role } }", as_=None))["errors"]
    assert ("FORBIDDEN", []) == (refused["extensions"]["code"], asked)
    assert "Cannot query field 'viewr' on type 'Query'." == guessed["message"]
    answer = await gateway.query(get_introspection_query())
    assert "Query" == answer["data"]["__schema"]["queryType"]["name"]
    (guessed,) = (await gateway.query("{ viewr { role } }"))["errors"]
    assert "Did you mean 'viewer'" in guessed["message"]


@pytest.mark.parametrize(("introspection", "is_told"), [(True, True), (False, False)])
async def test_where_nobody_may_know_the_schema_no_suggestion_tells_of_it(
    sqlite_url: str, introspection: bool, is_told: bool
) -> None:
    """Neither for a field nor for a value in the variables."""
    sort = "query($s: OrderSort!) { orders(sort: $s) { nodes { id } } }"
    async with gateway_over(sqlite_url, introspection=introspection) as tested:
        asked = [("{ viewr { role } }", {}), (sort, {"s": "PLACED"})]
        answers = [await tested.query(document, given) for document, given in asked]
        told = ["Did you mean" in one["errors"][0]["message"] for one in answers]
        assert [is_told, is_told] == told


async def test_no_answer_repeats_what_it_was_given_at_length(gateway: GatewayUnderTest) -> None:
    """Of the document, of variables, of names: 200 characters at most."""
    long = "x" * 5_000
    page = "query($n: Int, $a: String) { orders(first: $n, after: $a) { nodes { id } } }"
    payloads: list[dict[str, Any]] = [
        {"query": "{ " + long + " }"},
        {"query": "{ viewer { role } } " + long},
        {"query": page, "variables": {"n": long}},
        {"query": QUERY, "operationName": long},
        {"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": long}},
        {"query": page, "variables": {"a": long}},
    ]
    for payload in payloads:
        answer: httpx2.Response = await send(gateway, json=payload)
        assert "errors" in answer.json()
        assert "x" * 201 not in answer.text
