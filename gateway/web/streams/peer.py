"""The other end of a WebSocket: what is sent to it, one message at a time, and not without end.

A subscription is asked for its next event when the last one is written (it holds a place in the
log, not a queue), so a peer that reads slowly is merely behind. What can still pile up is an answer
of each operation of the socket; that is bounded in bytes.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from gateway.web import messages

MAX_WAITING_BYTES = 1024 * 1024
"""Of messages that wait to be written to one socket. A single message may be larger."""
CLOSE_S = 5.0
"""How long a peer that does not read may take to be told why it is closed."""
MAX_REASON_BYTES = 123
"""Of a close frame. Source: RFC 6455, section 5.5: 125 with the code."""

TRY_AGAIN_LATER = 1013
"""Clients come back after it, and go on by their cursors. Source: the IANA registry of WebSocket
close codes; graphql-ws takes it for no fatal one."""


class Close(Exception):
    """The socket must be closed with *code*."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Peer:
    """Whoever is at the other end. Concurrency: any number of tasks send."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._writing = asyncio.Lock()
        self._waiting_bytes = 0

    async def receive(self) -> str:
        """Return the next message. Raises: WebSocketDisconnect; Close for a binary one."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text = message.get("text")
        if not isinstance(text, str):
            raise Close(4400, "messages are text")
        return text

    async def send(self, message: Mapping[str, Any]) -> None:
        """Write a message once those before it are written.

        Raises: WebSocketDisconnect; Close when too much waits already.
        """
        encoded = messages.encode(message)
        if self._waiting_bytes and self._waiting_bytes + len(encoded) > MAX_WAITING_BYTES:
            raise Close(TRY_AGAIN_LATER, "messages are read too slowly")
        self._waiting_bytes += len(encoded)
        try:
            async with self._writing:
                if self._is_open():
                    await self._socket.send_text(encoded.decode())
        finally:
            self._waiting_bytes -= len(encoded)

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, saying why, unless it is closed."""
        short = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        with suppress(TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_S):
                if self._is_open():
                    await self._socket.close(code, short)

    def _is_open(self) -> bool:
        is_connected = WebSocketState.CONNECTED
        states = (self._socket.application_state, self._socket.client_state)
        return states == (is_connected, is_connected)
