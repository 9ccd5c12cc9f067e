"""Subscriptions as server-sent events, one connection each ("distinct connections").

    event: next
    id: <cursor>
    data: {"data": {...}}

``id:`` is the event's cursor, so a plain EventSource that reconnects sends it as Last-Event-ID and
goes on where it was, without a gap. A finite stream ends with ``event: complete``.
Source: GraphQL over SSE (the graphql-sse package's PROTOCOL.md).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.errors import GatewayError
from gateway.execution import present
from gateway.execution.incremental import Format
from gateway.execution.limits.throttle import caller_of
from gateway.execution.pipeline import Operation, OperationContext, Pipeline
from gateway.web import messages
from gateway.web.accept import EVENT_STREAM
from gateway.web.streams.counts import Counts

HEARTBEAT_S = 12.0
"""A comment so often keeps proxies from closing an idle stream; many close after 30 s."""
FIRST_BEAT_S = 0.1
"""Until the first: it tells where the stream began, so that nothing is missed by who is cut off
before anything happened."""
_COMPLETE = b"event: complete\ndata:\n\n"
_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStreams:
    """Answers with event streams. Subscriptions end when *closing* is set: whoever follows comes
    back with a cursor."""

    pipeline: Pipeline
    counts: Counts
    closing: asyncio.Event

    async def follow(
        self, request: Request, operation: Operation, context: OperationContext
    ) -> Response:
        """Begin a subscription. Raises: RequestError and RateLimited, before anything is sent."""
        resume: Any = context
        resume.resume_after = request.headers.get("last-event-id") or None
        caller = caller_of(context.principal, context.peer)
        with ExitStack() as held:
            held.enter_context(self.counts.subscription(caller, "sse"))
            source = await self.pipeline.subscribe(operation, context)
            return _EventStream(source, _stream(source, context, self.closing), held.pop_all())

    async def answer(self, operation: Operation, context: OperationContext) -> Response:
        """Answer a query or a mutation as a stream of one event, or of one for each part."""
        if self.pipeline.is_incremental(operation):
            parts = await self.pipeline.increments(operation, context, Format.CURRENT)
            return _EventStream(parts, _stream(parts, context, asyncio.Event()), ExitStack())
        text = messages.encode(await self.pipeline.run(operation, context))
        return Response(_event(text, None) + _COMPLETE, media_type=EVENT_STREAM, headers=_HEADERS)


class _EventStream(StreamingResponse):
    """*written* of *source*. However it ends, both are closed and what is *held* is let go: also
    when the caller is gone before the first byte."""

    def __init__(
        self, source: AsyncIterator[Any], written: AsyncIterator[bytes], held: ExitStack
    ) -> None:
        super().__init__(written, media_type=EVENT_STREAM, headers=_HEADERS)
        self._generators: tuple[Any, ...] = (written, source)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._held.close()
            for one in self._generators:
                await one.aclose()


async def _stream(
    source: AsyncIterator[dict[str, Any]], context: OperationContext, closing: asyncio.Event
) -> AsyncIterator[bytes]:
    """Send what comes, and a heartbeat when nothing does. Lines end with LF."""
    yield b":\n\n"
    pending: asyncio.Future[Any] | None = None
    closed = asyncio.ensure_future(closing.wait())
    beat_s = FIRST_BEAT_S
    try:
        while True:
            pending = pending or asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait(
                [pending, closed], timeout=beat_s, return_when=asyncio.FIRST_COMPLETED
            )
            if closed in done:
                return  # not complete: an EventSource comes back, here or elsewhere
            if not done:
                beat_s = HEARTBEAT_S
                yield _beat(context)
                await context.recheck()
                continue
            finished, pending = pending, None
            try:
                response = finished.result()
            except StopAsyncIteration:
                break
            yield _event(messages.encode(response), getattr(context, "cursor", None))
        yield _COMPLETE
    except GatewayError as error:  # the caller's credential has ended
        located = GraphQLError(str(error), original_error=error)
        yield _event(messages.encode({"errors": present.errors([located])}), None) + _COMPLETE
    finally:
        closed.cancel()
        if pending:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
        await source.aclose()  # type: ignore[attr-defined]


def _beat(context: OperationContext) -> bytes:
    """No event, but where the next one will be after: an ``id:`` alone is remembered by clients."""
    cursor = getattr(context, "cursor", None)
    return f"id: {cursor}\n\n".encode() if cursor else b":\n\n"


def _event(data: bytes, cursor: str | None) -> bytes:
    id = f"id: {cursor}\n".encode() if cursor else b""
    return b"event: next\n" + id + b"data: " + data + b"\n\n"
