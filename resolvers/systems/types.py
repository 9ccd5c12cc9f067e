"""Exceptions, effects and connections, as the graph shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from gateway.auth.scopes import Scope
from gateway.domain.issues import model as issues
from gateway.events.event import Event as Logged
from gateway.execution.engine.batch import batch
from gateway.orchestration import outbox
from gateway.sync.pull import Progress
from gateway.systems.connections import Connected
from resolvers.access import requires
from resolvers.context import Info
from resolvers.enums import (
    ConnectionStatus,
    EffectState,
    ExceptionCategory,
    ExceptionSeverity,
    ExceptionStatus,
)
from resolvers.loaders.inventory import levels_by_id
from resolvers.nodes import Node
from resolvers.paging import costing, sized
from resolvers.systems.backlog import Backlog, backlog_of, pulls_of, reconciled

if TYPE_CHECKING:
    from resolvers.inventory.types import InventoryLevel

_LevelType = Annotated["InventoryLevel", strawberry.lazy("resolvers.inventory.types")]


@strawberry.type(
    name="Exception",
    description="What needs somebody's eye: opened by a cause, closed by an outcome.",
)
class Exception_(Node):  # noqa: N801 (the field's word is Python's)
    """Resolved from `gateway.domain.issues.model.Issue`."""

    version: int = strawberry.field(description="Counts what changed, from 1.")
    status: ExceptionStatus = strawberry.field(description="Whether somebody is at it.")
    opened_at: datetime = strawberry.field(description="Since when.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    resolved_at: datetime | None = strawberry.field(description="When it was over.")
    resolution: str | None = strawberry.field(description="How it ended.")
    occurrences: int = strawberry.field(description="How often it was opened.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, issues.Issue)

    @strawberry.field(description='What it is: "UNMAPPED_SKU".')
    @staticmethod
    def code(root: strawberry.Parent[issues.Issue]) -> str:
        return root.cause.code

    @strawberry.field(description="What part of the business it is of.")
    @staticmethod
    def category(root: strawberry.Parent[issues.Issue]) -> ExceptionCategory:
        return root.cause.category

    @strawberry.field(description="How much it matters.")
    @staticmethod
    def severity(root: strawberry.Parent[issues.Issue]) -> ExceptionSeverity:
        return root.cause.severity

    @strawberry.field(description="What is wrong and who must do what, for people.")
    @staticmethod
    def message(root: strawberry.Parent[issues.Issue]) -> str:
        return root.cause.message

    @strawberry.field(description="The noun to look at.")
    @staticmethod
    def subject(root: strawberry.Parent[issues.Issue]) -> strawberry.ID | None:
        return strawberry.ID(root.cause.subject) if root.cause.subject else None

    @strawberry.field(description="The connection it came up at.")
    @staticmethod
    def connection(root: strawberry.Parent[issues.Issue]) -> str | None:
        return root.cause.connection


@strawberry.type(description="Something a connected system was told to do.")
class Effect:
    """Resolved from `gateway.orchestration.outbox.Effect`."""

    id: strawberry.ID = strawberry.field(description="Opaque, the same for ever.")
    connection: str = strawberry.field(description="Who was told.")
    state: EffectState = strawberry.field(description="Whether it is done.")
    attempt: int = strawberry.field(description="How often it was tried.")
    external_id: str | None = strawberry.field(description="What the system made, in its words.")
    error_code: str | None = strawberry.field(description="The system's code for why not.")
    error: str | None = strawberry.field(description="Why not, in its words.")
    created_at: datetime = strawberry.field(description="Since when.")
    updated_at: datetime = strawberry.field(description="When it was last tried.")

    @strawberry.field(description='What: "cancel_order", "buy_label".')
    @staticmethod
    def command(root: strawberry.Parent[outbox.Effect]) -> str:
        return root.command_name


@strawberry.type(description="How far the reading of one kind of record is.")
class ConnectionPull:
    kind: str = strawberry.field(description='What is read: "order".')
    mode: str = strawberry.field(description="incremental, backfill or reconcile.")
    records: int = strawberry.field(description="How many came so far.")
    total: int | None = strawberry.field(description="How many there are, where the system says.")
    completed_at: datetime | None = strawberry.field(description="When it last reached its end.")


@strawberry.type(description="What reading a connection again has found: the drift report.")
class Reconciliation:
    """Resolved from an event ``connection.reconciled``."""

    occurred_at: datetime = strawberry.field(description="When it ended.")

    @strawberry.field(description="How many orders and levels were read again.")
    @staticmethod
    def checked(root: strawberry.Parent[Logged]) -> int:
        return int(root.data["checked"])

    @strawberry.field(description="How many had moved without our hearing of it; they are healed.")
    @staticmethod
    def healed(root: strawberry.Parent[Logged]) -> int:
        return int(root.data["healed"])

    @strawberry.field(description="How many levels it counts otherwise than whoever is believed.")
    @staticmethod
    def strays(root: strawberry.Parent[Logged]) -> int:
        return int(root.data["strays"])

    @batch(
        description="Those levels, at most 250: `counts` says who counts what.",
        graphql_type=list[_LevelType],
        directives=requires(Scope.INVENTORY_READ) + sized(50),
    )
    @staticmethod
    async def levels(parents: Sequence[Logged], info: Info) -> list[Any]:
        return await info.context.lists(levels_by_id, [one.data["levels"] for one in parents])


@strawberry.type(description="A configured account of an external system, and how it is.")
class SystemConnection:
    """Resolved from `gateway.systems.connections.Connected`."""

    @strawberry.field(description='Its name here: "shop-us".')
    @staticmethod
    def id(root: strawberry.Parent[Connected]) -> strawberry.ID:
        return strawberry.ID(root.id)

    @strawberry.field(description='The kind of system: "shopify".')
    @staticmethod
    def system(root: strawberry.Parent[Connected]) -> str:
        return root.connector

    @strawberry.field(description="For people.")
    @staticmethod
    def name(root: strawberry.Parent[Connected]) -> str:
        return root.manifest.name

    @strawberry.field(description="What it does: shop, pos, warehouse, carrier.")
    @staticmethod
    def kinds(root: strawberry.Parent[Connected]) -> list[str]:
        return [str(kind) for kind in root.manifest.kinds]

    @strawberry.field(description="The vendor's interface and its version.")
    @staticmethod
    def api(root: strawberry.Parent[Connected]) -> str:
        return root.manifest.api

    @strawberry.field(description='What it can do, as it is set up: "pull:order", "cancel_order".')
    @staticmethod
    def capabilities(root: strawberry.Parent[Connected]) -> list[str]:
        return list(root.capabilities)

    @strawberry.field(description="How it is, as this process sees it.")
    @staticmethod
    def status(root: strawberry.Parent[Connected]) -> ConnectionStatus:
        return root.health.status

    @strawberry.field(description="False: nothing is sent and nothing taken in.")
    @staticmethod
    def enabled(root: strawberry.Parent[Connected]) -> bool:
        return root.enabled

    @strawberry.field(description="When it last answered well.")
    @staticmethod
    def last_ok_at(root: strawberry.Parent[Connected]) -> datetime | None:
        return root.health.last_ok_at

    @strawberry.field(description="What it last did wrong.")
    @staticmethod
    def last_error(root: strawberry.Parent[Connected]) -> str | None:
        return root.health.last_error

    @strawberry.field(description="When that was.")
    @staticmethod
    def last_error_at(root: strawberry.Parent[Connected]) -> datetime | None:
        return root.health.last_error_at

    @strawberry.field(description="How long it takes to answer, milliseconds, on average.")
    @staticmethod
    def latency_ms(root: strawberry.Parent[Connected]) -> float | None:
        return root.health.latency_ms

    @strawberry.field(description="The share of the last requests that failed, 0 to 1.")
    @staticmethod
    def error_rate(root: strawberry.Parent[Connected]) -> float:
        return root.health.error_rate

    @strawberry.field(description="Requests that its budget still allows now.")
    @staticmethod
    def budget_left(root: strawberry.Parent[Connected]) -> float | None:
        return root.health.budget_left

    @batch(
        description="What waits for it, and what waits to be read of it.",
        directives=costing(10),
        graphql_type=Backlog,
    )
    @staticmethod
    async def backlog(parents: Sequence[Connected], info: Info) -> list[Any]:
        return await info.context.many(backlog_of, [one.id for one in parents])

    @batch(
        description="What the last reconciliation found; null before the first.",
        graphql_type=Reconciliation | None,
    )
    @staticmethod
    async def last_reconciliation(parents: Sequence[Connected], info: Info) -> list[Any]:
        return await info.context.many(reconciled, [one.id for one in parents])

    @batch(description="How far its records have been read.")
    @staticmethod
    async def pulls(parents: Sequence[Connected], info: Info) -> list[list[ConnectionPull]]:
        found = await info.context.many(pulls_of, [one.id for one in parents])
        return [list(map(_pull, those or ())) for those in found]


def _pull(done: Progress) -> ConnectionPull:
    return ConnectionPull(
        kind=str(done.kind),
        mode=done.mode,
        records=done.records,
        total=done.total,
        completed_at=done.completed_at,
    )
