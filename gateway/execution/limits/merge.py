"""The fields of a selection as the answer merges them, fragments and all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_composite_type,
)

from gateway.execution.limits.points import Factor

Conditions = frozenset[tuple[str, bool]]
"""Variables that must have these values: ``@include(if: $x)``, ``@skip(if: $x)``."""
_WANTED = {"include": True, "skip": False}


@dataclass(frozen=True, slots=True)
class Merged:
    """The nodes that make one field of the answer, on one type, under the same conditions."""

    on: GraphQLCompositeType
    conditions: Conditions
    nodes: list[FieldNode] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.nodes[0].name.value

    @property
    def inner(self) -> list[SelectionSetNode]:
        return [one.selection_set for one in self.nodes if one.selection_set]


class Fragments:
    """Those of one valid document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.schema = schema
        self._named = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }

    def merge(self, on: GraphQLCompositeType, sets: Sequence[SelectionSetNode]) -> list[Merged]:
        """Return the fields of *sets*. A fragment is looked at once, however often it is spread
        under the same conditions."""
        found: dict[tuple[str, str, Conditions], Merged] = {}
        spread: set[tuple[str | int, Conditions]] = set()
        waiting: list[_Place] = [(on, one, frozenset()) for one in sets]
        while waiting:
            type, selections, above = waiting.pop()
            for node, conditions in _met(selections, above):
                if isinstance(node, FieldNode):
                    key = (type.name, _response_name(node), conditions)
                    found.setdefault(key, Merged(type, conditions)).nodes.append(node)
                elif (mark := (_name(node), conditions)) not in spread:
                    spread.add(mark)
                    waiting.append((*self._inside(node, type), conditions))
        return list(found.values())

    def _inside(
        self, node: SelectionNode, on: GraphQLCompositeType
    ) -> tuple[GraphQLCompositeType, SelectionSetNode]:
        """Return the type and the selection of a fragment, which *node* spreads or is."""
        fragment = self._named[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        assert isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode)
        return self._type(fragment.type_condition) or on, fragment.selection_set

    def _type(self, condition: NamedTypeNode | None) -> GraphQLCompositeType | None:
        found = self.schema.get_type(condition.name.value) if condition else None
        return found if is_composite_type(found) else None


_Place = tuple[GraphQLCompositeType, SelectionSetNode, Conditions]


def holds(conditions: Conditions, defaults: Mapping[str, Any]) -> Factor:
    """Return 1 for variables under which all of *conditions* hold, 0 for others."""

    def under(variables: Mapping[str, Any]) -> int:
        return int(all(variables.get(one, defaults.get(one)) is value for one, value in conditions))

    return under


def _met(
    selections: SelectionSetNode, above: Conditions
) -> Iterator[tuple[SelectionNode, Conditions]]:
    """Yield what may be in the answer, and on what condition."""
    for node in selections.selections:
        conditions = _conditions(node.directives or ())
        if conditions is not None:
            yield node, above | conditions


def _conditions(directives: Sequence[DirectiveNode]) -> Conditions | None:
    """Return what *directives* ask of the variables; None for what is never in the answer."""
    found = set()
    for directive in directives:
        wanted = _WANTED.get(directive.name.value)
        if wanted is None:
            continue
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                found.add((argument.value.name.value, wanted))
            elif isinstance(argument.value, BooleanValueNode) and argument.value.value != wanted:
                return None
    return frozenset(found)


def _name(node: SelectionNode) -> str | int:
    """Return what tells one fragment from another: its name; an inline one is met once anyway."""
    return node.name.value if isinstance(node, FragmentSpreadNode) else id(node)


def _response_name(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value
