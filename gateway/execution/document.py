"""Documents: parsed, validated and weighed once each, then remembered."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)

from gateway.execution.authorize import Scopes, required_scopes
from gateway.execution.limits.cost import Price, costs
from gateway.execution.limits.refusal import RequestError
from gateway.execution.limits.weigh import read, weigh
from gateway.execution.validate import require_valid
from gateway.settings.limits import Limits

__all__ = ["Document", "Documents", "RequestError"]

REMEMBERED = 500
"""Documents kept: an installation has tens."""
REMEMBERED_TOKENS = 100_000
"""Tokens of all documents kept: one takes some 400 bytes, so they take 40 MB at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A valid document; what its operations are, by operation name.

    *scopes*: what each needs. *costs*: what each may cost. *introspecting*: those that ask for the
    schema.
    """

    node: DocumentNode
    scopes: Mapping[str | None, Scopes]
    costs: Mapping[str | None, Price]
    introspecting: frozenset[str | None]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation to run. Raises: RequestError when *name* does not say which."""
        found = [one for one in self.node.definitions if isinstance(one, OperationDefinitionNode)]
        if name is not None:
            found = [one for one in found if one.name and one.name.value == name]
        if len(found) != 1:
            reason = "name one of the operations" if len(found) > 1 else "no such operation"
            raise RequestError(GraphQLError(reason, extensions={"code": "BAD_REQUEST"}))
        return found[0]

    def kind(self, name: str | None) -> OperationType:
        return self.operation(name).operation


class Documents:
    """Parses, weighs and validates against one schema. Concurrency: one event loop."""

    def __init__(self, schema: GraphQLSchema, limits: Limits | None = None) -> None:
        self._schema = schema
        self._limits = limits or Limits()
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._tokens = 0

    def get(self, text: str, *, suggest: bool = False) -> Document:
        """Return the document of *text*. *suggest*: errors say what a misspelled name may have
        meant. Raises: RequestError when it is too large or not valid."""
        known = self.find(text)
        if known:
            return known
        document = self._read(text, suggest=suggest)
        self._known[text] = document
        self._tokens += document.node.token_count
        while len(self._known) > REMEMBERED or self._tokens > REMEMBERED_TOKENS:
            _, forgotten = self._known.popitem(last=False)
            self._tokens -= forgotten.node.token_count
        return document

    def find(self, text: str) -> Document | None:
        """Return the document of *text* if it is remembered."""
        if text not in self._known:
            return None
        self._known.move_to_end(text)
        return self._known[text]

    def _read(self, text: str, *, suggest: bool) -> Document:
        node = read(text, self._limits)
        weights = weigh(node, self._limits)
        require_valid(self._schema, node, self._limits, suggest=suggest)
        return Document(
            node=node,
            scopes=required_scopes(self._schema, node),
            costs=costs(self._schema, node),
            introspecting=frozenset(name for name, one in weights.items() if one.introspects),
        )
