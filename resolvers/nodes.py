"""Node: everything with an id, found again by it."""

import strawberry


@strawberry.interface(description="Something with an id of its own.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque, and the same for ever. `node(id)` finds it again."
    )
