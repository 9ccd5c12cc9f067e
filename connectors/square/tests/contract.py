"""Square's published contract: what we send and what the simulator answers is held against it.

Square's schemas are open; here they are closed: a property that they do not name is a fault, and in
a request so is one that only Square may write.
"""

import json
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOT = Path(__file__).parents[3]
CONTRACTS_DIR = Path(os.environ.get("CONTRACTS_DIR", ROOT / "../shared/contracts")).resolve()
FOLDER = CONTRACTS_DIR / "square"
NOT_LISTED = "VERSION_MISMATCH"
"""A code that ErrorCode omits, though RefundPaymentRequest in the same file describes it."""


def require() -> None:
    """Skip the calling test where the contract is not to be had."""
    if not FOLDER.is_dir():
        pytest.skip(f"no contract of Square at {FOLDER}: set CONTRACTS_DIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, as they went over the wire."""

    method: str
    path: str
    query: str
    sent: bytes
    answered: bytes

    def faults(self) -> list[str]:
        """Say what breaks the contract; what met a planned fault is no concern of Square's."""
        if self._met_a_fault():
            return []
        found = operation(self.method, self.path)
        if found is None:
            return [f"{self.method} {self.path}: no such operation"]
        return [
            f"{self.method} {self.path}: {fault}"
            for fault in [*self._query(found), *self._request(found), *self._answer(found)]
        ]

    def _met_a_fault(self) -> bool:
        """True for what connectors.sdk.faults answers, which need not have read the request."""
        try:
            return "error" in json.loads(self.answered)
        except ValueError:
            return True

    def _query(self, found: dict[str, Any]) -> list[str]:
        named = {one["name"] for one in found.get("parameters", []) if one["in"] == "query"}
        return [f"query: unknown: {name}" for name, _ in parse_qsl(self.query) if name not in named]

    def _request(self, found: dict[str, Any]) -> list[str]:
        if "requestBody" not in found:
            return ["request: has a body"] if self.sent else []
        name = _schema_name(found["requestBody"]["content"])
        return [f"request: {fault}" for fault in faults(name, json.loads(self.sent), sent=True)]

    def _answer(self, found: dict[str, Any]) -> list[str]:
        answer = json.loads(self.answered)
        name = _schema_name(found["responses"]["200"]["content"])
        return [f"answer: {fault}" for fault in faults(name, answer)]


class Recorder:
    """ASGI middleware that keeps every exchange of the app within."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.exchanges: list[Exchange] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent, answered = bytearray(), bytearray()

        async def heard() -> Message:
            message = await receive()
            sent.extend(message.get("body", b""))
            return message

        async def said(message: Message) -> None:
            answered.extend(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, heard, said)
        finally:  # uvicorn raises where a fault cuts the answer
            self.exchanges.append(
                Exchange(
                    method=scope["method"],
                    path=scope["path"],
                    query=scope["query_string"].decode(),
                    sent=bytes(sent),
                    answered=bytes(answered),
                )
            )


def operation(method: str, path: str) -> dict[str, Any] | None:
    """Return the operation behind a path; a literal path goes before one with a parameter."""
    found = [
        (template.count("{"), operations[method.lower()])
        for template, operations in _specification()["paths"].items()
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
        and method.lower() in operations
    ]
    return min(found, key=lambda one: one[0])[1] if found else None


def faults(schema: str, value: object, *, sent: bool = False) -> list[str]:
    """Return what is wrong with *value*, as Square's schema of that name sees it."""
    validator = _validator(schema, sent)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def event_schema(topic: str) -> str:
    """``"OrderUpdatedEvent"`` for ``order.updated``."""
    return "".join(word.capitalize() for word in topic.split(".")) + "Event"


@cache
def _specification() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "openapi.json").read_text())
    schemas = found["components"]["schemas"]
    schemas["ErrorCode"]["enum"].append(NOT_LISTED)
    # The example of this very event has an id, like every other event's data.
    schemas["CatalogVersionUpdatedEventData"]["properties"]["id"] = {"type": "string"}
    return found


@cache
def _validator(schema: str, sent: bool) -> Draft202012Validator:
    components = _closed(_specification()["components"], sent=sent)
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": components}
    )


def _closed(node: Any, *, sent: bool) -> Any:
    """Turn OpenAPI 3.0 into JSON Schema: nullable becomes a type, objects are closed."""
    if isinstance(node, list):
        return [_closed(one, sent=sent) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        reference = {"$ref": node["$ref"]}
        return {"anyOf": [reference, {"type": "null"}]} if node.get("nullable") else reference
    closed = {key: _closed(value, sent=sent) for key, value in node.items() if key != "example"}
    if isinstance(node.get("type"), str) and node.get("nullable"):
        closed["type"] = [node["type"], "null"]
    if isinstance(node.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
        for name, one in node["properties"].items():
            if sent and isinstance(one, dict) and one.get("readOnly"):
                closed["properties"][name] = False
    return closed


def _schema_name(content: dict[str, Any]) -> str:
    reference: str = content["application/json"]["schema"]["$ref"]
    return reference.rpartition("/")[2]
