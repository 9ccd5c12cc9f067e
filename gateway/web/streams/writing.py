"""How what happens is written on an answer that stays open: as events, or as parts.

    event: next                                 --graphql
    id: <cursor>                                content-type: application/json
    data: {"data": {…}}
                                                {"payload": {"data": {…}}}

Source: GraphQL over SSE (the graphql-sse package's PROTOCOL.md); the parts are Apollo's
"multipart protocol for GraphQL subscriptions", version 1.0.
"""

from typing import Any, Protocol

from starlette.requests import Request

from gateway.web import accept, messages
from gateway.web.accept import EVENT_STREAM, MIXED

SUBSCRIPTIONS = "subscriptionSpec=1.0"


class Writing(Protocol):
    """One way to write. *begin* and *end* stand around it all."""

    media_type: str
    begin: bytes
    end: bytes

    def beat(self, cursor: str | None) -> bytes:
        """Nothing happens. *cursor*: where the next event will be after."""

    def event(self, response: dict[str, Any], cursor: str | None) -> bytes:
        """One answer, and its place in the log."""


class Events:
    """As events. Lines end with LF."""

    media_type = EVENT_STREAM
    begin = b":\n\n"
    end = b"event: complete\ndata:\n\n"

    def beat(self, cursor: str | None) -> bytes:
        """An ``id:`` alone is no event, and is remembered by clients."""
        return f"id: {cursor}\n\n".encode() if cursor else b":\n\n"

    def event(self, response: dict[str, Any], cursor: str | None) -> bytes:
        id = f"id: {cursor}\n".encode() if cursor else b""
        return b"event: next\n" + id + b"data: " + messages.encode(response) + b"\n\n"


class Parts:
    """As parts. They have no cursor of their own: it is in the payload, for who asks for it."""

    media_type = f'{MIXED}; boundary="graphql"; {SUBSCRIPTIONS}'
    begin = b"\r\n--graphql"
    end = b"--\r\n"

    def beat(self, cursor: str | None) -> bytes:
        return self._part({})

    def event(self, response: dict[str, Any], cursor: str | None) -> bytes:
        return self._part({"payload": response})

    def _part(self, content: dict[str, Any]) -> bytes:
        head = b"\r\ncontent-type: application/json\r\n\r\n"
        return head + messages.encode(content) + b"\r\n--graphql"


EVENTS: Writing = Events()
PARTS: Writing = Parts()


def taken(request: Request) -> Writing | None:
    """Return how the caller takes what happens; None when it takes one answer only."""
    if accept.read(request).names(EVENT_STREAM):
        return EVENTS
    for kind in request.headers.get("accept", "").lower().split(","):
        name, *parameters = (one.strip() for one in kind.replace('"', "").split(";"))
        if name == MIXED and SUBSCRIPTIONS.lower() in parameters:
            return PARTS
    return None
