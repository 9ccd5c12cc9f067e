"""Shopify's contract: the SDL of the Admin API and the schemas and examples of its webhooks.

It stays outside of the product: CONTRACTS_DIR says where, by default ``../shared/contracts`` beside
the repository.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import graphql
import jsonschema  # type: ignore[import-untyped]
import pytest

ROOT = Path(__file__).parents[3]
CONTRACTS = Path(os.environ.get("CONTRACTS_DIR", ROOT / "../shared/contracts")).resolve()
FOLDER = CONTRACTS / "shopify"
WHY_NOT = f"no contract at {FOLDER}: set CONTRACTS_DIR"
needed = pytest.mark.skipif(not FOLDER.is_dir(), reason=WHY_NOT)

TRIMMED_AWAY = frozenset({"ReturnLineItem"})
"""Types that Shopify has and the contract's file, which is a part of Shopify's, has not."""


@cache
def schema() -> graphql.GraphQLSchema:
    return graphql.build_schema((FOLDER / "admin-2026-10.graphql").read_text(), assume_valid=True)


@dataclass(frozen=True, slots=True)
class Judge:
    """Compares an answer's data with what the contract declares for the operation."""

    document: graphql.DocumentNode
    api: graphql.GraphQLSchema

    def faults(self, operation: str, data: Any) -> list[str]:
        """What is wrong with *data*: a field left out, a null where none may be, a leaf of another
        type, a word that the enum has not."""
        definition = graphql.get_operation_ast(self.document, operation)
        assert definition
        root = (
            self.api.query_type
            if definition.operation is graphql.OperationType.QUERY
            else self.api.mutation_type
        )
        assert root
        return list(self._object(root, definition.selection_set, data, operation))

    def _object(
        self, kind: graphql.GraphQLNamedType, chosen: Any, value: Any, path: str
    ) -> Iterator[str]:
        runtime = self.api.type_map.get(value.get("__typename", kind.name), kind)
        for one in chosen.selections:
            if isinstance(one, graphql.FieldNode):
                yield from self._field(runtime, one, value, path)
                continue
            fragment = (
                self._fragment(one.name.value)
                if isinstance(one, graphql.FragmentSpreadNode)
                else one
            )
            if fragment.type_condition.name.value in (runtime.name, kind.name):
                yield from self._object(runtime, fragment.selection_set, value, path)

    def _fragment(self, name: str) -> Any:
        for one in self.document.definitions:
            if isinstance(one, graphql.FragmentDefinitionNode) and one.name.value == name:
                return one
        raise LookupError(name)

    def _field(
        self, kind: graphql.GraphQLNamedType, field: Any, value: Any, path: str
    ) -> Iterator[str]:
        key = (field.alias or field.name).value
        if key == "__typename":
            return
        assert isinstance(kind, graphql.GraphQLObjectType | graphql.GraphQLInterfaceType)
        if key not in value:
            yield f"{path}.{key}: left out"
            return
        declared = kind.fields[field.name.value].type
        yield from self._value(declared, field, value[key], f"{path}.{key}")

    def _value(self, declared: Any, field: Any, value: Any, path: str) -> Iterator[str]:
        if isinstance(declared, graphql.GraphQLNonNull):
            if value is None:
                yield f"{path}: null"
                return
            declared = declared.of_type
        if value is None:
            return
        if isinstance(declared, graphql.GraphQLList):
            for at, one in enumerate(value):
                yield from self._value(declared.of_type, field, one, f"{path}[{at}]")
        elif field.selection_set is not None:
            yield from self._object(declared, field.selection_set, value, path)
        elif not _is_leaf(declared, value):
            yield f"{path}: {value!r} is no {declared}"


_LEAVES: dict[str, tuple[type, ...]] = {"Int": (int,), "Float": (int, float), "Boolean": (bool,)}


def _is_leaf(declared: Any, value: Any) -> bool:
    if isinstance(declared, graphql.GraphQLEnumType):
        return value in declared.values
    return type(value) in _LEAVES.get(declared.name, (str,))


@cache
def judge(text: str) -> Judge:
    return Judge(graphql.parse(text), schema())


@cache
def examples() -> dict[str, str]:
    """The name of the example payload by topic, for every documented topic."""
    topics = json.loads((FOLDER / "webhook-topics.json").read_text())
    return {one["topic"]: Path(one["example"] or "").name for one in topics}


MAY_BE_NULL = frozenset(
    {"customer", "billing_address", "shipping_address", "destination", "device_id"}
)
"""Where the schemas, inferred from examples, are stricter than Shopify: no example is a guest's
order or a sale over a counter, and the example of a payment contradicts its own schema."""


def webhook_faults(topic: str, body: bytes) -> list[str]:
    """What is wrong with a body, by the schema of its topic."""
    found = json.loads((FOLDER / "webhook-schemas" / examples()[topic]).read_text())
    checker = jsonschema.Draft202012Validator(found)
    return [
        f"{topic}: {one.json_path}: {one.message}"
        for one in checker.iter_errors(json.loads(body))
        if one.instance is not None or one.path[-1] not in MAY_BE_NULL
    ]
