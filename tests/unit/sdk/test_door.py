"""The door out: what it sends, what it gives back, and what it refuses."""

import asyncio
import gzip
import socket
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as Received
from starlette.responses import Response
from starlette.routing import Route

from connectors.sdk.conformance.serving import serving
from connectors.sdk.errors import (
    Ambiguous,
    ConnectorError,
    Malformed,
    Misconfigured,
    Throttled,
    Unavailable,
)
from connectors.sdk.faults import Fault
from connectors.sdk.http import LANE, Bounds, Http, Request
from tests.unit.sdk.conftest import QUICK, Rig

Make = Callable[..., Request]


def ask(path: str = "/subject", **query: str) -> Request:
    return Request(method="GET", path=path, query=tuple(query.items()), is_safe=True)


def tell(path: str = "/subject", **query: str) -> Request:
    items = tuple(query.items())
    return Request(method="POST", path=path, query=items, json={"a": 1}, is_safe=False)


# What is sent


async def test_a_request_arrives_as_it_was_made(rig: Rig) -> None:
    """Method, path, query in order, body and headers: the account's and the request's own."""
    request = Request(
        method="PUT",
        path="/orders/7",
        query=(("b", "2"), ("a", "ü &"), ("b", "1")),
        json={"price": Decimal("19.90")},
        headers={"x-own": "o"},
        is_safe=False,
    )
    answer = await rig.door().send(request)
    [arrived] = rig.system.arrived
    sent = arrived["headers"]
    assert (arrived["method"], arrived["path"]) == ("PUT", "/orders/7")
    assert arrived["query"] == [("b", "2"), ("a", "ü &"), ("b", "1")]
    assert arrived["body"] == {"price": "19.90"}
    assert (sent["x-key"], sent["x-own"], sent["accept"]) == ("k", "o", "application/json")
    assert sent["content-type"] == "application/json"
    assert (answer.status, answer.headers["x-shown"], answer.json()) == (200, "Yes", {"done": 1})


async def test_a_request_without_a_body_names_no_type(rig: Rig) -> None:
    """There is nothing that the type would be of."""
    await rig.door().send(ask())
    assert "content-type" not in rig.system.arrived[0]["headers"]


async def test_the_same_door_leads_to_another_address(rig: Rig) -> None:
    """The base path is kept, headers add up, and the bounds and the gate stay."""
    gate = Gate()
    door = rig.door(Bounds(safe_attempts=1), gate).at(f"{rig.url}/v2/", {"x-more": "m"})
    rig.system.plan(Fault.SERVER_ERROR)
    with pytest.raises(Unavailable):
        await door.send(ask())
    await door.send(ask())
    [arrived] = rig.system.arrived
    sent = arrived["headers"]
    assert (arrived["path"], sent["x-key"], sent["x-more"]) == ("/v2/subject", "k", "m")
    assert len(gate.lanes) == 2


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "ftp://shop.example",
        "http://",
        "https://:443",
        "http://a:99999",
        "http://[",
        "https://name:word@shop.example",
    ],
)
async def test_what_is_no_address_is_refused_untold(rig: Rig, url: str) -> None:
    """The setting is named; its value is not, as some write credentials into it."""
    door = rig.door()
    for make in (partial(Http, rig.session), door.at):
        with pytest.raises(Misconfigured) as refused:
            make(url)
        assert str(refused.value) == "url: not an http(s) address"


# What comes back


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207, 400, 404, 409, 410, 422, 423, 499])
async def test_an_answer_below_500_is_the_connectors_to_read(rig: Rig, status: int) -> None:
    """What a 404 means differs from vendor to vendor."""
    answer = await rig.door().send(tell("/answer", status=str(status)))
    assert (answer.status, rig.system.requests) == (status, 1)


@pytest.mark.parametrize("status", ["401", "403"])
@pytest.mark.parametrize("make", [ask, tell])
async def test_refused_credentials_are_misconfigured_at_once(
    rig: Rig, status: str, make: Make
) -> None:
    """Asking again would lock the account."""
    with pytest.raises(Misconfigured):
        await rig.door().send(make("/answer", status=status))
    assert rig.system.requests == 1


@pytest.mark.parametrize("status", ["300", "301", "302", "303", "307", "308"])
@pytest.mark.parametrize("make", [ask, tell])
async def test_a_redirect_is_not_followed(rig: Rig, status: str, make: Make) -> None:
    """It could lead credentials elsewhere: nothing but the redirect itself was asked for."""
    with pytest.raises(Misconfigured, match="redirect"):
        await rig.door().send(make("/answer", status=status, location=f"{rig.url}/elsewhere"))
    assert rig.system.faults.requests == [(make().method, "/answer")]


