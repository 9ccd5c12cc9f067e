"""What every connection and every field by an id refuses: cursors and ids that are none."""

from typing import Any

import pytest
from graphql import GraphQLObjectType

from resolvers.schema import SCHEMA
from tests.gateways import GatewayUnderTest

MOST_SAID = 200
LONG = "A" * 5_000
_QUERY = SCHEMA._schema.query_type
assert isinstance(_QUERY, GraphQLObjectType)
CONNECTIONS = sorted(name for name, field in _QUERY.fields.items() if "first" in field.args)
BY_ID = ["node", "order", "customer", "product", "location", "return"]


async def refusal(gateway: GatewayUnderTest, document: str, given: str) -> dict[str, Any]:
    answer = await gateway.query(f"query($it: {document}", {"it": given})
    (error,) = answer["errors"]
    assert len(error["message"]) <= MOST_SAID
    found: dict[str, Any] = error["extensions"]
    return found


@pytest.mark.parametrize("given", ["rubbish", "", "=", "🜚", "WyJvcmRlcnMiLDFd", LONG])
async def test_what_is_no_cursor_is_refused_by_every_connection(
    gateway: GatewayUnderTest, given: str
) -> None:
    """In a few words, with the argument."""
    assert 10 == len(CONNECTIONS)
    for name in CONNECTIONS:
        document = f"String) {{ {name}(first: 1, after: $it) {{ edges {{ cursor }} }} }}"
        said = await refusal(gateway, document, given)
        assert (name, {"code": "INVALID_INPUT", "argument": "after"}) == (name, said)


@pytest.mark.parametrize("given", ["rubbish", "", "1", "order_", "order_🜚", f"order_{LONG}"])
async def test_what_is_no_id_is_refused_by_every_field_by_id(
    gateway: GatewayUnderTest, given: str
) -> None:
    """In a few words, with the argument."""
    for name in BY_ID:
        said = await refusal(gateway, f"ID!) {{ {name}(id: $it) {{ id }} }}", given)
        assert (name, {"code": "INVALID_INPUT", "argument": "id"}) == (name, said)
