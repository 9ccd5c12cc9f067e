"""What a federation router asks a subgraph for.

Source: Apollo Federation, "Subgraph specification".
"""

from functools import reduce
from operator import or_
from typing import Annotated, Any

import strawberry

from resolvers.entities.finders import FINDERS

_TYPES: Any = reduce(or_, (one.type for one in FINDERS.values()))
Entity: Any = Annotated[
    _TYPES,
    strawberry.union("_Entity", description="What other subgraphs may refer to, by its id."),
]


@strawberry.type(name="_Service", description="This graph as a subgraph of a larger one.")
class Service:
    sdl: str = strawberry.field(
        description="Its schema in the words of Apollo Federation 2, valid by itself."
    )
