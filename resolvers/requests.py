"""What mutations share: whose key it is, what it is about, and what it looks like afterwards."""

from dataclasses import asdict
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from gateway import ids
from gateway.domain.orders import model
from gateway.errors import InvalidInput, NotFound
from gateway.orchestration.asking import Asked
from gateway.orchestration.idempotency import Request
from gateway.store.codec import encode
from gateway.telemetry.redaction import hide_cards
from resolvers.context import Context
from resolvers.loaders.orders import orders_by_id


async def seen(context: Context, id: str) -> model.Order:
    """Return an order that the caller may see. Raises: NotFound, for absent and foreign alike."""
    order = await context.loader(orders_by_id).load(ids.require(ids.ORDER, id))
    if order is None:
        raise NotFound("no such order", path=("id",))
    return order


async def again(context: Context, asked: Asked) -> model.Order | None:
    """Read the order anew, after what was done."""
    context.renew()
    return await context.loader(orders_by_id).load(asked.subject)


def request(context: Context, mutation: str, input: Any) -> Request:
    """Return the use of an idempotency key; *input* is what must be the same again.

    Raises: InvalidInput when a text holds a card number: none is ever kept or sent on. A parcel's
    number may look like one, and is none.
    """
    for name, value in asdict(input).items():
        if isinstance(value, str) and hide_cards(value) != value:
            raise InvalidInput("holds what looks like a card number", path=(to_camel_case(name),))
    return Request(
        caller=context.principal.subject,
        mutation=mutation,
        key=input.idempotency_key,
        input=encode(asdict(input)),
    )
