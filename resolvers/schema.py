"""The schema: each noun's parts, put together. The only list of nouns."""

from typing import Annotated, Any

import strawberry
from strawberry.directive import DirectiveLocation, DirectiveValue

from gateway import ids
from resolvers import nodes
from resolvers.catalog.queries import CatalogQueries
from resolvers.context import Context, Info
from resolvers.customers.mutations import CustomerMutations
from resolvers.customers.queries import CustomerQueries
from resolvers.fulfillment.mutations import FulfillmentMutations
from resolvers.fulfillment.queries import FulfillmentQueries
from resolvers.fulfillment.subscriptions import FulfillmentSubscriptions
from resolvers.inventory.mutations import InventoryMutations
from resolvers.inventory.queries import InventoryQueries
from resolvers.inventory.subscriptions import InventorySubscriptions
from resolvers.loaders.catalog import products_by_id, variants_by_id
from resolvers.loaders.customers import find_customer
from resolvers.loaders.fulfillment import find_delivery, find_work, shipments_by_id
from resolvers.loaders.inventory import find_level, find_location
from resolvers.loaders.issues import find_issue
from resolvers.loaders.orders import orders_by_id
from resolvers.loaders.returns import find_refund, find_return
from resolvers.nodes import Node
from resolvers.orders.mutations import OrderMutations
from resolvers.orders.queries import OrderQueries
from resolvers.orders.subscriptions import OrderSubscriptions
from resolvers.returns.mutations import ReturnMutations
from resolvers.returns.queries import ReturnQueries
from resolvers.scalars import CONFIG
from resolvers.systems.connectors import ConnectorQueries
from resolvers.systems.queries import SystemQueries
from resolvers.systems.subscriptions import SystemSubscriptions


async def _order(context: Context, id: str) -> Any:
    return await context.loader(orders_by_id).load(id)


async def _product(context: Context, id: str) -> Any:
    return await context.loader(products_by_id).load(id)


async def _variant(context: Context, id: str) -> Any:
    return await context.loader(variants_by_id).load(id)


async def _shipment(context: Context, id: str) -> Any:
    """A shipment of an order that the caller may see."""
    shipment = await context.loader(shipments_by_id).load(id)
    if shipment is None or shipment.order_id is None:
        return None
    return shipment if await _order(context, shipment.order_id) else None


FINDERS: dict[str, nodes.Find] = {
    ids.ORDER: _order,
    ids.CUSTOMER: find_customer,
    ids.PRODUCT: _product,
    ids.VARIANT: _variant,
    ids.LOCATION: find_location,
    ids.LEVEL: find_level,
    ids.FULFILLMENT_ORDER: find_work,
    ids.SHIPMENT: _shipment,
    ids.DELIVERY: find_delivery,
    ids.REFUND: find_refund,
    ids.RETURN: find_return,
    ids.EXCEPTION: find_issue,
}
"""Who finds what an id names, by its prefix. Each gives only what the caller may see."""


@strawberry.type
class NodeQueries:
    @strawberry.field(
        description="Anything that has an id; null when there is no such thing for the caller.",
        graphql_type=Node | None,
    )
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id here.")],
    ) -> Any:
        return await nodes.find(FINDERS, info.context, id)


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
    NodeQueries,
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
