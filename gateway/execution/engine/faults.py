"""What goes wrong in an answer: where, and how far up it makes null.

Rows know their place (`Frame`) but nobody writes it down until there is an error. All errors of an
answer are then put in the order of the document, and those that lie under what an earlier one has
made null are dropped: as if fields had been executed one after the other.
Source: GraphQL specification, September 2025, 6.4.4 "Handling Execution Errors".
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from graphql import FieldNode, GraphQLError, located_error


class Step(NamedTuple):
    """One part of a path. *order*: its place among its neighbours, in the document or the list.
    *must*: null is not allowed here."""

    key: str | int
    order: int
    must: bool


class Failing(Protocol):
    """The field that an error is of. *must*: whether null is refused by it, by an item of its list,
    by an item of that."""

    key: str
    order: int
    must: tuple[bool, ...]
    nodes: list[FieldNode]


Place = Callable[[int], tuple[int, Sequence[int]]]
"""Row -> (row of the parent, positions in the field's lists)."""


class Frame:
    """Where the rows of one selection are."""

    __slots__ = ("field", "outer", "place")

    def __init__(self, outer: "Frame | Some | None", field: Failing | None, place: Place) -> None:
        self.outer = outer
        self.field = field
        self.place = place

    def steps(self, row: int) -> list[Step]:
        """Return the path of *row*."""
        if self.outer is None or self.field is None:
            return []
        parent, positions = self.place(row)
        return [*self.outer.steps(parent), *_of_field(self.field, positions)]


class Some:
    """Some rows of a frame, by their numbers there."""

    __slots__ = ("frame", "rows")

    def __init__(self, frame: "Frame | Some", rows: Sequence[int]) -> None:
        self.frame = frame
        self.rows = rows

    def steps(self, row: int) -> list[Step]:
        return self.frame.steps(self.rows[row])


ROOT = Frame(None, None, lambda row: (row, ()))


class Faults:
    """The errors of one answer, in whatever order they came."""

    def __init__(self) -> None:
        self._found: list[tuple[list[int], tuple[str | int, ...], GraphQLError]] = []

    def add(
        self,
        error: Exception,
        frame: Frame | Some,
        row: int,
        field: Failing,
        positions: Sequence[int] = (),
    ) -> None:
        """Note that *error* came of *field* for the parent in *row*."""
        steps = [*frame.steps(row), *_of_field(field, positions)]
        located = located_error(error, field.nodes, [one.key for one in steps])
        order = [one.order for one in steps]
        while steps and steps[-1].must:
            steps.pop()
        self._found.append((order, tuple(one.key for one in steps), located))

    def in_order(self) -> list[GraphQLError]:
        """Return the errors that the answer shows."""
        nulled: set[tuple[Any, ...]] = set()
        shown: list[GraphQLError] = []
        for _, place, error in sorted(self._found, key=lambda one: one[0]):
            if not any(place[:length] in nulled for length in range(len(place) + 1)):
                nulled.add(place)
                shown.append(error)
        return shown

    def __bool__(self) -> bool:
        return bool(self._found)


def _of_field(field: Failing, positions: Sequence[int]) -> list[Step]:
    own = Step(field.key, field.order, field.must[0])
    return [own, *(Step(at, at, must) for at, must in zip(positions, field.must[1:], strict=False))]
