"""Every limit of a document refuses, and nothing is looked up in the schema before."""

from typing import Any

import pytest
from graphql import SelectionSetNode, get_introspection_query, parse

from gateway.execution.limits.refusal import RequestError
from gateway.execution.limits.weigh import MOST_COUNTED, read, weigh
from gateway.settings.limits import Limits
from tests.unit.execution import hostile

SMALL = Limits(
    max_document_characters=400,
    max_tokens=40,
    max_operations=2,
    max_fragments=2,
    max_depth=3,
    max_fields=6,
    max_root_fields=4,
    max_aliases=2,
    max_directives=2,
    max_values=4,
)


def refusal(text: str, limits: Limits) -> Any:
    """Return limit, maximum and count of the refusal of *text*."""
    with pytest.raises(RequestError) as refused:
        weigh(read(text, limits), limits)
    (error,) = refused.value.errors
    cause: Any = error.original_error
    return cause.limit, cause.maximum, cause.actual


@pytest.mark.parametrize(
    ("text", "limit", "maximum", "actual"),
    [
        ("{ a } #" + "x" * 394, "document_characters", 400, 401),
        ("{ a(x: [" + "1 " * 40 + "]) }", "tokens", 40, 41),
        ("#\n" * 41 + "{ a }", "tokens", 40, 41),
        ("query a { a } query b { a } query c { a }", "operations", 2, 3),
        ("{ a } " + "fragment a on Q { a } " * 3, "fragments", 2, 3),
        ("{ a { a { a { a } } } }", "depth", 3, 4),
        ("{ ...f } fragment f on Q { a { a { ... { a { a } } } } }", "depth", 3, 4),
        ("{ a { ...f } } fragment f on Q { a { ...g } } fragment g on Q { a { a } }",
         "depth", 3, 4),
        ("{ __schema { types { fields { type } } } }", "depth", 3, 4),
        ("{ a b c d e }", "root_fields", 4, 5),
        ("{ a ... { b } ...f ...f } fragment f on Q { c ... on Q { d } }", "root_fields", 4, 6),
        ("{ a: x b: x c: x }", "aliases", 2, 3),
        ("{ ...f ...f ...f } fragment f on Q { b: a }", "aliases", 2, 3),
        ("{ a @x @x @x }", "directives", 2, 3),
        ("query @x @x @x { a }", "directives", 2, 3),
        ("{ a ... @x { b } ...f @x } fragment f on Q @x { a }", "directives", 2, 3),
        ("{ a(x: [1, {y: $z}]) ...f } fragment f on Q { a(x: 1) }", "values", 4, 5),
        ("query ($x: [Int] = [1 2 3], $y: Int) { a @x(y: 1) }", "values", 4, 5),
        ("{ a { b c d } ...f ...f } fragment f on Q { g { h } }", "fields", 6, 8),
    ],
)  # fmt: skip
def test_a_document_that_has_too_much_is_refused(
    text: str, limit: str, maximum: int, actual: int
) -> None:
    """With the name of the limit, and what was counted, fragments as often as they are spread."""
    assert (limit, maximum, actual) == refusal(text, SMALL)


@pytest.mark.parametrize(("text", "limit"), hostile.DOCUMENTS.values(), ids=hostile.DOCUMENTS)
def test_what_attackers_send_is_refused_by_the_defaults(text: str, limit: str) -> None:
    """However deep, long or entangled it is: by a limit, not by running out of anything."""
    assert limit == refusal(text, Limits())[0]


def test_what_is_just_within_a_limit_is_weighed() -> None:
    """The limit itself is allowed."""
    text = "{ a: x @x b: x ...f ...f } fragment f on Q { c { d } @x }"
    with pytest.raises(RequestError):
        weigh(read(text, SMALL), SMALL)
    (weight,) = weigh(read("{ a: x @x b: x ...f } fragment f on Q { c @x { d { e } } }", SMALL),
                      SMALL).values()  # fmt: skip
    found = (weight.depth, weight.root_fields, weight.aliases, weight.directives, weight.fields)
    assert (3, 3, 2, 2, 5) == found


def test_introspection_is_seen_wherever_it_is_asked_for() -> None:
    """In the operation, in a fragment of a fragment; a name that only looks like it is none."""
    text = """query plain { __typename schema } query direct { __schema { types } }
        query federated { _service { sdl } }
        query hidden { ...a } fragment a on Q { ...b } fragment b on Q { x: __type(name: "Q") }"""
    seen = {name: one.introspects for name, one in weigh(parse(text), Limits()).items()}
    assert {"plain": False, "direct": True, "federated": True, "hidden": True} == seen


def test_the_usual_introspection_query_is_within_the_defaults() -> None:
    """Tools send it."""
    limits = Limits()
    (weight,) = weigh(read(get_introspection_query(), limits), limits).values()
    assert (15, 1, 0, 0) == (weight.depth, weight.root_fields, weight.aliases, weight.directives)


def test_every_node_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fragments that double each other 200 times over: as many selections are read as stand in the
    document."""
    looks = 0

    def counted(node: Any) -> Any:
        nonlocal looks
        looks += 1
        return node.__dict__["selections"]

    document = parse(hostile.doubling(199))
    monkeypatch.setattr(SelectionSetNode, "selections", property(counted))
    with pytest.raises(RequestError) as refused:
        weigh(document, Limits())
    cause: Any = refused.value.errors[0].original_error
    assert (202, MOST_COUNTED) == (looks, cause.actual)
