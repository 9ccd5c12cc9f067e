"""The server and peers that send too much, too slowly, or nothing: each is told and let go, and
nobody else waits for it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.web import server
from gateway.web.connection import Bounds

DEADLINE_S = 10
SOON_S = 0.05
"""What a peer has in these tests where it is to run out of it."""
NEVER_S = 1_000.0
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"


class Seen:
    """What the application was asked, and who left before it had all."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.cut_off = 0
        self.gate = asyncio.Event()

    def app(self) -> Starlette:
        routes = [
            Route("/", self.greet),
            Route("/slow", self.slow),
            Route("/big", self.big),
            Route("/read", self.read, methods=["POST"]),
            Route("/ignore", self.greet, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    async def greet(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        return PlainTextResponse("hello")

    async def slow(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        await self.gate.wait()
        return PlainTextResponse("done")

    async def read(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        try:
            return PlainTextResponse(str(len(await request.body())))
        except ClientDisconnect:
            self.cut_off += 1
            raise

    async def big(self, request: Request) -> Response:
        """Endless; set the gate when it is abandoned."""

        async def parts() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 65_536
                    await asyncio.sleep(0)
            finally:
                self.gate.set()

        return StreamingResponse(parts())


Serve = Callable[[Bounds], AbstractAsyncContextManager[int]]


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def serve(seen: Seen) -> Serve:
    """Serve the application within bounds; give the port."""

    @asynccontextmanager
    async def serving(bounds: Bounds) -> AsyncIterator[int]:
        listener = server.listen("127.0.0.1", 0)
        ready, stop = asyncio.Event(), asyncio.Event()
        manners = server.Manners(on_ready=ready.set, grace_s=0)
        task = asyncio.create_task(server.serve(seen.app(), listener, stop, manners, bounds))
        await asyncio.wait_for(ready.wait(), DEADLINE_S)
        port = listener.getsockname()[1]
        try:
            yield port
        finally:
            stop.set()
            await task

    return serving


class Peer:
    """A raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def rest(self) -> bytes:
        """Return all that comes until the server closes."""
        return await asyncio.wait_for(self.reader.read(), DEADLINE_S)

    async def answer(self) -> bytes:
        """Return one answer that says how long it is: its body."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), DEADLINE_S)
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return await self.reader.readexactly(length)

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            pass


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    peer = Peer(reader, writer)
    try:
        yield peer
    finally:
        await peer.close()


def refusal(answer: bytes) -> tuple[int, str, Any]:
    """Return status, content type and error of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    assert int(headers["content-length"]) == len(body)
    assert "close" == headers["connection"]
    return int(lines[0].split()[1]), headers["content-type"], json.loads(body)["errors"]


def refused(status: int, reason: str) -> tuple[int, str, Any]:
    code = "OVERLOADED" if status == 503 else "BAD_REQUEST"
    said = [{"message": reason, "extensions": {"code": code}}]
    return status, "application/json; charset=utf-8", said


LATE = refused(408, "the request was not sent in time")


@pytest.mark.parametrize(
    "half", [b"G", GET[:-2], b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ", b"\r\n\r\n"]
)
async def test_a_head_that_does_not_end_is_given_up(serve: Serve, seen: Seen, half: bytes) -> None:
    """408, and the application has heard nothing of it."""
    async with serve(Bounds(head_s=SOON_S)) as port, connected(port) as peer:
        peer.send(half)
        assert LATE == refusal(await peer.rest())
    assert [] == seen.paths


async def test_a_connection_on_which_nothing_comes_is_closed(serve: Serve) -> None:
    """Without a word: there was no request to answer."""
    async with serve(Bounds(head_s=SOON_S)) as port, connected(port) as peer:
        assert b"" == await peer.rest()


async def test_the_second_head_has_its_time_too(serve: Serve, seen: Seen) -> None:
    """A peer is not trusted for having sent one request."""
    async with serve(Bounds(head_s=SOON_S)) as port, connected(port) as peer:
        peer.send(GET)
        assert b"hello" == await peer.answer()
        peer.send(GET[:-2])
        assert LATE == refusal(await peer.rest())
    assert ["/"] == seen.paths


async def test_a_head_that_comes_while_an_answer_is_under_way_waits(
    serve: Serve, seen: Seen
) -> None:
    """The answer is not cut off for the next request's sake; that one then has its time."""
    async with serve(Bounds(head_s=SOON_S)) as port, connected(port) as peer:
        peer.send(GET.replace(b"/", b"/slow", 1) + GET[:5])
        async with connected(port) as other:
            assert b"" == await other.rest()  # by then the first one's head was late as well
        seen.gate.set()
        assert b"done" == await peer.answer()
        assert LATE == refusal(await peer.rest())


@pytest.mark.parametrize(
    "bounds",
    [Bounds(piece_s=SOON_S), Bounds(body_s=SOON_S, piece_s=NEVER_S)],
    ids=["no piece comes", "all of it takes too long"],
)
async def test_a_body_that_does_not_end_is_given_up(
    serve: Serve, seen: Seen, bounds: Bounds
) -> None:
    """408, and the application that waits for it is told that the peer is gone."""
    async with serve(bounds) as port, connected(port) as peer:
        peer.send(POST + b"half")
        assert LATE == refusal(await peer.rest())
    assert (["/read"], 1) == (seen.paths, seen.cut_off)


async def test_a_body_in_pieces_is_read(serve: Serve) -> None:
    """Each in its time; what comes after it is the next request."""
    async with serve(Bounds()) as port, connected(port) as peer:
        for piece in (POST[:20], POST[20:], b"12345", b"67890" + GET[:3], GET[3:]):
            peer.send(piece)
            await peer.writer.drain()
            await asyncio.sleep(0)
        assert (b"10", b"hello") == (await peer.answer(), await peer.answer())


async def test_slow_peers_hold_up_nobody(serve: Serve, seen: Seen) -> None:
    """Three hundred that are half through with a head, and one who asks."""
    async with serve(Bounds()) as port:
        halves = [await asyncio.open_connection("127.0.0.1", port) for _ in range(300)]
        for _, writer in halves:
            writer.write(GET[:-2])
        async with connected(port) as peer:
            peer.send(GET)
            assert b"hello" == await peer.answer()
        for _, writer in halves:
            writer.close()
    assert ["/"] == seen.paths


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (
            b"GET /?" + b"a" * 200 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
            refused(414, "the address is longer than 100 bytes"),
        ),
        (b"GET /?" + b"a" * 200, refused(414, "the address is longer than 100 bytes")),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * 2_000,
            refused(431, "the head is larger than 1000 bytes"),
        ),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X-A: a\r\n" * 200,
            refused(431, "the head is larger than 1000 bytes"),
        ),
        (b"\r\n" * 600, refused(431, "the head is larger than 1000 bytes")),
    ],
    ids=["URL", "half a URL", "header", "headers", "empty lines"],
)
async def test_a_head_that_is_too_large_is_refused(
    serve: Serve, seen: Seen, head: bytes, said: object
) -> None:
    """Before it has ended, and without an echo."""
    bounds = Bounds(url_bytes=100, head_bytes=1_000)
    async with serve(bounds) as port, connected(port) as peer:
        peer.send(head)
        assert said == refusal(await peer.rest())
    assert [] == seen.paths


async def test_a_large_head_does_not_count_for_the_next(serve: Serve) -> None:
    """Nor does a body."""
    bounds = Bounds(head_bytes=300)
    head = GET[:-2] + b"X-A: " + b"a" * 200 + b"\r\n\r\n"
    async with serve(bounds) as port, connected(port) as peer:
        for _ in range(3):
            peer.send(head)
            assert b"hello" == await peer.answer()
        peer.send(POST.replace(b"10", b"5000") + b"x" * 5_000)
        assert b"5000" == await peer.answer()
        peer.send(head)
        assert b"hello" == await peer.answer()


@pytest.mark.parametrize(
    "rubbish",
    [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
     b"GET \xff HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nA\x00: b\r\n\r\n"],
    ids=["TLS", "no path", "CONNECT", "no ASCII", "NUL"],
)  # fmt: skip
async def test_what_is_no_http_is_refused(serve: Serve, seen: Seen, rubbish: bytes) -> None:
    """400, in the same form as any other refusal."""
    async with serve(Bounds()) as port, connected(port) as peer:
        peer.send(rubbish)
        assert refused(400, "this is not HTTP") == refusal(await peer.rest())
    assert [] == seen.paths


@pytest.mark.parametrize("before", [b"", GET], ids=["at once", "behind another"])
async def test_rubbish_behind_a_request_is_not_its_answer(
    serve: Serve, seen: Seen, before: bytes
) -> None:
    """Nothing is written, as it would be read as what the request came to."""
    async with serve(Bounds()) as port, connected(port) as peer:
        peer.send(GET.replace(b"/", b"/slow", 1) + before + b"rubbish\r\n")
        assert b"" == await peer.rest()
        seen.gate.set()
    assert ["/slow"] == seen.paths


@pytest.mark.parametrize(
    "host",
    ["", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n", "Host: a/b\r\n", "Host: a b\r\n",
     "Host: u@a\r\n", "Host: a:b\r\n", "Host: a?b\r\n", "Host: é\r\n", "Host: [::1\r\n"],
)  # fmt: skip
async def test_a_host_that_is_none_is_refused(serve: Serve, seen: Seen, host: str) -> None:
    """HTTP/1.1 asks for one, and for one only."""
    async with serve(Bounds()) as port, connected(port) as peer:
        peer.send(f"GET / HTTP/1.1\r\n{host}\r\n".encode())
        assert refused(400, "Host: one, and a valid one") == refusal(await peer.rest())
    assert [] == seen.paths


@pytest.mark.parametrize("host", ["", "a", "a-b.example:8000", "[::1]:80", "a_b", "%41"])
async def test_a_host_that_is_one_is_taken(serve: Serve, host: str) -> None:
    """Whatever name the gateway is reached by."""
    async with serve(Bounds()) as port, connected(port) as peer:
        peer.send(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert b"hello" == await peer.answer()


async def test_http_1_0_needs_no_host(serve: Serve) -> None:
    """A health check may be as old as that."""
    async with serve(Bounds()) as port, connected(port) as peer:
        peer.send(b"GET / HTTP/1.0\r\n\r\n")
        assert (await peer.rest()).endswith(b"\r\n\r\nhello")


async def test_a_body_that_nobody_wanted_is_not_read_on(serve: Serve, seen: Seen) -> None:
    """The answer comes, and the connection ends; what is still sent is let go."""
    async with serve(Bounds(linger_s=NEVER_S)) as port, connected(port) as peer:
        peer.send(b"POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
        assert b"hello" == await peer.answer()
        assert b"" == await peer.rest()
        peer.send(b"x" * 1_000)
        await peer.writer.drain()
    assert ["/ignore"] == seen.paths


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(linger_s=NEVER_S, linger_bytes=1_000_000),
        Bounds(linger_s=SOON_S, linger_bytes=10**12),
    ],
    ids=["bytes", "seconds"],
)
async def test_a_peer_that_sends_on_and_on_is_cut_off(serve: Serve, bounds: Bounds) -> None:
    """Letting go has its bounds as well."""
    async with serve(bounds) as port, connected(port) as peer:
        peer.send(b"POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000000\r\n\r\n")
        with pytest.raises(ConnectionError):
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    peer.send(b"x" * 65_536)
                    await peer.writer.drain()


async def test_a_peer_that_does_not_read_is_cut_off(serve: Serve, seen: Seen) -> None:
    """What waits for it is bounded, and so is how long it waits."""
    async with serve(Bounds(reading_s=SOON_S)) as port, connected(port) as peer:
        peer.send(GET.replace(b"/", b"/big", 1))
        await asyncio.wait_for(seen.gate.wait(), DEADLINE_S)
        assert not (await peer.rest()).endswith(b"0\r\n\r\n")


async def test_connections_have_a_number(serve: Serve, seen: Seen) -> None:
    """One more is turned away at once; when one has left, the next is let in."""
    bounds = Bounds(connections=2)
    async with serve(bounds) as port, connected(port) as first, connected(port) as second:
        for peer in (first, second):
            peer.send(GET)
            assert b"hello" == await peer.answer()
        async with connected(port) as third:
            said = refused(503, "too many connections: come back later")
            assert said == refusal(await third.rest())
        first.send(GET)
        assert b"hello" == await first.answer()
        second.send(GET.replace(b"a\r\n", b"a\r\nConnection: close\r\n"))
        await second.rest()
        async with connected(port) as fourth:
            fourth.send(GET)
            assert b"hello" == await fourth.answer()
    assert 5 == len(seen.paths)
