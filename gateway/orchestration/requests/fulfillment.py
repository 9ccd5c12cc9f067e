"""Goods: sent off, with a label of the carrier's or a number that they have already."""

from gateway.domain.fulfillment import service as fulfillment
from gateway.domain.fulfillment.service import Shipping
from gateway.domain.orders import service as orders
from gateway.errors import InvalidInput
from gateway.orchestration.asking import Asked, Asking, Led, check_version
from gateway.orchestration.idempotency import Request
from gateway.orchestration.workflows import ship as shipping_steps
from gateway.store.unit import Unit


async def ship(
    asking: Asking,
    request: Request,
    work_id: str,
    shipping: Shipping,
    expected_version: int | None,
) -> Asked:
    """Send the goods of a fulfillment order: label, hand-over and write-back follow as
    reactions (`gateway.orchestration.workflows.ship`).

    Raises: NotFound, IllegalTransition, VersionConflict, CapabilityMissing, InvalidInput.
    """

    async def decide(unit: Unit) -> Led:
        work = await fulfillment.get(unit, work_id)
        check_version(work.version, expected_version)
        order = await orders.get(unit, work.order_id or "")
        carrier = shipping.carrier or asking.world.routes.carrier(order.channel_id)
        if shipping.parcel is None:
            if carrier is None:
                raise InvalidInput(
                    "name a carrier connection or a tracking number", path=("carrier",)
                )
            asking.require(carrier, "buy_label")
        how = Shipping(
            carrier=None if shipping.parcel else carrier,
            service=shipping.service,
            parcel=shipping.parcel,
        )
        work = await fulfillment.request_shipping(unit, work.id, how, asking.now())
        return Led(subject=work.id, effects=shipping_steps.effects_of(work))

    return await asking.ask(request, decide)
