"""Subscriptions over WebSocket: the ``graphql-transport-ws`` protocol.

One bad operation never closes the socket; a broken message does, with the protocol's code. Each
operation has a context of its own, so nothing read for one is shown to another.

A credential is renewed on the living socket by a ping that carries it, and what runs goes on:

    {"type": "ping", "payload": {"authorization": "Bearer eyJ…"}}
    {"type": "pong", "payload": {"renewed": true}}

``false``: the new one proves nothing, or somebody else; the former stays in force until it ends.
Source: the graphql-ws package's PROTOCOL.md.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.auth.principal import Principal
from gateway.errors import GatewayError, RateLimited
from gateway.execution import present
from gateway.execution.document import RequestError
from gateway.execution.incremental import Format
from gateway.execution.limits.throttle import caller_of
from gateway.execution.pipeline import OperationContext, Pipeline, Response
from gateway.execution.registered import Asked, Registry
from gateway.telemetry.logs import bug
from gateway.web import messages
from gateway.web.graphql import Authenticate, MakeContext, principal_of
from gateway.web.streams.counts import RETRY_AFTER_S, Counts
from gateway.web.streams.peer import TRY_AGAIN_LATER, Close, Peer

PROTOCOL = "graphql-transport-ws"
INIT_TIMEOUT_S = 10.0
RECHECK_S = 30.0
"""How often a socket's credential is checked again while nothing happens: one that was revoked is
of no use within a minute."""
IDLE_S = 600.0
"""How long a socket may be open on which nothing runs and nothing is said."""
MAX_OPERATIONS = 100
"""Operations at once on one socket."""
MAX_MESSAGE_BYTES = messages.MAX_BODY_BYTES
MAX_PING_BYTES = 1024
"""Of a ping's payload, which is sent back."""
MAX_ID_CHARACTERS = 200
"""Of an operation's id, which every message about it repeats: clients count, or take a UUID."""

NORMAL = 1000
INTERNAL = 1011
BAD_MESSAGE = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
BAD_PROTOCOL = 4406
INIT_TIMEOUT = 4408
SUBSCRIBER_EXISTS = 4409
TOO_MANY_INITS = 4429


class WebSocketEndpoint:
    """``/graphql`` for WebSocket."""

    def __init__(
        self,
        pipeline: Pipeline,
        authenticate: Authenticate,
        make_context: MakeContext,
        counts: Counts,
        registry: Registry,
    ) -> None:
        self.pipeline = pipeline
        self.authenticate = authenticate
        self.make_context = make_context
        self.counts = counts
        self.registry = registry

    async def handle(self, socket: WebSocket) -> None:
        """Serve one socket until it closes."""
        if PROTOCOL not in socket.scope["subprotocols"]:
            await socket.accept()
            await socket.close(BAD_PROTOCOL, "Subprotocol not acceptable")
            return
        await socket.accept(subprotocol=PROTOCOL)
        await _Session(self, socket).run()


@dataclass(frozen=True, slots=True)
class _Running:
    """An operation under way."""

    task: asyncio.Task[None]
    context: OperationContext


