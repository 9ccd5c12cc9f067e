"""schema.graphql is what the resolvers serve, and says what everything is."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from resolvers.schema import SCHEMA
from tests.architecture.sources import ROOT

FILE = ROOT / "schema.graphql"


def test_the_file_is_the_schema() -> None:
    """Drift: run `make schema`."""
    assert FILE.read_text().rstrip("\n") == SCHEMA.as_str().rstrip("\n")


def undescribed(schema: GraphQLSchema) -> Iterator[str]:
    """Yield the coordinate of everything that has no description."""
    for name, type_ in schema.type_map.items():
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_):
            yield from _silent({name: type_})
            yield from _of_type(name, type_)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield from _silent({f"@{directive.name}": directive})
            yield from _arguments(f"@{directive.name}", directive.args)


def _of_type(name: str, type_: GraphQLNamedType) -> Iterator[str]:
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        yield from _silent({f"{name}.{field}": it for field, it in type_.fields.items()})
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        for field, definition in type_.fields.items():
            yield from _arguments(f"{name}.{field}", definition.args)


def _arguments(at: str, given: dict[str, GraphQLArgument]) -> Iterator[str]:
    return _silent({f"{at}({name}:)": it for name, it in given.items()})


def _silent(named: dict[str, Any]) -> Iterator[str]:
    return (coordinate for coordinate, it in named.items() if not it.description)


def test_every_type_field_and_argument_is_described() -> None:
    """Input fields and directives too; the values of an enum are words, said with the enum."""
    assert list(undescribed(build_schema(SCHEMA.as_str()))) == []


def test_what_is_not_described_is_found() -> None:
    """Each kind of thing."""
    bare = build_schema(
        """
        directive @d(a: Int) on QUERY
        type Query implements I { f(a: Int): E }
        interface I { f(a: Int): E }
        enum E { V }
        input N { f: Int }
        scalar S
        union U = Query
        """
    )
    types = ["Query", "I", "E", "N", "S", "U", "@d"]
    inside = ["Query.f", "Query.f(a:)", "I.f", "I.f(a:)", "N.f", "@d(a:)"]
    assert sorted(undescribed(bare)) == sorted(types + inside)
