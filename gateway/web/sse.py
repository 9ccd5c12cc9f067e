"""Subscriptions over HTTP: server-sent events, one connection each ("distinct connections").

Every event has its cursor as ``id:``, so a plain EventSource that reconnects sends it as
Last-Event-ID and goes on where it was, without a gap. A finite stream ends with ``complete``. Who
takes parts in place of events is given these (`gateway.web.streams.writing`).
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
from gateway.web.accept import EVENT_STREAM
from gateway.web.streams import writing
from gateway.web.streams.counts import Counts
from gateway.web.streams.writing import EVENTS, Writing

HEARTBEAT_S = 12.0
"""A comment so often keeps proxies from closing an idle stream; many close after 30 s."""
FIRST_BEAT_S = 0.1
"""Until the first: it tells where the stream began, so that nothing is missed by who is cut off
before anything happened."""
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
        way = writing.taken(request) or EVENTS
        with ExitStack() as held:
            held.enter_context(self.counts.subscription(caller, "sse"))
            source = await self.pipeline.subscribe(operation, context)
            written = _stream(source, context, self.closing, way)
            return _EventStream(source, written, way, held.pop_all())

    async def answer(self, operation: Operation, context: OperationContext) -> Response:
        """Answer a query or a mutation as a stream of one event, or of one for each part."""
        if self.pipeline.is_incremental(operation):
            parts = await self.pipeline.increments(operation, context, Format.CURRENT)
            written = _stream(parts, context, asyncio.Event(), EVENTS)
            return _EventStream(parts, written, EVENTS, ExitStack())
        only = EVENTS.event(await self.pipeline.run(operation, context), None)
        return Response(only + EVENTS.end, media_type=EVENT_STREAM, headers=_HEADERS)


class _EventStream(StreamingResponse):
    """*written* of *source*. However it ends, both are closed and what is *held* is let go: also
    when the caller is gone before the first byte."""

    def __init__(
        self,
        source: AsyncIterator[Any],
        written: AsyncIterator[bytes],
        way: Writing,
        held: ExitStack,
    ) -> None:
        super().__init__(written, media_type=way.media_type, headers=_HEADERS)
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
    source: AsyncIterator[dict[str, Any]],
    context: OperationContext,
    closing: asyncio.Event,
    way: Writing,
) -> AsyncIterator[bytes]:
    """Send what comes, and a heartbeat when nothing does."""
    yield way.begin
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
                yield way.beat(getattr(context, "cursor", None))
                await context.recheck()
                continue
            finished, pending = pending, None
            try:
                response = finished.result()
            except StopAsyncIteration:
                break
            yield way.event(response, getattr(context, "cursor", None))
        yield way.end
    except GatewayError as error:  # the caller's credential has ended
        located = GraphQLError(str(error), original_error=error)
        yield way.event({"errors": present.errors([located])}, None) + way.end
    finally:
        closed.cancel()
        if pending:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
        await source.aclose()  # type: ignore[attr-defined]
