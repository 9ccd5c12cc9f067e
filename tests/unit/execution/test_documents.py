"""Documents are read once, and what is none is refused with its reason."""

from typing import Any

import pytest
from graphql import build_schema

from gateway.execution import document
from gateway.execution.document import Documents, RequestError, require_storable

SCHEMA = build_schema("type Query { a(x: String): Query b: Int }")


def code(text: str) -> Any:
    with pytest.raises(RequestError) as refused:
        Documents(SCHEMA).get(text)
    return (refused.value.errors[0].extensions or {})["code"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ c }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ a" * 3_000 + "}" * 3_000, "GRAPHQL_PARSE_FAILED"),
        ("{ " + "b " * document.MAX_TOKENS + "}", "GRAPHQL_PARSE_FAILED"),
        ('{ a(x: "\\u0000") { b } }', "BAD_USER_INPUT"),
        ('{ a(x: """\0""") { b } }', "BAD_USER_INPUT"),
    ],
)
def test_what_is_no_document_is_refused(text: str, expected: str) -> None:
    """Each with the code of its fault, however long or deep it is."""
    assert expected == code(text)


def test_a_document_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same text is the same document; only so many are remembered."""
    monkeypatch.setattr(document, "REMEMBERED", 2)
    documents = Documents(SCHEMA)
    first = documents.get("{ b }")
    documents.get("{ b b }")
    assert first is documents.get("{ b }")
    documents.get("{ b b b }")
    assert first is documents.get("{ b }")
    documents.get("{ b b b b }")
    documents.get("{ b b b b b }")
    assert first is not documents.get("{ b }")


def test_text_without_nul_is_storable_however_deep() -> None:
    """And with one it is not, wherever it stands."""
    deep: Any = "a"
    for _ in range(50_000):
        deep = {"x": [deep]}
    require_storable({"a": deep, "b": 1, "c": None})
    for wrong in ("\0", ["\0"], {"x": {"y": ["a\0"]}}):
        with pytest.raises(RequestError):
            require_storable({"a": wrong})
