"""One HTTP connection, and what its peer may do: how much it may send, and how long it may take.

uvicorn's protocol waits as long as it takes for the rest of a head or of a body, and for a peer to
read its answer: a few hundred such peers are all the connections there are. Here each of these has
a time, a head has a size, and connections have a number; who oversteps is told so and let go.
Source: RFC 9112 (messages), RFC 9110 15.5 (408, 413, 414, 431).
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

_HOST = re.compile(rb"(\[[0-9a-fA-F:.]+\]|[\w.~%!$&'()*+,;=-]*)(:\d{0,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one peer may do. Units: seconds, bytes.

    *head_s*: for the whole of a request's head, from its first byte (or from the connection).
    *body_s*: for the whole of its body. *piece_s*: between two pieces of it.
    *reading_s*: for taking what is waiting to be written to it (some tens of kilobytes).
    *linger_s*, *linger_bytes*: what still comes from a peer that was refused is let go, as its
    kernel would throw the answer away otherwise.
    """

    head_s: float = 10.0
    body_s: float = 30.0
    piece_s: float = 10.0
    reading_s: float = 30.0
    linger_s: float = 2.0
    linger_bytes: int = 8 * 1024 * 1024
    url_bytes: int = 16 * 1024
    """A query by GET: longer ones are posted, or named by their hash."""
    head_bytes: int = 64 * 1024
    """The URL and all headers: twice the largest that proxies pass on."""
    connections: int = 20_000
    """Of all peers of this process: some 600 MB when each of them follows something."""


class _Refused(Exception):
    """Raised within the parser, which then stops."""


class Connection(HttpToolsProtocol):
    """uvicorn's, bounded. *bounds*: see `Bounds`."""

    def __init__(self, *given: Any, bounds: Bounds, **named: Any) -> None:
        super().__init__(*given, **named)
        self._bounds = bounds
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None
        self._is_in_head = True
        """Also between two requests, when no head has begun."""
        self._head_bytes = 0
        self._body_until = 0.0
        self._is_ending = False
        self._let_go = 0
        self._refusal: tuple[int, str] | None = None

    # --- what the transport calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._bounds.connections:
            self._refuse(503, "too many connections: come back later")
        else:
            self._arm(self._bounds.head_s)

    def data_received(self, data: bytes) -> None:
        if self._is_ending:
            self._drop(data)
            return
        if self._is_in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_ending or self.transport.is_closing():
            return
        if not self._is_in_head:
            left_s = self._body_until - self.loop.time()
            self._arm(max(0.0, min(self._bounds.piece_s, left_s)))
        elif self._head_bytes > self._bounds.head_bytes:
            self._refuse(431, f"the head is larger than {self._bounds.head_bytes} bytes")
        elif self._head_bytes and not self._timer:
            self._arm(self._bounds.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._stop_writing_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        if not self._writing:
            self._writing = self.loop.call_later(self._bounds.reading_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_writing_timer()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """End an idle connection; also one that never read the end of its answer."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    # --- what the parser calls

    def on_message_begin(self) -> None:
        self._head_bytes = max(1, self._head_bytes)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self._bounds.url_bytes:
            self._refusal = (414, f"the address is longer than {self._bounds.url_bytes} bytes")
            raise _Refused

    def on_headers_complete(self) -> None:
        self._disarm()
        self._is_in_head = False
        self._head_bytes = 0
        self._body_until = self.loop.time() + self._bounds.body_s
        hosts = [value for name, value in self.headers if name == b"host"]
        is_required = self.parser.get_http_version() != "1.0"
        if len(hosts) > 1 or (is_required and not hosts) or not all(map(_HOST.fullmatch, hosts)):
            self._refusal = (400, "Host: one, and a valid one")
            raise _Refused
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._disarm()
        self._is_in_head = True
        super().on_message_complete()

    # --- what uvicorn calls

    def on_response_complete(self) -> None:
        """Go on with the next request; not when the rest of this one was not wanted."""
        is_cut = not self.pipeline and self.cycle.more_body
        if is_cut and not self.transport.is_closing():
            self.server_state.total_requests += 1
            self._end()
        else:
            super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        self._disarm()
        self._is_ending = True
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        self._refuse(*(self._refusal or (400, "this is not HTTP")))

    # --- time

    def _arm(self, after_s: float) -> None:
        self._disarm()
        self._timer = self.loop.call_later(after_s, self._is_late)

    def _disarm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _stop_writing_timer(self) -> None:
        if self._writing:
            self._writing.cancel()
            self._writing = None

    def _is_late(self) -> None:
        """The peer had its time. It is not at fault while an answer or our reading is under way."""
        self._timer = None
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if self.transport.is_closing():
            return
        if self._is_in_head and is_answering:
            self._arm(self._bounds.head_s)
        elif not self._is_in_head and self.flow.read_paused:
            self._arm(self._bounds.piece_s)
        elif self._is_in_head and not self._head_bytes:
            self.transport.close()
        else:
            self._refuse(408, "the request was not sent in time")

    # --- the end

    def _refuse(self, status: int, reason: str) -> None:
        """End the connection, and say why: unless that would be taken for the answer to an earlier
        request, or for the rest of one."""
        cycle = self.cycle if self.cycle and not self.cycle.response_complete else None
        if cycle:
            cycle.disconnected = True  # whoever waits for the rest of the body is told
            cycle.message_event.set()
        if self.pipeline or (cycle and (cycle.response_started or not cycle.more_body)):
            self.transport.close()
        else:
            self.transport.write(_response(status, reason, self.server_state.default_headers))
            self._end()

    def _end(self) -> None:
        """Write no more, and close once the peer has, or shortly after."""
        self._is_ending = True
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._disarm()
        self._timer = self.loop.call_later(self._bounds.linger_s, self.transport.abort)

    def _drop(self, data: bytes) -> None:
        self._let_go += len(data)
        if self._let_go > self._bounds.linger_bytes:
            self.transport.abort()


def _response(status: int, reason: str, headers: list[tuple[bytes, bytes]]) -> bytes:
    code = "OVERLOADED" if status == 503 else "BAD_REQUEST"
    body = msgspec.json.encode({"errors": [{"message": reason, "extensions": {"code": code}}]})
    said = [
        *headers,
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *([(b"retry-after", b"1")] if status == 503 else []),
    ]
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in said)
    return STATUS_LINE[status] + lines + b"\r\n" + body
