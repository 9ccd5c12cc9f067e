"""Answers in several parts, as ``multipart/mixed``: each part is written when it is there.

    multipart/mixed                             {"data": …, "pending": […], "hasNext": true} …
    multipart/mixed; incrementalSpec=v0.2       the same
    multipart/mixed; deferSpec=20220824         {"data": …, "hasNext": true} …

Source: graphql/graphql-over-http, rfcs/IncrementalDelivery.md.
"""

from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.execution.incremental import Format
from gateway.web import messages
from gateway.web.accept import MIXED

_PARAMETERS = {
    Format.LEGACY: f"deferSpec={Format.LEGACY}",
    Format.CURRENT: f"incrementalSpec={Format.CURRENT}",
}
_FORMATS = {"": Format.CURRENT} | {said.lower(): one for one, said in _PARAMETERS.items()}
_HEAD = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
_BOUNDARY = b"\r\n---"
"""Written right behind a part: only then does a reader know that the part has ended."""
_END = b"--\r\n"


def format_of(request: Request) -> Format | None:
    """Return the format that the caller takes parts in; None when it takes none."""
    for kind in request.headers.get("accept", "").split(","):
        name, *parameters = (one.strip().lower() for one in kind.split(";"))
        said = [one for one in parameters if not one.startswith(("q=", "boundary="))]
        if name == MIXED and "".join(said) in _FORMATS:
            return _FORMATS["".join(said)]
    return None


class Parts(StreamingResponse):
    """*parts*, of which the *first* is there already. They are closed when the caller is gone."""

    def __init__(
        self, first: dict[str, Any], parts: AsyncIterator[dict[str, Any]], format: Format
    ) -> None:
        self._parts: Any = parts
        super().__init__(
            _written(first, parts),
            media_type=f'{MIXED}; boundary="-"; {_PARAMETERS[format]}',
            headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.body_iterator.aclose()  # type: ignore[attr-defined]
            await self._parts.aclose()


async def _written(
    first: dict[str, Any], parts: AsyncIterator[dict[str, Any]]
) -> AsyncIterator[bytes]:
    yield _BOUNDARY + _HEAD + messages.encode(first) + _BOUNDARY
    async for part in parts:
        yield _HEAD + messages.encode(part) + _BOUNDARY
    yield _END
