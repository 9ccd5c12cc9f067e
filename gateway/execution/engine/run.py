"""Running a plan: breadth first, one column after the other."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path, is_awaitable

from gateway.execution.engine.faults import ROOT, Faults, Frame, Some
from gateway.execution.engine.plan import Plan, Planned, Selection, Types
from gateway.execution.engine.slow import Slowly, fill
from gateway.execution.engine.types import type_of

_NOTHING = type(None)
_LISTS = {list, tuple}

Rows = list[Any]
Bad = set[int]
Where = Frame | Some
Info = GraphQLResolveInfo[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What one run of a plan is given. *root*: the parent of the root's fields; of a subscription,
    its event."""

    context: Any
    variables: VariableValues
    root: Any = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """*data*: the answer's, ready to be encoded; None when an error reached the root. *objects*:
    how many it has, the root left out; None when nobody counted."""

    data: Any
    errors: list[GraphQLError]
    objects: int | None = None


async def run(plan: Plan, call: Call) -> Outcome:
    """Run *plan*. Concurrency: any number of runs of one plan on one event loop."""
    running = _Run(plan, call)
    (data,) = await running.rows(plan.root, [call.root], ROOT, is_serial=plan.is_serial)
    errors = running.faults.in_order() if running.faults else []
    return Outcome(data, errors, running.objects - 1)


class _Asked:
    """A field of the plan, in this run."""

    __slots__ = ("arguments", "raw_info")

    def __init__(self, raw_info: Info, arguments: Callable[[], Any]) -> None:
        self.raw_info = raw_info
        self.arguments = arguments


