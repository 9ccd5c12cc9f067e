"""What operations cost: sizes multiply, variables decide, and what is merged counts once."""

from typing import Any

import pytest
from graphql import build_schema, parse

from gateway.execution.limits.cost import costs
from tests.unit.execution import hostile

SCHEMA = build_schema(
    """
    directive @x(if: Boolean) on FIELD
    interface Node { id: ID }
    type Item implements Node { id: ID price: Money tags: [String] parts: [Item!]!
      items(first: Int, last: Int): Items! }
    type Money { amount: Int }
    type Items { nodes: [Item!]! edges: [Edge!]! info: Info! }
    type Edge { cursor: String node: Item! }
    type Info { more: Boolean }
    type Viewer { role: String viewer: Viewer }
    type Query {
      role: String
      viewer: Viewer
      item: Item
      node: Node
      items(first: Int, last: Int): Items!
      entities(representations: [ID!]!): [Node]!
      nodes(ids: [ID!]!): [Node]!
    }
    type Mutation { change: Item }
    """
)


def cost(text: str, **variables: Any) -> int:
    (found,) = costs(SCHEMA, parse(text)).values()
    return found.points.under(variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ role }", 1),
        ("{ __typename }", 1),
        ("{ viewer { role } }", 2),
        ("{ item { id price { amount } tags } }", 3),
        ("{ item { parts { id } } }", 1 + 1 + 5),
        ("{ item { parts { parts { price { amount } } } } }", 1 + 1 + 5 * (1 + 5 * 2)),
        ("{ items(first: 10) { nodes { id } } }", 1 + 1 + 10),
        ("{ items(last: 10) { edges { cursor node { id } } } }", 1 + 1 + 10),
        ("{ items(first: 10) { edges { node { id } } nodes { id } info { more } } }", 1 + 22),
        ("{ items(first: 3) { nodes { items(first: 4) { nodes { id } } } } }",
         1 + 1 + 3 * (1 + 1 + 4)),
        ("{ items(first: 3, last: 9) { nodes { id } } }", 1 + 1 + 9),
        ("{ items(first: 0) { nodes { id } } }", 2),
        ("{ items(first: -5) { nodes { id } } }", 2),
        ("{ items(first: null) { nodes { id } } }", 1 + 1 + 50),
        ("{ item { items { nodes { id } } } }", 1 + 1 + 1 + 50),
        ("{ items(first: 2000000000) { nodes { id } } }", 2 + 2_000_000_000),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 1 + 3),
        ('{ entities(representations: "a") { id } }', 1 + 1),
        ("mutation { a: change { id } b: change { id } }", 1 + 2 * (10 + 1)),
        ("{ __schema { types { fields { name } } } }", 1 + 1_000),
        ("{ a: __schema { types { name } } b: __type(name: \"Item\") { name } }", 1 + 2_000),
    ],
)  # fmt: skip
def test_an_operation_costs_the_objects_that_it_may_return(text: str, expected: int) -> None:
    """And one point for itself, ten for each change, a thousand for the schema."""
    assert expected == cost(text)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"n": 4}, 1 + 1 + 4 * 2),
        ({"n": 4.0}, 1 + 1 + 4 * 2),
        ({}, 1 + 1 + 3 * 2),
        ({"n": None}, 1 + 1 + 50 * 2),
        ({"n": 0}, 2),
        ({"n": -1}, 2),
        ({"n": True}, 1 + 1 + 50 * 2),
        ({"n": 10**4000}, 2 + 2 * 2**31),
        ({"n": float("inf")}, 2 + 2 * 2**31),
    ],
)
def test_variables_decide_what_depends_on_them(variables: Any, expected: int) -> None:
    """Given, left to their default, null, or nonsense that is refused later."""
    text = "query($n: Int = 3) { items(first: $n) { nodes { price { amount } } } }"
    assert expected == cost(text, **variables)


def test_lists_in_variables_count_their_items() -> None:
    """An item in place of a list is a list of one."""
    text = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert [1, 4, 2] == [cost(text, ids=[]), cost(text, ids=["a", "b", "c"]), cost(text, ids="a")]


@pytest.mark.parametrize(("given", "expected"), [(True, 3), (False, 2), (None, 2)])
def test_what_is_left_out_costs_nothing(given: bool | None, expected: int) -> None:
    """By a variable or as it is written, on fields and on fragments."""
    text = "query($x: Boolean) { item { price @include(if: $x) { amount } } }"
    assert expected == cost(text, x=given)
    text = """query($x: Boolean) { item { ...f @include(if: $x) } }
        fragment f on Item { price { amount } }"""
    assert expected == cost(text, x=given)
    assert 2 == cost("{ item { price @skip(if: true) { amount } } }")
    assert 3 == cost("{ item { ... @include(if: true) { price { amount } } } }")


def test_conditions_within_conditions_all_have_to_hold() -> None:
    """A variable's default counts."""
    text = """query($x: Boolean!, $y: Boolean = true) {
        item @include(if: $x) { price @skip(if: $y) { amount } } }"""
    found = [cost(text, x=x, y=y) for x in (True, False) for y in (True, False)]
    assert [2, 3, 1, 1] == found
    assert 2 == cost(text, x=True)


def test_what_the_answer_merges_is_counted_once() -> None:
    """Every part of a page asks for what it needs: fields that are repeated, fragments that are."""
    text = """{ item { ...a ...b ...a price { amount } } item { price { amount } } }
        fragment a on Item { price { amount } ...b } fragment b on Item { id price { amount } }"""
    assert 3 == cost(text)
    assert 3 == cost("{ item { a: price { amount } ... on Item { a: price { amount } } } }")


def test_parts_of_what_is_merged_are_all_counted() -> None:
    """Each adds what it alone asks for."""
    text = "{ item { parts { price { amount } } } item { parts { parts { id } } } }"
    assert 1 + 1 + 5 * (1 + 1 + 5) == cost(text)


def test_fragments_that_double_each_other_are_looked_at_once() -> None:
    """Also when they hold nothing, so that no count of fields has stopped them."""
    assert 2 == cost(hostile.doubling(199, leaf=""))
    assert 3 == cost(hostile.doubling(199, leaf="viewer { role }"))


def test_each_operation_has_its_own_cost() -> None:
    """By name."""
    found = costs(SCHEMA, parse("query a { role } query b { viewer { role } }"))
    assert {"a": 1, "b": 2} == {name: one.points.under({}) for name, one in found.items()}
