"""Which object type a value is of.

It is told by the Python class of the value, once for each class and field: `is_type_of` and
`resolve_type` must say the same of all values of a class. Mappings have no class that says
anything, so they are asked about one by one.
Source: GraphQL specification, September 2025, 6.4.3 "ResolveAbstractType"; the words of the errors
are graphql-core's.
"""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    default_type_resolver,
    is_abstract_type,
    is_object_type,
)
from graphql.pyutils import inspect

from gateway.execution.engine.plan import Planned, Selection, Types

TypeOf = Callable[[Any], Selection]
"""Value -> what is asked of its type. Raises: GraphQLError."""


def is_told_by_class(kind: type) -> bool:
    return not issubclass(kind, (BaseException, Mapping))


def type_of(schema: GraphQLSchema, field: Planned, types: Types, info: Any) -> TypeOf:
    """Return what tells the type of this field's values."""

    def tell(value: Any) -> Selection:
        kind = type(value)
        if kind in types.of_class:
            return types.of_class[kind]
        found = _selection(schema, field, types, value, info)
        if is_told_by_class(kind):
            types.of_class[kind] = found
        return found

    return tell


def _selection(
    schema: GraphQLSchema, field: Planned, types: Types, value: Any, info: Any
) -> Selection:
    named = types.named
    if is_abstract_type(named):
        resolve = named.resolve_type or default_type_resolver
        named = _valid(schema, field, types.named, resolve(value, info, named), value)
    if named.is_type_of and not named.is_type_of(value, info):
        message = f"Expected value of type '{named}' but got: {inspect(value)}."
        raise GraphQLError(message, field.nodes)
    return types.selections[named.name]


def _valid(
    schema: GraphQLSchema, field: Planned, abstract: Any, name: Any, value: Any
) -> GraphQLObjectType:
    at = f"{field.parent}.{field.nodes[0].name.value}"
    found = schema.get_type(name) if isinstance(name, str) else None
    if name is None:
        reason = (
            f"Abstract type '{abstract}' must resolve to an Object type at runtime for field"
            f" '{at}'. Either the '{abstract}' type should provide a 'resolve_type' function or"
            " each possible type should provide an 'is_type_of' function."
        )
    elif not isinstance(name, str):
        reason = (
            f"Abstract type '{abstract}' must resolve to an Object type at runtime for field"
            f" '{at}' with value {inspect(value)}, received '{inspect(name)}', which is not a"
            " valid Object type name."
        )
    elif found is None:
        reason = (
            f"Abstract type '{abstract}' was resolved to a type '{name}' that does not exist"
            " inside the schema."
        )
    elif not is_object_type(found):
        reason = f"Abstract type '{abstract}' was resolved to a non-object type '{name}'."
    elif not schema.is_sub_type(abstract, found):
        reason = f"Runtime Object type '{found}' is not a possible type for '{abstract}'."
    else:
        return found
    raise GraphQLError(reason, field.nodes)
