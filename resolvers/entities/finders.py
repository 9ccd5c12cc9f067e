"""Who finds what an id names, of which type it is, and which scope lets one look."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from strawberry.types.base import get_object_definition

from gateway import ids
from gateway.auth.scopes import Scope
from resolvers.catalog.types import Product, ProductVariant
from resolvers.context import Context
from resolvers.customers.types import Customer
from resolvers.fulfillment.types import Delivery, FulfillmentOrder, Shipment
from resolvers.inventory.types import InventoryLevel, Location
from resolvers.loaders.catalog import products_by_id, variants_by_id
from resolvers.loaders.customers import find_customer
from resolvers.loaders.fulfillment import find_delivery, find_work, shipments_by_id
from resolvers.loaders.inventory import find_level, find_location
from resolvers.loaders.issues import find_issue
from resolvers.loaders.orders import orders_by_id
from resolvers.loaders.returns import find_refund, find_return
from resolvers.orders.types import Order
from resolvers.returns.types import Refund, Return
from resolvers.systems.types import Exception_

Find = Callable[[Context, str], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Finder:
    """How things of *type* are found: *find* gives only what the caller may see, and is asked for
    who has any of *scopes*, those of the queries that show such things."""

    type: type
    find: Find
    scopes: frozenset[Scope]

    @property
    def name(self) -> str:
        """The name of the type in the graph."""
        return get_object_definition(self.type, strict=True).name


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


def _finder(type: type, find: Find, *scopes: Scope) -> Finder:
    return Finder(type, find, frozenset(scopes))


_WORK = (Scope.FULFILLMENT_READ, Scope.ORDERS_READ)
"""An order shows its work, and whoever does the work its parcels."""

FINDERS: dict[str, Finder] = {
    ids.ORDER: _finder(Order, _order, Scope.ORDERS_READ),
    ids.CUSTOMER: _finder(Customer, find_customer, Scope.CUSTOMERS_READ),
    ids.PRODUCT: _finder(Product, _product, Scope.CATALOG_READ),
    ids.VARIANT: _finder(ProductVariant, _variant, Scope.CATALOG_READ),
    ids.LOCATION: _finder(Location, find_location, Scope.INVENTORY_READ),
    ids.LEVEL: _finder(InventoryLevel, find_level, Scope.INVENTORY_READ),
    ids.FULFILLMENT_ORDER: _finder(FulfillmentOrder, find_work, *_WORK),
    ids.SHIPMENT: _finder(Shipment, _shipment, *_WORK),
    ids.DELIVERY: _finder(Delivery, find_delivery, *_WORK),
    ids.REFUND: _finder(Refund, find_refund, Scope.ORDERS_READ),
    ids.RETURN: _finder(Return, find_return, Scope.RETURNS_READ),
    ids.EXCEPTION: _finder(Exception_, find_issue, Scope.EXCEPTIONS_READ),
}
"""By the prefix of the id."""


async def find(context: Context, id: str) -> Any:
    """Return what *id* names, if there is such a thing and the caller may see it.

    Raises: InvalidInput when *id* is none of ours.
    """
    finder = FINDERS.get(ids.prefix_of(id))
    if finder is None or not finder.scopes & context.principal.scopes:
        return None
    return await finder.find(context, id)
