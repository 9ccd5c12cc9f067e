"""The schema: each noun's parts, put together. The only list of nouns."""

from typing import Annotated, Any

import strawberry
from strawberry.directive import DirectiveLocation, DirectiveValue

from resolvers.catalog.queries import CatalogQueries
from resolvers.customers.mutations import CustomerMutations
from resolvers.customers.queries import CustomerQueries
from resolvers.entities.queries import EntityQueries
from resolvers.fulfillment.mutations import FulfillmentMutations
from resolvers.fulfillment.queries import FulfillmentQueries
from resolvers.fulfillment.subscriptions import FulfillmentSubscriptions
from resolvers.inventory.mutations import InventoryMutations
from resolvers.inventory.queries import InventoryQueries
from resolvers.inventory.subscriptions import InventorySubscriptions
from resolvers.orders.mutations import OrderMutations
from resolvers.orders.queries import OrderQueries
from resolvers.orders.subscriptions import OrderSubscriptions
from resolvers.returns.mutations import ReturnMutations
from resolvers.returns.queries import ReturnQueries
from resolvers.scalars import CONFIG
from resolvers.systems.connectors import ConnectorQueries
from resolvers.systems.queries import SystemQueries
from resolvers.systems.subscriptions import SystemSubscriptions


@strawberry.directive(
    locations=[DirectiveLocation.FIELD, DirectiveLocation.QUERY],
    description="Read from the source what is held for longer than this, within a deadline; when "
    "the source does not answer, the last known comes back, marked stale.",
)
def freshness(
    value: DirectiveValue[Any],
    max_age_ms: Annotated[int, strawberry.argument(description="Milliseconds; 0: always read.")],
) -> Any:
    """The resolvers look at it themselves (`resolvers.sources.freshness`)."""
    return value


@strawberry.type(description="What can be asked. Lists are Relay connections, newest first.")
class Query(
    EntityQueries,
    OrderQueries,
    CustomerQueries,
    CatalogQueries,
    InventoryQueries,
    FulfillmentQueries,
    ReturnQueries,
    SystemQueries,
    ConnectorQueries,
):
    """Every noun's queries."""


@strawberry.type(
    description="What can be done: in the systems that own the facts, once for each idempotency "
    "key. A refusal is data (`userErrors`), never an error."
)
class Mutation(
    OrderMutations,
    FulfillmentMutations,
    InventoryMutations,
    ReturnMutations,
    CustomerMutations,
):
    """Every noun's mutations."""


@strawberry.type(
    description="What can be followed. Every payload has a `cursor`; `after` replays from there "
    "and then goes live, without a gap or a repeat."
)
class Subscription(
    OrderSubscriptions, FulfillmentSubscriptions, InventorySubscriptions, SystemSubscriptions
):
    """Every noun's subscriptions."""


SCHEMA = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    directives=[freshness],
    config=CONFIG,
)

# Strawberry 0.341 describes no argument of a schema directive (schema_converter.py,
# from_schema_directive), so it is said here.
for _directive, _argument, _description in (
    ("requires", "scope", 'What the caller must have: "orders:read".'),
    ("requires", "unless", "An argument that opens the field by itself: a link."),
    ("listSize", "assumedSize", "How many it counts for."),
    ("listSize", "slicingArguments", "Arguments that say how many are asked for."),
    ("cost", "weight", "Points, a whole number."),
):
    _declared = SCHEMA._schema.get_directive(_directive)
    if _declared:
        _declared.args[_argument].description = _description