@pytest.mark.parametrize(("size", "is_read"), [(999, True), (1000, False), (100_000, False)])
async def test_an_answer_is_read_up_to_its_bound(rig: Rig, size: int, is_read: bool) -> None:
    """One byte more breaks it off: what was to change something may have."""
    if is_read:
        answer = await rig.door().send(ask("/large", bytes=str(size)))
        assert len(answer.body) == size
        return
    with pytest.raises(Malformed, match="999"):
        await rig.door().send(ask("/large", bytes=str(size)))
    with pytest.raises(Ambiguous, match="999"):
        await rig.door().send(tell("/large", bytes=str(size)))
    assert rig.system.done == 2


async def test_a_small_answer_that_unpacks_to_a_large_one_is_broken_off(rig: Rig) -> None:
    """The bound is on what is unpacked: ten megabytes of zeros are ten kilobytes on the wire."""

    async def packed(request: Received) -> Response:
        body = gzip.compress(bytes(10_000_000))
        return Response(body, headers={"content-encoding": "gzip"})

    async with serving(Starlette(routes=[Route("/", packed)])) as url:
        with pytest.raises(Malformed, match="999"):
            await Http(rig.session, url, bounds=QUICK).send(ask("/"))


# The gate


class Gate:
    """Keeps what it was told; refuses with *refusal* once."""

    def __init__(self, refusal: ConnectorError | None = None) -> None:
        self.lanes: list[str] = []
        self.left: list[tuple[str, int]] = []
        self._refusal = refusal

    async def enter(self, lane: str) -> None:
        self.lanes.append(lane)
        refusal, self._refusal = self._refusal, None
        if refusal:
            raise refusal

    def leave(self, error: ConnectorError | None, headers: Mapping[str, str]) -> None:
        self.left.append((type(error).__name__, len(headers)))


async def test_every_try_asks_the_gate_and_tells_it_how_it_went(rig: Rig) -> None:
    """A failure, then an answer and its headers, in the lane of whoever asks."""
    gate = Gate()
    rig.system.plan(Fault.SERVER_ERROR)
    LANE.set("interactive")
    answer = await rig.door(gate=gate).send(ask())
    assert gate.lanes == ["interactive", "interactive"]
    assert [name for name, _ in gate.left] == ["Unavailable", "NoneType"]
    assert gate.left[1][1] == len(answer.headers)


async def test_the_gate_learns_what_a_refusing_answer_says(rig: Rig) -> None:
    """The headers of a 429 state the budget."""
    gate = Gate()
    with pytest.raises(Throttled):
        await rig.door(gate=gate).send(tell("/answer", status="429"))
    assert (gate.left[0][0], gate.left[0][1] > 0) == ("Throttled", True)


@pytest.mark.parametrize("refusal", [Throttled("full", retry_after_s=9), Unavailable("open")])
async def test_what_the_gate_refuses_is_not_sent(rig: Rig, refusal: ConnectorError) -> None:
    """Nothing went out, so nothing is told of it."""
    gate = Gate(refusal)
    with pytest.raises(type(refusal)):
        await rig.door(gate=gate).send(tell())
    assert (rig.system.requests, gate.left) == (0, [])


async def test_a_safe_request_tries_the_gate_again(rig: Rig) -> None:
    """A breaker that was open a moment ago may have closed."""
    gate = Gate(Unavailable("open"))
    await rig.door(gate=gate).send(ask())
    assert (len(gate.lanes), rig.system.requests, len(gate.left)) == (2, 1, 1)


async def test_a_caller_who_goes_away_frees_the_gate(rig: Rig) -> None:
    """Neither an error nor headers: it is not known how it would have gone."""
    gate = Gate()
    rig.system.plan(Fault.HANG)
    sending = asyncio.create_task(rig.door(gate=gate).send(tell()))
    async with asyncio.timeout(5):
        while not rig.system.requests:
            await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert gate.left == [("NoneType", 0)]


async def test_what_is_not_reached_was_not_sent(rig: Rig) -> None:
    """A refused connection is Unavailable for a write as well: it certainly had no effect."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        door = Http(rig.session, f"http://127.0.0.1:{held.getsockname()[1]}", bounds=QUICK)
        with pytest.raises(Unavailable, match="not reached"):
            await door.send(tell())
