"""Relay connections: pages of a list that stay right while rows are added."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry.schema_directive import Location

from gateway.errors import InvalidInput
from gateway.store.paging import Position, Slice
from resolvers.context import Context

DEFAULT_PAGE = 50
LARGEST_PAGE = 250

T = TypeVar("T")

First = Annotated[
    int | None,
    strawberry.argument(description="How many from the start; 50 when unsaid, 250 at most."),
]
After = Annotated[
    str | None, strawberry.argument(description="Only what follows this edge's cursor.")
]
Last = Annotated[int | None, strawberry.argument(description="How many from the end, 250 at most.")]
Before = Annotated[
    str | None, strawberry.argument(description="Only what precedes this edge's cursor.")
]


@strawberry.schema_directive(
    name="listSize",
    locations=[Location.FIELD_DEFINITION],
    description="How long a list counts for before it is read; 5 where nothing is said.",
)
class ListSize:
    assumed_size: int | None = strawberry.UNSET
    slicing_arguments: list[str] | None = strawberry.UNSET


@strawberry.schema_directive(
    name="cost",
    locations=[Location.FIELD_DEFINITION],
    description="Points of one such field, besides what it holds: 1 for an object, 0 for a leaf "
    "where nothing is said.",
)
class Cost:
    weight: str


def sized(assumed: int) -> list[object]:
    """Return the directives of a list that usually has *assumed* items."""
    return [ListSize(assumed_size=assumed)]


def costing(weight: int) -> list[object]:
    """Return the directives of a field that costs *weight* points: one that counts rows."""
    return [Cost(weight=str(weight))]


@strawberry.type(description="Whether there is more, and where.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="More follows this page.")
    has_previous_page: bool = strawberry.field(description="More precedes this page.")
    start_cursor: str | None = strawberry.field(description="The first edge's cursor.")
    end_cursor: str | None = strawberry.field(description="The last edge's cursor.")


@strawberry.type(description="One row of a page.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The place of this row in its list.")
    node: T = strawberry.field(description="The row.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The rows with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")

    @strawberry.field(description="The rows without their cursors.")
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.edges]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a caller asked of a list, as they wrote it."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def from_end(self) -> bool:
        return self.last is not None and self.first is None

    @property
    def size(self) -> int:
        """Rows asked for. Raises: InvalidInput (negative, too many, both ends at once)."""
        if self.first is not None and self.last is not None:
            raise InvalidInput("give first or last, not both", path=("last",))
        name = "last" if self.from_end else "first"
        size = self.last if self.from_end else self.first
        if size is None:
            return DEFAULT_PAGE
        if not 0 <= size <= LARGEST_PAGE:
            raise InvalidInput(f"{name} is from 0 to {LARGEST_PAGE}", path=(name,))
        return size


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """How a list is paged: its name in cursors, and a row's place in it."""

    name: str
    place: Callable[[T], tuple[int | str, str]]

    async def page(
        self, context: Context, window: Window, read: Callable[[Slice], Awaitable[Sequence[T]]]
    ) -> Connection[T]:
        """Return the page that *window* asks for. *read* gives rows in the order of the slice.

        Raises: InvalidInput for a size or a cursor that makes no sense.
        """
        size = window.size
        rows = await read(
            Slice(
                limit=size + 1,
                after=self._open(context, window.after, "after"),
                before=self._open(context, window.before, "before"),
                from_end=window.from_end,
            )
        )
        has_more = len(rows) > size
        kept = list(rows[:size])
        if window.from_end:
            kept.reverse()
        edges = [self._edge(context, row) for row in kept]
        return Connection(edges=edges, page_info=_info(edges, window, has_more))

    def _edge(self, context: Context, row: T) -> Edge[T]:
        return Edge(cursor=context.services.cursors.seal(self.name, *self.place(row)), node=row)

    def _open(self, context: Context, cursor: str | None, field: str) -> Position | None:
        if cursor is None:
            return None
        place = context.services.cursors.open(self.name, cursor, field)
        if len(place) != 2:
            raise InvalidInput("not a cursor of this list", path=(field,))
        return Position(sort=place[0], id=str(place[1]))


def _info(edges: Sequence[Edge[Any]], window: Window, has_more: bool) -> PageInfo:
    return PageInfo(
        has_next_page=window.before is not None if window.from_end else has_more,
        has_previous_page=has_more if window.from_end else window.after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
