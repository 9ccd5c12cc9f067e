"""GraphQL over HTTP: POST and GET answer with JSON, subscriptions with server-sent events.

Source: GraphQL over HTTP (graphql.github.io/graphql-over-http/draft). A mutation is never run by
GET, and a body must be declared JSON: a plain form of another site cannot act here.
"""

from collections.abc import Awaitable, Callable

from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway.auth.principal import ANONYMOUS, Principal
from gateway.errors import GatewayError, present
from gateway.execution import present as presented
from gateway.execution.document import RequestError
from gateway.execution.pipeline import Operation, OperationContext, Pipeline
from gateway.web import messages, multipart, sse
from gateway.web.messages import MAX_BODY_BYTES, bad_request
from gateway.web.sse import EventStreams

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"

Authenticate = Callable[[str | None], Awaitable[Principal]]
MakeContext = Callable[[Principal], OperationContext]


class GraphQLEndpoint:
    """``/graphql`` for GET and POST."""

    def __init__(
        self,
        pipeline: Pipeline,
        authenticate: Authenticate,
        make_context: MakeContext,
        streams: EventStreams,
    ) -> None:
        self._pipeline = pipeline
        self._authenticate = authenticate
        self._make_context = make_context
        self._streams = streams

    async def handle(self, request: Request) -> Response:
        """Answer one request; whatever is wrong with it becomes a GraphQL error and a status."""
        media = _media(request)
        try:
            operation = await _read(request)
        except RequestError as error:  # no GraphQL request at all: its status says so
            return _respond({"errors": presented.errors(error.errors)}, error.status, media)
        try:
            principal = await principal_of(self._authenticate, request.headers.get("authorization"))
            return await self._answer(request, operation, self._make_context(principal), media)
        except RequestError as error:
            status = 200 if media == JSON and error.status == 400 else error.status
            return _respond({"errors": presented.errors(error.errors)}, status, media)
        except GatewayError as error:
            located = GraphQLError(str(error), original_error=error)
            status = present(error).status
            return _respond({"errors": presented.errors([located])}, status, media)
        except Exception as error:  # a bug outside of any resolver: masked like one inside
            located = GraphQLError(str(error), original_error=error)
            return _respond({"errors": presented.errors([located])}, 500, media)

    async def _answer(
        self, request: Request, operation: Operation, context: OperationContext, media: str
    ) -> Response:
        kind = self._pipeline.kind(operation)
        if kind is OperationType.SUBSCRIPTION:
            if not sse.is_asked_for(request):
                raise bad_request("a subscription needs Accept: text/event-stream", 406)
            return await self._streams.follow(request, operation, context)
        if request.method == "GET" and kind is not OperationType.QUERY:
            raise bad_request("GET is for queries; POST what changes something", 405)
        if sse.is_all_that_is_asked_for(request):
            return await self._streams.answer(operation, context)
        format = multipart.format_of(request)
        if format and self._pipeline.is_incremental(operation):
            parts = await self._pipeline.increments(operation, context, format)
            first = await anext(parts)
            if "hasNext" in first:
                return multipart.Parts(first, parts, format)
            return _respond(first, 200, media)
        return _respond(await self._pipeline.run(operation, context), 200, media)


async def principal_of(authenticate: Authenticate, authorization: str | None) -> Principal:
    """Return who calls; nobody in particular without a header. Raises: Unauthenticated."""
    return await authenticate(authorization) if authorization else ANONYMOUS


async def _read(request: Request) -> Operation:
    if request.method == "GET":
        given = dict(request.query_params)
        if "variables" in given:
            return messages.operation({**given, "variables": messages.parse(given["variables"])})
        return messages.operation(given)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != JSON:
        raise bad_request(f"the body must be {JSON}", 415)
    return messages.operation(messages.parse(await body(request, MAX_BODY_BYTES)))


async def body(request: Request, limit: int) -> bytes:
    """Read a body of up to *limit* bytes, and stop at the first beyond. Raises: RequestError."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise bad_request(f"the body is larger than {limit} bytes", 413)
            parts.append(part)
    except ClientDisconnect:
        raise bad_request("the body was cut off") from None
    return b"".join(parts)


def _media(request: Request) -> str:
    accept = request.headers.get("accept", "")
    return GRAPHQL if GRAPHQL in accept else JSON


def _respond(response: dict[str, object], status: int, media: str) -> Response:
    headers = {"www-authenticate": "Bearer"} if status == 401 else None
    if status == 405:
        headers = {"allow": "POST"}
    return Response(
        messages.encode(response),
        status_code=status,
        media_type=f"{media}; charset=utf-8",
        headers=headers,
    )
