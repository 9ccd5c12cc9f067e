"""Faults on demand: what a simulator does wrong next, so that tests can prove we survive it."""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

import msgspec
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Fault(Enum):
    """What happens to one request."""

    SERVER_ERROR = auto()
    """500 before the request is looked at."""
    SERVER_ERROR_AFTER = auto()
    """The effect happens, the answer is 500."""
    THROTTLED = auto()
    """429 with Retry-After: 1, nothing happens."""
    THROTTLED_BARE = auto()
    """429 without Retry-After, nothing happens."""
    UNAUTHORIZED = auto()
    """401."""
    HANG = auto()
    """No answer until the caller gives up; nothing happens."""
    CUT_AFTER = auto()
    """The effect happens, the connection closes without an answer."""
    NOT_JSON = auto()
    """200 with an HTML page, nothing happens."""
    BAD_RECORD = auto()
    """The answer's outermost list has one object of which only the ids are left."""


_ANSWERS: dict[Fault | None, tuple[int, dict[str, str]]] = {
    Fault.SERVER_ERROR: (500, {}),
    Fault.THROTTLED: (429, {"retry-after": "1"}),
    Fault.THROTTLED_BARE: (429, {}),
    Fault.UNAUTHORIZED: (401, {}),
}
"""Faults that answer at once, without asking the simulator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """*fault* meets the next request whose path contains *path* (and method, where given), or the
    one that comes *after* so many of them."""

    fault: Fault
    path: str = ""
    method: str | None = None
    after: int = 0


class Faults:
    """ASGI middleware around a simulator. Plan faults with `plan`; each is used once, in order.

    *slow_s* delays every answer; 0 is off. Units: seconds.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._planned: deque[Planned] = deque()
        self.slow_s = 0.0
        self.requests: list[tuple[str, str]] = []
        """(method, path) of everything that arrived, for exact counts."""

    def plan(self, *faults: Planned) -> None:
        self._planned.extend(faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self.requests.append((scope["method"], scope["path"]))
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        fault = self._take(scope)
        if fault is Fault.NOT_JSON:
            await HTMLResponse("<html>a fault on demand</html>")(scope, receive, send)
        elif fault in _ANSWERS:
            status, headers = _ANSWERS[fault]
            answer = JSONResponse({"error": "a fault on demand"}, status, headers)
            await answer(scope, receive, send)
        elif fault is Fault.HANG:
            await _until_disconnect(receive)
        elif fault is Fault.SERVER_ERROR_AFTER:
            await self._app(scope, receive, _swallow)
            await JSONResponse({"error": "a fault on demand"}, 500)(scope, receive, send)
        elif fault is Fault.CUT_AFTER:
            await self._app(scope, receive, _swallow)
            await _cut(send)
        elif fault is Fault.BAD_RECORD:
            await _spoilt(self._app, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _take(self, scope: Scope) -> Fault | None:
        for place, planned in enumerate(self._planned):
            if planned.path in scope["path"] and planned.method in (None, scope["method"]):
                if not planned.after:
                    del self._planned[place]
                    return planned.fault
                self._planned[place] = replace(planned, after=planned.after - 1)
        return None


async def _spoilt(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Let *app* answer, with the first record of its list spoilt."""
    told: list[Message] = []

    async def keep(message: Message) -> None:
        told.append(message)

    await app(scope, receive, keep)
    answer = msgspec.json.decode(b"".join(message.get("body", b"") for message in told))
    records = _outermost(answer)
    if records:
        records[0] = {
            name: _without_facts(value) if name == "node" else value if _is_id(name) else None
            for name, value in records[0].items()
        }
    body = msgspec.json.encode(answer)
    headers = [one for one in told[0]["headers"] if one[0] != b"content-length"]
    await send({**told[0], "headers": [*headers, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


def _without_facts(record: Any) -> Any:
    return {name: value for name, value in record.items() if _is_id(name)}


def _is_id(name: str) -> bool:
    return name.lower().endswith("id") or name in ("cursor", "object", "type")


def _outermost(answer: Any) -> list[Any]:
    """Find the longest of the lists of objects that lie least deep."""
    level: list[Any] = [answer]
    while level:
        inner = [value for one in level if isinstance(one, dict) for value in one.values()]
        lists = [one for one in (*level, *inner) if isinstance(one, list) and _are_objects(one)]
        if lists:
            return max(lists, key=len)
        level = inner
    return []


def _are_objects(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(one, dict) for one in values)


async def _swallow(message: Message) -> None:
    return


async def _cut(send: Send) -> None:
    """Promise a body and close before it: the client sees a cut reply."""
    headers = [(b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": False})


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
