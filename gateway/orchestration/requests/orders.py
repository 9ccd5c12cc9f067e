"""Orders: canceled where they were sold."""

from connectors.sdk.commands import CancelOrder
from gateway.domain.orders import service as orders
from gateway.errors import IllegalTransition
from gateway.orchestration.asking import Asked, Asking, Led, check_version
from gateway.orchestration.idempotency import Request
from gateway.store.unit import Unit


async def cancel(
    asking: Asking, request: Request, order_id: str, reason: str, expected_version: int | None
) -> Asked:
    """Cancel what is not fulfilled of an order, in the system that sold it.

    Raises: NotFound, IllegalTransition, VersionConflict, CapabilityMissing,
    IdempotencyConflict.
    """

    async def decide(unit: Unit) -> Led:
        order = await orders.get(unit, order_id)
        check_version(order.version, expected_version)
        if not order.is_open:
            raise IllegalTransition(f"the order is {order.status}", path=("id",))
        if not any(line.open_quantity for line in order.lines):
            raise IllegalTransition("everything has left already", path=("id",))
        connection = order.source.connection
        asking.require(connection, "cancel_order")
        command = CancelOrder(key=request.command_key, order_id=order.external_id, reason=reason)
        effect = await asking.enqueue(unit, connection, command, order.id, order.id)
        return Led(subject=order.id, effects=(effect,))

    return await asking.ask(request, decide)
