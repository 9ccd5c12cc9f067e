"""Fulfillment mutations."""

from typing import Annotated, Any

import strawberry

from connectors.sdk.records import Tracking
from gateway import ids
from gateway.auth.scopes import Scope
from gateway.domain.fulfillment.service import Shipping
from gateway.errors import InvalidInput, NotFound, Refused
from gateway.orchestration.requests import fulfillment
from resolvers import refusals
from resolvers.access import requires
from resolvers.context import Context, Info
from resolvers.fulfillment.types import FulfillmentOrder, Shipment
from resolvers.loaders.fulfillment import find_work, shipments_of_work, work_by_id
from resolvers.refusals import UserError
from resolvers.requests import request
from resolvers.systems.types import Effect


@strawberry.input(description="A parcel's number that is known already.")
class TrackingInput:
    number: str = strawberry.field(description="The number on the label.")
    carrier: str | None = strawberry.field(default=None, description="Who carries it.")
    url: str | None = strawberry.field(default=None, description="The carrier's page of it.")


@strawberry.input(description="Send the goods of a fulfillment order.")
class FulfillmentOrderShipInput:
    idempotency_key: str = strawberry.field(
        description="The same key with the same input is the same request, also after a restart."
    )
    id: strawberry.ID = strawberry.field(description="The fulfillment order.")
    carrier: str | None = strawberry.field(
        default=None,
        description="The connection that sells the label; unsaid, the channel's own.",
    )
    service: str | None = strawberry.field(
        default=None, description="The carrier's service; unsaid, the cheapest that fits."
    )
    tracking: TrackingInput | None = strawberry.field(
        default=None, description="The goods have a label already: no other is bought."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the version still is this."
    )


@strawberry.type(description="What became of a request to ship.")
class FulfillmentOrderShipPayload:
    fulfillment_order: FulfillmentOrder | None = strawberry.field(description="As it is now.")
    shipment: Shipment | None = strawberry.field(
        description="The shipment, once the label is bought."
    )
    effects: list[Effect] = strawberry.field(description="What the carrier was told.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it went well.")


@strawberry.type
class FulfillmentMutations:
    @strawberry.mutation(
        description="Buy a label and send the goods: whoever does the work is told, the tracking "
        "number goes to the shop, deliveries are followed. Codes: NOT_FOUND, INVALID_INPUT, "
        "ILLEGAL_TRANSITION, VERSION_CONFLICT, CAPABILITY_MISSING, IDEMPOTENCY_CONFLICT, "
        "UPSTREAM_REJECTED, UPSTREAM_UNKNOWN.",
        graphql_type=FulfillmentOrderShipPayload,
        directives=requires(Scope.FULFILLMENT_WRITE),
    )
    async def fulfillment_order_ship(
        self,
        info: Info,
        input: Annotated[
            FulfillmentOrderShipInput, strawberry.argument(description="What to send, and how.")
        ],
    ) -> Any:
        context = info.context
        try:
            work = await _seen(context, input.id)
            asked = await fulfillment.ship(
                context.services.asking,
                request(context, "fulfillmentOrderShip", input),
                work.id,
                _shipping(input),
                input.expected_version,
            )
        except Refused as refused:
            return FulfillmentOrderShipPayload(
                fulfillment_order=None,
                shipment=None,
                effects=[],
                user_errors=[refusals.of(refused)],
            )
        context.renew()
        shipments = await context.loader(shipments_of_work).load(asked.subject)
        return FulfillmentOrderShipPayload(
            fulfillment_order=await context.loader(work_by_id).load(asked.subject),  # type: ignore[arg-type]
            shipment=shipments[-1] if shipments else None,  # type: ignore[arg-type]
            effects=asked.effects,  # type: ignore[arg-type]
            user_errors=refusals.of_effects(asked),
        )


async def _seen(context: Context, id: str) -> Any:
    work = await find_work(context, ids.require(ids.FULFILLMENT_ORDER, id))
    if work is None:
        raise NotFound("no such fulfillment order", path=("id",))
    return work


def _shipping(input: FulfillmentOrderShipInput) -> Shipping:
    if input.tracking is None:
        return Shipping(carrier=input.carrier, service=input.service)
    number = input.tracking.number.strip()
    if not number or input.carrier or input.service:
        raise InvalidInput("give a tracking number, or what to buy: not both", path=("tracking",))
    parcel = Tracking(number=number, carrier=input.tracking.carrier, url=input.tracking.url)
    return Shipping(parcel=parcel)
