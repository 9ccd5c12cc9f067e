"""Weighs a document as it is written, before anything is looked up in the schema.

Each node is visited once. A fragment's weight is worked out once and added for every spread of it,
so that fragments that double each other cost nothing to weigh, whatever they would cost to run.
Nothing here recurses: a chain of fragments is as long as it likes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from gateway.errors import LimitExceeded
from gateway.execution.limits.refusal import RequestError, coded, refused, require_at_most
from gateway.settings.limits import Limits

N = TypeVar("N", bound=Node)

MOST_COUNTED = 1_000_000_000
"""Counts end here: fragments that double each other would make numbers of hundreds of digits."""
INTROSPECTION = ("__schema", "__type", "_service")
"""What tells the schema: the specification's own fields, and Apollo Federation's."""


@dataclass(slots=True)
class Weight:
    """What a definition holds, the fragments that it spreads counted as often as they are spread.

    *spreads*: name and depth of each spread, at the top or not.
    """

    fields: int = 0
    root_fields: int = 0
    aliases: int = 0
    directives: int = 0
    values: int = 0
    depth: int = 0
    introspects: bool = False
    spreads: list[tuple[str, int]] = field(default_factory=list)

    def add(self, spread: "Weight", depth: int) -> None:
        """Count a spread of a fragment below *depth* fields."""
        self.fields = min(MOST_COUNTED, self.fields + spread.fields)
        self.aliases = min(MOST_COUNTED, self.aliases + spread.aliases)
        self.directives = min(MOST_COUNTED, self.directives + spread.directives)
        self.values = min(MOST_COUNTED, self.values + spread.values)
        self.depth = max(self.depth, depth + spread.depth)
        self.introspects |= spread.introspects
        if depth == 0:
            self.root_fields = min(MOST_COUNTED, self.root_fields + spread.root_fields)


def read(text: str, limits: Limits) -> DocumentNode:
    """Parse *text*. Raises: RequestError when it is too long or no document."""
    require_at_most(limits.max_document_characters, "document_characters", len(text))
    try:
        return parse(text, max_tokens=limits.max_tokens)
    except GraphQLError as error:
        raise _unread(error, limits) from None


def _unread(error: GraphQLError, limits: Limits) -> RequestError:
    """The parser says by its message alone which of its bounds was hit."""
    if "nested too deeply" in error.message:
        maximum = limits.max_depth
        return refused(LimitExceeded("depth", maximum=maximum, actual=maximum + 1))
    if f"more than {limits.max_tokens} tokens" in error.message:
        maximum = limits.max_tokens
        return refused(LimitExceeded("tokens", maximum=maximum, actual=maximum + 1))
    return RequestError(coded(error, "GRAPHQL_PARSE_FAILED"))


def weigh(document: DocumentNode, limits: Limits) -> dict[str | None, Weight]:
    """Return the weight of each operation by its name. Raises: RequestError for one too heavy."""
    operations = _of_kind(document, OperationDefinitionNode)
    fragments = _of_kind(document, FragmentDefinitionNode)
    require_at_most(limits.max_operations, "operations", len(operations))
    require_at_most(limits.max_fragments, "fragments", len(fragments))
    weights = _fragments(fragments)
    found: dict[str | None, Weight] = {}
    for one in operations:
        weight = _own(one)
        _add_spreads(weight, weights)
        _refuse_heavy(weight, limits, one)
        found[one.name.value if one.name else None] = weight
    return found


def _of_kind(document: DocumentNode, kind: type[N]) -> list[N]:
    return [one for one in document.definitions if isinstance(one, kind)]


def _refuse_heavy(weight: Weight, limits: Limits, node: Node) -> None:
    require_at_most(limits.max_depth, "depth", weight.depth, node)
    require_at_most(limits.max_root_fields, "root_fields", weight.root_fields, node)
    require_at_most(limits.max_aliases, "aliases", weight.aliases, node)
    require_at_most(limits.max_directives, "directives", weight.directives, node)
    require_at_most(limits.max_values, "values", weight.values, node)
    require_at_most(limits.max_fields, "fields", weight.fields, node)


def _fragments(definitions: Sequence[FragmentDefinitionNode]) -> dict[str, Weight]:
    """Return the weight of each fragment, worked out from the innermost outwards.

    A spread that closes a circle adds nothing here: validation refuses it.
    """
    weights = {one.name.value: _own(one) for one in definitions}
    begun: set[str] = set()
    whole: dict[str, Weight] = {}
    waiting = [(name, False) for name in weights]
    while waiting:
        name, are_inner_done = waiting.pop()
        if are_inner_done:
            _add_spreads(weights[name], whole)
            whole[name] = weights[name]
        elif name not in begun:
            begun.add(name)
            waiting.append((name, True))
            inner = {spread for spread, _ in weights[name].spreads}
            waiting += [(one, False) for one in inner & weights.keys() - begun]
    return whole


def _add_spreads(weight: Weight, fragments: Mapping[str, Weight]) -> None:
    for name, depth in weight.spreads:
        if name in fragments:
            weight.add(fragments[name], depth)


def _own(definition: OperationDefinitionNode | FragmentDefinitionNode) -> Weight:
    """Return what *definition* itself holds."""
    weight = Weight()
    _count_directives(weight, definition)
    weight.values += _values([one.default_value for one in definition.variable_definitions or ()])
    waiting: list[tuple[SelectionSetNode, int]] = [(definition.selection_set, 0)]
    while waiting:
        selections, depth = waiting.pop()
        for node in selections.selections:
            _count_directives(weight, node)
            if isinstance(node, FragmentSpreadNode):
                weight.spreads.append((node.name.value, depth))
            elif isinstance(node, InlineFragmentNode):
                waiting.append((node.selection_set, depth))
            elif isinstance(node, FieldNode):
                waiting += _count(weight, node, depth)
    return weight


def _count(weight: Weight, node: FieldNode, depth: int) -> list[tuple[SelectionSetNode, int]]:
    """Add a field to *weight*; return what it selects, with its depth."""
    weight.fields += 1
    weight.values += _values([one.value for one in node.arguments or ()])
    weight.root_fields += depth == 0
    weight.aliases += node.alias is not None
    weight.depth = max(weight.depth, depth + 1)
    weight.introspects |= node.name.value in INTROSPECTION
    return [(node.selection_set, depth + 1)] if node.selection_set else []


def _count_directives(weight: Weight, node: Node) -> None:
    directives = getattr(node, "directives", None) or ()
    weight.directives += len(directives)
    for one in directives:
        weight.values += _values([argument.value for argument in one.arguments or ()])


def _values(waiting: list[Any]) -> int:
    """Return how many literals *waiting* are, with those inside of them."""
    count = 0
    while waiting:
        value = waiting.pop()
        count += value is not None
        if isinstance(value, ListValueNode):
            waiting += value.values
        elif isinstance(value, ObjectValueNode):
            waiting += [one.value for one in value.fields]
    return count
