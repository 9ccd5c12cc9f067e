"""ShipBob's own contract as a judge: what is sent and what is answered must both fit it.

The file has faults of its own, mended here and nowhere else:
* a schema that extends another closes both halves (additionalProperties false beside allOf), so
  that nothing fits: the halves are joined;
* a choice is closed as well (additionalProperties false beside oneOf), and between a schema and one
  that extends it: the choices say what fits, and more than one may;
* some required names are misspelled (``product_id`` for ``id``, camel case): a name that is no
  property is not required.
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

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT4

ROOT = Path(__file__).parents[3]
CONTRACTS = Path(os.environ.get("CONTRACTS_DIR", ROOT / "../shared/contracts")).resolve()
FOLDER = CONTRACTS / "shipbob"
WHY_NOT = f"no contract of ShipBob's at {FOLDER}: set CONTRACTS_DIR to the vendors' contracts"

_URI = "urn:shipbob"
_LINKED = {"Cursor"}
"""Parameters that ShipBob's own links carry and its file does not name for every list."""


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

    @property
    def is_whole(self) -> bool:
        """False for an answer that a fault made."""
        return b"a fault on demand" not in self.answer and self.answer != b"{"


class Broken(AssertionError):
    """Something does not fit the contract."""


class Contract:
    """The contract of one version."""

    def __init__(self, file: Path) -> None:
        self.spec: dict[str, Any] = json.loads(file.read_text())
        schemas = self.spec["components"]["schemas"]
        mended = {name: _mended(schema, schemas) for name, schema in schemas.items()}
        document = {"components": {"schemas": mended}}
        resource = DRAFT4.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource(_URI, resource)
        self._paths = sorted(self.spec["paths"], key=lambda path: path.count("{"))

    def judge(self, exchange: Exchange) -> None:
        """Raise Broken for anything in *exchange* that the contract does not have."""
        operation = self.operation(exchange.method, exchange.path)
        self._judge_parameters(operation, exchange)
        if exchange.body:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            self.fits(schema, json.loads(exchange.body), f"body of {exchange.path}")
        if exchange.is_whole and exchange.status != 429:
            self._judge_answer(operation, exchange)

    def operation(self, method: str, path: str) -> dict[str, Any]:
        for template in self._paths:
            pattern = re.sub(r"\\{[^}]*\\}", "[^/:]+", re.escape(template))
            if re.fullmatch(pattern, path) and method.lower() in self.spec["paths"][template]:
                found: dict[str, Any] = self.spec["paths"][template][method.lower()]
                return found
        raise Broken(f"{method} {path} is no operation")

    def fits(self, schema: Mapping[str, Any], value: object, where: str) -> None:
        """Raise Broken unless *value* fits *schema*, unknown properties included."""
        rooted = _rooted(_mended(schema, self.spec["components"]["schemas"]))
        validator = OAS30Validator(
            rooted, registry=self._registry, format_checker=oas30_format_checker
        )
        problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
        if problems:
            raise Broken(f"{where}: " + "; ".join(problems[:5]))

    def enum(self, name: str) -> list[str]:
        words: list[str] = self.spec["components"]["schemas"][name]["enum"]
        return words

    def _judge_parameters(self, operation: Mapping[str, Any], exchange: Exchange) -> None:
        declared = {(each["in"], each["name"]): each for each in operation.get("parameters", [])}
        for name, value in parse_qsl(exchange.query, keep_blank_values=True):
            if ("query", name) not in declared:
                if name not in _LINKED:
                    raise Broken(f"{exchange.path}: no parameter {name}")
                continue
            _judge_value(name, value, declared["query", name]["schema"])
        for (place, name), parameter in declared.items():
            is_absent = place == "header" and name.lower() not in exchange.headers
            if parameter.get("required") and is_absent:
                raise Broken(f"{exchange.method} {exchange.path}: needs the header {name}")

    def _judge_answer(self, operation: Mapping[str, Any], exchange: Exchange) -> None:
        answer = operation["responses"].get(str(exchange.status))
        if answer is None:
            raise Broken(f"{exchange.method} {exchange.path}: never answers {exchange.status}")
        if "content" in answer:
            schema = answer["content"]["application/json"]["schema"]
            self.fits(schema, json.loads(exchange.answer), f"answer of {exchange.path}")


def load() -> Contract | None:
    file = FOLDER / "openapi-2026-01.json"
    return Contract(file) if file.exists() else None


def _mended(schema: Any, schemas: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_mended(each, schemas) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    found = {name: _mended(each, schemas) for name, each in schema.items() if name != "allOf"}
    for part in schema.get("allOf", []):
        base = _mended(_resolved(part, schemas), schemas)
        for key in ("properties", "required"):
            if key in base:
                found[key] = _joined(base[key], found.get(key))
    if "oneOf" in found:
        found.pop("additionalProperties", None)
        found["anyOf"] = found.pop("oneOf")
    if "required" in found and "properties" in found:
        found["required"] = [name for name in found["required"] if name in found["properties"]]
    return {name: each for name, each in found.items() if name != "required" or each}


def _resolved(part: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    name = part.get("$ref", "").rpartition("/")[2]
    return schemas[name] if name else part


def _joined(base: Any, own: Any) -> Any:
    if isinstance(base, list):
        return sorted({*base, *(own or [])})
    return {**base, **(own or {})}


def _rooted(schema: Any) -> Any:
    """Point references at the whole document from outside of it."""
    text = json.dumps(schema).replace('"#/components', f'"{_URI}#/components')
    return json.loads(text)


def _judge_value(name: str, value: str, schema: Mapping[str, Any]) -> None:
    kind = schema.get("type")
    try:
        if kind in ("number", "integer"):
            least, most = schema.get("minimum", 0), schema.get("maximum", 2**31 - 1)
            assert least <= int(value) <= most
        if kind == "boolean":
            assert value in ("true", "false")
        if schema.get("format") == "date-time":
            assert datetime.fromisoformat(value).tzinfo
        if schema.get("items", {}).get("type") == "integer":
            assert all(int(each) >= 0 for each in value.split(","))
    except (AssertionError, ValueError) as error:
        raise Broken(f"parameter {name}: {value!r} does not fit {schema}") from error
