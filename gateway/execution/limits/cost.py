"""What an operation may cost, worked out before it runs: about the objects that it may return.

A leaf costs nothing, an object 1, a list its size times what one of it costs. A page has as many
rows as it is asked for. Fields that are merged in the answer are counted once. What depends on
variables is left open until a request gives them, so a document is looked at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from gateway.execution.limits.merge import Fragments, Merged, holds
from gateway.execution.limits.points import Points
from gateway.execution.limits.sizes import (
    ASSUMED,
    COUNTED,
    PAGE,
    Declared,
    Size,
    declared,
    literals,
    size,
)
from gateway.execution.limits.weigh import INTROSPECTION

OPERATION = 1
"""Points of every operation: asking for nothing is not free."""
MUTATION = 10
"""Points of a mutation's root field, besides what it returns: it writes, and tells a system."""
SCHEMA = 1_000
"""Points of a field that tells the schema: all types with their fields are thousands of objects,
and their depth is bounded by a rule of validation."""
EDGES = "edges"
ROWS = ("nodes", EDGES)
"""Fields of a connection that are as long as its page. An edge costs nothing: its node does."""


@dataclass(frozen=True, slots=True)
class Price:
    """What an operation costs, and the lengths of the lists that it gives to be looked up."""

    points: Points
    items: tuple[Size, ...] = ()


def costs(schema: GraphQLSchema, document: DocumentNode) -> dict[str | None, Price]:
    """Return what each operation of a valid *document* costs, by operation name."""
    fragments = Fragments(schema, document)
    return {
        one.name.value if one.name else None: _Operation(fragments, one).price()
        for one in document.definitions
        if isinstance(one, OperationDefinitionNode)
    }


class _Operation:
    """Adds up one operation. Recurses with the depth of fields, which is limited before."""

    def __init__(self, document: Fragments, node: OperationDefinitionNode) -> None:
        self._document = document
        self._schema = document.schema
        self._node = node
        self._defaults = {
            one.variable.name.value: literals(one.default_value)
            for one in node.variable_definitions or ()
        }
        self._items: list[Size] = []

    def price(self) -> Price:
        root = self._schema.get_root_type(self._node.operation)
        if root is None:
            return Price(Points(OPERATION))
        sets = [self._node.selection_set]
        found = Points(OPERATION) + self._selection(root, sets, None)
        if self._node.operation is OperationType.MUTATION:
            found += Points(MUTATION * len(self._document.merge(root, sets)))
        return Price(found, tuple(self._items))

    def _selection(
        self, on: GraphQLCompositeType, sets: Sequence[SelectionSetNode], page: Size | None
    ) -> Points:
        """*page*: the rows of the connection that this is the selection of."""
        found = Points()
        for one in self._document.merge(on, sets):
            points = self._field(one, page)
            if one.conditions:
                points = points.times(holds(one.conditions, self._defaults))
            found += points
        return found

    def _field(self, merged: Merged, page: Size | None) -> Points:
        """Return what a field and all below it cost, for each of its parents."""
        if merged.name in INTROSPECTION:
            return Points(SCHEMA)
        field = self._schema.get_field(merged.on, merged.name)
        if field is None:
            return Points()
        says = declared(field)
        type = get_named_type(field.type)
        if not is_composite_type(type):
            return Points(says.weight or 0)
        if not is_list_type(get_nullable_type(field.type)):
            rows = self._size(field, says, merged, PAGE) if says.slicing else None
            return self._selection(type, merged.inner, rows) + _own(says)
        if page is None or merged.name not in ROWS:
            each = self._selection(type, merged.inner, None) + _own(says)
            return each.times(self._size(field, says, merged, ASSUMED))
        each = self._selection(type, merged.inner, None)
        return (each if merged.name == EDGES else each + _own(says)).times(page)

    def _size(self, field: GraphQLField, says: Declared, merged: Merged, unsaid: int) -> Size:
        found = size(field, merged.nodes[0], says.assumed or unsaid, self._defaults)
        if any(one in COUNTED for one in says.slicing):
            self._items.append(found)
        return found


def _own(says: Declared) -> Points:
    """Return what one object costs."""
    return Points(1 if says.weight is None else says.weight)
