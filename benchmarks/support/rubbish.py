"""What hostile peers send; and a process that sends all of it in turn.

    python -m benchmarks.support.rubbish URL TOKEN CURSOR PER_SECOND

Begins at a line "go" and lets go of everything at a line "stop", which it says when it has. At the
end of its input it prints how often each was answered what.
"""

import asyncio
import gzip
import hashlib
import json
import socket
import struct
import sys
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

GOOD = {"query": "{ orders(first: 10) { nodes { id number } } }"}
DEEP = b"[" * 200_000 + b"]" * 200_000
HALF = (
    b"POST /graphql HTTP/1.1\r\nHost: a\r\n"
    b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
)
BODIES = {
    "null": b"null",
    "200,000 deep": b'{"query": "{ a }", "variables": ' + DEEP + b"}",
    "1 MB and more": b'{"query": "' + b" " * 1_100_000 + b'"}',
    "invalid UTF-8": b'{"query": "\xff"}',
    "3,000 aliases": json.dumps(
        {"query": f"{{ {' '.join(f'a{n}: __typename' for n in range(3_000))} }}"}
    ).encode(),
    "5,000 deep": json.dumps({"query": "{a" * 5_000 + "}" * 5_000}).encode(),
    "batch of 5,000": json.dumps([GOOD] * 5_000).encode(),
    "gzip bomb": gzip.compress(b" " * 50_000_000),
}
JSON = {"content-type": "application/json"}
REPLAY = "subscription($after: String) { events(after: $after) { cursor id type subject } }"
HELD_S = 12.0
"""How long a peer holds open what it does not read."""
PROTOCOL = "graphql-transport-ws"


def headers_of(body: bytes) -> dict[str, str]:
    return {**JSON, "content-encoding": "gzip"} if body.startswith(b"\x1f\x8b") else JSON


def new_text(padding: int = 0) -> dict[str, Any]:
    """Return the request that persists a document nobody has sent before, of some 200 tokens."""
    names = " ".join(f"a{n}: id" for n in range(60))
    text = f"{{ orders(first: 1) {{ nodes {{ {names} }} }} }} #{uuid.uuid4()}{' ' * padding}"
    hash = hashlib.sha256(text.encode()).hexdigest()
    return {"query": text, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}}


