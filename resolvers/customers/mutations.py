"""Customer mutations: who is who, when staff know it better than proof does."""

from typing import Annotated, Any

import strawberry

from gateway import ids
from gateway.auth.scopes import Scope
from gateway.domain.customers import model
from gateway.domain.customers import service as customers
from gateway.errors import NotFound, Refused
from gateway.orchestration.asking import check_version
from gateway.orchestration.requests import customers as requests
from gateway.orchestration.requests.customers import LinkWanted, UnlinkWanted
from resolvers import refusals
from resolvers.access import requires
from resolvers.context import Context, Info
from resolvers.customers.inputs import CustomerLinkInput, CustomerUnlinkInput
from resolvers.customers.types import Customer
from resolvers.loaders.customers import find_customer
from resolvers.refusals import UserError
from resolvers.requests import request

_LinkInput = Annotated[CustomerLinkInput, strawberry.argument(description="Who is who.")]
_UnlinkInput = Annotated[CustomerUnlinkInput, strawberry.argument(description="Who is not.")]


@strawberry.type(description="What became of joining two customers.")
class CustomerLinkPayload:
    customer: Customer | None = strawberry.field(
        description="Who stayed, with everything of both; with dryRun, as they would be."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it went well.")


@strawberry.type(description="What became of taking a customer apart.")
class CustomerUnlinkPayload:
    customer: Customer | None = strawberry.field(
        description="Without the identity; with dryRun, as they would be."
    )
    separated: Customer | None = strawberry.field(
        description="Whose the identity is now, with its orders."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it went well.")


@strawberry.type
class CustomerMutations:
    @strawberry.mutation(
        description="Say that two customers are one person: identities and orders become one list. "
        "customerUnlink undoes it. Codes: NOT_FOUND, INVALID_INPUT, ILLEGAL_TRANSITION, "
        "VERSION_CONFLICT, IDEMPOTENCY_CONFLICT.",
        graphql_type=CustomerLinkPayload,
        directives=requires(Scope.CUSTOMERS_WRITE),
    )
    async def customer_link(self, info: Info, input: _LinkInput) -> Any:
        context = info.context
        try:
            stays = await _seen(context, input.customer_id, "customerId")
            other = await _seen(context, input.other_id, "otherId")
            if input.dry_run:
                check_version(stays.version, input.expected_version)
                kept, _ = customers.plan_link(stays, other, context.services.clock())
                return CustomerLinkPayload(customer=kept, user_errors=[])  # type: ignore[arg-type]
            wanted = LinkWanted(
                customer_id=stays.id, other_id=other.id, expected_version=input.expected_version
            )
            asked = await requests.link(
                context.services.asking, request(context, "customerLink", input), wanted
            )
        except Refused as refused:
            return CustomerLinkPayload(customer=None, user_errors=[refusals.of(refused)])
        context.renew()
        return CustomerLinkPayload(
            customer=await find_customer(context, asked.subject),  # type: ignore[arg-type]
            user_errors=[],
        )

    @strawberry.mutation(
        description="Say that an identity is somebody else's: it becomes a customer of its own and "
        "takes its orders along; proof does not join the two again. Codes: NOT_FOUND, "
        "INVALID_INPUT, ILLEGAL_TRANSITION, VERSION_CONFLICT, IDEMPOTENCY_CONFLICT.",
        graphql_type=CustomerUnlinkPayload,
        directives=requires(Scope.CUSTOMERS_WRITE),
    )
    async def customer_unlink(self, info: Info, input: _UnlinkInput) -> Any:
        context = info.context
        try:
            held = await _seen(context, input.customer_id, "customerId")
            wanted = UnlinkWanted(
                customer_id=held.id,
                identity_id=ids.require(ids.IDENTITY, input.identity_id),
                expected_version=input.expected_version,
            )
            if input.dry_run:
                async with context.units.read() as unit:
                    taken = await requests.preview_unlink(context.services.asking, unit, wanted)
                return _apart(taken.kept, taken.alone)
            asked = await requests.unlink(
                context.services.asking, request(context, "customerUnlink", input), wanted
            )
        except Refused as refused:
            return CustomerUnlinkPayload(
                customer=None, separated=None, user_errors=[refusals.of(refused)]
            )
        context.renew()
        async with context.units.read() as unit:
            kept = await customers.get(unit, asked.subject)
            alone = await customers.separated(unit, kept, wanted.identity_id)
        return _apart(kept, alone)


def _apart(kept: model.Customer, alone: model.Customer | None) -> Any:
    return CustomerUnlinkPayload(
        customer=kept,  # type: ignore[arg-type]
        separated=alone,  # type: ignore[arg-type]
        user_errors=[],
    )


async def _seen(context: Context, id: str, name: str) -> model.Customer:
    """Return a customer that the caller may see. Raises: NotFound, for absent and foreign alike."""
    found = await find_customer(context, ids.require(ids.CUSTOMER, id))
    if found is None:
        raise NotFound("no such customer", path=(name,))
    return found
