"""Queries of connections, exceptions, the log and the caller."""

from typing import Annotated, Any

import strawberry

from gateway.auth.scopes import Scope
from gateway.clock import micros
from gateway.domain.issues import model as issues
from gateway.domain.issues import repository
from gateway.events import log
from gateway.store.paging import Slice
from gateway.systems.connections import Connected
from resolvers.access import looks_across, requires
from resolvers.context import Info
from resolvers.enums import ExceptionCategory
from resolvers.events import Event, seal, unseal
from resolvers.paging import After, Before, Connection, Edge, First, Last, Paged, PageInfo, Window
from resolvers.systems.types import Exception_, SystemConnection

ISSUES: Paged[issues.Issue] = Paged("exceptions", lambda one: (micros(one.opened_at), one.id))


@strawberry.type(description="Who asks.")
class Viewer:
    role: str = strawberry.field(
        description="SHOPPER, ASSOCIATE, AGENT, PARTNER or ADMIN; rows are limited by it."
    )
    subject: str = strawberry.field(description="Names them in the audit trail.")
    scopes: list[str] = strawberry.field(description="What they may do.")
    customer_id: strawberry.ID | None = strawberry.field(description="Who they are as a shopper.")
    location_ids: list[strawberry.ID] = strawberry.field(description="Where they work.")
    channel_ids: list[strawberry.ID] = strawberry.field(description="What they sell through.")


@strawberry.type
class SystemQueries:
    @strawberry.field(description="Who asks, and what they may.")
    def viewer(self, info: Info) -> Viewer:
        principal = info.context.principal
        customer = principal.customer_id
        return Viewer(
            role=str(principal.role),
            subject=principal.subject,
            scopes=sorted(str(scope) for scope in principal.scopes),
            customer_id=strawberry.ID(customer) if customer else None,
            location_ids=[strawberry.ID(id) for id in sorted(principal.location_ids)],
            channel_ids=[strawberry.ID(id) for id in sorted(principal.channel_ids)],
        )

    @strawberry.field(
        description="The connected systems: health, lag, budget, backlog.",
        graphql_type=list[SystemConnection],
        directives=requires(Scope.CONNECTIONS_READ),
    )
    def connections(self, info: Info) -> list[Connected]:
        return info.context.services.systems.all()

    @strawberry.field(
        description="What needs somebody's eye, newest first.",
        graphql_type=Connection[Exception_],
        directives=requires(Scope.EXCEPTIONS_READ),
    )
    async def exceptions(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        open_only: Annotated[
            bool, strawberry.argument(description="Leave out what is resolved or ignored.")
        ] = True,
        category: Annotated[
            ExceptionCategory | None, strawberry.argument(description="Only of this kind.")
        ] = None,
    ) -> Any:
        context = info.context
        if not looks_across(context):
            return Connection(edges=[], page_info=PageInfo(
                has_next_page=False, has_previous_page=False, start_cursor=None, end_cursor=None
            ))  # fmt: skip

        async def read(slice: Slice) -> list[issues.Issue]:
            async with context.units.read() as unit:
                return await repository.page(
                    unit, slice, open_only=open_only, category=category and str(category)
                )

        window = Window(first=first, after=after, last=last, before=before)
        return await ISSUES.page(context, window, read)

    @strawberry.field(
        description="The log, in commit order, oldest first.",
        graphql_type=Connection[Event],
        directives=requires(Scope.EVENTS_READ),
    )
    async def events(self, info: Info, first: First = None, after: After = None) -> Any:
        context = info.context
        size = Window(first=first).size
        start = await unseal(context, after) if after is not None else 0
        if not looks_across(context):
            start = context.services.relay.cursor
        async with context.units.read() as unit:
            found = await log.after(unit, start, limit=size + 1)
        edges = [Edge(cursor=seal(context, one.cursor), node=one) for one in found[:size]]
        return Connection(edges=edges, page_info=PageInfo(
            has_next_page=len(found) > size,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ))  # fmt: skip
