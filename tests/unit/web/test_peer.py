"""A peer that reads slowly: what waits for it is bounded, and nothing is lost on the way."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.web.streams.peer import CLOSE_S, MAX_WAITING_BYTES, Close, Peer

HALF = "x" * (MAX_WAITING_BYTES // 2)


class Wire:
    """The server's side of a socket; while it is *blocked* nothing can be written."""

    def __init__(self) -> None:
        self.written: list[MutableMapping[str, Any]] = []
        self.inbox: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self.is_free = asyncio.Event()
        self.is_free.set()
        self.socket = WebSocket({"type": "websocket"}, self.inbox.get, self._write)

    async def _write(self, message: MutableMapping[str, Any]) -> None:
        await self.is_free.wait()
        self.written.append(message)

    async def peer(self) -> Peer:
        self.inbox.put_nowait({"type": "websocket.connect"})
        await self.socket.accept()
        self.written.clear()
        return Peer(self.socket)

    def numbers(self) -> list[int]:
        return [json.loads(one["text"])["n"] for one in self.written]


async def test_what_waits_for_a_slow_peer_is_bounded() -> None:
    """One message more than that closes the socket; those that wait are written, in order."""
    wire = Wire()
    peer = await wire.peer()
    wire.is_free.clear()
    first = asyncio.create_task(peer.send({"n": 1, "x": HALF}))
    second = asyncio.create_task(peer.send({"n": 2}))
    await asyncio.sleep(0)
    with pytest.raises(Close) as closed:
        await peer.send({"n": 3, "x": HALF})
    assert (1013, "messages are read too slowly") == (closed.value.code, closed.value.reason)
    wire.is_free.set()
    await asyncio.gather(first, second)
    await peer.send({"n": 4, "x": HALF})
    assert [1, 2, 4] == wire.numbers()


async def test_one_message_may_be_larger_than_what_may_wait() -> None:
    """A long answer is no sign of a slow peer."""
    wire = Wire()
    peer = await wire.peer()
    await peer.send({"n": 1, "x": HALF * 3})
    await peer.send({"n": 2, "x": HALF * 3})
    assert [1, 2] == wire.numbers()


async def test_a_peer_that_reads_nothing_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told why it is closed, if it reads in time."""
    assert 5.0 == CLOSE_S
    monkeypatch.setattr("gateway.web.streams.peer.CLOSE_S", 0.01)
    wire = Wire()
    peer = await wire.peer()
    wire.is_free.clear()
    await peer.close(1013, "x")
    assert [] == wire.written


async def test_a_reason_fits_into_its_frame() -> None:
    """Whatever is in it: cut between characters, at 123 bytes."""
    wire = Wire()
    peer = await wire.peer()
    await peer.close(4400, "é" * 100)
    await peer.close(4400, "again")
    assert [{"type": "websocket.close", "code": 4400, "reason": "é" * 61}] == wire.written
    await peer.send({"n": 1})  # and nothing is written after it
    assert 1 == len(wire.written)


async def test_only_text_is_a_message() -> None:
    """Binary frames are none; leaving is not a mistake."""
    wire = Wire()
    peer = await wire.peer()
    wire.inbox.put_nowait({"type": "websocket.receive", "text": "a"})
    wire.inbox.put_nowait({"type": "websocket.receive", "bytes": b"b"})
    wire.inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
    assert "a" == await peer.receive()
    with pytest.raises(Close) as closed:
        await peer.receive()
    assert 4400 == closed.value.code
    with pytest.raises(WebSocketDisconnect) as left:
        await peer.receive()
    assert 1001 == left.value.code
