"""Documents are read once, and what is none is refused with its reason."""

from typing import Any

import pytest
from graphql import build_schema

from gateway.execution import document
from gateway.execution.document import Documents, RequestError

SCHEMA = build_schema("type Query { a(x: String): Query b: Int }")


def errors(text: str, *, suggest: bool = False) -> Any:
    with pytest.raises(RequestError) as refused:
        Documents(SCHEMA).get(text, suggest=suggest)
    return refused.value.errors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ c }", "GRAPHQL_VALIDATION_FAILED"),
        ("type Query { a: Int }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
         "GRAPHQL_VALIDATION_FAILED"),
        ('{ a(x: "\\u0000") { b } }', "BAD_USER_INPUT"),
        ('{ a(x: "\\u{0}") { b } }', "BAD_USER_INPUT"),
        ('{ a(x: """\0""") { b } }', "BAD_USER_INPUT"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(text: str, expected: str) -> None:
    """Each with the code of its fault."""
    assert expected == errors(text)[0].extensions["code"]


def test_only_so_many_errors_are_told() -> None:
    """The last one says that there are more."""
    found = errors("{ " + " ".join(f"c{n}" for n in range(30)) + " }")
    assert 21 == len(found)
    assert "Too many validation errors" in found[-1].message


def test_what_a_name_may_have_meant_is_told_to_who_may_know_the_schema() -> None:
    """And to nobody else."""
    document = '{ a(y: "x") { b } }'
    assert "Unknown argument 'y' on field 'Query.a'." == errors(document)[0].message
    assert "Did you mean 'x'?" in errors(document, suggest=True)[0].message


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


def test_large_documents_leave_room_for_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept is bounded in tokens: one of twelve has room beside one of three, not two."""
    monkeypatch.setattr(document, "REMEMBERED_TOKENS", 17)
    documents = Documents(SCHEMA)
    small = documents.get("{ b }")
    smaller = documents.get("{b}")
    assert small is documents.get("{ b }")
    documents.get("{ b b b b b b b b b b }")
    assert small is documents.get("{ b }")
    assert smaller is not documents.get("{b}")