class _Run:
    def __init__(self, plan: Plan, call: Call) -> None:
        self._plan = plan
        self._call = call
        self.faults = Faults()
        self.objects = 0

    async def rows(
        self, selection: Selection, parents: Sequence[Any], at: Where, *, is_serial: bool = False
    ) -> Rows:
        """Return an object of the answer for each of *parents*; None where one cannot be."""
        self.objects += len(parents)
        columns: list[Rows] = [[]] * len(selection.fields)
        bad: Bad = set()
        waiting: list[Planned] = []
        for field in selection.fields:
            if field.waits and not is_serial:
                waiting.append(field)
                continue
            columns[field.order], spoiled = await self._field(field, parents, at)
            bad |= spoiled
            if is_serial and bad:
                return [None]
        for field, (column, spoiled) in zip(
            waiting, await self._together(waiting, parents, at), strict=True
        ):
            columns[field.order] = column
            bad |= spoiled
        return _rows(selection, columns, len(parents), bad)

    async def _together(
        self, fields: Sequence[Planned], parents: Sequence[Any], at: Where
    ) -> list[tuple[Rows, Bad]]:
        """Ask *fields* at once, so that what they load is loaded together."""
        if len(fields) < 2:
            return [await self._field(field, parents, at) for field in fields]
        return await asyncio.gather(*(self._field(field, parents, at) for field in fields))

    async def _field(self, field: Planned, parents: Sequence[Any], at: Where) -> tuple[Rows, Bad]:
        info = self._info(field)
        asked = _Asked(info, lambda: self._arguments(field))
        found = field.source.column(parents, asked)
        column: Rows = await found if field.source.waits else found
        if field.check:
            checked = field.check(column)
            return (checked, set()) if checked is not None else self._slowly(field, column, at)
        return await self._objects(field, column, at, info)

    def _slowly(self, field: Planned, column: Rows, at: Where) -> tuple[Rows, Bad]:
        return Slowly(field, at, self.faults, None).column(column)

    async def _objects(
        self, field: Planned, column: Rows, at: Where, info: Info
    ) -> tuple[Rows, Bad]:
        types = field.types
        assert types is not None
        if len(field.must) == 1:
            done = await self._ones(field, types, column, at)
        elif len(field.must) == 2:
            done = await self._lists(field, types, column, at)
        else:
            done = None
        return done or await self._one_by_one(field, types, column, at, info)

    async def _ones(
        self, field: Planned, types: Types, column: Rows, at: Where
    ) -> tuple[Rows, Bad] | None:
        """One object or null for each parent; None when that is not sure."""
        kinds = set(map(type, column))
        selection = _of(types, kinds - {_NOTHING})
        if selection is None or (field.must[0] and _NOTHING in kinds):
            return None
        if _NOTHING not in kinds:
            rows = await self.rows(selection, column, Frame(at, field, _itself))
            return rows, _nulls(rows) if field.must[0] else set()
        present = [row for row, value in enumerate(column) if value is not None]
        frame = Frame(at, field, lambda row: (present[row], ()))
        found = iter(await self.rows(selection, [column[row] for row in present], frame))
        return [None if value is None else next(found) for value in column], set()

    async def _lists(
        self, field: Planned, types: Types, column: Rows, at: Where
    ) -> tuple[Rows, Bad] | None:
        """A list of objects for each parent; None when that is not sure."""
        if not set(map(type, column)) <= _LISTS:
            return None
        flat = list(chain.from_iterable(column))
        selection = _of(types, set(map(type, flat)))
        if selection is None:
            return ([[] for _ in column], set()) if not flat else None
        sizes = list(map(len, column))
        rows = await self.rows(selection, flat, Frame(at, field, _in_lists(sizes)))
        remaining = iter(rows)
        done = [list(islice(remaining, size)) for size in sizes]
        if not field.must[1] or not _nulls(rows):
            return done, set()
        spoiled = {row for row, items in enumerate(done) if None in map(_or_none, items)}
        for row in spoiled:
            done[row] = None  # type: ignore[call-overload]
        return done, spoiled if field.must[0] else set()

    async def _one_by_one(
        self, field: Planned, types: Types, column: Rows, at: Where, info: Info
    ) -> tuple[Rows, Bad]:
        slowly = Slowly(field, at, self.faults, type_of(self._plan.schema, field, types, info))
        shaped, bad = slowly.column(column)
        objects = slowly.objects
        rows: dict[int, Rows] = {}
        for key, values in objects.values.items():
            frame = Frame(at, field, objects.places[key].__getitem__)
            rows[key] = await self.rows(objects.selections[key], values, frame)
        done, nulled = fill(field, shaped, rows)
        return done, bad | nulled

    def _arguments(self, field: Planned) -> dict[str, Any]:
        node, details = field.nodes[0], field.details[0]
        if not (field.definition.args or node.arguments):
            return {}
        return get_argument_values(
            field.definition, node, self._call.variables, details.fragment_variable_values
        )

    def _info(self, field: Planned) -> Info:
        """What graphql-core tells a resolver; the path is that of the first parent's type alone."""
        plan, call = self._plan, self._call
        return GraphQLResolveInfo(
            field.nodes[0].name.value,
            field.nodes,
            field.type,
            field.parent,
            Path(None, field.key, field.parent.name),
            plan.schema,
            plan.fragments,
            call.root,
            plan.operation,
            call.variables,
            call.context,
            is_awaitable,
            None,
            None,  # type: ignore[arg-type]
        )


def _rows(selection: Selection, columns: list[Rows], size: int, bad: Bad) -> Rows:
    make = selection.row
    rows: Rows = list(map(make, *columns)) if columns else [make() for _ in range(size)]
    for row in bad:
        rows[row] = None
    return rows


def _of(types: Types, kinds: set[type]) -> Selection | None:
    """Return the one selection of values of these classes, if all are known and have the same."""
    found = {id(one): one for one in map(types.of_class.get, kinds)}
    return found.popitem()[1] if len(found) == 1 else None


def _nulls(rows: Rows) -> Bad:
    if _NOTHING not in set(map(type, rows)):
        return set()
    return {row for row, value in enumerate(rows) if value is None}


def _or_none(value: Any) -> bool | None:
    """Tells null from rows without comparing rows."""
    return None if value is None else True


def _itself(row: int) -> tuple[int, Sequence[int]]:
    return row, ()


def _in_lists(sizes: list[int]) -> Callable[[int], tuple[int, Sequence[int]]]:
    """Return what finds a row of all lists put together: whose list, and where in it."""
    places: list[tuple[int, Sequence[int]]] = []

    def place(row: int) -> tuple[int, Sequence[int]]:
        if not places:
            places.extend((at, (item,)) for at, size in enumerate(sizes) for item in range(size))
        return places[row]

    return place
