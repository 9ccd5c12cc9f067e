"""Values of the graph: money, addresses, big numbers, what a federation router refers with."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig

from connectors.sdk import values

BigInt = NewType("BigInt", int)
URL = NewType("URL", str)
Representation = NewType("Representation", dict[str, object])
"""``{"__typename": "Order", "id": "order_…"}`` as it came: nothing is known of what is in it."""


def _representation(value: object) -> Representation:
    """Raises: GraphQLError for what is no object."""
    if not isinstance(value, Mapping):
        raise GraphQLError('not an object with "__typename" and "id"')
    return Representation(dict(value))


CONFIG = StrawberryConfig(
    scalar_map={
        BigInt: strawberry.scalar(
            name="BigInt",
            description="A whole number of any size, as a JSON number.",
            serialize=int,
            parse_value=int,
        ),
        URL: strawberry.scalar(
            name="URL",
            description="An absolute address, RFC 3986.",
            serialize=str,
            parse_value=str,
            specified_by_url="https://www.rfc-editor.org/rfc/rfc3986",
        ),
        Representation: strawberry.scalar(
            name="_Any",
            description='What names an entity: an object with its "__typename" and its "id".',
            serialize=dict,
            parse_value=_representation,
        ),
    },
    enable_experimental_incremental_execution=True,  # the schema has @defer and @stream
)
"""Where Strawberry learns of them."""


@strawberry.type(description="An amount of money in one currency. Never a float.")
class Money:
    amount: Decimal = strawberry.field(
        description='Major units, exact, as a string: "19.99"; "500" for yen.'
    )
    minor: BigInt = strawberry.field(
        description="Minor units: cents for USD, yen for JPY, thousandths for KWD."
    )

    @strawberry.field(description='ISO 4217: "USD".')
    @staticmethod
    def currency_code(root: strawberry.Parent[values.Money]) -> str:
        return root.currency


@strawberry.input(description="An amount of money.")
class MoneyInput:
    amount: Decimal = strawberry.field(description='Major units: "19.99".')
    currency_code: str = strawberry.field(description='ISO 4217: "USD".')


@strawberry.type(description="Where something goes. Masked without the scope pii:read.")
class Address:
    name: str | None = strawberry.field(description="Who lives there.")
    company: str | None = strawberry.field(description="Whose office it is.")
    line1: str | None = strawberry.field(description="Street and number.")
    line2: str | None = strawberry.field(description="Apartment, floor.")
    city: str | None = strawberry.field(description="Town.")
    province: str | None = strawberry.field(description='State or province, a code: "NV".')
    postal_code: str | None = strawberry.field(description="As written there.")
    country_code: str | None = strawberry.field(description='ISO 3166-1 alpha-2: "US".')
    phone: str | None = strawberry.field(description="Whom to call at the door.")
    email: str | None = strawberry.field(description="Whom to write to.")
