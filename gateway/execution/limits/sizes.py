"""How long a list may be, as its field declares it and its arguments say.

A field declares it in the schema: ``@listSize(assumedSize:, slicingArguments:)``, and what one of
it costs by ``@cost(weight:)``.
Source: IBM GraphQL Cost Directives Specification (ibm.github.io/graphql-specs/cost-spec.html).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    GraphQLField,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ValueNode,
    VariableNode,
)

from gateway.execution.limits.points import Factor

Size = int | Factor

PAGE = 50
"""Rows of a page whose size is unsaid; the connections of the schema agree (a test says so)."""
ASSUMED = 5
"""Items of a list that declares nothing: most lists inside a noun are shorter."""
SLICING = ("first", "last")
COUNTED = ("ids", "representations")
"""Arguments that ask for as many as they have items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a field of the schema says of its cost; None where it says nothing."""

    weight: int | None
    assumed: int | None
    slicing: tuple[str, ...]
    """Arguments that say how many; without them the list is as long as it is."""


def declared(field: GraphQLField) -> Declared:
    """Return what *field* declares."""
    definition = (field.extensions or {}).get("strawberry-definition")
    directives = getattr(definition, "directives", ())
    weight = next((one.weight for one in directives if hasattr(one, "weight")), None)
    size = next((one for one in directives if hasattr(one, "assumed_size")), None)
    named = tuple(size.slicing_arguments or ()) if size else ()
    return Declared(
        weight=None if weight is None else int(weight),
        assumed=size.assumed_size or None if size else None,
        slicing=named or tuple(one for one in SLICING + COUNTED if one in field.args),
    )


def size(field: GraphQLField, node: FieldNode, unsaid: int, defaults: Mapping[str, Any]) -> Size:
    """Return how many *node* asks for: a number, or what the variables make of it.

    *unsaid*: when no argument says. *defaults*: of the operation's variables.
    """
    names = declared(field).slicing
    given = [one.value for one in node.arguments or () if one.name.value in names]
    known = [count for one in given if (count := _literal(one)) is not None]
    asked = [one.name.value for one in given if isinstance(one, VariableNode)]
    if not asked:
        return max(known, default=unsaid)

    def under(variables: Mapping[str, Any]) -> int:
        counts = [_count(variables.get(one, defaults.get(one))) for one in asked]
        return max([one for one in counts if one is not None] + known, default=unsaid)

    return under


def literals(node: ValueNode | None) -> Any:
    """Return what a literal counts for, in the form in which a variable would have it."""
    return None if node is None else _literal(node)


def _literal(node: ValueNode) -> int | None:
    match node:
        case BooleanValueNode():
            return node.value
        case IntValueNode():
            return max(0, int(node.value))
        case ListValueNode():
            return len(node.values)
        case NullValueNode() | VariableNode():
            return None
        case _:
            return 1  # an item in place of a list of one


def _count(value: Any) -> int | None:
    """Values are not coerced yet: what makes no sense is refused later, and counts for nothing."""
    match value:
        case None | bool():
            return None
        case int() | float():
            return max(0, int(value)) if abs(value) < 2**31 else 2**31
        case list():
            return len(value)
        case _:
            return 1
