"""Order, as the graph shows it. A line here is a field there."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from gateway.auth.scopes import Scope
from gateway.domain.orders import model
from gateway.execution.engine.batch import batch
from resolvers.access import pii, requires
from resolvers.context import Info
from resolvers.enums import (
    FulfillmentMethod,
    FulfillmentStatus,
    LineStatus,
    OrderReturnStatus,
    OrderStatus,
    PaymentStatus,
    TransactionKind,
    TransactionStatus,
)
from resolvers.events import Event
from resolvers.loaders.catalog import variants_by_sku
from resolvers.loaders.customers import customers_by_key
from resolvers.loaders.fulfillment import shipments_of_order, work_of_order
from resolvers.loaders.issues import issues_of_order
from resolvers.loaders.orders import events_of
from resolvers.loaders.returns import refunds_of_order, returns_of_order
from resolvers.nodes import Node
from resolvers.paging import After, Connection, First, Paged, Window, sized
from resolvers.scalars import Address, Money
from resolvers.sources import SourceRef, refs
from resolvers.systems.channels import Channel, channel

if TYPE_CHECKING:
    from resolvers.catalog.types import ProductVariant
    from resolvers.customers.types import Customer
    from resolvers.fulfillment.types import FulfillmentOrder, Shipment
    from resolvers.returns.types import Refund, Return
    from resolvers.systems.types import Exception_


@strawberry.type(description="Units of one line. These numbers are the truth, not any status.")
class LineCounters:
    ordered: int = strawberry.field(description="Bought.")
    canceled: int = strawberry.field(description="Taken off before they left.")
    reserved: int = strawberry.field(description="Held for this line, not yet sent.")
    fulfilled: int = strawberry.field(description="Left a location.")
    delivered: int = strawberry.field(description="Arrived.")
    return_requested: int = strawberry.field(description="Announced to come back.")
    returned: int = strawberry.field(description="Came back.")
    written_off: int = strawberry.field(description="Lost or destroyed.")


@strawberry.type(description="One line of an order.")
class OrderLine:
    """Resolved from `gateway.domain.orders.model.OrderLine`."""

    id: strawberry.ID = strawberry.field(description="Opaque, the same for ever.")
    title: str = strawberry.field(description="What the customer read.")
    quantity: int = strawberry.field(description="Units bought.")
    counters: LineCounters = strawberry.field(description="How far the units are.")
    status: LineStatus = strawberry.field(description="How far the line is, by its counters.")
    method: FulfillmentMethod = strawberry.field(description="How it reaches the customer.")
    unit_price: Money = strawberry.field(description="For one unit, before order discounts.")
    total: Money = strawberry.field(description="For all units, discounts allocated.")

    @strawberry.field(description="The stock keeping unit; empty when the system states none.")
    @staticmethod
    def sku(root: strawberry.Parent[model.OrderLine]) -> str:
        return root.sku or ""

    external_sku: str | None = strawberry.field(
        description="What the system that took the order calls it, where that is another SKU."
    )

    @batch(
        description="What was bought; null while no system lists the SKU (an exception is open).",
        graphql_type=Annotated["ProductVariant", strawberry.lazy("resolvers.catalog.types")] | None,
    )
    @staticmethod
    async def variant(parents: Sequence[model.OrderLine], info: Info) -> list[Any]:
        return await info.context.many(variants_by_sku, [one.sku or None for one in parents])


@strawberry.type(description="The money of an order, one currency throughout.")
class OrderTotals:
    subtotal: Money = strawberry.field(description="The lines.")
    discount: Money = strawberry.field(description="Taken off.")
    shipping: Money = strawberry.field(description="For sending.")
    tax: Money = strawberry.field(description="Tax.")
    total: Money = strawberry.field(description="What the customer pays.")
    tax_included: bool = strawberry.field(description="The tax is part of the other amounts.")


@strawberry.type(description="One movement of money, as its system states it.")
class PaymentTransaction:
    external_id: str = strawberry.field(description="What the system calls it.")
    kind: TransactionKind = strawberry.field(description="What it does.")
    status: TransactionStatus = strawberry.field(description="How it ended.")
    raw_status: str = strawberry.field(description="The system's own word.")
    amount: Money = strawberry.field(description="How much; the kind says which way.")
    gateway: str | None = strawberry.field(description="The processor or method. No card data.")
    occurred_at: datetime | None = strawberry.field(description="When.")


async def _events(context: Any, root: model.Order, window: Window) -> Connection[Any]:
    async def read(slice: Any) -> Any:
        after = int(slice.after.sort) if slice.after else 0
        key = (root.id, after, slice.limit)
        return await context.loader(events_of).load(key)

    return await EVENTS_OF_ORDER.page(context, window, read)


EVENTS_OF_ORDER: Paged[Any] = Paged("order-events", lambda one: (one.event.sequence, one.id))


@strawberry.type(description="An order, whichever system took it.")
class Order(Node):
    """Resolved from `gateway.domain.orders.model.Order`."""

    number: str = strawberry.field(description='What people call it: "#1001".')
    version: int = strawberry.field(description="Counts what changed, from 1.")
    status: OrderStatus = strawberry.field(description="The life cycle only.")
    raw_status: str = strawberry.field(description="The system's own word for it.")
    fulfillment_status: FulfillmentStatus = strawberry.field(description="How far the goods are.")
    payment_status: PaymentStatus = strawberry.field(description="How far the money is.")
    return_status: OrderReturnStatus = strawberry.field(description="How much came back.")
    placed_at: datetime = strawberry.field(description="When it was bought.")
    created_at: datetime = strawberry.field(description="When it came here.")
    updated_at: datetime = strawberry.field(description="When it last changed here.")
    canceled_at: datetime | None = strawberry.field(description="When it was canceled.")
    cancel_reason: str | None = strawberry.field(description="Why, as the system has it.")
    shipping_method: str | None = strawberry.field(description="As the customer chose it.")
    seller: str | None = strawberry.field(
        description="Who sold it, where a marketplace names the seller of record."
    )
    commission: Money | None = strawberry.field(description="What the marketplace keeps of it.")
    totals: OrderTotals = strawberry.field(description="The money of it.")
    captured: Money = strawberry.field(description="What was really taken.")
    refunded: Money = strawberry.field(description="What was really given back.")
    refundable: Money = strawberry.field(description="What can still be given back.")
    lines: list[OrderLine] = strawberry.field(description="What was bought.")
    transactions: list[PaymentTransaction] = strawberry.field(description="Every payment step.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, model.Order)

    @batch(
        description="Who bought; null for who left no name.",
        directives=requires(Scope.CUSTOMERS_READ),
        graphql_type=Annotated["Customer", strawberry.lazy("resolvers.customers.types")] | None,
    )
    @staticmethod
    async def customer(parents: Sequence[model.Order], info: Info) -> list[Any]:
        return await info.context.many(customers_by_key, [one.customer_key for one in parents])

    @strawberry.field(description="The sales channel it came through.")
    @staticmethod
    def channel(root: strawberry.Parent[model.Order], info: Info) -> Channel:
        return channel(info.context, root.channel_id, root.source.connection)

    @strawberry.field(description="The e-mail address given with it; null without pii:read.")
    @staticmethod
    def email(root: strawberry.Parent[model.Order], info: Info) -> str | None:
        return pii(info.context, root.email)

    @strawberry.field(description="The telephone number given with it; null without pii:read.")
    @staticmethod
    def phone(root: strawberry.Parent[model.Order], info: Info) -> str | None:
        return pii(info.context, root.phone)

    @strawberry.field(
        description="Where it goes; null without pii:read.", graphql_type=Address | None
    )
    @staticmethod
    def shipping_address(root: strawberry.Parent[model.Order], info: Info) -> Any:
        return pii(info.context, root.shipping_address)

    @strawberry.field(
        description="Where the bill goes; null without pii:read.", graphql_type=Address | None
    )
    @staticmethod
    def billing_address(root: strawberry.Parent[model.Order], info: Info) -> Any:
        return pii(info.context, root.billing_address)

    @batch(
        description="The work it makes at locations.",
        graphql_type=list[
            Annotated["FulfillmentOrder", strawberry.lazy("resolvers.fulfillment.types")]
        ],
    )
    @staticmethod
    async def fulfillment_orders(parents: Sequence[model.Order], info: Info) -> list[Any]:
        return await info.context.many(work_of_order, [one.id for one in parents])

    @batch(
        description="What left, and what is about to.",
        directives=sized(2),
        graphql_type=list[Annotated["Shipment", strawberry.lazy("resolvers.fulfillment.types")]],
    )
    @staticmethod
    async def shipments(parents: Sequence[model.Order], info: Info) -> list[Any]:
        return await info.context.many(shipments_of_order, [one.id for one in parents])

    @batch(
        description="What comes back.",
        graphql_type=list[Annotated["Return", strawberry.lazy("resolvers.returns.types")]],
    )
    @staticmethod
    async def returns(parents: Sequence[model.Order], info: Info) -> list[Any]:
        return await info.context.many(returns_of_order, [one.id for one in parents])

    @batch(
        description="Money given back.",
        graphql_type=list[Annotated["Refund", strawberry.lazy("resolvers.returns.types")]],
    )
    @staticmethod
    async def refunds(parents: Sequence[model.Order], info: Info) -> list[Any]:
        return await info.context.many(refunds_of_order, [one.id for one in parents])

    @batch(
        description="What needs somebody's eye.",
        directives=requires(Scope.EXCEPTIONS_READ),
        graphql_type=list[Annotated["Exception_", strawberry.lazy("resolvers.systems.types")]],
    )
    @staticmethod
    async def exceptions(parents: Sequence[model.Order], info: Info) -> list[Any]:
        return await info.context.many(issues_of_order, [one.id for one in parents])

    @strawberry.field(description="What happened to it, oldest first.")
    @staticmethod
    async def events(
        root: strawberry.Parent[model.Order], info: Info, first: First = None, after: After = None
    ) -> Connection[Event]:
        return await _events(info.context, root, Window(first=first, after=after))

    @batch(description="Where its facts come from.")
    @staticmethod
    async def source_refs(parents: Sequence[model.Order], info: Info) -> list[list[SourceRef]]:
        return await refs(info, [[one.source] for one in parents])
