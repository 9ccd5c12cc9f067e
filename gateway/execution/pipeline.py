"""The stages of a request, in order: document, operation, scopes, variables, run, present."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, Protocol

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    execute,
    subscribe,
)

from gateway.auth.principal import Principal
from gateway.execution import present
from gateway.execution.document import Document, Documents, RequestError, require_storable

Response = dict[str, Any]
"""``{"data": …, "errors": […], "extensions": {…}}``, ready to be encoded."""


class OperationContext(Protocol):
    """What resolvers are given, as far as execution cares."""

    principal: Principal

    async def recheck(self) -> None:
        """Check the caller's credential again. Raises: Unauthenticated once it has ended."""

    def extensions(self) -> dict[str, Any]:
        """Return what the answer says beside its data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A request, as a transport read it."""

    query: str
    name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


class Pipeline:
    """Runs operations on one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._documents = Documents(schema)

    def kind(self, operation: Operation) -> OperationType:
        """Return what kind of operation it is. Raises: RequestError."""
        return self._documents.get(operation.query).kind(operation.name)

    async def run(self, operation: Operation, context: OperationContext) -> Response:
        """Run a query or a mutation. Raises: RequestError, and then nothing has run."""
        document = self._admit(operation, context.principal)
        result = execute(
            self._schema,
            document.node,
            context_value=context,
            variable_values=dict(operation.variables),
            operation_name=operation.name,
        )
        done = await result if isawaitable(result) else result
        if done.errors and all(error.path is None for error in done.errors):
            raise RequestError(*done.errors)  # its variables: no field has run
        return _response(done, context)

    async def subscribe(
        self, operation: Operation, context: OperationContext
    ) -> AsyncIterator[Response]:
        """Begin a subscription and give its events. Raises: RequestError before the first."""
        document = self._admit(operation, context.principal)
        began = subscribe(
            self._schema,
            document.node,
            context_value=context,
            variable_values=dict(operation.variables),
            operation_name=operation.name,
        )
        source = await began if isawaitable(began) else began
        if isinstance(source, ExecutionResult):
            raise RequestError(*(source.errors or [GraphQLError("cannot subscribe")]))
        return self._events(source, context)

    async def _events(
        self, source: AsyncIterator[ExecutionResult], context: OperationContext
    ) -> AsyncIterator[Response]:
        try:
            async for result in source:
                yield _response(result, context)
        except GraphQLError as error:
            yield {"errors": present.errors([error])}
        except Exception as error:  # the stream's own end: a credential, a cursor, or a bug
            located = GraphQLError(str(error), original_error=error)
            yield {"errors": present.errors([located])}
        finally:
            close = getattr(source, "aclose", None)
            if close:
                await close()

    def _admit(self, operation: Operation, principal: Principal) -> Document:
        document = self._documents.get(operation.query)
        require_storable(operation.variables)
        node = document.operation(operation.name)
        needed = document.scopes[node.name.value if node.name else None]
        missing = [error for scope, errors in needed.items() if not _has(principal.scopes, scope)
                   for error in errors]  # fmt: skip
        if missing:
            raise RequestError(*missing, status=403)
        return document


def _has(scopes: Collection[str], scope: str) -> bool:
    return scope in scopes


def _response(result: ExecutionResult, context: OperationContext) -> Response:
    response: Response = {}
    if result.errors:
        response["errors"] = present.errors(result.errors)
    response["data"] = result.data
    extensions = context.extensions()
    if extensions:
        response["extensions"] = extensions
    return response
