"""What a request costs before it runs.

Objects 1, scalars 0, a mutation 10, a connection 2 and as many times its items as `first` says;
abstract types the dearest of their fragments. A list that is no connection counts once.
Source: shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits; the 2 of a connection and the
single count of a list are not printed there: they are what answers have been seen to cost.
"""

from collections.abc import Mapping
from typing import Any

import graphql

MUTATION = 10
CONNECTION = 2


def of(
    schema: graphql.GraphQLSchema,
    document: graphql.DocumentNode,
    name: str | None,
    variables: Mapping[str, Any],
) -> int:
    """Points that the operation *name* asks for."""
    operation = graphql.get_operation_ast(document, name)
    assert operation
    if operation.operation is graphql.OperationType.MUTATION:
        return MUTATION
    fragments = {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, graphql.FragmentDefinitionNode)
    }
    assert schema.query_type
    counter = _Counter(schema, fragments, variables)
    return counter.selection(operation.selection_set, schema.query_type)


def spent(data: object) -> int:
    """Points that an answer was worth: its objects. What was asked for beyond is given back."""
    if isinstance(data, list):
        return sum(spent(one) for one in data)
    if not isinstance(data, dict):
        return 0
    return 1 + sum(spent(one) for name, one in data.items() if name != "pageInfo")


class _Counter:
    def __init__(
        self,
        schema: graphql.GraphQLSchema,
        fragments: Mapping[str, graphql.FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables

    def selection(self, chosen: graphql.SelectionSetNode, parent: graphql.GraphQLNamedType) -> int:
        """Fields add up; of fragments on different types only one can match an object."""
        total, by_type = 0, {parent.name: 0}
        for one in chosen.selections:
            if isinstance(one, graphql.FieldNode):
                total += self._field(one, parent)
                continue
            fragment = (
                self._fragments[one.name.value]
                if isinstance(one, graphql.FragmentSpreadNode)
                else one
            )
            assert isinstance(fragment, graphql.FragmentDefinitionNode | graphql.InlineFragmentNode)
            condition = fragment.type_condition
            kind = self._schema.type_map[condition.name.value] if condition else parent
            points = self.selection(fragment.selection_set, kind)
            by_type[kind.name] = by_type.get(kind.name, 0) + points
        return total + by_type.pop(parent.name) + max(by_type.values(), default=0)

    def _field(self, field: graphql.FieldNode, parent: graphql.GraphQLNamedType) -> int:
        if field.selection_set is None:
            return 0
        assert isinstance(parent, graphql.GraphQLObjectType | graphql.GraphQLInterfaceType)
        kind = graphql.get_named_type(parent.fields[field.name.value].type)
        if kind.name.endswith("Connection"):
            item = self.selection(field.selection_set, kind) - self._page_infos(field.selection_set)
            return CONNECTION + int(self._given(field, "first") or 1) * item
        points = 1 + self.selection(field.selection_set, kind)
        return points * len(self._given(field, "ids") or [None])

    def _page_infos(self, chosen: graphql.SelectionSetNode) -> int:
        """pageInfo is asked for once, and comes with the connection's own points."""
        found = 0
        for one in chosen.selections:
            if isinstance(one, graphql.FieldNode):
                found += one.name.value == "pageInfo"
            elif isinstance(one, graphql.FragmentSpreadNode):
                found += self._page_infos(self._fragments[one.name.value].selection_set)
        return found

    def _given(self, field: graphql.FieldNode, name: str) -> Any:
        for one in field.arguments or ():
            if one.name.value == name:
                return graphql.value_from_ast_untyped(one.value, dict(self._variables))
        return None
