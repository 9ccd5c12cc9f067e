"""This graph as a subgraph of a larger one: its schema in the words of Apollo Federation 2.

Made from the printed schema. Every type that has an id is an entity by it; `PageInfo` is the same
in every graph of Relay's. What is for our own edges only is left out: the directives that say what
a field needs and costs, and `node` and `nodes`, which in a supergraph belong to whoever knows the
ids of all subgraphs. What it uses of the federation's own is defined: it is valid by itself.
Source: Apollo Federation, "Federated directives"; specs.apollo.dev/link/v1.0, federation/v2.3.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import strawberry
from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from graphql.language.visitor import REMOVE, VisitorActionEnum

from resolvers.entities.finders import FINDERS

_HEAD = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"]) {
  query: Query
  mutation: Mutation
  subscription: Subscription
}
directive @link(url: String!, as: String, for: link__Purpose, import: [link__Import])
  repeatable on SCHEMA
directive @key(fields: federation__FieldSet!, resolvable: Boolean = true)
  repeatable on OBJECT | INTERFACE
directive @shareable repeatable on OBJECT | FIELD_DEFINITION
scalar link__Import
scalar federation__FieldSet
enum link__Purpose { SECURITY EXECUTION }
"""
_DIRECTIVES = {"requires", "listSize", "cost", "defer", "stream"}
_TYPES = {"_Any", "_Entity", "_Service"}
_QUERIES = {"node", "nodes", "_entities", "_service"}


@cache
def sdl(schema: strawberry.Schema) -> str:
    """Return the schema of the subgraph. Worked out once for each schema."""
    definitions = [
        *parse(_HEAD).definitions,
        *_ours(visit(parse(schema.as_str()), _WithoutDirectives())),
    ]
    return print_ast(DocumentNode(definitions=tuple(definitions)))


def _ours(document: DocumentNode) -> Iterator[DefinitionNode]:
    for one in document.definitions:
        if isinstance(one, TypeDefinitionNode) and one.name.value in _TYPES:
            continue
        yield _object(one) if isinstance(one, ObjectTypeDefinitionNode) else one


def _object(type_: ObjectTypeDefinitionNode) -> ObjectTypeDefinitionNode:
    """Return *type_* with what the federation must know of it."""
    match type_.name.value:
        case "Query":
            fields = type_.fields or ()
            return replace(
                type_, fields=tuple(one for one in fields if one.name.value not in _QUERIES)
            )
        case "PageInfo":
            return replace(type_, directives=_SHAREABLE)
        case name if "Node" in {one.name.value for one in type_.interfaces or ()}:
            is_found = name in {one.name for one in FINDERS.values()}
            return replace(type_, directives=_KEY if is_found else _STUB)
        case _:
            return type_


class _WithoutDirectives(Visitor):
    """Takes out the directives of our own edges, and where they are defined."""

    def enter_directive(self, node: DirectiveNode, *_: Any) -> VisitorActionEnum | None:
        return REMOVE if node.name.value in _DIRECTIVES else None

    def enter_directive_definition(
        self, node: DirectiveDefinitionNode, *_: Any
    ) -> VisitorActionEnum | None:
        return REMOVE if node.name.value in _DIRECTIVES else None


def _directives(text: str) -> tuple[ConstDirectiveNode, ...]:
    (type_,) = parse(f"type T {text}").definitions
    assert isinstance(type_, ObjectTypeDefinitionNode)
    return tuple(type_.directives or ())


_KEY = _directives('@key(fields: "id")')
_STUB = _directives('@key(fields: "id", resolvable: false)')
"""Of what has an id and is only found through others."""
_SHAREABLE = _directives("@shareable")
