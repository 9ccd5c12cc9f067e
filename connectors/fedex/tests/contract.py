"""FedEx's own contract as a judge: what is sent and what is answered must both fit it.

Its schemas leave every object open and require nothing, so that a misspelled name would fit: names
that it has not are told here as well. Some of its words are misspelled themselves, and it says of
``content-type`` that it must be sent where a form or JSON says it anyway.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from openapi_schema_validator import OAS30Validator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOT = Path(__file__).parents[3]
CONTRACTS = Path(os.environ.get("CONTRACTS_DIR", ROOT / "../shared/contracts")).resolve()
FOLDER = CONTRACTS / "fedex"
WHY_NOT = f"no contract of FedEx's at {FOLDER}: set CONTRACTS_DIR to the vendors' contracts"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request as it arrived, and the answer as it left."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    answer: bytes

    @property
    def sent(self) -> Any:
        """The body of the request: a form or JSON."""
        if self.headers.get("content-type") == "application/json":
            return json.loads(self.body)
        return dict(parse_qsl(self.body.decode()))


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
            headers={name.decode().lower(): value.decode() for name, value in scope["headers"]},
            body=body,
            status=status,
            answer=answer,
        )
        self.exchanges.append(exchange)


class Contract:
    """One of FedEx's OpenAPI files."""

    def __init__(self, name: str) -> None:
        self.spec: Json = json.loads((FOLDER / f"{name}.json").read_text())

    def has(self, exchange: Exchange) -> bool:
        return exchange.path in self.spec["paths"]

    def judge(self, exchange: Exchange) -> list[str]:
        """Say what of *exchange* does not fit."""
        operation: Json = self.spec["paths"][exchange.path][exchange.method.lower()]
        declared = operation.get("parameters", [])
        wanted = [one["name"].lower() for one in declared if one.get("required")]
        absent = [
            f"{exchange.path}: no header {one}" for one in wanted if one not in exchange.headers
        ]
        content = exchange.headers["content-type"]
        schema = operation["requestBody"]["content"][content]["schema"]
        answer = operation["responses"].get(str(exchange.status))
        if answer is None:
            return [*absent, f"{exchange.path}: never answers {exchange.status}"]
        answered = answer["content"]["application/json"]["schema"]
        return [
            *absent,
            *self.faults(schema.get("oneOf", [schema])[0], exchange.sent),
            *self.faults(answered, json.loads(exchange.answer)),
        ]

    def faults(self, schema: Json, value: object) -> list[str]:
        """Say what of *value* does not fit *schema*, unknown names included."""
        rooted = {**schema, "components": self.spec["components"]}
        broken = OAS30Validator(rooted).iter_errors(value)
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
        """Follow references, and the one part that FedEx wraps into ``allOf``."""
        name = schema.get("$ref", "").rpartition("/")[2]
        if name:
            return self._resolved(self.spec["components"]["schemas"][name])
        return self._resolved(schema["allOf"][0]) if "allOf" in schema else schema
