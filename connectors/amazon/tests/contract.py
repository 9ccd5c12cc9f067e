"""Amazon's own files as a judge: what is sent and what is answered must both fit them.

Swagger 2 says nothing of properties that it does not name. Here an object has none but those, so
that a misspelled one is found out.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import (  # type: ignore[import-untyped]
    Draft4Validator,
    Draft7Validator,
    FormatChecker,
)
from referencing import Registry
from referencing.jsonschema import DRAFT4

ROOT = Path(__file__).parents[3]
CONTRACTS = Path(os.environ.get("CONTRACTS_DIR", ROOT / "../shared/contracts")).resolve()
FOLDER = CONTRACTS / "amazon-sp-api"
WHY_NOT = f"no contract of Amazon's at {FOLDER}: set CONTRACTS_DIR to the vendors' contracts"

FILES = (
    "orders_2026-01-01.json",
    "ordersV0.json",
    "fbaInventory.json",
    "externalFulfillmentInventory_2024-09-11.json",
    "externalFulfillmentShipments_2024-09-11.json",
)
NOTIFICATIONS = {
    "ORDER_CHANGE": "OrderChangeNotification.json",
    "FBA_INVENTORY_AVAILABILITY_CHANGES": "FBAInventoryAvailabilityChangeNotification.json",
    "FBA_OUTBOUND_SHIPMENT_STATUS": "FBAOutboundShipmentStatusNotification.json",
}
LOGIN = "/auth/o2/token"
"""Login with Amazon is RFC 6749, and in none of the files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request as it arrived, and the answer as it left."""

    method: str
    path: str
    query: str
    body: bytes
    status: int
    answer: bytes

    @property
    def is_whole(self) -> bool:
        """False for an answer that a fault made."""
        return b"a fault on demand" not in self.answer and self.answer != b"{"


class Broken(AssertionError):
    """Something does not fit the contract."""


class Contract:
    """All files together: each has its own definitions."""

    def __init__(self, files: Mapping[str, dict[str, Any]]) -> None:
        self.files = files
        self._registry: Registry[Any] = Registry()
        for name, spec in files.items():
            document = {"definitions": _closed(spec["definitions"])}
            resource = DRAFT4.create_resource(document)
            self._registry = self._registry.with_resource(f"urn:{name}", resource)

    def judge(self, exchange: Exchange) -> None:
        """Raise Broken for anything in *exchange* that no file has."""
        if exchange.path == LOGIN:
            return
        name, operation = self.operation(exchange.method, exchange.path)
        declared = {(one["in"], one["name"]): one for one in operation["parameters"]}
        _judge_query(exchange, declared)
        bodies = [one for (place, _), one in declared.items() if place == "body"]
        if bool(exchange.body) != bool(bodies):
            raise Broken(f"{exchange.method} {exchange.path}: a body, or none, against the file")
        if bodies:
            where = f"body of {exchange.path}"
            self.fits(name, bodies[0]["schema"], json.loads(exchange.body), where)
        if exchange.is_whole:
            self._judge_answer(name, operation, exchange)

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]]:
        for name, spec in self.files.items():
            for template, operations in spec["paths"].items():
                pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template))
                if re.fullmatch(pattern, path) and method.lower() in operations:
                    return name, operations[method.lower()]
        raise Broken(f"{method} {path} is no operation")

    def fits(self, name: str, schema: Mapping[str, Any], value: object, where: str) -> None:
        """Raise Broken unless *value* fits *schema* of the file *name*."""
        text = json.dumps(schema).replace('"#/', f'"urn:{name}#/')
        validator = Draft4Validator(
            json.loads(text), registry=self._registry, format_checker=FormatChecker()
        )
        problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
        if problems:
            raise Broken(f"{where}: " + "; ".join(problems[:5]))

    def words(self, name: str, definition: str, field: str | None = None) -> list[str]:
        """The values of an enumeration."""
        found = self.files[name]["definitions"][definition]
        values: list[str] = (found["properties"][field] if field else found)["enum"]
        return values

    def _judge_answer(self, name: str, operation: dict[str, Any], exchange: Exchange) -> None:
        answer = operation["responses"].get(str(exchange.status))
        if answer is None:
            raise Broken(f"{exchange.method} {exchange.path}: never answers {exchange.status}")
        where = f"answer of {exchange.path}"
        if "schema" in answer:
            self.fits(name, answer["schema"], json.loads(exchange.answer), where)
        elif exchange.answer:
            raise Broken(f"{where}: a body, where there is none")


def load() -> Contract | None:
    if not FOLDER.exists():
        return None
    return Contract({name: json.loads((FOLDER / name).read_text()) for name in FILES})


def example(*parts: str) -> Any:
    """Read one of the vendor's examples."""
    return json.loads((FOLDER / "examples").joinpath(*parts).read_text())


def judge_notification(topic: str, value: object) -> None:
    """Raise Broken unless a notification fits its schema."""
    schema = json.loads((FOLDER / "notification-schemas" / NOTIFICATIONS[topic]).read_text())
    validator = Draft7Validator(schema, format_checker=FormatChecker())
    problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    if problems:
        raise Broken(f"{topic}: " + "; ".join(problems[:5]))


def _closed(schema: Any) -> Any:
    """Let no object have a property that is not named."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _closed(one) for name, one in schema.items() if name != "example"}
    if found.get("type") == "object" and isinstance(found.get("properties"), dict):
        found.setdefault("additionalProperties", False)
    return found


def _judge_query(exchange: Exchange, declared: Mapping[tuple[str, str], Any]) -> None:
    given = parse_qsl(exchange.query, keep_blank_values=True)
    for name, value in given:
        if ("query", name) not in declared:
            raise Broken(f"{exchange.path}: no parameter {name}")
        _judge_value(name, value, declared["query", name])
    for (place, name), parameter in declared.items():
        if place == "query" and parameter.get("required") and name not in dict(given):
            raise Broken(f"{exchange.path}: needs the parameter {name}")


def _judge_value(name: str, value: str, schema: Mapping[str, Any]) -> None:
    try:
        match schema["type"]:
            case "array":
                parts = value.split(",")
                allowed = schema["items"].get("enum", parts)
                assert set(parts) <= set(allowed)
                assert len(parts) <= schema.get("maxItems", 100)
            case "boolean":
                assert value in ("true", "false")
            case "integer":
                assert int(value) >= 0
            case _:
                assert value in schema.get("enum", [value])
        if schema.get("format") == "date-time":
            assert datetime.fromisoformat(value).tzinfo
    except (AssertionError, ValueError) as error:
        raise Broken(f"parameter {name}: {value!r} does not fit {schema}") from error
