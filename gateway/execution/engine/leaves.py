"""Leaves: a whole column of scalars or enum values, checked in one pass.

A check returns the column as the answer has it, or None when it is not sure: then every value is
looked at by itself (`objects.One`), as graphql-core does.
"""

from collections.abc import Callable
from math import isfinite
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
    is_non_null_type,
)
from graphql.pyutils import inspect

Check = Callable[[list[Any]], list[Any] | None]
_NOTHING = type(None)
_INT = 2**31
"""GraphQL's Int has 32 bits."""


def check_of(type_: Any) -> Check:
    """Return the check of a field of *type_*, whose named type is a leaf."""
    is_must = is_non_null_type(type_)
    named = type_.of_type if is_must else type_
    match named:
        case GraphQLEnumType():
            return _enum(named, is_must)
        case GraphQLScalarType() if named in _PLAIN:
            kind, holds = _PLAIN[named]
            return _plain({kind} if is_must else {kind, _NOTHING}, holds)
        case GraphQLScalarType():
            return _scalar(named, is_must)
        case _:
            return _unsure  # a list of leaves


def coerced(type_: Any, value: object) -> Any:
    """Return one leaf as the answer has it. Raises: what the type raises, TypeError for nothing."""
    found = type_.coerce_output_value(value)
    if found is None or found is Undefined:
        raise TypeError(
            f"Expected `{inspect(type_)}.coerce_output_value({inspect(value)})` to return"
            f" non-nullable value, returned: {inspect(found)}"
        )
    return found


def _unsure(_column: list[Any]) -> None:
    return None


def _plain(kinds: set[type], holds: Callable[[list[Any]], bool] | None) -> Check:
    def check(column: list[Any]) -> list[Any] | None:
        if set(map(type, column)) <= kinds and (holds is None or holds(column)):
            return column
        return None

    return check


def _in_range(column: list[Any]) -> bool:
    return all(-_INT <= value < _INT for value in column if value is not None)


def _finite(column: list[Any]) -> bool:
    return all(isfinite(value) for value in column if value is not None)


_PLAIN: dict[GraphQLScalarType, tuple[type, Callable[[list[Any]], bool] | None]] = {
    GraphQLString: (str, None),
    GraphQLID: (str, None),
    GraphQLBoolean: (bool, None),
    GraphQLInt: (int, _in_range),
    GraphQLFloat: (float, _finite),
}
"""Scalars whose values are in the answer as they are, when they are of one Python type."""


def _enum(type_: GraphQLEnumType, is_must: bool) -> Check:
    names = _names(type_)
    if not is_must:
        names[None] = None

    def check(column: list[Any]) -> list[Any] | None:
        try:
            return [names[value] for value in column]
        except (KeyError, TypeError):
            return None

    return check


def _names(type_: GraphQLEnumType) -> dict[Any, str | None]:
    """Return the name of each of the enum's values, and of the Python member it is of."""
    wrapped = getattr(type_, "wrapped_cls", ())
    values = [*wrapped, *(one.value for one in type_.values.values())]
    found: dict[Any, str | None] = {}
    for value in values:
        try:
            found[value] = type_.coerce_output_value(value)
        except TypeError:  # not hashable
            continue
    return found


def _scalar(type_: GraphQLScalarType, is_must: bool) -> Check:
    coerce = type_.coerce_output_value

    def check(column: list[Any]) -> list[Any] | None:
        kinds = set(map(type, column))
        if (is_must and _NOTHING in kinds) or any(issubclass(one, _ODD) for one in kinds):
            return None
        try:
            found = [None if value is None else coerce(value) for value in column]
        except Exception:
            return None
        is_odd = found.count(None) != column.count(None) or type(Undefined) in map(type, found)
        return None if is_odd else found

    return check


_ODD = (BaseException, type(Undefined))
"""What no scalar may turn into text by accident."""
