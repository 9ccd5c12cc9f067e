"""What the tests do with a client again and again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from connectors.medusa import checkpoints
from connectors.medusa.checkpoints import Walks
from connectors.medusa.connector import Client
from connectors.sdk.changes import Change
from connectors.sdk.commands import (
    CreateRefund,
    ReceivedLine,
    ReceiveReturn,
    RecordShipment,
    RequestReturn,
)
from connectors.sdk.records import Kind, OrderRecord, Tracking
from connectors.sdk.records.states import Disposition, ReturnReason
from connectors.sdk.values import LineQuantity, Money

T = TypeVar("T")

LATER = datetime.now(UTC) + timedelta(days=1)
"""Beyond anything that the shop will date during a run."""


async def pull(client: Client, kind: Kind, since: str | None = None) -> tuple[list[Change], str]:
    """Pull to the end; return all changes and the last checkpoint."""
    changes: list[Change] = []
    checkpoint = ""
    async for page in client.pull(kind, since):
        assert len(page.changes) <= 250
        changes += page.changes
        checkpoint = page.checkpoint
    return changes, checkpoint


async def order_of(client: Client, order_id: str) -> OrderRecord:
    """Read one order as it is now."""
    return only(OrderRecord, await client.fetch(Kind.ORDER, [order_id]))


def only(kind: type[T], changes: Sequence[Change]) -> T:
    """Return the only record of *kind* among *changes*."""
    (found,) = all_of(kind, changes)
    return found


def all_of(kind: type[T], changes: Sequence[Change]) -> list[T]:
    return [each for each in changes if isinstance(each, kind)]


def orders_in(changes: Sequence[Change]) -> dict[str, OrderRecord]:
    """Return the orders among *changes* by id, as last given."""
    return {each.external_id: each for each in all_of(OrderRecord, changes)}


def walked_on(checkpoint: str, *names: str) -> str:
    """Return the checkpoint with these walks a day ahead: they find nothing any more."""
    point = checkpoints.parse(checkpoint, Walks)
    assert point
    for name in names:
        point = point.reached(name, LATER)
    return checkpoints.write(point)


def forgotten(checkpoint: str) -> str:
    """Return the checkpoint without the orders that it would read again."""
    point = checkpoints.parse(checkpoint, Walks)
    assert point
    return checkpoints.write(point.closed(point.open))


def shipping(key: str, order_id: str, quantity: int, number: str, sku: str) -> RecordShipment:
    """Units of one SKU leave in one parcel."""
    return RecordShipment(
        key=key,
        order_id=order_id,
        lines=(LineQuantity(sku=sku, quantity=quantity),),
        tracking=Tracking(number=number, carrier="UPS Ground"),
    )


def refunding(key: str, order_id: str, minor: int, **more: Any) -> CreateRefund:
    """Cents of US dollars go back; *more* as in CreateRefund."""
    return CreateRefund(
        key=key,
        order_id=order_id,
        payment_id=more.pop("payment_id", None),
        amount=Money(minor=minor, currency="USD"),
        reason="dented",
        **more,
    )


def returning(key: str, order_id: str, quantity: int, sku: str, **more: Any) -> RequestReturn:
    """Units of one SKU are to come back; *more* as in RequestReturn."""
    return RequestReturn(
        key=key,
        order_id=order_id,
        lines=(LineQuantity(sku=sku, quantity=quantity),),
        reason=more.pop("reason", ReturnReason.UNWANTED),
        **more,
    )


def receiving(key: str, return_id: str, line_id: str, **units: int) -> ReceiveReturn:
    """Units of one line are here: ``RESTOCKED=1, DAMAGED=1``."""
    return ReceiveReturn(
        key=key,
        return_id=return_id,
        lines=tuple(
            ReceivedLine(line_id=line_id, quantity=count, disposition=Disposition(word))
            for word, count in units.items()
        ),
    )
