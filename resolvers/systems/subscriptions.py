"""Subscriptions to the log and to exceptions."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Annotated, Any

import strawberry

from gateway.auth.scopes import Role, Scope
from gateway.domain.issues import repository
from gateway.events.event import Logged
from resolvers.access import requires
from resolvers.context import Context, Info
from resolvers.events import Event, follow, seal
from resolvers.loaders.orders import orders_by_id
from resolvers.systems.types import Exception_

_After = Annotated[
    str | None, strawberry.argument(description="Replay from this cursor, then go live.")
]


@strawberry.type(description="An exception that was raised or resolved.")
class ExceptionRaised:
    cursor: str = strawberry.field(description="Give it as `after` to go on from here.")
    event: Event = strawberry.field(description="What happened.")
    exception: Exception_ = strawberry.field(description="The exception as it is now.")


@strawberry.type
class SystemSubscriptions:
    @strawberry.subscription(
        description="Everything that happens to what the caller may see, in commit order.",
        graphql_type=AsyncGenerator[Event, None],
        directives=requires(Scope.EVENTS_READ),
    )
    async def events(
        self,
        info: Info,
        types: Annotated[
            list[str] | None,
            strawberry.argument(description='Only these: "order.placed", or "order." for all.'),
        ] = None,
        after: _After = None,
    ) -> AsyncGenerator[Any, None]:
        async for logged in follow(info.context, after):
            if _is_of(logged, types) and await _may_see(info.context, logged):
                yield logged

    @strawberry.subscription(
        description="Exceptions that are raised or resolved.",
        graphql_type=AsyncGenerator[ExceptionRaised, None],
        directives=requires(Scope.EXCEPTIONS_READ),
    )
    async def exception_raised(self, info: Info, after: _After = None) -> AsyncGenerator[Any, None]:
        context = info.context
        async for logged in follow(context, after):
            if not _is_of(logged, ["exception."]) or not await _may_see(context, logged):
                continue
            raised = await context.once(
                "exception", logged.cursor, partial(_raised, context, logged)
            )
            if raised:
                yield raised


async def _raised(context: Context, logged: Logged) -> ExceptionRaised | None:
    id = logged.event.subject
    async with context.units.read() as unit:
        issue: Any = (await repository.issues.by_ids(unit, [id])).get(id)
    event: Any = logged
    cursor = seal(context, logged.cursor)
    return issue and ExceptionRaised(cursor=cursor, event=event, exception=issue)


def _is_of(logged: Logged, types: list[str] | None) -> bool:
    """A type that ends with a dot stands for all that begin with it."""
    if types is None:
        return True
    type = logged.event.type
    return any(type == one or (one.endswith(".") and type.startswith(one)) for one in types)


async def _may_see(context: Context, logged: Logged) -> bool:
    """Who does not look across sees the events of their orders."""
    if context.principal.role in (Role.AGENT, Role.ADMIN):
        return True
    named = (logged.event.subject, *logged.event.related)
    order = next((one for one in named if one.startswith("order_")), None)
    return order is not None and await context.loader(orders_by_id).load(order) is not None
