"""What reactions look at, and how they ask for something to be done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.sdk.commands import Command
from gateway.domain.fulfillment import repository as fulfillment_rows
from gateway.domain.fulfillment.model import FulfillmentOrder
from gateway.domain.fulfillment.shipments import Shipment
from gateway.domain.orders import repository as order_rows
from gateway.domain.orders.model import Order
from gateway.events.event import Event
from gateway.orchestration import outbox
from gateway.orchestration.outbox import Job
from gateway.orchestration.routes import Routes
from gateway.store.unit import Unit
from gateway.systems.connections import Systems


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a reaction may look at beside the store."""

    systems: Systems
    routes: Routes

    def can(self, connection: str | None, command: str) -> bool:
        """True when *connection* is here and can do *command*."""
        connected = self.systems.find(connection) if connection else None
        return connected is not None and connected.can_perform(command)


Reaction = Callable[[Unit, Event, World, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Which order a command is for (its effects go one by one), and which noun people look at."""

    order_id: str | None
    subject: str


async def ask(
    unit: Unit, connection: str | None, command: Command, about: About, now: datetime
) -> str | None:
    """Have *connection* told to do *command*, in this unit; return the effect's id."""
    if connection is None:
        return None
    job = Job(
        connection=connection,
        command=command,
        lane=about.order_id or about.subject,
        order_id=about.order_id,
        subject=about.subject,
    )
    return await outbox.enqueue(unit, job, now)


async def order(unit: Unit, id: str | None) -> Order | None:
    """Return an order, if it is there."""
    return (await order_rows.orders.by_ids(unit, [id])).get(id) if id else None


async def work(unit: Unit, id: str | None) -> FulfillmentOrder | None:
    """Return a fulfillment order, if it is there."""
    return (await fulfillment_rows.work.by_ids(unit, [id])).get(id) if id else None


async def shipment(unit: Unit, id: str | None) -> Shipment | None:
    """Return a shipment, if it is there."""
    return (await fulfillment_rows.shipments.by_ids(unit, [id])).get(id) if id else None
