"""How events are written: every byte."""

import pytest
from starlette.requests import Request

from gateway.web.streams.writing import EVENTS, PARTS, Writing, taken


def test_events_have_their_cursor_as_id() -> None:
    """LF ends lines; a cursor alone is no event, and nothing alone is a comment."""
    assert b':\n\nevent: next\nid: c1\ndata: {"data":{"a":"\\n"}}\n\n' == (
        EVENTS.begin + EVENTS.event({"data": {"a": "\n"}}, "c1")
    )
    assert b'event: next\ndata: {"data":null}\n\n' == EVENTS.event({"data": None}, None)
    assert (b"id: c1\n\n", b":\n\n") == (EVENTS.beat("c1"), EVENTS.beat(None))
    assert b"event: complete\ndata:\n\n" == EVENTS.end


def test_parts_are_whole_as_soon_as_they_are_written() -> None:
    """The line that ends a part comes with it; a heartbeat is an empty one."""
    head = b"\r\ncontent-type: application/json\r\n\r\n"
    assert (
        b"\r\n--graphql"
        + head
        + b"{}\r\n--graphql"
        + head
        + b'{"payload":{"data":{"a":1}}}\r\n--graphql--\r\n'
    ) == PARTS.begin + PARTS.beat("c1") + PARTS.event({"data": {"a": 1}}, "c1") + PARTS.end


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/event-stream", EVENTS),
        ("application/json, text/event-stream;q=0.1", EVENTS),
        ("multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json", PARTS),
        ('multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"', PARTS),
        ("multipart/mixed;subscriptionSpec=1.0, text/event-stream", EVENTS),
        ("multipart/mixed", None),
        ("application/json", None),
        ("text/event-stream;q=0", None),
        ("*/*", None),
    ],
)
def test_it_is_as_the_caller_takes_it(accept: str, expected: Writing | None) -> None:
    """Who takes one answer only is given no stream."""
    request = Request({"type": "http", "headers": [(b"accept", accept.encode())]})
    assert expected is taken(request)
