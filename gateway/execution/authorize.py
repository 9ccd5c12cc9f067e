"""Authorization of a whole operation, before it runs: the caller has every scope that its fields
need. A field declares it in the schema (``@requires(scope:)``); what declares nothing is open.
``unless:`` names an argument that opens a field by itself.

The scopes of a document are worked out once; each request then compares two sets. Fragments are
followed, so a field is found whichever way it is reached.
"""

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)

Scopes = dict[str, tuple[GraphQLError, ...]]
"""Scope -> the errors to give to who lacks it, one a field."""


def required_scopes(schema: GraphQLSchema, document: DocumentNode) -> dict[str | None, Scopes]:
    """Return what each operation of *document* needs, by operation name."""
    fragments = {
        one.name.value: _collect(schema, one)
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    found: dict[str | None, Scopes] = {}
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode):
            name = one.name.value if one.name else None
            found[name] = _with_fragments(_collect(schema, one), fragments)
    return found


class _Collector(Visitor):
    """Notes every field's scope, and which fragments are spread."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.fields: list[tuple[str, GraphQLError]] = []
        self.spreads: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        field = self._types.get_field_def()
        scope = scope_of(field)
        if scope and not _proves_itself(field, node):
            message = f"{node.name.value} needs the scope {scope}"
            error = GraphQLError(message, node, extensions={"code": "FORBIDDEN", "scope": scope})
            self.fields.append((scope, error))

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        self.spreads.add(node.name.value)


def scope_of(field: Any) -> str | None:
    """Return the scope that a field of the schema declares."""
    return next((one.scope for one in _declared(field)), None)


def _proves_itself(field: Any, node: FieldNode) -> bool:
    """True when the argument is given that opens the field without its scope (a signed link). Its
    resolver sees to it that the argument says so."""
    keys = [one.unless for one in _declared(field)]
    return any(argument.name.value in keys for argument in node.arguments or ())


def _declared(field: Any) -> list[Any]:
    definition = (field.extensions or {}).get("strawberry-definition") if field else None
    return [one for one in getattr(definition, "directives", ()) if hasattr(one, "scope")]


def _collect(schema: GraphQLSchema, node: Any) -> _Collector:
    types = TypeInfo(schema)
    collector = _Collector(types)
    visit(node, TypeInfoVisitor(types, collector))
    return collector


def _with_fragments(operation: _Collector, fragments: dict[str, _Collector]) -> Scopes:
    """Add what the fragments that are reached need; each is looked at once."""
    reached: set[str] = set()
    waiting = set(operation.spreads)
    fields = list(operation.fields)
    while waiting:
        name = waiting.pop()
        reached.add(name)
        fields += fragments[name].fields
        waiting |= fragments[name].spreads - reached
    scopes: dict[str, list[GraphQLError]] = {}
    for scope, error in fields:
        scopes.setdefault(scope, []).append(error)
    return {scope: tuple(errors) for scope, errors in scopes.items()}
