"""The GraphQL documents under queries/, read once, and what a call of one of them is."""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from connectors.sdk.http import Request

FOLDER = Path(__file__).parent.parent / "queries"
_OPERATION = re.compile(r"^(query|mutation) (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation and the file it stands in, which is sent whole with the operation's name."""

    name: str
    document: str
    is_safe: bool


@cache
def operations() -> dict[str, Operation]:
    """Every operation by name. Raises: ValueError when two share a name."""
    found: dict[str, Operation] = {}
    for path in sorted(FOLDER.glob("*.graphql")):
        text = path.read_text()
        for kind, name in _OPERATION.findall(text):
            if name in found:
                raise ValueError(f"{path}: operation {name} stands in two files")
            found[name] = Operation(name=name, document=text, is_safe=kind == "query")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An operation with its variables: ``Call(name="OrdersById", variables={"ids": [...]})``."""

    name: str
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def is_safe(self) -> bool:
        return operations()[self.name].is_safe

    def request(self, version: str) -> Request:
        return Request(
            method="POST",
            path=f"/admin/api/{version}/graphql.json",
            is_safe=self.is_safe,
            json={
                "query": operations()[self.name].document,
                "operationName": self.name,
                "variables": self.variables,
            },
        )
