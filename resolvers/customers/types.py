"""Customer, as the graph shows it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from gateway.auth.scopes import Scope
from gateway.domain.customers import model
from gateway.domain.orders import repository as order_rows
from gateway.execution.engine.batch import batch
from resolvers.access import own_orders, pii, requires
from resolvers.context import Info
from resolvers.enums import Evidence
from resolvers.loaders.customers import suggestions_of
from resolvers.loaders.orders import order_page
from resolvers.nodes import Node
from resolvers.paging import After, Before, Connection, First, Last, Window
from resolvers.scalars import Address
from resolvers.sources import SourceRef, refs

if TYPE_CHECKING:
    from resolvers.orders.types import Order


@strawberry.type(description="One person as one system knows them.")
class CustomerIdentity:
    """Resolved from `gateway.domain.customers.model.Identity`."""

    evidence: Evidence = strawberry.field(description="Why it belongs to this customer.")
    confidence: float = strawberry.field(description="0 to 1: how sure that is.")

    @strawberry.field(description="Opaque, the same for ever: what customerUnlink takes out.")
    @staticmethod
    def id(root: strawberry.Parent[model.Identity]) -> strawberry.ID:
        return strawberry.ID(root.id)

    @strawberry.field(description='The kind of system: "shopify".')
    @staticmethod
    def system(root: strawberry.Parent[model.Identity]) -> str:
        return root.source.system

    @strawberry.field(description='The configured account of it: "shop-us".')
    @staticmethod
    def connection(root: strawberry.Parent[model.Identity]) -> str:
        return root.source.connection

    @strawberry.field(description="What the system calls them; null without pii:read.")
    @staticmethod
    def external_id(root: strawberry.Parent[model.Identity], info: Info) -> str | None:
        return pii(info.context, root.source.external_id)

    @strawberry.field(description="They bought without an account there.")
    @staticmethod
    def is_guest(root: strawberry.Parent[model.Identity]) -> bool:
        return root.record.is_guest

    @strawberry.field(description="The system says that they proved the e-mail or phone.")
    @staticmethod
    def verified(root: strawberry.Parent[model.Identity]) -> bool:
        return root.record.email_verified or root.record.phone_verified

    @strawberry.field(description="The e-mail address there; null without pii:read.")
    @staticmethod
    def email(root: strawberry.Parent[model.Identity], info: Info) -> str | None:
        return pii(info.context, root.record.email)


@strawberry.type(description="One person, however many systems know them.")
class Customer(Node):
    """Resolved from `gateway.domain.customers.model.Customer`."""

    version: int = strawberry.field(description="Counts what changed, from 1.")
    is_guest: bool = strawberry.field(description="No system has an account of theirs.")
    created_at: datetime = strawberry.field(description="When they came here.")
    updated_at: datetime = strawberry.field(description="When they last changed here.")
    identities: list[CustomerIdentity] = strawberry.field(
        description="Who they are in each system, joined by proof only."
    )

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, model.Customer)

    @strawberry.field(description="Given name; null without pii:read.")
    @staticmethod
    def first_name(root: strawberry.Parent[model.Customer], info: Info) -> str | None:
        return pii(info.context, root.first_name)

    @strawberry.field(description="Family name; null without pii:read.")
    @staticmethod
    def last_name(root: strawberry.Parent[model.Customer], info: Info) -> str | None:
        return pii(info.context, root.last_name)

    @strawberry.field(description="E-mail address; null without pii:read.")
    @staticmethod
    def email(root: strawberry.Parent[model.Customer], info: Info) -> str | None:
        return pii(info.context, root.email)

    @strawberry.field(description="Telephone number; null without pii:read.")
    @staticmethod
    def phone(root: strawberry.Parent[model.Customer], info: Info) -> str | None:
        return pii(info.context, root.phone)

    @strawberry.field(description="Addresses; empty without pii:read.", graphql_type=list[Address])
    @staticmethod
    def addresses(root: strawberry.Parent[model.Customer], info: Info) -> Any:
        return pii(info.context, root.addresses) or ()

    @strawberry.field(
        description="Their orders in every system, newest first.",
        graphql_type=Connection[Annotated["Order", strawberry.lazy("resolvers.orders.types")]],
    )
    @staticmethod
    async def orders(
        root: strawberry.Parent[model.Customer],
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Any:
        keys = tuple(identity.key for identity in root.identities)
        own = await own_orders(info.context)
        criteria = order_rows.narrowed(own, customer_keys=keys)
        window = Window(first=first, after=after, last=last, before=before)
        return await order_page(info.context, window, criteria)

    @batch(
        description="Others with the same unproved e-mail: perhaps the same person. Staff only.",
        graphql_type=list[Annotated["Customer", strawberry.lazy("resolvers.customers.types")]],
        directives=requires(Scope.CUSTOMERS_WRITE),
    )
    @staticmethod
    async def suggestions(parents: Sequence[model.Customer], info: Info) -> list[Any]:
        return await info.context.many(suggestions_of, [one.id for one in parents])

    @batch(description="Where their facts come from.")
    @staticmethod
    async def source_refs(parents: Sequence[model.Customer], info: Info) -> list[list[SourceRef]]:
        sources = [[identity.source for identity in parent.identities] for parent in parents]
        return await refs(info, sources)
