"""A WebSocket's connection, and how long its peer may take to read.

uvicorn closes a peer that answers no ping by writing to it: one that reads nothing never takes
that, and keeps the connection and what waits to be written to it. Here such a peer is let go.
"""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

READING_S = 30.0
"""For taking what waits to be written to it (some tens of kilobytes), as over HTTP."""
LINGER_S = 10.0
"""For taking the last of it once the connection is to end."""


class SocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's, bounded in time."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._reading: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """More waits than the transport holds: from now on the peer's time runs."""
        super().pause_writing()
        if not self._reading:
            self._reading = self.loop.call_later(READING_S, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort_soon()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self._abort_soon()

    def _abort_soon(self) -> None:
        """`close` waits until all is written, however long that takes."""
        if not self.disconnected:
            self._stop()
            self._reading = self.loop.call_later(LINGER_S, self.transport.abort)

    def _stop(self) -> None:
        if self._reading:
            self._reading.cancel()
            self._reading = None
