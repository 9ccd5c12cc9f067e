"""Values one by one, as graphql-core completes them: for a column that its quick check is not sure
of, and for lists of leaves or of lists.

Objects are left out at first (`Slot`), so that those of all parents run together; their rows are
put in afterwards, and a null that is not allowed takes what is around it along.
"""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, Undefined, is_list_type, is_non_null_type
from graphql.pyutils import is_iterable

from gateway.execution.engine.faults import Faults, Frame, Some
from gateway.execution.engine.leaves import coerced
from gateway.execution.engine.plan import Planned, Selection
from gateway.execution.engine.types import TypeOf


class _Nulled(Exception):
    """Null is not allowed here: what is around becomes null. Its error has been noted."""


class Slot:
    """The place of an object: the row *at* in the rows of its type."""

    __slots__ = ("at", "selection")

    def __init__(self, selection: Selection, at: int) -> None:
        self.selection = selection
        self.at = at


class Objects:
    """The objects of one field that were found one by one, and where, by selection."""

    def __init__(self) -> None:
        self.values: dict[int, list[Any]] = {}
        self.places: dict[int, list[tuple[int, Sequence[int]]]] = {}
        self.selections: dict[int, Selection] = {}

    def add(self, selection: Selection, value: object, row: int, positions: Sequence[int]) -> Slot:
        key = id(selection)
        self.selections[key] = selection
        values = self.values.setdefault(key, [])
        self.places.setdefault(key, []).append((row, positions))
        values.append(value)
        return Slot(selection, len(values) - 1)


class Slowly:
    """Completes the values of one field."""

    def __init__(
        self, field: Planned, frame: Frame | Some, faults: Faults, type_of: TypeOf | None
    ) -> None:
        self._field = field
        self._frame = frame
        self._faults = faults
        self._type_of = type_of
        self.objects = Objects()

    def column(self, column: Sequence[Any]) -> tuple[list[Any], set[int]]:
        """Return the values as the answer has them, and the rows that must be null for it."""
        done: list[Any] = []
        bad: set[int] = set()
        for row, value in enumerate(column):
            try:
                done.append(self._guarded(self._field.type, value, row, ()))
            except _Nulled:
                done.append(None)
                bad.add(row)
        return done, bad

    def _guarded(self, type_: Any, value: Any, row: int, positions: tuple[int, ...]) -> Any:
        """Complete a field or an item: where an error is noted and a null stops."""
        try:
            return self._complete(type_, value, row, positions)
        except _Nulled:
            pass
        except Exception as error:
            self._faults.add(error, self._frame, row, self._field, positions)
        if is_non_null_type(type_):
            raise _Nulled
        return None

    def _complete(self, type_: Any, value: Any, row: int, positions: tuple[int, ...]) -> Any:
        if isinstance(value, Exception):
            raise value
        if is_non_null_type(type_):
            done = self._complete(type_.of_type, value, row, positions)
            if done is None:
                raise self._null()
            return done
        if value is None or value is Undefined:
            return None
        if is_list_type(type_):
            return self._items(type_.of_type, value, row, positions)
        if self._type_of is None:
            return coerced(type_, value)
        return self.objects.add(self._type_of(value), value, row, positions)

    def _items(self, type_: Any, value: Any, row: int, positions: tuple[int, ...]) -> list[Any]:
        if not is_iterable(value):
            raise self._no_list()
        return [self._guarded(type_, item, row, (*positions, at)) for at, item in enumerate(value)]

    def _null(self) -> TypeError:
        name = f"{self._field.parent}.{self._field.nodes[0].name.value}"
        return TypeError(f"Cannot return null for non-nullable field {name}.")

    def _no_list(self) -> Exception:
        name = f"{self._field.parent}.{self._field.nodes[0].name.value}"
        return GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")


def fill(
    field: Planned, column: list[Any], rows: dict[int, list[Any]]
) -> tuple[list[Any], set[int]]:
    """Put the *rows* of each selection into the slots of *column*."""
    done: list[Any] = []
    bad: set[int] = set()
    for row, value in enumerate(column):
        try:
            done.append(_filled(field.type, value, rows))
        except _Nulled:
            done.append(None)
            bad.add(row)
    return done, bad


def _filled(type_: Any, value: Any, rows: dict[int, list[Any]]) -> Any:
    inner = type_.of_type if is_non_null_type(type_) else type_
    try:
        done = _inside(inner, value, rows)
    except _Nulled:
        done = None
    if done is None and inner is not type_:
        raise _Nulled
    return done


def _inside(type_: Any, value: Any, rows: dict[int, list[Any]]) -> Any:
    if isinstance(value, Slot):
        return rows[id(value.selection)][value.at]
    if isinstance(value, list):
        return [_filled(type_.of_type, item, rows) for item in value]
    return value
