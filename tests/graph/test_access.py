"""Who may ask for what, field by field."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    parse,
)

from gateway.auth.principal import ANONYMOUS, Principal
from gateway.auth.scopes import MOST, Role, Scope
from gateway.execution.authorize import required_scopes, scope_of
from resolvers.schema import SCHEMA

BY_ID = {"Query.node", "Query.nodes", "Query._entities"}
OPEN = BY_ID | {"Query.viewer", "Query._service"}
"""What declares no scope: what is found by its id is only what the caller may see, `viewer` is who
they are, and `_service` tells the schema, like introspection."""
GRAPH = SCHEMA._schema
ROOTS = {"Query": "query", "Mutation": "mutation", "Subscription": "subscription"}


def everyone() -> list[Principal]:
    """One of each role, with all the scopes that it can have, and a stranger."""
    found = [Principal(role=role, subject=role.lower(), scopes=MOST[role]) for role in Role]
    return [ANONYMOUS, *(replace(one, customer_id="customer_0") for one in found)]


def guarded() -> Iterator[tuple[str, str, Scope]]:
    """Every field that declares a scope: (type, field, scope)."""
    for type in GRAPH.type_map.values():
        if isinstance(type, GraphQLObjectType):
            for name, field in type.fields.items():
                scope = scope_of(field)
                if scope:
                    yield type.name, name, Scope(scope)


def root_fields() -> Iterator[tuple[str, str, GraphQLField]]:
    for root in ROOTS:
        type = GRAPH.type_map[root]
        assert isinstance(type, GraphQLObjectType)
        for name, field in type.fields.items():
            yield root, name, field


def example(type: Any) -> str:
    """Return a literal of an input type."""
    if isinstance(type, GraphQLNonNull):
        return example(type.of_type)
    if isinstance(type, GraphQLList):
        return f"[{example(type.of_type)}]"
    if isinstance(type, GraphQLEnumType):
        return next(iter(type.values))
    if isinstance(type, GraphQLInputObjectType):
        required = {k: v for k, v in type.fields.items() if isinstance(v.type, GraphQLNonNull)}
        return "{" + ", ".join(f"{k}: {example(v.type)}" for k, v in required.items()) + "}"
    return {"Int": "1", "Boolean": "true", "Float": "1"}.get(type.name, '"x"')


def call(name: str, field: GraphQLField, selection: str | None = None) -> str:
    """Return *field* asked for with the least it needs."""
    required = {k: v for k, v in field.args.items() if isinstance(v.type, GraphQLNonNull)}
    given = ", ".join(f"{k}: {example(v.type)}" for k, v in required.items())
    inside = "" if is_leaf_type(get_named_type(field.type)) else selection or "{ __typename }"
    return f"{name}{f'({given})' if given else ''} {inside}"


def missing(document: str, principal: Principal) -> set[str]:
    """Return the scopes that *principal* lacks for *document*."""
    (needed,) = required_scopes(GRAPH, parse(document)).values()
    return {scope for scope in needed if not principal.may(Scope(scope))}


def test_every_root_field_declares_its_scope() -> None:
    """Denied by default: what is open stands on a list, by name."""
    undeclared = {f"{root}.{name}" for root, name, field in root_fields() if not scope_of(field)}
    assert OPEN == undeclared


def test_every_declared_scope_exists() -> None:
    """A misspelled scope would be one that nobody has."""
    assert {Scope(scope) for _, _, scope in guarded()} <= set(Scope)
    assert 30 <= len(list(guarded()))


@pytest.mark.parametrize("who", everyone(), ids=lambda one: one.subject)
def test_each_role_is_let_through_to_just_what_its_scopes_name(who: Principal) -> None:
    """Every guarded field, asked for as it is, in a named fragment, in a nested and in an inline
    one, on its type and through the interface."""
    for type, name, scope in guarded():
        field = GRAPH.type_map[type].fields[name]  # type: ignore[union-attr]
        expected = set() if who.may(scope) else {str(scope)}
        for document in reached(type, call(name, field)):
            assert (document, expected) == (document, missing(document, who) & {str(scope)})


def reached(type: str, asked: str) -> Iterator[str]:
    """Yield documents that ask for *asked* of *type*, in every way there is."""
    if type in ROOTS:
        kind = ROOTS[type]
        yield f"{kind} {{ {asked} }}"
        yield f"{kind} a {{ ...f }} fragment f on {type} {{ {asked} }}"
        yield (
            f"{kind} a {{ ...f }} fragment f on {type} {{ ...g }} "
            f"fragment g on {type} {{ again: {asked} }}"
        )
        yield f"{kind} {{ ... on {type} {{ ... {{ {asked} }} }} }}"
        yield f"{kind} ($no: Boolean = false) {{ ... @include(if: $no) {{ {asked} }} }}"
    else:
        node = 'node(id: "x")'
        yield f"{{ {node} {{ ... on {type} {{ {asked} }} }} }}"
        yield f"{{ {node} {{ ...f }} }} fragment f on Node {{ ... on {type} {{ {asked} }} }}"
        yield (
            f"{{ {node} {{ ...f }} }} fragment f on {type} {{ ... on Node {{ ...g }} }} "
            f"fragment g on {type} {{ {asked} }}"
        )


def test_introspection_needs_no_scope_of_the_schemas_own() -> None:
    """It is kept from strangers elsewhere, or not at all; it is not a matter of fields."""
    assert set() == missing("{ __schema { types { name } } viewer { __typename } }", ANONYMOUS)
