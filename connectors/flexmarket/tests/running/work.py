"""What the tests do with a client again and again."""

from collections.abc import Iterable
from typing import TypeVar

from connectors.flexmarket.connector import Client
from connectors.sdk.changes import Change
from connectors.sdk.commands import RecordShipment
from connectors.sdk.records import Kind, LevelRecord, OrderRecord, Tracking
from connectors.sdk.values import LineQuantity

T = TypeVar("T")


async def pull(client: Client, kind: Kind, since: str | None = None) -> tuple[list[Change], str]:
    """Pull to the end; return all changes and the last checkpoint."""
    changes: list[Change] = []
    checkpoint = ""
    async for page in client.pull(kind, since):
        assert len(page.changes) <= 250
        changes += page.changes
        checkpoint = page.checkpoint
    return changes, checkpoint


def of(kind: type[T], changes: Iterable[Change]) -> list[T]:
    """Return the records of one kind, in the order given."""
    return [each for each in changes if isinstance(each, kind)]


async def order_of(client: Client, order_id: str) -> OrderRecord:
    """Read one order as it is now."""
    [order] = of(OrderRecord, await client.fetch(Kind.ORDER, [order_id]))
    return order


async def level_of(client: Client, sku: str) -> LevelRecord:
    """Find the level of a SKU among all."""
    changes, _ = await pull(client, Kind.LEVEL)
    [level] = [each for each in of(LevelRecord, changes) if each.sku == sku]
    return level


def shipping(key: str, order_id: str, units: dict[str, int], number: str) -> RecordShipment:
    """Units by SKU leave in one parcel."""
    return RecordShipment(
        key=key,
        order_id=order_id,
        lines=tuple(LineQuantity(sku=sku, quantity=count) for sku, count in units.items()),
        tracking=Tracking(number=number, carrier="Acme Parcel", url="https://track.example/1"),
    )
