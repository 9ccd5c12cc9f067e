"""Documents: parsed, validated and weighed once each, then remembered."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    Visitor,
    parse,
    validate,
    visit,
)

from gateway.execution.authorize import required_scopes

MAX_TOKENS = 10_000
"""A page's worth of the largest real documents; a parser bound against hostile ones."""
_NUL = "text holds no NUL character"
REMEMBERED = 500
"""Documents kept: an installation has tens; each costs some tens of kilobytes."""


class RequestError(Exception):
    """The request cannot be executed at all: *errors* say why, and nothing has run."""

    def __init__(self, *errors: GraphQLError, status: int = 400) -> None:
        super().__init__(errors[0].message)
        self.errors = errors
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A valid document. *scopes*: what each of its operations needs, by operation name."""

    node: DocumentNode
    scopes: dict[str | None, dict[str, tuple[GraphQLError, ...]]]

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
    """Parses and validates against one schema. Concurrency: one event loop."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document:
        """Return the document of *text*. Raises: RequestError when it is not valid."""
        if text in self._known:
            self._known.move_to_end(text)
            return self._known[text]
        document = self._read(text)
        self._known[text] = document
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return document

    def _read(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            raise RequestError(_coded(error, "GRAPHQL_PARSE_FAILED")) from None
        except RecursionError:
            too_deep = GraphQLError("the document is nested too deeply")
            raise RequestError(_coded(too_deep, "GRAPHQL_PARSE_FAILED")) from None
        errors = [*_unstorable(node)] or validate(self._schema, node)
        if errors:
            coded = [
                error
                if (error.extensions or {}).get("code")
                else _coded(error, "GRAPHQL_VALIDATION_FAILED")
                for error in errors
            ]
            raise RequestError(*coded)
        return Document(node=node, scopes=required_scopes(self._schema, node))


def require_storable(variables: Any) -> None:
    """Refuse text that PostgreSQL cannot hold (NUL), so that every store refuses the same.

    Raises: RequestError.
    """
    waiting = [variables]
    while waiting:
        match waiting.pop():
            case str(text) if "\0" in text:
                raise RequestError(_coded(GraphQLError(_NUL), "BAD_USER_INPUT"))
            case dict(fields):
                waiting += fields.values()
            case list(items):
                waiting += items


def _unstorable(node: DocumentNode) -> Iterator[GraphQLError]:
    found: list[GraphQLError] = []

    class Strings(Visitor):
        def enter_string_value(self, value: StringValueNode, *_: Any) -> None:
            if "\0" in value.value:
                found.append(_coded(GraphQLError(_NUL, value), "BAD_USER_INPUT"))

    visit(node, Strings())
    yield from found


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    error.extensions = {**(error.extensions or {}), "code": code}
    return error
