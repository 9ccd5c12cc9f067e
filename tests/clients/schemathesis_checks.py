"""What schemathesis is told of the gateway: how its scalars are written, and what is a fault.

Its own check takes every refusal of a field for one; here only what the server is to blame for is.
"""

import schemathesis
from hypothesis import strategies as st
from hypothesis_graphql import nodes

for name in ("BigInt", "DateTime", "Decimal", "JSON", "URL", "_Any", "FieldSet"):
    schemathesis.graphql.scalar(name, st.text(max_size=20).map(nodes.String))


@schemathesis.check
def no_bug(_ctx: object, response: schemathesis.Response, _case: schemathesis.Case) -> None:
    """Every answer is a GraphQL response, and no error is a bug or without a code."""
    assert response.status_code < 500
    codes = {error["extensions"]["code"] for error in response.json().get("errors", [])}
    assert "INTERNAL" not in codes
