"""Node: everything with an id, found again by it."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from gateway import ids
from resolvers.context import Context

Find = Callable[[Context, str], Awaitable[Any]]


@strawberry.interface(description="Something with an id of its own.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque, and the same for ever. `node(id)` finds it again."
    )


async def find(finders: dict[str, Find], context: Context, id: str) -> Any:
    """Return what *id* names, if there is such a thing and the caller may see it.

    Raises: InvalidInput when *id* is none of ours.
    """
    finder = finders.get(ids.prefix_of(id))
    return await finder(context, id) if finder else None
