"""Finding things again by their ids: `node` and `nodes` for Relay, `_entities` for a router.

All three give the same: what is not there and what is not the caller's are null. Of many ids each
is answered for itself, and the loaders ask for those of one type together.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Annotated, Any

import strawberry

from gateway.errors import InvalidInput
from gateway.ids import prefix_of
from resolvers.context import Context, Info
from resolvers.entities import subgraph
from resolvers.entities.finders import FINDERS, find
from resolvers.entities.types import Entity, Service
from resolvers.nodes import Node
from resolvers.scalars import Representation


@strawberry.type
class EntityQueries:
    @strawberry.field(
        description="Anything that has an id; null when there is no such thing for the caller.",
        graphql_type=Node | None,
    )
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id here.")],
    ) -> Any:
        return await find(info.context, id)

    @strawberry.field(
        description="Things by their ids, in that order; null for what is not there for who asks.",
        graphql_type=list[Node | None],
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="Their ids here, 250 at most.")
        ],
    ) -> Any:
        return await _each("ids", [find(info.context, id) for id in ids])

    @strawberry.field(
        name="_entities",
        description="For a federation router: what other subgraphs refer to, in that order; null "
        "for what is not there for the caller.",
        graphql_type=list[Entity | None],
    )
    async def entities(
        self,
        info: Info,
        representations: Annotated[
            list[Representation],
            strawberry.argument(description="What each is and its id, 250 at most."),
        ],
    ) -> Any:
        found = [_entity(info.context, one) for one in representations]
        return await _each("representations", found)

    @strawberry.field(
        name="_service", description="For a federation router: what this graph is as a subgraph."
    )
    def service(self, info: Info) -> Service:
        return Service(sdl=subgraph.sdl(info.schema))


async def _each(argument: str, found: Sequence[Awaitable[Any]]) -> list[Any]:
    """Return what each gives; what is none of our ids is an error of that one alone."""

    async def one(awaited: Awaitable[Any]) -> Any:
        try:
            return await awaited
        except InvalidInput as error:
            return InvalidInput(str(error), path=(argument,))

    return await asyncio.gather(*(one(each) for each in found))


async def _entity(context: Context, representation: Representation) -> Any:
    """Return what *representation* names. Raises: InvalidInput when it names nothing of ours."""
    id = representation.get("id")
    finder = FINDERS.get(prefix_of(id)) if isinstance(id, str) else None
    if finder is None or finder.name != representation.get("__typename"):
        raise InvalidInput("not an entity of this graph, or not its id")
    return await find(context, str(id))
