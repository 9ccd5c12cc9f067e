"""Operations that nobody would write: made from the schema at random, the same ones each time.

Half of them fit the schema, with values that mean nothing; half do not fit. Each is sent as it is,
and once more with the ids of what there is in place of those that were made up.
"""

import random
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest
import structlog
from graphql import GraphQLSchema, build_schema, is_scalar_type, is_specified_scalar_type
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis_graphql import Mode, mutations, nodes, queries

from gateway.domain.customers.model import customer_id
from gateway.domain.orders.model import order_id
from resolvers.schema import SCHEMA
from tests import trading
from tests.both_executors import Asked, require_one_answer
from tests.gateways import ADMIN, GatewayUnderTest
from tests.trading import Trade

EXAMPLES = 10
"""Of each field at the top and each mode."""
MOST_SAID = 400
"""Characters of an error's message: ours, and 200 of what it is about."""
IDS = [order_id("shop", "A"), order_id("shop", "absent"), customer_id("shop:c1")]
ID = re.compile(r'\b(id|orderId|customerId|locationId|channelId|ids): (?:"[^"\n]*"|-?\d+)')


def documents(kind: str) -> Iterator[str]:
    """Yield operations of every field at the top."""
    schema = build_schema(SCHEMA.as_str())
    make = {"Query": queries, "Mutation": mutations}[kind]
    for field in schema.type_map[kind].fields:  # type: ignore[attr-defined]
        for mode in (Mode.POSITIVE, Mode.NEGATIVE):
            of_field = make(schema, fields=[field], mode=mode, custom_scalars=scalars(schema))
            with suppress(InvalidArgument):  # without an argument nothing is done wrong
                yield from drawn(of_field)


def scalars(schema: GraphQLSchema) -> dict[str, Any]:
    """Our scalars are written as text; what is in it is rarely what they take."""
    hard = st.sampled_from(["0", "-1", "1e999", "NaN", "2026-02-30T00:00:00Z", "http://["])
    text = (st.text(max_size=20) | hard).map(nodes.String)
    own = (
        name
        for name, type_ in schema.type_map.items()
        if is_scalar_type(type_) and not is_specified_scalar_type(type_)
    )
    return dict.fromkeys(own, text)


def drawn(strategy: st.SearchStrategy[str]) -> list[str]:
    found: list[str] = []

    @seed(20261201)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(strategy)
    def draw(document: str) -> None:
        found.append(document)

    draw()
    return found


def with_real_ids(document: str, dice: random.Random) -> str:
    return ID.sub(lambda found: f'{found[1]}: "{dice.choice(IDS)}"', document)


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    """One store: what SQL takes is tried on both elsewhere, text by text."""
    return sqlite_url


@pytest.fixture
async def gateway(store_url: str) -> AsyncIterator[GatewayUnderTest]:
    """One order of one customer, so that there is something to find."""
    trade = Trade()
    async with trading.open_over(store_url, trade) as tested:
        await trade.sell(tested, "A")
        yield tested


@pytest.mark.parametrize("kind", ["Query", "Mutation"])
async def test_nothing_that_is_made_up_is_the_servers_fault(
    gateway: GatewayUnderTest, kind: str
) -> None:
    """No 5xx, no masked bug; every error has a code and says no more than it must."""
    dice = random.Random(1)
    made = list(documents(kind))
    sent = made + [with_real_ids(one, dice) for one in made]
    faults: dict[str, Any] = {}
    ran = refused = 0
    with structlog.testing.capture_logs() as log:
        async for document, answer in answers(gateway, sent):
            said = answer.json()
            ran += said.get("data") is not None
            refused += "errors" in said
            if answer.status_code >= 500 or any(map(is_fault, said.get("errors", ()))):
                faults[document] = said
    assert {} == faults
    assert [] == [one for one in log if one["event"] == "bug"]
    assert min(ran, refused) > len(sent) / 4, (ran, refused, len(sent))


async def test_both_executors_answer_alike_what_is_made_up(gateway: GatewayUnderTest) -> None:
    """Every query that fits the schema, with made-up ids and with those of what there is."""
    dice = random.Random(2)
    made = list(documents("Query"))
    asked = [
        Asked(document=one, variables={}, as_=ADMIN)
        for one in made + [with_real_ids(one, dice) for one in made]
    ]
    compared = await require_one_answer(gateway.gateway, asked, most=len(asked))
    assert compared > len(asked) / 4


def is_fault(error: dict[str, Any]) -> bool:
    return error["extensions"]["code"] == "INTERNAL" or len(error["message"]) > MOST_SAID


async def answers(
    gateway: GatewayUnderTest, sent: list[str]
) -> AsyncIterator[tuple[str, httpx2.Response]]:
    """Send each to the application, as admin."""
    headers = {"authorization": f"Bearer {gateway.token(ADMIN)}"}
    transport = httpx2.ASGITransport(app=gateway.app)
    async with httpx2.AsyncClient(transport=transport, base_url=gateway.url) as http:
        for document in sent:
            payload = {"query": document}
            yield document, await http.post("/graphql", json=payload, headers=headers)
