"""The Accept header: by quality, then by how exactly it names a type, then in its order."""

import pytest
from starlette.requests import Request

from gateway.web.accept import EVENT_STREAM, GRAPHQL, JSON, Accept, read

URQL = f"{GRAPHQL}, application/graphql+json, {JSON}, {EVENT_STREAM}, multipart/mixed"
APOLLO = f"{GRAPHQL},{JSON};q=0.9"


def accept(*headers: str) -> Accept:
    """Read headers of this name."""
    raw = [(b"accept", header.encode("latin-1")) for header in headers]
    return read(Request({"type": "http", "headers": raw}))


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("", JSON),
        (" , ", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        ("APPLICATION/JSON; Charset=UTF-8", JSON),
        (GRAPHQL, GRAPHQL),
        (APOLLO, GRAPHQL),
        (URQL, GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{JSON};q=0.9, {GRAPHQL};q=0.8", JSON),
        (f"{GRAPHQL};q=0.5, */*", JSON),
        (f"*/*, {GRAPHQL}", GRAPHQL),
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"{JSON};q=0, application/*;q=0.1", GRAPHQL),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        (f"{JSON};q=0", None),
        (f"{JSON};q=2", None),
        (f"{JSON};q=x", None),
        (f"{JSON};q=nan", None),
        ("text/html", None),
        ("application", None),
        (EVENT_STREAM, None),
    ],
)
def test_the_best_of_two_is_chosen(header: str, chosen: str | None) -> None:
    """By what the header says; plain JSON where it says nothing."""
    assert chosen == accept(header).choose(JSON, GRAPHQL)


def test_a_header_may_come_in_pieces() -> None:
    """Several lines are one list."""
    assert GRAPHQL == accept(f"{JSON};q=0.5", GRAPHQL).choose(JSON, GRAPHQL)


@pytest.mark.parametrize(
    ("header", "quality", "is_named"),
    [
        (EVENT_STREAM, 1.0, True),
        ("text/*;q=0.3", 0.3, True),
        (URQL, 1.0, True),
        ("*/*", 1.0, False),
        (f"{EVENT_STREAM};q=0, */*", 0.0, False),
        (JSON, 0.0, False),
    ],
)
def test_a_stream_is_asked_for_by_name(header: str, quality: float, is_named: bool) -> None:
    """Whoever takes anything does not ask for an answer without an end."""
    found = accept(header)
    assert (quality, is_named) == (found.quality(EVENT_STREAM), found.names(EVENT_STREAM))
