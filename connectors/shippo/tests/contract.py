"""Shippo's published model tables as a judge: what is sent and what is answered must fit them.

The tables are open; here they are closed: a property that they do not name is a fault. Three faults
of their own are mended here and nowhere else: unions are named and not listed; Python's reserved
words have an underscore (``async_``); and what need not be there is null as well in recorded
answers, which the tables say of one property alone.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOT = Path(__file__).parents[3]
CONTRACTS_DIR = Path(os.environ.get("CONTRACTS_DIR", ROOT / "../shared/contracts")).resolve()
FOLDER = CONTRACTS_DIR / "shippo"

UNIONS = {
    "RateUnion": ("str", "components.CoreRate"),
    "ShipmentCreateRequestAddressFrom": ("components.AddressCreateRequest",),
    "ShipmentCreateRequestAddressTo": ("components.AddressCreateRequest",),
    "ShipmentCreateRequestParcel": ("components.ParcelCreateRequest",),
    "ParcelTemplateEnumSet": ("str",),
    "ObjectState": ("components.ObjectStateEnum",),
}
"""Source: the vendor's SDK, docs/models/components of the same names."""

OPERATIONS: dict[tuple[str, str], tuple[str | None, str]] = {
    ("GET", "/transactions"): ("ListTransactionsRequest", "TransactionPaginatedList"),
    ("POST", "/transactions"): ("TransactionCreateRequest", "Transaction"),
    ("GET", "/transactions/{TransactionId}"): (None, "Transaction"),
    ("POST", "/shipments"): ("ShipmentCreateRequest", "Shipment"),
    ("GET", "/rates/{RateId}"): (None, "Rate"),
    ("POST", "/refunds"): ("RefundRequestBody", "Refund"),
    ("POST", "/tracks"): ("TracksRequest", "Track"),
    ("GET", "/tracks/{Carrier}/{TrackingNumber}"): (None, "Track"),
}
"""Which model is asked with, and which one answered."""

_TYPES: dict[str, type | tuple[type, ...]] = {"str": str, "bool": bool, "int": int}


def require() -> None:
    """Skip the calling test where the contract is not to be had."""
    if not FOLDER.is_dir():
        pytest.skip(f"no contract of Shippo at {FOLDER}: set CONTRACTS_DIR")


def is_there() -> bool:
    return FOLDER.is_dir()


@cache
def models() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "models.json").read_text())
    return found


@cache
def operations() -> frozenset[tuple[str, str]]:
    listed = json.loads((FOLDER / "endpoints.json").read_text())
    return frozenset((one["method"], one["path"]) for one in listed)


def recorded(name: str) -> list[dict[str, Any]]:
    """The exchanges of one recording."""
    found: list[dict[str, Any]] = json.loads((FOLDER / f"examples/{name}.json").read_text())
    return found


def words(enum: str) -> list[str]:
    found: list[str] = models()[enum]["enum"]
    return found


def faults(model: str, value: object, at: str = "$") -> list[str]:
    """Say where *value* is not what the table of *model* has."""
    if model in UNIONS:
        found = [list(_type_faults(one, value, at)) for one in UNIONS[model]]
        return min(found, key=len)
    table = models()[model]
    if "enum" in table:
        return [] if value in table["enum"] else [f"{at}: {value!r} is no {model}"]
    if not isinstance(value, dict):
        return [f"{at}: not an object"]
    named = {name.rstrip("_"): prop for name, prop in table.items()}
    unknown = [f"{at}.{key}: unknown to {model}" for key in value if key not in named]
    return unknown + [
        fault
        for name, prop in named.items()
        for fault in _property_faults(prop, value, name, f"{at}.{name}")
    ]


def _property_faults(
    prop: dict[str, Any], value: dict[str, Any], name: str, at: str
) -> Iterator[str]:
    if value.get(name) is None:
        if prop["required"]:
            yield f"{at}: required"
        return
    yield from _type_faults(prop["type"], value[name], at)


def _type_faults(stated: str, value: object, at: str) -> Iterator[str]:
    several = re.fullmatch(r"List\[(.+)\]", stated)
    named = re.search(r"components\.(\w+)", stated)
    if several:
        if not isinstance(value, list):
            yield f"{at}: not a list"
            return
        for place, one in enumerate(value):
            yield from _type_faults(several[1], one, f"{at}[{place}]")
    elif named:
        yield from faults(named[1], value, at)
    elif stated == "date":
        if not (isinstance(value, str) and datetime.fromisoformat(value)):
            yield f"{at}: not a time"
    elif type(value) is not _TYPES[stated]:
        yield f"{at}: a {type(value).__name__}, not a {stated}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, as they went over the wire."""

    method: str
    path: str
    query: str
    sent: bytes
    status: int
    answered: bytes

    def faults(self) -> list[str]:
        """Say what breaks the contract. Refusals have no table, and what met a planned fault is no
        concern of Shippo's."""
        template = self._template()
        if template is None:
            return [f"{self.method} {self.path}: no such operation"]
        asked, answer = OPERATIONS[self.method, template]
        found: list[str] = []
        if self.method == "GET":
            query = {name: int(value) for name, value in parse_qsl(self.query)}
            found += faults(asked, query, "query") if asked else [f"query: {one}" for one in query]
        elif asked and self.status < 400 and (self.sent or self._is_whole()):
            found += faults(asked, json.loads(self.sent), "request")
        if self.status < 400 and self._is_whole():
            found += faults(answer, json.loads(self.answered), "answer")
        return [f"{self.method} {self.path}: {fault}" for fault in found]

    def _template(self) -> str | None:
        for method, template in OPERATIONS:
            pattern = re.sub(r"{\w+}", "[^/]+", template)
            if method == self.method and re.fullmatch(pattern, self.path):
                return template
        return None

    def _is_whole(self) -> bool:
        """False for an answer that a fault made."""
        return self.answered != b"{" and b"a fault on demand" not in self.answered


class Recorder:
    """ASGI middleware that keeps every exchange of the app within."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.exchanges: list[Exchange] = []
        self.headers: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent, answered, status = b"", b"", 0

        async def received() -> Message:
            nonlocal sent
            message = await receive()
            sent += message.get("body", b"")
            return message

        async def answering(message: Message) -> None:
            nonlocal answered, status
            status = message.get("status", status)
            answered += message.get("body", b"")
            await send(message)

        await self._app(scope, received, answering)
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        self.exchanges.append(
            Exchange(
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode(),
                sent=sent,
                status=status,
                answered=answered,
            )
        )

    def faults(self) -> list[str]:
        return [fault for one in self.exchanges for fault in one.faults()]
