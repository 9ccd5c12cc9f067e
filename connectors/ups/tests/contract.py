"""UPS's own contract as a judge: what is sent and what is answered must both fit it.

Its schemas leave every object open and require nothing, so that a misspelled name would fit: names
that it has not are told here as well.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from openapi_schema_validator import OAS30Validator, OAS31Validator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOT = Path(__file__).parents[3]
CONTRACTS = Path(os.environ.get("CONTRACTS_DIR", ROOT / "../shared/contracts")).resolve()
FOLDER = CONTRACTS / "ups"
WHY_NOT = f"no contract of UPS's at {FOLDER}: set CONTRACTS_DIR to the vendors' contracts"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request as it arrived, and the answer as it left."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    answer: bytes


class Recorder:
    """ASGI middleware that keeps every exchange."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.exchanges: list[Exchange] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, answer, status = b"", b"", 0

        async def take() -> Message:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        async def give(message: Message) -> None:
            nonlocal answer, status
            status = message.get("status", status)
            answer += message.get("body", b"")
            await send(message)

        await self._app(scope, take, give)
        exchange = Exchange(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode(),
            headers={name.decode().lower(): value.decode() for name, value in scope["headers"]},
            body=body,
            status=status,
            answer=answer,
        )
        self.exchanges.append(exchange)


class Contract:
    """One of UPS's OpenAPI files. *prefix*: what stands before its paths."""

    def __init__(self, name: str, prefix: str) -> None:
        self.spec: Json = json.loads((FOLDER / f"{name}.json").read_text())
        self._prefix = prefix
        is_new = self.spec["openapi"].startswith("3.1")
        self._validator: Any = OAS31Validator if is_new else OAS30Validator

    def faults(self, schema: Json, value: object) -> list[str]:
        """Say what of *value* does not fit *schema*, unknown names included."""
        rooted = {**schema, "components": self.spec["components"]}
        broken = self._validator(rooted).iter_errors(value)
        return [f"{error.json_path}: {error.message}" for error in broken] + list(
            self._unknown(schema, value, "$")
        )

    def _unknown(self, schema: Json, value: object, path: str) -> Iterator[str]:
        known = self._resolved(schema)
        if isinstance(value, list):
            for place, one in enumerate(value):
                yield from self._unknown(known.get("items", {}), one, f"{path}[{place}]")
        if isinstance(value, dict) and "properties" in known:
            for name, one in value.items():
                if name not in known["properties"]:
                    yield f"{path}.{name}: unknown"
                else:
                    yield from self._unknown(known["properties"][name], one, f"{path}.{name}")

    def _resolved(self, schema: Json) -> Json:
        name = schema.get("$ref", "").rpartition("/")[2]
        return self.spec["components"]["schemas"][name] if name else schema

    def operation(self, exchange: Exchange) -> Json | None:
        """Find what *exchange* is an instance of; None when it is no operation of this file."""
        for template, operations in self.spec["paths"].items():
            pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(self._prefix + template))
            if re.fullmatch(pattern, exchange.path) and exchange.method.lower() in operations:
                found: Json = operations[exchange.method.lower()]
                return found
        return None

    def judge(self, exchange: Exchange) -> list[str]:
        """Say what of *exchange* does not fit."""
        operation = self.operation(exchange)
        assert operation is not None, f"{exchange.method} {exchange.path}: no such operation"
        return [*_parameter_faults(operation, exchange), *self._answer_faults(operation, exchange)]

    def _answer_faults(self, operation: Json, exchange: Exchange) -> list[str]:
        answer = operation["responses"].get(str(exchange.status))
        if answer is None:
            return [f"{exchange.path}: never answers {exchange.status}"]
        schema = answer["content"]["application/json"]["schema"]
        return self.faults(schema, json.loads(exchange.answer))


def _parameter_faults(operation: Json, exchange: Exchange) -> list[str]:
    declared = operation.get("parameters", [])
    wanted = [one["name"].lower() for one in declared if one["in"] == "header" and one["required"]]
    absent = [f"{exchange.path}: no header {one}" for one in wanted if one not in exchange.headers]
    names = [one["name"] for one in declared if one["in"] == "query"]
    asked = [name for name, _ in parse_qsl(exchange.query)]
    return absent + [f"{exchange.path}: no parameter {one}" for one in asked if one not in names]