@dataclass
class Peers:
    """Hostile ones. *answers*: how often which kind was answered what."""

    url: str
    token: str
    cursor: str
    session: aiohttp.ClientSession
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    running: set[asyncio.Task[None]] = field(default_factory=set)

    def kinds(self) -> dict[str, Callable[[], Awaitable[object]]]:
        """Return what they do, by name; each says what it was answered."""
        return {
            **{name: self._sends(body) for name, body in BODIES.items()},
            "bad token": lambda: self.post(json=GOOD, headers={"authorization": "Bearer e30.x.y"}),
            "new text": lambda: self.post(json=new_text(), headers=self._known()),
            "half-sent": self.half_sent,
            "leaves at once": self.leaves,
            "deep WebSocket message": lambda: self.garbage('{"type": ' + "[" * 200_000),
            "binary WebSocket message": lambda: self.garbage(b"\xff" * 1_000),
            "socket that does not read": self.deaf_socket,
            "stream that does not read": self.deaf_stream,
            "stream that is canceled": self.canceled_stream,
        }

    async def keep_on(self, per_second: float) -> None:
        """Do one after the other at this rate, however long each takes."""
        while True:
            for name, act in self.kinds().items():
                task = asyncio.create_task(self._count(name, act))
                self.running.add(task)
                task.add_done_callback(self.running.discard)
                await asyncio.sleep(1 / per_second)

    async def let_go(self) -> None:
        """Give up all that is under way."""
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    async def _count(self, name: str, act: Callable[[], Awaitable[object]]) -> None:
        try:
            answer = str(await act())
        except (OSError, aiohttp.ClientError, asyncio.IncompleteReadError) as error:
            answer = type(error).__name__  # let go by the gateway while it was still sending
        self.answers[name, answer] += 1

    def _known(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    def _sends(self, body: bytes) -> Callable[[], Awaitable[int]]:
        return lambda: self.post(data=body, headers=headers_of(body))

    async def post(self, **request: Any) -> int:
        async with self.session.post(self.url, **request) as answer:
            await answer.read()
            return answer.status

    async def half_sent(self) -> str:
        """Send half a request and wait for what comes of it."""
        reader, writer = await self._dial()
        try:
            writer.write(HALF)
            line = await reader.readline()
            return line.decode().split()[1] if line else "closed"
        finally:
            writer.close()

    async def leaves(self) -> str:
        """Ask for a page and reset the connection before it comes."""
        _, writer = await self._dial()
        body = json.dumps(GOOD).encode()
        writer.write(self._head("POST", f"Content-Length: {len(body)}", *_JSON_LINES) + body)
        await writer.drain()
        _reset(writer)
        return "left"

    async def garbage(self, message: str | bytes) -> int | None:
        """Say it on a WebSocket; return the code that this is closed with."""
        async with self.session.ws_connect(self.url, protocols=[PROTOCOL]) as opened:
            if isinstance(message, str):
                await opened.send_str(message)
            else:
                await opened.send_bytes(message)
            await opened.receive()
            return opened.close_code

    async def deaf_socket(self) -> str:
        """Follow the log from its beginning over a WebSocket, and read none of it."""
        payload = {"query": REPLAY, "variables": {"after": self.cursor}}
        said: list[dict[str, Any]] = [{"type": "connection_init"}]
        said += [{"id": str(n), "type": "subscribe", "payload": payload} for n in range(10)]
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", key)
        head = self._head("GET", *upgrade, f"Sec-WebSocket-Protocol: {PROTOCOL}")
        return await self._deaf(head + b"".join(_frame(json.dumps(one).encode()) for one in said))

    async def deaf_stream(self) -> str:
        """Follow the log from its beginning as an event stream, and read none of it."""
        return await self._deaf(self._replay())

    async def canceled_stream(self) -> str:
        """Follow the log as an event stream, and reset the connection at the first of it."""
        reader, writer = await self._dial()
        writer.write(self._replay())
        status = (await reader.readline()).decode().split()[1]
        _reset(writer)
        return status

    def _replay(self) -> bytes:
        body = json.dumps({"query": REPLAY, "variables": {"after": self.cursor}}).encode()
        length = f"Content-Length: {len(body)}"
        return self._head("POST", "Accept: text/event-stream", length, *_JSON_LINES) + body

    async def _deaf(self, sent: bytes) -> str:
        _, writer = await self._dial(receive=4_096)
        try:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(sent)
            await asyncio.sleep(HELD_S)
            return "held"
        finally:
            writer.close()

    async def _dial(
        self, receive: int | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self.url.split("/")[2].split(":")
        dialed = socket.socket()
        dialed.setblocking(False)
        if receive:
            dialed.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        await asyncio.get_running_loop().sock_connect(dialed, (host, int(port)))
        return await asyncio.open_connection(sock=dialed)

    def _head(self, method: str, *lines: str) -> bytes:
        first = (f"{method} /graphql HTTP/1.1", "Host: a", f"Authorization: Bearer {self.token}")
        return "\r\n".join((*first, *lines, "", "")).encode()


_JSON_LINES = ("Content-Type: application/json",)


def _reset(writer: asyncio.StreamWriter) -> None:
    dialed = writer.get_extra_info("socket")
    dialed.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _frame(payload: bytes) -> bytes:
    """A text message of at most 65,535 bytes, as a client sends it; the mask is nought."""
    return struct.pack("!BBHI", 0x81, 0x80 | 126, len(payload), 0) + payload


async def main(url: str, token: str, cursor: str, per_second: float) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        peers = Peers(url, token, cursor, session)
        going: asyncio.Task[None] | None = None
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if line == "go":
                going = asyncio.create_task(peers.keep_on(per_second))
            elif going:
                going.cancel()
                with suppress(asyncio.CancelledError):
                    await going
                await peers.let_go()
                print("stopped", flush=True)
    print(json.dumps([[*kind, times] for kind, times in sorted(peers.answers.items())]))


if __name__ == "__main__":
    url, token, cursor, per_second = sys.argv[1:]
    asyncio.run(main(url, token, cursor, float(per_second)))
