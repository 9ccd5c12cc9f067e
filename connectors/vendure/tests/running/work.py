"""What the tests do with a client again and again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.sdk.changes import Change
from connectors.sdk.commands import (
    CreateRefund,
    RecordShipment,
)
from connectors.sdk.records import (
    Kind,
    OrderRecord,
    Tracking,
)
from connectors.sdk.values import LineQuantity, Money
from connectors.vendure import checkpoints
from connectors.vendure.checkpoints import Walks
from connectors.vendure.connector import Client

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
    order, *_ = await client.fetch(Kind.ORDER, [order_id])
    assert isinstance(order, OrderRecord)
    return order


def order_in(changes: Sequence[Change]) -> OrderRecord:
    """Return the only order among *changes*."""
    (order,) = [each for each in changes if isinstance(each, OrderRecord)]
    return order


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


def orders_in(changes: list[Change]) -> dict[str, OrderRecord]:
    """Return the orders among *changes* by id, as last given."""
    return {each.external_id: each for each in changes if isinstance(each, OrderRecord)}


def walked_on(checkpoint: str, *names: str) -> str:
    """Return the checkpoint with these walks a day ahead: they find nothing any more."""
    point = checkpoints.parse(checkpoint, Walks)
    assert point
    for name in names:
        point = point.reached(name, LATER)
    return checkpoints.write(point)
