"""Subscriptions over WebSocket: the ``graphql-transport-ws`` protocol.

One bad operation never closes the socket; a broken message does, with the protocol's code. Each
operation has a context of its own, so nothing read for one is shown to another.
Source: the graphql-ws package's PROTOCOL.md.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from graphql import GraphQLError, OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from gateway.auth.principal import Principal
from gateway.errors import GatewayError
from gateway.execution import present
from gateway.execution.document import RequestError
from gateway.execution.pipeline import Operation, Pipeline
from gateway.web import messages
from gateway.web.graphql import Authenticate, MakeContext, principal_of

PROTOCOL = "graphql-transport-ws"
INIT_TIMEOUT_S = 10.0
RECHECK_S = 30.0
"""How often a socket's credential is checked again while nothing happens: one that was revoked is
of no use within a minute."""
MAX_OPERATIONS = 100
"""Subscriptions at once on one socket."""
MAX_MESSAGE_BYTES = messages.MAX_BODY_BYTES

BAD_MESSAGE = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
INIT_TIMEOUT = 4408
SUBSCRIBER_EXISTS = 4409
TOO_MANY_INITS = 4429

log = structlog.get_logger()


class _Close(Exception):
    """The socket must be closed with the protocol's *code*."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class WebSocketEndpoint:
    """``/graphql`` for WebSocket."""

    def __init__(
        self, pipeline: Pipeline, authenticate: Authenticate, make_context: MakeContext
    ) -> None:
        self.pipeline = pipeline
        self.authenticate = authenticate
        self.make_context = make_context

    async def handle(self, socket: WebSocket) -> None:
        """Serve one socket until it closes."""
        if PROTOCOL not in socket.scope["subprotocols"]:
            await socket.accept()
            await socket.close(4406, "Subprotocol not acceptable")
            return
        await socket.accept(subprotocol=PROTOCOL)
        await _Session(self, socket).run()


class _Session:
    """One socket: who it is of, and its operations by id."""

    def __init__(self, endpoint: WebSocketEndpoint, socket: WebSocket) -> None:
        self._endpoint = endpoint
        self._socket = socket
        self._principal: Principal | None = None
        self._is_initializing = False
        self._operations: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Take messages until the peer leaves or breaks the protocol; then end what runs."""
        guards = [asyncio.create_task(self._guard()), asyncio.create_task(self._recheck())]
        try:
            while True:
                await self._take(await self._socket.receive_text())
        except _Close as end:
            await self._close(end.code, end.reason)
        except (WebSocketDisconnect, KeyError):  # KeyError: a binary frame
            await self._close(BAD_MESSAGE, "messages are text")
        finally:
            tasks = [*guards, *self._operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _guard(self) -> None:
        await asyncio.sleep(INIT_TIMEOUT_S)
        if self._principal is None:
            await self._close(INIT_TIMEOUT, "Connection initialisation timeout")

    async def _recheck(self) -> None:
        """End what runs once the credential that it runs under has ended."""
        while True:
            await asyncio.sleep(RECHECK_S)
            try:
                if self._principal:
                    await self._endpoint.make_context(self._principal).recheck()
            except GatewayError as error:
                for id, task in list(self._operations.items()):
                    task.cancel()
                    await self._refuse(id, error)

    async def _take(self, text: str) -> None:
        if len(text) > MAX_MESSAGE_BYTES or len(text.encode()) > MAX_MESSAGE_BYTES:
            raise _Close(BAD_MESSAGE, "message too large")
        message = _message(text)
        match message["type"]:
            case "connection_init":
                await self._init(message.get("payload"))
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(_id(message), message.get("payload"))
            case "complete":
                task = self._operations.pop(_id(message), None)
                if task:
                    task.cancel()
            case other:
                raise _Close(BAD_MESSAGE, f"Unknown message type: {other}"[:120])

    async def _init(self, payload: Any) -> None:
        if self._is_initializing:
            raise _Close(TOO_MANY_INITS, "Too many initialisation requests")
        self._is_initializing = True
        given = payload if isinstance(payload, dict) else {}
        authorization = _authorization(given) or self._socket.headers.get("authorization")
        try:
            self._principal = await principal_of(self._endpoint.authenticate, authorization)
        except GatewayError:
            raise _Close(FORBIDDEN, "Forbidden") from None
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, id: str, payload: Any) -> None:
        if self._principal is None:
            raise _Close(UNAUTHORIZED, "Unauthorized")
        if id in self._operations:
            raise _Close(SUBSCRIBER_EXISTS, f"Subscriber for {id} already exists"[:120])
        if len(self._operations) >= MAX_OPERATIONS:
            await self._error(id, [GraphQLError(f"more than {MAX_OPERATIONS} operations at once")])
            return
        self._operations[id] = asyncio.create_task(self._operate(id, payload, self._principal))

    async def _operate(self, id: str, payload: Any, principal: Principal) -> None:
        """Run one operation to its end. Whatever goes wrong ends it alone."""
        try:
            await self._to_its_end(id, payload, principal)
        except WebSocketDisconnect:
            pass
        finally:
            self._forget(id)

    async def _to_its_end(self, id: str, payload: Any, principal: Principal) -> None:
        try:
            await self._run(id, messages.operation(payload), principal)
        except RequestError as error:
            await self._error(id, error.errors)
        except WebSocketDisconnect:
            raise
        except Exception as error:
            await self._refuse(id, error)
        else:
            self._forget(id)
            await self._send({"id": id, "type": "complete"})

    def _forget(self, id: str) -> None:
        """Free *id*, unless another operation has it by now: the peer may reuse it at once."""
        if self._operations.get(id) is asyncio.current_task():
            del self._operations[id]

    async def _run(self, id: str, operation: Operation, principal: Principal) -> None:
        pipeline = self._endpoint.pipeline
        context = self._endpoint.make_context(principal)
        await context.recheck()  # the socket may have outlived its credential
        if pipeline.kind(operation) is not OperationType.SUBSCRIPTION:
            response = await pipeline.run(operation, context)
            await self._send({"id": id, "type": "next", "payload": response})
            return
        source: Any = await pipeline.subscribe(operation, context)
        try:
            async for response in source:
                await self._send({"id": id, "type": "next", "payload": response})
        finally:
            await source.aclose()

    async def _refuse(self, id: str, error: Exception) -> None:
        await self._error(id, [GraphQLError(str(error), original_error=error)])

    async def _error(self, id: str, errors: Any) -> None:
        self._forget(id)
        await self._send({"id": id, "type": "error", "payload": present.errors(errors)})

    async def _send(self, message: Mapping[str, Any]) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            await self._socket.send_text(messages.encode(message).decode())

    async def _close(self, code: int, reason: str) -> None:
        if (
            self._socket.application_state is WebSocketState.CONNECTED
            and self._socket.client_state is WebSocketState.CONNECTED
        ):
            await self._socket.close(code, reason)


def _message(text: str) -> dict[str, Any]:
    try:
        message = messages.parse(text)
    except RequestError:
        raise _Close(BAD_MESSAGE, "messages are JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise _Close(BAD_MESSAGE, "a message has a type")
    return message


def _id(message: Mapping[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not id:
        raise _Close(BAD_MESSAGE, "the message has no id")
    return id


def _authorization(payload: Mapping[str, Any]) -> str | None:
    """Clients send it under either spelling."""
    given = payload.get("authorization") or payload.get("Authorization")
    return given if isinstance(given, str) else None
