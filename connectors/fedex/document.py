"""FedEx's JSON, read so that what is wrong with it is told with its place. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from connectors.sdk.errors import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One JSON object, and where it stands: ``$.output.completeTrackResults[0].trackResults[0]``.

    FedEx leaves out what it has not, or says null, ``""`` or ``{}``: all are None or empty here.
    """

    value: Mapping[str, Any]
    path: str

    @classmethod
    def of(cls, value: object, path: str = "$") -> Self:
        if not isinstance(value, dict):
            raise Malformed(f"{path}: not an object")
        return cls(value=value, path=path)

    def maybe_text(self, key: str) -> str | None:
        """Read a text without the spaces around it; null, absent and blank are None."""
        found = self.value.get(key)
        if found is None:
            return None
        if not isinstance(found, str):
            raise Malformed(f"{self.path}.{key}: not a text")
        return found.strip() or None

    def text(self, key: str) -> str:
        found = self.maybe_text(key)
        if found is None:
            raise Malformed(f"{self.path}.{key}: not there")
        return found

    def node(self, key: str) -> "Node":
        return Node.of(self.value.get(key), f"{self.path}.{key}")

    def part(self, key: str) -> "Node":
        """Read an object that may be left out: then it has no parts either."""
        return Node.of(self.value.get(key) or {}, f"{self.path}.{key}")

    def nodes(self, key: str) -> "list[Node]":
        """Read a list of objects that may be left out."""
        found = self.value.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            raise Malformed(f"{self.path}.{key}: not a list")
        return [Node.of(item, f"{self.path}.{key}[{i}]") for i, item in enumerate(found)]
