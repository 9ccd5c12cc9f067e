"""GraphQL over HTTP: POST and GET answer with JSON, subscriptions with server-sent events.

Source: GraphQL over HTTP (graphql.github.io/graphql-over-http/draft). A mutation is never run by
GET, and a body must be declared JSON: a plain form of another site cannot act here.
"""

from collections.abc import Awaitable, Callable
from math import ceil
from typing import Any

from graphql import GraphQLError, OperationType
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from gateway.auth.principal import ANONYMOUS, Principal
from gateway.errors import GatewayError, present
from gateway.execution import present as presented
from gateway.execution.document import RequestError
from gateway.execution.pipeline import OperationContext, Pipeline
from gateway.execution.registered import Asked, Registry
from gateway.web import accept, messages, multipart
from gateway.web.accept import EVENT_STREAM, GRAPHQL, JSON, MIXED, Accept
from gateway.web.messages import MAX_BODY_BYTES, bad_request
from gateway.web.multipart import Parts
from gateway.web.sse import EventStreams
from gateway.web.streams import writing

PATH = "/graphql"

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
        registry: Registry,
    ) -> None:
        self._pipeline = pipeline
        self._authenticate = authenticate
        self._make_context = make_context
        self._streams = streams
        self._registry = registry

    async def handle(self, request: Request) -> Response:
        """Answer one request; whatever is wrong with it becomes a GraphQL error and a status."""
        accepted = accept.read(request)
        try:
            if not accepted.choose(JSON, GRAPHQL, EVENT_STREAM, MIXED):
                raise bad_request(f"answers are {JSON}, {GRAPHQL} or {EVENT_STREAM}", 406)
            asked = await _read(request)
        except RequestError as error:  # no GraphQL request at all: its status says so
            return _respond(_refusal(error), error.status, accepted)
        try:
            principal = await principal_of(self._authenticate, request.headers.get("authorization"))
            context = self._make_context(principal)
            context.peer = request.client.host if request.client else None
            return await self._answer(request, asked, context, accepted)
        except RequestError as error:
            is_said = error.status == 400 and accepted.choose(JSON, GRAPHQL) == JSON
            return _respond(_refusal(error), 200 if is_said else error.status, accepted)
        except GatewayError as error:
            return _respond(_failure(error), present(error).status, accepted)
        except Exception as error:  # a bug outside of any resolver: masked like one inside
            return _respond(_failure(error), 500, accepted)

    async def _answer(
        self, request: Request, asked: Asked, context: OperationContext, accepted: Accept
    ) -> Response:
        operation, kind = await self._registry.read(asked, context)
        if kind is OperationType.SUBSCRIPTION:
            if not writing.taken(request):
                raise bad_request(f"a subscription needs Accept: {EVENT_STREAM}", 406)
            return await self._streams.follow(request, operation, context)
        if request.method != "POST" and kind is not OperationType.QUERY:
            raise bad_request("GET is for queries; POST what changes something", 405)
        if accepted.quality(EVENT_STREAM) > accepted.quality(_media(accepted)):
            return await self._streams.answer(operation, context)
        format = multipart.format_of(request)
        if format and self._pipeline.is_incremental(operation):
            parts = await self._pipeline.increments(operation, context, format)
            first = await anext(parts)
            if "hasNext" in first:
                return Parts(first, parts, format)
            return _respond(first, 200, accepted)
        return _respond(await self._pipeline.run(operation, context), 200, accepted)


async def refuse(request: Request, error: Exception) -> Response:
    """Answer what is not served; at /graphql with a GraphQL error, like everything there."""
    assert isinstance(error, HTTPException)
    if request.url.path.rstrip("/") != PATH:
        return PlainTextResponse(error.detail, error.status_code, error.headers)
    refused = bad_request(f"{error.detail}: {PATH} is for GET and POST", error.status_code)
    response = _respond(_refusal(refused), refused.status, accept.read(request))
    response.headers.update(error.headers or {})
    return response


async def principal_of(authenticate: Authenticate, authorization: str | None) -> Principal:
    """Return who calls; nobody in particular without a header. Raises: Unauthenticated."""
    return await authenticate(authorization) if authorization else ANONYMOUS


async def _read(request: Request) -> Asked:
    if request.method != "POST":
        given: dict[str, Any] = dict(request.query_params)
        for name in {"variables", "extensions"} & given.keys():
            given[name] = messages.parse(given[name])
        return messages.asked(given)
    _require_json(request)
    return messages.asked(messages.parse(await body(request, MAX_BODY_BYTES)))


def _require_json(request: Request) -> None:
    """Refuse what a form of another site can send, and what would have to be decoded first."""
    kind, *parameters = (
        part.strip().lower() for part in request.headers.get("content-type", "").split(";")
    )
    charsets = {one.partition("=")[2].strip('"') for one in parameters if one.startswith("charset")}
    if kind != JSON or charsets - {"utf-8", "utf8"}:
        raise bad_request(f"the body must be {JSON} in UTF-8", 415)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise bad_request("the body must not be compressed", 415)


async def body(request: Request, limit: int) -> bytes:
    """Read a body of up to *limit* bytes, and stop at the first beyond. Raises: RequestError."""
    parts: list[bytes] = []
    size = 0
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise bad_request(f"the body is larger than {limit} bytes", 413)
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise bad_request(f"the body is larger than {limit} bytes", 413)
            parts.append(part)
    except ClientDisconnect:
        raise bad_request("the body was cut off") from None
    return b"".join(parts)


def _media(accepted: Accept) -> str:
    return accepted.choose(JSON, GRAPHQL) or JSON


def _refusal(error: RequestError) -> dict[str, object]:
    return {"errors": presented.errors(error.errors)}


def _failure(error: Exception) -> dict[str, object]:
    located = GraphQLError(str(error), original_error=error)
    return {"errors": presented.errors([located])}


def _respond(response: dict[str, Any], status: int, accepted: Accept) -> Response:
    headers = {"vary": "Accept", "cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if status == 405:
        headers["allow"] = "POST"
    if status == 429:
        headers["retry-after"] = str(ceil(response["errors"][0]["extensions"]["retryAfterS"]))
    return Response(
        messages.encode(response),
        status_code=status,
        media_type=f"{_media(accepted)}; charset=utf-8",
        headers=headers,
    )