class _Session:
    """One socket: who it is of, and its operations by id."""

    def __init__(self, endpoint: WebSocketEndpoint, socket: WebSocket) -> None:
        self._endpoint = endpoint
        self._peer = Peer(socket)
        self._header = socket.headers.get("authorization")
        self._host = socket.client.host if socket.client else None
        self._principal: Principal | None = None
        self._is_initializing = False
        self._operations: dict[str, _Running] = {}
        self._held = ExitStack()
        self._heard_at = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Take messages until the peer leaves or breaks the protocol; then end what runs."""
        try:
            with self._held:
                async with asyncio.TaskGroup() as self._tasks:
                    self._tasks.create_task(self._watch())
                    while True:
                        await self._take(await self._peer.receive())
        except* Close as ends:
            end = _first(ends)
            await self._peer.close(end.code, end.reason)
        except* WebSocketDisconnect:
            pass
        except* Exception as bugs:
            bug(bugs)
            await self._peer.close(INTERNAL, "internal error")

    async def _watch(self) -> None:
        """Close who does not begin, or is idle; end what runs once the credential has ended."""
        await asyncio.sleep(INIT_TIMEOUT_S)
        if self._principal is None:
            raise Close(INIT_TIMEOUT, "Connection initialisation timeout")
        while True:
            await asyncio.sleep(RECHECK_S)
            await self._recheck(self._principal)
            silent_s = asyncio.get_running_loop().time() - self._heard_at
            if not self._operations and silent_s > IDLE_S:
                raise Close(NORMAL, "idle")

    async def _recheck(self, principal: Principal) -> None:
        try:
            await self._endpoint.make_context(principal).recheck()
        except GatewayError as error:
            ended, self._operations = self._operations, {}
            for id, running in ended.items():
                running.task.cancel()
                await self._refuse(id, error)
        except Exception as error:  # the store is away: tried again, and nothing ends meanwhile
            bug(error)

    async def _take(self, text: str) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        if len(text) > MAX_MESSAGE_BYTES or len(text.encode()) > MAX_MESSAGE_BYTES:
            raise Close(BAD_MESSAGE, "message too large")
        message = _message(text)
        match message["type"]:
            case "connection_init":
                await self._init(_payload(message))
            case "ping":
                await self._ping(_payload(message))
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(_id(message), message.get("payload"))
            case "complete":
                running = self._operations.pop(_id(message), None)
                if running:
                    running.task.cancel()
            case other:
                raise Close(BAD_MESSAGE, f"Unknown message type: {other}")

    async def _init(self, payload: Mapping[str, Any]) -> None:
        if self._is_initializing:
            raise Close(TOO_MANY_INITS, "Too many initialisation requests")
        self._is_initializing = True
        authorization = _authorization(payload) or self._header
        try:
            principal = await principal_of(self._endpoint.authenticate, authorization)
        except GatewayError:
            raise Close(FORBIDDEN, "Forbidden") from None
        self._caller = caller_of(principal, self._host)
        try:
            self._held.enter_context(self._endpoint.counts.socket(self._caller))
        except RateLimited as error:
            raise Close(TRY_AGAIN_LATER, str(error)) from None
        self._principal = principal
        await self._peer.send({"type": "connection_ack"})

    async def _ping(self, payload: Mapping[str, Any]) -> None:
        authorization = _authorization(payload)
        if authorization is not None:
            is_renewed = await self._renew(authorization)
            await self._peer.send({"type": "pong", "payload": {"renewed": is_renewed}})
        elif not payload:
            await self._peer.send({"type": "pong"})
        elif len(messages.encode(payload)) > MAX_PING_BYTES:
            raise Close(BAD_MESSAGE, f"a ping's payload is at most {MAX_PING_BYTES} bytes")
        else:
            await self._peer.send({"type": "pong", "payload": payload})

    async def _renew(self, authorization: str) -> bool:
        """Go on under another credential of the same caller. Return whether it is one."""
        try:
            renewed = await self._endpoint.authenticate(authorization)
        except GatewayError:
            return False
        if self._principal is None or not renewed.renews(self._principal):
            return False
        self._principal = renewed
        for running in self._operations.values():
            running.context.principal = renewed
        return True

    async def _subscribe(self, id: str, payload: Any) -> None:
        if self._principal is None:
            raise Close(UNAUTHORIZED, "Unauthorized")
        if id in self._operations:
            raise Close(SUBSCRIBER_EXISTS, f"Subscriber for {id} already exists")
        if len(self._operations) >= MAX_OPERATIONS:
            many = f"more than {MAX_OPERATIONS} operations at once on one socket"
            await self._refuse(id, RateLimited(many, retry_after_s=RETRY_AFTER_S))
            return
        context = self._endpoint.make_context(self._principal)
        context.peer = self._host
        task = self._tasks.create_task(self._operate(id, payload, context))
        self._operations[id] = _Running(task, context)

    async def _operate(self, id: str, payload: Any, context: OperationContext) -> None:
        """Run one operation to its end. Whatever goes wrong ends it alone."""
        try:
            with ExitStack() as held:
                begun: Any = await self._begin(messages.asked(payload), context, held)
                async with aclosing(begun) as answers:
                    async for answer in answers:
                        await self._peer.send({"id": id, "type": "next", "payload": answer})
        except RequestError as error:
            await self._error(id, error.errors)
        except (Close, WebSocketDisconnect):
            raise
        except Exception as error:
            await self._refuse(id, error)
        else:
            self._forget(id)
            await self._peer.send({"id": id, "type": "complete"})
        finally:
            self._forget(id)

    def _forget(self, id: str) -> None:
        """Free *id*, unless another operation has it by now: the peer may reuse it at once."""
        running = self._operations.get(id)
        if running and running.task is asyncio.current_task():
            del self._operations[id]

    async def _begin(
        self, asked: Asked, context: OperationContext, held: ExitStack
    ) -> AsyncIterator[Response]:
        """Begin an operation and return its answers. *held* is let go when they have ended."""
        pipeline = self._endpoint.pipeline
        await context.recheck()  # the socket may have outlived its credential
        operation, kind = await self._endpoint.registry.read(asked, context)
        if kind is OperationType.SUBSCRIPTION:
            held.enter_context(self._endpoint.counts.subscription(self._caller, "websocket"))
            return await pipeline.subscribe(operation, context)
        if pipeline.is_incremental(operation):
            return await pipeline.increments(operation, context, Format.CURRENT)
        return _alone(await pipeline.run(operation, context))

    async def _refuse(self, id: str, error: Exception) -> None:
        await self._error(id, [GraphQLError(str(error), original_error=error)])

    async def _error(self, id: str, errors: Any) -> None:
        self._forget(id)
        await self._peer.send({"id": id, "type": "error", "payload": present.errors(errors)})


async def _alone(answer: Response) -> AsyncIterator[Response]:
    yield answer


def _first(group: BaseExceptionGroup[Close]) -> Close:
    """Return one that was raised: whichever came first says why."""
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def _message(text: str) -> dict[str, Any]:
    try:
        message = messages.parse(text)
    except RequestError:
        raise Close(BAD_MESSAGE, "messages are JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Close(BAD_MESSAGE, "a message has a type")
    return message


def _id(message: Mapping[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= MAX_ID_CHARACTERS:
        raise Close(BAD_MESSAGE, f"an id is a string of up to {MAX_ID_CHARACTERS} characters")
    return id


def _payload(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a message says beside its type; null is nothing."""
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Close(BAD_MESSAGE, "a payload is an object or null")
    return payload or {}


def _authorization(payload: Mapping[str, Any]) -> str | None:
    """Clients send it under either spelling."""
    given = payload.get("authorization") or payload.get("Authorization")
    return given if isinstance(given, str) else None
